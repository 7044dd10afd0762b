"""Colour pictures that speak MIPI DCS over four-wire SPI: ILI9341 and ST7796, 16 bits a pixel.

Commands by the data sheets: ILI9341 V1.11, chapter 8; ST7796S V1.0, chapter 9. D/C is low for a command, high for what follows it.
"""

from time import sleep_ms

from micropython import const

from drivers import bus

_SWRESET = const(0x01)
_SLPOUT = const(0x11)
_DISPON = const(0x29)
_CASET = const(0x2A)
_PASET = const(0x2B)
_RAMWR = const(0x2C)
_MADCTL = const(0x36)
_COLMOD = const(0x3A)
_RESET_PULSE_MS = const(1)  # ILI9341 15.4, ST7796S 7.4.5: at least 10 µs
# After a reset before _SLPOUT, and after _SLPOUT until the supplies stand (ILI9341 8.2.2 and 8.2.12).
_WAKE_MS = const(120)
_LANDSCAPE_BGR = const(0x28)  # _MADCTL: row and column exchanged (MV), the panel's order of colours (BGR)
_PIXEL_16_BIT = const(0x55)  # _COLMOD

INIT = {  # what each wants besides, once it is awake: code, count of parameters, parameters
    "ili9341": (
        b"\xc0\x01\x23"  # PWCTR1, 8.3.14: GVDD 4.6 V
        b"\xc5\x02\x3e\x28"  # VMCTR1, 8.3.19: VCOMH 4.25 V, VCOML -1.5 V
        b"\xc7\x01\x86"  # VMCTR2, 8.3.20: VCOM offset -58
    ),
    "st7796": (
        b"\xf0\x01\xc3"  # CSCON: command set 2 may be written, part 1
        b"\xf0\x01\x96"  # part 2
        b"\xc5\x01\x18"  # VCMPCTL: VCOM 0.9 V
        b"\xf0\x01\x3c"  # and not any more
        b"\xf0\x01\x69"
    ),
}


class Panel:
    """A picture of `width` × `height`, landscape. Nothing of it is kept here: what is written stands in its own memory."""

    def __init__(self, facts):
        self.width, self.height = facts["width"], facts["height"]
        self._spi = bus.spi(facts)
        self._cs, self._dc = bus.output(facts["cs"], 1), bus.output(facts["dc"], 1)
        self._backlight = bus.dimmer(facts["bl"]) if "bl" in facts else None
        self._one = bytearray(1)
        self._two = bytearray(4)
        self._reset(facts.get("rst"))
        self._command(_SLPOUT)
        sleep_ms(_WAKE_MS)
        table, at = INIT[facts["part"]], 0
        while at < len(table):
            end = at + 2 + table[at + 1]
            self._command(table[at], table[at + 2 : end])
            at = end
        self._command(_COLMOD, bytes((_PIXEL_16_BIT,)))
        self._command(_MADCTL, bytes((_LANDSCAPE_BGR,)))

    def on(self):
        """Light it: after the first picture has been written, so that nobody sees what the memory woke up with."""
        self._command(_DISPON)
        self.brightness(100)

    def brightness(self, percent):
        """Of its backlight, where the board file has a pin for it, `bl`; a transistor before it lights it while the pin is low."""
        if self._backlight:
            self._backlight.duty_u16(bus.DUTY_MAX * (100 - percent) // 100)

    def show(self):
        """What was written is on the bus already."""

    def window(self, x, y, width, height):
        """What is written next goes to this rectangle, row by row from its upper left corner (ILI9341 8.2.20 to 8.2.22)."""
        self._range(_CASET, x, x + width - 1)
        self._range(_PASET, y, y + height - 1)
        self._command(_RAMWR)

    def write(self, pixels):
        """Bytes of pixels: red 5 bits, green 6, blue 5, the high byte first. On the bus when this returns."""
        self._cs(0)
        self._spi.write(pixels)
        self._cs(1)

    def _reset(self, rst):
        if rst is None:
            self._command(_SWRESET)
        else:
            pin = bus.output(rst, 0)
            sleep_ms(_RESET_PULSE_MS)
            pin(1)
        sleep_ms(_WAKE_MS)

    def _range(self, code, first, last):
        self._two[0], self._two[1] = first >> 8, first & 255
        self._two[2], self._two[3] = last >> 8, last & 255
        self._command(code, self._two)

    def _command(self, code, parameters=b""):
        self._one[0] = code
        self._dc(0)
        self._cs(0)
        self._spi.write(self._one)
        self._dc(1)
        if parameters:
            self._spi.write(parameters)
        self._cs(1)
