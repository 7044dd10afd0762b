"""A forecast from history: what the same weekday of recent weeks brought, and how many agents that wants against who is planned.

A day on which a queue's calendar is closed, or opens otherwise than in its week, is no model for a usual day, and a usual day none
for it. Times are matched by the local clock.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from typing import NamedTuple

from edge.books import Books
from edge.books.tallies import tallies
from edge.facts import WORK
from edge.figures import share
from edge.floor import Calendar, works_for
from edge.spans import Span, local, of_day, parts
from edge.staffing import Load, agents_for

WEEKS = 4
BACK_WEEKS_MAX = 26  # so far it looks for days like this one


class Wish(NamedTuple):
    """What the agents are to reach."""

    target: float = 0.8
    weeks: int = WEEKS
    patience_s: float | None = None
    max_occupancy: float = 1.0


class Expected(NamedTuple):
    """One interval of one queue; `queue` "" is all of them together. `actual` is None of a time to come."""

    at_ms: int
    queue: str
    calls: float
    aht_s: float | None
    required: int
    rostered: int
    actual: int | None
    has_model: bool


class Past(NamedTuple):
    """Of one local day: calls by queue and clock; of each queue how many were handled, and how long that took, ms."""

    offered: dict[str, dict[str, int]]
    handled: dict[str, tuple[int, int]]


class History:
    """What each day had, read when it is asked for."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self._days: dict[date, Past] = {}

    def day(self, day: date) -> Past:
        if day not in self._days:
            self._days[day] = self._read(day)
        return self._days[day]

    def _read(self, day: date) -> Past:
        past = Past({}, {})
        for (part, (queue,)), tally in tallies(self.books, _whole(self.books, day), "interval", ["queue"]).of.items():
            clock = _clock(part.from_ms, self.books)
            if tally.sums.offered:
                counts = past.offered.setdefault(queue, {})
                counts[clock] = counts.get(clock, 0) + tally.sums.offered
            if tally.handled:
                known, ms = past.handled.get(queue, (0, 0))
                past.handled[queue] = known + tally.handled, ms + tally.handled_ms
        return past

    def queues(self, day: date, weeks: int) -> list[str]:
        """All that a forecast of the day can be about."""
        seen = {day, *(day - timedelta(weeks=week) for week in range(1, weeks + 1))}
        known = {queue for each in seen for queue in self.day(each).offered}
        return sorted(known | {queue for queue in self.books.floor.queues if self.books.sees(queue)})


def _clock(at_ms: int, books: Books) -> str:
    """The local time; where it comes twice, the second has a mark."""
    at = local(at_ms, books.zone)
    return f"{at:%H:%M}" + "*" * at.fold


def _usual(counts: dict[str, int], clock: str) -> float:
    """Of a day like it: an hour that comes twice there, or here, is half of what that day had."""
    name = clock.rstrip("*")
    if f"{name}*" in counts:
        return (counts.get(name, 0) + counts[f"{name}*"]) / 2
    return counts.get(name, 0)


def _whole(books: Books, day: date) -> Span:
    return of_day(day, books.zone)


def _calendar(books: Books, queue: str) -> Calendar | None:
    known = books.floor.queues.get(queue)
    return books.floor.calendars.get(known.hours) if known else None


def special(books: Books, queue: str, day: date) -> str:
    """`closed` or `open`, where the queue's calendar says something of just that day; else ""."""
    calendar, name = _calendar(books, queue), day.isoformat()
    if calendar is None:
        return ""
    return "open" if name in calendar.open else "closed" if name in calendar.closed else ""


def models(history: History, queue: str, day: date, weeks: int) -> list[date]:
    """The days that it is likely to be like, the latest first: none if there are none, or it is closed. A day on which nobody
    came to any queue is none."""
    kind, calendar = special(history.books, queue, day), _calendar(history.books, queue)
    if kind == "closed":
        return []
    if kind == "open" and calendar:
        back = sorted((at for name in calendar.open if (at := date.fromisoformat(name)) < day), reverse=True)
    else:
        back = [day - timedelta(weeks=week) for week in range(1, BACK_WEEKS_MAX + 1)]
    alike = (at for at in back if special(history.books, queue, at) == kind and history.day(at).offered)
    return list(islice(alike, weeks))


def forecast(history: History, day: date, wish: Wish, queues: Sequence[str] = ()) -> Iterator[Expected]:
    """Each interval of the day, of each queue and of all together: there the agents are those of each queue added up, and who is
    planned counts once."""
    books, whole = history.books, _whole(history.books, day)
    rostered = _rostered(books, whole)
    like = {queue: models(history, queue, day, wish.weeks) for queue in queues or history.queues(day, wish.weeks)}
    for part in parts(whole, "interval", books.zone):
        there = rostered.get(part.from_ms, set())
        found = [_expected(history, queue, day, part, likes, there, wish) for queue, likes in like.items()]
        yield from found
        actual = None if part.to_ms > books.now_ms else sum(each.actual or 0 for each in found)
        planned = {agent for agent in there if any(_works(books, agent, each.queue) for each in found)}
        calls, required = sum(each.calls for each in found), sum(each.required for each in found)
        yield Expected(part.from_ms, "", calls, None, required, len(planned), actual, any(e.has_model for e in found))


def _expected(
    history: History, queue: str, day: date, part: Span, like: list[date], there: set[str], wish: Wish
) -> Expected:
    clock = _clock(part.from_ms, history.books)
    calls = sum(_usual(history.day(each).offered.get(queue, {}), clock) for each in like) / len(like) if like else 0.0
    handled = [history.day(each).handled.get(queue, (0, 0)) for each in like]
    aht_s = share(sum(ms for _, ms in handled), 1000 * sum(count for count, _ in handled))
    required = 0
    if calls and aht_s:
        target_s = history.books.terms(queue, part.from_ms).target_s
        load = Load(calls, (part.to_ms - part.from_ms) / 1000, aht_s, wish.patience_s)
        required = agents_for(load, wish.target, target_s, wish.max_occupancy).agents
    is_past = part.to_ms <= history.books.now_ms
    actual = history.day(day).offered.get(queue, {}).get(clock, 0) if is_past else None
    planned = sum(1 for agent in there if _works(history.books, agent, queue))
    return Expected(part.from_ms, queue, calls, aht_s, required, planned, actual, bool(like))


def _rostered(books: Books, span: Span) -> dict[int, set[str]]:
    """Who is planned to work at the start of each interval."""
    work = [part for part in books.plans(span) if part.activity == WORK]
    found: dict[int, set[str]] = defaultdict(set)
    for interval in parts(span, "interval", books.zone):
        found[interval.from_ms].update(p.agent for p in work if p.from_ms <= interval.from_ms < p.to_ms)
    return found


def _works(books: Books, agent: str, queue: str) -> bool:
    known, line = books.floor.agents.get(agent), books.floor.queues.get(queue)
    return bool(known and line and works_for(known, line))


def forecast_fit(rows: Iterable[Expected]) -> float | None:
    """1 − Σ|actual − forecast| / Σ actual, of the intervals that are past and for which there was a day to go by."""
    past = [(row.calls, row.actual) for row in rows if row.actual is not None and row.has_model]
    missed = share(sum(abs(actual - calls) for calls, actual in past), sum(actual for _, actual in past))
    return None if missed is None else 1 - missed


def staffing_fit(rows: Iterable[Expected]) -> float | None:
    """Rostered ÷ required, over the intervals in which anybody is required; None where nobody is rostered at all."""
    wanted = [row for row in rows if row.required]
    if not any(row.rostered for row in wanted):
        return None
    return share(sum(row.rostered for row in wanted), sum(row.required for row in wanted))
