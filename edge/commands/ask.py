"""`floorboard ask`: a device shows itself, tests itself, or starts anew, and says how it went."""

import argparse
import json
import time
from typing import Any

from edge import clock, hours
from edge.asking import Asking, Away, Unsure
from edge.commands import Stop, command, state
from edge.commands.house import say
from edge.commands.serving import floor_of, is_served
from edge.floor import Device, Floor
from edge.requests import AskDevice

COMMANDS = ("identify", "selftest", "restart")
ANSWER_S, LOOK_S = 65.0, 0.3  # the floor gives a device a minute
QUIET_S = 2.0
AGAIN_S = 6.0  # a core that ended is started again by `serve`, within 5 s


def add(commands: Any) -> None:
    parser = command(
        commands,
        "ask",
        "Ask a device to blink and show its name, to test all its parts, or to start anew; prints what it answers.",
        """floorboard ask desk-3 selftest --state state
        floorboard ask wall-1 identify --json""",
    )
    parser.add_argument("name", metavar="NAME", help="of the device")
    parser.add_argument("cmd", choices=COMMANDS, help="what it is to do")
    state(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """1 if it found something wrong, or did not answer."""
    try:
        is_up = is_served(args.state)
    except OSError as error:  # a path that no socket can have
        raise Stop(f"The edge is not reached at {args.state}: {error}.") from error
    if not is_up:
        raise Stop(f"The edge is not reached at {args.state}: is `floorboard serve` running there?")
    floor = floor_of(args.state)
    known = floor.devices.get(args.name)
    if known and not known.online:
        lost = f"is lost since {_at(floor, known.since_ms)}" if known.id else "has never come"
        raise Stop(f"{args.name} {lost}: nobody would answer.")
    try:
        answer = Asking(args.state).ask(AskDevice(device=args.name, cmd=args.cmd, by="technician"))
    except (Away, Unsure) as away:
        raise Stop(f"The edge is not reached at {args.state}: is `floorboard serve` running there?") from away
    if "facts" not in answer:
        raise Stop(str(answer.get("refused") or answer.get("failed") or answer.get("nonsense")))
    known = _answered(args, answer)
    ok = known.is_sound if args.cmd == "selftest" else not known.said
    row = {"device": args.name, "cmd": args.cmd, "ok": ok, "said": known.said}
    print(json.dumps(row, ensure_ascii=False) if args.json else known.said or "done")
    return 0 if ok else 1


def _answered(args: argparse.Namespace, answer: dict[str, Any]) -> Device:
    """The device, once it has answered."""
    asked = answer["facts"][0]["id"]
    began = served = time.monotonic()
    is_told = False
    while True:
        floor = floor_of(args.state)
        known = floor.devices.get(args.name)
        if known and known.answered == asked:
            return known
        now = time.monotonic()
        if known is None or (asked not in floor.commands and floor.seq > answer["seq"]) or now > began + ANSWER_S:
            raise Stop(f"{args.name} did not answer within a minute: is it on?")
        if is_served(args.state):
            served = now
        elif now > served + AGAIN_S:
            raise Stop(f"`floorboard serve` has ended at {args.state}: no answer comes any more.")
        if not is_told and now > began + QUIET_S:
            is_told = True
            say(f"waiting for {args.name}, for up to a minute …")
        time.sleep(LOOK_S)


def _at(floor: Floor, at_ms: int) -> str:
    """On the site's clock; with the day, unless it is today."""
    day, time_of_day = hours.day(floor.timezone, at_ms), hours.clock(floor.timezone, at_ms)
    return time_of_day if day == hours.day(floor.timezone, clock.now_ms()) else f"{day} {time_of_day}"
