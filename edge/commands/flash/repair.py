"""`floorboard flash logs` and `restore`: what a board has to say, and how it becomes blank again."""

import argparse
import json
import sys
import time
from typing import Any

from edge.commands import Stop, whole
from edge.commands.flash import action
from edge.commands.flash.writing import told
from edge.commands.progress import Steps
from flash import chip, look, ports

SECONDS = 10


def add(actions: Any) -> None:
    logged = action.add(
        actions,
        "logs",
        "Show what ended a device's firmware last, then its console. The board is restarted.",
        "floorboard flash logs /dev/ttyUSB0 --seconds 60",
        _logs,
    )
    logged.add_argument(
        "--seconds", type=whole, default=SECONDS, metavar="N", help="how long to hear the console (%(default)s)"
    )
    restored = action.add(
        actions,
        "restore",
        "Make a board blank again: its whole flash is erased. A device of a floor only with --force.",
        """floorboard flash restore /dev/ttyUSB0
        floorboard flash restore /dev/ttyUSB0 --force""",
        _restore,
        writes=True,
    )
    action.force(restored)


def _logs(args: argparse.Namespace) -> int:
    with Steps() as steps:
        steps.step("hearing what it says")
        found = look.look(args.port)
    if not args.json:
        print(f"{found.begun}.")
        print(f"Its last crash: {found.crash}" if found.crash else "No crash is noted.")
        print(f"Its console, for {args.seconds} s:", flush=True)
    heard: list[str] = []

    def tell(text: str) -> None:
        heard.append(text)
        if not args.json:
            print(text, end="", flush=True)

    try:
        ports.follow(args.port, tell, time.monotonic() + args.seconds)
    except KeyboardInterrupt:
        if args.json:
            raise
        print(file=sys.stderr)
    if args.json:
        print(json.dumps({"port": args.port, **told(found), "console": "".join(heard)}, ensure_ascii=False))
    return 0


def _restore(args: argparse.Namespace) -> int:
    with Steps() as steps:
        steps.step("hearing what it says")
        found = look.look(args.port)
        if found.kind not in (*look.FREE, "silent") and not args.force:
            raise Stop(f"At {args.port} is {found}; with --force it is erased.")
        if found.device and not args.force:
            raise Stop(f"At {args.port} is {found}; with --force it is erased.")
        steps.step("asking the chip")
        made = chip.identify(args.port)
        if found.kind == "silent" and not args.force:
            raise Stop(f"At {args.port} is firmware that says nothing; with --force it is erased.")
        if not args.dry_run:
            steps.step("erasing all of it")
            chip.erase(args.port, made.chip)
    row = {"port": args.port, "mac": made.mac, "was": told(found), "seconds": steps.seconds}
    if args.json:
        print(json.dumps(row))
        return 0
    print(f"The {made.model} with MAC {made.mac} {'would have' if args.dry_run else 'has'} nothing on it any more.")
    if found.device:
        name = found.device["name"]
        print(f"{name} is still a device of its floor; if it does not come back: floorboard flash forget {name}")
    return 0
