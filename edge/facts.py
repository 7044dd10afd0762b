"""Facts: all that can have happened on a floor, as typed records, and their stored form (JSON, one object a fact).

A fact is never changed or taken back; a type grows by fields with defaults. Times are milliseconds since 1970 in UTC.
"""

import functools
import operator
from typing import Literal

import msgspec

Event = tuple[str, str, int]
"""Where a fact came from: (source, lane, number). A device's event is (device, "<provisioning id>:<boot>", seq), a
queue_log line (log, "<first line's hash>", line). The number only grows within a lane, so the journal itself tells which
events were decided."""


Own = Literal["ready", "wrap_up", "not_ready"]
"""An agent's own state, which shows while no contact is with the agent."""
HelpKind = Literal["supervisor", "safety"]


class Fact(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="kind",
    tag=True,
):
    at_ms: int  # when it happened; when it was recorded stands beside it in the journal
    by: str = ""  # who: an agent, "device:desk-1", "panel:ana", "exchange", "site" (its TOML) or "clock"
    tenant: str = ""
    event: Event | None = None
    age_unknown: bool = False  # the device could not tell how long ago; booked at its arrival


class QueueOpened(Fact, frozen=True):
    """Opened, or its settings changed."""

    queue: str
    letter: str = ""
    target_s: int = 20
    short_s: int = 5  # abandons within it are short
    variant: str = "answered"


class QueueRemoved(Fact, frozen=True):
    """No longer in the site's file; its figures stay."""

    queue: str


class DeskOpened(Fact, frozen=True):
    desk: str
    team: str = ""


class DeskRemoved(Fact, frozen=True):
    desk: str


class AgentMet(Fact, frozen=True):
    """Introduced by the site's TOML, or met for the first time in the exchange's record."""

    agent: str
    name: str = ""
    pin_key: str = ""
    queues: tuple[str, ...] = ()


class AgentRemoved(Fact, frozen=True):
    agent: str


class BoardLaidOut(Fact, frozen=True):
    """A layout of tiles, for wallboards and TVs: each an expression of edge.tiles."""

    board: str
    title: str = ""
    tiles: tuple[str, ...] = ()


class BoardRemoved(Fact, frozen=True):
    board: str


class AgentSignedIn(Fact, frozen=True):
    agent: str
    desk: str = ""  # none: on the phone only


class AgentSignedOut(Fact, frozen=True):
    agent: str


class PresenceChanged(Fact, frozen=True):
    """The agent's own state; while a contact goes on it is what comes after it."""

    agent: str
    presence: Own
    reason: str = ""


class QueueJoined(Fact, frozen=True):
    agent: str
    queue: str


class QueueLeft(Fact, frozen=True):
    agent: str
    queue: str


class QueuePaused(Fact, frozen=True):
    agent: str
    queue: str  # "": all of them
    reason: str = ""


class QueueUnpaused(Fact, frozen=True):
    agent: str
    queue: str


class RingUnanswered(Fact, frozen=True):
    agent: str
    contact: str
    rang_ms: int
    by_caller: bool = False  # the caller gave up while it rang


class HelpRaised(Fact, frozen=True):
    desk: str
    agent: str = ""
    help: HelpKind = "supervisor"


class HelpAcknowledged(Fact, frozen=True):
    desk: str
    help: HelpKind = "supervisor"


class HelpArrived(Fact, frozen=True):
    desk: str
    help: HelpKind = "supervisor"


class HelpClosed(Fact, frozen=True):
    desk: str
    help: HelpKind = "supervisor"


class ContactEntered(Fact, frozen=True):
    contact: str
    queue: str
    channel: Literal["call", "ticket"] = "call"
    unseen: bool = False  # its entry was not in the record; offered counts it all the same


class ContactAnswered(Fact, frozen=True):
    """The wait is over: a call was connected, a ticket called for the first time."""

    contact: str
    agent: str
    wait_ms: int


class ContactRecalled(Fact, frozen=True):
    contact: str


class ServingBegan(Fact, frozen=True):
    """The called customer has come."""

    contact: str


class ContactHeld(Fact, frozen=True):
    contact: str


class ContactResumed(Fact, frozen=True):
    contact: str


class ContactEnded(Fact, frozen=True):
    """After it was answered."""

    contact: str
    outcome: Literal["served", "transferred", "no_show", "unknown"] = "served"
    to: str = ""  # where a transferred one went
    talk_ms: int | None = None  # as the exchange measured it; else from serving to end, without hold


class ContactAbandoned(Fact, frozen=True):
    contact: str
    wait_ms: int


class ContactTimedOut(Fact, frozen=True):
    contact: str
    wait_ms: int


class ContactLeft(Fact, frozen=True):
    """Left the line in another way than by giving up or by time."""

    contact: str
    outcome: Literal["overflowed", "cancelled", "expired", "refused"]
    wait_ms: int
    flag: str = ""  # what was odd about the record


class DeviceRegistered(Fact, frozen=True):
    """Known to the site, so that the broker lets it in; or put elsewhere."""

    device: str
    role: str
    desk: str = ""  # of a desk unit or a counter display
    board: str = ""  # of a wallboard


class DeviceRevoked(Fact, frozen=True):
    device: str


class DeviceCame(Fact, frozen=True):
    device: str
    firmware: str
    hardware: str
    role: str
    boot: int
    cause: str
    slot: str
    id: str


class DeviceLost(Fact, frozen=True):
    device: str


class BrokerLost(Fact, frozen=True):
    """The edge's own session is gone: no device can be reached. So it is from each start until the first session."""


class BrokerCame(Fact, frozen=True):
    pass


class OutsideCame(Fact, frozen=True):
    """Something outside that the site's file names answers: a stack light, a sign, a printer, the cloud."""

    name: str
    sort: Literal["light", "sign", "printer", "cloud"]


class OutsideLost(Fact, frozen=True):
    """It does not, or not as it should: paper is out."""

    name: str
    sort: Literal["light", "sign", "printer", "cloud"]
    why: str


class OutsideRemoved(Fact, frozen=True):
    """No longer in the site's file."""

    name: str


class SlipAsked(Fact, frozen=True):
    """A job for a printer, which waits until it is printed or cancelled."""

    job: str
    printer: str
    slip: Literal["test", "notice"]
    lang: Literal["en", "zh"] = "en"
    text: str = ""


class SlipPrinted(Fact, frozen=True):
    job: str


class SlipCancelled(Fact, frozen=True):
    job: str


class NoticeTaken(Fact, frozen=True):
    """From above: a line for every wallboard, until `until_ms`. Its event is the message's number in the cloud's stream."""

    id: str
    text: str
    until_ms: int


class NoticeEnded(Fact, frozen=True):
    id: str


class DeviceAsked(Fact, frozen=True):
    """A command waits for a device until it answers or `until_ms`."""

    id: str
    device: str
    cmd: str
    until_ms: int


class DeviceAnswered(Fact, frozen=True):
    id: str
    ok: bool
    why: str = ""


class DeviceAskExpired(Fact, frozen=True):
    id: str


class PressTaken(Fact, frozen=True):
    """A press that changed nothing, since things already were as it wished."""

    desk: str
    press: str


class PressRefused(Fact, frozen=True):
    desk: str
    press: str
    why: str


class PressExpired(Fact, frozen=True):
    desk: str
    press: str
    why: str


class PressesLost(Fact, frozen=True):
    """The device could not keep them, or it says so by a gap."""

    device: str
    count: int


class EventSetAside(Fact, frozen=True):
    """An event that brought the core down twice; kept raw for its reader."""

    raw: str
    error: str


_decoder: msgspec.json.Decoder[Fact] = msgspec.json.Decoder(functools.reduce(operator.or_, Fact.__subclasses__()))
_encoder = msgspec.json.Encoder()


def encode(fact: Fact) -> bytes:
    return _encoder.encode(fact)


def decode(raw: bytes | str) -> Fact:
    """A stored fact; msgspec.ValidationError if it is none (then the journal is damaged or newer than this program)."""
    return _decoder.decode(raw)
