"""`floorboard what-if`: a past day again, by the real rules, with agents added or removed."""

import argparse
import re
import sys
from typing import Any

from edge.books import Books
from edge.books.tally import Tally
from edge.books.what_if import Change, Day
from edge.commands import Stop, command
from edge.commands.reading import as_json, books, source
from edge.spans import Span, days, local

SHOWN = ("service_level", "asa_s", "abandon_rate")
_CHANGE = re.compile(r"(?P<who>[^@]+)@(?P<first>\d\d:\d\d)(-(?P<last>\d\d:\d\d))?")


def add(commands: Any) -> None:
    parser = command(
        commands,
        "what-if",
        "Play a past day again through the real rules, with agents added or removed: service level, mean wait and abandons\n"
        "as they were, played without a change (how far to trust it), and with it. docs/staffing.md says what is simpler.",
        """floorboard what-if 2026-11-20 --add 2@14:00
        floorboard what-if 2026-11-20 --add 1@09:00-12:00 --queue loans --remove ana@15:00 --json""",
    )
    parser.add_argument("day", metavar="DAY", help="as 2026-11-20")
    parser.add_argument(
        "--add", action="append", default=[], metavar="N@FROM[-TO]", help="so many agents more; may be given again"
    )
    parser.add_argument(
        "--remove", action="append", default=[], metavar="N@FROM[-TO]", help="so many fewer, or an agent by name"
    )
    parser.add_argument("--queue", action="append", default=[], metavar="Q", help="for which the added work (all)")
    source(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    with books(args) as of:
        try:
            span = days(args.day, of.zone)
        except ValueError:
            raise Stop(f"{args.day!r} is no day, as in 2026-11-30.") from None
        if unknown := [queue for queue in args.queue if queue not in of.floor.queues]:
            raise Stop(f"There is no queue {unknown[0]}.")
        changes = [_change(text, span, of, 1) for text in args.add] + [_change(t, span, of, -1) for t in args.remove]
        if not changes:
            raise Stop("Say what is to be otherwise: --add 2@14:00, or --remove 1@09:00-12:00.")
        day = Day(of, span)
        if not day.stays:
            raise Stop(f"Nobody came on {args.day}.")
        told = {"was": day.as_it_was(), "played": day.play(), "changed": day.play(changes, args.queue)}
    figures = {
        queue or "-": {name: _figures(played.get(queue)) for name, played in told.items()}
        for queue in sorted(told["was"])
    }
    note = f"When {day.guessed} of the agents were at work is a guess, by their contacts." if day.guessed else ""
    if args.json:
        as_json({"day": args.day, "queues": figures, "note": note})
        return 0
    if note:
        print(note, file=sys.stderr)
    print(f"{args.day}, {len(day.stays):,} contacts, {len({shift.agent for shift in day.shifts})} agents")
    for queue, each in figures.items():
        name = "all" if queue == "-" else queue
        was, played, changed = (each[way] for way in ("was", "played", "changed"))
        print(
            f"  {name}: {_percent(was, SHOWN[0])} as it was, {_percent(played, SHOWN[0])} played again,"
            f" {_percent(changed, SHOWN[0])} with the change"
        )
        print(
            f"    mean wait {_seconds(was)}, {_seconds(played)}, {_seconds(changed)};"
            f" abandoned {_percent(was, SHOWN[2])}, {_percent(played, SHOWN[2])}, {_percent(changed, SHOWN[2])};"
            f" answered {was['answered']:,}, {played['answered']:,}, {changed['answered']:,}"
        )
    return 0


def _change(text: str, span: Span, of: Books, sign: int) -> Change:
    found = _CHANGE.fullmatch(text)
    if not found:
        raise Stop(f"{text!r} is no change, as in 2@14:00 or 1@09:00-12:00.")
    first = _moment(found["first"], span, of)
    last = _moment(found["last"], span, of) if found["last"] else span.to_ms
    if last <= first:
        raise Stop(f"{text!r} ends before it begins.")
    who = found["who"]
    if who.isdecimal() and int(who):
        return Change(sign * int(who), first, last)
    if sign > 0 or who not in of.floor.agents:
        raise Stop(f"{who!r} is no number of agents{'' if sign > 0 else ', and no agent of this floor'}.")
    return Change(0, first, last, who)


def _moment(text: str, span: Span, of: Books) -> int:
    hours, minutes = map(int, text.split(":"))
    if hours == 24 and not minutes:
        return span.to_ms
    if hours > 23 or minutes > 59:
        raise Stop(f"{text!r} is no time of day, as in 09:00.")
    at = local(span.from_ms, of.zone).replace(hour=hours, minute=minutes)
    return int(at.timestamp() * 1000)


def _figures(of: Tally | None) -> dict[str, Any]:
    figures = (of or Tally()).figures()
    return {
        name: None if figures[name] is None else round(figures[name], 4) for name in (*SHOWN, "offered", "answered")
    }


def _percent(of: dict[str, Any], name: str) -> str:
    return "–" if of[name] is None else f"{100 * of[name]:.0f} %"


def _seconds(of: dict[str, Any]) -> str:
    return "–" if of["asa_s"] is None else f"{of['asa_s']:.0f} s"
