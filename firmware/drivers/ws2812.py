"""Pictures of WS2812B pixels (WorldSemi data sheet, version 1.0), made of panels as they are sold, 8 rows of 32.

A panel's data begins at its upper left corner and goes down the first column, up the second and so on. Panels are joined from left
to right, then row by row, all the same way up; with pins of their own each pin drives its share of them, in that order.
"""

import machine

from drivers import bus

bus.WS2812_NS = (
    400,
    850,
    800,
    450,
)  # ns: 0 high and low, 1 high and low ("Data transfer time", which allows 150 ns either way)
PANEL_WIDTH, PANEL_HEIGHT = 32, 8
PANEL_PIXELS = PANEL_WIDTH * PANEL_HEIGHT
LEVEL_UA, QUIET_UA = 80, 1_000  # of a channel for each of its 255 levels (20 mA lit), and of a pixel's chip
FULL = 256  # of the scale
DIM = 5  # a channel below a fifth is a ground that no LED should show


class Matrix:
    """A colour picture of whole panels; `show` sends what has changed. `ma` of the board file is never drawn beyond: what would be
    too bright for it is dimmed as a whole."""

    def __init__(self, facts):
        self.width, self.height = facts["width"], facts["height"]
        pins = [facts[name] for name in ("pin", "pin2", "pin3", "pin4") if name in facts]
        panels = self.width * self.height // PANEL_PIXELS
        self._share = PANEL_PIXELS * (panels // len(pins))  # pixels of a pin
        self._pins = [bus.output(pin, 0) for pin in pins]
        self._chains = [bytearray(3 * self._share) for _ in pins]
        self._sent = [False] * len(pins)
        self._picture = bytearray(2 * self.width * self.height)  # as it was written
        self._sum = 0  # of the levels of all channels, at full scale
        rest_ua = facts["ma"] * 1000 - (QUIET_UA + 3 * LEVEL_UA) * self.width * self.height  # each level is rounded up
        self._most = max(0, rest_ua // LEVEL_UA)  # that sum, at most
        self._wanted = self._scale = 0
        self._five, self._six = _levels(31), _levels(63)
        self._left = self._right = self._x = self._y = 0

    def on(self):
        self.brightness(100)

    def brightness(self, percent):
        """0 is dark."""
        self._wanted = FULL * percent // 100
        self.show()

    def window(self, x, y, width, height):
        """What is written next goes to this rectangle, row by row from its upper left corner."""
        self._left, self._right, self._x, self._y = x, x + width, x, y

    def write(self, pixels):
        """Bytes of pixels: red 5 bits, green 6, blue 5, the high byte first. They are lit at `show`."""
        for i in range(0, len(pixels), 2):
            at = 2 * (self._y * self.width + self._x)
            if pixels[i] != self._picture[at] or pixels[i + 1] != self._picture[at + 1]:
                self._set(at, pixels[i], pixels[i + 1])
            self._x += 1
            if self._x == self._right:
                self._x, self._y = self._left, self._y + 1

    def show(self):
        """Bring the LEDs up to date; on the wires when this returns."""
        scale = self._wanted
        while scale and self._sum * scale > self._most * FULL:
            scale -= scale // 16 or 1
        if scale != self._scale:
            self._scale = scale
            for at in range(0, len(self._picture), 2):
                if self._picture[at] or self._picture[at + 1]:
                    self._light(at)
        for number, chain in enumerate(self._chains):
            if not self._sent[number]:
                machine.bitstream(self._pins[number], 0, bus.WS2812_NS, chain)
                self._sent[number] = True

    def _set(self, at, high, low):
        self._sum -= sum(self._colour(at))
        self._picture[at], self._picture[at + 1] = high, low
        self._sum += sum(self._colour(at))
        self._light(at)

    def _colour(self, at):
        """(green, red, blue) at full scale."""
        high, low = self._picture[at], self._picture[at + 1]
        return self._six[(high & 7) << 3 | low >> 5], self._five[high >> 3], self._five[low & 31]

    def _light(self, at):
        """Its bytes in the chain."""
        y, x = divmod(at // 2, self.width)
        panel = y // PANEL_HEIGHT * (self.width // PANEL_WIDTH) + x // PANEL_WIDTH
        x, y = x % PANEL_WIDTH, y % PANEL_HEIGHT
        place = panel * PANEL_PIXELS + x * PANEL_HEIGHT + (PANEL_HEIGHT - 1 - y if x & 1 else y)
        number, place = divmod(place, self._share)
        chain, place = self._chains[number], 3 * place
        for level in self._colour(at):
            chain[place] = (level * self._scale + FULL - 1) // FULL  # what is lit stays lit
            place += 1
        self._sent[number] = False


def _levels(most):
    """An LED's level for each value of a channel: light goes with it, what an eye sees with its root."""
    return bytes([255 * v * v // (most * most) if v * DIM >= most else 0 for v in range(most + 1)])
