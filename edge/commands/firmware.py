"""`floorboard firmware`: build what is written to a device."""

import argparse
from pathlib import Path
from typing import Any

from edge.commands import Stop, command
from flash import tree


def add(commands: Any) -> None:
    firmware = command(
        commands,
        "firmware",
        "Build the firmware.",
        "floorboard firmware build --board desk-unit --out build/desk-unit",
    )
    actions = firmware.add_subparsers(title="actions", metavar="ACTION", required=True)
    build = command(
        actions,
        "build",
        "Build a board's tree: what is copied to the device, as bytecode.",
        "floorboard firmware build --board desk-unit --out build/desk-unit",
    )
    build.add_argument("--board", required=True, help=f"one of: {', '.join(tree.boards())}")
    build.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="an empty folder, or one that was built before"
    )
    build.set_defaults(run=run_build)


def run_build(args: argparse.Namespace) -> int:
    try:
        tree.build(args.board, args.out)
    except ValueError as error:
        raise Stop(f"{str(error)[0].upper()}{str(error)[1:]}.") from error
    for path in sorted(path for path in args.out.rglob("*") if path.is_file()):
        print(f"{path.stat().st_size:7,}  {path.relative_to(args.out)}")
    return 0
