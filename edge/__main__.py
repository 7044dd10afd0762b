"""The command line `floorboard`."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version

from edge.commands import (
    Stop,
    account,
    ask,
    bench,
    cloud,
    demo,
    device,
    explain,
    firmware,
    flash,
    forecast,
    hardware,
    modbus,
    printing,
    replay,
    replay_day,
    report,
    rims,
    roster,
    serve,
    site,
    staffing,
    time_chart,
    virtual,
    what_if,
)
from edge.parts import PartMissing
from edge.settings import BadSettings


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code: 0 done, 1 a check did not hold, 2 it could not be done (one sentence on standard error), 130 Ctrl-C, 141
    its reader has gone."""
    parser = argparse.ArgumentParser(
        prog="floorboard",
        description="The appliance that runs the floor of a customer-service centre.",
        epilog="`floorboard COMMAND --help` has examples.",
    )
    parser.add_argument("--version", action="version", version=f"floorboard {version('floorboard')}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in (
        *(demo, serve, rims, site, account, modbus, printing, virtual, replay, replay_day),
        *(explain, report, time_chart, roster, forecast, what_if, staffing),
        *(device, firmware, flash, ask, hardware, cloud, bench),
    ):
        module.add(commands)
    args = parser.parse_args(argv)
    try:
        return int(args.run(args))
    except (Stop, BadSettings, PartMissing) as stop:
        print(f"floorboard: {stop}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that the last flush has somewhere to go
        return 141


if __name__ == "__main__":
    sys.exit(main())
