"""Ticket numbers, noted ahead in a file beside the journal: a journal that is put back from a backup does not know what was given
out since."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from edge.facts import Fact, QueueOpened, TicketIssued
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
        self._ends: dict[str, int] = {}  # the last number of each queue's range

    def note(self, seq: int, batch: Sequence[Fact]) -> None:
        """Before the batch is committed, which reaches `seq`. OSError if the file cannot be written."""
        self._ends |= {fact.queue: fact.last for fact in batch if isinstance(fact, QueueOpened)}
        known = dict(self._file.queues) if self._file else {}
        news = False
        for fact in batch:
            if isinstance(fact, TicketIssued) and self._is_new(known.get(fact.queue), fact.queue, fact.number):
                known[fact.queue] = Noted(self._upto(fact.queue, fact.number, AHEAD), fact.at_ms)
                news = True
        if news:
            self._write(_File(self._own, seq, known))

    def leave(self, seq: int) -> None:
        """At an orderly end."""
        if self._file:
            self._write(_File(self._own, seq, self._file.queues))

    def _is_new(self, noted: Noted | None, queue: str, number: int) -> bool:
        """Beyond what is noted, of another round, or the first since the start: the round may be another one than the noted."""
        last = self._last.get(queue)
        self._last[queue] = number
        return noted is None or last is None or number < last or number > noted.upto

    def _write(self, file: _File) -> None:
        new = self._path.with_suffix(".new")
        with new.open("wb") as out:
            out.write(msgspec.json.encode(file))
            out.flush()
            os.fsync(out.fileno())
        new.replace(self._path)
        self._file = file

    def _upto(self, queue: str, number: int, ahead: int) -> int:
        """So far ahead, but never beyond the half of what the queue has left: else it had none to give out any more."""
        return number + min(ahead, max(1, (self._ends.get(queue, number + 2 * ahead) - number) // 2))

    def skips(self, floor: Floor, now_ms: int) -> list[SkipNumbers]:
        """What to ask at a start, if this is not the journal that was left."""
        self._ends = {queue.queue: queue.last for queue in floor.queues.values()}
        if self._file is None:
            given = [q for q in floor.queues.values() if q.number]
            far = [(q.queue, self._upto(q.queue, q.number, BLIND), q.numbered_ms) for q in given]
        elif self._file.journal == self._own and self._file.seq <= floor.seq:
            return []
        else:
            far = [(queue, noted.upto, noted.at_ms) for queue, noted in self._file.queues.items()]
        today = day_number(floor.timezone, now_ms)  # of another day's numbers none can come again
        return [
            SkipNumbers(queue=queue, number=upto, at_ms=now_ms, by="site")
            for queue, upto, at_ms in far
            if queue in floor.queues
            and (floor.queues[queue].period == "continuous" or day_number(floor.timezone, at_ms) == today)
        ]
