"""What a site has: queues, desks, agents, boards, devices."""

from typing import Literal

import msgspec

from edge.facts.base import Fact

Numbering = Literal["daily", "continuous"]
Strategy = Literal["press", "longest_idle", "fewest", "round_robin", "random", "linear", "skill"]
NoShow = Literal["after", "end", "void"]
Empty = Literal["take", "refuse", "divert"]
Absence = Literal["called", "serving", "hold", "wrap_up", "not_ready"]


class Widening(msgspec.Struct, frozen=True, omit_defaults=True):
    """After so long a wait also agents up to `level`, also those of `team`."""

    after_s: int
    level: int = 0
    team: str = ""


class SiteNamed(Fact, frozen=True):
    site: str
    timezone: str = "UTC"  # whose days and opening hours count
    brightness: dict[str, int] = {}  # time of day, 07:00 -> percent from then on; none: always full
    volume: int = 100  # of chimes, percent
    quiet: str = ""  # when no chime sounds, 12:00-13:00
    help_s: int = 60  # so long each supervisor has before a request for help goes to the next


class CalendarSet(Fact, frozen=True):
    """Opening hours, local: of each weekday, without the days that are closed, but for the days that open otherwise."""

    calendar: str
    week: dict[str, str] = {}  # mon … sun -> "09:00-12:00, 13:00-17:00"
    closed: tuple[str, ...] = ()  # days, 2026-12-25
    open: dict[str, str] = {}  # day -> hours, whatever stands above


class CalendarRemoved(Fact, frozen=True):
    calendar: str


class CallingRuleSet(Fact, frozen=True):
    """From which of several lines an agent gets the next: docs/queues.md."""

    rule: str
    first: dict[str, int] = {}  # queue -> seconds: its head comes first once it has waited longer
    share: dict[str, int] = {}  # queue -> so many in each round, in this order; then one of all others


class CallingRuleRemoved(Fact, frozen=True):
    rule: str


class QueueOpened(Fact, frozen=True):
    """Opened, or its settings changed: docs/queues.md says what each means."""

    queue: str
    title: str = ""  # as people call it; "": by its name
    title_zh: str = ""
    letter: str = ""
    target_s: int = 20
    under: bool = False  # the target itself is too late
    short_s: int = 5  # abandons within it are short
    variant: str = "answered"
    first: int = 1  # numbers, on tickets
    last: int = 999
    width: int = 3
    period: Numbering = "daily"
    strategy: Strategy = "press"
    skill: str = ""
    level: int = 9  # of the skill, 1 is the best; who may take from the start
    team: str = ""  # who may take from the start
    widen: tuple[Widening, ...] = ()
    ages_s: int = 300  # so much waiting counts as one of priority; 0: none does
    hours: str = ""  # a calendar; "": always open
    places: int = 0  # so many may wait; 0: any number
    empty: Empty = "take"  # what happens while nobody is there
    absent: tuple[Absence, ...] = ()  # who counts as not there, besides those signed out
    leave_empty: bool = False  # who waits goes to `divert` once nobody is there
    divert: str = ""
    overflow_s: int = 0  # after so long it goes to `overflow`; 0: never
    overflow: str = ""
    recalls: int = 3  # one more is a no-show
    no_show: NoShow = "after"
    no_show_after: int = 3  # numbers
    expire: bool = False  # tickets that wait at closing time are void
    wrap_up_s: int = 0  # a wrap-up of that length follows each contact; 0: only one that the agent asks for
    wrap_up_max_s: int = 0  # so long is one that the agent asks for, at most; 0: any length


class QueueRemoved(Fact, frozen=True):
    """No longer in the site's file; its figures stay."""

    queue: str


class TeamFormed(Fact, frozen=True):
    """Agents under one supervisor."""

    team: str
    vendor: str = ""  # the outsourcing company whose people they are
    supervisors: tuple[str, ...] = ()  # accounts: whom its desks ask for help, one after the other


class TeamDisbanded(Fact, frozen=True):
    team: str


class ReasonNamed(Fact, frozen=True):
    """Why an agent may be not ready."""

    reason: str
    title: str = ""
    title_zh: str = ""
    paid: bool = True
    allowance_s: int = 0  # in a shift; 0: any time


class ReasonRemoved(Fact, frozen=True):
    reason: str


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
    skills: dict[str, int] = {}  # skill -> level, 1 is the best
    calling: str = ""  # a calling rule; "": who waits longest
    team: str = ""  # "": the desk's at which they sit
    badge_key: str = ""


class AgentRemoved(Fact, frozen=True):
    agent: str


class BoardLaidOut(Fact, frozen=True):
    """A layout of tiles, for wallboards and TVs: each an expression of edge.tiles."""

    board: str
    title: str = ""
    tiles: tuple[str, ...] = ()
    lang: str = "en"


class BoardRemoved(Fact, frozen=True):
    board: str


class DeviceRegistered(Fact, frozen=True):
    """Known to the site, so that the broker lets it in; or put elsewhere."""

    device: str
    role: str
    desk: str = ""  # of a desk unit, a counter display or a rating pad
    board: str = ""  # of a wallboard or a hall display
    queues: tuple[str, ...] = ()  # of a dispenser, one for each of its keys
    printer: str = ""  # for a dispenser's slips
    lang: Literal["en", "zh"] = "en"  # of the words that a device has of its own


class DeviceRevoked(Fact, frozen=True):
    device: str
