"""`floorboard flash provision`: from a board on the bench to a device that the floor sees, in one command."""

import argparse
import getpass
import json
import re
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from edge.commands import Stop, boards
from edge.commands.flash import action
from edge.commands.flash.making import Maker, Order
from edge.commands.flash.writing import board_facts, told
from edge.commands.progress import Steps
from edge.identity import LOOPBACK
from edge.requests import RegisterDevice
from flash import tree

NAME = re.compile(r"[a-z0-9-]{1,32}")
LANGUAGES = ("en", "zh")
PLACE = {
    "wallboard": "board_layout",
    "hall": "board_layout",
    "dispenser": "queues",
}  # what says where it is, if not a desk
OTHERS = 0o077  # of a file's mode
SSID_BYTES_MAX, PASSWORD_BYTES = 32, range(8, 65)
NETWORKS_MAX = 4


def add(actions: Any) -> None:
    parser = action.add(
        actions,
        "provision",
        "Make a board a device of this floor: write what it needs, register it, wait until the floor sees it.",
        """floorboard flash provision /dev/ttyUSB0 --name desk-9 --desk 9 --board desk-unit --image ESP32.bin --wifi wifi.toml
        floorboard flash provision /dev/ttyUSB0 --name wall-2 --board-layout hall --board wallboard --dry-run""",
        _run,
        writes=True,
    )
    parser.add_argument("--name", required=True, help="of the device, as in the site's file")
    parser.add_argument("--board", required=True, help=f"one of: {', '.join(tree.boards())}")
    parser.add_argument("--role", choices=tree.roles(), help="(the board's own)")
    parser.add_argument(
        "--desk", default="", help="number of its desk, for a desk unit, a counter display or a rating pad"
    )
    parser.add_argument(
        "--board-layout", default="", metavar="NAME", help="the board that a wallboard or a hall display shows"
    )
    parser.add_argument(
        "--queues",
        type=lambda text: tuple(text.split(",")),
        default=(),
        metavar="NAMES",
        help="of a dispenser, with commas: one for each of its keys",
    )
    parser.add_argument("--printer", default="", help="for a dispenser's slips")
    parser.add_argument("--lang", choices=LANGUAGES, default="en", help="of its own words (%(default)s)")
    wifi(parser)
    action.image(parser)


def wifi(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--wifi",
        type=Path,
        metavar="FILE",
        help="TOML with ssid and password, or several under [[network]], mode 0600; a real board without it: asked for",
    )
    parser.add_argument(
        "--no-cable", action="store_true", help="a board with an Ethernet socket joins the Wi-Fi instead"
    )


def _run(args: argparse.Namespace) -> int:
    try:
        return _provision(args)
    except KeyboardInterrupt:
        print(f"Stopped: {args.name} may be registered, its board half written. Do the same again.", file=sys.stderr)
        raise


def _provision(args: argparse.Namespace) -> int:
    facts = {key: getattr(args, key) for key in ("desk", "board_layout", "queues", "printer", "lang")}
    order = ordered(args.name, args.board, args.role, facts)
    maker = Maker(args.state, Networks(args.wifi, args.no_cable), file=args.image, sha256=args.sha256, force=args.force)
    maker.prepare(order, args.port)
    with Steps() as steps:
        found = maker.look(order, args.port, steps)
        would = maker.would(order, found) if args.dry_run else []
        made = None if args.dry_run else maker.make(order, args.port, steps, found)
    row: dict[str, Any] = {"port": args.port, "name": order.name, "role": order.wish.role, "desk": order.wish.desk}
    row |= {"layout": order.wish.board, "board": order.board, "site": maker.settings.site, "was": told(found)}
    if made:
        row |= {"mac": made.mac, "id": made.id, "online": True, "seconds": steps.seconds}
    if args.json:
        print(json.dumps({**row, "would": would} if args.dry_run else row))
    elif args.dry_run:
        print(
            f"At {args.port} is {found}. To make it {order.name}, it would:", *(f"  {step}" for step in would), sep="\n"
        )
    else:
        print(f"{args.name} is on the floor of {maker.settings.site}, after {sum(steps.seconds.values()):.0f} s.")
    return 0


def ordered(name: str, board: str, role: str | None, facts: Mapping[str, Any]) -> Order:
    """`facts` are desk, board_layout, queues, printer and lang. Stop if that is no device that can be."""
    has = board_facts(board)["role"]
    if not NAME.fullmatch(name):
        raise Stop(f"{name!r} is no name of a device: 1 to 32 of a-z, 0-9 and -.")
    if role not in (None, has):
        raise Stop(f"A {board} is no {role}; name --role {has}, or another --board.")
    wants = PLACE.get(has, "desk")
    named = ("desk", "board_layout", "queues", *(() if has == "dispenser" else ("printer",)))
    wrong = [f"--{key.replace('_', '-')}" for key in named if key != wants and facts.get(key)]
    if wrong or not facts.get(wants):
        but = f", and no {', no '.join(wrong)}" if wrong else ""
        raise Stop(f"A {has} wants --{wants.replace('_', '-')}{but}.")
    place = {"desk": facts.get("desk", ""), "board": facts.get("board_layout", ""), "queues": facts.get("queues", ())}
    said = {"printer": facts.get("printer", ""), "lang": facts.get("lang") or "en"}
    return Order(RegisterDevice(device=name, role=has, by="technician", **place, **said), board)


class Networks:
    """What a device file has as `networks` (firmware/wifi.py): from the file, or asked for once; none if the board has a cable,
    whatever the others of its box are given, unless that is not to be used."""

    def __init__(self, file: Path | None, no_cable: bool = False) -> None:
        self._file, self._no_cable = file, no_cable
        self._given: dict[str, Any] | None = None

    def __call__(self, port: str, board: str, host: str) -> Sequence[Mapping[str, str]]:
        """Stop if they are needed and cannot be had."""
        is_virtual = port.startswith("rfc2217://127.0.0.1:")
        if not is_virtual and host in LOOPBACK:
            raise Stop(f"broker.host is {host}, which only this machine reaches; name it as the Wi-Fi sees it.")
        if "ethernet" in board_facts(board) and not self._no_cable:
            return []
        if not self._file and is_virtual:
            return boards.NETWORKS
        self._given = self._given or (_wifi_of(self._file) if self._file else _asked())
        where = str(self._file or "This Wi-Fi")
        found = self._given.get("network", [self._given])
        if not isinstance(found, list) or not 1 <= len(found) <= NETWORKS_MAX:
            raise Stop(f"{where}: a Wi-Fi file has 1 to {NETWORKS_MAX} networks, each under [[network]].")
        return [_network(one, where) for one in found]


def _asked() -> dict[str, Any]:
    if not sys.stdin.isatty():
        raise Stop("Which Wi-Fi? Name a file with --wifi FILE, or start this on a terminal.")
    print("Wi-Fi name: ", end="", file=sys.stderr, flush=True)
    return {"ssid": sys.stdin.readline().strip(), "password": getpass.getpass("Wi-Fi password: ")}


def _network(given: Any, where: str) -> dict[str, str]:
    """Stop says which key is wrong, never what it holds."""
    said = given if isinstance(given, dict) else {}
    if unknown := sorted(set(said) - {"ssid", "password"}):
        raise Stop(f"{where}: no key {unknown[0]} is known; there are ssid and password.")
    ssid, password = (str(said.get(key, "")) for key in ("ssid", "password"))
    if not 1 <= len(ssid.encode()) <= SSID_BYTES_MAX:
        raise Stop(f"{where}: ssid is missing, or not of 1 to {SSID_BYTES_MAX} bytes.")
    if len(password.encode()) not in PASSWORD_BYTES:
        raise Stop(
            f"{where}: password is missing, or not of {PASSWORD_BYTES.start} to {PASSWORD_BYTES.stop - 1} bytes."
        )
    return {"ssid": ssid, "passphrase": password}


def _wifi_of(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_mode & OTHERS:
            raise Stop(f"{path} holds a password and others may read it; do `chmod 600 {path}` first.")
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Stop(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:  # never with its text, which may hold the password
        raise Stop(f'{path} is no TOML; it wants ssid = "…" and password = "…".') from error
