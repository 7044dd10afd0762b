"""What is on a floor: queues, desks, agents, contacts, devices, and what else has a name."""

import msgspec

from edge.facts import Absence, Empty, NoShow, Numbering, Strategy, Widening


class Queue(msgspec.Struct):
    queue: str
    title: str = ""
    title_zh: str = ""
    letter: str = ""
    target_s: int = 20
    under: bool = False
    short_s: int = 5
    variant: str = "answered"
    first: int = 1
    last: int = 999
    width: int = 3
    period: Numbering = "daily"
    strategy: Strategy = "press"
    skill: str = ""
    level: int = 9
    team: str = ""
    widen: tuple[Widening, ...] = ()
    ages_s: int = 300
    hours: str = ""
    places: int = 0
    empty: Empty = "take"
    absent: tuple[Absence, ...] = ()
    leave_empty: bool = False
    divert: str = ""
    overflow_s: int = 0
    overflow: str = ""
    recalls: int = 3
    no_show: NoShow = "after"
    no_show_after: int = 3
    expire: bool = False
    wrap_up_s: int = 0
    wrap_up_max_s: int = 0
    tenant: str = ""
    of_site: bool = False  # stands in the site's file, not only in the exchange's record
    terms: list[tuple[int, int, bool, int]] = []  # (from_ms, target_s, under, short_s), the last few
    shut: bool = False  # by hand
    waiting: dict[str, int] = {}  # contact -> entered_ms, in the order of the line
    number: int = 0  # the last one given out
    numbered_ms: int = 0  # when
    last_agent: str = ""  # round robin's memory
    calls: dict[str, int] = {}  # agent -> tickets called from here on that day
    calls_day: int = 0


class Calendar(msgspec.Struct):
    calendar: str
    week: dict[str, str] = {}
    closed: tuple[str, ...] = ()
    open: dict[str, str] = {}
    of_site: bool = False


class CallingRule(msgspec.Struct):
    rule: str
    first: dict[str, int] = {}
    share: dict[str, int] = {}
    of_site: bool = False


class Team(msgspec.Struct):
    team: str
    vendor: str = ""
    tenant: str = ""
    supervisors: tuple[str, ...] = ()
    of_site: bool = False


class Reason(msgspec.Struct):
    reason: str
    title: str = ""
    title_zh: str = ""
    paid: bool = True
    allowance_s: int = 0
    of_site: bool = False


class Help(msgspec.Struct):
    state: str  # raised, acknowledged, arrived
    raised_ms: int
    since_ms: int
    agent: str = ""
    team: str = ""  # of the agent; where nobody is signed in, of the desk
    step: int = 0  # of the team's supervisors who were asked in vain
    helper: str = ""
    acknowledged_ms: int | None = None
    arrived_ms: int | None = None
    from_seq: int = 0


class Desk(msgspec.Struct):
    desk: str
    device: str = ""  # its desk unit
    displays: list[str] = []  # its counter displays
    pads: list[str] = []  # its rating pads
    ask: int = 0  # what they ask now: of the service that ended last; 0: nothing
    team: str = ""
    of_site: bool = False
    agent: str = ""
    seats: list[tuple[int, str]] = []  # (at_ms, who sat down, "" when somebody left) of the last day, in order
    help: dict[str, Help] = {}  # by kind
    boot: int = 0  # of the last decided press, as are its seq and its time
    seq: int = 0
    pressed_ms: int = 0
    verdict: str = "none"
    why: str = ""
    wrong_pins: int = 0  # one after the other
    locked_until_ms: int = 0


class Shown(msgspec.Struct, frozen=True, gc=False):
    """What an agent's period is as long as nothing changes. `since_ms` is of the agent's own state; 0 with a contact."""

    state: str
    reason: str
    desk: str
    team: str
    queue: str
    since_ms: int


class Agent(msgspec.Struct):
    agent: str
    name: str = ""
    pin_key: str = ""
    badge_key: str = ""
    queues: tuple[str, ...] = ()
    skills: dict[str, int] = {}
    calling: str = ""
    team: str = ""
    shared: dict[str, int] = {}  # of the calling rule's round: queue -> called so far
    of_site: bool = False
    signed_in: bool = False
    desk: str = ""
    own: str = "ready"  # ready, wrap_up, not_ready: what shows while no contact is with the agent
    reason: str = ""
    then: str = ""  # not_ready: asked for after a wrap-up
    own_since_ms: int = 0
    since_ms: int = 0  # of the presence that shows
    until_ms: int | None = None  # a wrap-up that has a limit
    period_ms: int = 0  # since when presence, reason and desk are these
    period_seq: int = 0  # the journal's row since which
    shown: Shown | None = None  # what the period is; None: it has to be looked up
    spent_ms: dict[str, int] = {}  # by reason, in this shift
    shift_ms: int = (
        0  # when it began: with the first sign-in of a day, or the first change of one who does not sign out
    )
    last_queue: str = ""  # of the contact that is or was here last: a wrap-up soon after is for that
    busy_ms: int = 0  # since when contacts are here
    busy: list[tuple[int, int, str]] = []  # those times that are over: from_ms, to_ms, the last one's queue
    owns: list[tuple[int, str, str, int]] = []  # (at_ms, own, reason, seq) of the last day, in the order of their times
    contacts: list[str] = []
    member_of: dict[str, str | None] = {}  # the exchange's queues -> pause reason, None: not paused


class Contact(msgspec.Struct):
    contact: str
    queue: str
    channel: str
    entered_ms: int  # into this queue
    state: str = "waiting"  # waiting, called, serving, hold, wrap_up, parked
    since_ms: int = 0
    agent: str = ""
    from_seq: int = 0  # of the fact that brought it into this queue; what follows counts in this queue too
    wait_ms: int = 0  # until it was called or connected first
    team: str = ""  # of the agent who had it last
    talk_ms: int = 0  # as far as the spells are over
    hold_ms: int = 0
    wrap_ms: int = 0
    label: str = ""
    lang: str = ""
    issued_ms: int = 0  # when the visit began
    priority: int = 0
    then: tuple[str, ...] = ()
    expires_ms: int | None = None
    until_ms: int | None = None  # parked
    answered: bool = False  # its wait in this queue is over and booked
    recalls: int = 0
    no_shows: int = 0
    step: int = 0  # of its queue's widening
    to_agent: str = ""
    to_desk: str = ""
    owner: str = ""
    keeper: str = ""  # who served it last
    announced: int = 0  # under which id it was announced last


class Confirming(msgspec.Struct):
    """A closed contact whose outcome its owner, or its last keeper, has yet to confirm."""

    contact: str
    label: str
    queue: str
    owner: str
    keeper: str
    until_ms: int
    closed_ms: int = 0
    team: str = ""
    from_seq: int = 0


class Announcement(msgspec.Struct):
    id: int
    contact: str
    label: str
    desk: str
    queue: str
    at_ms: int
    recall: bool = False


class Board(msgspec.Struct):
    board: str
    title: str = ""
    tiles: tuple[str, ...] = ()
    lang: str = "en"
    of_site: bool = False


class Answer(msgspec.Struct, frozen=True):
    """What became of the last press at a dispenser or a rating pad."""

    boot: int = 0
    seq: int = 0
    verdict: str = "none"
    why: str = ""
    contact: str = ""  # the ticket that it was given
    label: str = ""
    queue: str = ""
    ahead: int = 0
    slip: bool = False


class Device(msgspec.Struct):
    device: str
    role: str = ""  # as registered; "": not known to the site (any more)
    desk: str = ""
    board: str = ""
    queues: tuple[str, ...] = ()  # of a dispenser's keys
    printer: str = ""
    lang: str = "en"
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
    came_ms: int = 0  # its last birth
    answer: Answer = Answer()
    stuck: str = ""  # its keys that are held down for too long
    answered: str = ""  # the id of the last command that it answered, and what it said
    said: str = ""
    is_sound: bool = True  # by its last self-test
    build: str = ""
    slot: str = ""
    trial: bool = False
    state: str = "ready"  # or updating, or safe
    update: str = ""  # why its last update was undone
    crash: str = ""  # the last error that ended a start of it
    crash_boot: int = 0
    crash_ms: int = 0  # when it was told
    rival_ms: int = 0  # when another board last came under its name, soon after the one before


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


class Update(msgspec.Struct):
    state: str = "waiting"  # asked, done, failed, taken back
    since_ms: int = 0
    why: str = ""


class Rollout(msgspec.Struct):
    rollout: str
    version: str
    builds: dict[str, str]  # board -> build
    older: bool = False
    since_ms: int = 0
    state: str = "open"  # stopped, done
    why: str = ""
    ended_ms: int = 0
    updates: dict[str, Update] = {}  # by device, in the order in which they are asked
    ready: dict[str, None] = {}  # who waits, is there and not on trial
    asked: dict[str, int] = {}  # who is under way -> until when
    done: int = 0
    failed: str = ""  # the first one whose update did
