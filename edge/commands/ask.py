"""`floorboard ask`: a device shows itself, tests itself, or starts anew, and says how it went."""

import argparse
import json
import time
from typing import Any

from edge.asking import Asking, Away, Unsure
from edge.commands import Stop, command, state
from edge.commands.serving import floor_of
from edge.requests import AskDevice

COMMANDS = ("identify", "selftest", "restart")
ANSWER_S, LOOK_S = 65.0, 0.3  # the floor gives a device a minute


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
        answer = Asking(args.state).ask(AskDevice(device=args.name, cmd=args.cmd, by="technician"))
    except (Away, Unsure) as away:
        raise Stop(f"The edge is not reached at {args.state}: is `floorboard serve` running there?") from away
    if "facts" not in answer:
        raise Stop(str(answer.get("refused") or answer.get("failed") or answer.get("nonsense")))
    asked = answer["facts"][0]["id"]
    deadline = time.monotonic() + ANSWER_S
    while True:
        floor = floor_of(args.state)
        known = floor.devices.get(args.name)
        if known and known.answered == asked:
            break
        if known is None or (asked not in floor.commands and floor.seq > answer["seq"]) or time.monotonic() > deadline:
            raise Stop(f"{args.name} did not answer within a minute: is it on?")
        time.sleep(LOOK_S)
    ok = known.is_sound if args.cmd == "selftest" else not known.said
    row = {"device": args.name, "cmd": args.cmd, "ok": ok, "said": known.said}
    print(json.dumps(row, ensure_ascii=False) if args.json else known.said or "done")
    return 0 if ok else 1
