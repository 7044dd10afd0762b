"""Chained MAX7219, each before eight by eight LEDs (data sheet 19-4452): 16 bits for each module, taken as LOAD rises.

Of several rows the upper one has the plug, at its right; its left end leads to the right of the row below.
"""

from collections.abc import Mapping
from typing import Any

from PIL import Image, ImageDraw

from hardware.virtual.chips import Fault, hexed
from hardware.virtual.chips.screen import Screen

ROWS = 8
NOOP, DIGIT_0, DIGIT_7, DECODE, INTENSITY, SCAN_LIMIT, SHUTDOWN, TEST = (
    0x0,
    0x1,
    0x8,
    0x9,
    0xA,
    0xB,
    0xC,
    0xF,
)  # table 2
PITCH = 12  # of the drawn LEDs
LED, DARK = (255, 48, 32), (36, 10, 10)


class _Module:
    """Registers as at power-up (Initial Power-Up, page 7): shut down, everything blank."""

    def __init__(self) -> None:
        self.rows = bytearray(ROWS)
        self.decode = self.intensity = self.limit = self.is_on = self.is_test = 0


class Max7219(Screen):
    """The first 16 bits of a frame end in the module farthest from the plug, which is drawn at the left."""

    def __init__(self, facts: Mapping[str, Any], fault: Fault) -> None:
        super().__init__(facts, fault)
        self.modules = [_Module() for _ in range(self.width // ROWS * (self.height // ROWS))]
        self._frame = bytearray()

    def write(self, data: memoryview, dc: int, at: float) -> None:
        self.came(len(data), at)
        self._frame += data
        del self._frame[: -4 * len(self.modules) - 1]

    def select(self, is_low: bool, at: float) -> None:
        frame, self._frame = bytes(self._frame), bytearray()
        if is_low or not frame:
            return
        if len(frame) != 2 * len(self.modules):
            self.fault(f"latched {8 * len(frame)} bits where {len(self.modules)} modules take {16 * len(self.modules)}")
            return
        for i, module in enumerate(self.modules):
            self._set(module, frame[2 * i] & 0x0F, frame[2 * i + 1])
        self.rev += 1

    def _set(self, module: _Module, register: int, data: int) -> None:
        if DIGIT_0 <= register <= DIGIT_7:
            module.rows[register - DIGIT_0] = data
        elif register == DECODE:
            module.decode = data
            if data:
                self.fault(f"decode mode 0x{data:02X}: code B makes no sense of a matrix")
        elif register == INTENSITY:
            module.intensity = data & 0x0F
        elif register == SCAN_LIMIT:
            module.limit = data & 0x07
        elif register == SHUTDOWN:
            module.is_on = data & 1
        elif register == TEST:
            module.is_test = data & 1
        elif register != NOOP:
            self.fault(f"unknown register {hexed(bytes((register, data)))}")

    def lit(self, module: _Module, row: int) -> int:
        """Eight bits, the left LED highest; test mode is above shutdown (page 9)."""
        if module.is_test:
            return 0xFF
        return module.rows[row] if module.is_on and row <= module.limit else 0

    def rgb(self) -> bytes:
        out = bytearray()
        across = self.width // ROWS
        for y in range(self.height):
            below, row = self.height // ROWS - 1 - y // ROWS, y % ROWS
            for module in self.modules[below * across : (below + 1) * across]:
                light = 255 if module.is_test else 128 + 127 * module.intensity // 15
                bits = self.lit(module, row)
                for column in range(7, -1, -1):
                    out += (
                        bytes((light, light * LED[1] // 255, light * LED[2] // 255)) if bits >> column & 1 else bytes(3)
                    )
        return bytes(out)

    def image(self) -> Image.Image:
        """Round LEDs on black."""
        drawn = Image.new("RGB", (self.width * PITCH, self.height * PITCH))
        draw, pixels = ImageDraw.Draw(drawn), self.rgb()
        for i in range(self.width * self.height):
            x, y = i % self.width * PITCH, i // self.width * PITCH
            colour = (pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2])
            draw.ellipse((x + 1, y + 1, x + PITCH - 2, y + PITCH - 2), fill=colour if any(colour) else DARK)
        return drawn
