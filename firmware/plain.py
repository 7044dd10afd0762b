"""The face that is built in, for boards whose fonts are missing or broken."""

import framebuf

import font

CELL, SPACE, DIGIT = 8, 4, 7  # all digits are as wide
DASHES = (0x2013, 0x2014)
ARROW = 0x2192
ARROW_BITS = b"\x00\x18\x0c\xfe\xfe\x0c\x18\x00"
BOX_BITS = b"\x7e\x42\x42\x42\x42\x42\x7e\x00"  # of a character that framebuf lacks


class Plain:
    """The eight-by-eight font of framebuf without the blank columns of its cells: ASCII, dashes and one arrow, always there. As
    Font."""

    height = CELL

    def __init__(self):
        self._bits = bytearray(CELL)
        self._scratch = framebuf.FrameBuffer(self._bits, CELL, CELL, framebuf.MONO_HLSB)

    def has(self, c):
        code = font.code_of(c)
        return 32 <= code < 127 or code in DASHES or code == ARROW

    def width(self, string):
        return sum([self.advance(code) for code in font.codes(string)])

    def advance(self, code):
        return self.glyph(code)[0]

    def fits(self, wanted, width):
        return sum([self.advance(code) for code in wanted]) <= width and all(self.has(code) for code in wanted)

    def glyph(self, c):
        code, bits = font.code_of(c), self._bits
        if code == ARROW or not self.has(code):
            bits[:] = ARROW_BITS if code == ARROW else BOX_BITS
        else:
            self._scratch.fill(0)
            self._scratch.text("-" if code in DASHES else chr(code), 0, 0, 1)
        used = 0
        for line in bits:
            used |= line
        if not used:
            return SPACE, bits
        left, width = 0, CELL
        while not used & 0x80 >> left:
            left += 1
        while not used & 1 << CELL - width:
            width -= 1
        for i in range(CELL):
            bits[i] = bits[i] << left & 0xFF
        return DIGIT if 48 <= code <= 57 else min(CELL, width - left + 1), bits
