"""The site's settings: one TOML file, read once into a frozen value; an error names file, key and what would be right."""

import difflib
import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta

from edge import tiles, wire
from edge.facts import AgentMet, BoardLaidOut, DeskOpened, DeviceRegistered, QueueOpened
from edge.figures import VARIANTS
from edge.requests import Configure

Name = Annotated[str, Meta(pattern="^[a-z0-9-]{1,32}$")]
Host = Annotated[str, Meta(pattern="^[A-Za-z0-9.:-]{1,253}$")]
Port = Annotated[int, Meta(ge=1, le=65535)]
Text = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]{1,64}$")]
Label = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]{0,64}$")]
At = Annotated[
    str, Meta(pattern=r"^(tcp://[A-Za-z0-9.:\[\]-]{1,253}:[0-9]{1,5}|serial:///[^?\x00-\x20]+(\?baud=[0-9]{1,7})?)$")
]
Unit = Annotated[int, Meta(ge=1, le=247)]
Address = Annotated[int, Meta(ge=0, le=65535)]
DAY_S = 86_400
Variant = Literal[VARIANTS]  # type: ignore[valid-type] # they are not written out twice
RIGHT = {  # what each key wants, for its error
    "site": "1 to 32 of a-z, 0-9 and -",
    "timezone": "a name such as Europe/Berlin, Asia/Shanghai or UTC",
    "host": "a host name or address",
    "bind": "a host name or address; 127.0.0.1 for this machine only",
    "port": "a number from 1 to 65535",
    "queue_log": "the path of the exchange's file, or nothing",
    "members": 'a table, "interface" = "agent"',
    "target_s": "a whole number of seconds from 1 to 86400",
    "short_s": "a whole number of seconds from 0 to 86400",
    "name": "text of 1 to 64 characters",
    "board.name": "1 to 32 of a-z, 0-9 and -",
    "device.name": "1 to 32 of a-z, 0-9 and -",
    "id": "text of 1 to 64 characters",
    "number": 'text of 1 to 64 characters, as in number = "1"',
    "team": "text of at most 64 characters",
    "letter": "at most 3 characters",
    "variant": "one of " + ", ".join(VARIANTS),
    "role": "one of desk, counter, wallboard",
    "desk": "the number of a desk, for a desk unit or a counter display",
    "board": "the name of a board, for a wallboard",
    "title": "text of at most 24 characters",
    "tiles": f'at most {wire.TILES_MAX} tiles, as in tiles = ["waiting(payments)", "help"]',
    "at": "tcp://HOST:PORT, or serial:///dev/ttyUSB0?baud=19200",
    "unit": "a Modbus address from 1 to 247",
    "light.help": "the number of a coil, from 0 to 65535",
    "light.long": "the number of a coil, from 0 to 65535",
    "light.fine": "the number of a coil, from 0 to 65535",
    "light.beat": "the number of a holding register, from 0 to 65535",
    "register": "the number of a holding register, from 0 to 65535",
    "tile": 'a tile that counts, as in tile = "waiting(payments)"',
    "dots": "a number of dots from 256 to 832, in eights",
    "nats": "nats://HOST:PORT, tls://HOST:PORT, or nothing",
    "credentials": "the path of a NATS credentials file, or nothing",
    "pin": "six digits of 1 to 5, or nothing",
    "queues": 'a list of queue names, as in queues = ["payments"]',
}


ONE = ("broker", "web", "exchange", "modbus", "cloud")
MANY = ("queue", "desk", "agent", "board", "device", "light", "sign", "printer")
TABLES = {name: f"one table, [{name}]" for name in ONE} | {
    name: f"tables in double brackets, [[{name}]] for each" for name in MANY
}


class BadSettings(Exception):
    """Says which file and key, and what would be right."""


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Broker(_Table, frozen=True):
    host: Host = "localhost"  # as the devices know it; it stands in the broker's certificate
    bind: Host = "127.0.0.1"
    port: Port = 8883


class Web(_Table, frozen=True):
    bind: Host = "127.0.0.1"
    port: Port = 8080


class Exchange(_Table, frozen=True):
    queue_log: str = ""  # path of the file to follow; "": no exchange
    members: dict[str, str] = {}  # interface in ADDMEMBER lines -> agent
    target_s: Annotated[int, Meta(ge=1, le=DAY_S)] = 20  # of queues met in the record


class QueueTable(_Table, frozen=True):
    name: Text
    letter: Annotated[str, Meta(max_length=3)] = ""
    target_s: Annotated[int, Meta(ge=1, le=DAY_S)] = 20
    short_s: Annotated[int, Meta(ge=0, le=DAY_S)] = 5
    variant: Variant = "answered"


class DeskTable(_Table, frozen=True):
    number: Text
    team: Label = ""


class AgentTable(_Table, frozen=True):
    id: Text
    name: Label = ""
    pin: Annotated[str, Meta(pattern="^([1-5]{6})?$")] = ""
    queues: tuple[str, ...] = ()


class BoardTable(_Table, frozen=True):
    name: Name
    title: Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]{0,24}$")] = ""
    tiles: Annotated[tuple[str, ...], Meta(max_length=wire.TILES_MAX)] = ()


class DeviceTable(_Table, frozen=True):
    name: Name
    role: Literal["desk", "counter", "wallboard"] = "desk"
    desk: str = ""
    board: str = ""


class Modbus(_Table, frozen=True):
    bind: Host = "127.0.0.1"
    port: Port = 1502


class LightTable(_Table, frozen=True):
    name: Name
    at: At
    unit: Unit = 1
    team: Label = ""  # whose desks it shows; "": all
    queues: tuple[str, ...] = ()  # whose line it shows; none: all
    help: Address = 0  # coils
    long: Address = 1
    fine: Address = 2
    beat: Address | None = None  # a holding register that counts


class SignTable(_Table, frozen=True):
    name: Name
    at: At
    unit: Unit = 1
    register: Address = 0
    tile: str = "waiting"


class PrinterTable(_Table, frozen=True):
    name: Name
    at: At
    dots: Annotated[int, Meta(ge=256, le=832, multiple_of=8)] = 576


class Cloud(_Table, frozen=True):
    nats: Annotated[str, Meta(pattern=r"^((nats|tls)://\S{1,250})?$")] = ""  # "": no cloud
    credentials: str = ""  # path of a NATS credentials file


class Settings(_Table, frozen=True):
    site: Name
    timezone: str = "UTC"
    broker: Broker = Broker()
    web: Web = Web()
    exchange: Exchange = Exchange()
    queue: tuple[QueueTable, ...] = ()
    desk: tuple[DeskTable, ...] = ()
    agent: tuple[AgentTable, ...] = ()
    board: tuple[BoardTable, ...] = ()
    device: tuple[DeviceTable, ...] = ()
    modbus: Modbus | None = None  # our own server, if the table is there
    light: tuple[LightTable, ...] = ()
    sign: tuple[SignTable, ...] = ()
    printer: tuple[PrinterTable, ...] = ()
    cloud: Cloud = Cloud()

    @property
    def outside(self) -> tuple[str, ...]:
        """Names of all that is outside; the cloud's is `cloud`."""
        named = (*(e.name for e in self.light), *(e.name for e in self.sign), *(e.name for e in self.printer))
        return (*named, "cloud") if self.cloud.nats else named

    @property
    def devices(self) -> tuple[str, ...]:
        return tuple(device.name for device in self.device)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


def read(path: Path) -> Settings:
    """BadSettings if the file is not there, is not TOML, or a key in it is not as it must be."""
    return parse(raw(path), path)


def raw(path: Path) -> bytes:
    """For whoever keeps what was read beside what it says. BadSettings if it is not there."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadSettings(f"{path} cannot be read: {error.strerror}.") from error


def parse(raw: bytes, path: Path) -> Settings:
    """The same of bytes that were read from there."""
    try:
        settings = msgspec.convert(tomllib.loads(raw.decode("utf-8-sig")), Settings)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{path} is not TOML: {error}.") from error
    except msgspec.ValidationError as error:
        raise BadSettings(f"{path}: {_explain(str(error))}") from error
    wrong = next(_contradictions(settings), None)
    if wrong:
        raise BadSettings(f"{path}: {wrong}")
    return settings


def _explain(error: str) -> str:
    """msgspec's sentence (`… - at `$.queue[0].target_s``) as the key and what would be right."""
    what, _, place = error.partition(" - at `$")
    place = place.rstrip("`").lstrip(".")
    if named := re.search("unknown field `(.*)`", what):
        near = difflib.get_close_matches(named[1], [*RIGHT, *TABLES], 1)
        hint = f"; did you mean {near[0]}?" if near else "."
        return f"{place + '.' if place else ''}{named[1]}: there is no such key{hint}"
    if named := re.search("missing required field `(.*)`", what):
        key = f"{place + '.' if place else ''}{named[1]}"
        return f"{key}: is missing; it wants {_right(key)}."
    return f"{place}: wants {_right(place)}."


def _right(place: str) -> str:
    """Of the key by its table, as in `device[0].name`, or else by its own name."""
    plain = re.sub(r"\[\d+\]", "", place)
    return TABLES.get(place) or RIGHT.get(plain) or RIGHT.get(plain.rpartition(".")[2], "another kind of value")


def _contradictions(settings: Settings) -> Iterator[str]:
    """What no single key shows."""
    try:
        settings.zone  # noqa: B018 - asked for its error
    except (ZoneInfoNotFoundError, ValueError):
        yield f"timezone: there is no {settings.timezone!r}; try Europe/Berlin, Asia/Shanghai or UTC."
    lists = {
        "queue.name": [q.name for q in settings.queue],
        "desk.number": [d.number for d in settings.desk],
        "board.name": [b.name for b in settings.board],
        "device.name": list(settings.devices),
        "device.desk": [d.desk for d in settings.device if d.role == "desk"],
        "agent.id": [a.id for a in settings.agent],
        "queue.letter": [q.letter for q in settings.queue if q.letter],
    }
    for key, values in lists.items():
        twice = next((value for value in values if values.count(value) > 1), None)
        if twice is not None:
            yield f"{key}: {twice!r} stands there twice; each must be its own."
    pins: dict[str, str] = {}
    for agent in settings.agent:
        if agent.pin and pins.setdefault(agent.pin, agent.id) != agent.id:
            yield f"agent.pin of {agent.id}: is the PIN of {pins[agent.pin]} too; each must be its own."
    yield from _outside(settings)
    if (settings.web.bind, settings.web.port) == (settings.broker.bind, settings.broker.port):
        yield f"web.port: {settings.web.port} is the broker's already; each must be its own."
    if "edge" in settings.devices:
        yield "device.name: 'edge' is the edge's own name; take another."
    queues = [q.name for q in settings.queue]
    for agent in settings.agent:
        for queue in agent.queues:
            yield from _unknown(f"agent.queues of {agent.id}", "queue", queue, queues)
    for board in settings.board:
        yield from _wrong_tiles(board, None if settings.exchange.queue_log else queues)
    for device in settings.device:
        yield from _misplaced(settings, device)


def _unknown(key: str, word: str, name: str, known: Sequence[str]) -> Iterator[str]:
    if name not in known:
        yield f"{key}: there is no {word} {name!r}; known are {', '.join(sorted(known)) or 'none'}."


def _wrong_tiles(board: BoardTable, queues: Sequence[str] | None) -> Iterator[str]:
    """`queues` is None where a queue may be the exchange's alone, so that any name of one is right."""
    for text in board.tiles:
        try:
            tile = tiles.parse(text)
        except ValueError as wrong:
            yield f"board.tiles of {board.name}: {wrong}."
        else:
            if tile.queue and queues is not None:
                yield from _unknown(f"board.tiles of {board.name}", "queue", tile.queue, queues)


COUNTING = ("waiting", "serving", "ready", "offered", "answered", "abandoned", "help")  # what a numeric sign can show


def _outside(settings: Settings) -> Iterator[str]:
    names = settings.outside
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        yield f"light.name, sign.name, printer.name: {twice!r} stands there twice; each must be its own, and none the cloud's."
    places = {light.name: light.at for light in settings.light} | {sign.name: sign.at for sign in settings.sign}
    for name, at in (places | {printer.name: printer.at for printer in settings.printer}).items():
        if at.startswith("tcp:") and int(at.rpartition(":")[2]) not in range(1, 65_536):
            yield f"at of {name}: the port wants to be {RIGHT['port'].removeprefix('a number ')}."
    queues = [q.name for q in settings.queue]
    teams = sorted({d.team for d in settings.desk} - {""})
    for light in settings.light:
        if light.team:
            yield from _unknown(f"light.team of {light.name}", "team", light.team, teams)
        for queue in light.queues:
            yield from _unknown(f"light.queues of {light.name}", "queue", queue, queues)
    for sign in settings.sign:
        try:
            tile = tiles.parse(sign.tile)
        except ValueError as wrong:
            yield f"sign.tile of {sign.name}: {wrong}."
        else:
            if tile.name not in COUNTING:
                yield f"sign.tile of {sign.name}: {tile.name} is no count; one of {', '.join(COUNTING)} is."


def _misplaced(settings: Settings, device: DeviceTable) -> Iterator[str]:
    at, none = ("board", "desk") if device.role == "wallboard" else ("desk", "board")
    if not getattr(device, at):
        yield f"device.{at} of {device.name}: is missing; it wants {RIGHT[at]}."
    if getattr(device, none):
        yield f"device.{none} of {device.name}: a {device.role} has no {none}."
    known = [d.number for d in settings.desk] if at == "desk" else [b.name for b in settings.board]
    yield from _unknown(f"device.{at} of {device.name}", at, getattr(device, at), known)


def configure(settings: Settings, pin_key: Callable[[str], str]) -> Configure:
    """The file as the request that brings the floor in line with it; PINs only as keys."""
    queues = [
        QueueOpened(
            at_ms=0,
            queue=q.name,
            letter=q.letter,
            target_s=q.target_s,
            short_s=q.short_s,
            variant=q.variant,
        )
        for q in settings.queue
    ]
    desks = [DeskOpened(at_ms=0, desk=d.number, team=d.team) for d in settings.desk]
    agents = [
        AgentMet(
            at_ms=0,
            agent=a.id,
            name=a.name,
            pin_key=pin_key(a.pin) if a.pin else "",
            queues=a.queues,
        )
        for a in settings.agent
    ]
    boards = [BoardLaidOut(at_ms=0, board=b.name, title=b.title or b.name[:24], tiles=b.tiles) for b in settings.board]
    devices = [
        DeviceRegistered(at_ms=0, device=d.name, role=d.role, desk=d.desk, board=d.board) for d in settings.device
    ]
    return Configure(wanted=(*queues, *desks, *agents, *boards, *devices))
