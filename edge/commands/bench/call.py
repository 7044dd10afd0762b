"""`floorboard bench call`: how long a call takes to the counter display's bus and to a TV's page."""

import argparse
import json
import threading
import time
import urllib.request
from typing import Any

from edge.commands import command, whole
from edge.commands.bench.cuts import cuts
from edge.commands.box import HARDWARE
from edge.commands.house import House, say
from hardware.virtual import Board

DRAWN_S = 0.15  # a call is drawn by then
QUIET_S = 0.004  # without a byte a picture is done; its flash is drawn anew 250 ms later
REST_S = 0.12  # between two keys of a hand


def add(benches: Any) -> None:
    call = command(
        benches,
        "call",
        "Measure a call: from the next key's pin to the last byte on the counter display's bus, and to a TV page's stream.",
        "floorboard bench call --calls 100 --json",
    )
    call.add_argument("--calls", type=whole, default=100, help="calls to make (%(default)s)")
    call.add_argument("--json", action="store_true", help="one JSON line (always so)")
    call.set_defaults(run=run_call)


class Stream(threading.Thread):
    """What a TV's page hears: the moment at which each picture came, and how many wait by it."""

    def __init__(self, house: House) -> None:
        super().__init__(name="tv", daemon=True)
        self._stream = house.request("/tv/floor/live")
        self.heard: list[tuple[float, str]] = []

    def run(self) -> None:
        with urllib.request.urlopen(self._stream, timeout=60) as answer:
            for line in answer:
                if line.startswith(b"data: ") and b'"tiles"' in line:
                    tiles = {tile["tile"]: tile["value"] for tile in json.loads(line[6:])["tiles"]}
                    self.heard.append((time.monotonic(), tiles["waiting"]))


def run_call(args: argparse.Namespace) -> int:
    bus_ms: dict[str, list[float]] = {"counter-display": [], "counter-matrix": []}
    tv_ms: list[float] = []
    with House(2, 2, 1) as house:
        stream = Stream(house)
        stream.start()
        for desk in house.boards:
            house.sign_in(desk)
            house.boards[desk].press("ready")
        say(f"making {args.calls} calls")
        for number in range(args.calls):
            desk = 1 + number % 2
            house.ask(ask="IssueTicket", contact=f"C{house.visitor()}", queue="payments")
            time.sleep(DRAWN_S)
            pressed_s = house.boards[desk].press("next")
            drawn_s = _drawn(house.box.boards[f"counter-{desk}"], pressed_s)
            if drawn_s:
                bus_ms[HARDWARE["counter"][(desk - 1) % 2]].append(1000 * (drawn_s - pressed_s))
            time.sleep(DRAWN_S)
            tv_ms += [1000 * (at_s - pressed_s) for at_s, value in stream.heard if at_s > pressed_s and value == "0"][
                :1
            ]
            for _ in range(2):  # served, and done
                house.boards[desk].press("ready")
                time.sleep(REST_S)
    calls = sum(len(found) for found in bus_ms.values())
    if min(len(tv_ms), *(len(found) for found in bus_ms.values())) < 2:
        say(f"of {args.calls} calls {calls} came to a display and {len(tv_ms)} to the TV: nothing was measured")
        return 1
    figures = {
        f"{name.replace('-', '_')}_{cut}": value for name, found in bus_ms.items() for cut, value in cuts(found).items()
    }
    print(json.dumps({**figures, **{f"tv_stream_{cut}": value for cut, value in cuts(tv_ms).items()}, "calls": calls}))
    return 0 if calls == len(tv_ms) == args.calls else 1


def _drawn(board: Board, since_s: float) -> float | None:
    """time.monotonic() of the last byte of the first picture since then; None if none came."""
    assert board.screen
    while board.screen.seen_at < since_s or time.monotonic() - board.screen.seen_at < QUIET_S:
        if time.monotonic() - since_s > DRAWN_S:
            return None
        time.sleep(QUIET_S / 10)
    return board.screen.seen_at
