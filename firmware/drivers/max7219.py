"""Rows of 8×8 LED modules, each with a MAX7219 (data sheet 19-4452), chained data out to data in.

A frame is 16 bits for each module, register and data, and is taken at the rising edge of LOAD (CS). What is written first ends
in the module that is farthest from the plug: seen from before the usual boards, the left one.
"""

from drivers import bus

DIGIT_0, DECODE, INTENSITY, SCAN_LIMIT, SHUTDOWN, TEST = 0x01, 0x09, 0x0A, 0x0B, 0x0C, 0x0F  # table 2
ROWS = 8
BRIGHT = 4  # of 15: readable across a room, and 1 A for eight modules with everything lit


class Matrix:
    """`width` × 8 LEDs; `pixels` holds a bit for each, rows from the top, the left one highest. `show` sends what has changed."""

    def __init__(self, facts):
        self.width, self.height = facts["width"], facts["height"]
        self._modules = self.width // 8
        self.pixels = bytearray(ROWS * self._modules)
        self._sent = bytearray(ROWS * self._modules)
        self._frame = bytearray(2 * self._modules)
        self._spi = bus.spi(facts)
        self._cs = bus.output(facts["cs"], 1)
        # Off while registers hold whatever they woke up with (table 3); no BCD code (table 4); all eight rows (table 8).
        for register, data in ((SHUTDOWN, 0), (TEST, 0), (DECODE, 0), (SCAN_LIMIT, ROWS - 1), (INTENSITY, BRIGHT)):
            self._all(register, data)
        for row in range(ROWS):
            self._all(DIGIT_0 + row, 0)

    def on(self):
        self._all(SHUTDOWN, 1)

    def show(self):
        """Bring the LEDs up to date; on the bus when this returns."""
        size = self._modules
        for row in range(ROWS):
            at = row * size
            if self.pixels[at : at + size] != self._sent[at : at + size]:
                for i in range(size):
                    self._frame[2 * i], self._frame[2 * i + 1] = DIGIT_0 + row, self.pixels[at + i]
                self._send()
        self._sent[:] = self.pixels

    def _all(self, register, data):
        for i in range(self._modules):
            self._frame[2 * i], self._frame[2 * i + 1] = register, data
        self._send()

    def _send(self):
        self._cs(0)
        self._spi.write(self._frame)
        self._cs(1)
