"""`floorboard modbus`: the register map of a site's own Modbus server."""

import argparse
import json
from pathlib import Path
from typing import Any

from edge.commands import command
from edge.lights import FLOOR_REGISTERS, QUEUE_REGISTERS, QUEUES_AT, STRIDE
from edge.settings import read


def add(commands: Any) -> None:
    modbus = command(
        commands,
        "modbus",
        "Show which figure stands in which input register of a site's Modbus server.",
        """floorboard modbus --site site.toml
        floorboard modbus --site site.toml --json | jq '.[] | select(.queue == "payments")'""",
    )
    modbus.add_argument(
        "--site",
        type=Path,
        default=Path("/etc/floorboard/site.toml"),
        metavar="TOML",
        help="the site's settings (%(default)s)",
    )
    modbus.add_argument("--json", action="store_true", help="one JSON line: a list of register, queue, name, what")
    modbus.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    settings = read(args.site)
    rows = [(at, "", name, what) for at, (name, what) in enumerate(FLOOR_REGISTERS)]
    for number, queue in enumerate(settings.queue):
        first = QUEUES_AT + STRIDE * number
        rows += [(at, queue.name, name, what) for at, (name, what) in enumerate(QUEUE_REGISTERS, first)]
    if args.json:
        print(json.dumps([dict(zip(("register", "queue", "name", "what"), row, strict=True)) for row in rows]))
        return 0
    wide = max(len(row[1]) for row in rows)
    for at, of, name, what in rows:
        print(f"{at:>5}  {of:{wide}}  {name:14} {what}")
    if not settings.modbus:
        print("\nThe server is off: the site's file has no [modbus].")
    return 0
