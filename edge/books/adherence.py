"""Rosters held against what was: adherence, and attendance at the start of each interval."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any

from edge.books import WORK, Books
from edge.figures import INTERVAL_MS
from edge.floor import Floor
from edge.gains import Period, Planned
from edge.spans import Span

PLANNED_WORK = "work"


def is_as_planned(floor: Floor, state: str, reason: str, activity: str) -> bool:
    """Work is any work; another activity is that reason, and an unpaid one also being signed out."""
    if activity == PLANNED_WORK:
        return state in WORK
    known = floor.reasons.get(activity)
    is_unpaid = known is not None and not known.paid
    return (state == "not_ready" and reason == activity) or (state == "signed_out" and is_unpaid)


def astray(books: Books, plans: Iterable[Planned], periods: Iterable[Period]) -> Iterator[tuple[Planned, int]]:
    """(part, ms of it in which the agent was not as planned), as far as it is past. Both by agent and in order."""
    spent = {agent: list(rows) for agent, rows in groupby(periods, attrgetter("agent"))}
    for part in plans:
        end_ms = min(part.to_ms, books.now_ms)
        if end_ms <= part.from_ms:
            continue
        good_ms, there_ms = 0, 0
        for period in spent.get(part.agent, ()):
            overlap_ms = min(period.to_ms, end_ms) - max(period.from_ms, part.from_ms)
            if overlap_ms > 0:
                there_ms += overlap_ms
                good_ms += overlap_ms * is_as_planned(books.floor, period.state, period.reason, part.activity)
        if is_as_planned(books.floor, "signed_out", "", part.activity):
            good_ms += end_ms - part.from_ms - there_ms
        yield part, end_ms - part.from_ms - good_ms


def with_plans(page: dict[str, Any], floor: Floor, plans: Iterable[Planned], now_ms: int) -> dict[str, Any]:
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


def starts(from_ms: int, to_ms: int) -> range:
    """The starts of intervals that lie in it."""
    return range(-(-from_ms // INTERVAL_MS) * INTERVAL_MS, to_ms, INTERVAL_MS)


def attendance(
    plans: Iterable[Planned], periods: Iterable[Period], span: Span
) -> Iterator[tuple[int, set[str], set[str]]]:
    """(start of an interval, who is rostered then, who is signed in then), in order."""
    rostered: dict[int, set[str]] = {at: set() for at in starts(span.from_ms, span.to_ms)}
    there: dict[int, set[str]] = {at: set() for at in rostered}
    for into, rows in ((rostered, plans), (there, periods)):
        for row in rows:
            for at in starts(row.from_ms, row.to_ms):
                if at in into:
                    into[at].add(row.agent)
    for at, agents in rostered.items():
        yield at, agents, there[at]
