"""Rows of 8×8 LED modules, each with a MAX7219 (data sheet 19-4452), chained data out to data in.

A frame is 16 bits for each module, register and data, and is taken at the rising edge of LOAD (CS). What is written first ends
in the module that is farthest from the plug: seen from before the usual boards, the left one. Of several rows the upper one has the
plug, and each row's end at the left leads to the plug of the row below.
"""

from micropython import const

from drivers import bus

_DIGIT_0 = const(0x01)  # table 2
_DECODE = const(0x09)
_INTENSITY = const(0x0A)
_SCAN_LIMIT = const(0x0B)
_SHUTDOWN = const(0x0C)
_TEST = const(0x0F)
_ROWS = const(8)
_MODULE_MA = const(320)  # everything lit without a pause: eight segments of 40 mA
_INTENSITY_MAX = const(15)  # a duty of 31 in 32, at 0 of 1 in 32 (table 7)


class Matrix:
    """`width` × `height` LEDs; `pixels` holds a bit for each, rows from the top, the left one highest. `show` sends what has
    changed. With everything lit it draws the board file's `ma` at most."""

    def __init__(self, facts):
        self.width, self.height = facts["width"], facts["height"]
        self._across, self._down = self.width // _ROWS, self.height // _ROWS
        modules = self._across * self._down
        self.pixels = bytearray(_ROWS * modules)
        self._sent = bytearray(_ROWS * modules)
        self._frame = bytearray(2 * modules)
        self._brightest = max(0, min(_INTENSITY_MAX, (32 * facts["ma"] // (_MODULE_MA * modules) - 1) // 2))
        self._spi = bus.spi(facts)
        self._cs = bus.output(facts["cs"], 1)
        # Off while registers hold whatever they woke up with (table 3); no BCD code (table 4); all eight rows (table 8).
        for register, data in ((_SHUTDOWN, 0), (_TEST, 0), (_DECODE, 0), (_SCAN_LIMIT, _ROWS - 1)):
            self._all(register, data)
        for row in range(_ROWS):
            self._all(_DIGIT_0 + row, 0)

    def on(self):
        self.brightness(100)

    def brightness(self, percent):
        """0 is dark."""
        self._all(_INTENSITY, self._brightest * percent // 100)
        self._all(_SHUTDOWN, 1 if percent else 0)

    def show(self):
        """Bring the LEDs up to date; on the bus when this returns."""
        size, old, new = self._across, self._sent, self.pixels
        for row in range(_ROWS):
            lines = [size * at for at in range(row + _ROWS * (self._down - 1), -1, -_ROWS)]  # the last is farthest
            if any(old[at : at + size] != new[at : at + size] for at in lines):
                place = 0
                for at in lines:
                    for i in range(at, at + size):
                        self._frame[place], self._frame[place + 1] = _DIGIT_0 + row, new[i]
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
