"""What is drawn where: the layout of texts, and which bytes it costs, with a recording in the driver's place."""

from collections.abc import Callable
from typing import Any

RECORDING = """
import framebuf, screen
class Panel:
    width, height = 320, 240
    windows, size = [], 0
    def window(self, *box): self.windows.append(box)
    def write(self, pixels): self.size += len(pixels)
    def on(self): pass
panel = Panel()
picture = screen.Picture(panel)
def drawn(*text):
    del panel.windows[:]
    panel.size = 0
    picture.text(*text)
    return [panel.windows[:], panel.size]
"""
BOX = "(0, 0, 160, 40)"


def test_only_changed_characters_are_drawn(run_micropython: Callable[..., Any]) -> None:
    code = f'{RECORDING}give([drawn({BOX}, t, "white") for t in ("12", "12", "13", "113")])'
    first, again, one, wider = run_micropython(code)
    assert first == [[[0, 0, 160, 40]], 2 * 160 * 40]
    assert again == [[], 0]
    assert one == [[[80, 2, 40, 35]], 2 * 40 * 35]
    assert wider[0] == [[0, 0, 160, 40]]


def test_what_is_filled_is_drawn_anew(run_micropython: Callable[..., Any]) -> None:
    code = f'{RECORDING}drawn({BOX}, "12", "white")\npicture.fill((10, 10, 1, 1), "red")\ngive(drawn({BOX}, "12", "white"))'
    assert run_micropython(code) == [[[0, 0, 160, 40]], 2 * 160 * 40]


def test_nothing_breaks_it(run_micropython: Callable[..., Any]) -> None:
    texts = ["", "ä陈\x7f", "x" * 400, "–", " "]
    code = f'{RECORDING}give([drawn({BOX}, t, "white")[1] for t in TEXTS])'
    assert all(size <= 2 * 160 * 40 for size in run_micropython(code, TEXTS=texts))
