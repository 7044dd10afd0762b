"""Reads a picture: whether a text stands on it, exactly as one of the boards' own faces draws it, in any size and colour."""

import json
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops

from edge import parts
from edge.commands import boards
from flash import fonts

Box = tuple[int, int, int, int]
Rows = tuple[str, ...]  # of "0" and "1"
FIRMWARE = Path(__file__).parents[2] / "firmware"
TALLEST = 240  # of what is enlarged
BOARDS = (
    {"screen": {"width": 480, "height": 320}},
    {"screen": {"width": 64, "height": 16}},
)  # together they have every face
PLAIN = """
import json, sys
sys.path.insert(0, FIRMWARE)
import plain
plain = plain.Plain()
codes = list(range(32, 127)) + [0x2013, 0x2192, 0x9648]
print(json.dumps([[code, plain.glyph(code)[0], list(plain.glyph(code)[1])] for code in codes]))
"""
MISSING = 0x9648  # 陈, which the plain face lacks


class Face:
    """A font file, as flash/fonts.py packs it."""

    def __init__(self, data: bytes) -> None:
        self.height, self._data = data[4], data
        count, room = int.from_bytes(data[6:8], "little"), int.from_bytes(data[11:13], "little")
        blocks = -(-count // fonts.BLOCK)
        self._places: dict[str, tuple[int, int]] = {}  # width, and where its bits begin
        at = fonts.HEAD + fonts.STEP * blocks
        for block in range(blocks):
            size = min(fonts.BLOCK, count - fonts.BLOCK * block)
            step = fonts.HEAD + fonts.STEP * block
            bits = int.from_bytes(data[step + 2 : step + 5], "little")
            for i in range(size):
                code = int.from_bytes(data[at + 2 * i : at + 2 * i + 2], "little")
                width = data[at + 2 * size + i]
                self._places[chr(code)] = width, bits
                bits += room or self.height * ((width + 7) // 8)
            at += 3 * size

    def has(self, text: str) -> bool:
        return all(c in self._places for c in text)

    def rows(self, c: str) -> list[str]:
        width, at = self._places[c]
        stride = (width + 7) // 8
        lines = [self._data[at + i * stride : at + (i + 1) * stride] for i in range(self.height)]
        return ["".join(f"{byte:08b}" for byte in line)[:width] for line in lines]


class Plain:
    """The face that is built in, as MicroPython draws it; what it lacks is a box."""

    height = 8

    def __init__(self) -> None:
        code = f"FIRMWARE = {str(FIRMWARE)!r}\n{PLAIN}"
        done = subprocess.run([*parts.find("micropython"), "-c", code], capture_output=True, check=True, timeout=10)
        self._glyphs = {
            chr(code): [f"{byte:08b}"[:width] for byte in bits] for code, width, bits in json.loads(done.stdout)
        }

    def has(self, text: str) -> bool:
        return True

    def rows(self, c: str) -> list[str]:
        return self._glyphs.get(c, self._glyphs[chr(MISSING)])


@cache
def _faces() -> list[Face | Plain]:
    files = {name: data for board in BOARDS for name, data in boards.faces(board).items()}
    return [Plain(), *map(Face, files.values())]


@cache
def _patterns(text: str) -> list[tuple[Rows, int]]:
    """Of each face and size: its rows without what is blank around, and how wide a gap makes it another word."""
    made = []
    for face in _faces():
        if face.has(text):
            rows = ["".join(each) for each in zip(*(face.rows(c) for c in text), strict=True)]
            cropped = _crop(rows)
            for scale in range(1, TALLEST // face.height + 1) if face.height <= 24 else (1,):
                larger = tuple("".join(c * scale for c in row) for row in cropped for _ in range(scale))
                made.append((larger, max(1, scale * face.height // 8)))
    return made


def _crop(rows: list[str]) -> list[str]:
    lit = [i for i, row in enumerate(rows) if "1" in row]
    if not lit:
        return []
    rows = rows[lit[0] : lit[-1] + 1]
    left, right = min(row.find("1") for row in rows if "1" in row), max(row.rfind("1") for row in rows)
    return [row[left : right + 1] for row in rows]


def reads(screen: Any, text: str, box: Box | None = None, is_whole: bool = True) -> bool:
    """Whether the text stands in the box, as a word of its own, or as a part of one; of "" whether the box has one colour."""
    x, y, width, height = box or (0, 0, screen.width, screen.height)
    whole = Image.frombytes("RGB", (screen.width, screen.height), screen.rgb())
    picture = whole.crop((x, y, x + width, y + height))
    inks = [colour for _, colour in picture.getcolors(1 << 16) or ()]
    if not text.strip():
        return len(inks) == 1
    found = [_layer(picture, ink) for ink in inks]
    return any(stands(rows, each, gap if is_whole else 0) for each, gap in _patterns(text) for rows in found if each)


def layers(screen: Any) -> list[list[str]]:
    """Of each colour: where the whole picture has it."""
    picture = Image.frombytes("RGB", (screen.width, screen.height), screen.rgb())
    return [_layer(picture, ink) for _, ink in picture.getcolors(1 << 16) or ()]


def _layer(picture: Image.Image, ink: Any) -> list[str]:
    """Where it has this colour."""
    bands = zip(picture.split(), ink, strict=True)
    same = [band.point([ord("1") if value == level else ord("0") for value in range(256)]) for band, level in bands]
    text = ImageChops.darker(ImageChops.darker(same[0], same[1]), same[2]).tobytes().decode()
    return [text[i : i + picture.width] for i in range(0, len(text), picture.width)]


def stands(rows: list[str], pattern: Rows, gap: int) -> bool:
    """A pattern with no ink beside it that is nearer than a gap."""
    tall, wide = len(pattern), len(pattern[0])
    for y in range(len(rows) - tall + 1):
        for x in _found(rows[y], pattern[0]):
            if all(rows[y + i].startswith(line, x) for i, line in enumerate(pattern)):
                left, right = max(0, x - gap), x + wide + gap
                if not any("1" in row[left:x] or "1" in row[x + wide : right] for row in rows[y : y + tall]):
                    return True
    return False


def _found(row: str, piece: str) -> Iterator[int]:
    at = row.find(piece)
    while at >= 0:
        yield at
        at = row.find(piece, at + 1)
