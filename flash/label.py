"""A device's sticker: its name, place, board and MAC, and a QR code of the same, for a printer of 300 dots an inch."""

from pathlib import Path

import qrcode
from PIL import Image, ImageDraw, ImageFont
from qrcode.constants import ERROR_CORRECT_M

DPI = 300
WIDTH_MM, HEIGHT_MM = 50, 25
MARGIN_MM, CODE_MM = 2.5, 19.0
LINES_MM = (5.2, 2.9, 2.9, 2.7)  # the height of each line's letters: name, place, board, MAC
GAP_MM = 1.1
WIDEST = 0.98  # of the room beside the code


def draw(name: str, place: str, board: str, mac: str, site: str, font: Path) -> Image.Image:
    """Black on white, `WIDTH_MM` × `HEIGHT_MM`. Text that is too wide for its line is set smaller, never cut."""
    picture = Image.new("1", (_dots(WIDTH_MM), _dots(HEIGHT_MM)), 1)
    code = _code(f"FLOORBOARD {site} {name} {mac}")
    pen = ImageDraw.Draw(picture)
    left = _dots(2 * MARGIN_MM + CODE_MM)
    room = picture.width - left - _dots(MARGIN_MM)
    lines = [line for line in zip((name, place, board, mac), LINES_MM, strict=True) if line[0]]
    high = sum(_dots(mm) for _, mm in lines) + _dots(GAP_MM) * (len(lines) - 1)
    picture.paste(code, (_dots(MARGIN_MM), (picture.height - code.height) // 2))
    y = (picture.height - high) // 2
    for text, mm in lines:
        face = _fitting(text, font, _dots(mm), room)
        pen.text((left, y + _dots(mm) / 2), text, 0, face, anchor="lm")
        y += _dots(mm) + _dots(GAP_MM)
    return picture


def save(picture: Image.Image, folder: Path, name: str) -> list[Path]:
    """`name`.png and .pdf, each in its true size; gives their paths. OSError if they cannot be written."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.png", folder / f"{name}.pdf"]
    picture.save(paths[0], dpi=(DPI, DPI))
    picture.save(paths[1], resolution=DPI)
    return paths


def _code(text: str) -> Image.Image:
    """Whole dots for each module, so that every edge is sharp."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(text, optimize=0)
    rows = code.get_matrix()
    size = _dots(CODE_MM) // len(rows)
    picture = Image.new("1", (len(rows), len(rows)))
    picture.putdata([not dark for row in rows for dark in row])
    return picture.resize((size * len(rows), size * len(rows)), Image.Resampling.NEAREST)


def _fitting(text: str, font: Path, size: int, room: int) -> ImageFont.FreeTypeFont:
    while size > 8:
        face = ImageFont.truetype(str(font), size)
        if face.getlength(text) <= room * WIDEST:
            return face
        size -= 1
    return face


def _dots(mm: float) -> int:
    return round(mm / 25.4 * DPI)
