"""The tallies of a span, by parts of time and by whatever one wants to see side by side."""

from collections.abc import Callable, Sequence

import msgspec

from edge.books import Books, Whose
from edge.books.adherence import Shift, astray_ms, attendance, shifts, worked
from edge.books.tally import Tally, terms_of
from edge.facts import WORK
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
        self._groups: dict[Whose, Group] = {}

    def at(self, at_ms: int, whose: Whose) -> Tally:
        group = self._groups.get(whose)
        if group is None:
            group = self._groups[whose] = tuple(getattr(whose, name) for name in self.by)
        key = self.part(at_ms), group
        tally = self.of.get(key)
        if tally is None:
            tally = self.of[key] = Tally()
        return tally


def tallies(books: Books, span: Span, every: str = "", by: Sequence[str] = ()) -> Tallies:
    """All of it. `every` is one of edge.spans.EVERY, or "" for the whole; `by` are names of edge.books.Whose."""
    result = Tallies(books, span, every, by)
    _contacts(result)
    if "queue" not in by:  # who is ready is so for several queues
        for shift in shifts(books, result.span):
            _shift(result, shift)
        for help in books.helps(result.span):
            result.at(help.raised_ms, books.of_help(help)).add_help(help)
    return result


def times(books: Books, span: Span, every: str, by: Sequence[str]) -> Tallies:
    """Of agents' time alone."""
    result = Tallies(books, span, every, by)
    for period in books.periods(result.span):
        _spent(result, period)
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
        to.at(period.to_ms, books.of_wrap_up(period)).handled_ms += period.to_ms - period.from_ms
    for case in books.cases(to.span):
        tally = to.at(case.closed_ms, books.of_contact(case))
        tally.closed, tally.confirmed = tally.closed + 1, tally.confirmed + case.confirmed
    for served in books.served(to.span):
        to.at(served.ended_ms, books.of_contact(served)).add_served(served)


def _shift(to: Tallies, shift: Shift) -> None:
    """One agent's time, and what was planned of it."""
    books, own = to.books, to.books.of_shift(shift.agent, shift.periods)
    for planned in shift.parts:
        for _, from_ms, to_ms in split(planned.from_ms, planned.to_ms, to.part):
            part = msgspec.structs.replace(planned, from_ms=from_ms, to_ms=to_ms)
            not_so_ms = astray_ms(books, part, shift.periods)
            if not_so_ms is None:
                continue
            tally, due_ms = to.at(from_ms, own), min(to_ms, books.now_ms) - from_ms
            tally.scheduled_ms, tally.astray_ms = tally.scheduled_ms + due_ms, tally.astray_ms + not_so_ms
            if part.activity == WORK:
                tally.work_ms += due_ms
    for period in shift.periods:
        _spent(to, period)
    for period in worked(books, shift):
        for _, from_ms, to_ms in split(period.from_ms, period.to_ms, to.part):
            to.at(from_ms, own).worked_ms += to_ms - from_ms
    for at_ms, rostered, there in attendance(shift, to.span.to_ms):
        tally = to.at(at_ms, own)
        tally.rostered += rostered
        tally.attending += rostered and there
        tally.unplanned += there and not rostered


def _spent(to: Tallies, period: Period) -> None:
    whose = to.books.of_time(period)
    for _, from_ms, to_ms in split(period.from_ms, period.to_ms, to.part):
        to.at(from_ms, whose).state_ms[period.state, period.reason] += to_ms - from_ms
