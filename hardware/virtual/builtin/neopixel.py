"""Stand-in for `neopixel`: `write` sends the bytes that a WS2812 bar would be shifted, in its order green, red, blue."""

import machine


class NeoPixel:
    ORDER = (1, 0, 2)

    def __init__(self, pin, n, bpp=3, timing=1):
        self.buf = bytearray(n * bpp)

    def __setitem__(self, i, colour):
        for k in range(3):
            self.buf[3 * i + self.ORDER[k]] = colour[k]

    def write(self):
        machine.tell("l " + "".join(["%02x" % byte for byte in self.buf]))
