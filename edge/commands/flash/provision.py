"""`floorboard flash provision`: from a board on the bench to a device that the floor sees, in one command."""

import argparse
import getpass
import json
import re
import secrets
import socket
import sys
import time
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from edge import identity
from edge.asking import Asking, Away, Unsure
from edge.commands import Stop, boards, state
from edge.commands.flash.writing import board_facts, built, check, read_image, told, write
from edge.commands.progress import Steps
from edge.commands.serving import ACCEPTED, floor_of
from edge.floor import Floor
from edge.requests import ForgetDevice, Refused, RegisterDevice
from edge.rules.devices import register
from edge.settings import Settings, read
from flash import files, look, tree

NAME = re.compile(r"[a-z0-9-]{1,32}")
ROLES = ("desk", "counter", "hall", "wallboard", "dispenser", "rating")
PLACE = {
    "wallboard": "board_layout",
    "hall": "board_layout",
    "dispenser": "queues",
}  # what says where it is, if not a desk
ID_BYTES = 8
ONLINE_S, LOOK_S = 90.0, 0.3  # a board joins a Wi-Fi, and greets spread over the floor's devices
OTHERS = 0o077  # of a file's mode
LOOPBACK = ("localhost", "127.0.0.1", "::1")
SSID_BYTES_MAX, PASSWORD_BYTES = 32, range(8, 65)
NETWORKS_MAX = 4


def arguments(parser: argparse.ArgumentParser) -> None:
    state(parser)
    parser.add_argument("--name", required=True, help="of the device, as in the site's file")
    parser.add_argument("--role", choices=ROLES, default="desk", help="(%(default)s)")
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
    parser.add_argument("--lang", choices=("en", "zh"), default="en", help="of its own words (%(default)s)")
    parser.add_argument(
        "--wifi",
        type=Path,
        metavar="FILE",
        help="TOML with ssid and password, or several under [[network]], mode 0600; asked for where it is missing",
    )


def run(args: argparse.Namespace) -> int:
    try:
        return _provision(args)
    except KeyboardInterrupt:
        print(
            f"Stopped: {args.name} may be registered, and its board half written. Do the same again.", file=sys.stderr
        )
        raise


def _provision(args: argparse.Namespace) -> int:
    facts, wish = board_facts(args.board), _wish(args)
    micropython = read_image(args.image, args.board) if args.image else None
    floor, settings = _reached(args)
    _try(floor, wish)
    networks = _networks(args, settings)
    with Steps() as steps, built(args.board) as firmware:
        steps.step("hearing what it says")
        found = look.look(args.port)
        check(found, facts["chip"], args.port, erase=args.erase)
        if not micropython and found.kind not in ("empty", "ours"):
            raise Stop(f"At {args.port} is {found}; name MicroPython's image with --image FILE.")
        steps.step("registering it with the edge")
        tell(args.state, wish)
        device, id = _device(args, settings, networks)
        contents = tree.provisioned(firmware, device, (args.state / "ca.crt").read_bytes())
        mac = found.mac
        if micropython:
            mac = write(steps, args.port, micropython, contents, erase=found.kind not in look.FREE).mac
        else:
            steps.step("bringing its files")
            files.bring(args.port, found.files, contents, steps.at)
            files.restart(args.port)
        steps.step("waiting until the floor sees it")
        _wait(args, id)
    row = {"port": args.port, "mac": mac, "name": args.name, "role": args.role, "desk": args.desk, "id": id}
    row |= {"layout": args.board_layout, "board": args.board, "site": settings.site, "online": True, "was": told(found)}
    if args.json:
        print(json.dumps({**row, "seconds": steps.seconds}))
    else:
        print(f"{args.name} is on the floor of {settings.site}, after {sum(steps.seconds.values()):.0f} s.")
    return 0


def _wish(args: argparse.Namespace) -> RegisterDevice:
    role = board_facts(args.board)["role"]
    if not NAME.fullmatch(args.name):
        raise Stop(f"{args.name!r} is no name of a device: 1 to 32 of a-z, 0-9 and -.")
    if role != args.role:
        raise Stop(f"A {args.board} is no {args.role}; name --role {role}, or another --board.")
    wants = PLACE.get(role, "desk")
    named = ("desk", "board_layout", "queues", *(() if role == "dispenser" else ("printer",)))
    wrong = [f"--{name.replace('_', '-')}" for name in named if name != wants and getattr(args, name)]
    if wrong or not getattr(args, wants):
        but = f", and no {', no '.join(wrong)}" if wrong else ""
        raise Stop(f"A {role} wants --{wants.replace('_', '-')}{but}.")
    said = {"queues": args.queues, "printer": args.printer, "lang": args.lang}
    return RegisterDevice(device=args.name, role=role, desk=args.desk, board=args.board_layout, by="technician", **said)


def _reached(args: argparse.Namespace) -> tuple[Floor, Settings]:
    """The floor and its settings. Stop if its core does not listen: without it nothing is written."""
    try:
        with socket.socket(socket.AF_UNIX) as door:
            door.connect(str(args.state / "core.sock"))
    except OSError as error:
        raise _away(args.state) from error
    return floor_of(args.state), read(args.state / ACCEPTED)


def _away(state: Path) -> Stop:
    return Stop(f"The edge is not reached at {state}: is `floorboard serve` running there? Nothing was written.")


def _try(floor: Floor, wish: RegisterDevice) -> None:
    """What the rules will refuse is said before anybody waits."""
    try:
        register(floor, wish)
    except Refused as refused:
        raise Stop(f"{refused} Nothing was written.") from refused


def tell(state: Path, wish: RegisterDevice | ForgetDevice) -> None:
    """The core has done it; Stop with the reason otherwise."""
    try:
        answer = Asking(state).ask(wish)
    except Away as away:
        raise _away(state) from away
    except Unsure as unsure:
        raise Stop("The edge did not answer; nothing was written, so do it again.") from unsure
    if "facts" not in answer:
        why = answer.get("refused") or answer.get("failed") or answer.get("nonsense")
        raise Stop(f"{why} Nothing was written.")


def _device(
    args: argparse.Namespace, settings: Settings, networks: Sequence[Mapping[str, str]]
) -> tuple[dict[str, object], str]:
    """The device file, and its provisioning id."""
    id = secrets.token_hex(ID_BYTES)
    device = identity.device_file(
        args.state,
        site=settings.site,
        name=args.name,
        role=args.role,
        host=settings.broker.host,
        port=settings.broker.port,
        provisioning_id=id,
        board=args.board,
    )
    return {**device, "networks": networks}, id


def _networks(args: argparse.Namespace, settings: Settings) -> list[dict[str, str]]:
    """As the device file has them (firmware/wifi.py); none where the board hangs on a cable."""
    is_virtual = args.port.startswith("rfc2217://127.0.0.1:")
    if not is_virtual and settings.broker.host in LOOPBACK:
        raise Stop(
            f"broker.host is {settings.broker.host}, which only this machine reaches; name it as the Wi-Fi sees it."
        )
    if args.wifi:
        given = _wifi_of(args.wifi)
    elif "ethernet" in tree.read_board(args.board):
        return []
    elif is_virtual:
        return boards.NETWORKS
    elif sys.stdin.isatty():
        print("Wi-Fi name: ", end="", file=sys.stderr, flush=True)
        given = {"ssid": sys.stdin.readline().strip(), "password": getpass.getpass("Wi-Fi password: ")}
    else:
        raise Stop("Which Wi-Fi? Name a file with --wifi FILE, or start this on a terminal.")
    found = given.get("network", [given])
    if not isinstance(found, list) or not 1 <= len(found) <= NETWORKS_MAX:
        raise Stop(f"A Wi-Fi file has 1 to {NETWORKS_MAX} networks, each under [[network]].")
    return [_network(one) for one in found]


def _network(given: Any) -> dict[str, str]:
    ssid, password = (str(given.get(key, "")) if isinstance(given, dict) else "" for key in ("ssid", "password"))
    if not 1 <= len(ssid.encode()) <= SSID_BYTES_MAX or len(password.encode()) not in PASSWORD_BYTES:
        raise Stop("A Wi-Fi has an ssid of 1 to 32 bytes and a password of 8 to 64.")
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


def _wait(args: argparse.Namespace, id: str) -> None:
    """Until the floor has heard it greet with this provisioning."""
    end = time.monotonic() + ONLINE_S
    while time.monotonic() < end:
        device = floor_of(args.state).devices[args.name]
        if device.online and device.id == id:
            return
        time.sleep(LOOK_S)
    raise Stop(
        f"{args.name} is written and registered, but the floor has not seen it for {ONLINE_S:.0f} s:"
        f" are Wi-Fi and broker.host right? Its console says more."
    )
