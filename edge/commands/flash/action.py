"""What the technicians' actions have in common: their arguments, and how they end."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edge.commands import Stop, command, end_as_by_ctrl_c, state
from edge.commands.flash import lines
from flash.program import Fault

IMAGE_HELP = (
    "MicroPython for the board's chip, as micropython.org/download has it (the .bin for an erased flash);"
    " without it, the one that the site keeps (`flash keep`)"
)


def add(
    actions: Any,
    name: str,
    what: str,
    examples: str,
    run: Callable[[argparse.Namespace], int],
    *,
    port: bool = True,
    writes: bool = False,
) -> argparse.ArgumentParser:
    """An action with --json; with PORT and --state, unless it has none or many; with --dry-run if it writes something."""
    action = command(actions, name, what, examples)
    if port:
        state(action)
        action.add_argument(
            "port", metavar="PORT", help="/dev/ttyUSB0, or a virtual board's rfc2217://127.0.0.1:NUMBER"
        )
    action.add_argument("--json", action="store_true", help="one JSON object, the last line on standard output")
    if writes:
        action.add_argument("--dry-run", action="store_true", help="say what it would do, and write nothing")
    action.set_defaults(run=lambda args: _in_one_sentence(run, args))
    return action


def image(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--image", type=Path, metavar="FILE", help=IMAGE_HELP)
    sha256(parser)
    force(parser)


def sha256(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sha256", default="", metavar="HEX", help="what the image must be, if somebody has said it")


def force(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--force", action="store_true", help="other firmware may be erased, another device written over"
    )


def _in_one_sentence(run: Callable[[argparse.Namespace], int], args: argparse.Namespace) -> int:
    end_as_by_ctrl_c()
    try:
        if port := getattr(args, "port", ""):
            lines.check(port, args.state)
        return run(args)
    except Fault as fault:
        raise Stop(str(fault)) from fault
