"""What the fold tells the tables that are derived from the facts (edge.derived): rows that only a late press changes again."""

import msgspec

from edge.figures import Sums

OWN = ("ready", "wrap_up", "not_ready")
"""The states of a period that are the agent's own, so that a late press may change them."""


class Spell(msgspec.Struct, frozen=True, gc=False):
    """One state of a contact, over."""

    contact: str
    label: str
    queue: str
    state: str
    agent: str
    from_ms: int
    to_ms: int


class Stay(msgspec.Struct, frozen=True, gc=False):
    """One contact's time in one queue, over; `outcome` is one of docs/numbers.md."""

    entered_ms: int
    queue: str
    contact: str
    label: str
    channel: str
    outcome: str
    wait_ms: int
    agent: str  # who had it last
    team: str
    talk_ms: int
    hold_ms: int
    wrap_ms: int
    no_show: bool
    ended_ms: int
    from_seq: int  # the journal's rows that begin and end it
    to_seq: int


class Period(msgspec.Struct, frozen=True, gc=False):
    """An agent's presence from then to then. `late`: the agent's own state had been that, as a late press tells."""

    agent: str
    from_ms: int
    to_ms: int
    state: str
    reason: str
    desk: str = ""
    team: str = ""
    queue: str = ""  # of the contact, or of the one that is wrapped up
    from_seq: int = 0  # the journal's row that begins it
    late: bool = False


class HelpGiven(msgspec.Struct, frozen=True, gc=False):
    """A request for help, over. None: nobody acknowledged, or came."""

    raised_ms: int
    desk: str
    team: str
    kind: str
    agent: str
    helper: str
    acknowledged_ms: int | None
    arrived_ms: int | None
    closed_ms: int
    escalated: int  # times
    from_seq: int  # the journal's rows that begin and end it
    to_seq: int


class Terms(msgspec.Struct, frozen=True, gc=False):
    """By what a queue's service level is counted and shown, from then on."""

    from_ms: int
    queue: str
    target_s: int
    under: bool
    short_s: int
    variant: str


class Case(msgspec.Struct, frozen=True, gc=False):
    """A ticket that was served and is closed; `confirmed`: by its owner. One who ends it personally confirms it by that."""

    closed_ms: int
    contact: str
    label: str
    queue: str
    owner: str
    team: str
    confirmed: bool
    from_seq: int  # the journal's row that closed it, and that which confirmed it or let it lapse
    to_seq: int


class Served(msgspec.Struct, frozen=True, gc=False):
    """A ticket whose service ended at a desk; `score` 0: it is not rated."""

    ended_ms: int
    contact: str
    label: str
    queue: str
    agent: str
    team: str
    desk: str
    asked: int  # 1: a rating pad stood there
    score: int
    from_seq: int  # the journal's row that ended it, and that which rated it
    to_seq: int


class Planned(msgspec.Struct, frozen=True, gc=False):
    """One part of an agent's shift: `work`, or a reason for which the agent is not ready then."""

    agent: str
    day: str  # the site's local day on which the shift begins, 2026-11-20
    from_ms: int
    to_ms: int
    activity: str


class Gains(msgspec.Struct):
    """What the tables that are derived from the facts (edge.derived) have yet to take."""

    figures: dict[tuple[int, str], Sums] = {}
    spells: list[Spell] = []
    stays: list[Stay] = []
    periods: list[Period] = []
    helps: list[HelpGiven] = []
    terms: list[Terms] = []
    cases: list[Case] = []
    served: list[Served] = []
    plans: dict[tuple[str, str], list[Planned]] = {}  # (agent, day) -> all of that shift

    def clear(self) -> None:
        for name in self.__struct_fields__:
            getattr(self, name).clear()
