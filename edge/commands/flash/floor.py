"""What the technicians' command asks of the floor: whether it is there, whether it would take a device, that it does; and
`floorboard flash forget`."""

import argparse
import json
from pathlib import Path
from typing import Any

from edge.asking import Asking, Away, Unsure
from edge.commands import Stop, state
from edge.commands.flash import action
from edge.commands.serving import ACCEPTED, floor_of, is_served
from edge.floor import Floor
from edge.requests import ForgetDevice, Refused, RegisterDevice
from edge.rules import decide
from edge.settings import Settings, read


def add(actions: Any) -> None:
    forgotten = action.add(
        actions,
        "forget",
        "Take away a device that `provision` has made: it is let in no more. One of the site's file is taken out there.",
        "floorboard flash forget desk-9",
        _forget,
        port=False,
        writes=True,
    )
    forgotten.add_argument("name", metavar="NAME", help="of the device")
    state(forgotten)


def _forget(args: argparse.Namespace) -> int:
    wish = ForgetDevice(device=args.name, by="technician")
    try_out(reached(args.state)[0], wish)
    if not args.dry_run:
        tell(args.state, wish)
    will = "would be" if args.dry_run else "is"
    print(
        json.dumps({"forgotten": args.name}) if args.json else f"{args.name} {will} no device of this floor any more."
    )
    return 0


def reached(state: Path) -> tuple[Floor, Settings]:
    """The floor and its settings. Stop if its core does not listen: without it nothing is written."""
    try:
        is_up = is_served(state)
    except OSError as error:  # a path that no socket can have
        raise _away(state) from error
    if not is_up:
        raise _away(state)
    return floor_of(state), read(state / ACCEPTED)


def try_out(floor: Floor, wish: RegisterDevice | ForgetDevice) -> None:
    """What the rules will refuse is said before anybody waits."""
    try:
        decide(floor, wish)
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


def _away(state: Path) -> Stop:
    return Stop(f"The edge is not reached at {state}: is `floorboard serve` running there? Nothing was written.")
