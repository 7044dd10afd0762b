"""Requests: what the rims ask of the core. A request may be refused; an observation (`Observe…`) never is."""

from typing import Literal

import msgspec

from edge.facts import AgentMet, BoardLaidOut, DeskOpened, DeviceRegistered, Event, HelpKind, Own, QueueOpened

Wanted = QueueOpened | DeskOpened | AgentMet | BoardLaidOut | DeviceRegistered


class Request(msgspec.Struct, frozen=True, kw_only=True, tag_field="ask", tag=True):
    at_ms: int = 0  # when it happened; the rim that reads a clock fills it in
    by: str = ""


class Refused(Exception):
    """A rule says no; the text is a sentence for a human."""


class DeviceEvent(Request, frozen=True):
    """An `ev` of the wire. `at_ms` is the press itself: arrival less its age."""

    device: str
    id: str
    boot: int
    seq: int
    first: int
    age_ms: int | None
    key: str = ""
    press: str = ""
    pin_key: str = ""  # instead of the digits

    @property
    def lane(self) -> str:
        return f"{self.id}:{self.boot}"

    @property
    def origin(self) -> Event:
        return self.device, self.lane, self.seq


class SetAsideEvent(Request, frozen=True):
    """An event that was in hand at two crashes."""

    device: str
    lane: str
    seq: int
    raw: str
    error: str


class ObserveDevice(Request, frozen=True):
    """A device's birth, or (without `firmware`) its loss."""

    device: str
    firmware: str = ""
    hardware: str = ""
    role: str = ""
    boot: int = 0
    cause: str = ""
    slot: str = ""
    id: str = ""


class ObserveBroker(Request, frozen=True):
    """The edge's session with the broker came, or went."""

    is_there: bool


class ObserveAnswer(Request, frozen=True):
    """A device's `rsp` to a command."""

    device: str
    id: str
    ok: bool
    why: str = ""


class ObserveLine(Request, frozen=True):
    """One line of the exchange's queue_log: source and lane name the record, `number` the line (from 1)."""

    source: str
    lane: str
    number: int
    event: str
    call: str = ""
    queue: str = ""
    agent: str = ""
    data: tuple[str, ...] = ()
    target_s: int = 20  # of a queue that is met here for the first time


class Configure(Request, frozen=True):
    """The site's TOML, as the facts that it amounts to. Refused as a whole if a part of it is."""

    wanted: tuple[Wanted, ...]


class SignIn(Request, frozen=True):
    agent: str
    desk: str


class SignOut(Request, frozen=True):
    agent: str


class ChangePresence(Request, frozen=True):
    agent: str
    presence: Own
    reason: str = ""


class EnterContact(Request, frozen=True):
    contact: str
    queue: str


class RaiseHelp(Request, frozen=True):
    desk: str
    help: HelpKind = "supervisor"


class AcknowledgeHelp(Request, frozen=True):
    desk: str
    help: HelpKind = "supervisor"


class ArriveAtHelp(Request, frozen=True):
    desk: str
    help: HelpKind = "supervisor"


class CloseHelp(Request, frozen=True):
    desk: str
    help: HelpKind = "supervisor"


class AskDevice(Request, frozen=True):
    id: str
    device: str
    cmd: Literal["identify", "restart"]
    until_ms: int


class RegisterDevice(Request, frozen=True):
    """A technician has a device in hand that shall be at a desk, or show a board."""

    device: str
    role: Literal["desk", "counter", "wallboard"]
    desk: str = ""
    board: str = ""


class ObserveOutside(Request, frozen=True):
    """Something outside answers, or (with `why`) does not."""

    name: str
    sort: Literal["light", "sign", "printer", "cloud"]
    why: str = ""


class ObserveOutsides(Request, frozen=True):
    """All that the site's file names outside; what else was known is gone."""

    names: tuple[str, ...]


class AskSlip(Request, frozen=True):
    """`job` is the asker's own, new for each: asked twice it is one job."""

    job: str
    printer: str
    slip: Literal["test", "notice"]
    lang: Literal["en", "zh"] = "en"
    text: str = ""


class ObserveSlip(Request, frozen=True):
    """A job is on paper."""

    job: str


class CancelSlip(Request, frozen=True):
    job: str


class TakeNotice(Request, frozen=True):
    """Message `number` of the cloud's stream `lane`; one that was decided before earns nothing."""

    lane: str
    number: int
    id: str
    text: str
    until_ms: int


class Tick(Request, frozen=True):
    """The clock reached a deadline."""


Panel = (
    SignIn
    | SignOut
    | ChangePresence
    | EnterContact
    | RaiseHelp
    | AcknowledgeHelp
    | ArriveAtHelp
    | CloseHelp
    | AskDevice
)
"""What the panel may ask."""

Rims = ObserveOutside | ObserveOutsides | ObserveSlip | TakeNotice
"""What the process of the rims may ask."""

Tools = RegisterDevice | AskSlip | CancelSlip
"""What the command line may ask besides."""
