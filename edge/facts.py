"""Facts: all that can have happened on a floor, as typed records, and their stored form (JSON, one object a fact).

A fact is never changed or taken back; a type grows by fields with defaults. Times are milliseconds since 1970 in UTC.
"""

from typing import Literal, Union

import msgspec

Event = tuple[str, str, int]
"""Where a fact came from: (source, lane, number). A device's event is (device, "<provisioning id>:<boot>", seq), a
queue_log line (log, "<first line's hash>", line). The number only grows within a lane, so the journal itself tells which
events were decided."""


class Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag=True):
    at_ms: int  # when it happened; when it was recorded stands beside it in the journal
    by: str = ""  # who: an agent, "device:desk-1", "panel:ana", "exchange", "site" (its TOML) or "clock"
    tenant: str = ""
    event: Event | None = None
    age_unknown: bool = False  # the device could not tell how long ago; booked at its arrival


class QueueOpened(Fact):
    """Opened, or its settings changed."""

    queue: str
    letter: str = ""
    target_s: int = 20
    short_s: int = 5  # abandons within it are short
    variant: str = "answered"


class DeskOpened(Fact):
    desk: str
    device: str = ""
    team: str = ""


class AgentMet(Fact):
    """Introduced by the site's TOML, or met for the first time in the exchange's record."""

    agent: str
    name: str = ""
    pin_key: str = ""
    queues: tuple[str, ...] = ()


class AgentSignedIn(Fact):
    agent: str
    desk: str = ""  # none: on the phone only


class AgentSignedOut(Fact):
    agent: str


class PresenceChanged(Fact):
    """The agent's own state; while a contact goes on it is what comes after it."""

    agent: str
    presence: Literal["ready", "wrap_up", "not_ready"]
    reason: str = ""


class QueueJoined(Fact):
    agent: str
    queue: str


class QueueLeft(Fact):
    agent: str
    queue: str


class QueuePaused(Fact):
    agent: str
    queue: str  # "": all of them
    reason: str = ""


class QueueUnpaused(Fact):
    agent: str
    queue: str


class RingUnanswered(Fact):
    agent: str
    contact: str
    rang_ms: int
    by_caller: bool = False  # the caller gave up while it rang


class HelpRaised(Fact):
    desk: str
    agent: str = ""
    help: Literal["supervisor", "safety"] = "supervisor"


class HelpAcknowledged(Fact):
    desk: str
    help: Literal["supervisor", "safety"] = "supervisor"


class HelpArrived(Fact):
    desk: str
    help: Literal["supervisor", "safety"] = "supervisor"


class HelpClosed(Fact):
    desk: str
    help: Literal["supervisor", "safety"] = "supervisor"


class ContactEntered(Fact):
    contact: str
    queue: str
    channel: Literal["call", "ticket"] = "call"
    unseen: bool = False  # its entry was not in the record; offered counts it all the same


class ContactAnswered(Fact):
    """The wait is over: a call was connected, a ticket called for the first time."""

    contact: str
    agent: str
    wait_ms: int


class ContactRecalled(Fact):
    contact: str


class ServingBegan(Fact):
    """The called customer has come."""

    contact: str


class ContactHeld(Fact):
    contact: str


class ContactResumed(Fact):
    contact: str


class ContactEnded(Fact):
    """After it was answered."""

    contact: str
    outcome: Literal["served", "transferred", "no_show", "unknown"] = "served"
    to: str = ""  # where a transferred one went
    talk_ms: int | None = None  # as the exchange measured it; else from serving to end, without hold


class ContactAbandoned(Fact):
    contact: str
    wait_ms: int


class ContactTimedOut(Fact):
    contact: str
    wait_ms: int


class ContactLeft(Fact):
    """Left the line in another way than by giving up or by time."""

    contact: str
    outcome: Literal["overflowed", "cancelled", "expired", "refused"]
    wait_ms: int
    flag: str = ""  # what was odd about the record


class DeviceCame(Fact):
    device: str
    firmware: str
    hardware: str
    role: str
    boot: int
    cause: str
    slot: str
    id: str


class DeviceLost(Fact):
    device: str


class DeviceAsked(Fact):
    """A command waits for a device until it answers or `until_ms`."""

    id: str
    device: str
    cmd: str
    until_ms: int


class DeviceAnswered(Fact):
    id: str
    ok: bool
    why: str = ""


class DeviceAskExpired(Fact):
    id: str


class PressTaken(Fact):
    """A press that changed nothing, since things already were as it wished."""

    desk: str
    press: str


class PressRefused(Fact):
    desk: str
    press: str
    why: str


class PressExpired(Fact):
    desk: str
    press: str
    why: str


class PressesLost(Fact):
    """The device could not keep them, or it says so by a gap."""

    device: str
    count: int


class EventSetAside(Fact):
    """An event that brought the core down twice; kept raw for its reader."""

    raw: str
    error: str


AnyFact = Union[tuple(Fact.__subclasses__())]  # type: ignore[valid-type]

_decoder: msgspec.json.Decoder[Fact] = msgspec.json.Decoder(AnyFact)
_encoder = msgspec.json.Encoder()


def encode(fact: Fact) -> bytes:
    return _encoder.encode(fact)


def decode(raw: bytes | str) -> Fact:
    """A stored fact; msgspec.ValidationError if it is none (then the journal is damaged or newer than this program)."""
    return _decoder.decode(raw)
