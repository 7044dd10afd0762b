"""`floorboard firmware rollout`, `status` and `stop`: new firmware to the devices of a floor, over the air."""

import argparse
import json
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from edge.asking import Asking, Away, Unsure
from edge.commands import Stop, boards, command, end_as_by_ctrl_c, state
from edge.commands.device import now_of
from edge.commands.house import say
from edge.commands.progress import Steps
from edge.commands.serving import floor_of
from edge.devices import updates
from edge.floor import Device, Floor, Rollout
from edge.requests import StartRollout, StopRollout
from edge.rules.updates import WAVES
from flash import tree

LOOK_S = 0.5


def add(actions: Any) -> None:
    rollout = _action(
        actions,
        "rollout",
        "Bring this program's firmware to the devices: to one, then five, then all, until one does not come back well.",
        """floorboard firmware rollout --state state --wait
        floorboard firmware rollout --state state --device desk-7 --device wall-1""",
        run_rollout,
    )
    rollout.add_argument(
        "--device", action="append", default=[], metavar="NAME", help="only to this one; may be repeated"
    )
    rollout.add_argument("--older", action="store_true", help="it may be older than what a device runs")
    rollout.add_argument(
        "--wait", action="store_true", help="until it is done or has stopped; exit code 1 if it stopped"
    )
    _action(actions, "status", "Show how far the last rollout is.", "floorboard firmware status --json", run_status)
    _action(
        actions,
        "stop",
        "Stop the rollout: nobody more is asked, and who is fetching gives up.",
        "floorboard firmware stop --state state",
        run_stop,
    )


def _action(actions: Any, name: str, what: str, examples: str, run: Any) -> argparse.ArgumentParser:
    action = command(actions, name, what, examples)
    state(action)
    action.add_argument("--json", action="store_true", help="one JSON object, the last line on standard output")
    action.set_defaults(run=run)
    return action


def run_rollout(args: argparse.Namespace) -> int:
    end_as_by_ctrl_c()
    floor = floor_of(args.state)
    named = [floor.devices[name] for name in args.device if name in floor.devices]
    wanted = {device.hardware for device in named or floor.devices.values()} & set(tree.boards())
    with Steps() as steps:
        steps.step("building")
        builds = {board: _built(board, args.state) for board in sorted(wanted)}
        request = StartRollout(
            version=tree.version(), builds=builds, devices=tuple(args.device), older=args.older, by="technician"
        )
        _tell(args.state, request)
        updates.forget(args.state, builds.values())
        if args.wait:
            steps.step("waiting for the devices")
            try:
                _wait(args.state, steps)
            except KeyboardInterrupt:
                say(f"The rollout goes on by itself; `floorboard firmware stop --state {args.state}` ends it.")
                raise
    return _show(args)


def _built(board: str, state: Path) -> str:
    with tempfile.TemporaryDirectory(prefix="floorboard-tree-") as folder:
        boards.build(board, Path(folder))
        return updates.keep(state, tree.read(Path(folder, tree.SLOT)))


def _wait(state: Path, steps: Steps) -> None:
    told: dict[str, str] = {}
    waves: dict[str, int] = {}
    while True:
        rollout = _rollout(floor_of(state))
        _tell_changes(rollout, told, waves)
        if rollout.state != "open":
            return
        steps.at(rollout.done / max(1, len(rollout.updates)))
        time.sleep(LOOK_S)


def _tell_changes(rollout: Rollout, told: dict[str, str], waves: dict[str, int]) -> None:
    """A line for each device that is in another state than was told."""
    for name, each in sorted(rollout.updates.items(), key=lambda item: item[1].since_ms):
        if each.state not in ("waiting", told.get(name)):
            told[name] = each.state
            waves.setdefault(name, 1 + sum(len(waves) >= most for most in WAVES))
            say(f"{name}, wave {waves[name]}: {each.state}")


def run_status(args: argparse.Namespace) -> int:
    return _show(args)


def run_stop(args: argparse.Namespace) -> int:
    _tell(args.state, StopRollout(by="technician"))
    _show(args)
    return 0


def _show(args: argparse.Namespace) -> int:
    """Exit code 1 if an update failed."""
    floor = floor_of(args.state)
    rollout = _rollout(floor)
    counts = Counter(update.state for update in rollout.updates.values())
    if args.json:
        devices = {name: {"state": each.state, "why": each.why} for name, each in rollout.updates.items()}
        row = {"rollout": rollout.rollout, "state": rollout.state, "why": rollout.why, "version": rollout.version}
        print(
            json.dumps(
                {**row, "builds": rollout.builds, "counts": dict(counts), "devices": devices}, ensure_ascii=False
            )
        )
    else:
        print(f"{rollout.rollout} of {rollout.version} is {rollout.state}. {rollout.why}".strip())
        print(", ".join(f"{count} {word}" for word, count in counts.items()) + f", of {len(rollout.updates)} devices.")
        for name, each in rollout.updates.items():
            if each.state in ("asked", "failed"):
                why = "" if each.why in rollout.why else each.why
                words = (each.state, _beside(floor.devices[name]), why)
                print(f"    {name:16} " + "  ".join(word for word in words if word))
    return int(bool(rollout.failed))


def _beside(device: Device) -> str:
    """What the device itself is, if that says more."""
    now = now_of(device)
    return ("on trial" if device.trial else "") if now == "ready" else now


def _rollout(floor: Floor) -> Rollout:
    if floor.rollout is None:
        raise Stop("There was no rollout yet.")
    return floor.rollout


def _tell(state: Path, request: StartRollout | StopRollout) -> None:
    try:
        answer = Asking(state).ask(request)
    except Away as away:
        raise Stop(f"The edge is not reached at {state}: is `floorboard serve` running there?") from away
    except Unsure as unsure:
        raise Stop("The edge did not answer; look with `floorboard firmware status`.") from unsure
    if "facts" not in answer:
        raise Stop(str(answer.get("refused") or answer.get("failed") or answer.get("nonsense")))
