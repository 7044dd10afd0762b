"""`floorboard staffing`: how many agents a load wants, by Erlang C, or by Erlang A where callers lose patience."""

import argparse
import json
import math
from typing import Any

from edge import staffing
from edge.commands import Stop, command, whole

SHRINKAGE_MAX = 0.95
"""Who is at the desk for less than a twentieth of the paid time is staffed by no formula."""


def add(commands: Any) -> None:
    parser = command(
        commands,
        "staffing",
        "Say how many agents a load wants: Erlang C, or Erlang A where callers lose patience; a day's by a plain sum.",
        """floorboard staffing --calls 100 --interval-min 30 --aht-s 180 --target 0.80 --target-s 20 --shrinkage 0.30
        floorboard staffing --calls 100 --interval-min 30 --aht-s 180 --target 0.80 --target-s 20 --patience-s 300 --json
        floorboard staffing --calls 100 --interval-min 30 --aht-s 180 --target-s 20 --agents 14
        floorboard staffing --calls 1000 --per-agent 200 --deflected 0.20""",
    )
    number = between(0, math.inf)
    parser.add_argument("--calls", type=number, required=True, metavar="N", help="that come in the interval")
    parser.add_argument("--interval-min", type=number, default=30, metavar="MIN", help="its length (%(default)s)")
    by = parser.add_mutually_exclusive_group(required=True)
    by.add_argument("--aht-s", type=number, metavar="S", help="mean handling: talk, hold and wrap-up")
    by.add_argument(
        "--per-agent", type=number, metavar="N", help="so many an agent handles a day, of --calls in a day: no Erlang"
    )
    parser.add_argument(
        "--deflected",
        type=between(0, 1, from_zero=True),
        default=0.0,
        metavar="SHARE",
        help="of the calls that self-service answers (%(default)s)",
    )
    parser.add_argument(
        "--target", type=between(0, 1), default=0.8, metavar="SHARE", help="service level that is wanted (%(default)s)"
    )
    parser.add_argument("--target-s", type=number, default=20, metavar="S", help="within this time (%(default)s)")
    parser.add_argument(
        "--shrinkage",
        type=between(0, SHRINKAGE_MAX, from_zero=True),
        default=0.0,
        metavar="SHARE",
        help="of paid time that is not at the desk (%(default)s)",
    )
    parser.add_argument(
        "--patience-s", type=number, metavar="S", help="mean patience of callers: Erlang A; else they wait for ever"
    )
    parser.add_argument(
        "--max-occupancy",
        type=between(0, 1, to_one=True),
        default=1.0,
        metavar="SHARE",
        help="nobody is busier (%(default)s)",
    )
    parser.add_argument("--agents", type=whole, metavar="N", help="say what so many give, instead of how many it takes")
    parser.add_argument(
        "--blocking", type=between(0, 1), metavar="SHARE", help="say also on how many lines no more calls are lost"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    parser.set_defaults(run=run_staffing)


def run_staffing(args: argparse.Namespace) -> int:
    calls = args.calls * (1 - args.deflected)
    if args.per_agent:
        agents = staffing.agents_by_day(calls, args.per_agent)
        positions = _positions(agents, args.shrinkage)
        line = f"{calls:g} a day at {args.per_agent:g} an agent: {agents} agents, {positions} positions with shrinkage"
        print(json.dumps({"agents": agents, "positions": positions}) if args.json else line)
        return 0
    load = staffing.Load(calls, 60 * args.interval_min, args.aht_s, args.patience_s)
    try:
        if args.agents:
            given = staffing.service(load, args.agents, args.target_s)
        else:
            given = staffing.agents_for(load, args.target, args.target_s, args.max_occupancy)
        lines = staffing.lines_for(load.erlangs, args.blocking) if args.blocking else None
    except ValueError as error:
        raise Stop(f"That cannot be staffed: {error}.") from error
    figures = _figures(given, load, _positions(given.agents, args.shrinkage), lines)
    if args.json:
        print(json.dumps(figures))
        return 0
    what = "Erlang C" if args.patience_s is None else "Erlang A"
    print(
        f"{load.erlangs:g} erlangs, by {what}: {given.agents} agents, {figures['positions']} positions with shrinkage"
    )
    print(
        f"  {100 * given.service_level:.1f} % of the answered within {args.target_s:g} s; mean wait {given.asa_s:.1f} s"
    )
    print(f"  {100 * given.wait_probability:.1f} % wait; agents are busy {100 * given.occupancy:.1f} % of the time")
    if args.patience_s is not None:
        print(
            f"  {100 * given.abandon_rate:.2f} % leave; {100 * given.within_of_all:.1f} % of all are answered in time,"
            f" {100 * given.answered_or_left:.1f} % with those who left in time"
        )
    if lines is not None:
        print(f"  {lines} lines, so that no more than {100 * args.blocking:g} % find all of them busy")
    return 0


def _positions(agents: int, shrinkage: float) -> int:
    return math.ceil(agents / (1 - shrinkage) - 1e-9)


def _figures(given: staffing.Staffed, load: staffing.Load, positions: int, lines: int | None) -> dict[str, Any]:
    shares = {name: round(value, 8) for name, value in given._asdict().items() if name != "agents"}
    only_a = () if load.patience_s is not None else ("abandon_rate", "within_of_all", "answered_or_left", "wait_s")
    figures: dict[str, Any] = {"erlangs": round(load.erlangs, 6), "agents": given.agents, "positions": positions}
    figures |= {name: value for name, value in shares.items() if name not in only_a}
    return figures | ({} if lines is None else {"lines": lines})


def between(least: float, most: float, *, from_zero: bool = False, to_one: bool = False) -> Any:
    """A number between the two, and not one of them unless it is said."""

    def number(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if least < value < most or (from_zero and value == least) or (to_one and value == most):
            return value
        wanted = f"a number above {least:g}" if most == math.inf else f"between {least:g} and {most:g}"
        raise argparse.ArgumentTypeError(f"{text!r} is not {wanted}")

    return number
