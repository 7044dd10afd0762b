"""`floorboard flash`: the technicians' command line, from a board on the bench to a device on the floor."""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from edge.commands import Stop, command, end_as_by_ctrl_c, state
from edge.commands.flash import provision
from edge.commands.flash.writing import board_facts, built, check, read_image, told, write
from edge.commands.progress import Steps
from edge.requests import ForgetDevice
from flash import chip, files, look, ports, tree
from flash.program import Fault

IMAGE_HELP = "MicroPython for the board's chip, as micropython.org/download has it (the .bin for an erased flash)"


def add(commands: Any) -> None:
    flash = command(
        commands,
        "flash",
        "Find boards, see what is on them, write them, make them devices of this floor.",
        """floorboard flash list
        floorboard flash identify /dev/ttyUSB0
        floorboard flash provision /dev/ttyUSB0 --name desk-9 --desk 9 --board desk-unit --image ESP32.bin --wifi wifi.toml""",
    )
    actions = flash.add_subparsers(title="actions", metavar="ACTION", required=True)
    _action(actions, "list", "Show the serial ports, and what is known of each.", "floorboard flash list --json", _list)
    _action(
        actions,
        "identify",
        "Say which chip a board has and what is on it. The board is restarted.",
        "floorboard flash identify rfc2217://127.0.0.1:40123",
        _identify,
    )
    written = _action(
        actions,
        "write",
        "Write MicroPython and our files to a board, without making it a device. Checked by MD5.",
        "floorboard flash write /dev/ttyUSB0 --board desk-unit --image ESP32_GENERIC-20250911-v1.26.1.bin",
        _write,
    )
    written.add_argument("--image", type=Path, required=True, metavar="FILE", help=IMAGE_HELP)
    made = _action(
        actions,
        "provision",
        "Make a board a device of this floor: write what it needs, register it, wait until the floor sees it.",
        """floorboard flash provision /dev/ttyUSB0 --name desk-9 --desk 9 --board desk-unit --image ESP32.bin --wifi wifi.toml
        floorboard flash provision /dev/ttyUSB0 --name wall-2 --role wallboard --board-layout hall --board wallboard""",
        provision.run,
    )
    provision.arguments(made)
    made.add_argument("--image", type=Path, metavar="FILE", help=IMAGE_HELP + "; not needed if MicroPython runs there")
    for parser in (written, made):
        parser.add_argument("--board", required=True, help=f"one of: {', '.join(tree.boards())}")
        parser.add_argument("--erase", action="store_true", help="other firmware may be erased")
    sync = _action(
        actions,
        "sync",
        "Bring the files that have changed to a device that runs ours, and restart it.",
        "floorboard flash sync /dev/ttyUSB0 --json",
        _sync,
    )
    sync.add_argument("--board", help="another than its device file says")
    forgotten = command(
        actions,
        "forget",
        "Take away a device that `provision` has made: it is let in no more. One of the site's file is taken out there.",
        "floorboard flash forget desk-9",
    )
    forgotten.add_argument("name", metavar="NAME", help="of the device")
    forgotten.add_argument("--json", action="store_true", help="one JSON object")
    state(forgotten)
    forgotten.set_defaults(run=_forget)


def _action(actions: Any, name: str, what: str, examples: str, run: Callable[..., int]) -> argparse.ArgumentParser:
    action = command(actions, name, what, examples)
    if name != "list":
        action.add_argument(
            "port", metavar="PORT", help="/dev/ttyUSB0, or a virtual board's rfc2217://127.0.0.1:NUMBER"
        )
    action.add_argument("--json", action="store_true", help="one JSON object, the last line on standard output")
    action.set_defaults(run=lambda args: _in_one_sentence(run, args))
    return action


def _in_one_sentence(run: Callable[[argparse.Namespace], int], args: argparse.Namespace) -> int:
    end_as_by_ctrl_c()
    try:
        return run(args)
    except Fault as fault:
        raise Stop(str(fault)) from fault


def _list(args: argparse.Namespace) -> int:
    found = ports.listed()
    if args.json:
        print(json.dumps({"ports": found}))
        return 0
    for row in found:
        told = (row["bridge"], row["usb"], row["description"], row["serial"])
        print(f"{row['port']:16} {', '.join(text for text in told if text) or 'nothing is known of it'}")
    if not found:
        print("There is no serial port; virtual boards have theirs with `floorboard virtual --blank 1`.")
    return 0


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
    print(f"{str(found)[0].upper()}{str(found)[1:]}")
    return 0


def _write(args: argparse.Namespace) -> int:
    try:
        return _written(args)
    except KeyboardInterrupt:
        print("Stopped: the board may be half written. Do the same again.", file=sys.stderr)
        raise


def _written(args: argparse.Namespace) -> int:
    facts, micropython = board_facts(args.board), read_image(args.image, args.board)
    with Steps() as steps, built(args.board) as contents:
        steps.step("hearing what it says")
        found = look.look(args.port)
        check(found, facts["chip"], args.port, erase=args.erase)
        made = write(steps, args.port, micropython, contents, erase=found.kind not in look.FREE)
    if args.json:
        row = {"port": args.port, "mac": made.mac, "board": args.board, "was": found.kind, "seconds": steps.seconds}
        print(json.dumps(row))
    else:
        print(f"MicroPython and {len(contents)} files are on the {facts['title']} with MAC {made.mac}.")
    return 0


def _forget(args: argparse.Namespace) -> int:
    provision.tell(args.state, ForgetDevice(device=args.name, by="technician"))
    print(json.dumps({"forgotten": args.name}) if args.json else f"{args.name} is no device of this floor any more.")
    return 0


def _sync(args: argparse.Namespace) -> int:
    with Steps() as steps:
        steps.step("hearing what it says")
        found = look.look(args.port)
        board = args.board or found.device.get("board", "")
        if found.kind != "ours":
            raise Stop(f"At {args.port} is {found}; only a device of ours can be brought up to date.")
        if not board:
            raise Stop(f"At {args.port} is {found}; name its --board.")
        facts = board_facts(board)
        if found.chip not in ("", facts["chip"]) or found.device.get("role", facts["role"]) != facts["role"]:
            raise Stop(f"At {args.port} is {found}; {board} is a {facts['role']} on an {facts['chip']}.")
        with built(board) as contents:
            steps.step("bringing what has changed")
            sent = files.bring(args.port, found.files, contents, steps.at)
        steps.step("restarting it")
        files.restart(args.port)
    unchanged = len(contents) - len(sent)
    if args.json:
        row = {"port": args.port, "name": found.device.get("name", ""), "sent": sent, "unchanged": unchanged}
        print(json.dumps({**row, "seconds": steps.seconds}))
    else:
        print(f"{len(sent)} files brought, {unchanged} were the same.", *(f"\n  {name}" for name in sent), sep="")
    return 0
