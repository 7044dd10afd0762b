"""Rows of 8×8 LED modules, each with a MAX7219 (data sheet 19-4452), chained data out to data in.

A frame is 16 bits for each module, register and data, and is taken at the rising edge of LOAD (CS). What is written first ends
in the module that is farthest from the plug: seen from before the usual boards, the left one. Of several rows the upper one has the
plug, and each row's end at the left leads to the plug of the row below.
"""

from drivers import bus

DIGIT_0, DECODE, INTENSITY, SCAN_LIMIT, SHUTDOWN, TEST = 0x01, 0x09, 0x0A, 0x0B, 0x0C, 0x0F  # table 2
ROWS = 8
MODULE_MA = 320  # everything lit without a pause: eight segments of 40 mA
INTENSITY_MAX = 15  # a duty of 31 in 32, at 0 of 1 in 32 (table 7)


class Matrix:
    """`width` × `height` LEDs; `pixels` holds a bit for each, rows from the top, the left one highest. `show` sends what has
    changed. With everything lit it draws the board file's `ma` at most."""

    def __init__(self, facts):
        self.width, self.height = facts["width"], facts["height"]
        self._across, self._down = self.width // ROWS, self.height // ROWS
        modules = self._across * self._down
        self.pixels = bytearray(ROWS * modules)
        self._sent = bytearray(ROWS * modules)
        self._frame = bytearray(2 * modules)
        self._brightest = max(0, min(INTENSITY_MAX, (32 * facts["ma"] // (MODULE_MA * modules) - 1) // 2))
        self._spi = bus.spi(facts)
        self._cs = bus.output(facts["cs"], 1)
        # Off while registers hold whatever they woke up with (table 3); no BCD code (table 4); all eight rows (table 8).
        for register, data in ((SHUTDOWN, 0), (TEST, 0), (DECODE, 0), (SCAN_LIMIT, ROWS - 1)):
            self._all(register, data)
        for row in range(ROWS):
            self._all(DIGIT_0 + row, 0)

    def on(self):
        self.brightness(100)

    def brightness(self, percent):
        """0 is dark."""
        self._all(INTENSITY, self._brightest * percent // 100)
        self._all(SHUTDOWN, 1 if percent else 0)

    def show(self):
        """Bring the LEDs up to date; on the bus when this returns."""
        size, old, new = self._across, self._sent, self.pixels
        for row in range(ROWS):
            lines = [size * at for at in range(row + ROWS * (self._down - 1), -1, -ROWS)]  # the last is farthest
            if any(old[at : at + size] != new[at : at + size] for at in lines):
                place = 0
                for at in lines:
                    for i in range(at, at + size):
                        self._frame[place], self._frame[place + 1] = DIGIT_0 + row, new[i]
                        place += 2
                self._send()
        self._sent[:] = self.pixels

    def _all(self, register, data):
        for i in range(0, len(self._frame), 2):
            self._frame[i], self._frame[i + 1] = register, data
        self._send()

    def _send(self):
        self._cs(0)
        self._spi.write(self._frame)
        self._cs(1)
