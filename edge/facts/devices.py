"""Devices: who is there, what was asked of them, what became of a press."""

from edge.facts.base import Fact


class DeviceCame(Fact, frozen=True):
    device: str
    firmware: str
    hardware: str
    role: str
    boot: int
    cause: str
    slot: str
    id: str
    build: str = ""  # 16 hex digits of its firmware's manifest
    trial: bool = False  # new firmware that goes back unless it is kept
    crash: str = ""  # what ended the start before, if it was an error
    update: str = ""  # why the last update was undone
    state: str = "ready"  # or updating, or safe


class DeviceLost(Fact, frozen=True):
    device: str


class BrokerLost(Fact, frozen=True):
    """The edge's own session is gone: no device can be reached. So it is from each start until the first session."""


class BrokerCame(Fact, frozen=True):
    pass


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


class KeysStuck(Fact, frozen=True):
    """Keys of a device that have been down since its start, or for too long; "": none is any more."""

    device: str
    keys: str


class PressTaken(Fact, frozen=True):
    """A press that changed nothing, since things already were as it wished."""

    desk: str
    press: str


class PressRefused(Fact, frozen=True):
    desk: str
    press: str
    why: str


class PinRefused(Fact, frozen=True):
    """Digits at a desk that let nobody in. After a few of them the desk takes none until `locked_until_ms`."""

    desk: str
    why: str
    locked_until_ms: int = 0


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
