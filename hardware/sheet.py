"""A board file of hardware/boards and the catalogue hardware/parts.toml, read into values and checked for their form."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import msgspec

from hardware.pins import way

FOLDER = Path(__file__).parent
BOARDS = FOLDER / "boards"
CATALOGUE = FOLDER / "parts.toml"
TERMINAL = re.compile(r"(?P<name>[^ /]+)(?:/(?P<gpio>\d+))?(?: (?P<leg>\d+))?")  # "TX/1", "VCC 14"
OUR_WORDS = (
    ("Object missing required field ", "lacks the key "),
    ("Object contains unknown field", "has the unknown key"),
    ("`", ""),
    ("Expected", "must be of type"),
    (", got", ", not"),
)


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: where, what, and the document that says so if one does."""

    file: str
    key: str
    text: str
    source: str = ""

    def __str__(self) -> str:
        where = f"{self.file}: {self.key}: " if self.key else f"{self.file}: "
        return f"{where}{self.text}{f' ({self.source})' if self.source else ''}."


class BadSheet(Exception):
    """A file that cannot be understood at all; carries the one Finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


class Take(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    volts: tuple[float, float]
    ma: int


class Give(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"source": "from"}):
    volts: float
    ma: int
    source: str = ""


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of part; the head of hardware/parts.toml says what each field means."""

    title: str
    what: str
    number: str
    chip: str = ""
    psram: bool = False
    driver: str = ""
    names: list[str] = []
    pixels: int = 0
    width: int = 0
    height: int = 0
    pitch_um: int = 0
    pull_up: bool = False
    left: list[str] = []
    right: list[str] = []
    top: list[str] = []
    bottom: list[str] = []
    optional: list[str] = []
    takes: dict[str, Take] = {}
    gives: dict[str, Give] = {}
    drives: dict[str, float] = {}
    needs_v: dict[str, float] = {}

    @property
    def terminals(self) -> dict[str, str]:
        """Name to the text that it was read from; a name that is there twice is one terminal."""
        return {split(text)[0]: text for text in (*self.left, *self.right, *self.top, *self.bottom)}

    @property
    def gpios(self) -> dict[int, str]:
        """Of a board with a chip: GPIO to the name of its terminal."""
        found = {split(text)[1]: name for name, text in self.terminals.items()}
        return {gpio: name for gpio, name in found.items() if gpio is not None}


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: str
    count: int = 1


class Reading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    digit_mm: int  # of the largest digits that it shows
    place: str  # one of PLACES of hardware/reading.py


class _Head(msgspec.Struct, frozen=True):
    title: str
    chip: str
    role: str
    flash_mb: int
    parts: dict[str, Any]
    nets: dict[str, Any]
    notes: list[str] = []
    reading: Reading | None = None


@dataclass(frozen=True)
class Pin:
    """A pin that the firmware uses: "keys.ready", GPIO 16, as a pulled-up input."""

    key: str
    gpio: int
    way: str


@dataclass(frozen=True)
class Board:
    name: str
    file: str  # as findings name it
    title: str
    chip: str
    notes: tuple[str, ...]
    reading: Reading | None
    tables: Mapping[str, Mapping[str, Any]]  # what the firmware gets
    pins: Mapping[str, Pin]
    parts: Mapping[str, Part]
    nets: Mapping[str, tuple[str, ...]]
    kinds: Mapping[str, Kind]

    def kind(self, part: str) -> Kind:
        """KeyError if there is no such part, or its kind is unknown."""
        return self.kinds[self.parts[part].kind]

    @cached_property
    def module(self) -> str:
        """The part that carries the chip; "" if there is none."""
        return next((name for name in self.known if self.kind(name).chip), "")

    @cached_property
    def known(self) -> list[str]:
        """The parts whose kind is in the catalogue."""
        return [name for name, part in self.parts.items() if part.kind in self.kinds]

    def terminal(self, text: str) -> tuple[str, str] | None:
        """(part, terminal) of "bar.DIN", or of a pin of the firmware, "lamp.pin"; None if there is none."""
        part, _, name = text.partition(".")
        pin = self.pins.get(text)
        if pin:
            gpios = self.kind(self.module).gpios if self.module else {}
            return (self.module, gpios[pin.gpio]) if pin.gpio in gpios else None
        return (part, name) if part in self.known and name in self.kind(part).terminals else None

    @cached_property
    def wired(self) -> dict[tuple[str, str], str]:
        """(part, terminal) to its net; of two the first."""
        found: dict[tuple[str, str], str] = {}
        for net, ends in self.nets.items():
            for end in ends:
                at = self.terminal(end)
                if at:
                    found.setdefault(at, net)
        return found


@cache
def split(text: str) -> tuple[str, int | None, str]:
    """Name, GPIO and leg of a terminal as the catalogue writes it."""
    match = TERMINAL.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is no terminal")
    gpio = match["gpio"] or (match["name"][2:] if re.fullmatch(r"IO\d+", match["name"]) else None)
    return match["name"], int(gpio) if gpio else None, match["leg"] or ""


@cache
def catalogue() -> Mapping[str, Kind]:
    """The kinds of hardware/parts.toml. BadSheet if it is not as it should be."""
    return _convert(_toml(CATALOGUE.read_bytes(), "hardware/parts.toml"), dict[str, Kind], "hardware/parts.toml")


def boards() -> list[str]:
    return sorted(path.stem for path in BOARDS.glob("*.toml"))


def read(name: str) -> Board:
    """The board of hardware/boards/`name`.toml. BadSheet says what cannot be understood."""
    file = f"hardware/boards/{name}.toml"
    try:
        raw = (BOARDS / f"{name}.toml").read_bytes()
    except OSError as error:
        raise BadSheet(Finding(file, "", f"cannot be read: {error.strerror}")) from error
    return parse(name, raw)


def parse(name: str, raw: bytes) -> Board:
    """A board file's bytes. BadSheet says what cannot be understood."""
    file = f"hardware/boards/{name}.toml"
    facts = _toml(raw, file)
    head = _convert(facts, _Head, file)
    tables = {key: fact for key, fact in facts.items() if key not in _Head.__struct_fields__}
    pins = {}
    for table, content in tables.items():
        if not isinstance(content, dict):
            raise BadSheet(
                Finding(
                    file, table, "is neither a table of the firmware nor one of " + ", ".join(_Head.__struct_fields__)
                )
            )
        for key, value in content.items():
            used = way(table, key)
            if used:
                if type(value) is not int:
                    raise BadSheet(Finding(file, f"{table}.{key}", f"must be the number of a GPIO, not {value!r}"))
                pins[f"{table}.{key}"] = Pin(f"{table}.{key}", value, used)
    parts = {part: _convert(fact, Part, file, f"parts.{part}") for part, fact in head.parts.items()}
    nets = {net: tuple(_convert(ends, list[str], file, f"nets.{net}")) for net, ends in head.nets.items()}
    notes = tuple(head.notes)
    return Board(name, file, head.title, head.chip, notes, head.reading, tables, pins, parts, nets, catalogue())


def _toml(raw: bytes, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(raw.decode())
    except UnicodeDecodeError as error:
        raise BadSheet(Finding(file, "", f"is not UTF-8 at byte {error.start}")) from error
    except tomllib.TOMLDecodeError as error:
        raise BadSheet(Finding(file, "", f"is not TOML: {str(error)[0].lower()}{str(error)[1:]}")) from error


def _convert(facts: Any, kind: Any, file: str, key: str = "") -> Any:
    """`facts` as a `kind`; BadSheet says in our words what msgspec found, `key` being where the facts stand."""
    try:
        return msgspec.convert(facts, kind)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        for theirs, ours in OUR_WORDS:
            what = what.replace(theirs, ours)
        where = (key + where.strip("`")).lstrip(".").replace("[...]", "")
        raise BadSheet(Finding(file, where, what)) from error
