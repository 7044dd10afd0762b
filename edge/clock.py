"""What time it is on the floor: the machine's own clock or, where a past day is played again, that day's.

Whatever lies between machines or processes (a timeout, a heartbeat, a session) goes by `time` itself.
"""

import json
import math
import os
import time
from functools import cache
from typing import NamedTuple

VARIABLE = "FLOORBOARD_CLOCK"  # by which `floorboard replay-day` tells the processes that it starts


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


def now_ms() -> int:
    """UTC, since 1970."""
    played = _played()
    if played is None:
        return time.time_ns() // 1_000_000
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
