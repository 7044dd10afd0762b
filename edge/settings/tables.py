"""The tables of the site's file, as frozen values; what no key by itself can be, its type refuses."""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from edge import wire
from edge.facts import Absence, Empty, NoShow, Numbering, Strategy
from edge.figures import VARIANTS

Name = Annotated[str, Meta(pattern="^[a-z0-9-]{1,32}$")]
Host = Annotated[str, Meta(pattern="^[A-Za-z0-9.:-]{1,253}$")]
Port = Annotated[int, Meta(ge=1, le=65535)]
Text = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]{1,64}$")]
Label = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]{0,64}$")]
At = Annotated[
    str,
    Meta(
        pattern=r"^(tcp://[A-Za-z0-9.:\[\]-]{1,253}:[0-9]{1,5}|serial:///[^?\x00-\x20]+(\?baud=[0-9]{1,7}(&parity=(none|even|odd))?)?)$"
    ),
]
Unit = Annotated[int, Meta(ge=1, le=247)]
Address = Annotated[int, Meta(ge=0, le=65535)]
DAY_S = 86_400
Number = Annotated[int, Meta(ge=0, le=999_999)]
Level = Annotated[int, Meta(ge=1, le=9)]
Variant = Literal[VARIANTS]  # type: ignore[valid-type] # they are not written out twice


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Broker(_Table, frozen=True):
    host: Host = "localhost"  # as the devices know it; it stands in the broker's certificate
    bind: Host = "127.0.0.1"
    port: Port = 8883


class Web(_Table, frozen=True):
    bind: Host = "127.0.0.1"
    port: Port = 8080
    open: tuple[Literal["display", "visitor"], ...] = ()  # roles that whoever reaches the port has
    proxy: Annotated[str, Meta(pattern=r"^[0-9A-Fa-f.:]{0,45}$")] = ""  # whose word on address and TLS is taken


class Exchange(_Table, frozen=True):
    queue_log: str = ""  # path of the file to follow; "": no exchange
    members: dict[str, str] = {}  # interface in ADDMEMBER lines -> agent
    target_s: Annotated[int, Meta(ge=1, le=DAY_S)] = 20  # of queues met in the record


class WidenTable(_Table, frozen=True):
    after_s: Annotated[int, Meta(ge=1, le=DAY_S)]
    level: Annotated[int, Meta(ge=0, le=9)] = 0
    team: Label = ""


class QueueTable(_Table, frozen=True):
    name: Text
    title: Label = ""
    title_zh: Label = ""
    letter: Annotated[str, Meta(max_length=3)] = ""
    target_s: Annotated[int, Meta(ge=1, le=DAY_S)] = 20
    under: bool = False
    short_s: Annotated[int, Meta(ge=0, le=DAY_S)] = 5
    variant: Variant = "answered"
    first: Number = 1
    last: Number = 999
    width: Annotated[int, Meta(ge=1, le=6)] = 3
    period: Numbering = "daily"
    strategy: Strategy = "press"
    skill: Label = ""
    level: Level = 9
    team: Label = ""
    widen: Annotated[tuple[WidenTable, ...], Meta(max_length=8)] = ()
    ages_s: Annotated[int, Meta(ge=0, le=DAY_S)] = 300
    hours: str = ""
    places: Annotated[int, Meta(ge=0, le=100_000)] = 0
    empty: Empty = "take"
    absent: tuple[Absence, ...] = ()
    leave_empty: bool = False
    divert: str = ""
    overflow_s: Annotated[int, Meta(ge=0, le=DAY_S)] = 0
    overflow: str = ""
    recalls: Annotated[int, Meta(ge=0, le=99)] = 3
    no_show: NoShow = "after"
    no_show_after: Annotated[int, Meta(ge=0, le=999)] = 3
    expire: bool = False
    wrap_up_s: Annotated[int, Meta(ge=0, le=3600)] = 0
    wrap_up_max_s: Annotated[int, Meta(ge=0, le=3600)] = 0
    tenant: Label = ""


class CalendarTable(_Table, frozen=True):
    name: Name
    week: dict[str, str] = {}
    closed: tuple[str, ...] = ()
    open: dict[str, str] = {}


class CallingTable(_Table, frozen=True):
    name: Name
    first: dict[str, Annotated[int, Meta(ge=1, le=DAY_S)]] = {}
    share: dict[str, Annotated[int, Meta(ge=1, le=99)]] = {}


class TeamTable(_Table, frozen=True):
    name: Text
    vendor: Label = ""
    tenant: Label = ""
    supervisors: tuple[str, ...] = ()


class ReasonTable(_Table, frozen=True):
    name: Annotated[str, Meta(pattern="^[a-z0-9_-]{1,32}$")]
    title: Label = ""
    title_zh: Label = ""
    paid: bool = True
    allowance_min: Annotated[int, Meta(ge=0, le=24 * 60)] = 0


class DeskTable(_Table, frozen=True):
    number: Text
    team: Label = ""


class AgentTable(_Table, frozen=True):
    id: Text
    name: Label = ""
    pin: Annotated[str, Meta(pattern="^([1-5]{6})?$")] = ""
    badge: Label = ""
    queues: tuple[str, ...] = ()
    skills: dict[str, Level] = {}
    calling: str = ""
    team: Label = ""


class BoardTable(_Table, frozen=True):
    name: Name
    title: Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]{0,24}$")] = ""
    tiles: Annotated[tuple[str, ...], Meta(max_length=wire.TILES_MAX)] = ()
    lang: Literal["en", "zh"] = "en"


class DeviceTable(_Table, frozen=True):
    name: Name
    role: Literal["desk", "counter", "hall", "wallboard", "dispenser", "rating"] = "desk"
    desk: str = ""
    board: str = ""
    queues: Annotated[tuple[str, ...], Meta(max_length=wire.DOORS_MAX)] = ()  # of a dispenser's keys
    printer: str = ""  # for its slips
    lang: Literal["en", "zh"] = "en"


class Brightness(_Table, frozen=True):
    at: dict[
        Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")], Annotated[int, Meta(ge=1, le=100)]
    ] = {}  # time of day -> percent from then on


class Sound(_Table, frozen=True):
    volume: Annotated[int, Meta(ge=0, le=100)] = 100
    quiet: str = ""  # times of day at which no chime sounds


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
    nats: Annotated[str, Meta(pattern=r"^((nats|tls)://[A-Za-z0-9.:\[\]-]{1,250})?$")] = ""  # "": no cloud
    credentials: str = ""  # path of a NATS credentials file


class Settings(_Table, frozen=True):
    site: Name
    timezone: str = "UTC"
    help_s: Annotated[int, Meta(ge=5, le=3600)] = 60
    brightness: Brightness = Brightness()
    sound: Sound = Sound()
    broker: Broker = Broker()
    web: Web = Web()
    exchange: Exchange = Exchange()
    calendar: tuple[CalendarTable, ...] = ()
    queue: tuple[QueueTable, ...] = ()
    calling: tuple[CallingTable, ...] = ()
    reason: tuple[ReasonTable, ...] = ()
    team: tuple[TeamTable, ...] = ()
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
