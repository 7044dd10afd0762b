"""What the site's file and the exchange's record say."""

from edge.facts import (
    AgentMet,
    BoardLaidOut,
    CalendarSet,
    CallingRuleSet,
    DeskOpened,
    DeviceRegistered,
    QueueOpened,
    ReasonNamed,
    TeamFormed,
)
from edge.requests.base import Request

Wanted = (
    CalendarSet
    | QueueOpened
    | CallingRuleSet
    | ReasonNamed
    | TeamFormed
    | DeskOpened
    | AgentMet
    | BoardLaidOut
    | DeviceRegistered
)


class Configure(Request, frozen=True):
    """The site's TOML, as the facts that it amounts to. Refused as a whole if a part of it is."""

    wanted: tuple[Wanted, ...]
    site: str = ""
    timezone: str = "UTC"
    help_s: int = 60
    brightness: dict[str, int] = {}  # noqa: RUF012 - msgspec copies it
    volume: int = 100
    quiet: str = ""


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
