"""`floorboard bench`: measures, each one JSON object on one line, the last on standard output."""

import argparse
import json
from typing import Any

from edge.commands import command, whole
from edge.commands.house import House, say
from hardware import virtual


def add(commands: Any) -> None:
    bench = command(
        commands,
        "bench",
        "Measure what the product is held to.",
        "floorboard bench idle --desks 100 --json",
    )
    benches = bench.add_subparsers(title="benches", metavar="NAME", required=True)
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
        percent = virtual.idle_percent(house.processes, args.seconds)
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
