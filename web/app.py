"""The web's routes: the floor's page, its live stream, its JSON, and the one door for requests."""

import threading
from pathlib import Path
from typing import Any

import msgspec
from flask import Blueprint, Flask, Response, abort, current_app, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from edge.accounts import Accounts
from edge.asking import Asking
from edge.clock import now_ms
from edge.hall import HALL_SHOWN_MS, LISTED_MS
from edge.requests import Panel
from edge.settings import Settings
from web import guard, origin, slots, words
from web.api import api, ask, floor_seen
from web.desk import desk_pages
from web.kiosk import kiosk
from web.pictures import Pictures
from web.signing import Tries, signing
from web.staff import staff
from web.stream import LIVE_MAX, stream
from web.time_chart import time_chart

BODY_BYTES_MAX = 4 * 1024
GONE = b'{"tiles":null,"away_ms":null}'  # the board was taken away: its page asks again, and hears so
TV_AGAIN_S = 5  # a TV whose board is away looks again

panel = Blueprint("panel", __name__)


class House:
    """What the routes share."""

    def __init__(self, settings: Settings, state: Path) -> None:
        self.settings = settings
        self.pictures = Pictures(settings, state)
        self.core = Asking(state)
        self.accounts = Accounts(state)
        self.tries = Tries()
        self.live = threading.BoundedSemaphore(LIVE_MAX)
        self.reading = threading.Lock()  # one report at a time: a long one must not starve the pages


def create(settings: Settings, state: Path) -> Flask:
    """The application; its pictures (`app.extensions["house"].pictures`) are yet to be started."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES_MAX
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions["house"] = House(settings, state)
    for pages in (signing, panel, api, kiosk, desk_pages, time_chart, staff):
        app.register_blueprint(pages)
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == guard.NEEDS.keys(), "each route says what it needs"
    app.before_request(guard.let_in)
    app.after_request(origin.add_headers)
    app.register_error_handler(HTTPException, _say_error)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(_language)
    return app


def _house() -> House:
    house: House = current_app.extensions["house"]
    return house


def _language() -> dict[str, Any]:
    """What every template knows."""
    asked = request.values.get("lang") or request.accept_languages.best_match(["en", "zh"], "en")
    lang = words.language(asked)
    texts = slots.Texts(lang, now_ms(), _house().settings.zone)
    said = {"sentence": texts.sentence, "minutes": texts.minutes, "clock": texts.clock_short}
    who = {"who": guard.asker(), "may": guard.may, "csrf": guard.csrf(), "texts": texts}
    kept = request.args.to_dict() | ({"next": request.form["next"]} if request.form.get("next") else {})
    rest = kept | (request.view_args or {}) | {"lang": "en" if lang == "zh" else "zh"}
    there = url_for(request.endpoint, **rest) if request.endpoint else "/"
    return {"lang": lang, "word": words.table(lang), "site": _house().settings.site, "other_lang": there} | said | who


@panel.get("/floor")
def floor() -> str:
    house, lang = _house(), _language()["lang"]
    page, now = floor_seen()(house.pictures.picture)[0], now_ms()
    texts = slots.Texts(lang, page["away_ms"] or now, house.settings.zone)
    return render_template(
        "floor.html",
        page=page,
        texts=texts,
        now_ms=now,
        timezone=house.settings.timezone,
        sentences=words.SENTENCES if lang == "zh" else (),
    )


@panel.get("/live")
def live() -> Response:
    """Server-sent events: `beat` with the clock, at least every BEAT_S; `picture` with all that the page shows, on each change."""
    see = floor_seen()
    return stream(lambda picture: see(picture)[1])


@panel.get("/boards")
def boards() -> str:
    """Which there are, for whoever hangs one up."""
    word, lang = words.table(_language()["lang"]), request.args.get("lang")
    choices = [
        (url_for(f".{kind}", board=board, lang=lang), page["title"] or board, word[f"board.{said}"])
        for board, (page, _) in _house().pictures.picture.boards.items()
        for kind, said in (("tv", "tiles"), ("hall", "hall"))
    ]
    return render_template("choose.html", heading=word["boards.title"], choices=choices, none=word["boards.none"])


@panel.get("/tv/<board>")
def tv(board: str) -> str:
    """The tiles of a board, as on the wallboards that have it."""
    return _board("tv.html", board)


@panel.get("/tv/<board>/live")
def tv_live(board: str) -> Response:
    if board not in _house().pictures.picture.boards:
        abort(404)
    return stream(lambda picture: picture.boards[board][1] if board in picture.boards else GONE)


@panel.get("/hall/<board>")
def hall(board: str) -> str:
    """The tickets that are called, one after the other."""
    return _board("hall.html", board, shown_ms=HALL_SHOWN_MS, listed_ms=LISTED_MS)


def _board(template: str, board: str, **more: Any) -> str:
    """In the board's language, unless another is asked for."""
    house, now = _house(), now_ms()
    page, _ = house.pictures.picture.boards.get(board) or abort(404 if house.pictures.picture.boards else 503)
    lang = words.language(request.args.get("lang", page["lang"]))
    return render_template(
        template,
        board=page,
        texts=slots.Texts(lang, page["away_ms"] or now, house.settings.zone),
        now_ms=now,
        timezone=house.settings.timezone,
        lang=lang,
        word=words.table(lang),
        **more,
    )


@panel.get("/api/floor")
def api_floor() -> Response:
    return Response(floor_seen()(_house().pictures.picture)[1], mimetype="application/json")


@panel.post("/api/ask")
def api_ask() -> tuple[dict[str, Any], int]:
    """One of edge.requests.Panel: what `ask` says of it."""
    try:
        wish = msgspec.json.decode(request.get_data(), type=Panel)
    except (msgspec.MsgspecError, UnicodeDecodeError) as wrong:
        return {"error": str(wrong)}, 400
    return ask(wish)


_OURS = {  # for the framework's own sentences
    400: "The request cannot be read.",
    404: "There is nothing at this address.",
    405: "This address is asked in another way: GET to see, POST to do.",
    413: f"The request is longer than {BODY_BYTES_MAX} bytes.",
    500: "Something went wrong here: the web's own record says what.",
}


def _say_error(error: HTTPException) -> AnyResponse | tuple[Any, int]:
    """Errors in the house style; as JSON where a program asks. A redirect is no error."""
    code = error.code or 500
    if code < 400:
        return error.get_response()
    if request.path.startswith(("/api/", "/live")):
        return {
            "error": _OURS.get(code, "") if error.description == type(error).description else error.description
        }, code
    again_s = TV_AGAIN_S if request.path.startswith(("/tv/", "/hall/")) else 0  # nobody has a keyboard there
    kind = "hall" if request.path.startswith("/hall") else "tv"
    boards = sorted(_house().pictures.picture.boards) if request.path.startswith(f"/{kind}") else ()
    why = error.description if guard.asker() and code == 403 else ""
    return render_template("error.html", code=code, again_s=again_s, boards=boards, kind=kind, why=why), code
