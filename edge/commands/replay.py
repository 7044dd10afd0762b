"""`floorboard replay`: an Asterisk queue_log through the real loop into a journal, and its daily figures."""

import argparse
import contextlib
import csv
import gzip
import io
import json
import sqlite3
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from edge.commands import Stop, command, whole
from edge.core import Ask, Core, Failed, Outcome
from edge.exchange import Reading, read
from edge.figures import Sums, total
from edge.journal import InUse, Journal
from edge.requests import Configure, ObserveLine

BATCH_LINES = 1000
GZIP_MAGIC = b"\x1f\x8b"  # RFC 1952, 2.3.1
OUTCOMES = ("offered", "answered", "abandoned", "timed_out", "left_otherwise")
COLUMNS = (
    "offered,answered,abandoned,timed_out,answered_in_target,abandoned_in_target,wait_answered_s,wait_abandoned_s,talk_s"
).split(",")


def add(commands: Any) -> None:
    parser = command(
        commands,
        "replay",
        "Read an exchange's record into a journal: an Asterisk queue_log, through the real loop. Stopped at any point and\n"
        "started again with the same --journal, it goes on where it was.",
        """floorboard replay /var/log/asterisk/queue_log --daily days.csv --intervals quarters.csv
        zcat old/*.gz | floorboard replay - --journal 2026.db --timezone Asia/Shanghai""",
    )
    parser.add_argument("file", metavar="FILE", help="the record, plain or .gz; - for standard input")
    parser.add_argument(
        "--format",
        choices=["queue_log"],
        default="queue_log",
        help="what kind of record it is",
    )
    parser.add_argument(
        "--journal",
        type=Path,
        metavar="J",
        help="keep the facts in this journal (else they are not kept)",
    )
    parser.add_argument(
        "--daily",
        type=Path,
        metavar="OUT.csv",
        help="write a row for each day and queue; - for standard output",
    )
    parser.add_argument(
        "--intervals",
        type=Path,
        metavar="OUT.csv",
        help="write a row for each 15 minutes, by UTC, and queue; - for standard output",
    )
    parser.add_argument(
        "--target",
        type=whole,
        default=20,
        metavar="S",
        help="service-level target in seconds of queues met in the record (20)",
    )
    parser.add_argument(
        "--timezone",
        metavar="Z",
        help="whose days they are, kept in a new journal (the journal's own, or UTC)",
    )
    parser.add_argument("--json", action="store_true", help="print what was read as one JSON line")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    zone = _zone(args.timezone) if args.timezone else None
    with tempfile.TemporaryDirectory(prefix="floorboard-") as folder:
        core = _core(args.journal or Path(folder, "journal.db"))
        reading = Reading()
        try:
            with _open(args.file) as file:
                lines = _watched(file, args.file, is_kept=bool(args.journal))
                _feed(core, read(lines, reading, target_s=args.target), zone)
        except KeyboardInterrupt:
            go_on = "start again with the same --journal to go on" if args.journal else "nothing was kept"
            raise Stop(f"Stopped at line {reading.lines:,}: {go_on}.") from None
        if reading.lines and not reading.events:
            raise Stop(f"{args.file} is no queue_log: none of its {reading.lines:,} lines could be read.")
        core.journal.checkpoint(core.floor)
        zone = zone or ZoneInfo(core.floor.timezone)
        for path, name, of in ((args.daily, "date", _date(zone)), (args.intervals, "interval", _interval)):
            if path:
                _write(path, name, rows(core.journal.derived.figures(), name, of))
        out = sys.stderr if Path("-") in (args.daily, args.intervals) else sys.stdout
        _report(reading, core, out, as_json=args.json, is_kept=bool(args.journal))
        core.journal.close()
    return 0


def _core(path: Path) -> Core:
    try:
        return Core(Journal(path))
    except InUse as error:
        raise Stop(str(error)) from error
    except sqlite3.Error as error:
        raise Stop(f"{path} is not a journal that can be written: {error}.") from error
    except OSError as error:
        raise Stop(f"{path} cannot be written: {error.strerror}.") from error


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Stop(f"There is no time zone {name}; try Europe/Berlin, Asia/Shanghai or UTC.") from error


def _open(name: str) -> io.BufferedReader:
    if name == "-":
        return open(sys.stdin.fileno(), "rb", closefd=False)
    try:
        return open(name, "rb")
    except OSError as error:
        raise Stop(f"{name} cannot be read: {error.strerror}.") from error


def _watched(file: io.BufferedReader, name: str, *, is_kept: bool) -> Iterator[bytes]:
    """The record's lines, unpacked, with a progress bar on a terminal."""
    total = None if name == "-" else Path(name).stat().st_size
    is_gz = file.peek(2)[:2] == GZIP_MAGIC
    lines: Iterable[bytes] = io.BufferedReader(gzip.GzipFile(fileobj=file), 1 << 16) if is_gz else file
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[lines]:,} lines"),
        TimeElapsedColumn(),
    )
    with Progress(
        *columns,
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as bar:
        task = bar.add_task(Path(name).name if total else "standard input", total=total, lines=0)
        try:
            for number, line in enumerate(lines, 1):
                yield line
                if number % BATCH_LINES == 0:
                    bar.update(task, completed=file.tell() if total else None, lines=number)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            kept = (
                f"What came before is kept, but for {BATCH_LINES:,} lines at most." if is_kept else "Nothing was kept."
            )
            raise Stop(f"{name} is damaged: {error}. {kept}") from error


def _feed(core: Core, lines: Iterator[ObserveLine], zone: ZoneInfo | None) -> None:
    """In batches whose ends are fixed by the line numbers, noted at the record's own time: a record that was read in two
    goes makes the same journal as one read in one."""
    batch: list[Ask] = []
    ends_at = BATCH_LINES
    first = next(lines, None)
    if first and zone and not core.floor.seq:
        _step(core, [Ask(Configure(wanted=(), site="", timezone=zone.key, at_ms=first.at_ms), _must_keep)])
    for line in chain([first] if first else [], lines):
        if line.number > ends_at:
            _step(core, batch)
            batch, ends_at = [], -(-line.number // BATCH_LINES) * BATCH_LINES
        if line.number > core.floor.mark(line.source, line.lane):
            batch.append(Ask(line, _must_keep))
    _step(core, batch)


def _step(core: Core, batch: list[Ask]) -> None:
    if batch:
        core.step(batch, max(ask.request.at_ms for ask in batch))


def _must_keep(outcome: Outcome) -> None:
    if isinstance(outcome, Failed):
        raise Stop(str(outcome))


def rows(figures: Iterable[tuple[int, str, Sums]], name: str, of: Callable[[int], str]) -> list[dict[str, str | int]]:
    """One row for each period and queue, from the figures of 15 minutes; `of` says in which period an interval is."""
    sums: dict[tuple[str, str], Sums] = {}
    for at_ms, queue, part in figures:
        sums.setdefault((of(at_ms), queue), Sums()).add(part)
    return [{name: period, "queue": queue, **_columns(sums[period, queue])} for period, queue in sorted(sums)]


def _date(zone: ZoneInfo) -> Callable[[int], str]:
    return lambda at_ms: datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone).date().isoformat()


def _interval(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%MZ")


def _columns(sums: Sums) -> dict[str, int]:
    return {
        name: getattr(sums, name[:-2] + "_ms") // 1000 if name.endswith("_s") else getattr(sums, name)
        for name in COLUMNS
    }


def _write(path: Path, name: str, written: list[dict[str, str | int]]) -> None:
    try:
        with contextlib.nullcontext(sys.stdout) if path == Path("-") else path.open("w", newline="") as file:
            writer = csv.DictWriter(file, [name, "queue", *COLUMNS], lineterminator="\n")
            writer.writeheader()
            writer.writerows(written)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Stop(f"{path} cannot be written: {error.strerror}.") from error


def _report(reading: Reading, core: Core, out: TextIO, *, as_json: bool, is_kept: bool) -> None:
    whole = total(sums for _, _, sums in core.journal.derived.figures())
    odd = {"malformed": reading.malformed, "out_of_order": reading.out_of_order, "examples": reading.examples}
    if as_json:
        read_now = {"lines": reading.lines, "events": dict(reading.events), "unknown": dict(reading.unknown)}
        outcomes = {name: getattr(whole, name) for name in OUTCOMES}
        print(json.dumps(read_now | odd | outcomes | {"facts": core.floor.seq}), file=out)
        return
    counts = ", ".join(f"{name.replace('_', ' ')} {getattr(whole, name):,}" for name in OUTCOMES)
    print(f"read: {reading.lines:,} lines", file=out)
    print(f"in {'the journal' if is_kept else 'all'}: {core.floor.seq:,} facts; {counts}", file=out)
    unknown = reading.unknown.total()
    if unknown or reading.malformed or reading.out_of_order:
        counts = f"unknown {unknown:,}, malformed {reading.malformed:,}, out of order {reading.out_of_order:,}"
        print("\n  ".join([counts, *reading.examples]), file=sys.stderr)
