"""The face of one row of LEDs: eight pixels high, drawn by us in pixels8.txt; letters with accents are put together."""

import unicodedata
from functools import cache
from pathlib import Path

HEIGHT = 8
FIXED = "0123456789"  # as wide as the widest of them: a number that counts must not move
SPACE = 3
MARKS = {  # combining character: what stands above a small letter, in two rows
    "\u0300": (".#...", "..#.."),
    "\u0301": ("...#.", "..#.."),
    "\u0302": ("..#..", ".#.#."),
    "\u0303": (".##.#", "#..#."),
    "\u0304": (".###.", "....."),
    "\u0306": ("#...#", ".###."),
    "\u0307": ("..#..", "....."),
    "\u0308": (".#.#.", "....."),
    "\u030a": ("..#..", "....."),
    "\u030b": ("..#.#", ".#.#."),
    "\u030c": (".#.#.", "..#.."),
}
ABOVE_CAPITAL = {
    "\u0302": "..##.",
    "\u030c": "#...#",
    "\u0306": "##.##",
    "\u0304": "####.",
}  # else the upper of the two
BELOW = {"\u0327": "..##.", "\u0328": "...##"}
X_ROWS = 2  # above a small letter

Rows = tuple[str, ...]


def glyphs(characters: str) -> dict[str, tuple[int, bytes]]:
    """Of those that can be drawn: width, with a free column behind, and a byte for each row."""
    drawn = _drawn()
    found = {c: _rows(c, drawn) for c in characters}
    return {" ": (SPACE, bytes(HEIGHT))} | {c: _packed(c, rows) for c, rows in found.items() if rows}


@cache
def _drawn() -> dict[str, Rows]:
    lines = Path(__file__).with_name("pixels8.txt").read_text(encoding="utf-8").splitlines()
    return {line[0]: _full(tuple(line[2:].split())) for line in lines}


def _full(rows: Rows) -> Rows:
    return rows + (".....",) * (HEIGHT - len(rows))


def _rows(c: str, drawn: dict[str, Rows]) -> Rows | None:
    """A letter with one mark that is known, or what is drawn."""
    if c in drawn:
        return drawn[c]
    base, mark = (*unicodedata.normalize("NFD", c), "", "")[:2]
    rows = drawn.get({"i": "ı"}.get(base, base))
    if not rows or len(unicodedata.normalize("NFD", c)) != 2:
        return None
    if mark in BELOW:
        return (*rows[:-1], BELOW[mark])
    if mark not in MARKS:
        return None
    if any("#" in row for row in rows[:X_ROWS]):  # a capital, or a small one that is as tall
        return (ABOVE_CAPITAL.get(mark, MARKS[mark][0]), *_lower(rows))
    middle = rows if base != "i" else tuple(f"..{row[0]}.." for row in rows)
    return (*MARKS[mark], *middle[X_ROWS:])


def _lower(rows: Rows) -> Rows:
    """A row less: one that is like the next."""
    twice = next((i for i in range(1, 6) if rows[i] == rows[i + 1]), 1)
    return rows[:twice] + rows[twice + 1 :]


def _packed(c: str, rows: Rows) -> tuple[int, bytes]:
    lit = [i for row in rows for i, dot in enumerate(row) if dot == "#"]
    first, last = (0, 4) if c in FIXED else (min(lit), max(lit))
    return last - first + 2, bytes(sum(0x80 >> i for i, dot in enumerate(row[first:]) if dot == "#") for row in rows)
