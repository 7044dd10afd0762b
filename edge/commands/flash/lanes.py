"""How far each of several boards is: a live table where somebody looks on, lines where not; on standard error."""

import threading
import time
from collections.abc import Iterator, Sequence
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from edge.commands.house import say
from flash import program

REFRESH_A_SECOND = 4
WIDTH = 10  # of a bar, in characters
NAMES = {"device": 10, "port": 12}


class Lane:
    """One board. Its thread says where it is, as with `progress.Steps`."""

    def __init__(self, port: str, is_seen: bool) -> None:
        self.port, self.name, self.is_seen = port, "", is_seen  # in a live table
        self._now, self._fraction, self._has_failed = "", 0.0, False
        self._began = time.monotonic()
        self._ended = 0.0

    def step(self, name: str) -> None:
        program.check()
        self._now, self._fraction = name, 0.0
        self.say(name)

    def at(self, fraction: float) -> None:
        self._fraction = fraction

    def say(self, text: str) -> None:
        if not self.is_seen:
            say(f"{self.name or self.port}: {text}")
        elif self._now:
            self._now = text

    def end(self, said: str, *, failed: bool = False) -> None:
        self._now, self._fraction, self._has_failed = said, 0.0, failed
        self._ended = time.monotonic()
        if not self.is_seen:
            say(f"{self.name or self.port}: {said}")

    def row(self) -> tuple[str, str, Text, str, str]:
        bar = "━" * round(self._fraction * WIDTH)
        seconds = (self._ended or time.monotonic()) - self._began
        style = "red" if self._has_failed else "green" if self._ended else "default"
        return self.name, self.port.removeprefix("rfc2217://"), Text(self._now, style), bar, f"{seconds:.0f} s"


class Lanes:
    """A context with a lane for each port."""

    def __init__(self, ports: Sequence[str]) -> None:
        console = Console(stderr=True)
        self._lanes = {port: Lane(port, console.is_terminal) for port in ports}
        self._live = Live(console=console, auto_refresh=False) if console.is_terminal else None
        self._over = threading.Event()

    def __enter__(self) -> "Lanes":
        if self._live:
            self._live.start()
            self._thread = threading.Thread(target=self._refresh, name="table", daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._over.set()
            self._thread.join()
            self._live.update(self._table(), refresh=True)
            self._live.stop()
        for lane in self._lanes.values():  # what is done after that is said in lines
            lane.is_seen = False

    def __iter__(self) -> Iterator[Lane]:
        return iter(self._lanes.values())

    def __getitem__(self, port: str) -> Lane:
        return self._lanes[port]

    def _refresh(self) -> None:
        assert self._live
        while not self._over.wait(1 / REFRESH_A_SECOND):
            self._live.update(self._table(), refresh=True)

    def _table(self) -> Table:
        table = Table(box=None, pad_edge=False)
        for name in ("device", "port"):
            table.add_column(name, no_wrap=True, min_width=NAMES[name])
        table.add_column("now", ratio=1, no_wrap=True, overflow="ellipsis")
        table.add_column("", width=WIDTH)
        table.add_column("time", justify="right", width=6)
        for lane in self._lanes.values():
            table.add_row(*lane.row())
        return table
