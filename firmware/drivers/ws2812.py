"""Pictures of WS2812B pixels (WorldSemi data sheet, version 1.0), made of panels as they are sold, 8 rows of 32.

A panel's data begins at its upper left corner and goes down the first column, up the second and so on. Panels are joined from left
to right, then row by row, all the same way up; with pins of their own each pin drives its share of them, in that order.
"""

import machine
from micropython import const

from drivers import bus

bus.WS2812_NS = (
    400,
    850,
    800,
    450,
)  # ns: 0 high and low, 1 high and low ("Data transfer time", which allows 150 ns either way)
_PANEL_WIDTH = const(32)
_PANEL_HEIGHT = const(8)
_PANEL_PIXELS = const(_PANEL_WIDTH * _PANEL_HEIGHT)
_LEVEL_UA = const(80)  # of a channel for each of its 255 levels (20 mA lit), and of a pixel's chip
_QUIET_UA = const(1_000)
_FULL = const(256)  # of the scale
DIM = 5  # a channel below a fifth is a ground that no LED should show


class Matrix:
    """A colour picture of whole panels; `show` sends what has changed. `ma` of the board file is never drawn beyond: what would be
    too bright for it is dimmed as a whole."""

    def __init__(self, facts):
        self.width, self.height = facts["width"], facts["height"]
        pins = [facts[name] for name in ("pin", "pin2", "pin3", "pin4") if name in facts]
        panels = self.width * self.height // _PANEL_PIXELS
        self._share = _PANEL_PIXELS * (panels // len(pins))  # pixels of a pin
        self._pins = [bus.output(pin, 0) for pin in pins]
        self._chains = [bytearray(3 * self._share) for _ in pins]
        self._sent = [False] * len(pins)
        self._picture = bytearray(2 * self.width * self.height)  # as it was written
        self._sum = 0  # of the levels of all channels, at full scale
        rest_ua = (
            facts["ma"] * 1000 - (_QUIET_UA + 3 * _LEVEL_UA) * self.width * self.height
        )  # each level is rounded up
        self._most = max(0, rest_ua // _LEVEL_UA)  # that sum, at most
        self._wanted = self._scale = 0
        self._five, self._six = _levels(31), _levels(63)  # at full scale
        self._lit_five, self._lit_six = bytes(32), bytes(64)  # at the present one
        self._left = self._right = self._x = self._y = 0

    def on(self):
        self.brightness(100)

    def brightness(self, percent):
        """0 is dark."""
        self._wanted = _FULL * percent // 100
        self.show()

    def window(self, x, y, width, height):
        """What is written next goes to this rectangle, row by row from its upper left corner."""
        self._left, self._right, self._x, self._y = x, x + width, x, y

    def write(self, pixels):
        """Bytes of pixels: red 5 bits, green 6, blue 5, the high byte first. They are lit at `show`."""
        new, old, done = memoryview(pixels), memoryview(self._picture), 0
        while done < len(new):
            count = min(2 * (self._right - self._x), len(new) - done)
            at = 2 * (self._y * self.width + self._x)
            if new[done : done + count] != old[at : at + count]:
                self._change(at, new[done : done + count])
                self._light(self._x, self._y, count // 2)
            done += count
            self._x += count // 2
            if self._x == self._right:
                self._x, self._y = self._left, self._y + 1

    def show(self):
        """Bring the LEDs up to date; on the wires when this returns."""
        scale = self._wanted
        while scale and self._sum * scale > self._most * _FULL:
            scale -= scale // 16 or 1
        if scale != self._scale:
            self._scale = scale
            self._lit_five, self._lit_six = _scaled(self._five, scale), _scaled(self._six, scale)
            for y in range(self.height):
                self._light(0, y, self.width)
        for number, chain in enumerate(self._chains):
            if not self._sent[number]:
                machine.bitstream(self._pins[number], 0, bus.WS2812_NS, chain)
                self._sent[number] = True

    def _change(self, at, new):
        """The pixels from there on, and what they draw."""
        old, five, six, more = self._picture, self._five, self._six, 0
        for i in range(0, len(new), 2):
            high, low, was_high, was_low = new[i], new[i + 1], old[at + i], old[at + i + 1]
            if high != was_high or low != was_low:
                more += five[high >> 3] + six[(high & 7) << 3 | low >> 5] + five[low & 31]
                more -= five[was_high >> 3] + six[(was_high & 7) << 3 | was_low >> 5] + five[was_low & 31]
        old[at : at + len(new)] = new
        self._sum += more

    def _light(self, first, y, count):
        """The bytes of so many pixels of a row in their chains."""
        picture, five, six = self._picture, self._lit_five, self._lit_six
        panels, y_in = y // _PANEL_HEIGHT * (self.width // _PANEL_WIDTH), y % _PANEL_HEIGHT
        at = 2 * (y * self.width + first)
        for x in range(first, first + count):
            high, low = picture[at], picture[at + 1]
            at += 2
            down = _PANEL_HEIGHT - 1 - y_in if x & 1 else y_in
            place = (panels + x // _PANEL_WIDTH) * _PANEL_PIXELS + x % _PANEL_WIDTH * _PANEL_HEIGHT + down
            number = place // self._share
            chain, place = self._chains[number], 3 * (place - number * self._share)
            green, red, blue = six[(high & 7) << 3 | low >> 5], five[high >> 3], five[low & 31]
            if chain[place] != green or chain[place + 1] != red or chain[place + 2] != blue:
                chain[place], chain[place + 1], chain[place + 2] = green, red, blue
                self._sent[number] = False


def _levels(most):
    """An LED's level for each value of a channel: light goes with it, what an eye sees with its root."""
    return bytes([255 * v * v // (most * most) if v * DIM >= most else 0 for v in range(most + 1)])


def _scaled(levels, scale):
    """What is lit stays lit."""
    return bytes([(level * scale + _FULL - 1) // _FULL for level in levels])
