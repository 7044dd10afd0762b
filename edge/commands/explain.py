"""`floorboard explain`: what stands behind a number."""

import argparse
from datetime import date, tzinfo
from typing import Any

from edge.books.explain import DEFINITIONS, explain
from edge.commands import Stop, command, count
from edge.commands.reading import as_json, books, source, terms
from edge.spans import local

SHOWN = 20
LEFT_OUT = ("numerator", "denominator", "journal", "contact")


def add(commands: Any) -> None:
    parser = command(
        commands,
        "explain",
        "Say what stands behind a number: numerator, denominator, definition, and each contact or period that counts.\n\n"
        "Numbers: " + ", ".join(DEFINITIONS) + ".\n"
        "Of a queue, or of agent:ana, team:front, vendor:acme, tenant:north, or of all.",
        """floorboard explain "service_level(payments, today)"
        floorboard explain "aht(team:front, 2026-11-20)" --rows 100
        floorboard explain "service_level(payments, 2026-11)" --variant answered_or_left --target-s 30 --json""",
    )
    parser.add_argument("number", metavar="NUMBER", help='as on a board, "service_level(payments, today)"')
    parser.add_argument("--rows", type=count, default=SHOWN, metavar="N", help="how many to show (%(default)s)")
    terms(parser)
    source(parser)
    parser.add_argument("--facts", action="store_true", help="show the journal's own rows, too")
    parser.add_argument("--json", action="store_true", help="one JSON object, with all rows")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    with books(args) as of:
        try:
            told = explain(of, args.number, rows=None if args.json else args.rows)
        except ValueError as error:
            raise Stop(f"{error}.") from error
        if args.json:
            as_json(told)
            return 0
        print(f"{told['number']} is {said(told['value'], told['unit'])}")
        whole = "" if told["denominator"] is None else f" ÷ {_plain(told['denominator'])}"
        print(f"  {_plain(told['numerator'])}{whole}: {told['definition']}")
        for each in told["terms"]:
            within = "under" if each["under"] else "within"
            print(f"  {each['queue']}: {each['formula']} ({each['variant']}), {within} {each['target_s']} s")
        if told["span"] != "now":
            ends = (local(told[name], of.zone).strftime("%Y-%m-%d %H:%M") for name in ("from_ms", "to_ms"))
            print(f"  from {' until '.join(ends)}, {of.floor.timezone}")
        day = _only_day(told, of.zone)
        for row in told["rows"]:
            print(f"  {_line(row, of.zone, day)}")
            for seq in sorted({seq for seq in row.get("journal", ()) if seq}) if args.facts else ():
                print(f"      {seq}: {of.fact(seq)}")
        left = told["rows_in_all"] - len(told["rows"])
        if left > 0:
            print(f"  and {left:,} more: --rows {told['rows_in_all']} shows all")
    return 0


def said(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    return f"{100 * value:.2f} %" if unit == "share" else f"{value:.1f} s" if unit == "s" else _plain(value)


def _plain(number: float) -> str:
    """To a thousandth, and never as a power of ten."""
    return f"{round(number, 3):.15g}"


def _only_day(told: dict[str, Any], zone: tzinfo) -> date | None:
    """The local day in which the number lies; None: it is of several."""
    first, last = (local(at_ms, zone).date() for at_ms in (told["from_ms"], max(told["from_ms"], told["to_ms"] - 1)))
    return first if first == last else None


def _line(row: dict[str, Any], zone: tzinfo, day: date | None) -> str:
    """What counts, and how; times of another day than `day` with their date."""
    parts = []
    for name, value in row.items():
        if name in LEFT_OUT or value in ("", None):
            continue
        if name.endswith("_ms"):
            at = local(value, zone)
            value = at.strftime("%H:%M:%S" if at.date() == day else "%Y-%m-%d %H:%M:%S")
        parts.append(f"{_plain(value)} s" if name == "wait_s" else str(value))
    first, last = row.get("journal", (None, None))
    rows = f"  [{first}{f'…{last}' if last else ''}]" if first else ""
    down = "" if row["denominator"] is None else f" ÷ {_plain(row['denominator'])}"
    return f"{_plain(row['numerator']):>8}{down:<11}  {'  '.join(parts)}{rows}"
