"""Glyphs read by seek from font files on the flash (flash/fonts.py makes them), and the plain ones of framebuf.

A file: head, steps, blocks, bits. The head is magic, height, widest, count of characters, size of the file, room, digest.
Characters are sorted by code; each BLOCK of them is codes (two bytes each), then widths (one byte each), low bytes first. A step
for each block: its first code (two bytes), where its first glyph's bits begin (three). Each glyph's bits have so many bytes of
room, or just what they need if that is 0. A glyph costs two reads, one if its block is at hand.
"""

import hashlib
import os

import framebuf
from micropython import const

MAGIC = b"FBF1"
HEAD, STEP, BLOCK = 24, 5, 128  # so that all of ASCII is in one block
_DIGEST = const(8)  # bytes of the SHA-256 of all before it, and of steps and blocks after it
_PIECE = const(512)  # read at once for the digest
_GLYPH_BYTES_MAX = const(8_192)
# Glyphs of up to 24 by 24 that each font keeps; of larger ones all fonts together keep the last.
_SMALL_BYTES = const(72)
_CACHED = const(6)
SUFFIX = ".fbf"
FOLDER = "fonts"  # at the flash's root, where the firmware stands
_BLANK = const(-1)


def codes(string):
    """The codes of its characters. Not by `for c in string`: MicroPython keeps each such character for ever."""
    found = []
    for byte in string.encode():
        if byte < 0x80:
            found.append(byte)
        elif byte < 0xC0:
            found[-1] = found[-1] << 6 | byte & 0x3F
        else:
            found.append(byte & (0x1F if byte < 0xE0 else 0x0F if byte < 0xF0 else 0x07))
    return found


class Store:
    """The glyphs that were read last, in one piece of memory that is taken at the first of them, and their file."""

    def __init__(self, count):
        self.file, self._path = None, ""
        self.slots, self._next = [None] * count, 0  # code, font, width, bytes
        self.size, self.bits = 0, memoryview(b"")

    def open(self, path):
        if path != self._path:
            if self.file:
                self.file.close()
            self._path = ""
            self.file = open(path, "rb")
            self._path = path
        return self.file

    def find(self, code, font):
        for number, slot in enumerate(self.slots):
            if slot and slot[0] == code and slot[1] is font:
                return number
        return -1

    def room(self, size):
        """(number, memory) of the slot whose turn it is."""
        count = len(self.slots)
        if size > self.size:
            self.slots, self.size = [None] * count, size
            self.bits = memoryview(bytearray(size * count))
        number, self._next = self._next, (self._next + 1) % count
        return number, self.bits[number * self.size : (number + 1) * self.size]


large = Store(1)


class Font:
    """One face at one height. A character is its code, or a string of it alone (see `codes`). ValueError, with a sentence, for a
    file that cannot be read or is not whole."""

    def __init__(self, path):
        self._path = path
        try:
            with open(path, "rb") as file:
                self._check(file)
        except OSError:
            raise ValueError("The font " + path + " cannot be read.")

    def _check(self, file):
        head = file.read(HEAD)
        size = file.seek(0, 2)
        if head[:4] != MAGIC or len(head) < HEAD:
            raise ValueError("The file " + self._path + " is no font.")
        self.height, widest = head[4], head[5]
        self._count, self._room = _number(head, 6, 2), _number(head, 11, 2)
        blocks = (self._count + BLOCK - 1) // BLOCK
        self._blocks_at = HEAD + STEP * blocks
        if (
            size != _number(head, 8, 3)
            or size < self._blocks_at + 3 * self._count
            or head[16:] != self._digest(file, head)
        ):
            raise ValueError("The font " + self._path + " is not whole.")
        self._row = (widest + 7) // 8
        self._box = min(self.height // 2, 8 * self._row)
        size = self.height * self._row
        if not blocks or not 0 < size <= _GLYPH_BYTES_MAX:
            raise ValueError("The font " + self._path + " has no glyphs, or too large ones.")
        file.seek(HEAD)
        self._steps = file.read(STEP * blocks)
        self._block, self._held = bytearray(3 * min(BLOCK, self._count)), _BLANK
        self._store = large if size > _SMALL_BYTES else Store(_CACHED)

    def _digest(self, file, head):
        made = hashlib.sha256(head[:16])
        file.seek(HEAD)
        left, piece = self._blocks_at - HEAD + 3 * self._count, bytearray(_PIECE)
        while left:
            count = file.readinto(memoryview(piece)[: min(left, _PIECE)])
            if not count:
                break
            made.update(memoryview(piece)[:count])
            left -= count
        return made.digest()[:_DIGEST]

    def has(self, c):
        return self._find(code_of(c)) is not None

    def width(self, string):
        """Pixels of a line; a character that is missing counts as its box."""
        return sum([self.advance(code) for code in codes(string)])

    def advance(self, code):
        """Pixels of one character."""
        place = self._find(code)
        return self._box if place is None else self._block[2 * self._in_block() + place]

    def fits(self, wanted, width):
        """Whether it has all these codes, and they stand in so many pixels."""
        for code in wanted:
            place = self._find(code)
            if place is None:
                return False
            width -= self._block[2 * self._in_block() + place]
            if width < 0:
                return False
        return True

    def glyph(self, c):
        """(width, rows of whole bytes from the top, the left pixel highest); it holds until the next call, of
        whatever font."""
        code, store = code_of(c), self._store
        number = store.find(code, self)
        if number < 0:
            number, room = store.room(self.height * self._row)
            store.slots[number] = (code, self) + self._load(code, room)
        _, _, width, count = store.slots[number]
        at = number * store.size
        return width, store.bits[at : at + count]

    def _load(self, code, room):
        """(width, bytes) of what stands in `room` now. A flash that fails to read gives boxes."""
        place = self._find(code)
        if place is not None:
            widths = 2 * self._in_block()
            width = self._block[widths + place]
            at = _number(self._steps, STEP * self._held + 2, 3)
            if self._room:
                at += place * self._room
            else:
                for before in range(widths, widths + place):
                    at += self.height * ((self._block[before] + 7) >> 3)
            count = self.height * ((width + 7) // 8)
            if self._read(at, room[:count]):
                return width, count
        return self._box, _draw_box(self._box, self.height, room)

    def _read(self, at, into):
        try:
            file = self._store.open(self._path)
            file.seek(at)
            return file.readinto(into) == len(into)
        except OSError:
            return False

    def _find(self, code):
        """The character's place in its block, which is at hand then; None if the font lacks it."""
        steps, low, high = self._steps, 0, len(self._steps) // STEP
        while high - low > 1:
            middle = (low + high) >> 1
            if steps[STEP * middle] | steps[STEP * middle + 1] << 8 <= code:
                low = middle
            else:
                high = middle
        count = min(BLOCK, self._count - BLOCK * low)
        if low != self._held:
            self._held = _BLANK
            if not self._read(self._blocks_at + 3 * BLOCK * low, memoryview(self._block)[: 3 * count]):
                return None
            self._held = low
        block, low, high = self._block, 0, count
        while low < high:
            middle = (low + high) >> 1
            found = block[2 * middle] | block[2 * middle + 1] << 8
            if found == code:
                return middle
            if found < code:
                low = middle + 1
            else:
                high = middle
        return None

    def _in_block(self):
        return min(BLOCK, self._count - BLOCK * self._held)


class Faces:
    """The fonts of this board, the smallest first; of two heights alike that with the wider letters last. What is broken is left
    out, and `faults` says so."""

    def __init__(self, folder=FOLDER):
        self.fonts, self.faults = [], []  # type: ignore[var-annotated]
        try:
            names = [name for name in sorted(os.listdir(folder)) if name.endswith(SUFFIX)]
        except OSError:
            names = []
        for name in names:
            try:
                self.fonts.append(Font(folder + "/" + name))
            except ValueError as error:
                self.faults.append(str(error))
        if not any(font.has("a") for font in self.fonts):
            import plain  # as Font

            self.fonts.append(plain.Plain())  # type: ignore[arg-type]
        self.fonts.sort(key=lambda font: (font.height, font.width("0")))

    def best(self, string, width, height):
        """The largest font in which the string fits that box; else the smallest that has its characters. What no font has does not
        count: it will be a box."""
        wanted = codes(string)
        for font in reversed(self.fonts):
            if font.height <= height and font.fits(wanted, width):
                return font
        known = [code for code in wanted if any(font.has(code) for font in self.fonts)]
        having = [font for font in self.fonts if all(font.has(code) for code in known)]
        if len(known) < len(wanted):
            for font in reversed(having):
                if font.height <= height and font.width(string) <= width:
                    return font
        return having[0] if having else self.fonts[0]


def code_of(c):
    return ord(c) if isinstance(c, str) else c


def _number(data, at, count):
    """`count` bytes, the low one first."""
    return data[at] | data[at + 1] << 8 | (data[at + 2] << 16 if count > 2 else 0)


def _draw_box(width, height, room):
    """Gives its count of bytes. The last column and row stay free, as between letters."""
    row = (width + 7) // 8
    bits = framebuf.FrameBuffer(room, 8 * row, height, framebuf.MONO_HLSB)
    bits.fill(0)
    bits.rect(0, height // 8, max(1, width - 1), height - height // 4, 1)
    return row * height
