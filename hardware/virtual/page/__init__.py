"""The page of a box of boards: each one's picture and lamp as its own firmware draws them, and its keys to press."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from flask import Blueprint, Flask, Request, Response, abort, current_app, render_template, request

from hardware.virtual.board import Board
from hardware.virtual.page import words

LOOK_S = 0.04  # between two looks at what the boards show: 25 pictures a second
BEAT_S = 2.0  # at the latest so often the page hears something
PAGES_MAX = 16  # open at once; each takes a thread
CONSOLE_CHARS = 4_000
LAMPS_MAX = 64  # pictures that a program is told


NO_PORTS: Mapping[str, str] = MappingProxyType({})


class Bench(NamedTuple):
    """What the routes share."""

    boards: Mapping[str, Board]
    notes: Mapping[str, str]
    check: Callable[[Request], None]
    ports: Mapping[str, str]
    pages: threading.BoundedSemaphore


page = Blueprint("boards", __name__, template_folder="templates", static_folder="static")


def create(
    boards: Mapping[str, Board],
    notes: Mapping[str, str],
    check: Callable[[Request], None],
    ports: Mapping[str, str] = NO_PORTS,
) -> Flask:
    """The application. `notes` says beside a board what its trainee must know (a PIN), as `words.note` reads it; `check` aborts a
    request that does not come from this page (web.guard.check_own_page); `ports` are the serial ports that are open, by name."""
    app = Flask(__name__)
    app.extensions["bench"] = Bench(boards, notes, check, ports, threading.BoundedSemaphore(PAGES_MAX))
    app.register_blueprint(page)
    return app


def _bench() -> Bench:
    bench: Bench = current_app.extensions["bench"]
    return bench


def _board(name: str) -> Board:
    return _bench().boards.get(name) or abort(404)


@page.get("/")
def home() -> str:
    lang, notes = _language(), _bench().notes
    word = words.table(lang)
    rows = [
        {"name": each.name, "note": words.note(notes.get(each.name, ""), word), **_still(each)}
        for each in _bench().boards.values()
    ]
    return render_template("boards.html", boards=rows, word=word, lang=lang)


def _language() -> str:
    return words.language(request.args.get("lang") or request.accept_languages.best_match(["en", "zh"], "en"))


@page.get("/live")
def live() -> Response:
    bench = _bench()
    if not bench.pages.acquire(blocking=False):
        abort(503)
    response = Response(_events(bench.boards, words.table(_language())), mimetype="text/event-stream")
    response.call_on_close(bench.pages.release)
    return response


@page.get("/boards.json")
def listed() -> dict[str, Any]:
    """For a program that knows a board by its serial port, and looks at it in a person's place: its /board/NAME/face.json."""
    bench = _bench()
    rows = [{"name": name, "port": bench.ports.get(name), **_still(board)} for name, board in bench.boards.items()]
    return {"boards": rows}


@page.get("/board/<name>/face.json")
def face(name: str) -> dict[str, Any]:
    """What it shows and sounds, and has lately; times of time.monotonic()."""
    board = _board(name)
    lamp = board.lamp if board.is_on else None
    return {
        "now": time.monotonic(),
        "on": board.is_on,
        "lamp": lamp,
        "lamps": board.seen[-LAMPS_MAX:],
        "tones": list(board.buzzer.history) if board.buzzer else [],
        "rev": board.screen.rev if board.screen else None,
        "faults": board.faults,
    }


@page.get("/board/<name>/screen.png")
def screen(name: str) -> Response:
    shown = _board(name).screen or abort(404)
    return Response(shown.png(), mimetype="image/png", headers={"Cache-Control": "no-store"})


@page.get("/board/<name>/console")
def console(name: str) -> Response:
    return Response(_board(name).console[-CONSOLE_CHARS:], mimetype="text/plain")


@page.post("/board/<name>/level")
def level(name: str) -> tuple[dict[str, Any], int]:
    """{"key", "level"}: the finger goes down (0) or up (1). Gives {"at"}, of time.monotonic()."""
    _bench().check(request)
    board, asked = _board(name), _asked()
    if str(asked.get("key")) not in board.hardware.get("keys", {}) or asked.get("level") not in (0, 1):
        abort(400)
    try:
        at = board.level(str(asked["key"]), asked["level"])
    except ConnectionError as error:
        return {"error": str(error)}, 409
    return {"at": at}, 200


def _asked() -> dict[str, Any]:
    asked = request.get_json()
    return asked if isinstance(asked, dict) else abort(400)


@page.post("/board/<name>/power")
def power(name: str) -> dict[str, Any]:
    """{"on"}: the plug in, or out without a word."""
    _bench().check(request)
    board, turn_on = _board(name), _asked().get("on")
    if turn_on and not board.is_on:
        board.power_on()
    elif not turn_on:
        board.power_off()
    return {}


def _still(board: Board) -> dict[str, Any]:
    """What of a board never changes."""
    screen = board.screen
    return {
        "title": board.hardware["title"],
        "keys": list(board.hardware.get("keys", {})),
        "pixels": board.hardware.get("lamp", {}).get("pixels", 0),
        "screen": {"width": screen.width, "height": screen.height} if screen else None,
    }


def _now(board: Board, word: Mapping[str, str]) -> dict[str, Any]:
    lamp = board.lamp if board.is_on else None
    return {
        "on": board.is_on,
        "lamp": [list(pixel) for pixel in lamp] if lamp else None,
        "says": words.says(board.hardware["role"], board.view, lamp, word) if lamp else "",
        "rev": board.screen.rev if board.screen and board.is_on else None,
        "faults": board.faults[-3:],
    }


def _events(boards: Mapping[str, Board], word: Mapping[str, str]) -> Iterator[bytes]:
    """Server-sent: an object of the boards that changed, by name, each as `_now`."""
    told: dict[str, dict[str, Any]] = {}
    told_at = 0.0
    while True:
        changed = {name: now for name, board in boards.items() if told.get(name) != (now := _now(board, word))}
        if changed or time.monotonic() - told_at > BEAT_S:
            told |= changed
            told_at = time.monotonic()
            yield b"data: " + json.dumps(changed, separators=(",", ":")).encode() + b"\n\n"
        time.sleep(LOOK_S)
