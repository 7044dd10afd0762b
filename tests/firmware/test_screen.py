"""What is drawn where, and which bytes it costs, with a recording in the driver's place; faces: the built-in one."""

from collections.abc import Callable
from typing import Any

import pytest

RECORDING = """
import framebuf, paint, screen
class Panel:
    width, height = 320, 240
    windows, size, longest = [], 0, 0
    def window(self, *box): self.windows.append(box)
    def write(self, pixels):
        self.size += len(pixels)
        self.longest = max(self.longest, len(pixels))
    def on(self): pass
    def show(self): pass
panel = Panel()
picture = screen.Picture(panel)
def drawn(do, *what):
    del panel.windows[:]
    panel.size = 0
    do(*what)
    return [panel.windows[:], panel.size]
"""
BOX = "(0, 0, 80, 40)"
WEEK_MS = 7 * 86_400_000


def test_only_changed_glyphs_are_drawn(run_micropython: Callable[..., Any]) -> None:
    code = f'{RECORDING}give([drawn(picture.text, {BOX}, t, "white") for t in ("12", "12", "13", "113")] + [panel.longest])'
    first, again, one, wider, longest = run_micropython(code)
    assert first == [[[0, 0, 80, 40]], 2 * 80 * 40]
    assert again == [[], 0]
    assert one == [[[40, 2, 35, 35]], 2 * 35 * 35]
    assert wider[1] <= 2 * 80 * 40
    assert longest <= 8_192


@pytest.mark.parametrize(
    ("before", "after", "windows"),
    [
        ((10, 10, 50, 8), (10, 10, 60, 8), [[60, 10, 10, 8]]),  # a bar grows
        ((10, 10, 50, 8), (10, 10, 20, 8), [[30, 10, 30, 8]]),
        ((10, 10, 5, 8), (10, 6, 5, 12), [[10, 6, 5, 4]]),  # a column
        ((10, 10, 5, 5), (40, 10, 5, 5), [[10, 10, 5, 5], [40, 10, 5, 5]]),
        ((10, 10, 9, 9), (12, 12, 9, 9), [[10, 10, 11, 11]]),  # what overlaps goes out once
        ((10, 10, 9, 9), None, [[10, 10, 9, 9]]),
    ],
)
def test_only_the_changed_part_of_a_shape_is_drawn(
    run_micropython: Callable[..., Any], before: object, after: object, windows: object
) -> None:
    code = f"""{RECORDING}
def show(box): picture.show((0, 0, 70, 30), "slate", [box + ("red", paint.RECT)] if box else [])
show(BEFORE)
give([drawn(show, AFTER)[0], drawn(show, AFTER)[0]])"""
    assert run_micropython(code, BEFORE=before, AFTER=after) == [windows, []]


def test_what_is_filled_is_drawn_anew(run_micropython: Callable[..., Any]) -> None:
    code = f"""{RECORDING}drawn(picture.text, {BOX}, "12", "white")
picture.fill((10, 10, 1, 1), "red")
give(drawn(picture.text, {BOX}, "12", "white"))"""
    assert run_micropython(code) == [[[0, 0, 80, 40]], 2 * 80 * 40]


def test_nothing_breaks_it(run_micropython: Callable[..., Any]) -> None:
    texts = ["", "ä陈\x7f", "x" * 400, "–", " ", "😀"]
    code = f'{RECORDING}give([drawn(picture.text, {BOX}, t, "white")[1] for t in TEXTS])'
    assert all(size <= 2 * 80 * 40 for size in run_micropython(code, TEXTS=texts))


def test_what_does_not_fit_runs_and_says_when_it_moves_on(run_micropython: Callable[..., Any]) -> None:
    code = f"""{RECORDING}
import time
def moved(ms):
    picture.wait_ms = None
    picture.text({BOX}, "A" * 30, "white")
    waits.append(picture.wait_ms)
    time.sleep_ms(ms)
waits = []
moved(screen.HOLD_MS + 5)
moved(waits[0] + screen.ROLL_MS)
give([waits, drawn(moved, 0)[1] > 0, drawn(picture.text, {BOX}, "A", "white")[1] > 0])"""
    waits, ran, is_short = run_micropython(code)
    assert 1_000 < waits[0] <= 1_500 and all(0 < wait <= 80 for wait in waits[1:])
    assert ran and is_short


@pytest.mark.parametrize("days", [1, 5, 7, 8, 11, 13])
def test_a_page_that_stood_alone_for_days_makes_room_for_another(
    run_micropython: Callable[..., Any], days: int
) -> None:
    """Ticks wrap after twelve days and tell the past from the future within six."""
    code = """
import sys
sys.modules["boot"] = sys  # it stands outside the slots, and is not asked here
import display
class Shown: _page, _page_since = 0, 1_000
display.ticks_ms = lambda: (1_000 + PASSED_MS) & ((1 << 30) - 1)
give([display.Display.turn(Shown, pages) for pages in ([("a", 3_000)], [("a", 3_000), ("notice", 2_000)])])"""
    alone, both = run_micropython(code, PASSED_MS=days * 86_400_000)
    assert alone == ["a", None]
    assert both[0] in ("a", "notice") and 0 < both[1] <= 3_000


def test_a_text_that_was_not_drawn_for_a_week_runs_on(run_micropython: Callable[..., Any]) -> None:
    code = f"""{RECORDING}
now = 1_000
screen.ticks_ms = lambda: now
def wait():
    picture.wait_ms = None
    picture.text({BOX}, "A" * 30, "white")
    return picture.wait_ms
first = wait()
now = (now + PASSED_MS) & ((1 << 30) - 1)
give([first, wait()])"""
    assert run_micropython(code, PASSED_MS=WEEK_MS) == [1_500, 1_500]
