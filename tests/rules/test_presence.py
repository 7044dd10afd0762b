"""An agent's time: wrap-ups that end by themselves, reasons, and periods that late presses correct."""

import pytest

from edge import facts as f
from edge import requests as r
from edge.floor import presence
from edge.gains import Period
from edge.requests import Refused
from edge.views import floor_page
from tests.rules.scene import NOW_MS, Scene

S = 1000


def wrapping(**limits: int) -> Scene:
    """Ana has called A1 and serves it, in a queue with such limits."""
    scene = Scene()
    scene.given(f.QueueOpened(queue="payments", letter="A", at_ms=NOW_MS, **limits))  # type: ignore[arg-type]
    scene.signed_in()
    scene.serving()
    return scene


def shows(scene: Scene) -> str:
    return presence(scene.floor, scene.floor.agents["ana"])


def test_a_wrap_up_follows_each_contact_and_ends_by_itself() -> None:
    scene = wrapping(wrap_up_s=30)
    scene.when(r.PressKey(desk="1", key="ready", at_ms=NOW_MS + 60 * S))
    assert shows(scene) == "wrap_up"
    facts = scene.when(r.Tick(at_ms=NOW_MS + 300 * S))
    assert [(type(fact).__name__, (fact.at_ms - NOW_MS) // S, fact.by) for fact in facts] == [
        ("ContactEnded", 90, "clock"),
        ("PresenceChanged", 90, "clock"),
    ]
    assert shows(scene) == "ready"


def test_next_goes_on_without_it() -> None:
    scene = wrapping(wrap_up_s=30)
    scene.waiting("A2")
    scene.when(r.PressKey(desk="1", key="next", at_ms=NOW_MS + 60 * S))
    assert shows(scene) == "called"


@pytest.mark.parametrize("limit", ["wrap_up_s", "wrap_up_max_s"])
def test_pressing_again_makes_it_as_long_again(limit: str) -> None:
    scene = wrapping(**{limit: 30})
    scene.when(r.PressKey(desk="1", key="wrap_up", at_ms=NOW_MS + 60 * S))
    scene.when(r.PressKey(desk="1", key="wrap_up", at_ms=NOW_MS + 80 * S))
    scene.when(r.Tick(at_ms=NOW_MS + 119 * S))
    assert shows(scene) == "wrap_up"
    scene.when(r.Tick(at_ms=NOW_MS + 120 * S))
    assert shows(scene) == "ready"


def test_without_a_limit_it_goes_on_and_pressing_again_is_nothing() -> None:
    scene = wrapping()
    scene.when(r.PressKey(desk="1", key="wrap_up", at_ms=NOW_MS + 60 * S))
    with pytest.raises(Refused, match="That is so already"):
        scene.when(r.PressKey(desk="1", key="wrap_up", at_ms=NOW_MS + 80 * S))
    assert not scene.floor.wraps


def test_a_call_has_its_wrap_up_too(scene: Scene) -> None:
    scene.given(f.QueueOpened(queue="support", wrap_up_s=30, at_ms=NOW_MS))
    scene.signed_in()
    line = {"source": "log", "lane": "x", "call": "c1", "queue": "support", "agent": "ana"}
    for number, (event, data) in enumerate((("ENTERQUEUE", ()), ("CONNECT", ("5",)), ("COMPLETEAGENT", ("5", "9"))), 1):
        scene.when(r.ObserveLine(number=number, event=event, data=data, at_ms=NOW_MS + number * S, **line))
    assert shows(scene) == "wrap_up"
    scene.when(r.Tick(at_ms=NOW_MS + 33 * S))
    assert shows(scene) == "ready"


def test_a_reason_must_be_one_that_the_site_has(scene: Scene) -> None:
    scene.signed_in()
    wish = r.ChangePresence(agent="ana", presence="not_ready", reason="yoga", at_ms=NOW_MS)
    with pytest.raises(Refused, match="There is no reason yoga"):
        scene.when(wish)
    scene.given(f.ReasonNamed(reason="yoga", paid=False, at_ms=NOW_MS))
    scene.when(wish)
    assert scene.floor.agents["ana"].reason == "yoga"


def test_another_reason_splits_the_period(scene: Scene) -> None:
    scene.signed_in(since_ms=NOW_MS)
    for reason, second in (("break", 10), ("meal", 20), ("", 50)):
        own = "not_ready" if reason else "ready"
        scene.when(r.ChangePresence(agent="ana", presence=own, reason=reason, at_ms=NOW_MS + second * S))  # type: ignore[arg-type]
    periods = [p for p in scene.floor.gains.periods if p.agent == "ana" and p.from_ms >= NOW_MS]
    assert [(p.state, p.reason, (p.to_ms - p.from_ms) // S) for p in periods] == [
        ("ready", "", 10),
        ("not_ready", "break", 10),
        ("not_ready", "meal", 30),
    ]


def test_a_late_press_says_what_had_been(scene: Scene) -> None:
    """The desk unit was cut off; meanwhile a call was connected."""
    scene.signed_in(since_ms=NOW_MS - 900 * S)
    scene.given(
        f.ContactEntered(contact="c", queue="payments", at_ms=NOW_MS - 300 * S),
        f.ContactAnswered(contact="c", agent="ana", wait_ms=0, at_ms=NOW_MS - 300 * S),
        f.ContactEnded(contact="c", at_ms=NOW_MS - 200 * S),
    )
    scene.press("break", age_ms=400 * S)
    late = scene.floor.gains.periods[-1]
    assert late == Period(
        "ana", NOW_MS - 400 * S, NOW_MS - 200 * S, "not_ready", "break", from_seq=scene.floor.seq, late=True
    )
    assert (shows(scene), scene.floor.agents["ana"].since_ms) == ("not_ready", NOW_MS - 200 * S)


def test_a_wrap_up_that_was_asked_for_after_its_contact_had_ended_has_its_whole_time() -> None:
    """The end of the contact came late: at the desk it had ended before the panel said what comes next."""
    scene = wrapping(wrap_up_max_s=5)
    scene.when(r.ChangePresence(agent="ana", presence="wrap_up", at_ms=NOW_MS + 60 * S))
    scene.when(r.PressKey(desk="1", key="wrap_up", at_ms=NOW_MS + 40 * S))
    assert scene.floor.wraps == {"ana": NOW_MS + 65 * S}
    scene.when(r.Tick(at_ms=NOW_MS + 70 * S))
    assert (shows(scene), scene.floor.wraps) == ("ready", {})


@pytest.mark.parametrize("wrap_up_s", [0, 20])
def test_a_break_that_was_asked_for_comes_after_the_ticket(wrap_up_s: int) -> None:
    scene = wrapping(wrap_up_s=wrap_up_s)
    scene.press("break")
    agent = scene.floor.agents["ana"]
    assert (shows(scene), agent.own) == ("serving", "not_ready"), "not before"
    scene.press("ready")
    if wrap_up_s:
        assert shows(scene) == "wrap_up"
        assert floor_page(scene.floor, NOW_MS, (0, 1))["desks"][0]["agent"]["after"] == "not_ready"
        scene.when(r.Tick(at_ms=NOW_MS + 20 * S))
    assert (shows(scene), agent.reason) == ("not_ready", "break")
    scene.when(r.PressKey(desk="1", key="ready", at_ms=NOW_MS + 60 * S))
    assert shows(scene) == "ready"


def test_a_wrap_up_of_ones_own_goes_before_the_break_that_was_asked_for() -> None:
    scene = wrapping()
    scene.press("break", "long")
    scene.press("wrap_up")
    agent = scene.floor.agents["ana"]
    assert (agent.own, agent.reason) == ("wrap_up", "meal")
    assert {p.reason for p in scene.floor.gains.periods if p.state == "wrap_up"} <= {""}, "it is no meal yet"


def periods(scene: Scene, agent: str) -> list[tuple[int, int, str, str, str]]:
    """(from, to, state, reason, queue) that are over, seconds from NOW_MS; what a late press changes stands as it came."""
    rows = [p for p in scene.floor.gains.periods if p.agent == agent]
    return [((p.from_ms - NOW_MS) // S, (p.to_ms - NOW_MS) // S, p.state, p.reason, p.queue) for p in rows]


def test_a_late_press_is_theirs_who_sat_there(scene: Scene) -> None:
    scene.signed_in(since_ms=NOW_MS - 3600 * S)
    scene.when(r.SignOut(agent="ana", at_ms=NOW_MS - 500 * S))
    scene.when(r.SignIn(agent="bo", desk="1", at_ms=NOW_MS - 400 * S))
    assert kinds(scene.press("break", age_ms=600 * S)) == [("PresenceChanged", "ana")]
    assert periods(scene, "ana")[-1] == (-600, -500, "not_ready", "break", "")
    assert periods(scene, "bo") == []
    assert scene.floor.agents["bo"].reason == ""


def test_a_late_press_of_one_who_has_left_an_empty_desk_counts_too(scene: Scene) -> None:
    scene.signed_in(since_ms=NOW_MS - 3600 * S)
    scene.when(r.SignOut(agent="ana", at_ms=NOW_MS - 500 * S))
    assert kinds(scene.press("wrap_up", "long", age_ms=600 * S)) == [("PresenceChanged", "ana")]
    assert shows(scene) == "signed_out"
    assert kinds(scene.press("ready", "long", age_ms=550 * S)) == [("PressRefused", "")]
    assert kinds(scene.press("break", age_ms=100 * S)) == [("PressRefused", "")], "nobody was there then"


def test_who_has_come_since_was_not_there_when_nobody_was(scene: Scene) -> None:
    scene.signed_in(since_ms=NOW_MS - 400 * S)
    assert kinds(scene.press("break", age_ms=600 * S)) == [("PressRefused", "")]
    assert kinds(scene.press("help", age_ms=600 * S)) == [("HelpRaised", "")]


def kinds(facts: list[f.Fact]) -> list[tuple[str, str]]:
    return [(type(fact).__name__, getattr(fact, "agent", "")) for fact in facts]


def call(scene: Scene, queue: str, second: int) -> None:
    """Of 100 s, with Ana, from that second on."""
    at_ms = NOW_MS + second * S
    scene.waiting(queue, queue=queue, channel="call", at_ms=at_ms)
    scene.given(f.ContactAnswered(contact=queue, agent="ana", wait_ms=0, at_ms=at_ms))
    scene.given(f.ContactEnded(contact=queue, at_ms=at_ms + 100 * S))


@pytest.mark.parametrize(("pressed", "queue"), [(-900, "payments"), (-950, "payments"), (-800, "")])
def test_a_late_wrap_up_is_for_the_contact_that_was_there_then(scene: Scene, pressed: int, queue: str) -> None:
    scene.signed_in(since_ms=NOW_MS - 3600 * S)
    call(scene, "payments", -1000)
    call(scene, "support", -500)
    scene.press("wrap_up", age_ms=-pressed * S)
    assert periods(scene, "ana")[-1] == (pressed, -400, "wrap_up", "", queue)
    scene.when(r.ChangePresence(agent="ana", presence="ready", at_ms=NOW_MS))
    assert periods(scene, "ana")[-1] == (-400, 0, "wrap_up", "", "support")


def test_wrap_up_and_ready_that_both_come_late_are_for_that_contact(scene: Scene) -> None:
    scene.signed_in(since_ms=NOW_MS - 3600 * S)
    call(scene, "payments", -1000)
    scene.press("wrap_up", age_ms=890 * S)
    scene.press("ready", age_ms=800 * S)
    scene.when(r.SignOut(agent="ana", at_ms=NOW_MS))
    assert periods(scene, "ana")[-3:] == [
        (-900, -890, "ready", "", ""),
        (-890, -800, "wrap_up", "", "payments"),
        (-800, 0, "ready", "", ""),
    ]


def spent_s(scene: Scene) -> int:
    return scene.floor.agents["ana"].spent_ms.get("break", 0) // S


def test_an_allowance_is_given_back_by_a_late_press(scene: Scene) -> None:
    scene.signed_in("not_ready", "break", since_ms=NOW_MS - 3600 * S)
    scene.when(r.ChangePresence(agent="ana", presence="not_ready", reason="meal", at_ms=NOW_MS))
    assert spent_s(scene) == 3600
    scene.press("ready", age_ms=3000 * S)
    assert spent_s(scene) == 600


DAY_S = 86_400


def test_an_allowance_is_new_each_day_for_one_who_never_signs_out(scene: Scene) -> None:
    scene.signed_in(since_ms=NOW_MS)
    for day in range(3):
        for second, reason in ((600, "break"), (1200, "")):
            presence: f.Own = "not_ready" if reason else "ready"
            at_ms = NOW_MS + (day * DAY_S + second) * S
            scene.when(r.ChangePresence(agent="ana", presence=presence, reason=reason, at_ms=at_ms))
        assert spent_s(scene) == 600


def test_a_night_is_one_shift(scene: Scene) -> None:
    evening_ms = NOW_MS - NOW_MS % (DAY_S * S) + 22 * 3600 * S
    scene.signed_in("not_ready", "break", since_ms=evening_ms)
    for second, reason in ((600, ""), (4 * 3600, "break"), (4 * 3600 + 600, "")):
        presence: f.Own = "not_ready" if reason else "ready"
        at_ms = evening_ms + second * S
        scene.when(r.ChangePresence(agent="ana", presence=presence, reason=reason, at_ms=at_ms))
    assert spent_s(scene) == 1200
