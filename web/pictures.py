"""What all pages show, painted once for all of them at each change of the web's replica of the floor."""

import threading
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from edge import clock, lines
from edge.boards import board_page
from edge.books import Books, Wanted
from edge.books.adherence import with_plans
from edge.clock import now_ms
from edge.facts import Fact, ShiftPlanned
from edge.figures import MINUTE_MS, local_day
from edge.floor import Floor
from edge.gains import Planned, Spell
from edge.hall import hall_page
from edge.replica import Replica
from edge.settings import Settings
from edge.views import floor_page

Seen = TypeVar("Seen")
GAP_S_MIN = 0.1  # between two pictures
AHEAD_MS = 2_000  # of the machine's clock: less is nobody's concern
CLOCK = "The machine's clock was set back: the floor's time is up to {} min ahead of it, and gets even by itself."
SHARE_MAX = 0.1  # of the time goes into painting: on a very large floor pictures come more slowly


class Picture(NamedTuple):
    """What all pages show: views.floor_page, and boards.board_page with hall.hall_page of each board; all with `site` and with
    `away_ms`: when the core was last heard, None while it is there. The second of each pair is the first as JSON."""

    number: int
    floor: tuple[dict[str, Any], bytes]
    boards: dict[str, tuple[dict[str, Any], bytes]]


class Pictures:
    """Lives from `start` to `stop`; `picture` and `wait` from any thread."""

    def __init__(self, settings: Settings, state: Path) -> None:
        self._settings = settings
        self._floor = Floor()
        self._day, self._minute = (0, 0), 0
        self._plans: list[Planned] = []  # of today
        self._copy = Floor()  # for the books, which are read while the floor goes on
        self._away_ms: int | None = now_ms()
        self._changed = threading.Condition()
        self._replica = Replica(state, self)
        self.picture = Picture(0, ({}, b"{}"), {})
        self._paint()

    @property
    def stopped(self) -> bool:
        return self._replica.stopped

    def start(self) -> None:
        self._replica.start()

    def stop(self) -> None:
        self._replica.stop()
        with self._changed:
            self._changed.notify_all()

    def wait(self, known: int, timeout_s: float) -> Picture:
        """The newest picture, as soon as it is another than `known`; at the latest after `timeout_s`."""
        with self._changed:
            self._changed.wait_for(lambda: self.picture.number != known or self.stopped, timeout_s)
            return self.picture

    def look(self, view: Callable[[Floor, int, tuple[int, int]], Seen]) -> Seen:
        """What `view(floor, now_ms, day)` sees; the floor is its only while it looks."""
        with self._replica.lock:
            return view(self._floor, now_ms(), self._day)

    def reach(self, seq: int, timeout_s: float) -> bool:
        """Wait until the web has seen the journal up to there; False if it has not by then."""
        end_s = time.monotonic() + timeout_s
        while self._floor.seq < seq:
            rest_s = end_s - time.monotonic()
            if rest_s <= 0 or self.stopped:
                return False
            self.wait(self.picture.number, min(rest_s, GAP_S_MIN))
        return True

    def history(self, contact: str) -> tuple[list[Spell], bool]:
        """All states that a contact was in, in order, and whether it is over; none of one that is not known."""
        none: tuple[list[Spell], bool] = ([], False)
        return self._replica.look_up(lambda derived: (derived.spells(contact), derived.is_over(contact)), none)

    def closed(self, label: str, from_ms: int) -> str:
        """The contact that had that label since then and is over; "" if none did."""
        return self._replica.look_up(lambda derived: derived.closed(label, from_ms), "")

    def books(self, view: Callable[[Books], Seen], queues: Collection[str] | None, wanted: Wanted) -> Seen | None:
        """What `view` makes of the books as they stand now, as somebody sees them; None while there is no journal."""
        with self._replica.lock:
            is_known = self._copy.seq == self._floor.seq
            packed = b"" if is_known else msgspec.msgpack.encode(self._floor)
        if not is_known:
            self._copy = msgspec.msgpack.decode(packed, type=Floor)
        floor, now = self._copy, now_ms()
        return self._replica.look_up(lambda derived: view(Books(floor, derived, now, queues, wanted)), None)

    # A replica.Reader

    def load(self, floor: Floor, noted_ms: int) -> None:
        self._floor = floor
        self._look_up_plans()
        if self._away_ms is not None:
            self._away_ms = noted_ms or self._away_ms
        self._paint()

    def show(self, floor: Floor, facts: Sequence[Fact], *, heard: bool) -> None:
        start, end = self._day
        turned = not start <= now_ms() < end
        if turned or any(isinstance(fact, ShiftPlanned) for fact in facts):
            self._look_up_plans()
        if facts or turned or (heard and self._away_ms is not None):
            began_s = time.monotonic()
            self._away_ms = None
            self._paint()
            self._replica.rest(max(GAP_S_MIN, (time.monotonic() - began_s) / SHARE_MAX))
        elif heard and now_ms() // MINUTE_MS != self._minute:
            self._paint()  # what is of the last so many minutes, and what is planned
        elif heard:
            self._paint_boards()

    def away(self) -> None:
        if self._away_ms is None:
            self._away_ms = now_ms()
            self._paint()

    def _look_up_plans(self) -> None:
        day, none = local_day(now_ms(), self._settings.zone), list[Planned]()
        self._plans = self._replica.look_up(lambda derived: derived.plans(*day), none)

    def _paint(self) -> None:
        now = now_ms()
        self._day, self._minute = local_day(now, self._settings.zone), now // MINUTE_MS
        floor = floor_page(self._floor, now, self._day) | self._truth()
        floor = with_plans(floor, self._floor, self._plans, now)
        if (ahead_ms := clock.ahead_ms()) > AHEAD_MS:
            floor["alarms"] = [CLOCK.format(-(-ahead_ms // MINUTE_MS)), *floor["alarms"]]
        for queue in floor["queues"]:
            door = lines.door(self._floor, self._floor.queues[queue["queue"]], now, self._day)
            queue["door"] = {name: door[name] for name in ("shut", "why_not", "closes_ms", "can_serve")}
        self._set((floor, msgspec.json.encode(floor)), self._boards(now))

    def _paint_boards(self) -> None:
        """What goes by time alone: a wait that passes its target."""
        boards = self._boards(now_ms())
        if boards != self.picture.boards:
            self._set(self.picture.floor, boards)

    def _boards(self, now: int) -> dict[str, tuple[dict[str, Any], bytes]]:
        pages = {
            b.board: board_page(self._floor, b, now, self._day) | hall_page(self._floor, b, now) | self._truth()
            for b in self._floor.boards.values()
        }
        return {name: (page, msgspec.json.encode(page)) for name, page in pages.items()}

    def _truth(self) -> dict[str, Any]:
        return {"site": self._settings.site, "away_ms": self._away_ms}

    def _set(self, floor: tuple[dict[str, Any], bytes], boards: dict[str, tuple[dict[str, Any], bytes]]) -> None:
        with self._changed:
            self.picture = Picture(self.picture.number + 1, floor, boards)
            self._changed.notify_all()
