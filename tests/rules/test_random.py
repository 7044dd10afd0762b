"""Random days: whatever is asked, in whatever order, is decided or refused; the floor stays whole; and nothing ever crashes."""

import random
import sqlite3
from collections import Counter
from datetime import UTC
from itertools import pairwise
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from edge import facts as f
from edge import requests as r
from edge.boards import show
from edge.books import Books, Wanted
from edge.books.explain import explain
from edge.books.tallies import tallies
from edge.deciding import take
from edge.derived import Derived, create
from edge.exchange import EVENTS
from edge.figures import VARIANTS, Sums, local_day, total
from edge.floor import Board, Confirming, Floor, due_ms, presence
from edge.fold import apply
from edge.fold.people import going_on
from edge.gains import Spell
from edge.hours import DAYS
from edge.requests import Refused
from edge.rules import follow
from edge.spans import EVERY, Span
from edge.tiles import LIVE, OF_TIME
from edge.views import floor_page, lamp
from edge.wire import KEYS, PRESENCES, PRESSES
from tests.rules import recount
from tests.rules.scene import NOW_MS

AGENTS = st.sampled_from(["ana", "bo", "cy"])
DESKS = st.sampled_from(["1", "2", "9"])
QUEUES = st.sampled_from(["q", "r", "new"])
CALLS = st.sampled_from(["c1", "c2", "c3"])
HELP = st.sampled_from(["supervisor", "safety"])
STEP_MS = st.integers(-5_000, 60_000)
DATA = st.tuples(*[st.sampled_from(["0", "1", "7", "30"])] * 6)

REQUESTS = st.one_of(
    st.builds(r.SignIn, agent=AGENTS, desk=DESKS),
    st.builds(r.SignOut, agent=AGENTS),
    st.builds(
        r.ChangePresence, agent=AGENTS, presence=st.sampled_from(["ready", "wrap_up", "not_ready"]), reason=st.just("x")
    ),
    st.builds(r.ShutQueue, queue=QUEUES),
    st.builds(r.ReopenQueue, queue=QUEUES),
    st.builds(r.RaiseHelp, desk=DESKS, help=HELP),
    st.builds(r.AcknowledgeHelp, desk=DESKS, help=HELP),
    st.builds(r.ArriveAtHelp, desk=DESKS, help=HELP),
    st.builds(r.CloseHelp, desk=DESKS, help=HELP),
    st.builds(
        r.AskDevice,
        device=st.sampled_from(["desk-1", "desk-9"]),
        cmd=st.just("identify"),
    ),
    st.builds(r.ObserveAnswer, device=st.just("desk-1"), id=CALLS, ok=st.booleans()),
    st.builds(r.ObserveDevice, device=st.sampled_from(["desk-1", "desk-9"]), firmware=st.sampled_from(["", "1"])),
    st.builds(r.ObserveBroker, is_there=st.booleans()),
    st.builds(r.Tick),
    st.builds(
        r.DeviceEvent,
        device=st.sampled_from(["desk-1", "desk-2", "desk-9"]),
        id=st.just("aa"),
        boot=st.integers(1, 2),
        seq=st.just(0),
        first=st.just(0),
        age_ms=st.sampled_from([0, 0, 0, 4_000, 100_000, 90_000_000, None]),
        key=st.sampled_from(KEYS),
        press=st.sampled_from(PRESSES),
        pin_key=st.sampled_from(["", "", "", "key-ana", "key-bo", "key-no"]),
        badge_key=st.sampled_from(["", "", "", "badge-ana", "badge-no"]),
    ),
    st.builds(
        r.DeviceEvent,
        device=st.sampled_from(["dispenser-1", "rating-1", "desk-1"]),
        id=st.just("aa"),
        boot=st.just(1),
        seq=st.just(0),
        first=st.just(0),
        age_ms=st.sampled_from([0, 0, 4_000, 100_000, 90_000_000, None]),
        door=st.integers(1, 4),
        asked=st.integers(0, 3),
        score=st.integers(0, 5),
    ),
    st.builds(r.ObserveKeys, device=st.just("desk-1"), keys=st.sampled_from(["", "next"])),
    st.builds(
        r.ObserveLine,
        source=st.just("queue_log"),
        lane=st.just("x"),
        number=st.just(0),
        event=st.sampled_from(sorted(EVENTS)),
        call=CALLS,
        queue=QUEUES,
        agent=AGENTS,
        data=DATA,
    ),
)


SIGNED_IN = (
    f.AgentSignedIn(agent="ana", desk="1", at_ms=NOW_MS),
    f.AgentSignedIn(agent="bo", desk="2", at_ms=NOW_MS),
)


def opened(strategy: f.Strategy) -> Floor:
    """Two queues with all that time does to a ticket; one calls by itself if the strategy says so."""
    floor = Floor()
    for fact in (
        f.CalendarSet(calendar="day", week=dict.fromkeys(DAYS, "00:00-24:00"), at_ms=NOW_MS),
        f.QueueOpened(
            queue="q",
            letter="A",
            width=1,
            last=9,
            period="continuous",
            strategy=strategy,
            widen=(f.Widening(after_s=60, team="blue"),),
            ages_s=60,
            overflow_s=200,
            overflow="r",
            hours="day",
            expire=True,
            wrap_up_s=25,
            at_ms=NOW_MS,
        ),
        f.QueueOpened(
            queue="r",
            letter="B",
            under=True,
            skill="loans",
            level=1,
            widen=(f.Widening(after_s=30, level=2),),
            places=3,
            leave_empty=True,
            divert="q",
            empty="refuse",
            no_show="end",
            recalls=1,
            wrap_up_max_s=90,
            at_ms=NOW_MS,
        ),
        f.CallingRuleSet(rule="rule", first={"r": 100}, share={"q": 2}, at_ms=NOW_MS),
        f.TeamFormed(team="blue", supervisors=("kim", "lee"), at_ms=NOW_MS),
        f.DeskOpened(desk="1", at_ms=NOW_MS),
        f.DeskOpened(desk="2", team="blue", at_ms=NOW_MS),
        f.DeviceRegistered(device="desk-1", role="desk", desk="1", at_ms=NOW_MS),
        f.DeviceRegistered(device="desk-2", role="desk", desk="2", at_ms=NOW_MS),
        f.DeviceRegistered(device="dispenser-1", role="dispenser", queues=("q", "r", "gone"), at_ms=NOW_MS),
        f.DeviceRegistered(device="rating-1", role="rating", desk="1", at_ms=NOW_MS),
        f.AgentMet(
            agent="ana",
            pin_key="key-ana",
            badge_key="badge-ana",
            queues=("q",),
            skills={"loans": 1},
            calling="rule",
            at_ms=NOW_MS,
        ),
        f.AgentMet(agent="bo", pin_key="key-bo", queues=("q",), skills={"loans": 2}, at_ms=NOW_MS),
        *SIGNED_IN,
    ):
        apply(floor, fact)
    floor.touched.clear()
    return floor


def numbered(floor: Floor, request: r.Request, at_ms: int, line: int) -> r.Request:
    """With the time and the number that its rim would give it."""
    if isinstance(request, r.DeviceEvent):
        seq = floor.mark(request.device, request.lane) + 1
        return msgspec.structs.replace(request, at_ms=at_ms - (request.age_ms or 0), seq=seq, first=1)
    if isinstance(request, r.ObserveLine):
        return msgspec.structs.replace(request, at_ms=at_ms // 1000 * 1000, number=line)
    return msgspec.structs.replace(request, at_ms=at_ms)


def check_whole(floor: Floor, now_ms: int) -> None:
    with_agents = [c for agent in floor.agents.values() for c in agent.contacts]
    waiting = [c for queue in floor.queues.values() for c in queue.waiting]
    parked = [c.contact for c in floor.contacts.values() if c.state == "parked"]
    assert sorted(with_agents + waiting + parked) == sorted(floor.contacts), "each contact is in one place"
    for contact in floor.contacts.values():
        assert (contact.state == "waiting") == (contact.contact in floor.queues[contact.queue].waiting)
        assert (contact.state in ("waiting", "parked")) == (contact.agent == "")
        assert floor.dues.get(contact.contact) == due_ms(floor, contact)
        assert contact.channel == "call" or floor.labels[contact.label] == contact.contact
    assert floor.dues.keys() <= floor.contacts.keys()
    assert floor.aimed.keys() <= set(waiting)
    for agent in floor.agents.values():
        assert presence(floor, agent) in PRESENCES
        assert not agent.desk or (floor.desks[agent.desk].agent == agent.agent and agent.signed_in)
        assert agent.signed_in or not agent.contacts, "nobody serves who is not there"
        tickets = [c for c in agent.contacts if floor.contacts[c].channel == "ticket"]
        assert len(tickets) <= 1, "no desk has two servings"
        wrapping = any(floor.contacts[c].state == "wrap_up" for c in tickets)
        assert not wrapping or agent.own == "wrap_up", "a wrap-up ends with the agent's own state"
        assert (agent.agent in floor.idle) == (bool(agent.desk) and presence(floor, agent) == "ready")
    for desk in floor.desks.values():
        assert not desk.agent or floor.agents[desk.agent].desk == desk.desk
        lamp(floor, desk, now_ms)
    raised = {(d.desk, kind) for d in floor.desks.values() for kind, help in d.help.items() if help.state == "raised"}
    assert floor.unanswered.keys() <= raised, "only who waits for an answer is passed on"
    assert floor.wraps.keys() <= {a.agent for a in floor.agents.values() if presence(floor, a) == "wrap_up"}
    whole = [sums for by_queue in floor.figures.values() for sums in by_queue.values()]
    ended = sum(s.answered + s.abandoned + s.timed_out + s.left_otherwise for s in whole)
    still = [c for c in floor.contacts.values() if c.state in ("waiting", "parked") and not c.answered]
    assert sum(s.offered for s in whole) == ended + len(still), "offered is what ended and what waits"
    assert all(getattr(s, name) >= 0 for s in whole for name in s.__struct_fields__)
    assert not follow(floor, now_ms), "all that follows has followed"


class Day:
    """A floor, its facts, and the spells that are over."""

    def __init__(self, strategy: f.Strategy) -> None:
        self.floor = opened(strategy)
        self.facts: list[f.Fact] = []
        self.spells: list[Spell] = []
        self._sql = sqlite3.connect(":memory:", isolation_level=None)
        create(Database(self._sql))
        self.derived = Derived(self._sql)

    def take(self, request: r.Request) -> list[f.Fact] | Refused:
        before, outcome = take(self.floor, request)
        self.facts += before if isinstance(outcome, Refused) else before + outcome
        self.spells += self.floor.gains.spells
        self.derived.add(self.floor.gains)
        self.floor.touched.clear()
        self.floor.gains.clear()
        return outcome


DAYS_ASKED = st.lists(st.tuples(REQUESTS, STEP_MS), min_size=40, max_size=100)
STRATEGIES = st.sampled_from(["press", "longest_idle", "fewest", "round_robin", "random", "linear", "skill"])


def at_work(chance: random.Random, floor: Floor) -> r.Request:
    """What is asked on a busy floor: mostly of somebody who is there."""
    ticket = chance.choice([*floor.labels, *floor.confirming, "nix"])
    desk, agent, queue = chance.choice("12"), chance.choice(["ana", "bo"]), chance.choice("qr")
    place = chance.choice(["front", "back", "original"])
    closed = chance.choice([*floor.confirming.values(), Confirming("nix", "nix", "q", "ana", "ana", 0)])
    key = chance.choice([*KEYS, "next", "next", "next", "ready", "ready", "wrap_up", "recall", "recall"])
    age_ms = chance.choice([0, 10, 2_000, 5_000, 60_000])
    aged = r.DeviceEvent(
        device=f"desk-{desk}", id=desk, boot=1, seq=0, first=0, age_ms=age_ms, key=key, press=chance.choice(PRESSES)
    )
    visitor = {"id": "v", "boot": 1, "seq": 0, "first": 0, "age_ms": age_ms}
    asked = chance.choice([*floor.rateable, 99])
    wishes: list[tuple[float, r.Request]] = [
        (0.7, r.DeviceEvent(device="dispenser-1", door=chance.choice((1, 2, 2, 3)), **visitor)),
        (0.5, r.DeviceEvent(device="rating-1", score=chance.randint(1, 5), asked=asked, **visitor)),
        (5, r.PressKey(desk=desk, key=key, press="short" if chance.random() < 0.6 else "long")),
        (3, aged),
        (2, r.IssueTicket(queue=queue)),
        (1, r.IssueTicket(queue=queue, contact=f"t{chance.randrange(9)}", priority=1, position=chance.randrange(3))),
        (0.5, r.IssueTicket(queue="q", then=("r",), priority=chance.randrange(3))),
        (0.3, r.CallTicket(desk=desk, ticket=ticket)),
        (0.3, r.MoveTicket(ticket=ticket, queue=queue, place=place)),
        (0.5, r.MoveTicket(ticket=ticket, agent=agent, place=place)),
        (0.2, r.MoveTicket(ticket=ticket, desk=desk, place=place)),
        (0.3, r.ParkTicket(ticket=ticket, back_s=chance.randint(1, 300))),
        (0.2, r.ReturnTicket(ticket=ticket)),
        (0.1, r.CancelTicket(ticket=ticket)),
        (0.6, r.TakeOver(ticket=ticket)),
        (1, r.ConfirmOutcome(ticket=closed.contact, agent=chance.choice([closed.owner, agent]))),
        (0.1, r.ShutQueue(queue=queue)),
        (0.3, r.ReopenQueue(queue=queue)),
        (0.2, r.RaiseHelp(desk=desk, help=chance.choice(get_args(f.HelpKind)))),
        (0.1, r.AcknowledgeHelp(desk=desk)),
        (0.1, r.ArriveAtHelp(desk=desk, help="technical")),
        (0.1, r.CloseHelp(desk=desk, help=chance.choice(get_args(f.HelpKind)))),
        (0.5, r.SignIn(agent=agent, desk=desk)),
        (0.1, r.SignOut(agent=agent)),
        (0.2, r.ChangePresence(agent=agent, presence=chance.choice(["ready", "wrap_up", "not_ready"]))),
    ]
    return chance.choices([wish for _, wish in wishes], [weight for weight, _ in wishes])[0]


def step(day: Day, request: r.Request, now_ms: int) -> None:
    """One request, and all that must hold after it."""
    day.take(r.Tick(at_ms=now_ms))
    before = msgspec.msgpack.encode(day.floor)
    outcome = day.take(request)
    if isinstance(outcome, Refused):
        assert str(outcome)[0].isalnum()
        assert str(outcome).endswith("."), "a sentence"
        assert not isinstance(
            request, r.DeviceEvent | r.ObserveLine | r.ObserveDevice | r.ObserveAnswer | r.ObserveBroker | r.ObserveKeys
        )
        assert msgspec.msgpack.encode(day.floor) == before, "a refusal changes nothing"
    check_whole(day.floor, now_ms)
    floor_page(day.floor, now_ms, (0, 2 * NOW_MS))


def check_record(day: Day, strategy: f.Strategy) -> None:
    """The facts alone make the same floor, and each ticket's life has no gap."""
    again = opened(strategy)
    for fact in day.facts:
        assert f.decode(f.encode(fact)) == fact
        apply(again, fact)
    again.touched.clear()
    again.gains.clear()
    assert again == day.floor, "replay gives the same floor"
    check_spells(day)


@settings(max_examples=200, deadline=None)
@given(DAYS_ASKED, STRATEGIES)
def test_whatever_is_asked_the_floor_stays_whole(asked: list[tuple[r.Request, int]], strategy: f.Strategy) -> None:
    day, now_ms = Day(strategy), NOW_MS
    for line, (request, step_ms) in enumerate(asked, 1):
        now_ms += step_ms
        step(day, numbered(day.floor, request, now_ms, line), now_ms)
    check_record(day, strategy)


WORK = range(60)  # days of 250 requests


def check_figures(day: Day, now_ms: int) -> None:
    """The tables, added to fact by fact, have what a naive count over the whole day has."""
    spent: Counter[tuple[str, str, str]] = Counter()
    for p in day.derived.periods(0, 2 * NOW_MS):
        spent[p.agent, p.state, p.reason] += p.to_ms - p.from_ms
    for agent in day.floor.agents.values():  # and what goes on
        for p in going_on(day.floor, agent, now_ms):
            spent[p.agent, p.state, p.reason] += p.to_ms - p.from_ms
    spells = [
        Spell(c.contact, c.label, c.queue, c.state, c.agent, c.since_ms, now_ms) for c in day.floor.contacts.values()
    ]
    assert +spent == recount.presences([*SIGNED_IN, *day.facts], [*day.spells, *spells], now_ms)
    counted = recount.sums(day.facts, {q.queue: 1000 * q.target_s - q.under for q in day.floor.queues.values()})
    rest = {"talk_ms": 0, "no_show": 0}
    booked = {(at_ms, queue): msgspec.structs.replace(sums, **rest) for at_ms, queue, sums in day.derived.figures()}
    assert {key: sums for key, sums in booked.items() if sums != Sums()} == counted
    stays = list(day.derived.stays(0, 2 * NOW_MS))
    assert sum(stay.talk_ms for stay in stays) == sum(sums.talk_ms for _, _, sums in day.derived.figures())
    assert sum(sums.offered for sums in counted.values()) == len(stays) + len(day.floor.contacts)
    rated = [(fact.contact, fact.score) for fact in day.facts if isinstance(fact, f.TicketRated)]
    assert len({contact for contact, _ in rated}) == len(rated), "one rating a ticket"
    served = list(day.derived.served(0, 2 * NOW_MS))
    assert [s.contact for s in served] == [s.contact for s in sorted(served, key=lambda s: (s.ended_ms, s.from_seq))]
    assert sorted((s.contact, s.score) for s in served if s.score) == sorted(rated)
    assert {s.contact for s in served} == recount.served(day.facts)
    check_books(day, now_ms, counted)


def check_books(day: Day, now_ms: int, counted: dict[tuple[int, str], Sums]) -> None:
    """What the books make of the rows is what was added up as it happened, whole and in any parts; and what is explained is what
    the walls show."""
    floor, books = day.floor, Books(day.floor, day.derived, now_ms)
    span = Span(NOW_MS - 86_400_000, now_ms + 1)
    for every in ("", *EVERY):
        by_queue = tallies(books, span, every, ["queue"])
        for queue in {queue for _, queue in counted}:
            whole = total(sums for (_, each), sums in counted.items() if each == queue)
            parts = total(t.sums for (_, (each,)), t in by_queue.of.items() if each == queue)
            assert msgspec.structs.replace(parts, talk_ms=0, no_show=0) == whole, every
        people = [t for (_, _), t in tallies(books, span, every, ["agent"]).of.items()]
        assert sum(t.signed_in_ms for t in people) == sum(p.to_ms - p.from_ms for p in books.periods(span)), every
    today = local_day(now_ms, UTC)
    for queue in [*floor.queues.values(), None]:
        of = f"({queue.queue})" if queue else ""
        for name in (*LIVE[:-1], *OF_TIME):
            board = Board("b", tiles=(f"{name}{of}",))
            (shown,) = show(floor, board, now_ms, today)
            told = explain(books, f"{name}{of}")
            assert shown.value == said(told, shown.since_ms, now_ms), (name, of, told)
        if queue:
            for variant in VARIANTS:
                queue.variant = variant
                (shown,) = show(floor, Board("b", tiles=(f"service_level{of[:-1]}, 30 min)",)), now_ms, today)
                told = explain(
                    Books(floor, day.derived, now_ms, wanted=Wanted(variant=variant)),
                    f"service_level{of[:-1]}, 30 min)",
                )
                assert shown.value == said(told, None, now_ms), (variant, told)


def said(told: dict[str, Any], since_ms: int | None, now_ms: int) -> str:
    """As a tile says it."""
    if told["value"] is None:
        return "–"
    if since_ms is not None:
        assert told["value"] == max(0, now_ms - since_ms) / 1000
        return ""
    if told["number"].startswith("longest_wait"):
        return "–"
    return str(int(told["value"] * (100 if told["unit"] == "share" else 1) + (0.5 if told["unit"] else 0)))


@pytest.mark.parametrize("seed", WORK)
def test_a_busy_floor_stays_whole(seed: int) -> None:
    chance = random.Random(seed)
    strategy = chance.choice(get_args(f.Strategy))
    day, now_ms = Day(strategy), NOW_MS
    for _ in range(250):
        now_ms += chance.choice([0, 10, 3_000, 20_000, 60_000])
        step(day, numbered(day.floor, at_work(chance, day.floor), now_ms, 0), now_ms)
    check_record(day, strategy)
    check_figures(day, now_ms)


@pytest.mark.parametrize("seed", range(20))
def test_a_clock_that_steps_back_makes_no_negative_time(seed: int) -> None:
    """Nor any time twice; and what is explained is what the walls show, then too."""
    chance = random.Random(seed)
    day, now_ms, last_ms = Day(chance.choice(get_args(f.Strategy))), NOW_MS, NOW_MS
    for _ in range(250):
        now_ms += chance.choice([0, 10, 3_000, 20_000, 60_000, 60_000, -4_000, -90_000])
        last_ms = max(last_ms, now_ms)
        step(day, numbered(day.floor, at_work(chance, day.floor), now_ms, 0), now_ms)
    now_ms = last_ms + 1
    day.take(r.Tick(at_ms=now_ms))
    books = Books(day.floor, day.derived, now_ms)
    periods = list(books.periods(Span(0, 2 * NOW_MS)))
    assert all(p.from_ms < p.to_ms for p in periods)
    assert all(p.to_ms <= q.from_ms for p, q in pairwise(periods) if p.agent == q.agent), "none twice"
    for stay in books.stays(Span(0, 2 * NOW_MS)):
        assert min(stay.wait_ms, stay.talk_ms, stay.hold_ms, stay.wrap_ms) >= 0
    assert all(s.from_ms <= s.to_ms for s in day.spells)
    counted = {(at_ms, queue): sums for at_ms, queue, sums in day.derived.figures()}
    assert all(getattr(sums, name) >= 0 for sums in counted.values() for name in sums.__struct_fields__)
    rest = {"talk_ms": 0, "no_show": 0}
    check_books(day, now_ms, {key: msgspec.structs.replace(sums, **rest) for key, sums in counted.items()})


def test_busy_days_have_all_that_can_happen_to_a_ticket() -> None:
    """Or the tests above prove little."""
    happened: Counter[str] = Counter()
    for seed in WORK:
        chance = random.Random(seed)
        day, now_ms = Day(chance.choice(get_args(f.Strategy))), NOW_MS
        for _ in range(400):
            now_ms += chance.choice([0, 10, 3_000, 20_000, 60_000])
            day.take(numbered(day.floor, at_work(chance, day.floor), now_ms, 0))
        happened.update(type(fact).__name__ for fact in day.facts)
    rare = {kind.__name__: happened[kind.__name__] for kind in TICKET_FACTS if happened[kind.__name__] < 3}
    assert not rare


TICKET_FACTS = (
    *(f.TicketIssued, f.TicketCalled, f.TicketRecalled, f.NoShowNoted, f.ServingBegan, f.ServingEnded, f.ContactHeld),
    *(f.ContactResumed, f.ContactEnded, f.ContactMoved, f.ContactParked, f.ContactReturned, f.ContactWidened),
    *(f.ContactLeft, f.OwnerChanged, f.OutcomeConfirmed, f.TicketRated, f.QueueShut, f.QueueReopened),
)


def check_spells(day: Day) -> None:
    """Each ticket's spells follow each other without a gap, from its issue on."""
    for issued in (fact for fact in day.facts if isinstance(fact, f.TicketIssued)):
        spells = [s for s in day.spells if s.contact == issued.contact]
        assert all(s.from_ms <= s.to_ms for s in spells)
        ends = [issued.at_ms, *(s.to_ms for s in spells)]
        assert [s.from_ms for s in spells] == ends[:-1]
        if now := day.floor.contacts.get(issued.contact):
            assert now.since_ms == ends[-1]


@pytest.mark.parametrize("seed", WORK)
def test_a_replay_at_full_speed_is_the_day_as_it_was(seed: int) -> None:
    """Live, the clock looks whenever nothing is asked; a replay sees only the requests."""
    chance = random.Random(seed)
    strategy = chance.choice(get_args(f.Strategy))
    live, fast, now_ms = Day(strategy), Day(strategy), NOW_MS
    for _ in range(250):
        gap_ms = chance.choice([0, 10, 3_000, 20_000, 60_000])
        for part in sorted(chance.random() for _ in range(chance.randrange(3))):
            live.take(r.Tick(at_ms=now_ms + int(part * gap_ms)))
        now_ms += gap_ms
        request = numbered(fast.floor, at_work(chance, fast.floor), now_ms, 0)
        for day in (live, fast):
            day.take(request)
    assert live.facts == fast.facts
    assert live.floor == fast.floor


@pytest.mark.parametrize("seed", range(20))
def test_while_desks_serve_every_ticket_is_called_in_bounded_time(seed: int) -> None:
    """Two desks that serve a ticket a minute each, and fewer that come: in no queue, by no strategy, does one wait on."""
    chance = random.Random(seed)
    day, now_ms = Day(chance.choice(get_args(f.Strategy))), NOW_MS
    issued: dict[str, int] = {}
    called: dict[str, int] = {}
    for minute in range(600):
        now_ms += 60_000
        for n in range(chance.choice([0, 1, 1, 2]) if minute < 540 else 0):
            wish = r.IssueTicket(
                queue=chance.choice("qqr"), contact=f"{minute}-{n}", priority=chance.choice([0, 0, 0, 3])
            )
            if not isinstance(day.take(numbered(day.floor, wish, now_ms, 0)), Refused):
                issued[wish.contact] = now_ms
                if chance.random() < 0.1:
                    aim = chance.choice([{"agent": "ana"}, {"desk": "2"}])
                    day.take(r.MoveTicket(ticket=wish.contact, at_ms=now_ms, **aim))  # type: ignore[arg-type]
        for desk in "12":
            for key in ("ready", "ready", "next", "ready"):
                day.take(r.PressKey(desk=desk, key=key, at_ms=now_ms))  # type: ignore[arg-type]
        for fact in day.facts:
            if isinstance(fact, f.TicketCalled):
                called.setdefault(fact.contact, fact.at_ms)
        day.facts.clear()
    assert len(issued) > 300
    assert issued.keys() <= called.keys(), "each is called"
    waits_s = [(called[ticket] - at_ms) // 1000 for ticket, at_ms in issued.items()]
    assert max(waits_s) <= 3600
