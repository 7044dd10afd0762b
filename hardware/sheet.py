"""A board file of hardware/boards, read into values and checked for its form."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from hardware.form import BadSheet, Finding, Form, toml
from hardware.kinds import Kind, catalogue
from hardware.lines import line_of
from hardware.pins import way

FOLDER = Path(__file__).parent
BOARDS = FOLDER / "boards"


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
    role: str
    flash_mb: int
    notes: tuple[str, ...]
    reading: Reading | None
    tables: Mapping[str, Mapping[str, Any]]  # what the firmware gets
    pins: Mapping[str, Pin]
    parts: Mapping[str, Part]
    nets: Mapping[str, tuple[str, ...]]
    kinds: Mapping[str, Kind]
    lines: Mapping[str, int]

    def finding(self, key: str, text: str, remedy: str, source: str = "", end: str = "") -> Finding:
        """`end`, of a net: which of its ends is wrong, so that its line is named where the net has several."""
        at = f"{key}[{self.nets[key.partition('.')[2]].index(end)}]" if end else key
        return Finding(self.file, line_of(self.lines, at), key, text, source, remedy)

    def line(self, key: str) -> int:
        return line_of(self.lines, key)

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


def boards() -> list[str]:
    return sorted(path.stem for path in BOARDS.glob("*.toml"))


def read(name: str) -> Board:
    """The board of hardware/boards/`name`.toml. BadSheet says what cannot be understood."""
    file = f"hardware/boards/{name}.toml"
    try:
        raw = (BOARDS / f"{name}.toml").read_bytes()
    except OSError as error:
        raise BadSheet(Finding(file, 0, "", f"cannot be read: {error.strerror}")) from error
    return parse(name, raw)


def parse(name: str, raw: bytes) -> Board:
    """A board file's bytes. BadSheet says what cannot be understood."""
    file = f"hardware/boards/{name}.toml"
    facts = toml(raw, file)
    form = Form(file, raw.decode())
    head = form.convert(facts, _Head)
    tables = {key: fact for key, fact in facts.items() if key not in _Head.__struct_fields__}
    pins = {}
    for table, content in tables.items():
        if not isinstance(content, dict):
            known = ", ".join(_Head.__struct_fields__)
            raise form.bad(table, f"is neither a table of the firmware nor one of {known}")
        for key, value in content.items():
            used = way(table, key)
            if used:
                if type(value) is not int:
                    raise form.bad(f"{table}.{key}", f"must be the number of a GPIO, not {value!r}")
                pins[f"{table}.{key}"] = Pin(f"{table}.{key}", value, used)
    parts = {part: form.convert(fact, Part, f"parts.{part}") for part, fact in head.parts.items()}
    nets = {net: tuple(form.convert(ends, list[str], f"nets.{net}")) for net, ends in head.nets.items()}
    return Board(
        name=name,
        file=file,
        title=head.title,
        chip=head.chip,
        role=head.role,
        flash_mb=head.flash_mb,
        notes=tuple(head.notes),
        reading=head.reading,
        tables=tables,
        pins=pins,
        parts=parts,
        nets=nets,
        kinds=catalogue(),
        lines=form.lines,
    )
