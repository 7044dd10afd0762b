"""`floorboard flash list` and `identify`: which ports there are, and what is on the boards behind them."""

import argparse
import json
from dataclasses import asdict
from typing import Any

from edge.commands import state
from edge.commands.flash import action, lines
from edge.commands.flash.writing import told
from edge.commands.progress import Steps
from flash import chip, look, ports
from flash.program import Fault


def add(actions: Any) -> None:
    listed = action.add(
        actions,
        "list",
        "Show the serial ports, and what is known of each.",
        """floorboard flash list
        floorboard flash list --look --json""",
        _list,
        port=False,
    )
    state(listed)
    listed.add_argument(
        "--look",
        action="store_true",
        help="also what is on each board: they are restarted, and the floor's own ports left alone",
    )
    action.add(
        actions,
        "identify",
        "Say which chip a board has and what is on it. The board is restarted.",
        "floorboard flash identify rfc2217://127.0.0.1:40123",
        _identify,
    )


def _list(args: argparse.Namespace) -> int:
    ours = lines.used(args.state)
    found = [row | {"used": lines.of(row["port"], ours)} for row in ports.listed()]
    if args.look:
        found = [row | _seen(row["port"]) if row["bridge"] and not row["used"] else row for row in found]
    if args.json:
        print(json.dumps({"ports": found}))
        return 0
    for row in found:
        told = (row["bridge"], row["usb"], row["description"], row["serial"])
        print(f"{row['port']:16} {', '.join(text for text in told if text) or 'nothing is known of it'}")
        if row["used"]:
            print(f"{'':16} The floor's {row['used']}, by its site's file")
        if "says" in row:
            print(f"{'':16} {row['says']}")
    if not found:
        print("There is no serial port; virtual boards have theirs with `floorboard virtual --blank 1`.")
    return 0


def _seen(port: str) -> dict[str, object]:
    try:
        found = look.look(port)
    except Fault as fault:
        return {"says": str(fault)}
    return {"says": found.begun, "chip": found.chip, "mac": found.mac, **told(found)}


def _identify(args: argparse.Namespace) -> int:
    with Steps() as steps:
        steps.step("hearing what it says")
        found = look.look(args.port)
        steps.step("asking the chip")
        made = chip.identify(args.port)
    if args.json:
        print(json.dumps({"port": args.port, **asdict(made), **told(found)}))
        return 0
    print(f"{made.model}, {made.flash_mb} MB flash, MAC {made.mac}")
    print(found.begun)
    if found.crash:
        print(f"Its last crash: {found.crash}")
    return 0
