"""A virtual board's hands and eyes: the page of its box, by HTTP, whose pixels, picture and tones are really looked at."""

import contextlib
import io
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from PIL import Image

from flash.acceptance.hands import COLOURS, Show, told
from flash.acceptance.result import Bad

ASK_S = 10.0
HOLD_S = 0.06  # longer than the firmware's debounce
AGAIN_S = 0.6  # between two presses of a key: longer than what it takes for one
LOOK_S, LOOK_FOR_S = 0.05, 5.0
SCREEN = {
    "red": (255, 84, 70),
    "green": (60, 220, 110),
    "blue": (110, 180, 255),
    "white": (255, 255, 255),
}  # firmware/screen.py
SAMPLE = 7  # of so many pixels one is looked at
LIT = 60  # of 255: a pixel that is
ALL, NONE = 0.3, 0.01  # of a picture that is lit, or dark: round LEDs are drawn with black between them
PENDING, HELP = 5, 6  # pixels of firmware/lamp.py


class Page:
    """Of the board with this serial port. Bad if there is none."""

    patience_s = 2.0

    def __init__(self, url: str, port: str) -> None:
        self._url = url.rstrip("/")
        rows = json.loads(self._ask("/boards.json"))["boards"]
        self._name = next((row["name"] for row in rows if row["port"] == port), "")
        if not self._name:
            raise Bad(f"No board on the page {url} has the serial port {port}.")
        self._faults = len(self._now()["faults"])
        self.answered_ms: int | None = None
        self._key, self._released = "", 0.0  # that was let go last, and when, by the page's clock

    def turn(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    def press(self, key: str) -> None:
        if key == self._key:
            time.sleep(max(0.0, self._released + AGAIN_S - time.monotonic()))
        self._post({"key": key, "level": 0})
        time.sleep(HOLD_S)
        self._key, self._released = key, self._post({"key": key, "level": 1})["at"]

    def lamp(self, show: Show) -> str:
        wrong: list[tuple[str, str]] = []
        for name, rgb in COLOURS.items():
            show(name)
            pixels = self._now()["lamp"]
            if not pixels or not any(any(pixel) for pixel in pixels):
                wrong.append((name, "nothing"))
            elif {tuple(pixel) for pixel in pixels} != {rgb}:
                lit = sum(any(pixel) for pixel in pixels)
                seen = _nearest(max(pixels, key=sum), COLOURS)
                wrong.append((name, seen if lit == len(pixels) else f"only {lit} pixels"))
        return told(wrong) or self._new_faults()

    def picture(self, show: Show, colours: Sequence[str]) -> str:
        wrong: list[tuple[str, str]] = []
        for name in colours:
            show(name)
            with Image.open(io.BytesIO(self._ask(f"/board/{quote(self._name)}/screen.png"))) as image:
                seen = _seen(image.convert("RGB"), is_coloured=len(colours) > 2)
            if seen != name:
                wrong.append((name, seen))
        return told(wrong) or self._new_faults()

    def sound(self, play: Callable[[], Sequence[int]]) -> str:
        began = self._now()["now"]
        wanted = list(play())
        heard = [hz for at, hz in self._now()["tones"] if at >= began and hz]
        if heard == wanted:
            return self._new_faults()
        return f"{', '.join(f'{hz} Hz' for hz in heard) or 'nothing'} was heard, not {', '.join(f'{hz} Hz' for hz in wanted)}"

    def answer(self, *, lit: bool) -> str:
        end = time.monotonic() + LOOK_FOR_S
        while time.monotonic() < end:
            for at, pixels in self._now()["lamps"]:
                if at >= self._released and any(pixels[HELP]) == lit and not any(pixels[PENDING]):
                    self.answered_ms = round(1000 * (at - self._released))
                    return self._new_faults()
            time.sleep(LOOK_S)
        return f"its seventh pixel did not {'light up' if lit else 'go out'} within {LOOK_FOR_S:.0f} s"

    def _new_faults(self) -> str:
        """Illegal sequences on its wires, since the last look."""
        faults = self._now()["faults"]
        new, self._faults = faults[self._faults :], len(faults)
        return "; ".join(new[:3])

    def _now(self) -> dict[str, Any]:
        row: dict[str, Any] = json.loads(self._ask(f"/board/{quote(self._name)}/face.json"))
        return row

    def _post(self, asked: dict[str, Any]) -> dict[str, Any]:
        row: dict[str, Any] = json.loads(self._ask(f"/board/{quote(self._name)}/level", json.dumps(asked).encode()))
        return row

    def _ask(self, path: str, body: bytes | None = None) -> bytes:
        parts = urlsplit(self._url)
        headers = {"Content-Type": "application/json", "Origin": f"{parts.scheme}://{parts.netloc}"}
        try:
            with urllib.request.urlopen(
                urllib.request.Request(self._url + path, body, headers), timeout=ASK_S
            ) as answer:
                whole: bytes = answer.read()
                return whole
        except (OSError, ValueError) as error:
            raise Bad(f"The page of virtual boards at {self._url} does not answer ({error}).") from error


def _nearest(pixel: Sequence[int], palette: Mapping[str, tuple[int, int, int]]) -> str:
    """The name of the colour whose parts are most as this one's."""

    def far(rgb: Sequence[int]) -> float:
        return max(abs(part / sum(pixel) - wanted / sum(rgb)) for part, wanted in zip(pixel, rgb, strict=True))

    return min(palette, key=lambda name: far(palette[name]))


def _seen(image: Image.Image, *, is_coloured: bool) -> str:
    """The colour of what is lit; white and black, where there is only that, by how much of it is."""
    raw = image.tobytes()
    pixels = [tuple(raw[i : i + 3]) for i in range(0, len(raw), 3 * SAMPLE)]
    if not is_coloured:
        share = sum(max(pixel) > LIT for pixel in pixels) / len(pixels)
        return "white" if share > ALL else "black" if share < NONE else f"only {100 * share:.0f} % of it lit"
    lightest = max(max(pixel) for pixel in pixels)
    lit = [pixel for pixel in pixels if max(pixel) > lightest / 2]
    if lightest < LIT:
        return "nothing"
    return _nearest([sum(parts) // len(lit) for parts in zip(*lit, strict=True)], SCREEN)
