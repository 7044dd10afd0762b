"""Spans of time as people name them, and their parts: intervals of 15 minutes, hours, days and months of the site's zone.

Hours, days and months begin where the local clock says so; a day in which it is set has 92 or 100 intervals.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from typing import NamedTuple

from edge.figures import INTERVAL_MS, last_ms, local_day

EVERY = ("interval", "hour", "day", "month")
YEARS = range(1970, 3000)
"""Days of other years are none: no floor was there, and a zone's clock would lead out of what a date can be."""
ROLLING = {"15 min": 15, "30 min": 30, "60 min": 60}
SAID = "today, yesterday, 15 min, 30 min, 60 min, 2026-11-20, 2026-11-20T14, 2026-11-20T14:15, 2026-11 or 2026-11-01..2026-11-15"
_NAMED = re.compile(r"today|yesterday|(15|30|60) min|\d{4}-\d\d(-\d\d(T\d\d(:\d\d)?)?)?(\.\.\d{4}-\d\d-\d\d)?")


class Unclear(ValueError):
    """What is asked for is no time, no number, or not of this floor; a sentence without its full stop."""


class Span(NamedTuple):
    """From … until, ms since 1970 UTC; `name` as it was said."""

    from_ms: int
    to_ms: int
    name: str = ""


def is_named(text: str) -> bool:
    """Whether it is meant for a span, good or not."""
    return _NAMED.fullmatch(text) is not None


def parse(text: str, zone: tzinfo, now_ms: int) -> Span:
    """Unclear says what would be right."""
    if text in ROLLING:
        return Span(last_ms(ROLLING[text], now_ms), now_ms + 1, text)
    if text in ("", "today"):
        return Span(*local_day(now_ms, zone), "today")
    if text == "yesterday":
        return Span(*local_day(local_day(now_ms, zone)[0] - 1, zone), text)
    try:
        first, _, last = text.partition("..")
        if last:
            span = Span(days(first, zone).from_ms, days(last, zone).to_ms, text)
            if span.from_ms < span.to_ms:
                return span
        elif "T" in text:
            return _clock(text, zone)
        elif len(text) == len("2026-11"):
            return _month(date_of(f"{text}-01"), zone)
        else:
            return days(text, zone)
    except ValueError:
        pass
    raise Unclear(f"{text!r} is no time; say {SAID}")


def days(text: str, zone: tzinfo) -> Span:
    """One local day. ValueError if it is none."""
    return of_day(date_of(text), zone)._replace(name=text)


def date_of(text: str) -> date:
    """2026-11-30. ValueError if it is none, or of no year in YEARS."""
    day = date.fromisoformat(text)
    if day.year not in YEARS:
        raise ValueError(text)
    return day


def of_day(day: date, zone: tzinfo) -> Span:
    return Span(_midnight(day, zone), _midnight(day + timedelta(days=1), zone), day.isoformat())


def _clock(text: str, zone: tzinfo) -> Span:
    """An hour, or an interval in it; of two hours of the same name the first."""
    at = datetime.fromisoformat(text if ":" in text else f"{text}:00")
    if at.minute % 15 or at.year not in YEARS:
        raise ValueError(text)
    start = int(at.replace(tzinfo=zone).timestamp() * 1000)
    return Span(start, start + (INTERVAL_MS if ":" in text else 4 * INTERVAL_MS), text)


def _month(first: date, zone: tzinfo) -> Span:
    after = (first + timedelta(days=32)).replace(day=1)
    return Span(_midnight(first, zone), _midnight(after, zone), f"{first:%Y-%m}")


def _midnight(day: date, zone: tzinfo) -> int:
    return int(datetime.combine(day, time(), zone).timestamp() * 1000)


def local(at_ms: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone)


def part_of(every: str, zone: tzinfo) -> Callable[[int], Span]:
    """The part in which a moment lies; its name is the local time at its start, with what tells two hours of one name apart."""

    @cache
    def of_interval(at_ms: int) -> Span:
        at = local(at_ms, zone)
        if every == "interval":
            return Span(at_ms, at_ms + INTERVAL_MS, at.isoformat(timespec="minutes"))
        if every == "hour":
            start, end = _same_hour(at_ms, -INTERVAL_MS, zone), _same_hour(at_ms, INTERVAL_MS, zone) + INTERVAL_MS
            return Span(start, end, local(start, zone).isoformat(timespec="minutes"))
        return of_day(at.date(), zone) if every == "day" else _month(at.date().replace(day=1), zone)

    return lambda at_ms: of_interval(at_ms - at_ms % INTERVAL_MS)


def _same_hour(at_ms: int, step_ms: int, zone: tzinfo) -> int:
    """The last interval that way of the same hour: where the clock is set within one, it ends there."""

    def hour(at_ms: int) -> tuple[object, ...]:
        at = local(at_ms, zone)
        return at.date(), at.hour, at.utcoffset()

    known = hour(at_ms)
    while hour(at_ms + step_ms) == known:
        at_ms += step_ms
    return at_ms


def split(from_ms: int, to_ms: int, part: Callable[[int], Span]) -> Iterator[tuple[Span, int, int]]:
    """What lies in each part: (part, from, until)."""
    while from_ms < to_ms:
        within = part(from_ms)
        if within.to_ms <= from_ms:  # the zone's midnight is within an interval, as somewhere until 1979
            within = part(from_ms + INTERVAL_MS)
        end_ms = min(to_ms, within.to_ms)
        yield within, from_ms, end_ms
        from_ms = end_ms


def parts(span: Span, every: str, zone: tzinfo) -> list[Span]:
    """All of them, in order."""
    return [within for within, _, _ in split(span.from_ms, span.to_ms, part_of(every, zone))]
