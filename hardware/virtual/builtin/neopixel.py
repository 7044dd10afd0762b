"""Stand-in for `neopixel`: `write` sends the bytes that a WS2812 bar would be shifted, in its order green, red, blue."""

import machine


class NeoPixel:
    ORDER = (1, 0, 2, 3)

    def __init__(self, pin, n, bpp=3, timing=1):
        self.pin, self.n, self.bpp, self.timing = pin, n, bpp, timing
        self.buf = bytearray(n * bpp)
        pin.init(pin.OUT)

    def __len__(self):
        return self.n

    def __setitem__(self, i, colour):
        for k in range(self.bpp):
            self.buf[self.bpp * i + self.ORDER[k]] = colour[k]

    def __getitem__(self, i):
        return tuple([self.buf[self.bpp * i + self.ORDER[k]] for k in range(self.bpp)])

    def fill(self, colour):
        for i in range(self.n):
            self[i] = colour

    def write(self):
        machine.bitstream(self.pin, 0, self.timing, self.buf)
