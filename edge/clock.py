"""What time it is on the floor: the machine's own clock or, where a past day is played again, that day's.

It never goes back. Where the machine's clock is set back, or was ahead when the journal was written, the floor's goes on from where
it was, one part in CATCH_UP slower until the two are even: a span of time is never negative and no deadline stands still.

Whatever lies between machines or processes (a timeout, a heartbeat, a session) goes by `time` itself.
"""

import json
import math
import os
import threading
import time
from functools import cache
from typing import NamedTuple

VARIABLE = "FLOORBOARD_CLOCK"  # by which `floorboard replay-day` tells the processes that it starts
CATCH_UP = 16  # an hour is made even by the next morning, and a minute is never wrong by more than four seconds
STEP_MS = 500  # a difference between two looks at the machine's clock that is more than drift


class Played(NamedTuple):
    """It stands at `from_ms` until time.monotonic() is `begin_s`, runs at `speed`, and stands again at `to_ms`."""

    begin_s: float
    from_ms: int
    to_ms: int
    speed: float

    @property
    def end_s(self) -> float:
        """time.monotonic() from which on it stands; of one machine's processes all have the same."""
        return self.begin_s + (self.to_ms - self.from_ms) / 1000 / self.speed


def play(played: Played) -> None:
    """From now on that is the time here, and in every process that is started from here."""
    os.environ[VARIABLE] = json.dumps(played)


def _played() -> Played | None:
    told = os.environ.get(VARIABLE)
    return _read(told) if told else None


@cache
def _read(told: str) -> Played:
    return Played(*json.loads(told))


class Steady:
    """The machine's clock, but never back. Each process has one, and all come to nearly the same."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wall_ms, self._seen_s = _wall_ms(), time.monotonic()
        self.ahead_ms = 0.0  # of the machine's clock

    def now_ms(self) -> int:
        with self._lock:
            wall_ms, seen_s = _wall_ms(), time.monotonic()
            gone_ms = 1000 * (seen_s - self._seen_s)
            stepped_ms = wall_ms - self._wall_ms - gone_ms
            self.ahead_ms = max(0.0, self.ahead_ms - gone_ms / CATCH_UP)
            if abs(stepped_ms) > STEP_MS:
                self.ahead_ms = max(0.0, self.ahead_ms - stepped_ms)
            self._wall_ms, self._seen_s = wall_ms, seen_s
            return wall_ms + int(self.ahead_ms)

    def not_before(self, at_ms: int) -> None:
        late_ms = at_ms - self.now_ms()
        with self._lock:
            self.ahead_ms += max(0, late_ms)


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


_steady = Steady()


def not_before(at_ms: int) -> None:
    """The floor has seen that time (UTC, ms since 1970)."""
    if _played() is None:
        _steady.not_before(at_ms)


def ahead_ms() -> int:
    """By how much the floor's time is ahead of the machine's clock."""
    return 0 if _played() else int(_steady.ahead_ms)


def now_ms() -> int:
    """UTC, since 1970."""
    played = _played()
    if played is None:
        return _steady.now_ms()
    gone_ms = 1000 * played.speed * max(0.0, time.monotonic() - played.begin_s)
    return min(played.to_ms, played.from_ms + int(gone_ms))


def speed() -> float:
    """How many seconds go by in one; 0 while it stands."""
    played = _played()
    if played is None:
        return 1.0
    return played.speed if played.begin_s <= time.monotonic() < played.end_s else 0.0


def wait_s(span_ms: int) -> float:
    """How long it takes until it is so much later; infinite if it never will be."""
    played = _played()
    if played is None or span_ms <= 0:
        return span_ms / 1000
    due_ms = now_ms() + span_ms
    if due_ms > played.to_ms:
        return math.inf
    return played.begin_s + (due_ms - played.from_ms) / 1000 / played.speed - time.monotonic()


def steady_s() -> float:
    """How long `speed` stays what it is."""
    played = _played()
    if played is None:
        return math.inf
    left_s = [at_s - time.monotonic() for at_s in (played.begin_s, played.end_s)]
    return min((each for each in left_s if each > 0), default=math.inf)
