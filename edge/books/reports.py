"""Reports: every named figure of a span, side by side, and how good the forecast and the roster were."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from edge.books import Books
from edge.books.forecast import Expected, History, Wish, forecast, forecast_fit, staffing_fit
from edge.books.tallies import Group, Tallies, tallies
from edge.books.tally import OF_CONTACTS, OF_PEOPLE
from edge.spans import Span, local, part_of

FITS = ("forecast_fit", "staffing_fit")


def report(books: Books, span: Span, every: str = "", by: Sequence[str] = ()) -> list[dict[str, Any]]:
    """One row for each part of time and group that has anything, in order. `every` is one of edge.spans.EVERY, or "" for the
    whole; `by` are names of edge.books.Whose."""
    of, wanted = tallies(books, span, every, by), columns(every, by)
    expected = _expected(of, span) if FITS[0] in wanted else {}
    result = []
    for (part, group), tally in sorted(of.of.items(), key=lambda item: (item[0][0].from_ms, item[0][1])):
        known = {"from": part.name, **dict(zip(by, group, strict=True)), **tally.figures()}
        if "queue" in by:
            terms = books.terms(known["queue"], part.to_ms - 1)
            known |= {"variant": terms.variant, "target_s": terms.target_s, "under": terms.under}
        rows = expected.get((part, group), ())
        known |= dict(zip(FITS, (forecast_fit(rows), staffing_fit(rows)), strict=True))
        result.append({name: known[name] for name in wanted})
    return result


def columns(every: str, by: Sequence[str]) -> tuple[str, ...]:
    """Of a report. By queue there is nothing of what is agents' alone; a forecast is of whole days, of queues and of all."""
    fits = FITS if every in ("", "day", "month") and tuple(by) in ((), ("queue",)) else ()
    if "queue" in by:
        return ("from", *by, "variant", "target_s", "under", *OF_CONTACTS, *fits)
    return ("from", *by, *OF_CONTACTS, *OF_PEOPLE, *fits)


def _expected(of: Tallies, span: Span) -> dict[tuple[Span, Group], list[Expected]]:
    """What a forecast would have said of each day."""
    history = History(of.books)
    found: dict[tuple[Span, Group], list[Expected]] = {}
    midnight = part_of("day", of.books.zone)
    if midnight(span.from_ms).from_ms != span.from_ms or midnight(span.to_ms).from_ms != span.to_ms:
        return {}  # some minutes, or an hour
    day, end = (local(at_ms, of.books.zone).date() for at_ms in (span.from_ms, max(span.from_ms, of.span.to_ms - 1)))
    while day <= end:
        for row in forecast(history, day, Wish()):
            if bool(row.queue) == bool(of.by):
                group = (row.queue,) if of.by else ()
                found.setdefault((of.part(row.at_ms), group), []).append(row)
        day += timedelta(days=1)
    return found
