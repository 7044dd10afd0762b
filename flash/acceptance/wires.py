"""Which terminal a pin of a board is on and what hangs there, for sentences to a technician: from its file and parts.toml."""

import re
import tomllib
from typing import Any

from flash import tree
from flash.acceptance.plan import Facts

PARTS = tree.ROOT / "hardware" / "parts.toml"
SIDES = ("left", "right", "top", "bottom")
TERMINAL = re.compile(r"(?P<name>[^ /]+?)(?:/(?P<gpio>\d+))?(?: \d+)?")  # "IO19", "TX/1", "VCC 14"


def wire(facts: Facts, pin: str) -> str:
    """`pin` as the board's file names it, "keys.next": "GPIO 19, terminal IO19, to KEY NEXT A"."""
    table, _, key = pin.partition(".")
    gpio = facts[table][key]
    ends = [end for net in facts.get("nets", {}).values() if pin in net for end in net if end != pin]
    to = ", ".join(_spoken(end) for end in ends)
    at = terminal(facts, gpio)
    return f"GPIO {gpio}" + (f", terminal {at}" if at else "") + (f", to {to}" if to else "")


def wires(facts: Facts, table: str, keys: tuple[str, ...]) -> str:
    """Of those pins that the table has, in short."""
    known = {key: wire(facts, f"{table}.{key}").rpartition("terminal ")[2] for key in keys if key in facts[table]}
    return "; ".join(f"{key} {text}" for key, text in known.items())


def terminal(facts: Facts, gpio: int) -> str:
    """What is printed beside it on the board's module; "" if that is not known."""
    kind = _kinds().get(facts.get("parts", {}).get("module", {}).get("kind", ""), {})
    for text in (text for side in SIDES for text in kind.get(side, ())):
        match = TERMINAL.fullmatch(text)
        if match and (match["gpio"] or match["name"].removeprefix("IO")) == str(gpio):
            return match["name"]
    return ""


def _kinds() -> dict[str, dict[str, Any]]:
    return tomllib.loads(PARTS.read_text(encoding="utf-8"))


def _spoken(end: str) -> str:
    """As the wiring picture labels it."""
    part, _, name = end.partition(".")
    return f"{part.replace('_', ' ').upper()} {name}"
