"""The commands of `floorboard`: each module has `add(commands)`, which names its arguments, and the function that runs."""

from __future__ import annotations

import argparse
import signal
from pathlib import Path


class Stop(Exception):
    """A command cannot go on; the text is the one sentence that its user sees."""


def command(commands: argparse._SubParsersAction, name: str, what: str, examples: str) -> argparse.ArgumentParser:
    """A subcommand whose --help ends with examples."""
    return commands.add_parser(
        name,
        help=what[0].lower() + what[1:].split(".", maxsplit=1)[0].split(":", maxsplit=1)[0],
        description=what,
        epilog="examples:\n" + "".join(f"  {line.strip()}\n" for line in examples.strip().splitlines()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def end_as_by_ctrl_c() -> None:
    """Of what runs until Ctrl-C: a SIGTERM, or the terminal's end, leaves as little behind."""
    for end in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(end, signal.default_int_handler)


def end_in_peace() -> None:
    """A second Ctrl-C must not leave the half of it behind."""
    for again in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(again, signal.SIG_IGN)


def places(parser: argparse.ArgumentParser) -> None:
    """The two arguments of whatever works on a real floor."""
    parser.add_argument(
        "--site",
        type=Path,
        default=Path("/etc/floorboard/site.toml"),
        metavar="TOML",
        help="the site's settings (%(default)s)",
    )
    state(parser)


def state(parser: argparse.ArgumentParser) -> None:
    """Of a command that works on a floor that is served: its state says which site it is."""
    parser.add_argument(
        "--state",
        type=Path,
        default=Path("/var/lib/floorboard"),
        metavar="DIR",
        help="journal, keys and sockets (%(default)s)",
    )


def whole(text: str) -> int:
    """An argument that must be a whole number from 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def count(text: str) -> int:
    """An argument that must be a whole number from 0."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0")
    return int(text)


def port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 1 to 65535")
    return int(text)
