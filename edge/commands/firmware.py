"""`floorboard firmware`: build what is written to a device; rollout.py brings it there over the air."""

import argparse
from pathlib import Path
from typing import Any

from edge.commands import boards, command, rollout
from edge.commands.flash.writing import board_facts
from flash import fonts, tree


def add(commands: Any) -> None:
    firmware = command(
        commands,
        "firmware",
        "Build the firmware and its fonts, roll the firmware out over the air.",
        """floorboard firmware build --board desk-unit --out build/desk-unit
        floorboard firmware fonts --board wallboard --out build/wallboard
        floorboard firmware rollout --state state --wait
        floorboard firmware status --state state --json
        floorboard firmware stop --state state""",
    )
    actions = firmware.add_subparsers(title="actions", metavar="ACTION", required=True)
    build = command(
        actions,
        "build",
        "Build a board's tree: what is copied to the device, as bytecode, and its fonts.",
        "floorboard firmware build --board desk-unit --out build/desk-unit",
    )
    build.add_argument("--board", required=True, help=f"one of: {', '.join(tree.boards())}")
    build.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="an empty folder, or one that was built before"
    )
    build.set_defaults(run=run_build)
    faces = command(
        actions,
        "fonts",
        "Make a board's fonts: text in Latin and Chinese, and large numerals.",
        "floorboard firmware fonts --board wallboard --out build/wallboard",
    )
    faces.add_argument("--board", required=True, help=f"one of: {', '.join(tree.boards())}")
    faces.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the folder fonts comes to stand")
    faces.set_defaults(run=run_fonts)
    rollout.add(actions)


def run_build(args: argparse.Namespace) -> int:
    faces = boards.faces(board_facts(args.board))
    boards.build(args.board, args.out)
    boards.put(faces, args.out)
    _list(args.out, sorted(path for path in args.out.rglob("*") if path.is_file()))
    return 0


def run_fonts(args: argparse.Namespace) -> int:
    faces = boards.faces(board_facts(args.board))
    if not faces:
        print(f"A {args.board} has no fonts: it has no picture, or one of less than {fonts.TEXT_HEIGHTS[0]} rows.")
    boards.put(faces, args.out)
    _list(args.out, [args.out / name for name in faces])
    return 0


def _list(folder: Path, files: list[Path]) -> None:
    for path in files:
        print(f"{path.stat().st_size:9,}  {path.relative_to(folder)}")
