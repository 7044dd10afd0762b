"""`floorboard rims`: the outside worlds that may be slow, dead or cut off, in a process of their own beside the core.

It follows the journal as the web does, turns the floor into lights, signs, slips and messages, and tells the core what it sees.
"""

import argparse
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from edge.asking import Asking, Away, Unsure
from edge.commands import command, places
from edge.commands.serving import living
from edge.facts import Fact
from edge.floor import Floor
from edge.replica import Replica
from edge.requests import Request
from edge.settings import Settings

Done = Callable[[dict[str, Any]], object]
AGAIN_S = 1.0  # between two tries to tell the core
BUG = 70  # EX_SOFTWARE of sysexits.h


class Rim(Protocol):
    """One outside world. `show` is called in the replica's thread and must not block; its own waiting it does in its own."""

    def start(self) -> None: ...

    def show(self, floor: Floor, facts: Sequence[Fact]) -> None:
        """The floor, at each change and once a second; what is kept of it must be copied."""

    def stop(self) -> None: ...


class Telling:
    """What the rims observe, told to the core in order, again and again until it has taken it. Any thread may call `tell`."""

    def __init__(self, state: Path) -> None:
        self._core = Asking(state)
        self._waiting: deque[tuple[Request, Done | None]] = deque()
        self._came = threading.Condition()

    def start(self) -> None:
        threading.Thread(target=self._run, name="telling", daemon=True).start()

    def tell(self, request: Request, done: Done | None = None) -> None:
        """`done` is called, in a thread of ours, with the core's answer once it has decided."""
        with self._came:
            self._waiting.append((request, done))
            self._came.notify()

    def _run(self) -> None:
        while True:
            with self._came:
                self._came.wait_for(lambda: self._waiting)
            request, done = self._waiting[0]
            if answer := self._told(request):
                self._waiting.popleft()
                if done:
                    done(answer)
            else:
                time.sleep(AGAIN_S)

    def _told(self, request: Request) -> dict[str, Any] | None:
        """The core's answer, None if it must be told again: an observation is decided once, however often it comes."""
        try:
            answer = self._core.ask(request)
        except (Away, Unsure):
            return None
        if why := answer.get("nonsense") or answer.get("refused"):
            raise ValueError(f"the core does not take {request}: {why}")
        return answer if "facts" in answer else None


class Rims:
    """A replica.Reader that shows the floor to each rim."""

    def __init__(self, rims: Sequence[Rim]) -> None:
        self._rims = rims

    def load(self, floor: Floor, noted_ms: int) -> None:
        """It may be old: the core is heard in a moment."""

    def show(self, floor: Floor, facts: Sequence[Fact], *, heard: bool) -> None:
        if heard:
            for rim in self._rims:
                rim.show(floor, facts)

    def away(self) -> None:
        """What stands outside goes stale by itself: whoever wants to know that has a beat of ours."""


def add(commands: Any) -> None:
    rims = command(
        commands,
        "rims",
        "Run the rims alone: stack lights, signs, printers, the cloud (serve does it for you).",
        "floorboard rims --state /var/lib/floorboard",
    )
    places(rims)
    rims.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    settings = living(args.site, args.state)
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # before any thread is made: they wait for `sigwait`
    threading.excepthook = _end
    telling = Telling(args.state)
    rims = list(_rims(settings, args.state, telling))
    replica = Replica(args.state, Rims(rims))
    telling.start()
    for rim in rims:
        rim.start()
    replica.start()
    signal.sigwait(ends)
    replica.stop()
    replica.join()
    for rim in rims:
        rim.stop()
    return 0


def _rims(settings: Settings, state: Path, telling: Telling) -> Iterator[Rim]:
    """Those that the site has. Each is imported only where it is wanted."""
    if settings.light or settings.sign or settings.modbus:
        from edge.building import Building

        yield Building(settings, telling.tell)
    if settings.cloud.nats:
        from edge.cloud import Cloud

        yield Cloud(settings, state, telling.tell)
    if settings.printer:
        from edge.printing import Printing

        yield Printing(settings, telling.tell)


def _end(bug: threading.ExceptHookArgs) -> None:
    """A bug in any thread ends the process, which is started again, rather than leave half of it running."""
    threading.__excepthook__(bug)
    sys.stderr.flush()
    os._exit(BUG)
