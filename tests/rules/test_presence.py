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
