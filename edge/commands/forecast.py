"""`floorboard forecast`: what a day is likely to bring, how many agents that wants, and how the roster fits it."""

import argparse
from datetime import date
from typing import Any

from edge.books import Books
from edge.books.forecast import (
    BACK_WEEKS_MAX,
    Expected,
    History,
    Wish,
    forecast,
    forecast_fit,
    models,
    special,
    staffing_fit,
)
from edge.commands import Stop, command, whole
from edge.commands.reading import as_csv, as_json, books, rounded, source
from edge.commands.staffing import between
from edge.spans import date_of, local

COLUMNS = ("from", "queue", "calls", "aht_s", "required", "rostered", "staffing_fit", "actual")


def add(commands: Any) -> None:
    parser = command(
        commands,
        "forecast",
        "Say what a day is likely to bring, by the same weekday of recent weeks: calls, agents wanted, and how the roster\n"
        "fits. Of a day that is past also what came, and how good the forecast was.",
        """floorboard forecast 2026-11-30
        floorboard forecast 2026-11-30 --queue payments --target 0.9 --csv
        floorboard forecast 2026-11-20 --weeks 8 --json""",
    )
    parser.add_argument("day", type=_day, metavar="DAY", help="as 2026-11-30")
    parser.add_argument("--queue", action="append", default=[], metavar="Q", help="only this one; may be given again")
    parser.add_argument(
        "--weeks",
        type=_weeks,
        default=4,
        metavar="N",
        help=f"how many days like it to go by, up to {BACK_WEEKS_MAX} (%(default)s)",
    )
    parser.add_argument(
        "--target", type=between(0, 1), default=0.8, metavar="SHARE", help="service level that is wanted (%(default)s)"
    )
    parser.add_argument("--patience-s", type=between(0, float("inf")), metavar="S", help="mean patience: Erlang A")
    parser.add_argument(
        "--max-occupancy", type=between(0, 1, to_one=True), default=1.0, metavar="SHARE", help="nobody is busier"
    )
    source(parser)
    parser.add_argument(
        "--csv", action="store_true", help="each interval of each queue as CSV; queue - is all together"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object, with each interval of each queue")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    wish = Wish(args.target, args.weeks, args.patience_s, args.max_occupancy)
    with books(args) as of:
        unknown = [queue for queue in args.queue if queue not in of.floor.queues]
        if unknown:
            raise Stop(f"There is no queue {unknown[0]}.")
        history = History(of)
        queues = args.queue or history.queues(args.day, args.weeks)
        like = {queue: models(history, queue, args.day, args.weeks) for queue in queues}
        closed = [queue for queue in queues if special(of, queue, args.day) == "closed"]
        if not any(like.values()) and not closed:
            raise Stop(f"There is no day like {args.day} in the journal to go by.")
        rows = list(forecast(history, args.day, wish, queues))
    days = [
        _sum(queue, [row for row in rows if row.queue == queue], [f"{d}" for d in like.get(queue, [])])
        for queue in (*queues, "")
    ]
    if args.json:
        as_json({"day": f"{args.day}", "days": days, "intervals": [rounded(_row(row, of)) for row in rows]})
    elif args.csv:
        as_csv([_row(row, of) for row in rows], COLUMNS)
    else:
        _tell(args.day, days, closed)
    return 0


def _row(row: Expected, of: Books) -> dict[str, Any]:
    at = local(row.at_ms, of.zone).isoformat(timespec="minutes")
    values = (at, row.queue or "-", row.calls, row.aht_s, row.required, row.rostered, staffing_fit([row]), row.actual)
    return dict(zip(COLUMNS, values, strict=True))


def _sum(queue: str, rows: list[Expected], like: list[str]) -> dict[str, Any]:
    actual = [row.actual for row in rows if row.actual is not None]
    return {
        "queue": queue or "-",
        "calls": round(sum(row.calls for row in rows), 2),
        "actual": sum(actual) if actual else None,
        "forecast_fit": _four(forecast_fit(rows)),
        "staffing_fit": _four(staffing_fit(rows)),
        "most_required": max((row.required for row in rows), default=0),
        "by": like,
    }


def _four(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _tell(day: date, told: list[dict[str, Any]], closed: list[str]) -> None:
    print(f"{day:%A}, {day}")
    for each in told:
        name = "all" if each["queue"] == "-" else each["queue"]
        line = f"  {name}: {each['calls']:g} calls, at most {each['most_required']} agents at once"
        if each["staffing_fit"] is not None:
            line += f"; the roster has {100 * each['staffing_fit']:.0f} % of what is wanted"
        if each["forecast_fit"] is not None:
            line += f"; {each['actual']} came, the forecast fits {100 * each['forecast_fit']:.0f} %"
        if each["queue"] in closed:
            line = f"  {name}: closed"
        print(line)
        if each["by"]:
            print(f"    by {', '.join(each['by'])}")


def _day(text: str) -> date:
    try:
        return date_of(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day, as in 2026-11-30") from None


def _weeks(text: str) -> int:
    weeks = whole(text)
    if weeks > BACK_WEEKS_MAX:
        raise argparse.ArgumentTypeError(f"{text!r} is more than {BACK_WEEKS_MAX}: it looks no further back")
    return weeks
