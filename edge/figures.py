"""Figures: the sums from which every number is made, by interval and queue, and the named formulas over them.

A contact counts in the interval in which it entered, wholly (docs/numbers.md). Averages are made from sums and counts.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo

import msgspec

INTERVAL_MS = 15 * 60 * 1000
MINUTE_MS = 60 * 1000


class Sums(msgspec.Struct, gc=False):
    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    timed_out: int = 0
    left_otherwise: int = 0
    no_show: int = 0
    answered_in_target: int = 0
    abandoned_in_target: int = 0
    timed_out_in_target: int = 0
    abandoned_short: int = 0
    wait_answered_ms: int = 0
    wait_abandoned_ms: int = 0
    talk_ms: int = 0

    def add(self, other: "Sums") -> None:
        for column in COLUMNS:
            more = getattr(other, column)
            if more:
                setattr(self, column, getattr(self, column) + more)


COLUMNS = Sums.__struct_fields__


def interval(at_ms: int) -> int:
    """The start of the 15-minute interval, ms since 1970 UTC."""
    return at_ms - at_ms % INTERVAL_MS


def last_ms(minutes: int, now_ms: int) -> int:
    """When the last so many minutes began: this one, and those before it."""
    return now_ms - now_ms % MINUTE_MS - (minutes - 1) * MINUTE_MS


def total(parts: Iterable[Sums]) -> Sums:
    result = Sums()
    for part in parts:
        result.add(part)
    return result


def in_target(wait_ms: int, target_s: int, under: bool) -> int:
    """1 within the target, itself included unless a wait must be under it; else 0."""
    return int(wait_ms < 1000 * target_s if under else wait_ms <= 1000 * target_s)


def service_level(sums: Sums, variant: str, young: int = 0) -> tuple[int, int]:
    """(numerator, denominator) of a service level; KeyError for a name that docs/numbers.md does not have. `young`: how many of
    them still wait, and have for less than the target."""
    lost = sums.abandoned + sums.timed_out
    lost_in_target = sums.abandoned_in_target + sums.timed_out_in_target
    within, answered, abandoned = sums.answered_in_target, sums.answered, sums.abandoned
    match variant:
        case "answered":
            return within, answered
        case "answered_or_left":
            return within + sums.abandoned_in_target, answered + abandoned
        case "offered":
            return within, sums.offered - young
        case "abandons_against":
            return within, answered + abandoned
        case "late_abandons_against":
            return within, answered + abandoned - sums.abandoned_in_target
        case "drop_short":
            return within, answered + abandoned - sums.abandoned_short
        case "asterisk2":
            return within + lost_in_target, answered + lost
    raise KeyError(variant)


FORMULAS = {
    "answered": "answered within the target ÷ answered",
    "answered_or_left": "(answered + abandoned within the target) ÷ (answered + abandoned)",
    "offered": "answered within the target ÷ (offered − still waiting for less than the target)",
    "abandons_against": "answered within the target ÷ (answered + abandoned)",
    "late_abandons_against": "answered within the target ÷ (answered + abandoned after the target)",
    "drop_short": "answered within the target ÷ (answered + abandoned − short abandons)",
    "asterisk2": "(answered + lost within the target) ÷ (answered + lost); lost = abandoned + timed out",
}
VARIANTS = tuple(FORMULAS)


def share(numerator: float, denominator: float) -> float | None:
    """None when there is nothing to divide by: shown as "–", never as 0 % or 100 %."""
    return numerator / denominator if denominator else None


def local_day(at_ms: int, zone: tzinfo) -> tuple[int, int]:
    """(start, end) of the local day, ms since 1970 UTC; 23 to 25 hours long."""
    date = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone).date()
    midnights = (datetime.combine(day, datetime.min.time(), zone) for day in (date, date + timedelta(days=1)))
    start, end = (int(midnight.timestamp() * 1000) for midnight in midnights)
    return start, end


def local_offset_s(at_ms: int, zone: tzinfo) -> int:
    """The zone's time less UTC at that moment."""
    offset = datetime.fromtimestamp(at_ms / 1000, zone).utcoffset()
    return int(offset.total_seconds()) if offset else 0
