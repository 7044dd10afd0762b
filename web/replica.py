"""The web's own replica of the floor: follows the journal, and paints each change once for all pages."""

import json
import socket
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from edge.boards import board_page
from edge.figures import local_day
from edge.floor import Floor
from edge.fold import apply
from edge.journal import Journal
from edge.settings import Settings
from edge.views import floor_page

AGAIN_S = 0.5  # between two tries to reach the core
LOOK_S = 0.25  # between two looks at the calendar and at whether to stop
SILENT_S = 5.0  # a core that says nothing for so long hangs: it speaks once a second
GAP_S_MIN = 0.1  # between two pictures
SHARE_MAX = 0.1  # of the time goes into painting: on a very large floor pictures come more slowly
NEWS_BYTES = 64 * 1024


class Picture(NamedTuple):
    """What all pages show: views.floor_page and boards.board_page of each board, both with `site` and with `away_ms`: when the core
    was last heard, None while it is there. The second of each pair is the first as JSON."""

    number: int
    floor: tuple[dict[str, Any], bytes]
    boards: dict[str, tuple[dict[str, Any], bytes]]


class Replica:
    """Lives from `start` to `stop`; `picture` and `wait` from any thread."""

    def __init__(self, settings: Settings, state: Path) -> None:
        self._settings, self._path, self._door = settings, state / "journal.db", state / "core.sock"
        self._floor = Floor()
        self._journal: Journal | None = None
        self._inode = 0
        self._day = (0, 0)
        self._away_ms: int | None = now_ms()
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self.picture = Picture(0, ({}, b"{}"), {})
        self._paint()

    @property
    def stopped(self) -> bool:
        return self._stopping.is_set()

    def start(self) -> None:
        threading.Thread(target=self._run, name="replica", daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()

    def wait(self, known: int, timeout_s: float) -> Picture:
        """The newest picture, as soon as it is another than `known`; at the latest after `timeout_s`."""
        with self._changed:
            self._changed.wait_for(lambda: self.picture.number != known or self.stopped, timeout_s)
            return self.picture

    def _run(self) -> None:
        while not self.stopped:
            try:
                self._load()
                self._follow()
            except (OSError, sqlite3.OperationalError):
                self._core_is_away()
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
        if self._away_ms is not None:
            self._away_ms = journal.last_noted_ms() or self._away_ms
        self._paint()

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
                self._catch_up(news=seq is not None)

    def _catch_up(self, *, news: bool) -> None:
        start, end = self._day
        turned = not start <= now_ms() < end
        if not news and not turned:
            return
        began_s, seq = time.monotonic(), self._floor.seq
        assert self._journal is not None
        for _, _, fact in self._journal.read(seq):
            apply(self._floor, fact)
        self._floor.deltas.clear()
        self._floor.touched.clear()
        if self._floor.seq != seq or turned or self._away_ms is not None:
            self._away_ms = None
            self._paint()
            self._stopping.wait(max(GAP_S_MIN, (time.monotonic() - began_s) / SHARE_MAX))
        else:
            self._paint_boards()

    def _core_is_away(self) -> None:
        if self._away_ms is None:
            self._away_ms = now_ms()
            self._paint()

    def _paint(self) -> None:
        now = now_ms()
        self._day = local_day(now, self._settings.zone)
        floor = floor_page(self._floor, now, self._day) | self._truth()
        self._set((floor, msgspec.json.encode(floor)), self._boards(now))

    def _paint_boards(self) -> None:
        """What goes by time alone: a wait that passes its target."""
        boards = self._boards(now_ms())
        if boards != self.picture.boards:
            self._set(self.picture.floor, boards)

    def _boards(self, now: int) -> dict[str, tuple[dict[str, Any], bytes]]:
        pages = {
            b.board: board_page(self._floor, b, now, self._day) | self._truth() for b in self._floor.boards.values()
        }
        return {name: (page, msgspec.json.encode(page)) for name, page in pages.items()}

    def _truth(self) -> dict[str, Any]:
        return {"site": self._settings.site, "away_ms": self._away_ms}

    def _set(self, floor: tuple[dict[str, Any], bytes], boards: dict[str, tuple[dict[str, Any], bytes]]) -> None:
        with self._changed:
            self.picture = Picture(self.picture.number + 1, floor, boards)
            self._changed.notify_all()


def now_ms() -> int:
    return time.time_ns() // 1_000_000


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
