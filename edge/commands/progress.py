"""How far a command is that takes long: a bar where somebody looks on, lines where not; on standard error."""

import time
from types import TracebackType
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from edge.commands.house import say

QUARTERS = 4


class Telling(Protocol):
    """What a long command says on its way."""

    def step(self, name: str) -> None: ...

    def at(self, fraction: float) -> None: ...


class Steps:
    """A context: `step` begins the next thing, `at` says how far it is, from 0 to 1. `seconds` is how long each took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        self._bars = Progress(*columns, console=console) if console.is_terminal else None
        self._name, self._began, self._told = "", 0.0, 0

    def __enter__(self) -> "Steps":
        if self._bars:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(is_done=error is None)
        if self._bars:
            self._bars.stop()

    def step(self, name: str) -> None:
        self._end(is_done=True)
        self._name, self._began, self._told = name, time.monotonic(), 0
        if self._bars:
            self._task = self._bars.add_task(name, total=None)
        else:
            say(f"{name} …")

    def at(self, fraction: float) -> None:
        if self._bars:
            self._bars.update(self._task, total=1.0, completed=fraction)
        elif int(fraction * QUARTERS) > self._told:
            self._told = int(fraction * QUARTERS)
            say(f"{self._name}: {100 * self._told // QUARTERS} %")

    def _end(self, *, is_done: bool) -> None:
        if not self._name:
            return
        self.seconds[self._name] = round(time.monotonic() - self._began, 1)
        if self._bars:
            if is_done:
                self._bars.update(self._task, total=1.0, completed=1.0)
            self._bars.stop_task(self._task)
        self._name = ""
