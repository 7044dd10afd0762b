"""Fonts on a board's own flash: LittleFS in the image that a technician writes, read by seek on MicroPython."""

from collections.abc import Callable
from pathlib import Path

from edge import parts
from edge.commands import boards
from flash import fonts, tree
from hardware.virtual import Board

FIRMWARE = Path(__file__).parents[2] / "firmware"
MAIN = """
import font, gc
faces = font.Faces()
print("heights", [each.height for each in faces.fonts], faces.faults)
best = faces.best("龙A", 100, 100)
width, bits = best.glyph(0x9f99)
print("glyph", best.height, width, list(bits))
print("done")
"""


def test_a_board_reads_its_fonts_from_its_flash(make_board: Callable[..., Board]) -> None:
    files = {"main.py": MAIN.encode(), "font.py": (FIRMWARE / "font.py").read_bytes()}
    faces = boards.faces(tree.read_board("wallboard"))
    board = make_board("wall-1", files | faces, hardware="wallboard")
    board.power_on()
    board.wait_console("done", 20)
    heights = [16, 24, *(height for height in fonts.BIG_HEIGHTS if 32 <= height <= 192)]
    assert f"heights {heights} []" in board.console
    drawn = fonts.Square(24, fonts.Sources(parts.font(), parts.font(parts.PIXELS))).glyph("龙")
    assert f"glyph 24 {drawn[0]} {list(drawn[1])}" in board.console
