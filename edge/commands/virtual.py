"""`floorboard virtual`: boards made of software at a floor that is being served, to try it, to train at it, to show it."""

import argparse
import json
import threading
from collections.abc import Iterator
from typing import Any

from edge.commands import Stop, command, count, end_as_by_ctrl_c, places, port
from edge.commands.box import PAGE_PORT, VIRTUAL, Box
from edge.commands.house import free_port, is_free, say
from edge.commands.serving import ACCEPTED, floor_of
from edge.floor import Floor
from edge.settings import read
from flash import tree

READY_S = 60.0
ROLES = {"desks": "desk", "counters": "counter", "walls": "wallboard", "halls": "hall"}
ROLES |= {"dispensers": "dispenser", "ratings": "rating"}


def add(commands: Any) -> None:
    virtual = command(
        commands,
        "virtual",
        "Plug virtual boards in at the floor that is being served, with a page of their pictures, lamps and keys: a trainer.",
        """floorboard virtual --desks 6 --counters 2 --walls 1 --halls 1 --dispensers 1 --ratings 1
        floorboard virtual --desks 1 --site site.toml --state state --json
        floorboard virtual --walls 1 --desks 0 --serial
        floorboard virtual --blank 2 --json""",
    )
    places(virtual)
    virtual.add_argument("--desks", type=count, help="desk units (1, or 0 with --blank)")
    virtual.add_argument("--counters", type=count, default=0, help="counter displays (%(default)s)")
    virtual.add_argument("--walls", type=count, default=0, help="wallboards (%(default)s)")
    virtual.add_argument("--halls", type=count, default=0, help="hall displays (%(default)s)")
    virtual.add_argument("--dispensers", type=count, default=0, help="dispensers (%(default)s)")
    virtual.add_argument("--ratings", type=count, default=0, help="rating pads (%(default)s)")
    virtual.add_argument(
        "--blank",
        type=count,
        default=0,
        metavar="N",
        help="boards with an empty flash and a serial port, to practise `floorboard flash` on (%(default)s)",
    )
    virtual.add_argument(
        "--hardware", choices=tree.boards(), default="desk-unit", help="what a blank board is (%(default)s)"
    )
    virtual.add_argument(
        "--port", type=port, default=PAGE_PORT, help="of their page (%(default)s, or a free one if it is taken)"
    )
    virtual.add_argument(
        "--serial",
        action="store_true",
        help="open a serial port (RFC 2217) on each, for esptool, mpremote or a terminal",
    )
    virtual.add_argument("--json", action="store_true", help="one JSON line when all are there")
    virtual.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    end_as_by_ctrl_c()
    if not (args.state / "site.key").exists() or not (args.state / "core.sock").exists():
        raise Stop(f"No floor is served from {args.state}; start `floorboard serve` with that state first.")
    settings = read(args.state / ACCEPTED if (args.state / ACCEPTED).exists() else args.site)
    wanted = {role: getattr(args, name) for name, role in ROLES.items()}
    if wanted["desk"] is None:
        wanted["desk"] = 0 if args.blank else 1
    if not any(wanted.values()) and not args.blank:
        raise Stop(
            "No board is asked for; name --desks, --counters, --walls, --halls, --dispensers, --ratings or --blank."
        )
    chosen = dict(_choose(floor_of(args.state), wanted))
    with Box(settings, args.state) as box:
        for number, (name, role) in enumerate(chosen.items(), 1):
            box.plug_in(name, role)
            say(f"{name} is plugged in ({number} of {len(chosen)})")
        box.wait(READY_S)
        blank = dict(_blank(box, args.blank, args.hardware))
        ports = {name: box.boards[name].open_port() for name in chosen} if args.serial else {}
        notes = {name: f"began_blank · {row['port']}" for name, row in blank.items()}
        at = args.port if is_free(args.port) else free_port()
        url = box.serve_page(at, notes, ports | {name: row["port"] for name, row in blank.items()})
        if args.json:
            print(json.dumps({"page": url, "boards": list(chosen), "ports": ports, "blank": blank}), flush=True)
        else:
            lines = "".join(f"    {name:16} {port}\n" for name, port in ports.items())
            lines += "".join(f"    {name:16} {row['port']}  {row['image']}\n" for name, row in blank.items())
            number = len(box.boards)
            print(f"\n  {number} boards are plugged in:  {url}\n{lines}\n  Ctrl-C unplugs them.\n", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            say("unplugging")
    return 0


def _blank(box: Box, number: int, hardware: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Plug so many in: by name, each one's serial port, and the image that stands in for MicroPython."""
    for n in range(1, number + 1):
        board, image = box.plug_in_blank(f"blank-{n}", hardware)
        yield board.name, {"port": board.open_port(), "image": str(image), "hardware": hardware}


def _choose(floor: Floor, wanted: dict[str, int]) -> Iterator[tuple[str, str]]:
    """(name, role) of devices that the site knows and that never were there: a virtual board takes no real one's place."""
    for role, number in wanted.items():
        free = [
            d.device
            for d in floor.devices.values()
            if d.role == role and (not d.id or (d.id.startswith(VIRTUAL) and not d.online))
        ]
        if len(free) < number:
            raise Stop(
                f"{number} of role {role} asked for, but only {len(free)} of the site's devices are free: the others have been"
                " provisioned on a board, or are plugged in. Unplug other virtual boards, or add [[device]] tables to its file"
                " and `floorboard site apply` it."
            )
        yield from ((name, role) for name in free[:number])
