"""`floorboard flash label`: a device's sticker, from what the record of boards knows of it."""

import argparse
import json
from pathlib import Path
from typing import Any

from edge import parts
from edge.commands import Stop, state
from edge.commands.flash import action
from edge.commands.flash.making import rows_of
from edge.commands.serving import ACCEPTED
from edge.settings import read
from flash import label, record, tree
from flash.record import Row

FOLDER = "labels"  # in the state


def add(actions: Any) -> None:
    parser = action.add(
        actions,
        "label",
        "Draw a device's sticker with name, MAC and QR code, as PNG and PDF of its true size.",
        """floorboard flash label desk-9
        floorboard flash label desk-9 desk-10 --out stickers""",
        _run,
        port=False,
        writes=True,
    )
    parser.add_argument("names", nargs="+", metavar="NAME", help="of a device that `provision` or `batch` has made")
    state(parser)
    parser.add_argument("--out", type=Path, metavar="DIR", help="where to (labels in the state)")


def _run(args: argparse.Namespace) -> int:
    rows = rows_of(args.state)
    known = {name: record.of(rows, name=name) for name in args.names}
    for name, row in known.items():
        if not row or not row.mac:
            raise Stop(
                f"The record of {args.state} has no board for {name}: make it with `floorboard flash provision`."
            )
    out, site = args.out or args.state / FOLDER, read(args.state / ACCEPTED).site
    made = {row.name: [out / f"{row.name}.{kind}" for kind in ("png", "pdf")] for row in known.values() if row}
    if not args.dry_run:
        made = {row.name: save(row, site, out) for row in known.values() if row}
    if args.json:
        print(json.dumps({"labels": {name: [str(path) for path in paths] for name, paths in made.items()}}))
        return 0
    for paths in made.values():
        for path in paths:
            print(path)
    return 0


def save(row: Row, site: str, out: Path) -> list[Path]:
    """PNG and PDF of a board's sticker. Stop if they cannot be written."""
    title = tree.read_board(row.board)["title"]
    place = f"{row.role} {row.place} · {site}"
    picture = label.draw(row.name, place, title, row.mac, site, parts.font())
    try:
        return label.save(picture, out, row.name)
    except OSError as error:
        raise Stop(f"{out} cannot be written: {error.strerror}.") from error
