"""The exchange rim: reads Asterisk's queue_log, whole or as it grows, into observations.

A line is `time|call|queue|agent|EVENT|data…` (Asterisk documentation, "Queue Logs"). A line that is none of the known is
counted, with the first few kept by number, and never stops the reading.
"""

import hashlib
import os
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from edge.core import Core, Failed, Outcome
from edge.requests import ObserveLine

SOURCE = "queue_log"
EXAMPLES_MAX = 5
FOLLOW_S = 0.2
REOPEN_S = 5.0  # by then the exchange writes to the file that took the place of the one put aside
AHEAD_MAX = 512  # lines in the core's hands at once

# What each event must name (c: call, q: queue, a: agent) and which of its data must be whole numbers.
EVENTS: dict[str, tuple[str, tuple[int, ...]]] = {
    "ENTERQUEUE": ("cq", ()),
    "CONNECT": ("cqa", (0,)),
    "COMPLETECALLER": ("cqa", (0, 1)),
    "COMPLETEAGENT": ("cqa", (0, 1)),
    "TRANSFER": ("cqa", (2, -3, -2)),
    "BLINDTRANSFER": ("cqa", (2, -3, -2)),
    "ATTENDEDTRANSFER": ("cqa", (-3, -2)),
    "ABANDON": ("cq", (2,)),
    "EXITWITHTIMEOUT": ("cq", (2,)),
    "EXITWITHKEY": ("cq", (3,)),
    "EXITEMPTY": ("cq", (2,)),
    "RINGNOANSWER": ("cqa", (0,)),
    "RINGCANCELED": ("cqa", (0,)),
    "ADDMEMBER": ("qa", ()),
    "REMOVEMEMBER": ("qa", ()),
    "PAUSE": ("qa", ()),
    "UNPAUSE": ("qa", ()),
    "PAUSEALL": ("a", ()),
    "UNPAUSEALL": ("a", ()),
    "QUEUESTART": ("", ()),
    "CONFIGRELOAD": ("", ()),
}


class Unreadable(ValueError):
    """Says what is wrong with a line."""


@dataclass
class Reading:
    """What came of a record: lines read, by event; what was unknown, malformed or out of order."""

    lines: int = 0
    events: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    malformed: int = 0
    out_of_order: int = 0
    examples: list[str] = field(default_factory=list)
    newest_ms: int = 0

    def note(self, number: int, what: str) -> None:
        if len(self.examples) < EXAMPLES_MAX:
            self.examples.append(f"line {number}: {what}")


def read(
    lines: Iterable[bytes],
    reading: Reading,
    *,
    target_s: int = 20,
    members: Mapping[str, str] | None = None,
) -> Iterator[ObserveLine]:
    """The observations of a whole record; `members` maps interface names to agents. What it cannot read it counts."""
    lane = ""
    for raw in lines:
        lane = lane or hashlib.sha256(raw.rstrip(b"\r\n")).hexdigest()[:8]
        reading.lines += 1
        line = _one(raw, lane, reading, target_s, members or {})
        if line:
            yield line


def _one(raw: bytes, lane: str, reading: Reading, target_s: int, members: Mapping[str, str]) -> ObserveLine | None:
    fields = raw.decode(errors="replace").rstrip("\r\n").split("|")
    if fields == [""]:
        return None
    try:
        at_ms = _time_ms(fields[0])
        if len(fields) < 5:
            raise Unreadable("cut short")
        event = fields[4]
        if event not in EVENTS:
            reading.unknown[event[:40]] += 1
            reading.note(reading.lines, f"unknown event {event[:40]!r}")
            return None
        _check(fields)
    except Unreadable as wrong:
        reading.malformed += 1
        reading.note(reading.lines, str(wrong))
        return None
    if at_ms < reading.newest_ms:
        reading.out_of_order += 1
        reading.note(reading.lines, "earlier than the line before")
    reading.newest_ms = max(reading.newest_ms, at_ms)
    reading.events[event] += 1
    return ObserveLine(
        source=SOURCE,
        lane=lane,
        number=reading.lines,
        at_ms=at_ms,
        event=event,
        call=fields[1],
        queue=fields[2],
        agent=members.get(fields[3], fields[3]),
        data=tuple(fields[5:]),
        target_s=target_s,
    )


def _time_ms(text: str) -> int:
    """Seconds since 1970, with or without a fraction."""
    seconds, _, fraction = text.partition(".")
    if not (seconds.isdecimal() and seconds.isascii() and len(seconds) <= 11):
        raise Unreadable("no time at its start")
    if fraction and not (fraction.isdecimal() and fraction.isascii()):
        raise Unreadable("no time at its start")
    return int(seconds) * 1000 + int((fraction + "000")[:3])


def _check(fields: list[str]) -> None:
    needs, numbers = EVENTS[fields[4]]
    for letter, index, name in (("c", 1, "call"), ("q", 2, "queue"), ("a", 3, "agent")):
        if letter in needs and fields[index] in ("", "NONE"):
            raise Unreadable(f"{fields[4]} without {name}")
    data = fields[5:]
    for index in numbers:
        text = data[index] if -len(data) <= index < len(data) else ""
        if not (text.isdecimal() and text.isascii() and len(text) <= 9):
            raise Unreadable(f"{fields[4]} with {text[:20]!r} where a number belongs")


class Follow:
    """Reads a growing queue_log into the core until `stop`; starts anew when the file was rotated."""

    def __init__(
        self,
        core: Core,
        path: Path,
        *,
        target_s: int = 20,
        members: Mapping[str, str] | None = None,
    ) -> None:
        self.reading = Reading()
        self._core, self._path, self._target_s, self._members = (
            core,
            path,
            target_s,
            members,
        )
        self._stopping = threading.Event()
        self._ahead = threading.Semaphore(AHEAD_MAX)
        self._failed = threading.Event()
        self._order = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="exchange", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(timeout=2)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.reading, self._failed = Reading(), threading.Event()
            if self._path.exists():
                with self._path.open("rb") as file:
                    for line in read(
                        self._lines(file),
                        self.reading,
                        target_s=self._target_s,
                        members=self._members,
                    ):
                        self._ahead.acquire()
                        if not self._put(line):
                            break
            self._stopping.wait(FOLLOW_S)

    def _put(self, line: ObserveLine) -> bool:
        """False when a line before it was not kept: the record is then read again from its start, and what is known is skipped."""
        with self._order:
            if self._failed.is_set():
                self._ahead.release()
                return False
            self._core.put(line, self._done)
            return True

    def _done(self, outcome: Outcome) -> None:
        self._ahead.release()
        if isinstance(outcome, Failed):
            with self._order:  # what was put before is behind the failure, and fails with it; nothing is put after
                self._failed.set()

    def _lines(self, file: BinaryIO) -> Iterator[bytes]:
        """Whole lines, as they come; ends when the file was replaced, or a line was not kept and must be read again.

        The exchange writes to the file that was put aside until it has opened the new one.
        """
        rest, replaced_s = b"", 0.0
        while not (self._stopping.is_set() or self._failed.is_set()):
            raw = file.readline()
            if raw.endswith(b"\n"):
                yield rest + raw
                rest = b""
            elif raw:
                rest += raw
            elif _is_cut(file) or (replaced_s and time.monotonic() - replaced_s > REOPEN_S):
                return
            else:
                replaced_s = replaced_s or (time.monotonic() if self._is_replaced(file) else 0.0)
                time.sleep(FOLLOW_S)

    def _is_replaced(self, file: BinaryIO) -> bool:
        try:
            return not os.path.samestat(self._path.stat(), os.fstat(file.fileno()))
        except FileNotFoundError:
            return False


def _is_cut(file: BinaryIO) -> bool:
    """Shorter than what was read: its lines were taken out, and it grows from its start again."""
    return os.fstat(file.fileno()).st_size < file.tell()
