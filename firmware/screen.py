"""What a role draws with: areas of one ground with items on it, alike on colour pictures and on what has only lit and dark.

An area that is shown again costs the rectangles that have changed. A text is as large as fits; one that fits in no face runs.
"""

from time import ticks_diff, ticks_ms

import framebuf
from micropython import const

import font
import paint

_CELL = const(8)  # pixels of the least face, both ways
_STRIP_BYTES = const(1_280)  # of a picture, drawn strip by strip
_BAND = const(80)  # pixels across, at most, so that few glyphs lie in a strip: large ones are read anew for each
ROLL_MS = 80  # between two pictures of a text that runs; on LEDs it goes pixel by pixel
_ROLL_ROW_MS = const(50)
HOLD_MS = 1_500  # its beginning stands
_READABLE = const(12)  # height of a face that one reads in a picture
_FITS_MAX = const(6)
TIGHT = "0:%-–→/ ABCDEFGHIKLMNOPRSTUVWXYZ".encode()  # nothing of these hangs below the line
_DIGIT = const(48)  # "0"
LEFT, CENTRE, RIGHT = range(3)
TEXT, FIGURE, RUNNING = range(3)  # a figure's digits fill the height; what may run at once is not made smaller before

COLOURS = {  # red, green, blue; told apart by lightness too
    "black": 0x000000,
    "slate": 0x1C222E,
    "rail": 0x3E4654,
    "grey": 0x969EAA,
    "white": 0xFFFFFF,
    "green": 0x3CDC6E,
    "amber": 0xFFB400,
    "red": 0xFF5446,
    "rose": 0xC4342C,
    "blue": 0x6EB4FF,
}
DARK = ("black", "slate", "rail")  # where pixels are only lit or dark


def start(facts):
    """The Screen of a board's table SCREEN, dark and lit up. ValueError for a part that no driver knows."""
    part = facts["part"]
    if part in ("ili9341", "st7796"):
        from drivers import dcs

        return Picture(dcs.Panel(facts))
    if part == "ws2812":
        from drivers import ws2812

        return Picture(ws2812.Matrix(facts))
    if part == "max7219":
        from drivers import max7219

        return Bits(max7219.Matrix(facts), framebuf.MONO_HLSB)
    if part == "ssd1306":
        from drivers import ssd1306

        return Bits(ssd1306.Picture(facts), framebuf.MONO_VLSB)
    raise ValueError("no driver for a screen " + part)


class Screen:
    """Boxes are (x, y, width, height) in pixels, colours names of COLOURS. What is drawn may stay behind until `flush`."""

    def __init__(self, driver, form, colours, strip_bytes):
        self._driver = driver
        self.width, self.height = driver.width, driver.height
        self.faces = font.Faces()
        self._brush = paint.Brush(form, colours)
        self._strip = memoryview(bytearray(strip_bytes))
        self._areas = {}  # box to the ground and the items that stand there
        self._fits = {}  # text with each digit a 0, width and height to what `fit` found: all digits are as wide
        self._inks = {}  # font to the lines of its digits: first, end
        self._rolls = {}  # box to the text that runs in it, and since when
        self.wait_ms = None  # until a text that runs has moved on; whoever draws sets it to None before

    @property
    def is_there(self):
        """It answers, or is of a part that never does."""
        return getattr(self._driver, "is_there", True)

    @property
    def is_row(self):
        """One row of characters: what does not fit beside each other comes in turn."""
        return self.height < 3 * _CELL

    def clear(self):
        whole = 0, 0, self.width, self.height
        if self._areas.get(whole) != ("black", ()):
            self._areas.clear()
        self._rolls.clear()
        self.fill(whole, "black")

    def fill(self, box, colour):
        self.show(box, colour, ())

    def text(self, box, string, ink, ground="black"):
        """One line in the middle of the box."""
        self.show(box, ground, self.line(box, string, ink, CENTRE, FIGURE))

    def show(self, box, ground, items):
        """This ground with these items (paint.py), all within the box."""
        old = self._areas.get(box)
        if old is None or old[0] != ground:
            self._areas = {known: area for known, area in self._areas.items() if not paint.overlap(known, box)}
            self._paint(box, ground, items)
        else:
            for rect in paint.changed(old[1], items):
                self._paint(rect, ground, items)
        self._areas[box] = ground, items

    def has(self, string):
        """All of it can be read here: a row of eight has no Chinese."""
        codes = font.codes(string)
        return any(face.height <= self.height and all(face.has(code) for code in codes) for face in self.faces.fonts)

    def fit(self, string, width, height, sort=FIGURE):
        """(font, enlargement, lines left out above, lines in use) in which it is largest; it may still be too wide."""
        key = bytes([_DIGIT if _DIGIT <= c <= _DIGIT + 9 else c for c in string.encode()]), width, height, sort
        if key not in self._fits:
            if len(self._fits) >= _FITS_MAX:
                self._fits.clear()
            self._fits[key] = self._fit(*key)
        return self._fits[key]

    def _fit(self, pattern, width, height, sort):
        string = str(pattern, "utf-8")
        if sort == FIGURE and all(c in TIGHT for c in pattern):
            codes = font.codes(string)
            for face in reversed(self.faces.fonts):
                if face.fits(codes, width):
                    above, end = self._ink(face)
                    if end - above <= height:
                        return self._scaled(string, width, height, face, above, end - above)
        face = self.faces.best(string, width, height)
        if face.height > height:
            face = self.faces.fonts[0]
        elif (
            face.height < _READABLE <= height or sort == RUNNING
        ):  # rather one in which it runs than one too small to be read
            faces = [face for face, scale in self.readable(string, height) if scale == 1]
            if faces:
                face = faces[0 if sort == RUNNING else -1]
        return self._scaled(string, width, height, face, 0, face.height)

    def _scaled(self, string, width, height, face, above, used):
        scale = max(1, min(width // max(1, face.width(string)), height // used))
        return face, scale, above, used

    def readable(self, string, height):
        """(face, enlargement) of those in which one reads it in a picture, the largest first."""
        codes, least = font.codes(string), min(_READABLE, self.height)
        faces = [face for face in self.faces.fonts if least <= face.height <= height]
        faces = [face for face in faces if all(face.has(code) for code in codes)]
        for scale in (3, 2):
            if faces and scale * faces[-1].height <= height:
                yield faces[-1], scale
        for face in reversed(faces):
            yield face, 1

    def line(self, box, string, ink, align=CENTRE, sort=TEXT):
        """Items of one line in the box."""
        x, y, width, height = box
        face, scale, above, used = self.fit(string, width, height, sort)
        length, tall = scale * face.width(string), scale * used
        top = y + (height - tall) // 2
        if length <= width:
            left = x + (width - length) * align // 2
            return [(left, top, length, tall, ink, paint.TEXT, string, face, scale, above)]
        moved = self._moved(box, string, scale * face.width(string) + paint.ROLL_GAP * scale * face.height, tall)
        return [(x, top, width, tall, ink, paint.ROLL, string, face, scale, above, moved)]

    def pace(self, tall):
        """Pixels, and ms for them."""
        return (1, _ROLL_ROW_MS) if self.is_row else (max(1, tall // 4), ROLL_MS)

    def _moved(self, box, string, cycle, tall):
        """How far a text that runs has come."""
        step, every_ms = self.pace(tall)
        now = ticks_ms()
        known = self._rolls.get(box)
        if not known or known[0] != string:
            known = self._rolls[box] = string, now
        since_ms = ticks_diff(now, known[1]) - HOLD_MS
        if since_ms < -HOLD_MS or since_ms // every_ms * step >= cycle:  # ticks wrap, if it was not drawn for a week
            self._rolls[box], since_ms = (string, now), -HOLD_MS
        wait_ms = every_ms - since_ms % every_ms if since_ms >= 0 else -since_ms
        self.wait_ms = min(self.wait_ms or wait_ms, wait_ms)
        return max(0, since_ms // every_ms * step)

    def _ink(self, face):
        """The lines of its digits."""
        if face not in self._inks:
            across, bits = face.glyph("0")
            stride = (across + 7) // 8
            lit = [line for line in range(face.height) if any(bits[line * stride : line * stride + stride])]
            self._inks[face] = lit[0], lit[-1] + 1
        return self._inks[face]

    def _paint(self, box, ground, items):
        """Strip by strip: this part of the picture, with what of the items lies in it."""
        raise NotImplementedError

    def flush(self):
        """All that was drawn is on the bus when this returns."""
        self._driver.show()

    def brightness(self, percent):
        self._driver.brightness(percent)


class Picture(Screen):
    """In colour, with a memory of its own: each box goes out strip by strip as it is drawn."""

    def __init__(self, driver):
        super().__init__(driver, framebuf.RGB565, {name: _rgb565(rgb) for name, rgb in COLOURS.items()}, _STRIP_BYTES)
        self.clear()
        driver.on()

    def _paint(self, box, ground, items):
        end = box[0] + box[2]
        for left in range(box[0], end, _BAND):
            self._band(left, box[1], min(_BAND, end - left), box[3], ground, items)

    def _band(self, left, top, width, height, ground, items):
        self._driver.window(left, top, width, height)
        at_once = _STRIP_BYTES // (2 * width)
        for done in range(0, height, at_once):
            lines = min(at_once, height - done)
            self._brush.on(self._strip, width, lines)
            self._brush.draw(items, left, top + done, ground)
            self._driver.write(self._strip[: 2 * width * lines])


class Bits(Screen):
    """Lit and dark, held whole in the driver: what has changed goes out at `flush`."""

    def __init__(self, driver, form):
        colours = {name: int(name not in DARK) for name in COLOURS}
        super().__init__(driver, framebuf.MONO_HLSB, colours, (driver.width + 7) // 8 * driver.height)
        self._canvas = framebuf.FrameBuffer(driver.pixels, driver.width, driver.height, form)
        driver.on()

    def _paint(self, box, ground, items):
        self._brush.on(self._strip, box[2], box[3])
        self._brush.draw(items, box[0], box[1], ground)
        self._canvas.blit(self._brush.canvas, box[0], box[1])


def _rgb565(colour):
    """The high byte first on the bus, so that the two stand exchanged in memory."""
    red, green, blue = colour >> 16, colour >> 8 & 0xFF, colour & 0xFF
    high, low = red & 0xF8 | green >> 5, green << 3 & 0xE0 | blue >> 3
    return low << 8 | high
