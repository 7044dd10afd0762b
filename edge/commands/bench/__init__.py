"""`floorboard bench`: measures, each one JSON object on one line, the last on standard output."""

from typing import Any

from edge.commands import command
from edge.commands.bench import call, fairness, firmware, floor, idle, press, replay, rims, tickets


def add(commands: Any) -> None:
    bench = command(
        commands,
        "bench",
        "Measure what the product is held to.",
        """floorboard bench press --rate 100 --seconds 20 --json
        floorboard bench idle --desks 100 --json""",
    )
    benches = bench.add_subparsers(title="benches", metavar="NAME", required=True)
    for module in (press, call, floor, firmware, idle, rims, tickets, fairness, replay):
        module.add(benches)
