"""`floorboard hardware`: check the board files, and draw their wiring."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from edge.commands import Stop, command, gallery
from hardware import reading, sheet, supply, wiring
from hardware.check import check
from hardware.form import BadSheet, Finding


def add(commands: Any) -> None:
    hardware = command(
        commands,
        "hardware",
        "Check and draw the boards: pins, parts, wires, supply.",
        """floorboard hardware check
        floorboard hardware draw""",
    )
    actions = hardware.add_subparsers(title="actions", metavar="ACTION", required=True)
    checking = command(
        actions,
        "check",
        "Check the files in hardware/boards. Ends with 1 if one of them must not be built so.",
        """floorboard hardware check
        floorboard hardware check --board desk-unit
        floorboard hardware check --json""",
    )
    checking.add_argument("--board", metavar="NAME", help=f"only this one of: {', '.join(sheet.boards())}")
    checking.add_argument("--json", action="store_true", help="one JSON object on one line")
    checking.set_defaults(run=run_check)
    draw = command(
        actions,
        "draw",
        "Draw each board's wiring and front panel as SVG, write its parts list as CSV, and a page of all boards.",
        """floorboard hardware draw
        floorboard hardware draw --out made""",
    )
    where = "below which folders (this project's): hardware/wiring, hardware/panels and docs are made in it"
    draw.add_argument("--out", type=Path, default=wiring.ROOT, metavar="DIR", help=where)
    draw.set_defaults(run=run_draw)
    pictures = command(
        actions,
        "gallery",
        "Make pictures of every tile, size and language with the real firmware on virtual boards. It takes some minutes.",
        """floorboard hardware gallery
        floorboard hardware gallery --board wallboard --out pictures""",
    )
    pictures.add_argument("--board", metavar="NAME", help="only this one")
    pictures.add_argument("--out", type=Path, default=gallery.FOLDER, metavar="DIR", help="where to (docs/gallery)")
    pictures.set_defaults(run=gallery.run)


def run_check(args: argparse.Namespace) -> int:
    if args.board and args.board not in sheet.boards():
        raise Stop(f"No board {args.board!r}; there are {', '.join(sheet.boards())}.")
    names = [args.board] if args.board else sheet.boards()
    try:
        found = {name: check(name) for name in names}
    except BadSheet as bad:
        raise Stop(f"{bad}") from bad
    is_good = not any(found.values())
    if args.json:
        boards = [
            {
                "board": name,
                "findings": [asdict(one) for one in findings],
                "read_from_m": 0 if findings else reading.distance_m(sheet.read(name)),
                "supply": _supply(name, findings),
            }
            for name, findings in found.items()
        ]
        print(json.dumps({"ok": is_good, "boards": boards}, ensure_ascii=False))
        return 0 if is_good else 1
    for name, findings in found.items():
        for finding in findings:
            print(finding)
        if not findings:
            rails = [f"{rail['ma']} of {rail['limit_ma']} mA from {rail['giver']}" for rail in _supply(name, findings)]
            print(f"{name}: good; {_reading(name)}{', '.join(rails)}.")
    return 0 if is_good else 1


def _reading(name: str) -> str:
    board = sheet.read(name)
    if not board.reading:
        return ""
    digits = f"digits of {board.reading.digit_mm} mm, read from {reading.distance_m(board):g} m"
    return f"{digits}, for a {board.reading.place}; "


def _supply(name: str, findings: list[Finding]) -> list[dict[str, Any]]:
    """Nothing for a board of which something is wrong: its sums would mean nothing."""
    if findings:
        return []
    return [
        {
            "giver": " ".join(rail.giver),
            "volts": rail.volts,
            "ma": rail.ma,
            "limit_ma": rail.limit_ma,
            "shares_ma": dict(rail.shares),
        }
        for rail in supply.rails(sheet.read(name))
    ]


def run_draw(args: argparse.Namespace) -> int:
    bad = [str(finding) for name in sheet.boards() for finding in check(name)]
    if bad:
        raise Stop(f"Nothing was drawn: {bad[0]}")
    try:
        changed = wiring.write(args.out)
    except OSError as error:
        raise Stop(f"{args.out} cannot be written: {error.strerror}.") from error
    for path in changed:
        print(path)
    if not changed:
        print(f"Everything in {args.out} is up to date.")
    return 0
