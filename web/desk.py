"""A desk's page: all that the keys of its desk unit do, and more; for agents without one, or elsewhere."""

from typing import Any

import msgspec
from flask import (
    Blueprint,
    Response,
    abort,
    copy_current_request_context,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from edge import lines
from edge.clock import now_ms
from edge.floor import Floor
from edge.rights import OWN
from edge.wire import PRESENCES
from web import guard, slots, words
from web.pictures import Picture
from web.stream import stream

desk_pages = Blueprint("desk", __name__)
Key = tuple[str, str, str]
KEYS: dict[str, tuple[Key, ...]] = {  # presence -> (word, key, press) of its buttons, the likeliest first
    "ready": (("key.next", "next", "short"), ("key.wrap_up", "wrap_up", "short"), ("key.break", "break", "short")),
    "called": (
        ("key.come", "ready", "short"),
        ("key.recall", "recall", "short"),
        ("key.no_show", "next", "long"),
        ("key.break", "break", "short"),
    ),
    "serving": (
        ("key.end", "ready", "short"),
        ("key.end_next", "next", "short"),
        ("key.end_wrap_up", "wrap_up", "short"),
        ("key.hold", "recall", "long"),
        ("key.break", "break", "short"),
    ),
    "hold": (
        ("key.resume", "recall", "long"),
        ("key.end", "ready", "short"),
        ("key.end_wrap_up", "wrap_up", "short"),
        ("key.break", "break", "short"),
    ),
    "wrap_up": (("key.ready", "ready", "short"), ("key.next", "next", "short"), ("key.break", "break", "short")),
    "not_ready": (("key.ready", "ready", "short"), ("key.wrap_up", "wrap_up", "short")),
    "signed_out": (),
}
assert KEYS.keys() == set(PRESENCES)


@desk_pages.get("/desk")
def choose() -> AnyResponse | str:
    """One's own desk, or those at which one can sign in."""
    own = _own()
    at, free = current_app.extensions["house"].pictures.look(lambda floor, *_: _places(floor, own))
    if at:
        return redirect(url_for(".page", desk=at, lang=request.args.get("lang")))
    word = words.table(_lang())
    choices = [
        (url_for(".page", desk=desk, lang=request.args.get("lang")), word["desk.title"].format(desk), rest)
        for desk, rest in free
    ]
    return render_template("choose.html", heading=word["desk.choose"], choices=choices, none=word["desks.none"])


@desk_pages.get("/desk/<desk>")
def page(desk: str) -> str:
    seen = _see(desk)
    house = current_app.extensions["house"]
    return render_template(
        "desk.html",
        desk=desk,
        parts=_parts(seen, _lang()),
        seen=seen,
        now_ms=now_ms(),
        timezone=house.settings.timezone,
        sentences=words.SENTENCES if _lang() == "zh" else (),
    )


@desk_pages.get("/desk/<desk>/live")
def live(desk: str) -> Response:
    """Server-sent events, as those of /live; a picture is the parts of the page that have changed, as HTML."""
    _see(desk)

    @copy_current_request_context
    def of(picture: Picture) -> bytes:
        away_ms = picture.floor[0]["away_ms"]
        return msgspec.json.encode({"away_ms": away_ms, "parts": _parts(_see(desk), _lang())})

    return stream(of)


def _see(desk: str) -> dict[str, Any]:
    pictures = current_app.extensions["house"].pictures
    seen = pictures.look(
        lambda floor, *at: lines.desk_page(floor, floor.desks[desk], *at) if desk in floor.desks else None
    )
    if seen is None:
        abort(404, f"There is no desk {desk}.")
    own = _own()
    theirs = own and seen["agent"] not in (None, own)
    away = [agent for agent in seen["away_agents"] if own in ("", agent["agent"])]
    return dict(seen) | {"theirs": bool(theirs), "away_agents": away}


def _own() -> str:
    """The agent whose account asks, where it may work as that one alone."""
    who = guard.asker()
    return who.agent if who and guard.may("PressKey") == OWN else ""


def _places(floor: Floor, own: str) -> tuple[str, list[tuple[str, str]]]:
    """(the desk at which `own` is, (desk, who is there or its team) of the others); an agent is shown the free ones alone."""
    agent = floor.agents.get(own)
    desks = sorted(floor.desks.values(), key=lambda d: (len(d.desk), d.desk))
    free = [
        (d.desk, (floor.agents[d.agent].name or d.agent) if d.agent else d.team) for d in desks if not (own and d.agent)
    ]
    return agent.desk if agent else "", free


def _parts(seen: dict[str, Any], lang: str) -> dict[str, str]:
    house = current_app.extensions["house"]
    texts = slots.Texts(lang, now_ms(), house.settings.zone)
    return {
        part: render_template(f"desk/{part}.html", seen=seen, texts=texts, keys=_keys(seen))
        for part in ("who", "mine", "lines")
    }


def _keys(seen: dict[str, Any]) -> list[Key]:
    """Without *call again* once it would be a no-show, which has a key of its own here."""
    is_last = any(c["state"] == "called" and c["recalls"] >= c["recalls_max"] for c in seen["contacts"])
    return [key for key in KEYS[seen["presence"]] if not (is_last and key[1] == "recall")]


def _lang() -> str:
    asked = request.values.get("lang") or request.accept_languages.best_match(["en", "zh"], "en")
    return words.language(asked)
