"""What devices say, and what is asked of them."""

from typing import Literal

from edge.facts import Event
from edge.requests.base import Request


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
    badge_key: str = ""  # instead of the card's number
    door: int = 0  # of a dispenser: which of its keys, from 1
    asked: int = 0  # of a rating pad: what it asked
    score: int = 0

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
    build: str = ""
    trial: bool = False
    crash: str = ""
    update: str = ""
    state: str = "ready"


class ObserveBroker(Request, frozen=True):
    """The edge's session with the broker came, or went."""

    is_there: bool


class ObserveAnswer(Request, frozen=True):
    """A device's `rsp` to a command."""

    device: str
    id: str
    ok: bool
    why: str = ""


class ObserveKeys(Request, frozen=True):
    """Which of its keys a device holds for stuck, with commas."""

    device: str
    keys: str


class AskDevice(Request, frozen=True):
    """To show itself, to test itself, or to start anew; one that does not answer within a minute has not heard it."""

    device: str
    cmd: Literal["identify", "selftest", "restart"]


class ForgetDevice(Request, frozen=True):
    """A technician takes a device away that is not in the site's file: the broker lets it in no more."""

    device: str


class RegisterDevice(Request, frozen=True):
    """A technician has a device in hand that shall be at a desk, show a board, or give tickets out."""

    device: str
    role: Literal["desk", "counter", "hall", "wallboard", "dispenser", "rating"]
    desk: str = ""
    board: str = ""
    queues: tuple[str, ...] = ()
    printer: str = ""
    lang: Literal["en", "zh"] = "en"


class StartRollout(Request, frozen=True):
    """A technician brings new firmware to all devices on these boards, or to those named; the builds lie in the state's folder."""

    version: str
    builds: dict[str, str]  # board -> build
    devices: tuple[str, ...] = ()
    older: bool = False


class StopRollout(Request, frozen=True):
    """Nobody more is asked; who is fetching gives up; who is on trial is still kept."""
