"""One printer and the thread that serves it: its jobs in their order, each until it is on paper."""

import copy
import threading
from collections.abc import Callable
from zoneinfo import ZoneInfo

from PIL import Image

from edge import parts
from edge.floor import Floor, Slip
from edge.printing.line import DONE_S, Line, Lost
from edge.printing.slips import Look, draw
from edge.requests import ObserveOutside, ObserveSlip, Request
from edge.settings.tables import PrinterTable

AGAIN_S_MIN, AGAIN_S_MAX = 1.0, 15.0
LOOK_S = 15.0  # so often a printer without work is asked how it is
DUMB_S = 3.0  # instead of DONE_S, for one that has not answered in its turn


class Printer:
    """Lives from `start` to `stop`."""

    def __init__(self, table: PrinterTable, site: str, zone: ZoneInfo, tell: Callable[[Request], None]) -> None:
        self._table, self._site, self._zone, self._tell = table, site, zone, tell
        self._jobs: list[Slip] = []
        self._printed: set[str] = set()  # that the floor still holds: it may be behind
        self._broken: set[str] = set()  # in the middle
        self._why: str | None = None  # as told; None: nothing yet
        self._done_s = DONE_S
        self._came = threading.Condition()  # guards jobs, printed and broken
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"printer {table.name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def show(self, floor: Floor) -> None:
        with self._came:
            self._jobs = [copy.copy(slip) for slip in floor.slips.values() if slip.printer == self._table.name]
            self._printed &= floor.slips.keys()
            self._broken &= floor.slips.keys()
            self._came.notify()

    def stop(self) -> None:
        """Does not wait: a slip that is being printed is printed again at the next start."""
        self._stopping.set()
        with self._came:
            self._came.notify()

    def _run(self) -> None:
        again_s = AGAIN_S_MIN
        while not self._stopping.is_set():
            try:
                self._session()
            except Lost as lost:
                self._observe(str(lost))
                again_s = AGAIN_S_MIN if lost.answers else min(AGAIN_S_MAX, 2 * again_s)  # a new roll is soon there
                self._stopping.wait(again_s)
            else:
                again_s = AGAIN_S_MIN
                with self._came:
                    self._came.wait_for(lambda: self._stopping.is_set() or self._first(), LOOK_S)

    def _session(self) -> None:
        """One connection: all that waits."""
        with Line(self._table.at, self._table.dots) as line:
            line.ask_fit()
            while (slip := self._next()) and not self._stopping.is_set():
                self._print(line, slip)
                line.ask_fit()
            self._observe("")

    def _print(self, line: Line, slip: Slip) -> None:
        picture = self._picture(slip)
        try:
            in_turn = line.put(picture, self._done_s)
        except Lost as lost:
            with self._came:
                self._broken.add(slip.job)
            raise Lost(str(lost)) from lost  # whatever it answers: each try costs paper
        self._done_s = DONE_S if in_turn else DUMB_S
        with self._came:
            self._printed.add(slip.job)
            self._broken.discard(slip.job)
        self._tell(ObserveSlip(job=slip.job, by="rims"))
        self._observe("")

    def _picture(self, slip: Slip) -> Image.Image:
        try:
            font = parts.font()
        except parts.PartMissing as missing:
            raise Lost(str(missing).rstrip(".")) from missing
        look = Look(self._site, self._zone, self._table.dots, font)
        return draw(slip, look, again=slip.job in self._broken)

    def _next(self) -> Slip | None:
        with self._came:
            return self._first()

    def _first(self) -> Slip | None:
        return next((slip for slip in self._jobs if slip.job not in self._printed), None)

    def _observe(self, why: str) -> None:
        if why != self._why:
            self._why = why
            self._tell(ObserveOutside(name=self._table.name, sort="printer", why=why, by="rims"))
