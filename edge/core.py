"""The core: the one loop that decides. Requests come in, facts are committed, and only then does anybody hear of them."""

import queue
import select
import socket
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import msgspec

from edge import clock
from edge.deciding import take
from edge.facts import Fact
from edge.floor import Floor, next_deadline
from edge.journal import CHECKPOINT_FACTS, Journal
from edge.requests import DeviceEvent, Refused, Request, SetAsideEvent, Tick

BATCH_MAX = 256
BEAT_S = 1.0  # at the latest so often the rims are shown the floor, for all that goes by time
WAKES_MAX = 4096  # bytes that may have gathered
CRASHES_MAX = 2  # then an event is set aside


class Failed(Exception):
    """The journal could not be written: nothing happened, ask again."""


Outcome = list[Fact] | Refused | Failed


class Ask(NamedTuple):
    request: Request
    done: Callable[[Outcome], None]
    """Called in the core's thread after the commit; must not block."""


class Source(Protocol):
    """An outside world that the core's own thread listens to; everything is called there, and must not block."""

    def fileno(self) -> int | None:
        """What to wait for, None while there is nothing."""

    def wants_write(self) -> bool: ...

    def due_s(self) -> float | None:
        """time.monotonic() at which the rims are to be shown the floor at the latest, None if that has time."""

    def pump(self) -> None:
        """Take what has come, put what it asks, write what waits."""


class Rim(Protocol):
    def show(self, floor: Floor, touched: set[str], batch: Sequence[Fact]) -> None:
        """After each commit and once a second, in the core's thread; must not block."""


def unheard(outcome: Outcome) -> None:
    """For asks whose asker does not wait."""


class Core:
    """Owns the journal and the floor. `put` from any thread; everything else in the thread that runs it."""

    def __init__(
        self,
        journal: Journal,
        rims: Sequence[Rim] = (),
        *,
        take: Callable[[Floor, Request], tuple[list[Fact], list[Fact] | Refused]] = take,
        deadline: Callable[[Floor], int | None] = next_deadline,
    ) -> None:
        """`take` is what becomes of a request (edge.deciding), `deadline` when a Tick is due that no request brings."""
        self.journal = journal
        self._take_in, self._deadline = take, deadline
        self.rims = list(rims)
        self.floor = journal.load()
        self._noted_ms = journal.last_noted_ms()
        clock.not_before(self._noted_ms)
        self.sources: list[Source] = []
        self._asks: queue.SimpleQueue[Ask | None] = queue.SimpleQueue()
        self._waker, self._woken = socket.socketpair()
        self._waker.setblocking(False)
        self._is_waiting = False
        self._beat_s = 0.0  # when the rims are to be shown the floor at the latest
        self._suspects = journal.suspects()
        self._in_hand: DeviceEvent | None = None
        self._checkpoint_at = self.floor.seq + CHECKPOINT_FACTS

    def put(self, request: Request, done: Callable[[Outcome], None] = unheard) -> None:
        self._asks.put(Ask(request, done))
        self.wake()

    def stop(self) -> None:
        self._asks.put(None)
        self.wake()

    def wake(self) -> None:
        """End a wait, from whatever thread."""
        if self._is_waiting:
            try:
                self._waker.send(b".")
            except BlockingIOError:
                pass  # so many have woken it already

    def run(self) -> None:
        """Until `stop`. Any exception but a Refused or a failing disk is a bug, and ends the process."""
        try:
            while True:
                batch, go_on = self._take()
                if batch:
                    self.step(batch, self.now_ms())
                if not go_on:
                    self._checkpoint()
                    return
        finally:
            if self._in_hand:
                raw = msgspec.json.encode(self._in_hand).decode()
                self.journal.suspect(self._in_hand.origin, raw, repr(sys.exc_info()[1]))

    def now_ms(self) -> int:
        """The floor's clock in UTC; never before the newest record."""
        return max(self._noted_ms, clock.now_ms())

    def step(self, batch: list[Ask], noted_ms: int) -> None:
        """Decide each, fold each, one commit for all; then answer and show."""
        self._noted_ms = noted_ms
        after = self.floor.seq
        facts: list[Fact] = []
        outcomes = [self._decide(ask.request, facts) for ask in batch]
        failed = self._commit(after, noted_ms, facts)
        for ask, outcome in zip(batch, outcomes, strict=True):
            ask.done(failed or outcome)
        if failed:
            facts = []
            for ask in self._behind():  # it may build on what was not kept
                ask.done(failed)
        touched, self.floor.touched = self.floor.touched, set()
        self.floor.gains.clear()
        for rim in self.rims:
            rim.show(self.floor, touched, facts)
        if self.floor.seq >= self._checkpoint_at:
            self._checkpoint()

    def _checkpoint(self) -> None:
        """A disk that cannot take it costs time at the next start, nothing else."""
        self._checkpoint_at = self.floor.seq + CHECKPOINT_FACTS
        try:
            self.journal.checkpoint(self.floor)
        except sqlite3.Error as error:
            self.journal.roll_back()
            print(f"The checkpoint could not be written: {error}.", file=sys.stderr)

    def _take(self) -> tuple[list[Ask], bool]:
        """What waits, up to a batch; a Tick when nothing comes within BEAT_S or until a deadline. False: it is time to stop."""
        deadline, now_s = self._deadline(self.floor), time.monotonic()
        dues_s = [self._beat_s, *(due_s for source in self.sources if (due_s := source.due_s()) is not None)]
        if deadline is not None:
            dues_s.append(now_s + clock.wait_s(deadline - self.now_ms()))
        due_s = min(dues_s)
        self._listen(0.0)
        batch = self._waiting()
        if not batch:
            self._listen(max(0.0, due_s - now_s))
            batch = self._waiting()
        if batch and batch[-1] is None:
            return [ask for ask in batch if ask], False
        asks = [ask for ask in batch if ask]
        if not asks and time.monotonic() >= due_s:
            asks = [Ask(Tick(at_ms=self.now_ms()), unheard)]
        if asks:
            self._beat_s = time.monotonic() + BEAT_S
        return asks, True

    def _listen(self, wait_s: float) -> None:
        """Wait until a request waits or a source has something; let each of those tell it."""
        self._is_waiting = True
        if not self._asks.empty():
            wait_s = 0.0
        streams = {fd: source for source in self.sources if (fd := source.fileno()) is not None}
        poll = select.poll()
        poll.register(self._woken, select.POLLIN)
        for fd, source in streams.items():
            poll.register(fd, select.POLLIN | (select.POLLOUT if source.wants_write() else 0))
        ready = poll.poll(1000 * wait_s)
        self._is_waiting = False
        for fd, _ in ready:
            if fd in streams:
                streams[fd].pump()
            else:
                self._woken.recv(WAKES_MAX)

    def _waiting(self) -> list[Ask | None]:
        """Up to a batch of what waits; it ends with None if it is time to stop."""
        batch: list[Ask | None] = []
        while len(batch) < BATCH_MAX:
            try:
                batch.append(self._asks.get_nowait())
            except queue.Empty:
                break
            if batch[-1] is None:
                break
        return batch

    def _commit(self, after: int, noted_ms: int, facts: list[Fact]) -> Failed | None:
        """The batch on the disk; or Failed, and the floor is as it was before."""
        if not facts:
            return None
        try:
            self.journal.append(after, noted_ms, facts, self.floor.gains)
        except sqlite3.Error as error:
            self.floor = self.journal.load()
            return Failed(f"The journal could not be written: {error}.")
        return None

    def _behind(self) -> list[Ask]:
        """All that waits, but for the wish to stop."""
        waiting: list[Ask] = []
        while True:
            try:
                ask = self._asks.get_nowait()
            except queue.Empty:
                return waiting
            if ask is None:
                self._asks.put(None)
                return waiting
            waiting.append(ask)

    def _decide(self, request: Request, batch: list[Fact]) -> Outcome:
        if isinstance(request, DeviceEvent):
            request = self._or_set_aside(request)
        self._in_hand = request if isinstance(request, DeviceEvent) else None
        before, outcome = self._take_in(self.floor, request)
        self._in_hand = None
        batch += before if isinstance(outcome, Refused) else before + outcome
        return outcome

    def _or_set_aside(self, event: DeviceEvent) -> DeviceEvent | SetAsideEvent:
        if not self._suspects:
            return event
        crashes, raw, error = self.journal.crashes(event.origin)
        if crashes < CRASHES_MAX:
            return event
        device, lane, seq = event.origin
        return SetAsideEvent(
            device=device,
            lane=lane,
            seq=seq,
            raw=raw,
            error=error,
            at_ms=self._noted_ms,
        )
