"""Ticket numbers, noted ahead in a file beside the journal: a journal that is put back from a backup does not know what was given
out since."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec

from edge.facts import Fact, TicketIssued
from edge.floor import Floor
from edge.hours import day_number
from edge.requests import SkipNumbers

AHEAD = 50  # so many are noted at once; a floor that was put back leaves at most so many out
BLIND = 100  # left out where there is no file


class Noted(NamedTuple):
    upto: int
    at_ms: int  # of the ticket that reached so far


class _File(msgspec.Struct):
    journal: tuple[int, int]  # which one was written: its own id, and its inode
    seq: int  # that it had reached
    queues: dict[str, Noted]


class Numbers:
    """The file beside one journal."""

    def __init__(self, journal: Path, id: int) -> None:
        self._path, self._own = journal.with_name("numbers.json"), (id, journal.stat().st_ino)
        self._file: _File | None = None
        try:
            self._file = msgspec.json.decode(self._path.read_bytes(), type=_File)
        except FileNotFoundError:
            pass
        self._last: dict[str, int] = {}

    def note(self, seq: int, batch: Iterable[Fact]) -> None:
        """Before the batch is committed, which reaches `seq`. OSError if the file cannot be written."""
        ahead = {
            fact.queue: Noted(fact.number + AHEAD, fact.at_ms)
            for fact in batch
            if isinstance(fact, TicketIssued) and self._is_new(fact.queue, fact.number)
        }
        if ahead:
            known = self._file.queues if self._file else {}
            self._write(_File(self._own, seq, known | ahead))

    def leave(self, seq: int) -> None:
        """At an orderly end."""
        if self._file:
            self._write(_File(self._own, seq, self._file.queues))

    def _is_new(self, queue: str, number: int) -> bool:
        """Beyond what is noted, or of another round."""
        last = self._last.get(queue, 0)
        self._last[queue] = number
        return number < last or self._file is None or number > self._file.queues.get(queue, Noted(-1, 0)).upto

    def _write(self, file: _File) -> None:
        new = self._path.with_suffix(".new")
        with new.open("wb") as out:
            out.write(msgspec.json.encode(file))
            out.flush()
            os.fsync(out.fileno())
        new.replace(self._path)
        self._file = file

    def skips(self, floor: Floor, now_ms: int) -> list[SkipNumbers]:
        """What to ask at a start, if this is not the journal that was left."""
        if self._file is None:
            given = [q for q in floor.queues.values() if q.number]
            far = [(q.queue, q.number + min(BLIND, max(1, (q.last - q.number) // 2)), q.numbered_ms) for q in given]
        elif self._file.journal == self._own and self._file.seq <= floor.seq:
            return []
        else:
            far = [(queue, noted.upto, noted.at_ms) for queue, noted in self._file.queues.items()]
        today = day_number(floor.timezone, now_ms)
        return [
            SkipNumbers(queue=queue, number=upto, at_ms=now_ms, by="site")
            for queue, upto, at_ms in far
            if queue in floor.queues
            and (floor.queues[queue].period == "continuous" or day_number(floor.timezone, at_ms) == today)
        ]
