"""A tile's expression: `waiting(payments)` is one queue's, `waiting` all queues' together; `service_level(payments, 15 min)` is of
those who entered in the last quarter of an hour, else of today."""

import re
from typing import NamedTuple

LIVE = ("waiting", "longest_wait", "serving", "ready", "help")
"""Numbers of this moment."""
OF_TIME = ("offered", "answered", "abandoned", "service_level", "asa")
MINUTES = {"today": 0, "15 min": 15, "30 min": 30, "60 min": 60}


class Tile(NamedTuple):
    name: str
    queue: str = ""  # "": all of them
    minutes: int = 0  # the last so many; 0: today


def split(text: str) -> tuple[str, list[str]]:
    """A number's name, and what stands in its brackets. A queue's name may hold a comma: only what follows the last is a time."""
    found = re.fullmatch(r"([a-z_]+)(?:\((.+)\))?", text.strip())
    if not found:
        return text, []
    head, comma, last = (found[2] or "").rpartition(",")
    inside = [head, last] if comma else [last]
    return found[1], [part.strip() for part in inside if part.strip()]


def parse(text: str) -> Tile:
    """ValueError says what would be right."""
    name, arguments = split(text)
    minutes = MINUTES[arguments.pop()] if arguments and arguments[-1] in MINUTES and name in OF_TIME else 0
    queue = ", ".join(arguments)
    if name in (*LIVE, *OF_TIME) and not (name == "help" and queue):
        return Tile(name, queue, minutes)
    raise ValueError(
        f'{text!r} is no tile; as in "waiting(payments)" or "service_level(payments, 15 min)", with one of'
        f" {', '.join((*LIVE, *OF_TIME))}"
    )
