"""The outbox on MicroPython: order, bounds, what is sent again and when, ages across the wrap of the clock, acknowledgements."""

from collections.abc import Callable
from typing import Any

import pytest

PLAY = """
import json, outbox, wire
from time import ticks_add
class NoFlash:
    count, marks, fault = 0, {}, ""
    def wait_ms(self, now): return 0
    def append(self, events, record): return False
class NoClock:
    def moment(self, at): return None
box = outbox.Outbox(7, NoFlash(), NoClock())
out = []
for step in STEPS:
    what, args = step[0], step[1:]
    if what == "add":
        for _ in range(args[1]): box.add("press", {"key": "ready", "press": "short"}, args[0])
    elif what == "send":
        sent = []
        while box.wait_ms(args[0]) == 0:
            event = json.loads(box.next("e1", args[0]))
            sent.append([event["seq"], event["first"], event["age_ms"]])
        out.append(sent)
    elif what == "wait": out.append(box.wait_ms(args[0]))
    elif what == "ack":
        try: box.acknowledged(*args)
        except wire.Nonsense: out.append("nonsense")
    elif what == "again": box.again()
    elif what == "forget": box.forget_ticks(args[0])
    elif what == "held": out.append([len(box.held), box.dropped])
give(out)
"""
WRAP = 1 << 30

TABLE = {
    "order, first and ages": (
        [("add", 0, 2), ("add", 50, 1), ("send", 70)],
        [[[1, 1, 70], [2, 1, 70], [3, 1, 20]]],
    ),
    "at most eight on the way": (
        [("add", 0, 10), ("send", 0), ("ack", 7, 1), ("send", 1), ("ack", 7, 10), ("held",), ("wait", 1)],
        [[[i, 1, 0] for i in range(1, 9)], [[9, 2, 1]], [0, 0], None],
    ),
    "all again after two seconds of silence, with new ages": (
        [("add", 0, 2), ("send", 0), ("wait", 1500), ("send", 1999), ("send", 2000), ("wait", 2001)],
        [[[1, 1, 0], [2, 1, 0]], 500, [], [[1, 1, 2000], [2, 1, 2000]], 1999],
    ),
    "all again, once, when an acknowledgement does not move": (
        [
            ("add", 0, 3),
            ("send", 0),
            ("ack", 7, 0),
            ("send", 5),
            ("ack", 7, 0),
            ("send", 6),
            ("ack", 7, 1),
            ("ack", 7, 1),
            ("send", 7),
        ],
        [[[i, 1, 0] for i in (1, 2, 3)], [[i, 1, 5] for i in (1, 2, 3)], [], [[2, 2, 7], [3, 2, 7]]],
    ),
    "an acknowledgement of nothing sent changes nothing": (
        [("add", 0, 1), ("ack", 7, 0), ("ack", 6, 5), ("ack", 7, 2), ("held",), ("send", 0)],
        ["nonsense", [1, 0], [[1, 1, 0]]],
    ),
    "of another boot changes nothing": (
        [("add", 0, 1), ("send", 0), ("ack", 6, 1), ("ack", 8, 1), ("held",), ("send", 1)],
        [[[1, 1, 0]], [1, 0], []],
    ),
    "acknowledged twice": (
        [("add", 0, 1), ("send", 0), ("ack", 7, 1), ("ack", 7, 1), ("held",), ("wait", 9)],
        [[[1, 1, 0]], [0, 0], None],
    ),
    "when full the oldest goes": (
        [("add", 0, 18), ("held",), ("send", 1)],
        [[12, 6], [[i, 7, 1] for i in range(7, 15)]],
    ),
    "full while some are on the way": (
        [("add", 0, 12), ("send", 0), ("add", 0, 1), ("send", 1), ("held",)],
        [[[i, 1, 0] for i in range(1, 9)], [[9, 2, 1]], [12, 1]],
    ),
    "a new session starts from the oldest": (
        [("add", 0, 2), ("send", 0), ("again",), ("send", 3)],
        [[[1, 1, 0], [2, 1, 0]], [[1, 1, 3], [2, 1, 3]]],
    ),
    "ages across the wrap of the clock": ([("add", WRAP - 10, 1), ("send", 5)], [[[1, 1, 15]]]),
    "an age that the clock can no longer tell is unknown": (
        [("add", 0, 1), ("forget", (1 << 28) - 1), ("add", 1 << 28, 1), ("forget", 1 << 28), ("send", (1 << 28) + 5)],
        [[[1, 1, None], [2, 1, 5]]],
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_outbox(run_micropython: Callable[..., Any], name: str) -> None:
    steps, expected = TABLE[name]
    assert run_micropython(PLAY, STEPS=steps) == expected
