"""Rosters held against what was: adherence, and attendance at the start of each interval."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec

from edge.books import Books
from edge.facts import WORK
from edge.figures import INTERVAL_MS
from edge.floor import Floor
from edge.gains import Period, Planned
from edge.spans import Span, split

WORKING = ("ready", "called", "serving", "hold", "wrap_up")
"""States that are work as a roster means it."""


class Shift(NamedTuple):
    """One agent's time in a span: what was planned, and what was, both in order; and the local days on which work was planned, as
    far as it has begun: all of such a day, whatever part of it the span is."""

    agent: str
    parts: list[Planned]
    periods: list[Period]
    days: frozenset[Span] = frozenset()


def shifts(books: Books, span: Span) -> Iterator[Shift]:
    """Of all agents who were planned or there."""
    planned = {agent: list(parts) for agent, parts in groupby(books.plans(span), attrgetter("agent"))}
    days = _work_days(books, span)
    for agent, periods in groupby(books.periods(span), attrgetter("agent")):
        yield Shift(agent, planned.pop(agent, []), list(periods), days.get(agent, frozenset()))
    yield from (Shift(agent, parts, [], days.get(agent, frozenset())) for agent, parts in planned.items())


def _work_days(books: Books, span: Span) -> dict[str, frozenset[Span]]:
    if span.to_ms <= span.from_ms:
        return {}
    whole = Span(books.day_of(span.from_ms).from_ms, books.day_of(span.to_ms - 1).to_ms)
    found: dict[str, set[Span]] = {}
    for part in books.plans(whole):
        if part.activity == WORK:
            days = split(part.from_ms, min(part.to_ms, books.now_ms), books.day_of)
            found.setdefault(part.agent, set()).update(day for day, _, _ in days)
    return {agent: frozenset(days) for agent, days in found.items()}


def worked(books: Books, shift: Shift) -> Iterator[Period]:
    """What of its periods counts for conformance: work of whatever kind, on a local day on which work was planned."""
    for period in shift.periods if shift.days else ():
        if period.state in WORKING:
            for day, from_ms, to_ms in split(period.from_ms, period.to_ms, books.day_of):
                if day in shift.days:
                    yield msgspec.structs.replace(period, from_ms=from_ms, to_ms=to_ms)


def is_as_planned(floor: Floor, state: str, reason: str, activity: str) -> bool:
    """Work is any work; another activity is that reason, and an unpaid one also being signed out."""
    if activity == WORK:
        return state in WORKING
    known = floor.reasons.get(activity)
    is_unpaid = known is not None and not known.paid
    return (state == "not_ready" and reason == activity) or (state == "signed_out" and is_unpaid)


def astray_ms(books: Books, part: Planned, periods: Sequence[Period]) -> int | None:
    """How much of it the agent was not as planned, as far as it is past; None if nothing of it is."""
    end_ms = min(part.to_ms, books.now_ms)
    if end_ms <= part.from_ms:
        return None
    good_ms, there_ms = 0, 0
    for place in range(bisect_right(periods, part.from_ms, key=attrgetter("to_ms")), len(periods)):
        period = periods[place]
        if period.from_ms >= end_ms:
            break
        overlap_ms = min(period.to_ms, end_ms) - max(period.from_ms, part.from_ms)
        if overlap_ms > 0:
            there_ms += overlap_ms
            good_ms += overlap_ms * is_as_planned(books.floor, period.state, period.reason, part.activity)
    if is_as_planned(books.floor, "signed_out", "", part.activity):
        good_ms += end_ms - part.from_ms - there_ms
    return end_ms - part.from_ms - good_ms


def attendance(shift: Shift, until_ms: int) -> Iterator[tuple[int, bool, bool]]:
    """(start of an interval, whether rostered then, whether signed in then), where either is so, as far as it is past."""
    rostered = {at_ms for part in shift.parts for at_ms in _starts(part)}
    there = {at_ms for period in shift.periods for at_ms in _starts(period)}
    for at_ms in sorted(rostered | there):
        if at_ms < until_ms:
            yield at_ms, at_ms in rostered, at_ms in there


def _starts(row: Planned | Period) -> range:
    """Of the intervals that begin in it."""
    return range(-(-row.from_ms // INTERVAL_MS) * INTERVAL_MS, row.to_ms, INTERVAL_MS)


def with_plans(page: dict[str, Any], floor: Floor, plans: Sequence[Planned], now_ms: int) -> dict[str, Any]:
    """views.floor_page with what each agent is planned to do now (`planned`: None without a shift), and who is missing."""
    now = {part.agent: part for part in plans if part.from_ms <= now_ms < part.to_ms}
    here = {agent.agent for agent in floor.agents.values() if agent.signed_in}
    for shown in (*(desk["agent"] for desk in page["desks"] if desk["agent"]), *page["phones"]):
        part = now.get(shown["agent"])
        shown["planned"] = part and {
            "activity": part.activity,
            "until_ms": part.to_ms,
            "astray": not is_as_planned(floor, shown["presence"], shown["reason"], part.activity),
        }
    missing = [a for a in sorted(now) if a not in here and not is_as_planned(floor, "signed_out", "", now[a].activity)]
    attendance = {"rostered": len(now), "there": len(here & now.keys()), "missing": [floor.name_of(a) for a in missing]}
    return page | {"attendance": attendance if now else None}
