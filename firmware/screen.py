"""What a role draws with: boxes of one colour and lines of text, alike on colour pictures and on what has only lit and dark.

Plain pixels: the eight-by-eight font of `framebuf`, each pixel enlarged by whole numbers. A text that is drawn again in the
same box costs only the characters that changed.
"""

import framebuf

CELL = 8  # pixels of the font, both ways
STRIP_BYTES = 7_680  # of a colour picture, drawn strip by strip: twelve lines of 320 pixels
TALL = 2  # a character may be so many times as tall as wide
MISSING = b"\x7e\x42\x42\x42\x42\x42\x7e\x00"  # a character that the font lacks
DASHES = "–—"
ARROW = "→"
ARROW_BITS = b"\x00\x18\x0c\xfe\xfe\x0c\x18\x00"
CUT = ">"  # stands for what did not fit even at the font's own size

COLOURS = {  # red, green, blue; told apart by lightness too
    "black": (0, 0, 0),
    "slate": (28, 34, 46),
    "grey": (150, 158, 170),
    "white": (255, 255, 255),
    "green": (60, 220, 110),
    "amber": (255, 180, 0),
    "red": (255, 84, 70),
    "blue": (110, 180, 255),
}
DARK = ("black", "slate")  # where pixels are only lit or dark


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


def columns(box):
    """How many characters fit into (x, y, width, height) at the font's own size."""
    return box[2] // CELL


class Screen:
    """Boxes are (x, y, width, height) in pixels, colours names of COLOURS. What is drawn may stay behind until `flush`."""

    def __init__(self, driver):
        self._driver = driver
        self.width, self.height = driver.width, driver.height
        self._texts = {}  # box to what stands in it
        self._bits = bytearray(CELL)
        self._scratch = framebuf.FrameBuffer(self._bits, CELL, CELL, framebuf.MONO_HLSB)

    @property
    def is_row(self):
        """One row of characters: what does not fit beside each other comes in turn."""
        return self.height < 2 * CELL

    def clear(self):
        self.fill((0, 0, self.width, self.height), "black")

    def fill(self, box, colour):
        self._texts = {known: text for known, text in self._texts.items() if not _overlap(known, box)}
        self._paint(box, colour)

    def text(self, box, string, colour, ground="black"):
        """One line in the middle of the box, as large as fits. At the font's own size whole characters are left out at the end."""
        fits = columns(box)
        if len(string) > fits:
            string = string[: max(0, fits - 1)] + CUT
        layout = self._layout(box, string) + (colour, ground)
        old, old_layout = self._texts.get(box, ("", None))
        if old_layout != layout:
            x, y, across, down = layout[:4]
            self._paint(box, ground, string, x, y, across, down, colour)
        elif old != string:
            self._change(old, string, layout)
        self._texts[box] = (string, layout)

    def _layout(self, box, string):
        """(x, y, pixels across and down for each of the font's, its lines in use, characters)."""
        lines = CELL if any(self._glyph(c)[CELL - 1] for c in string) else CELL - 1
        count = max(1, len(string))
        across, down = box[2] // (CELL * count), box[3] // lines
        across, down = min(across, down), min(down, TALL * across)
        x = box[0] + (box[2] - CELL * across * count) // 2
        y = box[1] + (box[3] - lines * down) // 2
        return x, y, across, down, lines, len(string)

    def _change(self, old, string, layout):
        x, y, across, down, lines, _, colour, ground = layout
        for i in range(len(string)):
            if string[i] != old[i]:
                at = x + i * CELL * across
                self._paint((at, y, CELL * across, lines * down), ground, string[i], at, y, across, down, colour)

    def _glyph(self, c):
        """Eight bytes, the left pixel highest; they hold until the next call."""
        if c in DASHES:
            c = "-"
        if c == ARROW:
            return ARROW_BITS
        if not " " <= c <= "~":
            return MISSING
        self._scratch.fill(0)
        self._scratch.text(c, 0, 0, 1)
        return self._bits

    def _characters(self, canvas, height, string, x, y, across, down, colour):
        """Into a FrameBuffer of that height, with the text's corner at (x, y): each run of pixels as one rectangle."""
        first, end = max(0, -y // down), min(CELL, (height - y + down - 1) // down)
        for c in string:
            glyph = self._glyph(c)
            for line in range(first, end):
                bits, left = glyph[line], 0
                while bits & 0xFF:
                    if bits & 0x80:
                        run = 1
                        while bits << run & 0x80:
                            run += 1
                        canvas.fill_rect(x + left * across, y + line * down, run * across, down, colour)
                    else:
                        run = 1
                    bits, left = bits << run, left + run
            x += CELL * across

    def _paint(self, box, ground, string="", x=0, y=0, across=1, down=1, colour="white"):
        """Fill the box and write the string at (x, y), enlarged so; it does not reach beyond the box."""
        raise NotImplementedError

    def flush(self):
        """All that was drawn is on the bus when this returns."""

    def brightness(self, percent):
        self._driver.brightness(percent)

    def has(self, string):
        """It can be shown."""
        return all(" " <= c <= "~" or c in DASHES + ARROW for c in string)


class Picture(Screen):
    """In colour, with a memory of its own: each box goes out strip by strip as it is drawn."""

    def __init__(self, driver):
        super().__init__(driver)
        self._strip = memoryview(bytearray(STRIP_BYTES))
        self._colours = {name: _rgb565(colour) for name, colour in COLOURS.items()}
        self.clear()
        driver.on()

    def _paint(self, box, ground, string="", x=0, y=0, across=1, down=1, colour="white"):
        left, top, width, height = box
        self._driver.window(left, top, width, height)
        at_once = STRIP_BYTES // (2 * width)
        for done in range(0, height, at_once):
            lines = min(at_once, height - done)
            canvas = framebuf.FrameBuffer(self._strip, width, lines, framebuf.RGB565)
            canvas.fill(self._colours[ground])
            if string:
                corner = x - left, y - top - done
                self._characters(canvas, lines, string, corner[0], corner[1], across, down, self._colours[colour])
            self._driver.write(self._strip[: 2 * width * lines])

    def flush(self):
        self._driver.show()


class Bits(Screen):
    """Lit and dark, held whole in the driver: what has changed goes out at `flush`."""

    def __init__(self, driver, form):
        super().__init__(driver)
        self._canvas = framebuf.FrameBuffer(driver.pixels, driver.width, driver.height, form)
        driver.on()

    def _paint(self, box, ground, string="", x=0, y=0, across=1, down=1, colour="white"):
        self._canvas.fill_rect(box[0], box[1], box[2], box[3], ground not in DARK)
        if string:
            self._characters(self._canvas, self.height, string, x, y, across, down, colour not in DARK)

    def flush(self):
        self._driver.show()


def _rgb565(colour):
    """The high byte first on the bus, so that the two stand exchanged in memory."""
    red, green, blue = colour
    high, low = red & 0xF8 | green >> 5, green << 3 & 0xE0 | blue >> 3
    return low << 8 | high


def _overlap(a, b):
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]
