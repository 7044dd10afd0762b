"""The HTTP API, /api/v1: each route is a request of edge.requests, or a view. Its OpenAPI document is made from the same table."""

import secrets
from collections.abc import Callable
from itertools import islice
from typing import Any, NamedTuple

import msgspec
from flask import Blueprint, Response, abort, current_app, request

from edge import lines
from edge import requests as r
from edge.asking import Away, Unsure
from edge.clock import now_ms
from edge.floor import Floor
from edge.rights import NO, OWN
from edge.views import but_silent, floor_staff, of_queues
from web import guard
from web.numbers import see_number, see_report, see_time_chart
from web.pictures import Picture

VERSION = "1"
BEHIND_S = 2.0  # by which the web may be behind the core
CODES = {"refused": 409, "nonsense": 400, "failed": 503}
LISTED_MAX = 1000

api = Blueprint("api", __name__, url_prefix=f"/api/v{VERSION}")


class Wish(NamedTuple):
    """POST: names in <…> of the path and fields of the body make the request."""

    path: str
    asks: type[r.Request]
    summary: str


class Sight(NamedTuple):
    """GET."""

    path: str
    sees: Callable[..., Any]
    summary: str


Answer = tuple[dict[str, Any], int]


def ask(wish: r.Request, need: str = "") -> Answer:
    """What the core makes of it, and the HTTP status: 200 `facts` and `seq`, else `error`, a sentence: 400 nonsense, 401 or 403 not
    for whoever asks, 409 refused, 503 the core cannot. `need`: the right that it takes, if not the request's own."""
    house, who, need = current_app.extensions["house"], guard.asker(), need or type(wish).__name__
    right = guard.may(need)
    if right != NO and isinstance(wish, r.IssueTicket) and (wish.priority or wish.position):
        need = "priority"
        right = guard.may(need)
    if right == NO or (right == OWN and not (who and who.agent)):
        return {"error": guard.why_not(need)}, 403 if who else 401
    own = who.agent if who and right == OWN else ""
    try:
        answer = house.core.ask(msgspec.structs.replace(wish, by=guard.asked_by(), as_agent=own))
    except Away:
        return {"error": "The floor's core is not answering: nothing was done."}, 503
    except Unsure:
        return {"error": "The floor's core did not answer: look whether it was done."}, 503
    if "facts" in answer:
        wrong = next((fact for fact in answer["facts"] if fact["kind"] == "PinRefused"), None)
        return ({"error": wrong["why"]}, 409) if wrong else (answer, 200)
    ((what, why),) = answer.items()
    return {"error": why}, CODES[what]


def issue(wish: r.IssueTicket) -> Answer:
    """201 and the ticket; 200 if it was issued before, as it stands now."""
    if not wish.contact:  # a name that nobody guesses: it opens the ticket's own page
        wish = msgspec.structs.replace(wish, contact=secrets.token_hex(8))
    answer, code = ask(wish)
    if code != 200:
        return answer, code
    issued = next((fact for fact in answer["facts"] if fact["kind"] == "TicketIssued"), None)
    if issued is None:  # asked again
        current_app.extensions["house"].pictures.reach(answer["seq"], BEHIND_S)
        known = _see(lambda floor, *at: _ticket(floor, wish.contact, *at))
        if known is None:
            return {"error": f"The ticket {wish.contact} has been on the floor and is over."}, 409
        return {name: known[name] for name in ISSUED} | {"seq": answer["seq"]}, 200
    ahead = issued.get("ahead", 0)
    told = {
        "ticket": issued["contact"],
        "label": issued["label"],
        "queue": issued["queue"],
        "state": "waiting",
        "issued_ms": issued["at_ms"],
        "expires_ms": issued.get("expires_ms"),
        "ahead": ahead,
        "wait_s": _see(lambda floor, *at: _wait_s(floor, issued["queue"], ahead, *at)),
    }
    return told | {"seq": answer["seq"]}, 201


ISSUED = ("ticket", "label", "queue", "state", "issued_ms", "expires_ms", "ahead", "wait_s")


def _wait_s(floor: Floor, name: str, ahead: int, now_ms: int, day: lines.Day) -> int | None:
    """Nothing of a queue that the web has not seen yet."""
    queue = floor.queues.get(name)
    return lines.wait_s(floor, queue, ahead, now_ms, day) if queue else None


def _see(view: Callable[[Floor, int, lines.Day], Any]) -> Any:
    return current_app.extensions["house"].pictures.look(view)


def _ticket(floor: Floor, name: str, now_ms: int, day: lines.Day) -> dict[str, Any] | None:
    contact = floor.find(name)
    return lines.ticket(floor, contact, now_ms, day) if contact and contact.channel == "ticket" else None


def floor_seen() -> Callable[[Picture], tuple[dict[str, Any], bytes]]:
    """The floor's page, and the same as JSON, as whoever asks may see it: all of it, all but silent help, or a viewer's queues."""
    who, pictures = guard.asker(), current_app.extensions["house"].pictures
    if guard.may("safety"):
        return lambda picture: picture.floor
    queues = frozenset(who.queues) if who else frozenset()
    is_own = guard.may("floor") == OWN

    def part(picture: Picture) -> tuple[dict[str, Any], bytes]:
        if is_own:
            page = of_queues(picture.floor[0], queues, pictures.look(lambda floor, *_: floor_staff(floor, queues)))
        else:
            page = but_silent(picture.floor[0])
        return page, msgspec.json.encode(page)

    return part


def see_floor() -> Any:
    return floor_seen()(current_app.extensions["house"].pictures.picture)[0] | {"now_ms": now_ms()}


def see_queues() -> Any:
    return _see(lambda floor, now, day: [lines.door(floor, queue, now, day) for queue in floor.queues.values()])


def see_queue(queue: str) -> Any:
    found = _see(
        lambda floor, now, day: (
            lines.door(floor, floor.queues[queue], now, day)
            | {
                "tickets": [
                    _ticket(floor, name, now, day) for name in list(floor.queues[queue].waiting)[: lines.HEADS_MAX]
                ]
            }
            if queue in floor.queues
            else None
        )
    )
    return found or abort(404, f"There is no queue {queue}.")


def see_tickets() -> Any:
    """Those on the floor, by their place in the journal; `queue` and `state` leave the others out."""
    args = request.args
    if wrong := next((name for name in args if name not in ("queue", "state", "limit")), ""):
        abort(400, f"There is no field {wrong} here.")
    queue, state, limit = args.get("queue"), args.get("state"), args.get("limit", 100, int)

    def view(floor: Floor, now: int, day: lines.Day) -> list[dict[str, Any]]:
        wanted = (
            c
            for c in floor.contacts.values()
            if c.channel == "ticket" and queue in (None, c.queue) and state in (None, c.state)
        )
        return [lines.ticket(floor, c, now, day) for c in islice(wanted, max(0, min(limit, LISTED_MAX)))]

    return _see(view)


def see_ticket(ticket: str) -> Any:
    """With its spells: state, queue and agent, from when to when, null in the one that goes on. A label that was closed is
    today's."""
    pictures = current_app.extensions["house"].pictures
    known, from_ms = _see(lambda floor, now, day: (_ticket(floor, ticket, now, day), day[0]))
    name = known["ticket"] if known else pictures.closed(ticket, from_ms) or ticket
    spells, is_over = pictures.history(name)
    if not known and spells and not is_over:  # the journal is ahead of what the web has seen
        pictures.wait(pictures.picture.number, BEHIND_S)
        known = _see(lambda floor, *at: _ticket(floor, name, *at))
    if not known and not spells:
        abort(404, f"There is no ticket {ticket}.")
    told = [msgspec.structs.asdict(spell) for spell in spells if not known or spell.to_ms <= known["since_ms"]]
    if not known:
        return {"ticket": name, "label": spells[-1].label, "state": "closed", "spells": told}
    kept = {key: known[key] for key in ("label", "queue", "state", "agent")}
    now = {"contact": name} | kept | {"from_ms": known["since_ms"], "to_ms": None}
    return known | {"spells": [*told, now]}


def see_desk(desk: str) -> Any:
    found = _see(lambda floor, *at: lines.desk_page(floor, floor.desks[desk], *at) if desk in floor.desks else None)
    return found or abort(404, f"There is no desk {desk}.")


def see_calls() -> Any:
    """The last called, the newest first."""
    return _see(lambda floor, *_: [msgspec.structs.asdict(call) for call in reversed(floor.announcements)])


WISHES = (
    Wish("/tickets", r.IssueTicket, "Issue a ticket. `contact` makes it safe to ask again: it is one ticket"),
    Wish("/tickets/<ticket>/move", r.MoveTicket, "Move a ticket to one of a queue, an agent or a desk"),
    Wish("/tickets/<ticket>/park", r.ParkTicket, "Park a ticket for so many seconds"),
    Wish("/tickets/<ticket>/return", r.ReturnTicket, "Bring a parked ticket back to its line"),
    Wish("/tickets/<ticket>/cancel", r.CancelTicket, "Cancel a ticket that waits or is parked"),
    Wish("/tickets/<ticket>/take-over", r.TakeOver, "Make whoever serves a ticket its owner"),
    Wish("/tickets/<ticket>/confirm", r.ConfirmOutcome, "Confirm the outcome of a ticket that another ended"),
    Wish("/desks/<desk>/keys", r.PressKey, "Press a key, as on the desk unit"),
    Wish("/desks/<desk>/call", r.CallTicket, "Call a chosen ticket"),
    Wish("/desks/<desk>/sign-in", r.SignIn, "Sign an agent in at a desk"),
    Wish(
        "/desks/<desk>/sign-in-with",
        r.SignInWith,
        "Sign in at a desk with a PIN or a badge, as a reader beside it does",
    ),
    Wish("/desks/<desk>/help", r.RaiseHelp, "Ask for help"),
    Wish("/desks/<desk>/help/acknowledge", r.AcknowledgeHelp, "Say that one is on the way"),
    Wish("/desks/<desk>/help/arrive", r.ArriveAtHelp, "Say that one has arrived"),
    Wish("/desks/<desk>/help/close", r.CloseHelp, "Close a request for help"),
    Wish("/agents/<agent>/sign-out", r.SignOut, "Sign an agent out"),
    Wish("/agents/<agent>/presence", r.ChangePresence, "Change an agent's own state"),
    Wish("/queues/<queue>/shut", r.ShutQueue, "Issue no more tickets; who waits is served"),
    Wish("/queues/<queue>/reopen", r.ReopenQueue, "Issue tickets again"),
    Wish("/devices/<device>/ask", r.AskDevice, "Ask a device to show itself, or to restart"),
)
SIGHTS = (
    Sight("/floor", see_floor, "The whole floor, as its page shows it"),
    Sight("/queues", see_queues, "All queues: who waits, how long, whether one can join"),
    Sight("/queues/<queue>", see_queue, "One queue, with the tickets at its head"),
    Sight("/tickets", see_tickets, "The tickets on the floor, of one queue or in one state if that is said"),
    Sight("/tickets/<ticket>", see_ticket, "A ticket and its history, by its name or by what its visitor holds"),
    Sight("/desks/<desk>", see_desk, "A desk: its agent, its tickets, and what can be called there"),
    Sight("/calls", see_calls, "The last called, the newest first"),
    Sight("/explain", see_number, "What stands behind a number, as `service_level(payments, today)`"),
    Sight("/report", see_report, "The figures of days, all or side by side"),
    Sight("/time-chart", see_time_chart, "How agents' paid hours divide"),
)


def _add(wish: Wish) -> None:
    wanted = {name for name in wish.asks.__struct_fields__ if name not in r.OUR_OWN}

    def handle(**named: str) -> Answer:
        try:
            said = msgspec.json.decode(request.get_data() or b"{}", type=dict[str, Any])
            extra = sorted(said.keys() - (wanted - named.keys()))
            if extra:
                return {"error": f"There is no field {extra[0]} here."}, 400
            asked = msgspec.convert(said | named, wish.asks)
        except (msgspec.MsgspecError, UnicodeDecodeError) as wrong:
            return {"error": str(wrong)}, 400
        return issue(asked) if isinstance(asked, r.IssueTicket) else ask(asked)

    api.add_url_rule(wish.path, wish.asks.__name__, handle, methods=["POST"])


def _show(sight: Sight) -> None:
    def handle(**named: str) -> Response:
        return Response(msgspec.json.encode(sight.sees(**named)), mimetype="application/json")

    api.add_url_rule(sight.path, sight.sees.__name__, handle)


for _wish in WISHES:
    _add(_wish)
for _sight in SIGHTS:
    _show(_sight)


@api.get("/openapi.json")
def openapi() -> dict[str, Any]:
    from web.openapi import document  # only whoever asks for it

    return document(WISHES, SIGHTS, guard.cookie())
