"""The kiosk: a touch screen on which a visitor takes a ticket, and the ticket's own page. Plain forms; no script."""

import secrets
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from edge import lines
from edge import requests as r
from edge.floor import Floor, title_of
from web import guard
from web.api import BEHIND_S, ask, issue

kiosk = Blueprint("kiosk", __name__)


@kiosk.get("/kiosk")
def choose(refused: str = "") -> str:
    """What one can take a ticket for. `?printer=front` prints slips there."""
    doors = _look(lambda floor, now, day: [lines.door(floor, q, now, day) for q in _queues(floor)])
    return render_template("kiosk.html", doors=doors, key=secrets.token_hex(8), refused=refused, **_kept())


@kiosk.post("/kiosk/tickets")
def take() -> AnyResponse | tuple[str, int]:
    """One ticket a page: a button that is pressed twice gives one."""
    lang = request.form.get("lang", "")
    wish = r.IssueTicket(
        queue=request.form.get("queue", ""),
        contact="kiosk-" + request.form.get("key", "")[:40] if request.form.get("key") else "",
        lang="zh" if lang == "zh" else "en",
    )
    said, code = issue(wish)
    if code not in (200, 201):
        return choose(said["error"]), code
    printer = request.form.get("printer", "")
    slip = _print(said, printer, wish.lang) if printer and code == 201 else ""
    kept: dict[str, Any] = {
        "lang": lang or None,
        "printer": printer or None,
        "slip": slip or None,
        "seq": said.get("seq"),
    }
    where = url_for(".ticket", ticket=said["ticket"], **kept)
    return redirect(where, 303)


@kiosk.get("/kiosk/tickets/<ticket>")
def ticket(ticket: str) -> str | tuple[str, int]:
    """Its number, and how it stands; also for the visitor's own telephone."""
    if guard.may("kiosk"):  # which has issued it a moment ago
        current_app.extensions["house"].pictures.reach(request.args.get("seq", 0, int), BEHIND_S)
    known = _look(lambda floor, *at: _ticket(floor, ticket, *at))
    is_over = known is None and bool(current_app.extensions["house"].pictures.history(ticket)[0])
    page = render_template("ticket.html", ticket=known, is_over=is_over, slip=request.args.get("slip", ""), **_kept())
    return page if known or is_over else (page, 404)


def _queues(floor: Floor) -> list[Any]:
    return sorted((q for q in floor.queues.values() if lines.has_tickets(floor, q)), key=lambda q: (q.letter, q.queue))


def _ticket(floor: Floor, name: str, now_ms: int, day: lines.Day) -> dict[str, Any] | None:
    contact = floor.contacts.get(name)
    return lines.ticket(floor, contact, now_ms, day) if contact and contact.channel == "ticket" else None


def _print(said: dict[str, Any], printer: str, lang: Any) -> str:
    """A slip, if the printer is there; the ticket is issued either way."""
    title = _look(lambda floor, *_: title_of(floor.queues[said["queue"]], lang))
    text = "\n".join((said["label"], title, str(said["ahead"])))
    wish = r.AskSlip(job=f"ticket-{said['ticket']}", printer=printer, slip="ticket", lang=lang, text=text)
    _, code = ask(wish, "kiosk")
    return "printed" if code == 200 else "none"


def _kept() -> dict[str, Any]:
    """What goes from page to page."""
    return {"printer": (request.values.get("printer") or ""), "zone": current_app.extensions["house"].settings.zone}


def _look(view: Any) -> Any:
    return current_app.extensions["house"].pictures.look(view)
