"""The font files of a board, made from Debian's fonts: text in Latin and Chinese, and numerals that fill a picture.

The form of a file stands in firmware/font.py, which reads it. The same fonts and the same Pillow give the same bytes.
"""

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont, features

from flash import small

MAGIC = b"FBF1"
HEAD, STEP, BLOCK, DIGEST = 24, 5, 128, 8
MANY = 128  # characters, from which on each glyph has the same room, so that its place needs no sum
FOLDER, SUFFIX = "fonts", ".fbf"
TEXT_HEIGHTS = (8, 16, 24)  # the first is Latin only
BIG_HEIGHTS = (16, 32, 40, 48, 64, 80, 96, 128, 160, 192, 240)
LARGEST = {"dispenser": 0.5}  # of a picture's height: a role's largest line, where it is not the whole
DIGITS_ONLY_FROM = 192  # no picture is wide enough for words so large
WIDEST = 255  # a width is one byte
DIGITS, SIGNS = "0123456789", " :.,-–"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ%→"
MARKS = "–—‘’‚“”„•…€←↑→↓−≤≥"  # beside ASCII, Latin-1 and Latin Extended-A
FEW_ROWS, FOR_FEW_ROWS = 64, ("text8", "big16")  # on larger pictures they would be too small to be read
INK = 150  # of 255: what is lit of a picture in grey, so that the strokes of 警 stay apart at 24 pixels

Glyph = tuple[int, bytes]  # width, and rows of whole bytes from the top, the left pixel highest


@dataclass(frozen=True)
class Sources:
    """The fonts' files (edge/parts.py): strokes of any size, and pixels that somebody drew at sixteen."""

    strokes: Path
    pixels: Path


def wanted(facts: Mapping[str, Any]) -> list[str]:
    """What `make` makes for a board's file: nothing without a screen that is tall enough."""
    screen = facts.get("screen", {"width": 0, "height": 0})
    fits = [f"text{height}" for height in TEXT_HEIGHTS if height <= screen["height"]]
    fits += [
        f"big{height}"
        for height in BIG_HEIGHTS
        if height <= screen["height"] * LARGEST.get(facts.get("role", ""), 1) and 5 * height <= 3 * screen["width"]
    ]
    return [name for name in fits if screen["height"] <= FEW_ROWS or name not in FOR_FEW_ROWS]


def of_board(facts: Mapping[str, Any], sources: Sources, folder: Path) -> dict[str, bytes]:
    """The files for a board's file by path on the device. Each is made once and kept in `folder`."""
    return {f"{FOLDER}/{name}{SUFFIX}": _kept(name, sources, folder) for name in wanted(facts)}


def make(name: str, sources: Sources) -> bytes:
    """A font file: `text16`, `big64` and so on."""
    if name.startswith("text"):
        height = int(name.removeprefix("text"))
        return pack(height, text(height, sources))
    height = int(name.removeprefix("big"))
    return pack(height, numerals(height, sources))


def text(height: int, sources: Sources) -> dict[str, Glyph]:
    """Latin, marks and, from 16 pixels, the whole of GB 2312."""
    if height == small.HEIGHT:
        return small.glyphs(latin())
    drawn = Latin(height, sources.strokes).glyphs(latin())
    square = Square(height, sources)
    return {c: square.glyph(c) for c in gb2312()} | drawn


def numerals(height: int, sources: Sources) -> dict[str, Glyph]:
    """Digits, and capitals where there is room for them, that are `height` pixels tall."""
    characters = DIGITS + SIGNS + (LETTERS if height < DIGITS_ONLY_FROM else "")
    big = Big(height, sources.strokes)
    found = {c: big.glyph(c) for c in characters}
    return {c: glyph for c, glyph in found.items() if glyph[0] <= WIDEST}


def latin() -> str:
    return "".join(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0x180)])) + MARKS


@cache
def gb2312() -> str:
    """All its characters, hanzi and signs."""
    found = []
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                found.append(bytes((row, cell)).decode("gb2312"))
            except UnicodeDecodeError:  # a place that the standard leaves open
                continue
    return "".join(found)


class Latin:
    """Letters as large as fit when their accents are above them and their tails below."""

    def __init__(self, height: int, path: Path) -> None:
        self._height = height
        body = "Öjgpq"
        for size in range(2 * height, 0, -1):
            self._font = _font(path, size)
            boxes = [self._font.getbbox(c, anchor="ls", mode="1") for c in body]
            top, bottom = min(box[1] for box in boxes), max(box[3] for box in boxes)
            if bottom - top <= height:
                break
        self._baseline = round(height - bottom)

    def glyphs(self, characters: Iterable[str]) -> dict[str, Glyph]:
        return {c: self._glyph(c) for c in characters if c == "\u00a0" or _has(self._font, c)}

    def _glyph(self, c: str) -> Glyph:
        advance = round(self._font.getlength(c, mode="1"))
        top = self._font.getbbox(c, anchor="ls", mode="1")[1]
        lower = max(0, round(-top) - self._baseline)  # an accent that would be cut off pushes its letter down
        wide = Image.new("1", (3 * self._height, self._height))
        ImageDraw.Draw(wide).text((self._height, self._baseline + lower), c, 1, self._font, anchor="ls")
        ink = wide.getbbox() or (self._height, 0, self._height, 0)
        left = min(self._height, ink[0])
        width = max(advance, ink[2] - left)
        return width, wide.crop((left, 0, left + width, self._height)).tobytes()


class Square:
    """Characters of one size all: drawn pixels where somebody drew them at this size, else strokes."""

    def __init__(self, height: int, sources: Sources) -> None:
        self._height = height
        self._drawn = _font(sources.pixels, height) if height == 16 else None
        self._strokes = _font(sources.strokes, height)

    def glyph(self, c: str) -> Glyph:
        size = (self._height, self._height)
        if self._drawn:
            picture = Image.new("1", size)
            ImageDraw.Draw(picture).text((0, 0), c, 1, self._drawn)
            return self._height, picture.tobytes()
        grey = Image.new("L", size)
        ImageDraw.Draw(grey).text((0, -2), c, 255, self._strokes)
        return self._height, grey.point([255 * (value >= INK) for value in range(256)], mode="1").tobytes()


class Big:
    """Capitals and digits from the upper edge to the lower, with strokes that are made stronger."""

    def __init__(self, height: int, path: Path) -> None:
        self._height, self._path, self._stroke = height, path, height // 32
        self._size = next(size for size in range(2 * height, 0, -1) if self._tall(DIGITS + "HMO", size) <= height)

    def glyph(self, c: str) -> Glyph:
        """What hangs below the line is lifted; what is taller than a digit then is made smaller."""
        size = self._size
        while self._tall(c, size) > self._height:
            size -= 1
        font = _font(self._path, size)
        left, _, right, bottom = font.getbbox(c, anchor="ls", mode="1", stroke_width=self._stroke)
        width = round(max(font.getlength(c, mode="1") + self._stroke, right - min(left, 0)))
        picture = Image.new("1", (width, self._height))
        lowest = self._box(DIGITS + "HMO", size)[3]
        at = max(0, -left), self._height - max(lowest, bottom)
        ImageDraw.Draw(picture).text(at, c, 1, font, anchor="ls", stroke_width=self._stroke)
        return width, picture.tobytes()

    def _tall(self, characters: str, size: int) -> float:
        _, top, _, bottom = self._box(characters, size)
        return bottom - top

    def _box(self, characters: str, size: int) -> tuple[float, float, float, float]:
        return _font(self._path, size).getbbox(characters, anchor="ls", mode="1", stroke_width=self._stroke)


def pack(height: int, glyphs: Mapping[str, Glyph]) -> bytes:
    """The bytes of a font file."""
    order = sorted(glyphs)
    widest = max(width for width, _ in glyphs.values())
    room = height * ((widest + 7) // 8) if len(order) > MANY else 0
    steps, blocks, bits = bytearray(), bytearray(), bytearray()
    bits_at = HEAD + STEP * -(-len(order) // BLOCK) + 3 * len(order)
    for start in range(0, len(order), BLOCK):
        block = order[start : start + BLOCK]
        steps += ord(block[0]).to_bytes(2, "little") + (bits_at + len(bits)).to_bytes(3, "little")
        blocks += b"".join(ord(c).to_bytes(2, "little") for c in block) + bytes(glyphs[c][0] for c in block)
        bits += b"".join(glyphs[c][1].ljust(room, b"\0") for c in block)
    sizes = ((len(order), 2), (bits_at + len(bits), 3), (room, 2))
    head = MAGIC + bytes((height, widest)) + b"".join(size.to_bytes(count, "little") for size, count in sizes)
    head = head.ljust(HEAD - DIGEST, b"\0")
    digest = hashlib.sha256(head + steps + blocks).digest()[:DIGEST]
    return head + digest + bytes(steps + blocks + bits)


@cache
def _font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)


def _has(font: ImageFont.FreeTypeFont, c: str) -> bool:
    return c == " " or bytes(font.getmask(c, "1")) != bytes(font.getmask("\uffff", "1"))


def _kept(name: str, sources: Sources, folder: Path) -> bytes:
    """The file from `folder`, or made and put there; under a name that changes with whatever it is made from."""
    place = folder / _made_from(sources) / f"{name}{SUFFIX}"
    if not place.is_file():
        place.parent.mkdir(parents=True, exist_ok=True)
        new = place.with_name(f".{name}-{os.getpid()}")  # others may be making it too
        new.write_bytes(make(name, sources))
        new.replace(place)
    return place.read_bytes()


@cache
def _made_from(sources: Sources) -> str:
    made = hashlib.sha256(f"{features.version('pil')} {features.version('freetype2')}".encode())
    for path in (Path(__file__), sources.strokes, sources.pixels):
        made.update(hashlib.sha256(path.read_bytes()).digest())
    return made.hexdigest()[:16]
