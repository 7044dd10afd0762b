"""Rosters: who is planned to do what and when, read from CSV, with what of it is hard on people."""

import csv
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple

from edge.facts import WORK, ShiftPart, ShiftPlanned
from edge.spans import date_of

COLUMNS = ("agent", "day", "from", "to", "activity")
PAUSES = ("break", "meal")
HOURS_MAX = 8
HOURS_WITHOUT_PAUSE_MAX = 5
HOUR_MS = 3_600_000
DAY_MIN = 24 * 60


class Bad(Exception):
    """The file is no roster; each line is a sentence."""


class _Row(NamedTuple):
    line: int
    from_min: int
    to_min: int
    activity: str


def parse(lines: Iterable[str], zone: tzinfo, agents: Collection[str], reasons: Collection[str]) -> list[ShiftPlanned]:
    """The shifts, by agent and day. Columns: agent, day (2026-11-30), from, to (09:00 … 24:00; not after `from`: on the next day),
    activity (`work`, or the reason of a break, a meal, a training …, which is cut out of the work around it). A row with neither
    `from` nor `to` says that nothing is planned for that day. Bad names each line that is wrong."""
    rest = iter(lines)
    head = next(rest, "")
    between = next((each for each in ";\t" if each in head), ",")  # as spreadsheets of other countries write it
    columns = [name.strip(' "').lower() for name in head.lstrip("\ufeff").split(between)]
    if tuple(columns) != COLUMNS:
        raise Bad(f"line 1: the columns are {','.join(COLUMNS)}")
    reader = csv.DictReader(rest, COLUMNS, delimiter=between)
    rows: dict[tuple[str, str], list[_Row]] = {}
    wrong: list[str] = []
    try:
        for row in reader:
            if any(row.values()):
                try:
                    key, found = _row(row, reader.line_num + 1, agents, reasons)
                    rows.setdefault(key, []).extend(found)
                except ValueError as error:
                    wrong.append(f"line {reader.line_num + 1}: {error}")
    except csv.Error as error:
        wrong.append(f"line {reader.line_num + 2}: {error}; is a quote not closed there?")
        raise Bad("\n".join(wrong)) from error
    shifts = []
    for (agent, day), found in rows.items():
        try:
            shifts.append(ShiftPlanned(agent=agent, day=day, parts=tuple(_parts(found, day, zone)), at_ms=0))
        except ValueError as error:
            wrong.append(str(error))
    wrong += overlaps(shifts)
    if wrong:
        raise Bad("\n".join(wrong))
    return shifts


def overlaps(shifts: Collection[ShiftPlanned], planned: Iterable[ShiftPlanned] = ()) -> Iterator[str]:
    """A sentence for each two days that overlap."""
    for one, after in overlapping(shifts, planned):
        yield f"{one.agent}: the shift of {after.day} begins before that of {one.day} ends"


def overlapping(
    shifts: Collection[ShiftPlanned], planned: Iterable[ShiftPlanned] = ()
) -> Iterator[tuple[ShiftPlanned, ShiftPlanned]]:
    """Each two days of an agent that overlap, where one of them is new: a night may reach into the next day, and not into its
    shift. `planned` is what there is; of the agents and days of `shifts` it goes."""
    new = _keys(shifts)
    for one, after in pairwise(_in_order(shifts, planned)):
        is_new = not new.isdisjoint(_keys((one, after)))
        if is_new and one.agent == after.agent and after.parts[0].from_ms < one.parts[-1].to_ms:
            yield one, after


def _keys(shifts: Iterable[ShiftPlanned]) -> set[tuple[str, str]]:
    return {(shift.agent, shift.day) for shift in shifts}


def _in_order(shifts: Collection[ShiftPlanned], planned: Iterable[ShiftPlanned]) -> list[ShiftPlanned]:
    """By agent and day, as they will be then: without the days on which nothing is."""
    new = _keys(shifts)
    beside = [shift for shift in planned if (shift.agent, shift.day) not in new]
    return sorted((shift for shift in (*shifts, *beside) if shift.parts), key=attrgetter("agent", "day"))


def _row(
    row: dict[str, str], line: int, agents: Collection[str], reasons: Collection[str]
) -> tuple[tuple[str, str], list[_Row]]:
    if None in row or None in row.values():
        raise ValueError(f"there are {len(COLUMNS)} columns: {','.join(COLUMNS)}")
    agent, day, first, last, activity = (row[name].strip() for name in COLUMNS)
    if agent not in agents:
        raise ValueError(f"there is no agent {agent}")
    try:
        day = date_of(day).isoformat()
    except ValueError:
        raise ValueError(f"{day!r} is no day, as in 2026-11-30") from None
    if not first and not last:
        return (agent, day), []
    begin, end = _minutes(first), _minutes(last)
    if activity not in ("", WORK, *reasons):
        known = dict.fromkeys((WORK, *reasons))  # a site may name what every site has
        raise ValueError(f"there is no activity {activity}; there are {', '.join(known)}")
    return (agent, day), [_Row(line, begin, end if end > begin else end + DAY_MIN, activity or WORK)]


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    if hours.isdecimal() and minutes.isdecimal() and len(minutes) == 2:
        of_day = 60 * int(hours) + int(minutes)
        if int(minutes) < 60 and of_day <= DAY_MIN:
            return of_day
    raise ValueError(f"{text!r} is no time of day, as in 09:00")


def _parts(rows: list[_Row], day: str, zone: tzinfo) -> Iterator[ShiftPart]:
    """What is not work is cut out of the work; no two of a kind overlap."""
    works = sorted((row for row in rows if row.activity == WORK), key=lambda row: row.from_min)
    cuts = sorted((_of_night(row, works) for row in rows if row.activity != WORK), key=lambda row: row.from_min)
    for one, next_ in [*pairwise(cuts), *pairwise(works)]:
        if next_.from_min < one.to_min:
            raise ValueError(f"line {next_.line}: it begins before line {one.line} ends")
    parts = [(row.from_min, row.to_min, row.activity) for row in cuts]
    for work in works:
        at = work.from_min
        for cut in cuts:
            if at < work.to_min and cut.to_min > at and cut.from_min < work.to_min:
                parts += [(at, cut.from_min, WORK)] if cut.from_min > at else []
                at = cut.to_min
        parts += [(at, work.to_min, WORK)] if at < work.to_min else []
    for begin, end, activity in sorted(parts):
        part = ShiftPart(_moment(day, begin, zone), _moment(day, end, zone), activity)
        if part.to_ms <= part.from_ms:
            raise ValueError(f"line {rows[0].line}: on {day} the clock is set, and that time is not there")
        yield part


def _of_night(row: _Row, works: list[_Row]) -> _Row:
    """A pause after midnight, of a shift that began before."""
    later = row._replace(from_min=row.from_min + DAY_MIN, to_min=row.to_min + DAY_MIN)
    is_of_day = any(work.from_min < row.to_min and row.from_min < work.to_min for work in works)
    is_of_night = any(work.from_min <= later.from_min and later.to_min <= work.to_min for work in works)
    return later if is_of_night and not is_of_day else row


def _moment(day: str, minutes: int, zone: tzinfo) -> int:
    at = date.fromisoformat(day) + timedelta(days=minutes // DAY_MIN)
    local = datetime.combine(at, time(minutes % DAY_MIN // 60, minutes % 60), zone)
    return int(local.timestamp() * 1000)


def hard(
    shifts: Collection[ShiftPlanned], is_paid: Callable[[str], bool], planned: Iterable[ShiftPlanned] = ()
) -> Iterator[str]:
    """A sentence for each shift that is too long, or goes on too long without a pause. What goes on at midnight is one shift, with
    what is `planned` beside it, too. Nothing of it is forbidden."""
    for shift in _joined(shifts, planned):
        paid_ms = sum(p.to_ms - p.from_ms for p in shift.parts if p.activity == WORK or is_paid(p.activity))
        if paid_ms > HOURS_MAX * HOUR_MS:
            yield f"{shift.agent}, {shift.day}: {paid_ms / HOUR_MS:.4g} hours; more than {HOURS_MAX} is too long."
        stretch_ms = _longest_stretch_ms(shift.parts, is_paid)
        if stretch_ms > HOURS_WITHOUT_PAUSE_MAX * HOUR_MS:
            yield (
                f"{shift.agent}, {shift.day}: {stretch_ms / HOUR_MS:.4g} hours without a break;"
                f" one is due by the {HOURS_WITHOUT_PAUSE_MAX}th hour."
            )


def _joined(shifts: Collection[ShiftPlanned], planned: Iterable[ShiftPlanned]) -> Iterator[ShiftPlanned]:
    """Each with those of the following days that begin where it ends, if any of them is new."""
    new, chains = _keys(shifts), list[list[ShiftPlanned]]()
    for shift in _in_order(shifts, planned):
        last = chains[-1][-1] if chains else None
        if last and shift.agent == last.agent and shift.parts[0].from_ms <= last.parts[-1].to_ms:
            chains[-1].append(shift)
        else:
            chains.append([shift])
    for chain in chains:
        if not new.isdisjoint(_keys(chain)):
            parts = tuple(part for each in chain for part in each.parts)
            yield ShiftPlanned(agent=chain[0].agent, day=chain[0].day, parts=parts, at_ms=0)


def _longest_stretch_ms(parts: Iterable[ShiftPart], is_paid: Callable[[str], bool]) -> int:
    longest_ms, begun_ms, end_ms = 0, 0, 0
    for part in parts:
        if part.activity in PAUSES or not (part.activity == WORK or is_paid(part.activity)):
            continue
        if part.from_ms != end_ms:
            begun_ms = part.from_ms
        end_ms = part.to_ms
        longest_ms = max(longest_ms, end_ms - begun_ms)
    return longest_ms
