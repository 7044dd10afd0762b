"""The record of the boards that were made here: one CSV row for each, no secret in it, kept whole through a power cut."""

import csv
import fcntl
import io
from pathlib import Path
from typing import NamedTuple

from flash import whole


class Row(NamedTuple):
    """A board. `state` is "begun", "written", "ready" or "failed", then `said` tells why; "replaced" by another of its name."""

    mac: str = ""  # "" until it is known; it is what tells boards apart
    name: str = ""
    role: str = ""
    place: str = ""
    board: str = ""
    chip: str = ""
    id: str = ""  # of its provisioning
    firmware: str = ""
    image: str = ""  # SHA-256 of MicroPython's file, "" where it was not written
    tested: str = ""  # "passed", "failed", "" not tested
    state: str = "begun"
    said: str = ""
    port: str = ""
    seconds: str = ""
    at: str = ""  # UTC


def read(path: Path) -> list[Row]:
    """In the order in which they came; none where there is no record yet. ValueError if the file is another one."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    rows = list(csv.DictReader(io.StringIO(text)))
    if any(set(row) != set(Row._fields) for row in rows):
        raise ValueError(f"{path} is no record of boards: its columns are not {', '.join(Row._fields)}")
    return [Row(**row) for row in rows]


def put(path: Path, row: Row) -> None:
    """In place of the board's row: that with its MAC, or the one of its name that has none yet. ValueError as `read`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / f".{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        rows, is_there = read(path), False
        for i, old in enumerate(rows):
            if _is_same(old, row):
                rows[i], is_there = row, True
            elif row.name and old.name == row.name and old.state != "replaced":
                rows[i] = old._replace(state="replaced", said="")
        _write(path, [*rows, *([] if is_there else [row])])


def of(rows: list[Row], *, name: str = "", mac: str = "") -> Row | None:
    """The last that is not replaced, by its MAC, or by its name."""
    found = [row for row in rows if row.state != "replaced" and (row.mac == mac if mac else row.name == name)]
    return found[-1] if found else None


def _is_same(old: Row, row: Row) -> bool:
    return old.mac == row.mac if old.mac and row.mac else old.name == row.name and old.id == row.id


def _write(path: Path, rows: list[Row]) -> None:
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(Row._fields)
    out.writerows(rows)
    whole.put(path, text.getvalue().encode())
