"""Who asks, and whether they may: `let_in` comes before every route. NEEDS says what a route needs, edge.rights what a role may."""

import hashlib
import hmac
from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Response, abort, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from edge.accounts import Accounts, cookie_name
from edge.rights import NO, OWN, RIGHTS, YES, Who
from web import origin

if TYPE_CHECKING:
    from web.app import House

ANYBODY = ""
FIGURES = ("api.see_number", "api.see_report", "api.see_time_chart", "time.page", "time.picture")
FILTERED = ("panel.floor", "panel.live", "panel.api_floor", "api.see_floor", *FIGURES)
"""The routes that show a viewer their own queues alone."""
BY_REQUEST = "request"  # web.api.ask looks, once it knows what is asked
NEEDS = {  # endpoint -> a row of edge.rights.RIGHTS
    "static": ANYBODY,
    **dict.fromkeys(
        ("signing.home", "signing.sign_in", "signing.sign_out", "signing.code", "signing.enter", "signing.password"),
        ANYBODY,
    ),
    **dict.fromkeys(FILTERED, "floor"),
    **dict.fromkeys(FIGURES, "figures"),
    **dict.fromkeys(("panel.boards", "panel.tv", "panel.tv_live", "panel.hall", "api.see_calls"), "boards"),
    **dict.fromkeys(("desk.choose", "desk.page", "desk.live", "api.see_desk"), "desk"),
    "api.see_queues": "doors",
    **dict.fromkeys(("api.see_queue", "api.see_tickets", "api.see_ticket"), "lines"),
    **dict.fromkeys(("kiosk.choose", "kiosk.take"), "kiosk"),
    "kiosk.ticket": ANYBODY,  # its name is the visitor's alone
    "api.openapi": ANYBODY,
    "panel.api_ask": BY_REQUEST,
    **{f"api.{name}": BY_REQUEST for name in RIGHTS if name[0].isupper()},
    **{
        f"staff.{name}": "accounts"
        for name in ("page", "add", "change", "link", "end", "remove", "add_token", "remove_token")
    },
}

_WHO, _SECRET = "floorboard.who", "floorboard.secret"


def let_in() -> AnyResponse | None:
    """Before every route: nothing if it may go on, else what the asker sees instead. Aborts with 401, 403, 415 or 421."""
    origin.check_host(request, _house().settings.broker.host)
    request.environ[_WHO], request.environ[_SECRET] = _identify()
    if request.endpoint is None:
        return None  # there is no such route
    if request.method == "POST":
        _check_page()
    need = NEEDS[request.endpoint]
    if need in (ANYBODY, BY_REQUEST):
        return None
    right = may(need)
    return None if right == YES or (right == OWN and request.endpoint in FILTERED) else _turn_away(need)


def asker() -> Who | None:
    """Whoever is signed in, or the program whose token it is."""
    who: Who | None = request.environ.get(_WHO)
    return who


def asked_by() -> str:
    """Who asks, as facts say it; a program as `ana/the gate`."""
    who = asker()
    return "/".join(filter(None, (who.name, who.program))) if who else "anyone"


def may(what: str) -> str:
    """edge.rights.YES, OWN or NO, for whoever asks."""
    who = asker()
    if who:
        return who.may(what)
    return next(filter(None, (Who("", role).may(what) for role in _house().settings.web.open)), NO)


def why_not(what: str) -> str:
    """The sentence for whoever asks and may not."""
    who = asker()
    if who is None:
        return "Sign in first."
    if scope := who.lacks(what):
        return f"This token lacks the scope {scope}."
    return f"That is not for {who.name}, whose role is {who.role}."


def standing() -> Callable[[], bool]:
    """Whether whoever asks now is still signed in, for what goes on after the request."""
    accounts, who, secret = _house().accounts, asker(), request.environ[_SECRET]
    return lambda: who is None or accounts.who(secret, renew=False) == who


def csrf() -> str:
    """What our own pages say with each request of their session, and nobody else can; "" where there is no session."""
    who = asker()
    if who is None or who.scopes is not None:
        return ""
    return hmac.digest(request.environ[_SECRET].encode(), b"csrf", hashlib.sha256).hex()[:32]


def cookie() -> str:
    settings = _house().settings
    return cookie_name(settings.site, settings.web.port)


def _identify() -> tuple[Who | None, str]:
    """And the secret of the session or the token."""
    accounts: Accounts = _house().accounts
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        who = accounts.who(token)
        if who is None or who.scopes is None:
            abort(401, "This token is not good, or no longer.")
        return who, token
    secret = request.cookies.get(cookie(), "")
    who = accounts.who(secret) if secret else None
    return (who, secret) if who and who.scopes is None else (None, "")


def _check_page() -> None:
    """403 or 415 unless our own page asks, or a program with its token."""
    is_api = request.path.startswith("/api/")
    if is_api:
        origin.check_json(request)
    origin.check_origin(request, must=asker() is None and not is_api)
    if csrf():
        said = request.headers.get("X-CSRF-Token") or ("" if is_api else request.form.get("csrf", ""))
        if not hmac.compare_digest(said.encode(), csrf().encode()):
            abort(403, "The request does not come from a page of this session: reload the page.")


def _turn_away(need: str) -> AnyResponse:
    who = asker()
    if request.endpoint and request.endpoint.endswith("live"):  # a browser tells its page nothing of a status
        return Response("event: out\ndata: {}\n\n", mimetype="text/event-stream")
    if who or request.path.startswith("/api/"):
        abort(403 if who else 401, why_not(need))
    there = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("signing.sign_in", next=there, lang=request.args.get("lang")), 303)


def _house() -> "House":
    house: House = current_app.extensions["house"]
    return house
