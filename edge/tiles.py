"""A tile's expression: `waiting(payments)` is one queue's, `waiting` all queues' together; `service_level(payments, 15 min)` is of
those who entered in the last quarter of an hour, else of today; `ticker("Welcome")` says what stands in the quotes."""

import re
from typing import NamedTuple

from edge import codes
from edge.wire import TEXT_CHARS_MAX

LIVE = ("waiting", "longest_wait", "serving", "ready", "help")
"""Numbers of this moment."""
OF_TIME = ("offered", "answered", "abandoned", "service_level", "asa")
MINUTES = {"today": 0, "15 min": 15, "30 min": 30, "60 min": 60}
LISTS = ("calls", "queues")
SAID = ("ticker", "notice", "qr")
QUOTED = re.compile(r'^\s*"([^"]+)"\s*(?:,\s*"([^"]+)"\s*)?$')
LABEL_CHARS_MAX = 24


class Tile(NamedTuple):
    name: str
    queue: str = ""  # "": all of them
    minutes: int = 0  # the last so many; 0: today
    of: str = ""  # what a trend is of, or a list
    text: str = ""  # of a ticker or a notice, and what a QR code says
    label: str = ""  # of a QR code


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
    if name in SAID:
        return _said(text, name)
    if name in ("trend", "list"):
        return _of(text, name)
    if name == "call" and not arguments:
        return Tile(name)
    minutes = MINUTES[arguments.pop()] if arguments and arguments[-1] in MINUTES and name in OF_TIME else 0
    queue = ", ".join(arguments)
    if name in (*LIVE, *OF_TIME) and not (name == "help" and queue):
        return Tile(name, queue, minutes)
    raise ValueError(
        f'{text!r} is no tile; as in "waiting(payments)" or "service_level(payments, 15 min)", with one of'
        f" {', '.join((*LIVE, *OF_TIME))}; or trend, list, call, ticker, notice, qr"
    )


def _of(text: str, name: str) -> Tile:
    known = OF_TIME if name == "trend" else LISTS
    found = re.fullmatch(r"[a-z]+\(\s*([a-z_]+)\s*(?:,\s*(.+?)\s*)?\)", text.strip())
    if not found or found[1] not in known or (found[2] and name == "list"):
        like = '"trend(offered, payments)"' if name == "trend" else '"list(calls)"'
        why = "; what a moment has, as waiting, leaves no trend" if found and found[1] in LIVE else ""
        raise ValueError(f"{text!r} is no {name}; as in {like}, of {', '.join(known)}{why}")
    return Tile(name, found[2] or "", of=found[1])


def _said(text: str, name: str) -> Tile:
    found = QUOTED.fullmatch(text.strip().removeprefix(name).strip().removeprefix("(").removesuffix(")"))
    if not found or (found[2] and name != "qr"):
        like = """'qr("https://example.org", "Leave a number")'""" if name == "qr" else f"""'{name}("Welcome")'"""
        raise ValueError(f"{text!r} is no {name}; as in {like}, in single quotes outside and double ones inside")
    if any(c < " " for part in found.groups("") for c in part):
        raise ValueError(f"{text!r} has a tab or another character that no display shows; use spaces")
    if name == "qr":
        codes.modules(found[1])  # ValueError: too long
    if len(found[1]) > TEXT_CHARS_MAX:
        raise ValueError(f"{name} has {len(found[1])} characters; it takes {TEXT_CHARS_MAX} at most")
    if len(found[2] or "") > LABEL_CHARS_MAX:
        raise ValueError(f"the label {found[2]!r} has {len(found[2])} characters; it takes {LABEL_CHARS_MAX} at most")
    return Tile(name, text=found[1], label=found[2] or "")
