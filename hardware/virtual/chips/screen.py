"""What every screen has in common: a size, a count of its changes, the time of its last byte, and a picture."""

import io
from collections.abc import Mapping
from typing import Any

from PIL import Image

from hardware.virtual.chips import Fault


class Screen:
    """A chip gives `image()` at any scale; `rgb` has one pixel for each of the part's own."""

    def __init__(self, facts: Mapping[str, Any], fault: Fault) -> None:
        self.width: int = facts["width"]
        self.height: int = facts["height"]
        self.rev = self.bytes_total = 0
        self.seen_at = 0.0  # time.monotonic() of the last byte
        self.backlight = 0 if "bl" in facts else 100  # percent
        self.fault: Fault = lambda text: fault(f"{facts['part']}: {text}")

    def came(self, count: int, at: float) -> None:
        self.bytes_total += count
        self.seen_at = at
        self.rev += 1

    def rgb(self) -> bytes:
        """Three bytes a pixel, rows from the top, as an eye sees it: black while the display is off."""
        raise NotImplementedError

    def image(self) -> Image.Image:
        return Image.frombytes("RGB", (self.width, self.height), self.rgb())

    def png(self) -> bytes:
        out = io.BytesIO()
        self.image().save(out, "PNG")
        return out.getvalue()

    def select(self, is_low: bool, at: float) -> None:
        """Chip select moved."""

    def reset(self, level: int) -> None:
        """The reset pin moved."""

    def write(self, data: memoryview, dc: int, at: float) -> None:
        """Bytes by SPI while selected."""
        self.fault("bytes by SPI, which this part does not speak")
