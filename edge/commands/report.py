"""`floorboard report`: the figures of days, side by side; `floorboard export`: the same contacts as a queue_log."""

import argparse
from typing import Any

from edge.books import Whose
from edge.books.queue_log import lines
from edge.books.reports import columns, report
from edge.commands import command
from edge.commands.reading import as_csv, as_json, books, rounded, source, span, span_of, terms
from edge.spans import EVERY


def add(commands: Any) -> None:
    parser = command(
        commands,
        "report",
        "Print the figures of days: all, or side by side by queue, agent, team, vendor or tenant. CSV, or JSON.",
        """floorboard report --from 2026-11-01 --to 2026-11-30 --by vendor > vendors.csv
        floorboard report --from 2026-11-20 --by queue --every interval --json
        floorboard report --from 2026-11 --by queue --variant answered_or_left --target-s 30""",
    )
    span(parser)
    parser.add_argument(
        "--by", type=names, default=(), metavar="NAMES", help=f"one or more of {', '.join(Whose._fields)}, with commas"
    )
    parser.add_argument(
        "--every", choices=EVERY, default="", help="a row for each part of the time (one for all of it)"
    )
    terms(parser)
    source(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of CSV")
    parser.set_defaults(run=run)
    export = command(
        commands,
        "export",
        "Print what happened as an Asterisk queue_log, so that any tool that reads one can check the figures.",
        """floorboard export --from 2026-11-01 --to 2026-11-30 > queue_log
        floorboard export --from yesterday | floorboard replay - --daily -""",
    )
    span(export)
    source(export)
    export.set_defaults(run=run_export)


def run(args: argparse.Namespace) -> int:
    with books(args) as of:
        when = span_of(args, of)
        rows = report(of, when, args.every, args.by)
    if args.json:
        whole = {"from": when.name, "every": args.every, "by": list(args.by)}
        as_json(whole | {"rows": [rounded(row) for row in rows]})
    else:
        as_csv(rows, columns(args.every, args.by))
    return 0


def run_export(args: argparse.Namespace) -> int:
    with books(args) as of:
        for line in lines(of, span_of(args, of)):
            print(line)
    return 0


def names(text: str) -> tuple[str, ...]:
    """An argument that says what is to stand side by side."""
    names = tuple(filter(None, text.split(",")))
    wrong = [name for name in names if name not in Whose._fields]
    if wrong:
        raise argparse.ArgumentTypeError(f"{wrong[0]!r} is none of {', '.join(Whose._fields)}")
    return names
