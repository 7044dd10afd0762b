"""SPI and I2C: whether the chip has the bus, whether its parts can share it, and whether each stands its speed."""

from collections.abc import Iterator
from dataclasses import dataclass

from hardware.form import Finding
from hardware.pins import CHIPS
from hardware.sheet import Board

LINES = {"spi": ("sck", "mosi", "miso"), "i2c": ("scl", "sda")}
UNITS = {"spi": "mhz", "i2c": "khz"}
TITLES = {"spi": "SPI", "i2c": "I2C"}
MANUAL = {kind: f"MicroPython, Quick reference for the ESP32, “Hardware {TITLES[kind]} bus”" for kind in LINES}
ROUNDABOUT_MHZ = 40  # by pins that are not the bus's own
ROUNDABOUT = "ESP-IDF Programming Guide, “SPI Master Driver”, GPIO Matrix and IO_MUX"


@dataclass(frozen=True)
class Use:
    """One line of a bus: ("spi", 2, "sck")."""

    kind: str
    number: int
    role: str


def bus_of(board: Board, key: str) -> Use | None:
    """Of a pin that is a line of a bus: "screen.sck"."""
    table, _, role = key.partition(".")
    for kind, roles in LINES.items():
        number = board.tables[table].get(kind)
        if role in roles and type(number) is int:
            return Use(kind, number, role)
    return None


def findings(board: Board) -> Iterator[Finding]:
    for kind in LINES:
        users: dict[int, str] = {}
        for table, content in board.tables.items():
            if kind not in content:
                continue
            number = content[kind]
            first = users.setdefault(number, table)
            yield from _exists(board, kind, table)
            yield from _speed(board, kind, table)
            if first != table:
                yield from _shared(board, kind, first, table)


def _exists(board: Board, kind: str, table: str) -> Iterator[Finding]:
    chip, number = CHIPS[board.chip], board.tables[table][kind]
    has = tuple(chip.spi) if kind == "spi" else chip.i2c
    if number not in has:
        text = f"the {chip.title} has no {TITLES[kind]} {number}"
        yield board.finding(f"{table}.{kind}", text, f"Write {kind} = {' or '.join(map(str, has))}", MANUAL[kind])


def _speed(board: Board, kind: str, table: str) -> Iterator[Finding]:
    unit = UNITS[kind]
    content = board.tables[table]
    asked = content.get(unit)
    if asked is None:
        yield board.finding(f"{table}.{unit}", "the bus has no speed", f"Write {unit} = …, what its slowest part takes")
        return
    for name in board.known:
        speed = board.kind(name).speed
        most = getattr(speed, f"{unit}_max") if speed and board.kind(name).driver == table else 0
        if speed and most and asked > most:
            text = f"is {asked}, and {name} ({board.kind(name).title}) takes {most} at most"
            yield board.finding(f"{table}.{unit}", text, f"Write {unit} = {most}", speed.source)
    own = CHIPS[board.chip].spi.get(content[kind], ()) if kind == "spi" else ()
    lines = [(role, content[role], pin) for role, pin in zip(LINES["spi"], own, strict=False) if role in content]
    if kind == "spi" and asked > ROUNDABOUT_MHZ and any(is_at != pin for _, is_at, pin in lines):
        text = f"is {asked}, and pins other than the bus's own give {ROUNDABOUT_MHZ} at most"
        fast = ", ".join(f"{role} = {pin}" for role, _, pin in lines if pin >= 0)
        remedy = f"Write {unit} = {ROUNDABOUT_MHZ}" + (f", or {fast}" if fast else "")
        yield board.finding(f"{table}.{unit}", text, remedy, ROUNDABOUT)


def _shared(board: Board, kind: str, first: str, table: str) -> Iterator[Finding]:
    """Two parts at one bus: the same lines and speed, which MicroPython has once a bus, and each its own address."""
    ours, theirs = board.tables[table], board.tables[first]
    number = ours[kind]
    others = [one for one in _numbers(board, kind) if one != number and one not in _taken(board, kind)]
    apart = f", or {kind} = {others[0]} for a bus of its own" if others else ""
    for key in (*LINES[kind], UNITS[kind]):
        if ours.get(key) != theirs.get(key):
            said = f"is {ours[key]}" if key in ours else "is missing"
            has = f"is {theirs[key]}" if key in theirs else "is missing"
            text = f"{said}, and {first}.{key}, at the same {TITLES[kind]} {number}, {has}"
            both = [one for one in (theirs.get(key), ours.get(key)) if one is not None]
            value = min(both) if key == UNITS[kind] else theirs.get(key, ours.get(key))
            yield board.finding(f"{table}.{key}", text, f"Write {key} = {value} for both{apart}", MANUAL[kind])
    if kind == "i2c" and _address(board, first) == _address(board, table):
        text = f"answers to {_address(board, table)}, as {first} does at the same I2C {number}"
        key = "address" if "address" in ours else kind
        yield board.finding(f"{table}.{key}", text, f"Set another address by its solder bridge{apart}")


def _numbers(board: Board, kind: str) -> tuple[int, ...]:
    chip = CHIPS[board.chip]
    return tuple(chip.spi) if kind == "spi" else chip.i2c


def _taken(board: Board, kind: str) -> set[int]:
    return {content[kind] for content in board.tables.values() if kind in content}


def _address(board: Board, table: str) -> int:
    """Of the part of that table: as the file says, or as it comes."""
    comes = next((board.kind(name).address for name in board.known if board.kind(name).driver == table), 0)
    return int(board.tables[table].get("address", comes))
