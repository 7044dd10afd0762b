"""Lines, doors and callers: docs/queues.md."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from edge import facts as f
from edge import requests as r
from edge.floor import Calendar
from edge.hours import closes_ms, opens_ms, spans
from edge.lines import wait_s
from edge.requests import Refused
from edge.rules import doors
from tests.rules.scene import NOW_MS, Scene

S = 1000
BERLIN = "Europe/Berlin"


def at(text: str, zone: str = BERLIN) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


# Where in the line: Asterisk's join_queue, worked by hand from its source

PLACES = [
    # priorities that wait, priority, position: the line then, with * for the new one
    ("", 0, 0, "*"),
    ("000", 0, 0, "000*"),
    ("000", 1, 0, "*000"),
    ("100", 1, 0, "1*00"),
    ("210", 1, 0, "21*0"),
    ("000", 0, 1, "*000"),
    ("000", 0, 2, "0*00"),
    ("000", 0, 9, "000*"),
    ("100", 0, 1, "1*00"),  # who has priority has taken that position
    ("110", 0, 2, "11*0"),
    ("000", 2, 3, "*000"),  # priority puts it before the position
    ("222", 0, 1, "222*"),
]


@pytest.mark.parametrize(("line", "priority", "position", "then"), PLACES)
def test_a_ticket_is_inserted_as_asterisk_does_it(line: str, priority: int, position: int, then: str) -> None:
    scene = Scene(bare=True)
    scene.given(f.QueueOpened(queue="q", ages_s=0, at_ms=NOW_MS))
    for number, rank in enumerate(line):
        ticket = f.TicketIssued(
            contact=f"{number}", label=f"{number}", queue="q", number=1, priority=int(rank), at_ms=NOW_MS
        )
        scene.given(ticket)
    scene.when(r.IssueTicket(queue="q", contact="*", priority=priority, position=position, at_ms=NOW_MS + 3600 * S))
    contacts = scene.floor.contacts
    assert "".join(c if c == "*" else str(contacts[c].priority) for c in scene.floor.queues["q"].waiting) == then


def test_waiting_earns_credit_so_that_no_one_starves() -> None:
    scene = Scene(bare=True)
    scene.given(f.QueueOpened(queue="q", ages_s=60, at_ms=NOW_MS))
    scene.when(r.IssueTicket(queue="q", contact="old", at_ms=NOW_MS))
    scene.when(r.IssueTicket(queue="q", contact="soon", priority=2, at_ms=NOW_MS + 119 * S))
    scene.when(r.IssueTicket(queue="q", contact="late", priority=2, at_ms=NOW_MS + 120 * S))
    assert list(scene.floor.queues["q"].waiting) == ["soon", "old", "late"]


# Hours

WEEK = Calendar(
    "week",
    {"mon": "09:00-12:00, 13:00-17:00", "sat": "09:00-13:00", "sun": "22:00-24:00"},
    ("2026-11-23",),
    {"2026-11-24": "10:00-11:00", "2026-11-23": ""},
)


@pytest.mark.parametrize(
    ("now", "closes", "opens"),
    [
        ("2026-11-16 08:59", None, "2026-11-16 09:00"),
        ("2026-11-16 09:00", "2026-11-16 12:00", "2026-11-16 13:00"),
        ("2026-11-16 12:00", None, "2026-11-16 13:00"),
        ("2026-11-16 17:00", None, "2026-11-21 09:00"),
        ("2026-11-22 23:59", "2026-11-23 00:00", "2026-11-24 10:00"),  # Monday is a closure
        ("2026-11-24 10:30", "2026-11-24 11:00", "2026-11-28 09:00"),  # a Tuesday that opens
        ("2026-10-25 23:30", "2026-10-26 00:00", "2026-10-26 09:00"),  # the day that has 25 hours
    ],
)
def test_hours(now: str, closes: str | None, opens: str) -> None:
    assert closes_ms(WEEK, BERLIN, at(now)) == (at(closes) if closes else None)
    assert opens_ms(WEEK, BERLIN, at(now)) == at(opens)


def test_a_calendar_that_never_opens() -> None:
    assert opens_ms(Calendar("never"), BERLIN, NOW_MS) is None


@pytest.mark.parametrize("text", ["9-12", "09:00-08:00", "09:00-12:00, 11:00-13:00", "09:00-25:00", "24:00-24:00"])
def test_hours_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no time of day|ends before it begins"):
        spans(text)


# Doors


def house(**settings: object) -> Scene:
    """Payments with those settings; ana at desk 1 is on a break."""
    scene = Scene()
    scene.given(
        f.SiteNamed(site="s", timezone=BERLIN, at_ms=NOW_MS),
        f.CalendarSet(calendar="week", week=WEEK.week, closed=WEEK.closed, open=WEEK.open, at_ms=NOW_MS),
        f.QueueOpened(queue="payments", letter="A", at_ms=NOW_MS, **settings),  # type: ignore[arg-type]
    )
    scene.signed_in("not_ready", "break")
    return scene


DOORS = [
    ({}, "2026-11-16 03:00", ""),
    ({"hours": "week"}, "2026-11-16 09:00", ""),
    ({"hours": "week"}, "2026-11-16 12:30", "payments is closed; it opens at 13:00."),
    ({"hours": "week"}, "2026-11-16 18:00", "payments is closed; it opens on 2026-11-21 at 09:00."),
    ({"places": 1}, "2026-11-16 09:00", "payments is full: 1 are waiting."),
    ({"places": 2}, "2026-11-16 09:00", ""),
    ({"empty": "refuse"}, "2026-11-16 09:00", ""),
    ({"empty": "refuse", "absent": ("not_ready",)}, "2026-11-16 09:00", "Nobody serves payments now."),
    ({"empty": "refuse", "absent": ("serving",)}, "2026-11-16 09:00", ""),
]


@pytest.mark.parametrize(("settings", "now", "why"), DOORS)
def test_a_door(settings: dict[str, object], now: str, why: str) -> None:
    scene = house(**settings)
    scene.waiting("w", at_ms=at(now))
    if why:
        with pytest.raises(Refused) as refused:
            scene.when(r.IssueTicket(queue="payments", at_ms=at(now)))
        assert str(refused.value) == why
    else:
        assert len(scene.when(r.IssueTicket(queue="payments", at_ms=at(now)))) == 1


def test_shut_by_hand_and_open_again_who_waits_is_served() -> None:
    scene = house()
    scene.waiting("w")
    scene.when(r.ShutQueue(queue="payments", at_ms=NOW_MS))
    with pytest.raises(Refused, match=r"^payments takes no more tickets now\.$"):
        scene.when(r.IssueTicket(queue="payments", at_ms=NOW_MS))
    scene.when(r.PressKey(desk="1", key="ready", at_ms=NOW_MS))
    scene.when(r.PressKey(desk="1", key="next", at_ms=NOW_MS))
    scene.when(r.ReopenQueue(queue="payments", at_ms=NOW_MS))
    assert len(scene.when(r.IssueTicket(queue="payments", at_ms=NOW_MS))) == 1


def test_where_nobody_is_a_ticket_is_the_other_queues() -> None:
    scene = house(empty="divert", absent=("not_ready",), divert="support")
    (issued,) = scene.when(r.IssueTicket(queue="payments", at_ms=NOW_MS))
    assert isinstance(issued, f.TicketIssued)
    assert issued.queue == "support"


def test_who_waits_is_sent_on_when_the_last_one_leaves() -> None:
    scene = house(leave_empty=True, absent=("not_ready",), divert="support")
    scene.when(r.ChangePresence(agent="ana", presence="ready", at_ms=NOW_MS))
    scene.waiting("A1")
    facts = scene.when(r.ChangePresence(agent="ana", presence="not_ready", at_ms=NOW_MS + 5 * S))
    assert [type(fact).__name__ for fact in facts] == ["PresenceChanged", "ContactMoved"]
    assert list(scene.floor.queues["support"].waiting) == ["A1"]
    (sums,) = scene.floor.sums("payments", 0, 2 * NOW_MS)
    assert (sums.offered, sums.left_otherwise) == (1, 1)


def test_it_overflows_at_its_deadline() -> None:
    scene = house(overflow_s=60, overflow="support")
    scene.when(r.IssueTicket(queue="payments", contact="A1", at_ms=NOW_MS))
    (moved,) = scene.when(r.Tick(at_ms=NOW_MS + 500 * S))
    assert isinstance(moved, f.ContactMoved)
    assert (moved.queue, moved.why, moved.at_ms) == ("support", "overflowed", NOW_MS + 60 * S)


def served_before(scene: Scene, now_ms: int, times: int, *, each_s: int, queue: str = "payments") -> None:
    """By ana at desk 1, the last one until `now_ms`."""
    for before_s in range(times * each_s, 0, -each_s):
        at_ms = now_ms - before_s * S
        scene.when(r.IssueTicket(queue=queue, at_ms=at_ms))
        if scene.floor.agents["ana"].own != "ready":
            scene.when(r.PressKey(desk="1", key="ready", at_ms=at_ms))
        for key, later_s in (("next", 0), ("ready", 0), ("ready", each_s)):
            scene.when(r.PressKey(desk="1", key=key, at_ms=at_ms + later_s * S))  # type: ignore[arg-type]


def test_how_many_can_still_be_served() -> None:
    scene = house(hours="week")
    now = at("2026-11-30 11:00")
    day = (at("2026-11-30 00:00"), at("2026-12-01 00:00"))
    payments = scene.floor.queues["payments"]
    served_before(scene, now - 600 * S, 4, each_s=600)
    assert doors.can_serve(scene.floor, payments, now, day) is None, "four are too few to say"
    served_before(scene, now, 1, each_s=600)
    assert doors.can_serve(scene.floor, payments, now, day) == 6, "one agent, an hour, ten minutes each"
    assert doors.can_serve(scene.floor, payments, at("2026-11-30 09:30"), day) is None, "more than two hours are left"
    scene.when(r.IssueTicket(queue="payments", at_ms=now))
    assert doors.can_serve(scene.floor, payments, at("2026-11-30 12:10"), day) is None, "closed"


def test_the_wait_that_is_promised() -> None:
    scene, now, day = house(), NOW_MS + 3600 * S, (0, 2 * NOW_MS)
    payments = scene.floor.queues["payments"]
    served_before(scene, now, 5, each_s=120)
    assert wait_s(scene.floor, payments, 2, now, day) == 360, "the third, two minutes each"
    scene.when(r.IssueTicket(queue="support", at_ms=now))
    scene.floor.agents["ana"].queues = ("payments", "support")
    assert wait_s(scene.floor, payments, 2, now, day) == 720, "ana serves another line besides"
    for _ in range(7):
        scene.when(r.IssueTicket(queue="payments", at_ms=now))
    late = now + 7 * 600 * S
    assert wait_s(scene.floor, payments, 7, late, day) == 8 * 600, "nobody has pressed for a long time"
    scene.when(r.SignOut(agent="ana", at_ms=late))
    assert wait_s(scene.floor, payments, 7, late, day) is None, "nobody is there"


# Who is next


AGENTS = ("ana", "bo", "cy")


def floor_of(strategy: f.Strategy, **settings: object) -> Scene:
    """Three agents at desks 1 to 3, ready one second after the other."""
    scene = Scene(bare=True)
    scene.given(f.QueueOpened(queue="q", letter="A", strategy=strategy, at_ms=NOW_MS, **settings))  # type: ignore[arg-type]
    for number, agent in enumerate(AGENTS, 1):
        scene.given(
            f.DeskOpened(desk=str(number), team=("red", "red", "blue")[number - 1], at_ms=NOW_MS),
            f.AgentMet(agent=agent, queues=("q",), skills={"loans": (2, 1, 2)[number - 1]}, at_ms=NOW_MS),
            f.AgentSignedIn(agent=agent, desk=str(number), at_ms=NOW_MS),
            f.PresenceChanged(agent=agent, presence="ready", at_ms=NOW_MS + (3, 1, 2)[number - 1] * S),
        )
    return scene


def called(scene: Scene, now_ms: int) -> str:
    """Who is called for a new ticket; "" nobody. It is served at once."""
    facts = scene.when(r.IssueTicket(queue="q", at_ms=now_ms))
    calls = [fact for fact in facts if isinstance(fact, f.TicketCalled)]
    for call in calls:
        scene.when(r.PressKey(desk=call.desk, key="ready", at_ms=now_ms))
        scene.when(r.PressKey(desk=call.desk, key="ready", at_ms=now_ms))
    return " ".join(call.agent for call in calls)


STRATEGIES = [
    ("press", ["", "", ""]),
    ("longest_idle", ["bo", "cy", "ana", "bo"]),
    ("fewest", ["bo", "cy", "ana", "bo"]),
    ("round_robin", ["ana", "bo", "cy", "ana"]),
    ("linear", ["ana", "ana", "ana"]),
]


@pytest.mark.parametrize(("strategy", "calls"), STRATEGIES)
def test_a_strategy(strategy: f.Strategy, calls: list[str]) -> None:
    scene = floor_of(strategy)
    assert [called(scene, NOW_MS + (10 + n) * S) for n in range(len(calls))] == calls


def test_the_fewest_contacts_before_the_longest_idle() -> None:
    scene = floor_of("fewest")
    scene.floor.queues["q"].calls |= {"bo": 2, "cy": 1, "ana": 1}
    assert called(scene, NOW_MS + 10 * S) == "cy"


def test_round_robin_remembers_over_a_break() -> None:
    scene = floor_of("round_robin")
    assert called(scene, NOW_MS + 10 * S) == "ana"
    scene.when(r.ChangePresence(agent="bo", presence="not_ready", at_ms=NOW_MS + 11 * S))
    assert called(scene, NOW_MS + 12 * S) == "cy"
    scene.when(r.ChangePresence(agent="bo", presence="ready", at_ms=NOW_MS + 13 * S))
    assert [called(scene, NOW_MS + 14 * S) for _ in range(2)] == ["ana", "bo"]


def test_the_best_skill_first_then_the_longest_idle() -> None:
    scene = floor_of("skill", skill="loans")
    facts = [scene.when(r.IssueTicket(queue="q", at_ms=NOW_MS + 10 * S)) for _ in range(3)]
    assert [fact.agent for row in facts for fact in row if isinstance(fact, f.TicketCalled)] == ["bo", "cy", "ana"]


def test_random_calls_everybody_and_the_draw_stands_in_the_fact() -> None:
    scene = floor_of("random")
    agents = set()
    for n in range(60):
        facts = scene.when(r.IssueTicket(queue="q", at_ms=NOW_MS + 10 * S + n))
        (call,) = [fact for fact in facts if isinstance(fact, f.TicketCalled)]
        assert call.draw is not None
        agents.add(call.agent)
        for _ in range(2):
            scene.when(r.PressKey(desk=call.desk, key="ready", at_ms=NOW_MS + 10 * S + n))
    assert agents == set(AGENTS)


def test_an_agent_who_becomes_ready_is_called_for_who_waits() -> None:
    scene = floor_of("longest_idle")
    for agent in AGENTS:
        scene.when(r.ChangePresence(agent=agent, presence="not_ready", at_ms=NOW_MS + 5 * S))
    scene.when(r.IssueTicket(queue="q", contact="A", at_ms=NOW_MS + 6 * S))
    facts = scene.when(r.ChangePresence(agent="cy", presence="ready", at_ms=NOW_MS + 9 * S))
    assert [type(fact).__name__ for fact in facts] == ["PresenceChanged", "TicketCalled"]
    assert facts[1].wait_ms == 3 * S  # type: ignore[attr-defined]


def test_more_may_take_it_after_a_while() -> None:
    """After 60 s also level 2, after 180 s also the neighbours' team."""
    widen = (f.Widening(after_s=60, level=2), f.Widening(after_s=180, team="blue"))
    scene = floor_of("longest_idle", skill="loans", level=1, team="red", widen=widen)
    scene.when(r.SignOut(agent="bo", at_ms=NOW_MS + 5 * S))
    facts = scene.when(r.IssueTicket(queue="q", at_ms=NOW_MS + 10 * S))
    assert [type(fact) for fact in facts] == [f.TicketIssued], "ana has level 2 only, cy sits in the other team"
    facts = scene.when(r.Tick(at_ms=NOW_MS + 75 * S))
    assert [type(fact) for fact in facts] == [f.ContactWidened, f.TicketCalled]
    assert (facts[1].agent, facts[1].at_ms) == ("ana", NOW_MS + 70 * S)  # type: ignore[attr-defined]
    scene.when(r.IssueTicket(queue="q", at_ms=NOW_MS + 100 * S))
    facts = scene.when(r.Tick(at_ms=NOW_MS + 300 * S))
    assert [type(fact) for fact in facts] == [f.ContactWidened, f.ContactWidened, f.TicketCalled]
    assert (facts[2].agent, facts[2].at_ms) == ("cy", NOW_MS + 280 * S)  # type: ignore[attr-defined]


# Which of several lines


def lines(rule: f.CallingRuleSet, full: str) -> Scene:
    """Ana has those lines, each with many who wait."""
    scene = Scene(bare=True)
    names = ("Platinum", "Gold", "Silver", "Bronze")
    scene.given(*[f.QueueOpened(queue=name, letter=name[0], at_ms=NOW_MS) for name in names], rule)
    scene.given(
        f.DeskOpened(desk="1", at_ms=NOW_MS),
        f.AgentMet(agent="ana", queues=names, calling=rule.rule, at_ms=NOW_MS),
        f.AgentSignedIn(agent="ana", desk="1", at_ms=NOW_MS),
        f.PresenceChanged(agent="ana", presence="ready", at_ms=NOW_MS),
    )
    for name in names:
        for _ in range(10 * (name[0] in full)):
            scene.when(r.IssueTicket(queue=name, at_ms=NOW_MS))
    return scene


def order(scene: Scene, calls: int) -> str:
    """The first letters of the queues from which ana is given the next ones."""
    got = ""
    for _ in range(calls):
        scene.when(r.PressKey(desk="1", key="next", at_ms=NOW_MS + 60 * S))
        scene.when(r.PressKey(desk="1", key="ready", at_ms=NOW_MS + 60 * S))
        got += scene.floor.announcements[-1].queue[0]
    return got


SHARES = [
    ("PGS", {"Platinum": 2, "Gold": 1}, "PPGSPPGS"),  # Qmatic's worked case
    ("PG", {"Platinum": 2, "Gold": 1}, "PPGPPG"),
    ("GS", {"Platinum": 2, "Gold": 1}, "GSGS"),
    ("S", {"Platinum": 2, "Gold": 1}, "SSS"),
    ("PSB", {"Platinum": 1}, "PSPSPS"),  # the others by the longest wait
    ("PS", {}, "PPP"),
]


@pytest.mark.parametrize(("full", "share", "got"), SHARES)
def test_a_share_by_class(full: str, share: dict[str, int], got: str) -> None:
    scene = lines(f.CallingRuleSet(rule="r", share=share, at_ms=NOW_MS), full)
    assert order(scene, len(got)) == got


def test_first_once_the_head_has_waited_too_long() -> None:
    scene = lines(f.CallingRuleSet(rule="r", first={"Silver": 59}, share={"Platinum": 9}, at_ms=NOW_MS), "PS")
    assert order(scene, 3) == "SSS"
    scene = lines(f.CallingRuleSet(rule="r", first={"Silver": 60}, share={"Platinum": 9}, at_ms=NOW_MS), "PS")
    assert order(scene, 3) == "PPP", "exceeds, not reaches"


# PINs


def test_a_desk_takes_no_pin_for_a_while_after_five_wrong_ones(scene: Scene) -> None:
    for _ in range(5):
        (refused,) = scene.press(pin_key="wrong")
        assert isinstance(refused, f.PinRefused)
    (locked,) = scene.press(pin_key="key-ana")
    assert isinstance(locked, f.PressRefused)
    assert locked.why == "Too many wrong PINs: wait 5 min."
    (entered,) = scene.press(pin_key="key-ana", at_ms=NOW_MS + 300 * S)
    assert isinstance(entered, f.AgentSignedIn)


def test_wrong_pins_are_counted_one_after_the_other(scene: Scene) -> None:
    for _ in range(3):
        for _ in range(4):
            scene.press(pin_key="wrong")
        (entered,) = scene.press(pin_key="key-ana")
        assert isinstance(entered, f.AgentSignedIn)
        scene.when(r.SignOut(agent="ana", at_ms=NOW_MS))
