"""`floorboard roster`: plan shifts from a CSV file, and show what is planned."""

import argparse
import json
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from edge import rosters
from edge.asking import Asking, Away, Unsure
from edge.books import Books
from edge.books.reports import report
from edge.commands import Stop, command, state
from edge.commands.reading import as_csv, as_json, books, rounded, source, span, span_of
from edge.facts import ShiftPart, ShiftPlanned
from edge.requests import PlanShifts
from edge.rules.panel import REASONS
from edge.spans import Span, local, of_day

TOLD_MAX = 20
NIGHT_MS = 2 * 24 * 3600 * 1000  # so much later a part of a shift may be than the day on which that begins
BESIDE = timedelta(days=2)
AT_ONCE = 200  # shifts in one request
ROSTER = """agent,day,from,to,activity
    ana,2026-11-30,09:00,17:30,work
    ana,2026-11-30,12:00,12:30,meal"""


def add(commands: Any) -> None:
    roster = command(
        commands,
        "roster",
        "Plan shifts from a CSV file, check one, show what is planned.",
        """floorboard roster check week-49.csv
        floorboard roster import week-49.csv
        floorboard roster show --from 2026-11-30 --to 2026-12-06""",
    )
    actions = roster.add_subparsers(title="actions", metavar="ACTION", required=True)
    for name, what, run in (
        ("check", "Read a roster, and say what is wrong with it or hard on people.", run_check),
        ("import", "Put a roster in place of what was planned for its agents and days.", run_import),
    ):
        action = command(
            actions, name, f"{what}\n\n  {ROSTER}", f"floorboard roster {name} week-49.csv\nfloorboard roster {name} -"
        )
        action.add_argument("file", metavar="FILE", help=f"CSV with {','.join(rosters.COLUMNS)}; - for standard input")
        state(action)
        action.add_argument("--json", action="store_true", help="one JSON object instead of lines")
        action.set_defaults(run=run)
    show = command(
        actions,
        "show",
        "Print what is planned as CSV, as `import` reads it, and how it was kept so far.",
        "floorboard roster show --from 2026-11-30 --to 2026-12-06\nfloorboard roster show --json",
    )
    span(show)
    source(show)
    show.add_argument("--json", action="store_true", help="one JSON object, with adherence, conformance and attendance")
    show.set_defaults(run=run_show)


def run_check(args: argparse.Namespace) -> int:
    shifts, hard = _read(args)
    _tell(f"{args.file} is good: {_count(shifts)}.", shifts, hard, as_json=args.json)
    return 0


def run_import(args: argparse.Namespace) -> int:
    shifts, hard = _read(args)
    core = Asking(args.state)
    for first in range(0, len(shifts), AT_ONCE):
        try:
            answer = core.ask(PlanShifts(shifts=tuple(shifts[first : first + AT_ONCE]), by="roster"))
        except Away as away:
            raise Stop("The floor is not being served: start it, and import the roster then.") from away
        except Unsure as unsure:
            raise Stop("The core did not answer: import the roster again, it is the same twice.") from unsure
        if "facts" not in answer:
            raise Stop(str(answer.get("refused") or answer.get("failed") or answer.get("nonsense")))
    _tell(f"Planned {_count(shifts)}.", shifts, hard, as_json=args.json)
    return 0


def run_show(args: argparse.Namespace) -> int:
    with books(args) as of:
        when = span_of(args, of)
        first, last = (f"{local(at_ms, of.zone):%Y-%m-%d}" for at_ms in (when.from_ms, when.to_ms - 1))
        parts = [
            {
                "agent": part.agent,
                "day": part.day,
                "from": f"{local(part.from_ms, of.zone):%H:%M}",
                "to": f"{local(part.to_ms, of.zone):%H:%M}",
                "activity": part.activity,
            }
            for part in of.rostered(Span(when.from_ms, when.to_ms + NIGHT_MS))
            if first <= part.day <= last
        ]
        if args.json:
            names = ("adherence", "conformance", "attendance")
            (whole,) = report(of, when) or ({},)
            as_json({"from": when.name, **rounded({name: whole.get(name) for name in names}), "parts": parts})
            return 0
    as_csv(parts, rosters.COLUMNS)
    return 0


def _read(args: argparse.Namespace) -> tuple[list[ShiftPlanned], list[str]]:
    """The shifts, and what of them is hard on people. Stop, with a sentence for each wrong line, and nothing is planned."""
    name = args.file
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Stop(f"{name} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Stop(f"{name} is not UTF-8: save it as CSV UTF-8.") from error
    with books(args) as of:
        floor = of.floor
        try:
            shifts = rosters.parse(text.splitlines(), of.zone, floor.agents, (*REASONS, *floor.reasons))
            planned = _beside(of, shifts)
            if wrong := list(rosters.overlaps(shifts, planned)):
                raise rosters.Bad("\n".join(wrong))
        except rosters.Bad as bad:
            lines = str(bad).replace("\n", "\n  ")
            raise Stop(f"{name} is no roster, and nothing was planned:\n  {lines}") from bad
    paid = {reason.reason: reason.paid for reason in floor.reasons.values()}
    return shifts, list(rosters.hard(shifts, lambda activity: paid.get(activity, True), planned))


def _beside(of: Books, shifts: list[ShiftPlanned]) -> list[ShiftPlanned]:
    """What is planned for those days, and for those just before and after them."""
    days = [date.fromisoformat(shift.day) for shift in shifts]
    if not days:
        return []
    first, last = of_day(min(days) - BESIDE, of.zone), of_day(max(days) + BESIDE, of.zone)
    found: dict[tuple[str, str], list[ShiftPart]] = {}
    for part in of.rostered(Span(first.from_ms, last.to_ms)):
        found.setdefault((part.agent, part.day), []).append(ShiftPart(part.from_ms, part.to_ms, part.activity))
    return [ShiftPlanned(agent=agent, day=day, parts=tuple(parts), at_ms=0) for (agent, day), parts in found.items()]


def _count(shifts: list[ShiftPlanned]) -> str:
    agents, days = len({shift.agent for shift in shifts}), len(shifts)
    return f"{days:,} day{'s' * (days != 1)} of {agents:,} agent{'s' * (agents != 1)}"


def _tell(said: str, shifts: list[ShiftPlanned], hard: list[str], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"shifts": len(shifts), "hard": hard}, ensure_ascii=False))
        return
    print(said)
    for sentence in hard[:TOLD_MAX]:
        print(f"  {sentence}", file=sys.stderr)
    if len(hard) > TOLD_MAX:
        print(f"  and {len(hard) - TOLD_MAX:,} more: --json has all", file=sys.stderr)
