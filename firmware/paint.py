"""What a picture is made of: items that lie beside each other. Two lists of them are compared, and only what differs is drawn.

An item is a tuple: x, y, width, height, ink, kind, and what its kind has besides:
TEXT: string, font, enlargement, lines of the glyphs left out above; ROLL: the same, and how far it has moved to the left. Any other
kind is a function that draws it: canvas, x, y, width, height, ink as a number, and what else the item has.
"""

import framebuf

import font

RECT, TEXT, ROLL = range(3)
ROLL_GAP = 3  # heights of the text before it comes again


def changed(old, new):
    """The rectangles in which two pictures differ; none overlaps another."""
    rects: list = []
    for i in range(max(len(old), len(new))):
        a, b = old[i] if i < len(old) else None, new[i] if i < len(new) else None
        if a != b:
            for rect in _between(a, b):
                _add(rects, rect)
    return rects


def _between(a, b):
    if a is None or b is None:
        return [(a or b)[:4]]
    if a[4:6] == b[4:6]:
        kind = a[5]
        if kind == RECT:
            return _bars(a, b)
        if kind == TEXT and a[:2] == b[:2] and a[7:] == b[7:]:
            return _glyphs(a, b)
    return [a[:4], b[:4]]


def _bars(a, b):
    """One that has grown or shrunk at its right or its upper end costs that end."""
    x, y, width, height = a[:4]
    if (x, y, height) == (b[0], b[1], b[3]):
        return [(x + min(width, b[2]), y, abs(width - b[2]), height)]
    if (x, width, y + height) == (b[0], b[2], b[1] + b[3]):
        return [(x, min(y, b[1]), width, abs(height - b[3]))]
    return [a[:4], b[:4]]


def _glyphs(a, b):
    x, y, height, face, scale = a[0], a[1], a[3], a[7], a[8]
    end, rects = max(a[0] + a[2], b[0] + b[2]), []
    old, new = font.codes(a[6]), font.codes(b[6])
    for i in range(min(len(old), len(new))):
        width = scale * face.advance(old[i])
        if old[i] != new[i]:
            if scale * face.advance(new[i]) != width:
                break
            rects.append((x, y, width, height))
        x += width
    else:
        if len(old) == len(new):
            return rects
    rects.append((x, y, end - x, height))
    return rects


def _add(rects, rect):
    """As one with those that it overlaps or prolongs."""
    if rect[2] <= 0 or rect[3] <= 0:
        return
    i = 0
    while i < len(rects):
        other = rects[i]
        if overlap(other, rect) or (
            other[1] == rect[1] and other[3] == rect[3] and rect[0] in (other[0] + other[2], other[0] - rect[2])
        ):
            del rects[i]
            rect, i = _union(other, rect), 0
        else:
            i += 1
    rects.append(rect)


def overlap(a, b):
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]


def _union(a, b):
    x, y = min(a[0], b[0]), min(a[1], b[1])
    return x, y, max(a[0] + a[2], b[0] + b[2]) - x, max(a[1] + a[3], b[1] + b[3]) - y


class Brush:
    """Draws items onto a FrameBuffer of one form. `colours`: name to the number that this form has for it."""

    def __init__(self, form, colours):
        self._form, self._colours = form, colours
        self._palette = framebuf.FrameBuffer(bytearray(4), 2, 1, form)
        self.on(bytearray(4), 1, 1)

    def on(self, buffer, width, height):
        self._width, self._height = width, height
        self.canvas = framebuf.FrameBuffer(buffer, width, height, self._form)

    def draw(self, items, left, top, ground):
        """What of them lies on the canvas, whose corner is at (left, top)."""
        self.canvas.fill(self._colours[ground])
        for item in items:
            x, y, width, height, ink, kind = item[:6]
            x, y, ink = x - left, y - top, self._colours[ink]
            if x >= self._width or y >= self._height or x + width <= 0 or y + height <= 0:
                continue
            if kind == RECT:
                self.canvas.fill_rect(x, y, width, height, ink)
            elif kind == TEXT:
                self._text(x, y, ink, *item[6:])
            elif kind == ROLL:
                self._roll(x, y, width, ink, *item[6:])
            else:
                kind(self.canvas, x, y, width, height, ink, *item[6:])

    def _text(self, x, y, ink, string, face, scale, above):
        y -= scale * above
        key = ink ^ 1
        self._palette.pixel(0, 0, key)
        self._palette.pixel(1, 0, ink)
        for code in font.codes(string):
            width = scale * face.advance(code)
            if x < self._width and x + width > 0:
                across, bits = face.glyph(code)
                if scale > 1:
                    self._enlarged(x, y, ink, across, bits, face.height, scale)
                elif across:
                    glyph = framebuf.FrameBuffer(bits, across, face.height, framebuf.MONO_HLSB)
                    self.canvas.blit(glyph, x, y, key, self._palette)
            x += width

    def _enlarged(self, x, y, ink, across, bits, height, scale):
        """Each run of pixels as one rectangle."""
        stride = (across + 7) // 8
        for line in range(max(0, -y // scale), min(height, (self._height - y + scale - 1) // scale)):
            run = 0
            for i in range(across + 1):
                if i < across and bits[line * stride + i // 8] & 0x80 >> i % 8:
                    run += 1
                elif run:
                    self.canvas.fill_rect(x + (i - run) * scale, y + line * scale, run * scale, scale, ink)
                    run = 0

    def _roll(self, x, y, width, ink, string, face, scale, above, moved):
        """What stands out at either side is covered by what comes behind it in the list."""
        self._text(x - moved, y, ink, string, face, scale, above)
        again = scale * (face.width(string) + ROLL_GAP * face.height) - moved
        if again < width:
            self._text(x + again, y, ink, string, face, scale, above)
