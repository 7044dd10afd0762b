"""The books of a floor, served or not, for commands that only read: from its state, or from a journal by itself."""

import argparse
import contextlib
import csv
import json
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import Any

from edge import clock
from edge.books import Books, Wanted
from edge.commands import Stop, count, state, whole
from edge.commands.house import say
from edge.figures import VARIANTS
from edge.journal import Journal
from edge.spans import SAID, Span, days, parse

LONG_S = 2.0


def source(parser: argparse.ArgumentParser) -> None:
    """Where the books are."""
    state(parser)
    parser.add_argument(
        "--journal", type=Path, metavar="J", help="a journal by itself, as `floorboard replay` makes it"
    )


def terms(parser: argparse.ArgumentParser) -> None:
    """By what service levels are counted anew."""
    parser.add_argument("--target-s", type=whole, metavar="S", help="count anew as if this had been the target")
    ends = parser.add_mutually_exclusive_group()
    ends.add_argument(
        "--within",
        dest="under",
        action="store_false",
        default=None,
        help="count anew with a wait of just the target in time",
    )
    ends.add_argument("--under", action="store_true", default=None, help="count anew with only waits of less in time")
    parser.add_argument("--short-s", type=count, metavar="S", help="count anew with short abandons of this length")
    parser.add_argument("--variant", choices=VARIANTS, help="show this service level, whatever each queue's own is")


def span(parser: argparse.ArgumentParser) -> None:
    """From which day to which."""
    parser.add_argument("--from", dest="first", default="today", metavar="WHEN", help=f"{SAID} (%(default)s)")
    parser.add_argument("--to", dest="last", default="", metavar="DAY", help="the last day, 2026-11-30 (the same)")


@contextlib.contextmanager
def journal(args: argparse.Namespace) -> Iterator[Journal]:
    """Stop if there is none, it is damaged, or another's."""
    own = vars(args).get("journal")
    path = own or args.state / "journal.db"
    try:
        path.stat()
    except FileNotFoundError:
        where = f"no journal {own}" if own else f"no journal in {args.state}"
        raise Stop(f"There is {where}; name the state that `floorboard serve` was given.") from None
    except OSError as error:
        raise Stop(f"The journal {path} cannot be read: {error.strerror}.") from error
    try:
        with contextlib.closing(Journal(path, read_only=True)) as opened:
            yield opened
    except sqlite3.DatabaseError as error:
        raise Stop(f"The journal {path} cannot be read: {error}.") from error


@contextlib.contextmanager
def books(args: argparse.Namespace) -> Iterator[Books]:
    """The same with what stands in its tables."""
    with journal(args) as opened, _says_so("reading the books"):
        floor = opened.load()
        now_ms = max(clock.now_ms(), opened.last_noted_ms())
        yield Books(floor, opened.derived, now_ms, wanted=_wanted(args))


@contextlib.contextmanager
def _says_so(what: str) -> Iterator[None]:
    """On standard error, and again every now and then, once it takes long."""
    began, done = time.monotonic(), threading.Event()

    def tell() -> None:
        while not done.wait(LONG_S):
            say(f"{what}, {time.monotonic() - began:.0f} s …")

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()


def _wanted(args: argparse.Namespace) -> Wanted:
    known = vars(args)
    return Wanted(known.get("target_s"), known.get("short_s"), known.get("variant") or "", known.get("under"))


def span_of(args: argparse.Namespace, of: Books) -> Span:
    """Stop if it is none."""
    try:
        first = parse(args.first, of.zone, of.now_ms)
        if not args.last:
            return first
    except ValueError as error:
        raise Stop(f"{error}.") from None
    last = day(args.last, of.zone)
    if last.to_ms <= first.from_ms:
        raise Stop(f"{args.last} is before {args.first}.")
    return Span(first.from_ms, last.to_ms, f"{args.first}..{args.last}")


def day(text: str, zone: tzinfo) -> Span:
    """Stop if it is none."""
    try:
        return days(text, zone)
    except ValueError:
        raise Stop(f"{text!r} is no day, as in 2026-11-30.") from None


def rounded(row: dict[str, Any]) -> dict[str, Any]:
    """Times to a tenth of a second, shares to four digits."""
    return {
        name: round(value, 1 if name.endswith("_s") else 4) if isinstance(value, float) else value
        for name, value in row.items()
    }


def as_csv(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> None:
    """What is not known is empty."""
    writer = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rounded(row) for row in rows)


def as_json(told: dict[str, Any]) -> None:
    print(json.dumps(told, ensure_ascii=False))
