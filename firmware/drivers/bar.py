"""A bar of WS2812B pixels (WorldSemi data sheet, version 1.0), as the lamp of a desk unit."""

import machine

from drivers import bus


class Bar:
    """`facts`: pin, pixels. Colours are (red, green, blue), 0 to 255, and as dark as `brightness` says."""

    def __init__(self, facts):
        self._pin = bus.output(facts["pin"], 0)
        self._colours = [(0, 0, 0)] * facts["pixels"]
        self._bytes = bytearray(3 * facts["pixels"])
        self._percent = 100

    def show(self, colours):
        """On the wire when this returns."""
        self._colours = colours
        at = 0
        for red, green, blue in colours:
            for level in (green, red, blue):
                self._bytes[at] = (level * self._percent + 99) // 100  # what is lit stays lit
                at += 1
        machine.bitstream(self._pin, 0, bus.WS2812_NS, self._bytes)

    def brightness(self, percent):
        """0 is dark."""
        self._percent = percent
        self.show(self._colours)
