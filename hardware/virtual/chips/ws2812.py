"""Panels of WS2812B (WorldSemi, version 1.0), 8 rows of 32 at a pitch of 10 mm: 24 bits a pixel, green, red, blue.

A pixel takes the first 24 bits and hands on the rest; after a pause all show what they took. So fewer bytes leave the last ones as
they were. Columns go down and up in turn; panels follow each other from left to right, then row by row.
"""

from collections.abc import Mapping
from typing import Any

from PIL import Image, ImageDraw

from hardware.virtual.chips import Fault, hexed
from hardware.virtual.chips.screen import Screen

ACROSS, DOWN = 32, 8  # of a panel
PITCH, LED = 10, 7  # mm, drawn as pixels: a package of 5 mm and its glow
DARK = (26, 26, 28)
CHANNEL_UA, QUIET_UA = 80, 1_000  # of a channel for each of its 255 levels, and of a pixel's chip
PINS = ("pin", "pin2", "pin3", "pin4")


class Ws2812(Screen):
    def __init__(self, facts: Mapping[str, Any], fault: Fault) -> None:
        super().__init__(facts, fault)
        self.pins = [facts[name] for name in PINS if name in facts]
        self.most_ma: int = facts["ma"]
        self._levels = bytearray(3 * self.width * self.height)  # in the chains' order, one after the other
        self.writes = dict.fromkeys(self.pins, 0)

    def shifted(self, gpio: int, data: memoryview, at: float) -> None:
        self.came(len(data), at)
        self.writes[gpio] += 1
        size = len(self._levels) // len(self.pins)
        if len(data) % 3 or len(data) > size:
            self.fault(f"{len(data)} bytes for {size // 3} pixels of three: {hexed(data)}")
        start, count = self.pins.index(gpio) * size, min(len(data) // 3 * 3, size)
        self._levels[start : start + count] = data[:count]
        if self.ma > self.most_ma:
            self.fault(f"draws {self.ma} mA, and its supply has {self.most_ma} for it")

    @property
    def ma(self) -> int:
        """What all LEDs draw now, after the firmware's own reckoning (docs/unproved.md)."""
        return (sum(self._levels) * CHANNEL_UA + self.width * self.height * QUIET_UA) // 1000

    def levels(self, x: int, y: int) -> tuple[int, int, int]:
        """Red, green, blue of an LED as its chip has them."""
        panel = y // DOWN * (self.width // ACROSS) + x // ACROSS
        column, row = x % ACROSS, y % DOWN
        at = 3 * (panel * ACROSS * DOWN + column * DOWN + (DOWN - 1 - row if column % 2 else row))
        return self._levels[at + 1], self._levels[at], self._levels[at + 2]

    def rgb(self) -> bytes:
        """As an eye that is used to it: the brightest LED is full light, and half the light is more than half as bright."""
        most = max(self._levels) or 1
        seen = [round(255 * (level / most) ** 0.5) for level in range(most + 1)]
        return bytes(seen[v] for y in range(self.height) for x in range(self.width) for v in self.levels(x, y))

    def image(self) -> Image.Image:
        """Round LEDs on black, a pixel for each millimetre; a dimmed picture is seen to be one, and can be read."""
        drawn = Image.new("RGB", (self.width * PITCH, self.height * PITCH))
        draw, pixels = ImageDraw.Draw(drawn), self.rgb()
        edge, light = (PITCH - LED) // 2, 0.4 + 0.6 * (max(self._levels) / 255) ** 0.5
        for i in range(self.width * self.height):
            x, y = i % self.width * PITCH + edge, i // self.width * PITCH + edge
            colour = tuple(round(light * level) for level in pixels[3 * i : 3 * i + 3])
            draw.ellipse((x, y, x + LED, y + LED), fill=colour if any(colour) else DARK)
        return drawn
