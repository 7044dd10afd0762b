"""A tile's expression: `waiting(payments)` is one queue's, `waiting` all queues' together."""

import re
from typing import NamedTuple

OF_QUEUES = (
    "waiting",
    "longest_wait",
    "serving",
    "ready",
    "offered",
    "answered",
    "abandoned",
    "service_level",
    "asa",
)
OF_FLOOR = ("help",)


class Tile(NamedTuple):
    name: str
    queue: str = ""  # "": all of them


def parse(text: str) -> Tile:
    """ValueError says what would be right."""
    found = re.fullmatch(r"([a-z_]+)(?:\((.+)\))?", text)
    if found and found[1] in OF_QUEUES:
        return Tile(found[1], found[2] or "")
    if found and found[1] in OF_FLOOR and not found[2]:
        return Tile(found[1])
    raise ValueError(f'{text!r} is no tile; as in "waiting(payments)", with one of {", ".join(OF_QUEUES)}, or "help"')
