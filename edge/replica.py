"""A replica of the floor, in another process than the core: follows the journal and folds its facts with the same `apply`."""

import json
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Protocol, TypeVar

from edge import clock
from edge.derived import Derived
from edge.facts import Fact
from edge.floor import Floor
from edge.fold import apply
from edge.journal import Journal

AGAIN_S = 0.5  # between two tries to reach the core
LOOK_S = 0.25  # between two looks at whether to stop
SILENT_S = 5.0  # a core that says nothing for so long hangs: it speaks once a second
NEWS_BYTES = 64 * 1024


Found = TypeVar("Found")


class Reader(Protocol):
    """Called in the replica's own thread."""

    def load(self, floor: Floor, noted_ms: int) -> None:
        """The whole floor, new to us or put back from elsewhere; it is the reader's own until the next call. `noted_ms` is when its
        last fact was recorded, 0 without one."""

    def show(self, floor: Floor, facts: Sequence[Fact], *, heard: bool) -> None:
        """Facts that were folded into it since; often none. `heard`: the core has just spoken, so that this is the present."""

    def away(self) -> None:
        """The core does not answer; said again at each try."""


class Replica:
    """Lives from `start` to `stop`."""

    def __init__(self, state: Path, reader: Reader) -> None:
        self._path, self._door, self._reader = state / "journal.db", state / "core.sock", reader
        self._floor = Floor()
        self._journal: Journal | None = None
        self._inode = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="replica", daemon=True)
        self.lock = threading.Lock()  # held while the floor changes: for a reader's other threads

    @property
    def stopped(self) -> bool:
        return self._stopping.is_set()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()

    def join(self) -> None:
        """Until its reader is called no more."""
        self._thread.join(SILENT_S)

    def rest(self, wait_s: float) -> None:
        """For a reader that wants less often to be shown the floor."""
        self._stopping.wait(wait_s)

    def look_up(self, view: Callable[[Derived], Found], none: Found) -> Found:
        """What stands in the journal's tables, from any thread; `none` while there is no journal."""
        try:
            journal = Journal(self._path, read_only=True)
        except sqlite3.OperationalError:
            return none
        with closing(journal):
            return view(journal.derived)

    def _run(self) -> None:
        while not self.stopped:
            try:
                self._load()
                self._follow()
            except (OSError, sqlite3.OperationalError):
                self._reader.away()
            self._stopping.wait(AGAIN_S)

    def _load(self) -> None:
        """The whole journal, when it is new to us or was put back from elsewhere."""
        inode = self._path.stat().st_ino
        if self._journal is not None and inode == self._inode:
            return
        self._forget()
        journal = Journal(self._path, read_only=True)
        try:
            self._floor = journal.load()
        except sqlite3.OperationalError:  # it is being made this moment
            journal.close()
            raise
        self._journal, self._inode = journal, inode
        noted_ms = journal.last_noted_ms()
        clock.not_before(noted_ms)
        self._reader.load(self._floor, noted_ms)

    def _forget(self) -> None:
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def _follow(self) -> None:
        """Until the core is gone (OSError) or we stop."""
        with socket.socket(socket.AF_UNIX) as door:
            door.settimeout(LOOK_S)
            door.connect(str(self._door))
            door.sendall(b'{"follow":true}\n')
            news = bytearray()
            greeted, heard_s = False, time.monotonic()
            while not self.stopped:
                seq = _newest(door, news)
                if seq is not None:
                    heard_s = time.monotonic()
                elif time.monotonic() - heard_s > SILENT_S:
                    raise ConnectionResetError("the core accepts and says nothing")
                if seq is not None and not greeted:
                    greeted = True
                    if seq < self._floor.seq:  # another journal, under the old one's name
                        self._forget()
                        return
                self._reader.show(self._floor, self._catch_up() if seq is not None else (), heard=seq is not None)

    def _catch_up(self) -> list[Fact]:
        assert self._journal is not None
        rows = list(self._journal.read(self._floor.seq))
        if rows:
            clock.not_before(rows[-1][1])
        facts = [fact for _, _, fact in rows]
        with self.lock:
            for fact in facts:
                apply(self._floor, fact)
            self._floor.gains.clear()
            self._floor.touched.clear()
        return facts


def _newest(door: socket.socket, news: bytearray) -> int | None:
    """The newest seq told, None if nothing was. ConnectionError when the core is gone; `news` keeps a line that has only begun."""
    try:
        piece = door.recv(NEWS_BYTES)
    except TimeoutError:
        return None
    if not piece:
        raise ConnectionResetError("the core closed the connection")
    news += piece
    *lines, rest = bytes(news).split(b"\n")
    news[:] = rest
    return int(json.loads(lines[-1])["seq"]) if lines else None
