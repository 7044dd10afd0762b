"""Keys on MicroPython: levels over time in, presses out."""

from collections.abc import Callable
from typing import Any

import pytest

from edge import wire

PLAY = """
import keys
key = keys.Key()
out = []
for is_low, now in LEVELS:
    press = key.move(is_low, now)
    out.append([now, press, key.wait_ms(now)])
give(out)
"""
DOWN, UP = True, False

TABLE = {  # (level, ms) -> (press, ms until it wants another look)
    "short at release": [(DOWN, 0, None, 20), (UP, 100, "short", 20), (UP, 120, None, None)],
    "bounces at both edges": [
        *[(DOWN, 0, None, 20), (UP, 1, None, 19), (DOWN, 2, None, 18), (DOWN, 20, None, 780)],
        *[(UP, 50, "short", 20), (DOWN, 52, None, 18), (UP, 55, None, 15), (UP, 70, None, None)],
    ],
    "a tap shorter than the debounce counts": [(DOWN, 0, None, 20), (UP, 5, None, 15), (UP, 20, "short", 20)],
    "long while held, nothing at release": [
        *[(DOWN, 0, None, 20), (DOWN, 20, None, 780), (DOWN, 799, None, 1), (DOWN, 800, "long", 9200)],
        *[(DOWN, 2000, None, 8000), (UP, 2500, None, 20), (UP, 2520, None, None)],
    ],
    "twice": [(DOWN, 0, None, 20), (UP, 30, "short", 20), (DOWN, 60, None, 20), (UP, 90, "short", 20)],
    "stuck after its long press, and well again": [
        *[(DOWN, 0, None, 20), (DOWN, 800, "long", 9200), (DOWN, 10_000, None, None), (DOWN, 600_000, None, None)],
        *[(UP, 600_100, None, 20), (UP, 600_120, None, None), (DOWN, 600_200, None, 20), (UP, 600_300, "short", 20)],
    ],
    "nothing": [(UP, 0, None, None), (UP, 900, None, None)],
}


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("start", [0, (1 << 30) - 40])  # the second runs across the wrap of the clock
def test_key(run_micropython: Callable[..., Any], name: str, start: int) -> None:
    steps = TABLE[name]
    moved = run_micropython(PLAY, LEVELS=[(level, (start + at) % (1 << 30)) for level, at, _, _ in steps])
    assert [(press, wait) for _, press, wait in moved] == [(press, wait) for _, _, press, wait in steps]


def test_a_key_that_is_down_at_the_start_makes_no_press(run_micropython: Callable[..., Any]) -> None:
    """A key that is stuck would call for help at each start otherwise."""
    play = PLAY.replace("keys.Key()", "keys.Key(True)").replace("press, key", "press, key.is_stuck, key")
    levels = [(DOWN, 0), (DOWN, 900), (DOWN, 20_000), (UP, 20_100), (UP, 20_120), (DOWN, 21_000), (UP, 21_100)]
    moved = run_micropython(play, LEVELS=levels)
    assert [press for _, press, _, _ in moved] == [None] * 6 + ["short"]
    assert [is_stuck for _, _, is_stuck, _ in moved] == [True] * 3 + [False] * 4


BOUNCE = """
import asyncio, keys
class Pin:
    IRQ_FALLING = IRQ_RISING = 1
    level = 1
    def value(self): return self.level
    def irq(self, handler, trigger): self.handler = handler
    def move(self, *levels):
        for self.level in levels:
            if not LATE: self.handler(self)
        for _ in levels:
            if LATE: self.handler(self)
async def main():
    pins, out = {"ready": Pin(), "next": Pin()}, []
    asyncio.create_task(keys.Keys(pins, lambda name, press, now: out.append([name, press]), again_ms=100).run())
    await asyncio.sleep_ms(1)
    for levels in MOVES:
        for name in NAMES: pins[name].move(*levels)
        await asyncio.sleep_ms(60)
    give(out)
asyncio.run(main())
"""


@pytest.mark.parametrize("late", [False, True], ids=["at once", "all edges after something native"])
@pytest.mark.parametrize(
    ("moves", "presses"),
    [
        ([(0,), (1,)], 1),
        ([(0, 1, 0), (1, 0, 1)], 1),  # bounces that are over before anybody looks
        ([(0, 1)], 1),  # so is a whole tap
        ([(0, 1, 0, 1), (), (), (), (0, 1, 0), (1, 0, 1)], 2),
    ],
)
def test_edges_between_two_looks(
    run_micropython: Callable[..., Any], moves: list[tuple[int, ...]], presses: int, late: bool
) -> None:
    assert run_micropython(BOUNCE, MOVES=moves, NAMES=["next"], LATE=late) == [["next", "short"]] * presses


@pytest.mark.parametrize("names", [["next", "ready"], ["ready", "next"]])
def test_taps_within_something_native_keep_their_order(run_micropython: Callable[..., Any], names: list[str]) -> None:
    pressed = run_micropython(BOUNCE, MOVES=[(0, 1)], NAMES=names, LATE=True)
    assert pressed == [[name, "short"] for name in names]


AGAIN = """
import asyncio, keys
class Pin:
    IRQ_FALLING = IRQ_RISING = 1
    def __init__(self, level): self.level = level
    def value(self): return self.level
    def irq(self, handler, trigger): self.handler = handler
    def move(self, level):
        self.level = level
        self.handler(self)
async def main():
    pins = {"next": Pin(1), "help": Pin(0)}
    out, stuck = [], []
    asyncio.create_task(keys.Keys(pins, lambda name, press, now: out.append(name + " " + press), stuck.append, 150).run())
    await asyncio.sleep_ms(1)
    for name, wait_ms in PLAYED:
        for level in (0, 1):
            pins[name].move(level)
            await asyncio.sleep_ms(30)
        await asyncio.sleep_ms(wait_ms)
    give([out, stuck])
asyncio.run(main())
"""


def test_pressed_again_at_once_is_the_same_press_unless_another_key_came_between(
    run_micropython: Callable[..., Any],
) -> None:
    played = [("next", 0), ("next", 0), ("next", 200), ("next", 0)]
    played += [(name, 0) for name in ("help", "help", "next", "help", "help")]
    pressed, stuck = run_micropython(AGAIN, PLAYED=played)
    # help is down at the start, and its first release makes it well and is no press
    assert pressed[:4] == ["next short", "next again", "next again", "next short"]
    assert pressed[4:] == ["help short", "next short", "help short", "help again"]
    assert stuck == ["help", ""]


def test_the_virtual_hand_holds_as_long_as_the_wire_says() -> None:
    from flash import tree
    from hardware.virtual import face

    assert face.LONG_MS == wire.LONG_MS
    assert list(tree.read_board("desk-unit")["keys"]) == list(wire.KEYS)
