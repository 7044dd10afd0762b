"""What a busy floor sends to each role, message by message, drawn by chance from the wire's own table."""

import random
from collections.abc import Iterator
from typing import Any

from edge import codes, wire

PARTS = {  # the views of each role, and how often each comes; a role that is not named here has the one of its name
    "desk": {"show/lamp": 1},
    "counter": {"show/counter": 1},
    "hall": {"show/hall": 9, "show/board": 1},
    "wallboard": {"show/tile": 19, "show/board": 1},
    "dispenser": {"show/door": 3, "show/dispenser": 1},
}
WORDS = ("waiting", "payments longest wait", "ready", "service level", "answered", "queue C", "help", "Welcome", "")
NOTICES = ("", "", "", "Closed from 14:00", "Fire drill at 11:30: please leave by the doors at the back of the hall.")
TILES = 6
DOORS = 4
AGE_S_MAX = 3_600
COUNT_MAX = 9_999


def views(role: str, seed: int = 1) -> Iterator[tuple[str, dict[str, Any]]]:
    """(part, fields without epoch and rev), for ever: first those that lay the picture out. The same ones for the same seed."""
    chance = random.Random(seed)
    parts = PARTS.get(role, {f"show/{role}": 1})
    if "show/board" in parts:
        yield "show/board", _view("show/board", chance)
    while True:
        part = chance.choices(list(parts), list(parts.values()))[0]
        if part == "show/tile":
            part = wire.tile(1 + chance.randrange(TILES))
        elif part == "show/door":
            part = wire.door(1 + chance.randrange(DOORS))
        yield part, _view(part, chance)


def _view(part: str, chance: random.Random) -> dict[str, Any]:
    name = wire.shape(part)
    shape: dict[str, tuple[Any, ...]] = dict(wire.SHAPES[name])
    view = {key.rstrip("?"): _value(key, check, chance) for key, check in shape.items() if key not in ("epoch", "rev")}
    if name in wire.KINDS:
        kinds: Any = wire.KINDS[name]
        more: dict[str, tuple[Any, ...]] = dict(kinds[view["kind"]])
        view |= {key: _value(key, check, chance) for key, check in more.items()}
    if view.get("age_s") is not None and "value" in view:
        view["value"] = ""
    if part in ("show/dispenser", "show/rating"):  # what was pressed before it has its answer
        view |= {"boot": 1, "seq": COUNT_MAX}
    if part == "show/rating":  # and is asked just now
        view |= {"age_s": 0}
    return view


def _value(key: str, check: tuple[Any, ...], chance: random.Random) -> object:
    name = key.rstrip("?1234567890")
    if name in ("tiles", "doors"):
        return TILES if name == "tiles" else DOORS
    if name in ("boot", "seq"):
        return 0
    if name == "age_s":
        return chance.randrange(AGE_S_MAX) if chance.random() < 0.3 else None
    if check[0] == "word":
        return chance.choice(check[1])
    if check[0] == "flag":
        return chance.random() < 0.5
    if check[0] == "int":
        return chance.randint(check[1], min(check[2], COUNT_MAX))
    if check[0] == "points":
        return "".join(chr(chance.randint(ord(wire.POINT_LEAST), ord(wire.POINT_MOST))) for _ in range(check[1]))
    if check[0] == "code":
        return codes.packed(f"https://example.org/{chance.randrange(COUNT_MAX)}")
    if check[0] != "text":
        raise ValueError(f"no busy floor for {key} {check}: edge/commands/bench/busy.py")
    return _text(name, chance)[: check[1]]


def _text(name: str, chance: random.Random) -> str:
    if name == "number":
        return f"{chance.choice('ABC')}{chance.randrange(1000):03}"
    if name in ("value", "desk"):
        return str(chance.randrange(100))
    if name == "unit":
        return chance.choice(("", "", "%", "min"))
    return chance.choice(NOTICES if name == "notice" else WORDS)
