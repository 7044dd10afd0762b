"""SSD1306 (Solomon Systech, rev. 1.1) on I2C: control bytes (8.1.5.2), commands (chapter 9), the picture in its memory."""

from collections.abc import Mapping
from typing import Any

from PIL import Image

from hardware.virtual.chips import Fault, hexed
from hardware.virtual.chips.screen import Screen

ADDRESS = 0x3C
COLUMNS, PAGES = 128, 8
HORIZONTAL, VERTICAL, BY_PAGE = 0, 1, 2  # memory addressing modes (10.1.3)
PUMP_ON = 0x14
LIT = (200, 232, 255)
SCALE = 3
PARAMETERS = {  # code to its count of parameters; codes that carry their value in themselves are below
    0x20: 1, 0x21: 2, 0x22: 2, 0x26: 6, 0x27: 6, 0x29: 5, 0x2A: 5, 0x2E: 0, 0x2F: 0, 0x81: 1, 0x8D: 1, 0xA0: 0, 0xA1: 0,
    0xA3: 2, 0xA4: 0, 0xA5: 0, 0xA6: 0, 0xA7: 0, 0xA8: 1, 0xAE: 0, 0xAF: 0, 0xC0: 0, 0xC8: 0, 0xD3: 1, 0xD5: 1, 0xD9: 1,
    0xDA: 1, 0xDB: 1, 0xE3: 0,
}  # fmt: skip


class Ssd1306(Screen):
    def __init__(self, facts: Mapping[str, Any], fault: Fault) -> None:
        super().__init__(facts, fault)
        self.address: int = facts.get("address", ADDRESS)
        self._memory = bytearray(COLUMNS * PAGES)
        self._command, self._given = -1, bytearray()
        self._registers: dict[int, bytes] = {0x20: bytes((BY_PAGE,)), 0xA8: b"\x3f", 0xD3: b"\x00", 0x8D: b"\x10"}
        self._columns, self._pages = (0, COLUMNS - 1), (0, PAGES - 1)
        self._column = self._page = self._start = 0
        self.is_on = self._is_all = self._is_inverse = self._is_turned = self._is_flipped = False

    def told(self, data: memoryview, at: float) -> None:
        """One I2C write behind its address: control byte and what it announces, again and again while Co is set."""
        self.came(len(data), at)
        place = 0
        while place < len(data):
            control, place = data[place], place + 1
            if control & 0x3F:
                self.fault(f"control byte 0x{control:02X}: its lower six bits are 0")
            end = place + 1 if control & 0x80 else len(data)
            for byte in data[place:end]:
                if control & 0x40:
                    self._store(byte)
                else:
                    self._take(byte)
            place = end
        if not data:
            self.fault("a write without a control byte")

    def _take(self, byte: int) -> None:
        if self._command < 0:
            self._begin(byte)
        else:
            self._given.append(byte)
            if len(self._given) == PARAMETERS[self._command]:
                command, self._command = self._command, -1
                self._set(command, bytes(self._given))

    def _begin(self, code: int) -> None:
        if code < 0x20:  # column start of page addressing, its lower and its upper half (10.1.1, 10.1.2)
            self._column = self._column & 0x0F | (code & 0x0F) << 4 if code & 0x10 else self._column & 0xF0 | code
            self._column %= COLUMNS
        elif 0x40 <= code < 0x80:
            self._start = code & 0x3F
        elif 0xB0 <= code < 0xB8:
            self._page = code & 7
        elif code not in PARAMETERS:
            self.fault(f"unknown command 0x{code:02X}")
        elif PARAMETERS[code]:
            self._command, self._given = code, bytearray()
        else:
            self._switch(code)

    def _switch(self, code: int) -> None:
        if code in (0xAE, 0xAF):
            self.is_on = code == 0xAF
            if self.is_on and self._registers[0x8D] != bytes((PUMP_ON,)):
                self.fault("display on without the charge pump: it stays dark")
        elif code in (0xA4, 0xA5):
            self._is_all = code == 0xA5
        elif code in (0xA6, 0xA7):
            self._is_inverse = code == 0xA7
        elif code in (0xA0, 0xA1):
            self._is_turned = code == 0xA1
        elif code in (0xC0, 0xC8):
            self._is_flipped = code == 0xC8
        elif code == 0x2F:
            self.fault("scrolling by the chip is not played")

    def _set(self, code: int, given: bytes) -> None:
        self._registers[code] = given
        if code in (0x21, 0x22):
            most = COLUMNS - 1 if code == 0x21 else PAGES - 1
            first, last = given
            if not first <= last <= most:
                self.fault(f"a window from {first} to {last} of 0 to {most}: {hexed(bytes((code,)) + given)}")
            elif code == 0x21:
                self._columns, self._column = (first, last), first
            else:
                self._pages, self._page = (first, last), first
        elif code == 0x20 and given[0] > BY_PAGE:
            self.fault(f"addressing mode {given[0]} of 0 to 2")
        elif code == 0xA8 and given[0] != self.height - 1:
            self.fault(f"a multiplex ratio of {given[0] + 1} rows where the part has {self.height}")
        elif code == 0xD3 and given[0]:
            self.fault(f"a display offset of {given[0]} rows is not played")

    def _store(self, byte: int) -> None:
        self._memory[self._page * COLUMNS + self._column] = byte
        mode = self._registers[0x20][0]
        if mode == VERTICAL:
            self._page = self._next(self._page, self._pages)
            if self._page == self._pages[0]:
                self._column = self._next(self._column, self._columns)
            return
        self._column = self._next(self._column, self._columns if mode == HORIZONTAL else (0, COLUMNS - 1))
        if mode == HORIZONTAL and self._column == self._columns[0]:
            self._page = self._next(self._page, self._pages)

    @staticmethod
    def _next(at: int, window: tuple[int, int]) -> int:
        return window[0] if at == window[1] else (at + 1) % 256

    def rgb(self) -> bytes:
        """As seen with the plug above, for which columns and rows are turned round (A1, C8)."""
        out = bytearray()
        is_lit = self.is_on and self._registers[0x8D] == bytes((PUMP_ON,))
        for y in range(self.height):
            row = (y if self._is_flipped else self.height - 1 - y) + self._start
            for x in range(self.width):
                column = x if self._is_turned else COLUMNS - 1 - x
                bit = self._memory[row % 64 // 8 * COLUMNS + column] >> row % 8 & 1
                out += bytes(LIT) if is_lit and (self._is_all or bool(bit) != self._is_inverse) else bytes(3)
        return bytes(out)

    def image(self) -> Image.Image:
        return super().image().resize((self.width * SCALE, self.height * SCALE), Image.Resampling.NEAREST)
