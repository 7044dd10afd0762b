"""`floorboard roster`: plan shifts from a CSV file, and show what is planned."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from edge import rosters
from edge.asking import Asking, Away, Unsure
from edge.books.reports import report
from edge.commands import Stop, command, state
from edge.commands.reading import as_csv, as_json, books, rounded, source, span, span_of
from edge.commands.serving import floor_of
from edge.facts import ShiftPlanned
from edge.floor import Floor
from edge.requests import PlanShifts
from edge.rules.panel import REASONS
from edge.spans import Span, local

TOLD_MAX = 20
NIGHT_MS = 2 * 24 * 3600 * 1000  # so much later a part of a shift may be than the day on which that begins
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
    floor = floor_of(args.state)
    shifts = _read(args.file, floor)
    _tell(f"{args.file} is good: {_count(shifts)}.", shifts, floor, as_json=args.json)
    return 0


def run_import(args: argparse.Namespace) -> int:
    floor = floor_of(args.state)
    shifts = _read(args.file, floor)
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
    _tell(f"Planned {_count(shifts)}.", shifts, floor, as_json=args.json)
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


def _read(name: str, floor: Floor) -> list[ShiftPlanned]:
    """Stop, with a sentence for each wrong line, and nothing is planned."""
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Stop(f"{name} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Stop(f"{name} is not UTF-8: save it as CSV UTF-8.") from error
    try:
        return rosters.parse(text.splitlines(), ZoneInfo(floor.timezone), floor.agents, (*REASONS, *floor.reasons))
    except rosters.Bad as bad:
        raise Stop(f"{name} is no roster, and nothing was planned:\n  " + str(bad).replace("\n", "\n  ")) from bad


def _count(shifts: list[ShiftPlanned]) -> str:
    agents, days = len({shift.agent for shift in shifts}), len(shifts)
    return f"{days:,} day{'s' * (days != 1)} of {agents:,} agent{'s' * (agents != 1)}"


def _tell(said: str, shifts: list[ShiftPlanned], floor: Floor, *, as_json: bool) -> None:
    hard = list(rosters.hard(shifts, lambda name: floor.reasons[name].paid if name in floor.reasons else True))
    if as_json:
        print(json.dumps({"shifts": len(shifts), "hard": hard}, ensure_ascii=False))
        return
    print(said)
    for sentence in hard[:TOLD_MAX]:
        print(f"  {sentence}", file=sys.stderr)
    if len(hard) > TOLD_MAX:
        print(f"  and {len(hard) - TOLD_MAX:,} more: --json has all", file=sys.stderr)
