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
    """In the order in which they came; none where there is no record yet. ValueError if the file is another one, or damaged."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is no record of boards: it is not UTF-8") from error
    head, *cells = csv.reader(io.StringIO(text)) if text else [[]]
    if tuple(head) != Row._fields:
        raise ValueError(f"{path} is no record of boards: its columns are not {', '.join(Row._fields)}")
    for number, row in enumerate(cells, 2):
        if len(row) != len(Row._fields):
            raise ValueError(f"{path} is damaged in its row {number}: mend it, or move it away")
    return [Row(*row) for row in cells]


def put(path: Path, row: Row) -> None:
    """In place of the board's row: that with its MAC, and that of its name that has none yet. ValueError as `read`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / f".{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        rows: list[Row] = []
        for old in read(path):
            is_it = old.mac == row.mac if old.mac else old.name == row.name
            if not is_it:
                is_replaced = old.name == row.name and row.name and old.state != "replaced"
                rows.append(old._replace(state="replaced", said="") if is_replaced else old)
            elif row not in rows:
                rows.append(row)
        _write(path, rows if row in rows else [*rows, row])


def of(rows: list[Row], *, name: str = "", mac: str = "") -> Row | None:
    """The last that is not replaced, by its MAC, or by its name."""
    found = [row for row in rows if row.state != "replaced" and (row.mac == mac if mac else row.name == name)]
    return found[-1] if found else None


def _write(path: Path, rows: list[Row]) -> None:
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(Row._fields)
    out.writerows(rows)
    whole.put(path, text.getvalue().encode())
