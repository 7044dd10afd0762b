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
        *[(DOWN, 0, None, 20), (DOWN, 20, None, 780), (DOWN, 799, None, 1), (DOWN, 800, "long", None)],
        *[(DOWN, 2000, None, None), (UP, 2500, None, 20), (UP, 2520, None, None)],
    ],
    "twice": [(DOWN, 0, None, 20), (UP, 30, "short", 20), (DOWN, 60, None, 20), (UP, 90, "short", 20)],
    "nothing": [(UP, 0, None, None), (UP, 900, None, None)],
}


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("start", [0, (1 << 30) - 40])  # the second runs across the wrap of the clock
def test_key(run_micropython: Callable[..., Any], name: str, start: int) -> None:
    steps = TABLE[name]
    moved = run_micropython(PLAY, LEVELS=[(level, (start + at) % (1 << 30)) for level, at, _, _ in steps])
    assert [(press, wait) for _, press, wait in moved] == [(press, wait) for _, _, press, wait in steps]


BOUNCE = """
import asyncio, keys
class Pin:
    IRQ_FALLING = IRQ_RISING = 1
    level = 1
    def value(self): return self.level
    def irq(self, handler, trigger): self.handler = handler
    def move(self, *levels):
        for self.level in levels: self.handler(self)
async def main():
    pin, out = Pin(), []
    asyncio.create_task(keys.Keys({"next": pin}, lambda name, press, now: out.append([name, press])).run())
    await asyncio.sleep_ms(1)
    for levels in MOVES:
        pin.move(*levels)
        await asyncio.sleep_ms(60)
    give(out)
asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("moves", "presses"),
    [
        ([(0,), (1,)], 1),
        ([(0, 1, 0), (1, 0, 1)], 1),  # bounces that are over before anybody looks
        ([(0, 1)], 1),  # so is a whole tap
        ([(0, 1, 0, 1), (0, 1, 0), (1, 0, 1)], 2),
    ],
)
def test_edges_between_two_looks(
    run_micropython: Callable[..., Any], moves: list[tuple[int, ...]], presses: int
) -> None:
    assert run_micropython(BOUNCE, MOVES=moves) == [["next", "short"]] * presses


def test_the_virtual_hand_holds_as_long_as_the_wire_says() -> None:
    from flash import tree
    from hardware.virtual import face

    assert face.LONG_MS == wire.LONG_MS
    assert list(tree.read_board("desk-unit")["keys"]) == list(wire.KEYS)
