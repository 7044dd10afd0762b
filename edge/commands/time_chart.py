"""`floorboard time-chart`: how each paid hour of agents divides."""

import argparse
from pathlib import Path
from typing import Any

from edge.books.time_chart import COLUMNS, OF_NO_TIME, chart, rows, svg
from edge.commands import Stop, command
from edge.commands.reading import as_csv, as_json, books, rounded, source, span, span_of
from edge.commands.report import names
from edge.spans import EVERY


def add(commands: Any) -> None:
    parser = command(
        commands,
        "time-chart",
        "Show how each paid hour divides among ready, serving, hold, wrap-up and the reasons of not being ready.",
        """floorboard time-chart --from 2026-11-20 --by team --svg chart.svg
        floorboard time-chart --from 2026-11-01 --to 2026-11-30 --by agent --every day > time.csv
        floorboard time-chart --from 2026-11 --by vendor,team --json""",
    )
    span(parser)
    parser.add_argument(
        "--by", type=names, default=(), metavar="NAMES", help="agent, team, vendor or tenant, with commas"
    )
    parser.add_argument("--every", choices=EVERY, default="hour", help="of the rows (%(default)s)")
    source(parser)
    parser.add_argument("--svg", type=Path, metavar="FILE", help="write the picture there")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of CSV")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    if set(args.by) & set(OF_NO_TIME):
        raise Stop("An agent's time is of no one queue, and of no kind of help: say agent, team, vendor or tenant.")
    with books(args) as of:
        when = span_of(args, of)
        if args.svg:
            shown = chart(of, when, args.by)
            picture = svg(shown, f"Agents' time · {shown.name}", _word, "h")
            try:
                args.svg.write_text(picture, encoding="utf-8")
            except OSError as error:
                raise Stop(f"{args.svg} cannot be written: {error.strerror}.") from error
            return 0
        found = rows(of, when, args.by, args.every)
    if args.json:
        as_json({"from": when.name, "every": args.every, "by": list(args.by), "rows": [rounded(row) for row in found]})
    else:
        as_csv(found, ("from", *args.by, *COLUMNS))
    return 0


def _word(segment: tuple[str, str]) -> str:
    state, reason = segment
    return (reason or "not ready" if state == "not_ready" else state).replace("_", " ")
