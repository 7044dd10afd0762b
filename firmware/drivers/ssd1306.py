"""Small pictures of one colour with an SSD1306 (Solomon data sheet, rev. 1.1) on I2C."""

from micropython import const

from drivers import bus

_ADDRESS = const(0x3C)  # 8.1.5.2, with SA0 low
COMMANDS, DATA = 0x00, 0x40  # control byte: all that follows are commands, or data (8.1.5.2)
_DISPLAY_OFF = const(0xAE)
_DISPLAY_ON = const(0xAF)
_CONTRAST = const(0x81)

INIT = (  # chapter 10; the order is that of the application note at its end
    b"\xae"  # off while it is set up
    b"\x20\x00"  # horizontal addressing: windows can be written
    b"\xd5\x80"  # clock as after reset
    b"\xd3\x00\x40"  # no offset, starting at line 0
    b"\x8d\x14"  # charge pump
    b"\xa1\xc8"  # the plug is above: columns and rows turned round
    b"\xd9\xf1\xdb\x20"  # pre-charge, VCOMH
    b"\xa4\xa6"  # show the memory, not inverted
)


class Picture:
    """`width` × `height` pixels; `pixels` holds a bit for each in pages of eight rows, the upper lowest: MONO_VLSB.

    A screen that is dead or loose is not there, and in nobody's way: each `show` sets it up anew.
    """

    def __init__(self, facts):
        self.width, self.height = facts["width"], facts["height"]
        self.pixels = bytearray(self.width * self.height // 8)
        self._sent = bytearray(len(self.pixels))
        self._line = bytearray(1 + self.width)
        self._i2c = bus.i2c(facts)
        self._address = facts.get("address", _ADDRESS)
        self._percent = 0
        self.is_there = False
        self.show()

    def _set_up(self):
        self.is_there = True
        self._commands(INIT)
        self._commands(
            bytes((0xA8, self.height - 1, 0xDA, 0x12 if self.height > 32 else 0x02))
        )  # multiplex ratio, COM pins
        for page in range(self.height // 8):
            self._write(page, 0, self.width)
        self.brightness(self._percent)

    def on(self):
        self.brightness(100)

    def brightness(self, percent):
        """By its contrast (10.1.7), which changes less than an eye would wish; 0 is dark."""
        self._percent = percent
        self._commands(bytes((_CONTRAST, 255 * percent // 100, _DISPLAY_ON if percent else _DISPLAY_OFF)))

    def show(self):
        """Bring the picture up to date; on the bus when this returns. Of each page, from the first changed column to the last."""
        if not self.is_there:
            self._set_up()
        for page in range(self.height // 8):
            at = page * self.width
            first, end = 0, self.width
            while first < end and self.pixels[at + first] == self._sent[at + first]:
                first += 1
            while end > first and self.pixels[at + end - 1] == self._sent[at + end - 1]:
                end -= 1
            if first < end:
                self._write(page, first, end)
        self._sent[:] = self.pixels

    def _write(self, page, first, end):
        self._commands(bytes((0x21, first, end - 1, 0x22, page, page)))  # column and page range, 10.1.4 and 10.1.5
        count, at = end - first, page * self.width + first
        self._line[0] = DATA
        self._line[1 : 1 + count] = self.pixels[at : at + count]
        self._send(memoryview(self._line)[: 1 + count])

    def _commands(self, codes):
        self._send(bytes((COMMANDS,)) + codes)

    def _send(self, data):
        if self.is_there:  # else each would wait for a bus that hangs
            try:
                self._i2c.writeto(self._address, data)
            except OSError:
                self.is_there = False
