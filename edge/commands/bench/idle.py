"""`floorboard bench idle`: the processor time of desk units that nobody touches."""

import argparse
import json
from typing import Any

from edge.commands import command, whole
from edge.commands.house import House, say
from hardware.virtual import usage


def add(benches: Any) -> None:
    idle = command(
        benches,
        "idle",
        "Measure the processor time of idle desk units: real firmware, signed in over TLS, pressing nothing.",
        "floorboard bench idle --desks 100 --seconds 30 --json",
    )
    idle.add_argument("--desks", type=whole, default=100, help="desk units (%(default)s)")
    idle.add_argument("--seconds", type=whole, default=30, help="to measure (%(default)s)")
    idle.add_argument("--json", action="store_true", help="one JSON line (always so)")
    idle.set_defaults(run=run_idle)


def run_idle(args: argparse.Namespace) -> int:
    with House(args.desks) as house:
        say(f"measuring for {args.seconds} s")
        percent = usage.idle_percent(list(house.boards.values()), args.seconds)
        online = sum(1 for desk in house.get("/api/floor")["desks"] if desk["device"]["online"])
    print(
        json.dumps(
            {
                "desks": args.desks,
                "online": online,
                "devices_cpu_percent": round(percent, 2),
                "seconds": args.seconds,
            }
        )
    )
    return 0 if online == args.desks else 1
