"""Who presses and looks: a technician at a terminal, or for a virtual board the page of its box, by HTTP.

Each gives "" where all was as it should be, else what was seen, as the end of a sentence.
"""

import contextlib
import os
import select
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from flash.acceptance import turns
from flash.acceptance.result import Bad

COLOURS: Mapping[str, tuple[int, int, int]] = {  # as the firmware's self-test shows them on a lamp
    "red": (48, 0, 0),
    "green": (0, 48, 0),
    "blue": (0, 0, 48),
    "white": (48, 48, 48),
}
PATIENCE_S = 60.0
SHOWN_S = 1.0  # each colour to a technician
NOBODY = (
    "Nobody is here to press and look: start it on a terminal, or for a virtual board name its page with --hands URL."
)
Show = Callable[[str], object]


class Hands(Protocol):
    patience_s: float  # for a press
    answered_ms: int | None  # from a press to the lamp, where it could be measured

    def turn(self) -> contextlib.AbstractContextManager[None]:
        """For all that a test asks: boards of a batch ask the same technician."""

    def press(self, key: str) -> None:
        """Down and up; a technician is asked for it."""

    def lamp(self, show: Show) -> str:
        """Of COLOURS, each shown by `show(name)`."""

    def picture(self, show: Show, colours: Sequence[str]) -> str:
        """The whole of a screen in each of these."""

    def sound(self, play: Callable[[], Sequence[int]]) -> str:
        """`play` gives the tones in Hz."""

    def answer(self, *, lit: bool) -> str:
        """After a press: whether the lamp's seventh pixel shows that help is called, and no longer that the press waits."""


class Technician:
    """At /dev/tty. `lock` is the file of whose turn it is."""

    patience_s = PATIENCE_S
    answered_ms: int | None = None

    def __init__(self, name: str, lock: Path) -> None:
        self._name, self._lock = name, lock

    def turn(self) -> contextlib.AbstractContextManager[None]:
        return turns.taken(self._lock)

    def press(self, key: str) -> None:
        with _Terminal() as line:
            self._say(line, f"Press and let go: {key.upper()}")

    def lamp(self, show: Show) -> str:
        return self._seen(show, tuple(COLOURS), "the whole lamp")

    def picture(self, show: Show, colours: Sequence[str]) -> str:
        return self._seen(show, colours, "the whole screen")

    def _seen(self, show: Show, colours: Sequence[str], what: str) -> str:
        with _Terminal() as line:
            self._say(line, f"Look at {what}: {', '.join(colours)}.")
            for colour in colours:
                show(colour)
                time.sleep(SHOWN_S)
            return "" if self._yes(line, f"Did {what} show {', '.join(colours)}, in that order?") else "it did not"

    def sound(self, play: Callable[[], Sequence[int]]) -> str:
        with _Terminal() as line:
            self._say(line, "Listen.")
            play()
            return "" if self._yes(line, "Did it ring with two tones, the second one lower?") else "it did not"

    def answer(self, *, lit: bool) -> str:
        what = "Does the seventh pixel of the lamp glow magenta" if lit else "Has the seventh pixel gone out"
        with _Terminal() as line:
            return (
                "" if self._yes(line, f"{what}, and is the sixth one dark?") else "it does not" if lit else "it has not"
            )

    def _say(self, line: "_Terminal", text: str) -> None:
        line.write(f"{self._name}: {text}\n")

    def _yes(self, line: "_Terminal", text: str) -> bool:
        end = time.monotonic() + PATIENCE_S
        while True:
            line.forget()  # an answer to what was asked before
            line.write(f"{self._name}: {text} y/n ")
            said = line.read(end - time.monotonic()).strip().lower()
            if said in ("y", "yes", "n", "no"):
                return said.startswith("y")


class _Terminal:
    """A context. Bad if there is none, or nobody answers."""

    def __enter__(self) -> "_Terminal":
        try:
            self._file = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
        except OSError as error:
            raise Bad(NOBODY) from error
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def forget(self) -> None:
        """What was typed before."""
        termios.tcflush(self._file, termios.TCIFLUSH)

    def write(self, text: str) -> None:
        os.write(self._file, text.encode())

    def read(self, timeout_s: float) -> str:
        if not select.select([self._file], [], [], max(0.0, timeout_s))[0]:
            self.write("\n")
            raise Bad(f"Nobody answered within {PATIENCE_S:.0f} s: do it again, with eyes on the board.")
        return os.read(self._file, 1024).decode(errors="replace")


def of(url: str, port: str, name: str, lock: Path) -> Hands:
    """Bad if no board of the page has this serial port."""
    if not url:
        return Technician(name, lock)
    from flash.acceptance.page import Page

    return Page(url, port)


def told(rows: Sequence[tuple[str, Any]]) -> str:
    """[("red", "green")]: "green when red was shown"."""
    if len(rows) > 1 and len({seen for _, seen in rows}) == 1:
        return f"{rows[0][1]} when {' or '.join(asked for asked, _ in rows)} was shown"
    return ", ".join(f"{seen} when {asked} was shown" for asked, seen in rows)
