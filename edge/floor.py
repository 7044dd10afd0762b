"""The floor: who is where and what waits, now. Only `edge.fold.apply` changes it; everything visible is a view of it."""

import msgspec

from edge.figures import Sums

FOLD_VERSION = 3
"""Raise it whenever the same facts would fold into another floor: checkpoints of other versions are folded anew."""


LANES_MAX = 16
"""Boots of a device whose events are remembered as decided: it may still hold presses of so many."""


class Queue(msgspec.Struct):
    queue: str
    letter: str = ""
    target_s: int = 20
    short_s: int = 5
    variant: str = "answered"
    of_site: bool = False  # stands in the site's file, not only in the exchange's record
    waiting: dict[str, int] = {}  # contact -> entered_ms, in the order in which they entered


class Help(msgspec.Struct):
    state: str  # raised, acknowledged, arrived
    raised_ms: int
    since_ms: int


class Desk(msgspec.Struct):
    desk: str
    device: str = ""  # its desk unit
    displays: list[str] = []  # its counter displays
    team: str = ""
    of_site: bool = False
    agent: str = ""
    help: dict[str, Help] = {}  # supervisor, safety
    boot: int = 0  # of the last decided press, as are its seq and its time
    seq: int = 0
    pressed_ms: int = 0
    verdict: str = "none"
    why: str = ""


class Agent(msgspec.Struct):
    agent: str
    name: str = ""
    pin_key: str = ""
    queues: tuple[str, ...] = ()
    of_site: bool = False
    signed_in: bool = False
    desk: str = ""
    own: str = "ready"  # ready, wrap_up, not_ready: what shows while no contact is with the agent
    reason: str = ""
    own_since_ms: int = 0
    since_ms: int = 0  # of the presence that shows
    contacts: list[str] = []
    member_of: dict[str, str | None] = {}  # the exchange's queues -> pause reason, None: not paused


class Contact(msgspec.Struct):
    contact: str
    queue: str
    channel: str
    entered_ms: int
    state: str = "waiting"  # waiting, called, serving, hold
    since_ms: int = 0
    agent: str = ""
    held_ms: int = 0
    served_ms: int = 0  # when serving began


class Board(msgspec.Struct):
    board: str
    title: str = ""
    tiles: tuple[str, ...] = ()
    of_site: bool = False


class Device(msgspec.Struct):
    device: str
    role: str = ""  # as registered; "": not known to the site (any more)
    desk: str = ""
    board: str = ""
    of_site: bool = False
    online: bool = False
    since_ms: int = 0
    id: str = ""
    boot: int = 0
    born_role: str = ""  # as it says itself
    hardware: str = ""
    firmware: str = ""
    cause: str = ""
    lost_presses: int = 0
    set_aside: int = 0


class Outside(msgspec.Struct):
    name: str
    sort: str  # light, sign, printer, cloud
    since_ms: int
    why: str = ""  # it does not answer; "": it does


class Slip(msgspec.Struct):
    job: str
    printer: str
    slip: str
    lang: str
    text: str
    asked_ms: int


class Notice(msgspec.Struct):
    id: str
    text: str
    until_ms: int


class Command(msgspec.Struct):
    device: str
    cmd: str
    until_ms: int


class Floor(msgspec.Struct):
    seq: int = 0  # of the last fact folded in
    queues: dict[str, Queue] = {}
    desks: dict[str, Desk] = {}
    agents: dict[str, Agent] = {}
    contacts: dict[str, Contact] = {}
    boards: dict[str, Board] = {}
    devices: dict[str, Device] = {}
    commands: dict[str, Command] = {}
    outside: dict[str, Outside] = {}  # by name
    slips: dict[str, Slip] = {}  # that wait for their printers, in the order in which they were asked
    notices: dict[str, Notice] = {}  # that stand on the walls
    broker_lost_ms: int | None = None  # since when no device can be reached
    marks: dict[str, dict[str, int]] = {}  # source -> lane -> the last number decided
    figures: dict[int, dict[str, Sums]] = {}  # interval -> queue -> sums, of the last two days
    deltas: dict[tuple[int, str], Sums] = {}  # what the figures gained since the journal last took them
    touched: set[str] = set()  # desks whose lamp or display may have changed since the last showing

    def mark(self, source: str, lane: str) -> int:
        return self.marks.get(source, {}).get(lane, 0)

    def desk_of(self, device: str) -> Desk | None:
        """The desk whose desk unit it is."""
        known = self.devices.get(device)
        return self.desks.get(known.desk) if known and known.role == "desk" else None

    def sums(self, queue: str, from_ms: int, to_ms: int) -> list[Sums]:
        return [by[queue] for at, by in self.figures.items() if from_ms <= at < to_ms and queue in by]


def presence(floor: Floor, agent: Agent) -> str:
    """What shows: a contact first, whatever the agent's own state; then that (wire.PRESENCES)."""
    if not agent.signed_in:
        return "signed_out"
    states = {floor.contacts[c].state for c in agent.contacts}
    for state in ("serving", "called", "hold"):
        if state in states:
            return state
    return agent.own


def lines(agent: Agent) -> set[str]:
    """The queues an agent works for: by the site's TOML, and by the exchange where not paused."""
    return {
        *agent.queues,
        *(queue for queue, paused in agent.member_of.items() if paused is None),
    }


def next_deadline(floor: Floor) -> int | None:
    """When something is due that no request will bring, ms since 1970 UTC."""
    waits = (*(c.until_ms for c in floor.commands.values()), *(n.until_ms for n in floor.notices.values()))
    return min(waits, default=None)
