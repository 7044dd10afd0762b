"""What must never happen on a floor of tickets: rules that find no rest, tickets that nobody can take, time that runs backwards."""

import pytest

from edge import facts as f
from edge import requests as r
from edge.deciding import take
from edge.requests import Refused
from edge.rules import doors
from tests.rules.scene import NOW_MS, Scene

S = 1000
DAY_MS = 24 * 3600 * S


def floor_of(*queues: f.QueueOpened, desks: tuple[str, ...] = ("1",), agents: tuple[f.AgentMet, ...] = ()) -> Scene:
    scene = Scene(bare=True)
    scene.given(*queues, *(f.DeskOpened(desk=desk, at_ms=NOW_MS) for desk in desks), *agents)
    return scene


def met(agent: str, *queues: str, **skills: int) -> f.AgentMet:
    return f.AgentMet(agent=agent, queues=queues, skills=skills, at_ms=NOW_MS)


def at_desk(scene: Scene, agent: str, desk: str, at_ms: int = NOW_MS) -> None:
    scene.when(r.SignIn(agent=agent, desk=desk, at_ms=at_ms))
    scene.when(r.ChangePresence(agent=agent, presence="ready", at_ms=at_ms))


def sends_on(queue: str, divert: str) -> f.QueueOpened:
    return f.QueueOpened(queue=queue, letter=queue.upper(), leave_empty=True, divert=divert, at_ms=NOW_MS)


def test_queues_that_send_on_to_each_other_come_to_rest() -> None:
    scene = floor_of(sends_on("a", "b"), sends_on("b", "a"), agents=(met("ana", "a", "b"),))
    facts = scene.when(r.IssueTicket(queue="a", contact="x", at_ms=NOW_MS))
    assert [type(fact).__name__ for fact in facts] == ["TicketIssued"]
    assert scene.floor.contacts["x"].queue == "a"


def test_a_row_of_empty_queues_is_passed_at_once() -> None:
    last = f.QueueOpened(queue="c", letter="C", at_ms=NOW_MS)
    scene = floor_of(sends_on("a", "b"), sends_on("b", "c"), last, agents=(met("ana", "c"),))
    scene.when(r.IssueTicket(queue="a", contact="x", at_ms=NOW_MS))
    assert scene.floor.contacts["x"].queue == "c"


def test_rules_that_find_no_rest_are_a_bug_and_no_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = floor_of(f.QueueOpened(queue="a", at_ms=NOW_MS))
    monkeypatch.setattr("edge.deciding.follow", lambda floor, at_ms: [f.QueueShut(queue="a", at_ms=at_ms)])
    monkeypatch.setattr("edge.deciding.FOLLOW_MAX", 10)
    with pytest.raises(AssertionError, match="do not come to rest"):
        take(scene.floor, r.ShutQueue(queue="a", at_ms=NOW_MS))


def test_an_outcome_is_refused_to_others_also_when_its_owner_has_left() -> None:
    queue = f.QueueOpened(queue="a", letter="A", at_ms=NOW_MS)
    scene = floor_of(queue, desks=("1", "2"), agents=(met("ana", "a"), met("bo", "a"), met("cy", "a")))
    scene.when(r.IssueTicket(queue="a", contact="x", at_ms=NOW_MS))
    for agent, desk in (("ana", "1"), ("bo", "2")):
        at_desk(scene, agent, desk)
        scene.when(r.CallTicket(desk=desk, ticket="x", at_ms=NOW_MS))
        scene.when(r.PressKey(desk=desk, key="ready", at_ms=NOW_MS))
        if agent == "ana":
            scene.when(r.MoveTicket(ticket="x", queue="a", at_ms=NOW_MS))
            scene.when(r.SignOut(agent="ana", at_ms=NOW_MS))
    scene.when(r.PressKey(desk="2", key="ready", at_ms=NOW_MS))
    assert scene.floor.confirming["x"].owner == "ana"
    scene.given(f.AgentRemoved(agent="ana", at_ms=NOW_MS))
    with pytest.raises(Refused, match="Only ana, who owns A001, or bo, who served it last"):
        scene.when(r.ConfirmOutcome(ticket="x", agent="cy", at_ms=NOW_MS))


@pytest.mark.parametrize("kind", ["widen", "overflow"])
def test_what_comes_back_from_parking_has_its_time_anew(kind: str) -> None:
    more = {"widen": (f.Widening(after_s=60, level=9),), "skill": "s", "level": 1}
    if kind == "overflow":
        more = {"overflow_s": 300, "overflow": "b"}
    queues = (f.QueueOpened(queue="a", letter="A", at_ms=NOW_MS, **more), f.QueueOpened(queue="b", at_ms=NOW_MS))  # type: ignore[arg-type]
    scene = floor_of(*queues, agents=(met("ana", "a", s=5),))
    scene.when(r.IssueTicket(queue="a", contact="x", at_ms=NOW_MS))
    scene.when(r.ParkTicket(ticket="x", back_s=7200, at_ms=NOW_MS + 30 * S))
    facts = scene.when(r.Tick(at_ms=NOW_MS + 9000 * S))
    times = [fact.at_ms - NOW_MS for fact in facts]
    assert times == [7230 * S, (7290 if kind == "widen" else 7530) * S]


def test_a_ticket_for_one_who_sits_at_no_desk_is_for_all() -> None:
    scene = floor_of(f.QueueOpened(queue="a", letter="A", at_ms=NOW_MS), agents=(met("ana", "a"), met("tel", "a")))
    scene.given(f.AgentSignedIn(agent="tel", at_ms=NOW_MS))  # by the exchange
    scene.when(r.IssueTicket(queue="a", contact="x", at_ms=NOW_MS))
    scene.when(r.MoveTicket(ticket="x", agent="tel", at_ms=NOW_MS))
    at_desk(scene, "ana", "1")
    scene.when(r.PressKey(desk="1", key="next", at_ms=NOW_MS))
    assert scene.floor.contacts["x"].agent == "ana"


# Late presses


@pytest.mark.parametrize(
    ("key", "kind"), [("next", "short"), ("next", "long"), ("recall", "short"), ("recall", "long")]
)
def test_a_press_that_is_older_than_what_the_desk_shows_was_not_meant_for_it(scene: Scene, key: str, kind: str) -> None:
    scene.signed_in(since_ms=NOW_MS - 9 * S)
    scene.serving()
    scene.waiting("A2")
    before = scene.floor.contacts["A1"].state
    scene.press(key, kind, age_ms=3 * S)
    desk = scene.floor.desks["1"]
    assert (desk.verdict, desk.why) == ("refused", "Something newer has happened: press again.")
    assert scene.floor.contacts["A1"].state == before
    assert scene.floor.agents["ana"].contacts == ["A1"]
    assert "A2" in scene.floor.queues["payments"].waiting


def test_the_exchange_ends_a_wrap_up_as_the_key_does(scene: Scene) -> None:
    scene.signed_in()
    scene.given(f.QueueJoined(agent="ana", queue="support", at_ms=NOW_MS))
    scene.given(f.QueuePaused(agent="ana", queue="support", reason="", at_ms=NOW_MS))
    scene.serving()
    scene.press("wrap_up")
    assert scene.floor.contacts["A1"].state == "wrap_up"
    line = r.ObserveLine(
        source="log", lane="x", number=1, event="UNPAUSE", queue="support", agent="ana", at_ms=NOW_MS + S
    )
    scene.when(line)
    assert "A1" not in scene.floor.contacts
    assert scene.floor.agents["ana"].own == "ready"
    scene.when(r.SignOut(agent="ana", at_ms=NOW_MS + 2 * S))


def test_what_a_late_press_makes_due_long_since_is_done_now(scene: Scene) -> None:
    scene.given(
        f.QueueOpened(
            queue="b",
            letter="B",
            skill="s",
            level=1,
            widen=(f.Widening(after_s=60, level=2),),
            strategy="linear",
            at_ms=NOW_MS,
        ),
        f.AgentMet(agent="bo", queues=("b",), skills={"s": 2}, at_ms=NOW_MS),
    )
    scene.signed_in(since_ms=NOW_MS - 900 * S)
    scene.when(r.IssueTicket(queue="payments", contact="x", then=("b",), at_ms=NOW_MS - 800 * S))
    for key in ("next", "ready"):
        scene.when(r.PressKey(desk="1", key=key, at_ms=NOW_MS - 700 * S))  # type: ignore[arg-type]
    at_desk(scene, "bo", "2", NOW_MS - S)
    facts = scene.press("ready", age_ms=300 * S)
    assert [(type(fact).__name__, (NOW_MS - fact.at_ms) // S) for fact in facts][-2:] == [
        ("ContactWidened", 0),
        ("TicketCalled", 0),
    ]


# Doors


def test_who_can_never_take_it_is_not_there() -> None:
    queue = f.QueueOpened(queue="a", letter="A", skill="s", level=1, empty="refuse", at_ms=NOW_MS)
    scene = floor_of(queue, desks=("1", "2"), agents=(met("low", s=5), met("tel", s=1), met("top", s=1)))
    at_desk(scene, "low", "1")
    scene.given(f.AgentSignedIn(agent="tel", at_ms=NOW_MS))
    assert doors.hands(scene.floor, scene.floor.queues["a"]) == 0
    with pytest.raises(Refused, match="Nobody serves a now"):
        scene.when(r.IssueTicket(queue="a", at_ms=NOW_MS))
    at_desk(scene, "top", "2")
    assert scene.when(r.IssueTicket(queue="a", at_ms=NOW_MS))


def test_what_is_shut_is_refused_and_not_diverted() -> None:
    queue = f.QueueOpened(queue="a", letter="A", empty="divert", divert="b", at_ms=NOW_MS)
    scene = floor_of(queue, f.QueueOpened(queue="b", letter="B", at_ms=NOW_MS))
    scene.when(r.IssueTicket(queue="a", contact="x", at_ms=NOW_MS))
    assert scene.floor.contacts["x"].queue == "b"
    scene.when(r.ShutQueue(queue="a", at_ms=NOW_MS))
    with pytest.raises(Refused, match="a takes no more tickets now"):
        scene.when(r.IssueTicket(queue="a", at_ms=NOW_MS))


# Names and numbers


def test_a_name_and_a_number_are_never_the_same() -> None:
    scene = floor_of(f.QueueOpened(queue="a", letter="A", at_ms=NOW_MS))
    scene.when(r.IssueTicket(queue="a", contact="A002", at_ms=NOW_MS))
    scene.when(r.IssueTicket(queue="a", contact="x", at_ms=NOW_MS))
    assert [contact.label for contact in scene.floor.contacts.values()] == ["A001", "A003"]
    with pytest.raises(Refused, match="A003 is another ticket's number: give it another name"):
        scene.when(r.IssueTicket(queue="a", contact="A003", at_ms=NOW_MS))


# Who gets it


def calls_of(scene: Scene, count: int, at_ms: int) -> dict[str, int]:
    """How many of so many tickets each agent gets."""
    got: dict[str, int] = {}
    for n in range(count):
        name, when_ms = f"t{at_ms}-{n}", at_ms + n * S
        facts = scene.when(r.IssueTicket(queue="a", contact=name, at_ms=when_ms))
        (call,) = [fact for fact in facts if isinstance(fact, f.TicketCalled)]
        got[call.agent] = got.get(call.agent, 0) + 1
        scene.when(r.PressKey(desk=call.desk, key="ready", at_ms=when_ms))
        scene.when(r.PressKey(desk=call.desk, key="ready", at_ms=when_ms))
    return got


def test_fewest_calls_are_counted_by_the_day_and_a_newcomer_does_not_get_all() -> None:
    queue = f.QueueOpened(queue="a", letter="A", strategy="fewest", at_ms=NOW_MS)
    scene = floor_of(queue, desks=("1", "2"), agents=(met("ana", "a"), met("bo", "a")))
    at_desk(scene, "ana", "1")
    assert calls_of(scene, 20, NOW_MS) == {"ana": 20}
    at_desk(scene, "bo", "2", NOW_MS + 60 * S)
    assert calls_of(scene, 10, NOW_MS + 100 * S) == {"ana": 5, "bo": 5}
    assert calls_of(scene, 10, NOW_MS + DAY_MS) == {"ana": 5, "bo": 5}


def test_outcomes_lapse_in_the_order_in_which_they_are_kept(scene: Scene) -> None:
    scene.given(f.AgentSignedIn(agent="ana", desk="1", at_ms=NOW_MS))
    for contact, late_s in (("A1", 0), ("A2", 7000)):
        scene.called(contact)
        scene.given(
            f.ServingBegan(contact=contact, at_ms=NOW_MS), f.OwnerChanged(contact=contact, agent="bo", at_ms=NOW_MS)
        )
        scene.given(f.ContactEnded(contact=contact, at_ms=NOW_MS + 8000 * S - late_s * S))
    until = [closed.until_ms for closed in scene.floor.confirming.values()]
    assert len(until) == 2 and until == sorted(until)


def test_the_only_visitor_who_does_not_come_is_not_called_again_at_once() -> None:
    queue = f.QueueOpened(queue="a", letter="A", strategy="longest_idle", at_ms=NOW_MS)
    scene = floor_of(queue, agents=(met("ana", "a"),))
    at_desk(scene, "ana", "1")
    scene.when(r.IssueTicket(queue="a", contact="x", at_ms=NOW_MS))
    assert scene.floor.contacts["x"].state == "called"
    scene.when(r.PressKey(desk="1", key="next", press="long", at_ms=NOW_MS + 5 * S))
    assert scene.floor.contacts["x"].state == "parked"
    scene.when(r.Tick(at_ms=NOW_MS + 65 * S))
    assert (scene.floor.contacts["x"].state, scene.floor.contacts["x"].since_ms) == ("called", NOW_MS + 65 * S)
