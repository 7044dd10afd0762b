"""A role's heap: the highest that it comes to over a busy floor's messages, and the smallest with which it does its work."""

import itertools
import re
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from edge.commands.bench import busy
from edge.commands.bench.stand import Played, Silent, Stand
from edge.commands.house import say

HEAP_KB = 200  # while the highest is looked for: room enough that only the firmware's own threshold collects
WINDOW = 32  # messages on the way at a time
KEY_EVERY = 480  # messages
TELL_S = 15.0
TOLD_S = 1.0  # the board tells its heap twice a second
LEAST_KB, MOST_KB = 32, 256  # within which the smallest heap is looked for
PASS_S = 15.0
PASS_VIEWS = 64
WATCH = """
import asyncio, gc, copper
from time import ticks_diff, ticks_ms
async def _watch():
    global _most, _least
    told = ticks_ms()
    while True:
        await asyncio.sleep_ms(2)
        _look()
        if ticks_diff(ticks_ms(), told) > 500:
            print("HEAP", _most - _stand_ins, _least - _stand_ins)
            told, _most, _least = ticks_ms(), 0, 1 << 29
def _look():
    global _most, _least
    now = gc.mem_alloc()
    if now > _most:
        _most = now
    if now < _least:
        _least = now
def _send(kind, index, payload, count=0):
    global _frames
    _frames += 1
    if not _frames & 31:
        _look()
    return _sent(kind, index, payload, count)
_sent, copper.send = copper.send, _send
_frames, _most, _least = 0, 0, 1 << 29
asyncio.create_task(_watch())
gc.collect()
_stand_ins = gc.mem_alloc()
print("STAND", _stand_ins, _stand_ins + gc.mem_free())
"""
HEAP = re.compile(r"HEAP (\d+) (\d+)")
STAND = re.compile(r"STAND (\d+) (\d+)")

CALM_MS = 2_000  # between two presses: no device takes the second for the first


class Used(NamedTuple):
    """Bytes, less those of the virtual board's stand-ins."""

    most: int
    growth: int  # of what is live after a collection, from the second third of the run to the last
    stand_ins: int
    seconds: float


def used(stand: Stand, role: str, hardware: str, messages: int) -> Used:
    """Over so many views of a busy floor, and keys now and then. Silent if the board stops taking part."""
    with Played(stand, stand.board(hardware, hardware, heap_kb=HEAP_KB, prelude=WATCH)) as edge:
        edge.greet()
        views, began, told = busy.views(role), time.monotonic(), time.monotonic()
        for done in range(0, messages, WINDOW):
            _show(edge, views, min(WINDOW, messages - done))
            if done % KEY_EVERY == 0:
                _press(edge)
            if done == 0:  # what is taken once, at the first views and the first press, is no growth
                time.sleep(TOLD_S)
                warm = len(_heaps(edge))
            if time.monotonic() - told > TELL_S:
                told = time.monotonic()
                say(f"{role}: {done:,} of {messages:,} messages, highest heap {_most(edge):,} bytes")
        seconds = time.monotonic() - began
        time.sleep(TOLD_S)
        heaps, stand_ins = _heaps(edge), STAND.findall(edge.board.console)[0]
    live = [low for _, low in heaps[warm:]]
    third = len(live) // 3
    growth = min(live[2 * third :]) - min(live[third : 2 * third])
    return Used(max(most for most, _ in heaps), growth, int(stand_ins[0]), seconds)


def least_bytes(stand: Stand, role: str, hardware: str) -> int:
    """Room in the heap, stand-ins included, with which it boots, greets, draws, and passes PASS_VIEWS views and two keys; with
    1 KB less it does not. Silent if it does not with MOST_KB either."""
    low, high = LEAST_KB, MOST_KB
    room = _passes(stand, role, hardware, high)
    while high - low > 1:
        tried = (low + high) // 2
        try:
            room, high = _passes(stand, role, hardware, tried), tried
        except Silent:
            if stand.ending.is_set():
                raise
            low = tried
        say(f"{role}: the smallest heap is from {low} to {high} KB, stand-ins included")
    return room


def _passes(stand: Stand, role: str, hardware: str, heap_kb: int) -> int:
    """Bytes that the heap has room for. Silent if the board did not pass."""
    with Played(stand, stand.board(hardware, hardware, heap_kb=heap_kb, prelude=WATCH)) as edge:
        edge.greet(PASS_S)
        views = busy.views(role)
        for _ in range(2):
            _show(edge, views, PASS_VIEWS // 2)
            _press(edge)
        _show(edge, views, 1)
        if "MemoryError" in edge.board.console:
            raise Silent(f"{hardware} had no memory left for something")
        return int(STAND.findall(edge.board.console)[0][1])


def _show(edge: Played, views: Iterator[tuple[str, dict[str, Any]]], count: int) -> None:
    for part, fields in itertools.islice(views, count):
        rev = edge.show(part, fields)
    edge.wait_shown(rev, PASS_S)


def _press(edge: Played) -> None:
    keys = list(edge.board.hardware.get("keys", ()))
    if keys:
        before = edge.events
        edge.board.press(keys[-1], gap_ms=CALM_MS)  # help, at a desk: a key that is never a digit
        edge.wait_events(before + 1, PASS_S)


def _heaps(edge: Played) -> list[tuple[int, int]]:
    """(highest, lowest) in each piece of the run so far."""
    return [(int(most), int(low)) for most, low in HEAP.findall(edge.board.console)]


def _most(edge: Played) -> int:
    return max((most for most, _ in _heaps(edge)), default=0)
