"""A past day: the floor as it was when the day began, and its facts, each at the moment at which the walls showed it.

They were decided then, and are folded as they are. In the core that plays them `take` and `deadline` stand where edge.deciding
and the floor's own deadlines stand in one that is served: no rule adds anything.
"""

from collections.abc import Iterable
from typing import NamedTuple

from edge.facts import Fact
from edge.floor import Floor
from edge.fold import apply
from edge.requests import Refused, Request, Tick
from edge.spans import Span

RECORD, CLOCK = "exchange", "clock"  # who says what a queue_log says, and what was due
NOBODY = frozenset(("devices", "outside", "site"))  # modules of edge.facts that a night is full of
OVER = "This day is over: it is only shown again."


class Told(NamedTuple):
    """A fact, and when the walls showed it, ms since 1970 UTC."""

    at_ms: int
    fact: Fact


class Past:
    """`floor` is as it was at `from_ms`; what is yet to be told goes up to `to_ms`, the last of the day that somebody did."""

    def __init__(self, floor: Floor, told: list[Told], from_ms: int, to_ms: int) -> None:
        self.floor, self.from_ms, self.to_ms = floor, from_ms, to_ms
        self._told = told
        self._next = 0

    @property
    def left(self) -> int:
        """How many facts are yet to be told."""
        return len(self._told) - self._next

    def take(self, floor: Floor, request: Request) -> tuple[list[Fact], list[Fact] | Refused]:
        """At a Tick, what the walls have shown by then, folded in. Whatever else is asked or observed is of another day."""
        if not isinstance(request, Tick):
            return [], Refused(OVER)
        first = self._next
        while self._next < len(self._told) and self._told[self._next].at_ms <= request.at_ms:
            apply(floor, self._told[self._next].fact)
            self._next += 1
        return [], [told.fact for told in self._told[first : self._next]]

    def deadline(self, _floor: Floor) -> int | None:
        """When the next is to be told."""
        return self._told[self._next].at_ms if self.left else None


def read(rows: Iterable[tuple[int, int, Fact]], day: Span) -> tuple[Floor, list[Told], int | None]:
    """(the floor when the day began, the day's facts, when the journal begins), of all (seq, noted_ms, fact) of a journal.

    The walls showed a press when it was noted, however late it came. A line of an exchange's record counts at its own time: one
    that was read whole was never on a wall.
    """
    floor, told, at_ms = Floor(), [], 0
    first_ms = None
    for _, noted_ms, fact in rows:
        at_ms = max(at_ms, fact.at_ms if fact.by == RECORD else noted_ms)
        first_ms = at_ms if first_ms is None else first_ms
        if at_ms >= day.to_ms:
            break
        if at_ms >= day.from_ms:
            told.append(Told(at_ms, fact))
        else:
            _fold(floor, fact)
    return floor, told, first_ms


def past(floor: Floor, told: list[Told], from_ms: int | None = None) -> Past | None:
    """What of the day is to be played: from there on, or from the first that somebody did. None if nobody did anything."""
    done = [each.at_ms for each in told if _is_done(each.fact)]
    if not done or (from_ms is not None and done[-1] < from_ms):
        return None
    begin_ms = done[0] if from_ms is None else from_ms
    for _, fact in (before := [each for each in told if each.at_ms <= begin_ms]):
        _fold(floor, fact)
    rest = [each for each in told[len(before) :] if each.at_ms <= done[-1]]
    return Past(floor, rest, begin_ms, done[-1])


def _fold(floor: Floor, fact: Fact) -> None:
    """Into a floor whose tables nobody keeps."""
    apply(floor, fact)
    floor.gains.clear()
    floor.touched.clear()


def _is_done(fact: Fact) -> bool:
    """By a person or a caller, not by time alone."""
    return fact.by != CLOCK and type(fact).__module__.rpartition(".")[2] not in NOBODY
