"""The floor: who is where and what waits, now. Only `edge.fold.apply` changes it; everything visible is a view of it."""

from bisect import bisect_right
from collections.abc import Collection
from itertools import islice
from operator import itemgetter

import msgspec

from edge.figures import Sums, last_ms
from edge.floor.things import *
from edge.gains import Gains, Served

FOLD_VERSION = 14
"""Raise it whenever the same facts would fold into another floor: checkpoints of other versions are folded anew."""


LANES_MAX = 16
"""Boots of a device whose events are remembered as decided: it may still hold presses of so many."""


NOTICED_MAX = 1_000
ANNOUNCED_MAX = 64
"""Calls that stay listed: so many may come at once, and each still has its turn in the hall."""


class Floor(msgspec.Struct):
    seq: int = 0  # of the last fact folded in
    site: str = ""
    timezone: str = "UTC"
    help_s: int = 60
    brightness: dict[str, int] = {}
    volume: int = 100
    quiet: str = ""
    is_lit: bool = False  # the site has said once how bright or loud its devices shall be
    calendars: dict[str, Calendar] = {}
    callings: dict[str, CallingRule] = {}
    queues: dict[str, Queue] = {}
    reasons: dict[str, Reason] = {}
    teams: dict[str, Team] = {}
    desks: dict[str, Desk] = {}
    agents: dict[str, Agent] = {}
    contacts: dict[str, Contact] = {}
    labels: dict[str, str] = {}  # what visitors hold -> contact
    confirming: dict[str, Confirming] = {}
    asks: int = 0  # how often rating pads have asked
    rateable: dict[int, Served] = {}  # by that number, in order: services of the last day
    announced: int = 0  # the last announcement's id
    announcements: list[Announcement] = []  # the last called, the newest last
    aimed: dict[str, None] = {}  # waiting contacts that are for one agent or desk
    idle: dict[str, int] = {}  # agents at desks who are ready and have no contact -> since_ms
    wraps: dict[str, int] = {}  # agents in a wrap-up that has a limit -> when it ends
    unanswered: dict[tuple[str, str], int] = {}  # (desk, kind) of help -> when it goes to the next
    dues: dict[str, int] = {}  # contact -> when time alone does something to it
    spent: dict[str, None] = {}  # the last names of contacts that are over, so that none is made twice
    boards: dict[str, Board] = {}
    devices: dict[str, Device] = {}
    commands: dict[str, Command] = {}
    rollout: Rollout | None = None  # of new firmware, the last one
    outside: dict[str, Outside] = {}  # by name
    slips: dict[str, Slip] = {}  # that wait for their printers, in the order in which they were asked
    notices: dict[str, Notice] = {}  # that stand on the walls
    noticed: dict[str, None] = {}  # the last that came, so that none is taken twice
    broker_lost_ms: int | None = None  # since when no device can be reached
    marks: dict[str, dict[str, int]] = {}  # source -> lane -> the last number decided
    figures: dict[int, dict[str, Sums]] = {}  # interval -> queue -> sums, of the last two days
    minutes: dict[int, dict[str, Sums]] = {}  # the same by the minute, of the last hour
    gains: Gains = msgspec.field(default_factory=Gains)
    touched: set[str] = set()  # desks whose lamp or display may have changed since the last showing

    def mark(self, source: str, lane: str) -> int:
        return self.marks.get(source, {}).get(lane, 0)

    def desk_of(self, device: str) -> Desk | None:
        """The desk whose desk unit it is."""
        known = self.devices.get(device)
        return self.desks.get(known.desk) if known and known.role == "desk" else None

    def name_of(self, agent: str) -> str:
        """For humans; also of one who has left the site's file since."""
        known = self.agents.get(agent)
        return (known.name if known else "") or agent

    def find(self, name: str) -> Contact | None:
        """A contact by its own name, or by what its visitor holds, in small or capital letters."""
        label = next((each for each in (name, name.upper(), name.lower()) if each in self.labels), "")
        return self.contacts.get(name) or self.contacts.get(self.labels.get(label, ""))

    def sums(self, queue: str, from_ms: int, to_ms: int) -> list[Sums]:
        return [by[queue] for at, by in self.figures.items() if from_ms <= at < to_ms and queue in by]

    def last(self, queue: str, minutes: int, now_ms: int) -> list[Sums]:
        """Of those who entered in the last so many minutes, this one and those before it; up to 60."""
        first_ms = last_ms(minutes, now_ms)
        return [by[queue] for at, by in self.minutes.items() if at >= first_ms and queue in by]

    def young(self, queue: Queue, now_ms: int, from_ms: int = 0) -> int:
        """How many who came since then still wait, and have for less than the target."""
        since_ms = max(from_ms, now_ms - 1000 * queue.target_s + 1)
        waiting = (c for c in self.contacts.values() if c.queue == queue.queue and not c.answered and not c.agent)
        return sum(1 for contact in waiting if contact.entered_ms >= since_ms)


def presence(floor: Floor, agent: Agent) -> str:
    """What shows: a contact first, whatever the agent's own state; then that (wire.PRESENCES)."""
    if not agent.signed_in:
        return "signed_out"
    shown = agent.own
    for name in agent.contacts:
        state = floor.contacts[name].state
        if state == "serving":
            return state
        if state == "called" or (state == "hold" and shown != "called"):
            shown = state
    return shown


def team_of(floor: Floor, agent: Agent) -> str:
    """The agent's own, or that of the desk."""
    if agent.team:
        return agent.team
    return floor.desks[agent.desk].team if agent.desk else ""


def title_of(queue: Queue, lang: str) -> str:
    """As people call it in that language."""
    return (queue.title_zh if lang == "zh" else "") or queue.title or queue.queue


def wrap_up_s(queue: Queue) -> int:
    """How long a wrap-up of its contacts goes on unless it is extended; 0: as long as the agent wants."""
    return queue.wrap_up_s or queue.wrap_up_max_s


def asked(floor: Floor, desk: Desk, kind: str) -> str:
    """The supervisor whose turn it is to answer a request for help; "": everybody's."""
    help = desk.help[kind]
    team = floor.teams.get(help.team)
    return team.supervisors[help.step] if team and help.step < len(team.supervisors) else ""


def sat(desk: Desk, at_ms: int) -> str:
    """Who was signed in there at that time of the last day; "" if nobody was."""
    place = bisect_right(desk.seats, at_ms, key=itemgetter(0))
    return desk.seats[place - 1][1] if place else ""


def aloud(desk: Desk) -> list[Help]:
    """Its open requests for help that anybody may see, a supervisor's first: the silent one is on no lamp, wall or light."""
    return [desk.help[kind] for kind in ("supervisor", "technical") if kind in desk.help]


def works_for(agent: Agent, queue: Queue) -> bool:
    """By the site's file, by a skill that the queue wants, or by the exchange where not paused."""
    return (
        queue.queue in agent.queues
        or bool(queue.skill and queue.skill in agent.skills)
        or agent.member_of.get(queue.queue, "paused") is None
    )


def ready_for(floor: Floor, queues: Collection[Queue]) -> int:
    """How many agents are ready for one of them."""
    ready = [a for a in floor.agents.values() if a.own == "ready" and presence(floor, a) == "ready"]
    return sum(1 for agent in ready if any(works_for(agent, queue) for queue in queues))


def in_service(floor: Floor, queues: Collection[Queue]) -> int:
    """How many contacts of theirs are with agents."""
    names = {queue.queue for queue in queues}
    return sum(1 for contact in floor.contacts.values() if contact.agent and contact.queue in names)


def due_ms(floor: Floor, contact: Contact) -> int | None:
    """When time alone does something to a ticket: more agents may take it, it overflows, expires, or comes back from parking. The
    first two count from when it came into the line, anew where it came back."""
    if contact.channel == "call" or contact.state not in ("waiting", "parked"):
        return None  # what becomes of a call, the exchange says
    times = [contact.expires_ms, contact.until_ms]
    queue = floor.queues[contact.queue]
    if contact.state == "waiting" and contact.step < len(queue.widen):
        times.append(contact.since_ms + 1000 * queue.widen[contact.step].after_s)
    if contact.state == "waiting" and queue.overflow_s and not contact.answered:
        times.append(contact.since_ms + 1000 * queue.overflow_s)
    return min((at_ms for at_ms in times if at_ms is not None), default=None)


def next_deadline(floor: Floor) -> int | None:
    """When something is due that no request will bring, ms since 1970 UTC."""
    waits = [command.until_ms for command in floor.commands.values()]
    waits += [notice.until_ms for notice in floor.notices.values()]
    waits += [closed.until_ms for closed in islice(floor.confirming.values(), 1)]  # they are in order
    if floor.rollout and floor.rollout.asked:
        waits.append(min(floor.rollout.asked.values()))
    waits += [min(due.values()) for due in (floor.dues, floor.wraps, floor.unanswered) if due]
    return min(waits, default=None)
