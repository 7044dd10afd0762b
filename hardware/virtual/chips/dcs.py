"""ILI9341 and ST7796 behind four-wire SPI: MIPI DCS, 16 bits a pixel, kept as they come.

ILI9341 data sheet V1.11, chapter 8; ST7796S data sheet V1.0, chapter 9. Not played: mirroring, scrolling, inversion, gamma, reading
back. The picture is that of the logical rows and columns which MADCTL's exchange (MV) gives.
"""

from collections.abc import Mapping
from typing import Any

from PIL import Image

from hardware.virtual.chips import Fault, hexed
from hardware.virtual.chips.screen import Screen

NOP, SWRESET, SLPIN, SLPOUT, DISPOFF, DISPON = 0x00, 0x01, 0x10, 0x11, 0x28, 0x29
CASET, PASET, RAMWR, MADCTL, COLMOD, RAMWRC = 0x2A, 0x2B, 0x2C, 0x36, 0x3A, 0x3C
EXCHANGE = 0x20  # MADCTL's MV
SIXTEEN_BITS = 0x55
REST_S = 0.004  # 5 ms after SWRESET and SLPOUT (ILI9341 8.2.2, 8.2.12), less what the socket may blur

COMMON: dict[int, tuple[int, ...]] = {  # code to the counts of parameters that are legal
    NOP: (0,), SWRESET: (0,), SLPIN: (0,), SLPOUT: (0,), 0x12: (0,), 0x13: (0,), 0x20: (0,), 0x21: (0,), DISPOFF: (0,),
    DISPON: (0,), CASET: (4,), PASET: (4,), 0x30: (4,), 0x33: (6,), 0x34: (0,), 0x35: (1,), MADCTL: (1,), 0x37: (2,),
    0x38: (0,), 0x39: (0,), COLMOD: (1,), 0x44: (2,), 0x51: (1,), 0x53: (1,), 0x55: (1,), 0x5E: (1,),
}  # fmt: skip
COMMANDS: dict[str, dict[int, tuple[int, ...]]] = {
    "ili9341": COMMON | {
        0x26: (1,), 0x2D: (128,), 0xB0: (1,), 0xB1: (2,), 0xB2: (2,), 0xB3: (2,), 0xB4: (1,), 0xB5: (4,), 0xB6: (3, 4),
        0xB7: (1,), 0xC0: (1,), 0xC1: (1,), 0xC5: (2,), 0xC7: (1,), 0xCB: (5,), 0xCF: (3,), 0xE0: (15,), 0xE1: (15,),
        0xE8: (3,), 0xEA: (2,), 0xED: (4,), 0xF2: (1,), 0xF6: (3,), 0xF7: (1,),
    },
    "st7796": COMMON | {
        0xB0: (1,), 0xB1: (2,), 0xB2: (2,), 0xB3: (2,), 0xB4: (1,), 0xB5: (4,), 0xB6: (3,), 0xB7: (1,), 0xC0: (2,),
        0xC1: (1,), 0xC2: (1,), 0xC5: (1,), 0xC6: (1,), 0xE0: (14,), 0xE1: (14,), 0xE8: (8,), 0xF0: (1,),
    },
}  # fmt: skip


class Dcs(Screen):
    def __init__(self, facts: Mapping[str, Any], fault: Fault) -> None:
        super().__init__(facts, fault)
        self._commands = COMMANDS[facts["part"]]
        self._memory = bytearray(self.width * self.height * 2)
        self._code: int | None = None
        self._parameters = bytearray()
        self._busy_until = 0.0
        self._is_reset = False
        self._wake()

    def _wake(self) -> None:
        """As after a reset (ILI9341 8.2.2): asleep, display off, 18 bits a pixel, the whole memory as window."""
        self.is_awake = self.is_on = False
        self._madctl, self._colmod = 0, 0x66
        self._columns, self._rows = (0, self.width - 1), (0, self.height - 1)
        self._at, self._code = 0, None

    def reset(self, level: int) -> None:
        self._finish()
        self._is_reset = not level
        if self._is_reset:
            self._wake()
            self.rev += 1

    def select(self, is_low: bool, at: float) -> None:
        if not is_low:
            self._finish()

    def write(self, data: memoryview, dc: int, at: float) -> None:
        self.came(len(data), at)
        if self._is_reset:
            self.fault(f"bytes {hexed(data)} while the reset pin is low")
        elif not dc:
            for code in data:
                self._finish()
                self._begin(code, at)
        elif self._code in (RAMWR, RAMWRC):
            self._pixels(data)
        elif self._code is None:
            self.fault(f"data {hexed(data)} that belong to no command: D/C was high")
        elif len(self._parameters) + len(data) > max(self._commands[self._code]):
            self.fault(
                f"too many parameters for command 0x{self._code:02X}: {hexed(bytes(self._parameters) + bytes(data))}"
            )
            self._code = None
        else:
            self._parameters += data

    def _begin(self, code: int, at: float) -> None:
        if at < self._busy_until:
            self.fault(f"command 0x{code:02X} less than 5 ms after a reset or SLPOUT")
        if code in (RAMWR, RAMWRC):
            self._code = code
            self._check_memory()
            self._at = self._at if code == RAMWRC else 0
        elif code not in self._commands:
            self.fault(f"unknown command 0x{code:02X}")
            self._code = None
        else:
            self._code = code
            self._parameters.clear()
            if self._commands[code] == (0,):
                self._simple(code, at)

    def _check_memory(self) -> None:
        (left, right), (top, bottom) = self._columns, self._rows
        if left > right or top > bottom or right >= self.width or bottom >= self.height:
            self.fault(f"a window from {left}, {top} to {right}, {bottom} outside {self.width}×{self.height}")
            self._code = None
        elif self._colmod != SIXTEEN_BITS:
            self.fault(f"pixels while COLMOD is 0x{self._colmod:02X}; only 0x55, 16 bits, is played")
        elif bool(self._madctl & EXCHANGE) != (self.width > self.height):
            self.fault(f"pixels while MADCTL 0x{self._madctl:02X} turns the picture across the board's")

    def _simple(self, code: int, at: float) -> None:
        if code == SWRESET:
            self._wake()
        elif code in (SLPIN, SLPOUT):
            self.is_awake = code == SLPOUT
        elif code in (DISPOFF, DISPON):
            self.is_on = code == DISPON
        if code in (SWRESET, SLPIN, SLPOUT):
            self._busy_until = at + REST_S

    def _finish(self) -> None:
        """The next command, or chip select, ends the parameters of the last."""
        code, given = self._code, self._parameters
        if code in (RAMWR, RAMWRC):
            if self._at % 2:
                self.fault("half a pixel")
                self._at += 1
            return  # it goes on when chip select comes back (ILI9341 7.1.7)
        self._code = None
        if code is None:
            return
        if len(given) not in self._commands[code]:
            self.fault(f"command 0x{code:02X} with {len(given)} parameters: {hexed(given)}")
        elif code in (CASET, PASET):
            pair = (given[0] << 8 | given[1], given[2] << 8 | given[3])
            if code == CASET:
                self._columns = pair
            else:
                self._rows = pair
        elif code == MADCTL:
            self._madctl = given[0]
        elif code == COLMOD:
            self._colmod = given[0]

    def _pixels(self, data: memoryview) -> None:
        (left, right), (top, bottom) = self._columns, self._rows
        line, total = 2 * (right - left + 1), 2 * (right - left + 1) * (bottom - top + 1)
        if self._at + len(data) > total:
            self.fault(f"{self._at + len(data) - total} bytes more than the window takes: RAMWR outside it")
            data = data[: total - self._at]
        done = 0
        while done < len(data):
            row, offset = divmod(self._at, line)
            start = 2 * ((top + row) * self.width + left) + offset
            count = len(data) - done if line == 2 * self.width else min(line - offset, len(data) - done)
            self._memory[start : start + count] = data[done : done + count]
            done += count
            self._at += count

    def rgb(self) -> bytes:
        if not (self.is_awake and self.is_on):
            return bytes(3 * self.width * self.height)
        swapped = bytearray(len(self._memory))
        swapped[0::2], swapped[1::2] = self._memory[1::2], self._memory[0::2]
        size = (self.width, self.height)
        return Image.frombytes("RGB", size, bytes(swapped), "raw", "BGR;16").tobytes()

    def image(self) -> Image.Image:
        """As bright as its backlight, which an eye takes for more than it is."""
        light = round(255 * (self.backlight / 100) ** 0.5)
        return super().image().point([value * light // 255 for value in range(256)] * 3)
