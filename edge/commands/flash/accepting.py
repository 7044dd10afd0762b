"""What an acceptance on the bench (flash/acceptance) asks of a floor that is served: a line of JSON, and one for an answer.

A program of its own and no command, since nobody types it: `look`, and `roll_out` of a build in a folder to that one device.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from edge.asking import Asking, Away, Unsure
from edge.commands import Stop, state
from edge.commands.serving import ACCEPTED, floor_of
from edge.devices import updates
from edge.requests import StartRollout, StopRollout
from edge.settings import read
from flash import tree


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    state(parser)
    parser.add_argument("--device", required=True)
    args = parser.parse_args()
    for line in sys.stdin:
        asked = json.loads(line)
        answer = {"number": asked["number"], **_answer(args, asked)}
        print(json.dumps(answer, ensure_ascii=False), flush=True)
    return 0


def _answer(args: argparse.Namespace, asked: dict[str, Any]) -> dict[str, Any]:
    try:
        if asked["do"] == "look":
            return look(args.state, args.device)
        if asked["do"] == "roll_out":
            return _roll_out(args, Path(asked["folder"]))
        return _tell(args.state, StopRollout(by="technician"))
    except Stop as stop:
        return {"wrong": str(stop)}


def look(state: Path, name: str) -> dict[str, Any]:
    """The device, its desk, the floor's last rollout, time zone and site. Stop if there is no such device."""
    floor = floor_of(state)
    device = floor.devices.get(name)
    if device is None or not device.role:
        raise Stop(f"There is no device {name} on this floor: provision it first.")
    desk = floor.desk_of(name)
    rollout = msgspec.to_builtins(floor.rollout) if floor.rollout else None
    return {
        "device": msgspec.to_builtins(device),
        "desk": {"desk": desk.desk, "help": list(desk.help), "agent": desk.agent} if desk else None,
        "rollout": rollout,
        "zone": floor.timezone,
        "site": read(state / ACCEPTED).site,
    }


def _roll_out(args: argparse.Namespace, slot: Path) -> dict[str, Any]:
    """The files of a slot, to this device alone. The floor's last rollout is over, so nobody wants its builds any more."""
    hardware = floor_of(args.state).devices[args.device].hardware
    files = tree.read(slot)
    build = updates.keep(args.state, files)
    version = files[updates.MANIFEST].decode().partition("\n")[0].rpartition(" ")[2]
    wish = StartRollout(version=version, builds={hardware: build}, devices=(args.device,), by="technician")
    answer = _tell(args.state, wish)
    updates.forget(args.state, [build])
    return answer


def _tell(state: Path, request: StartRollout | StopRollout) -> dict[str, Any]:
    try:
        answer = Asking(state).ask(request)
    except (Away, Unsure) as away:
        raise Stop(f"The edge is not reached at {state}: is `floorboard serve` running there?") from away
    if "facts" not in answer:
        raise Stop(str(answer.get("refused") or answer.get("failed") or answer.get("nonsense")))
    return {"seq": answer["seq"]}


if __name__ == "__main__":
    sys.exit(main())
