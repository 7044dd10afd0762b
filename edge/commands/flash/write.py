"""`floorboard flash keep`, `write` and `sync`: MicroPython for the site, and our files on a board, without making it a device."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from edge.commands import Stop, state
from edge.commands.flash import action
from edge.commands.flash.writing import (
    IMAGES,
    board_facts,
    built,
    check,
    fitting,
    kept_image,
    read_image,
    write,
)
from edge.commands.progress import Steps
from flash import files, images, look, tree


def add(actions: Any) -> None:
    kept = action.add(
        actions,
        "keep",
        "Keep MicroPython's image for a chip with its SHA-256: it is the one that is written from now on.",
        """floorboard flash keep ESP32_GENERIC-20250911-v1.26.1.bin
        floorboard flash keep ESP32_GENERIC_C3.bin --sha256 5e1f…""",
        _keep,
        port=False,
        writes=True,
    )
    kept.add_argument("image", type=Path, metavar="FILE", help="as micropython.org/download has it")
    action.sha256(kept)
    state(kept)
    written = action.add(
        actions,
        "write",
        "Write MicroPython and our files to a board, without making it a device. Checked by SHA-256, chip and MD5.",
        "floorboard flash write /dev/ttyUSB0 --board desk-unit --image ESP32_GENERIC-20250911-v1.26.1.bin",
        _write,
        writes=True,
    )
    written.add_argument("--board", required=True, help=f"one of: {', '.join(tree.boards())}")
    action.image(written)
    sync = action.add(
        actions,
        "sync",
        "Bring the files that have changed to a device that runs ours, and restart it.",
        "floorboard flash sync /dev/ttyUSB0 --json",
        _sync,
        writes=True,
    )
    sync.add_argument("--board", help="what it is, where no device file says it")


def _keep(args: argparse.Namespace) -> int:
    folder = args.state / IMAGES
    try:
        content, chip = images.judge(args.image, args.sha256)
        row = {"image": args.image.name, "chip": chip, "sha256": images.sha256(content)}
        if not args.dry_run:
            images.keep(args.image, folder, args.sha256)
    except OSError as error:
        raise Stop(f"{error.filename or args.image} cannot be kept: {error.strerror}.") from error
    except ValueError as error:
        raise Stop(f"{error}.") from error
    will = "would be" if args.dry_run else "is"
    print(
        json.dumps(row)
        if args.json
        else f"{row['image']} {will} what an {row['chip']} gets from now on; SHA-256 {row['sha256']}."
    )
    return 0


def _write(args: argparse.Namespace) -> int:
    try:
        return _written(args)
    except KeyboardInterrupt:
        print("Stopped: the board may be half written. Do the same again.", file=sys.stderr)
        raise


def _written(args: argparse.Namespace) -> int:
    facts = board_facts(args.board)
    micropython = (
        read_image(args.image, args.board, args.sha256)
        if args.image
        else kept_image(args.state, args.board, args.sha256)
    )
    if not micropython:
        raise Stop("Name MicroPython's image with --image FILE, or keep one with `floorboard flash keep`.")
    row: dict[str, Any] = {"port": args.port, "board": args.board, "image_sha256": micropython.sha256}
    with Steps() as steps:
        steps.step("hearing what it says")
        found = look.look(args.port)
        check(found, facts["chip"], args.port, force=args.force)
        steps.step("asking the chip")
        found = fitting(found, args.port, args.board, micropython)
        contents = built(args.board)
        row |= {"was": found.kind, "files": len(contents)}
        if not args.dry_run:
            made = write(steps, args.port, micropython, contents, erase=found.kind not in look.FREE)
            row |= {"mac": made.mac, "seconds": steps.seconds}
    if args.json:
        print(json.dumps(row))
    elif args.dry_run:
        print(f"At {args.port} is {found}. It would write MicroPython and {len(contents)} files as one image.")
    else:
        print(f"MicroPython and {len(contents)} files are on the {facts['title']} with MAC {made.mac}.")
    return 0


def _sync(args: argparse.Namespace) -> int:
    try:
        return _synced(args)
    except KeyboardInterrupt:
        print("Stopped: the board may be half brought up to date. Do the same again.", file=sys.stderr)
        raise


def _synced(args: argparse.Namespace) -> int:
    with Steps() as steps:
        steps.step("hearing what it says")
        found = look.look(args.port)
        board = args.board or found.device.get("board", "")
        if found.kind != "ours":
            raise Stop(f"At {args.port} is {found}; only a device of ours can be brought up to date.")
        if not board:
            raise Stop(f"At {args.port} is {found}; name its --board.")
        if found.device.get("board", board) != board:
            raise Stop(f"At {args.port} is {found}; to make it a {board} do `floorboard flash provision --force`.")
        facts = board_facts(board)
        if found.chip not in ("", facts["chip"]) or found.device.get("role", facts["role"]) != facts["role"]:
            raise Stop(f"At {args.port} is {found}; {board} is a {facts['role']} on an {facts['chip']}.")
        contents = built(board)
        sent = files.differing(found.files, contents)[0]
        if not args.dry_run:
            steps.step("bringing what has changed")
            files.bring(args.port, found.files, contents, steps.at)
            steps.step("restarting it")
            files.restart(args.port)
    unchanged = len(contents) - len(sent)
    if args.json:
        row = {"port": args.port, "name": found.device.get("name", ""), "sent": sent, "unchanged": unchanged}
        print(json.dumps({**row, "seconds": steps.seconds}))
    else:
        will = "would be brought" if args.dry_run else "brought"
        print(f"{len(sent)} files {will}, {unchanged} were the same.", *(f"\n  {name}" for name in sent), sep="")
    return 0
