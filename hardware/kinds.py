"""The kinds of parts of hardware/parts.toml, whose head says what each field means."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

from hardware.form import Form, toml

FILE = "hardware/parts.toml"
CATALOGUE = Path(__file__).parent / "parts.toml"
TERMINAL = re.compile(r"(?P<name>[^ /]+)(?:/(?P<gpio>\d+))?(?: (?P<leg>\d+))?")  # "TX/1", "VCC 14"


class Take(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    volts: tuple[float, float]
    ma: int


class Give(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"source": "from"}):
    volts: float
    ma: int
    source: str = ""
    ratio: float = 1.0  # mA drawn of `source` for each mA given


class Speed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of its bus: the most that it takes, and where that is written."""

    source: str
    mhz_max: int = 0
    khz_max: int = 0


class Front(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a part wants of a front panel, in mm: an opening or a hole, or else a mark where something is held to it."""

    body: tuple[float, float]  # the room behind the panel, width and height as seen from before
    opening: tuple[float, float] | None = None
    drill: float = 0
    mark: tuple[float, float] | None = None


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: str
    what: str
    eur: float
    maker: str
    number: str = ""
    spec: str = ""
    chip: str = ""
    flash_mb: int = 0
    psram: bool = False
    driver: str = ""
    names: list[str] = []
    pixels: int = 0
    width: int = 0
    height: int = 0
    pitch_um: int = 0
    pull_up: bool = False
    passes: bool = False
    divided: bool = False
    roles: dict[str, str] = {}
    ends: list[str] = []
    follows: dict[str, list[str]] = {}
    left: list[str] = []
    right: list[str] = []
    top: list[str] = []
    bottom: list[str] = []
    view: str = "antenna at the top, seen from above"
    optional: list[str] = []
    inside: dict[str, int | str] = {}
    taken: dict[str, list[int]] = {}
    speed: Speed | None = None
    address: int = 0
    front: Front | None = None
    takes: dict[str, Take] = {}
    gives: dict[str, Give] = {}
    drives: dict[str, float] = {}
    needs_v: dict[str, float] = {}

    @property
    def order(self) -> str:
        """What to ask a shop for."""
        return f"{self.maker} {self.number}" if self.number else f"{self.maker}: {self.spec}"

    @property
    def terminals(self) -> dict[str, str]:
        """Name to the text that it was read from; a name that is there twice is one terminal."""
        return {split(text)[0]: text for text in (*self.left, *self.right, *self.top, *self.bottom)}

    @property
    def gpios(self) -> dict[int, str]:
        """Of a board with a chip: GPIO to the name of its terminal."""
        found = {split(text)[1]: name for name, text in self.terminals.items()}
        return {gpio: name for gpio, name in found.items() if gpio is not None}


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
    """The kinds by name. BadSheet if the file is not as it should be."""
    raw = CATALOGUE.read_bytes()
    facts = toml(raw, FILE)
    found: dict[str, Kind] = Form(FILE, raw.decode()).convert(facts, dict[str, Kind])
    return found
