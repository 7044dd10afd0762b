"""The tallies of a span, by parts of time and by whatever one wants to see side by side."""

from collections.abc import Callable, Sequence

import msgspec

from edge.books import WORK, Books, Whose
from edge.books.adherence import PLANNED_WORK, astray, attendance
from edge.books.tally import Tally, terms_of
from edge.gains import Period
from edge.spans import Span, part_of, split

Group = tuple[str, ...]


class Tallies:
    """By the start of the part of time ("": the whole span) and the group."""

    def __init__(self, books: Books, span: Span, every: str, by: Sequence[str]) -> None:
        self.books, self.span, self.by = books, Span(span.from_ms, min(span.to_ms, books.now_ms + 1), span.name), by
        whole = Span(span.from_ms, span.to_ms, span.name)
        self.part: Callable[[int], Span] = part_of(every, books.zone) if every else lambda _: whole
        self.of: dict[tuple[Span, Group], Tally] = {}

    def at(self, at_ms: int, whose: Whose) -> Tally:
        key = self.part(at_ms), tuple(getattr(whose, name) for name in self.by)
        tally = self.of.get(key)
        if tally is None:
            tally = self.of[key] = Tally()
        return tally


def tallies(books: Books, span: Span, every: str = "", by: Sequence[str] = ()) -> Tallies:
    """All of it. `every` is one of edge.spans.EVERY, or "" for the whole; `by` are names of edge.books.Whose."""
    result = Tallies(books, span, every, by)
    _contacts(result)
    if "queue" not in by:  # who is ready is so for several queues
        periods = list(books.periods(result.span))
        _presence(result, periods)
        _rosters(result, periods)
    return result


def _contacts(to: Tallies) -> None:
    books, variants = to.books, {}
    for stay in books.stays(to.span):
        terms = terms_of(books, stay)
        at = to.part(stay.entered_ms)
        key = stay.queue, at.to_ms
        if key not in variants:  # the variant is that at the end of the time that is reported
            variants[key] = books.terms(stay.queue, at.to_ms - 1).variant
        to.at(stay.entered_ms, books.of_contact(stay)).add_contact(stay, terms, variants[key])
    for booked_ms, stay in books.handled(to.span):
        tally = to.at(booked_ms, books.of_contact(stay))
        tally.handled, tally.handled_ms = tally.handled + 1, tally.handled_ms + stay.talk_ms + stay.hold_ms
    for period in books.wrap_ups(to.span):
        to.at(period.to_ms, books.of_period(period)).handled_ms += period.to_ms - period.from_ms
    for case in books.cases(to.span):
        tally = to.at(case.closed_ms, books.of_contact(case))
        tally.closed, tally.confirmed = tally.closed + 1, tally.confirmed + case.confirmed


def _presence(to: Tallies, periods: list[Period]) -> None:
    books = to.books
    for period in periods:
        whose = books.of_period(period)
        for _, from_ms, to_ms in split(period.from_ms, period.to_ms, to.part):
            to.at(from_ms, whose).state_ms[period.state, period.reason] += to_ms - from_ms
    for help in books.helps(to.span):
        to.at(help.raised_ms, books.of_help(help)).add_help(help)


def _rosters(to: Tallies, periods: list[Period]) -> None:
    books = to.books
    plans = [
        msgspec.structs.replace(part, from_ms=from_ms, to_ms=to_ms)
        for part in books.plans(to.span)
        for _, from_ms, to_ms in split(part.from_ms, part.to_ms, to.part)
    ]
    scheduled: set[tuple[str, Span]] = set()
    for part, astray_ms in astray(books, plans, periods):
        tally, spent_ms = to.at(part.from_ms, books.of_agent(part.agent)), min(part.to_ms, books.now_ms) - part.from_ms
        tally.scheduled_ms, tally.astray_ms = tally.scheduled_ms + spent_ms, tally.astray_ms + astray_ms
        if part.activity == PLANNED_WORK:
            tally.work_ms += spent_ms
            scheduled.add((part.agent, to.part(part.from_ms)))
    for period in periods:
        for within, from_ms, to_ms in split(period.from_ms, period.to_ms, to.part) if period.state in WORK else ():
            if (period.agent, within) in scheduled:
                to.at(from_ms, books.of_agent(period.agent)).worked_ms += to_ms - from_ms
    for at_ms, rostered, there in attendance(plans, periods, to.span):
        for agent in rostered | there:
            tally = to.at(at_ms, books.of_agent(agent))
            tally.rostered += agent in rostered
            tally.attending += agent in rostered and agent in there
            tally.unplanned += agent not in rostered
