"""Opening hours: a calendar's weeks, closures and exceptional openings, as moments. Local times are those of the site's zone."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from edge.floor import Calendar

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
AHEAD_DAYS = 370
"""So far it looks for the next opening: whoever closes for longer opens by hand."""
QUARTER_MS = 15 * 60 * 1000
"""Every zone's midnights fall on quarters of an hour of UTC (the tz database, since 1972)."""
SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(([01]\d|2[0-3]):([0-5]\d)|24:00)")
Minutes = tuple[int, int]
"""From … until, minutes of the day."""


def spans(text: str) -> list[Minutes]:
    """Of "09:00-12:00, 13:00-17:00", in their order; nothing of "". ValueError says what is wrong."""
    found: list[Minutes] = []
    for piece in filter(None, (piece.strip() for piece in text.split(","))):
        match = SPAN.fullmatch(piece)
        if match is None:
            raise ValueError(f"{piece!r} is no time of day, as in 09:00-17:30")
        start = 60 * int(match[1]) + int(match[2])
        end = 24 * 60 if match[3] == "24:00" else 60 * int(match[4]) + int(match[5])
        if end <= start or (found and start < found[-1][1]):
            raise ValueError(f"{piece!r} ends before it begins, or begins before the one ahead of it ends")
        found.append((start, end))
    return found


def closes_ms(calendar: Calendar, zone: str, at_ms: int) -> int | None:
    """When it closes, if it is open at that moment; None if it is closed."""
    return next((end for start, end in _spans_from(calendar, zone, at_ms, 1) if start <= at_ms < end), None)


def opens_ms(calendar: Calendar, zone: str, at_ms: int) -> int | None:
    """When it opens next, after that moment; None if it does not within a year."""
    return next((start for start, _ in _spans_from(calendar, zone, at_ms, AHEAD_DAYS) if start > at_ms), None)


def day_ends_ms(calendar: Calendar, zone: str, at_ms: int) -> int | None:
    """When it closes for the last time on that day; None on a day without hours."""
    return max((end for _, end in _spans_from(calendar, zone, at_ms, 1)), default=None)


def day_number(zone: str, at_ms: int) -> int:
    """The local day; another number is another day."""
    return _day_number(zone, at_ms // QUARTER_MS)


@lru_cache(maxsize=64)
def _day_number(zone: str, quarter: int) -> int:
    return _local(zone, quarter * QUARTER_MS).toordinal()


def clock(zone: str, at_ms: int) -> str:
    """As a sentence says it: 09:00."""
    return datetime.fromtimestamp(at_ms / 1000, ZoneInfo(zone)).strftime("%H:%M")


def day(zone: str, at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, ZoneInfo(zone)).strftime("%Y-%m-%d")


def _spans_from(calendar: Calendar, zone: str, at_ms: int, days: int) -> Iterator[tuple[int, int]]:
    today = _local(zone, at_ms)
    for ahead in range(days):
        day = today + timedelta(days=ahead)
        for start, end in spans(_hours(calendar, day)):
            yield _moment(zone, day, start), _moment(zone, day, end)


def _hours(calendar: Calendar, day: date) -> str:
    name = day.isoformat()
    if name in calendar.open:
        return calendar.open[name]
    return "" if name in calendar.closed else calendar.week.get(DAYS[day.weekday()], "")


def _local(zone: str, at_ms: int) -> date:
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(zone)).date()


def _moment(zone: str, day: date, minutes: int) -> int:
    """A time that summer time skips is as long after midnight as the clock says."""
    at = datetime.combine(
        day + timedelta(days=minutes // 1440), time(minutes % 1440 // 60, minutes % 60), ZoneInfo(zone)
    )
    return int(at.timestamp() * 1000)
