"""What boards and counter displays show of a floor, tile by tile."""

import pytest

from edge import boards, tiles, views
from edge import facts as f
from edge.boards import Shown
from edge.floor import Board
from edge.tiles import parse
from tests.rules.scene import NOW_MS, Scene

DAY = (NOW_MS - 3_600_000, NOW_MS + 3_600_000)
S = 1000


def tile(scene: Scene, text: str, now_ms: int = NOW_MS) -> tuple[object, ...]:
    """(value, unit, since_ms, level) of one tile."""
    [shown] = boards.show(scene.floor, Board("b", tiles=(text,)), now_ms, DAY)
    return shown[1:]


def test_an_empty_floor(scene: Scene) -> None:
    for name in (*tiles.LIVE[:-1], *tiles.OF_TIME):
        dash = name in ("longest_wait", "service_level", "asa")
        assert tile(scene, name)[0] == ("–" if dash else "0"), name
    assert tile(scene, "help") == ("0", "", None, "normal")
    assert tile(scene, "waiting(nowhere)") == ("–", "", None, "normal")


@pytest.mark.parametrize(("waited_s", "level"), [(20, "normal"), (21, "warn"), (60, "warn"), (61, "alarm")])
def test_a_wait_warns_past_its_queues_target(scene: Scene, waited_s: int, level: str) -> None:
    entered_ms = NOW_MS - waited_s * S
    scene.waiting("A1", at_ms=entered_ms)
    scene.waiting("A2", at_ms=NOW_MS)
    assert tile(scene, "waiting(payments)") == ("2", "", None, level)
    assert tile(scene, "longest_wait(payments)") == ("", "", entered_ms, level)
    assert tile(scene, "longest_wait") == ("", "", entered_ms, level)
    assert tile(scene, "waiting(support)") == ("0", "", None, "normal")


def test_a_service_level_of_two_queues_is_summed_not_averaged(scene: Scene) -> None:
    scene.signed_in()
    for n, (queue, wait_s) in enumerate([("payments", 1)] * 3 + [("support", 99)]):
        scene.waiting(f"A{n}", queue=queue)
        scene.given(
            f.ContactAnswered(contact=f"A{n}", agent="ana", wait_ms=wait_s * S, at_ms=NOW_MS),
            f.ContactEnded(contact=f"A{n}", at_ms=NOW_MS),
        )
    assert tile(scene, "service_level(payments)") == ("100", "%", None, "normal")
    assert tile(scene, "service_level(support)") == ("0", "%", None, "alarm")
    assert tile(scene, "service_level") == ("75", "%", None, "warn")
    assert tile(scene, "asa") == ("26", "s", None, "normal")  # 25.5
    assert tile(scene, "answered") == ("4", "", None, "normal")


def test_help_but_never_the_silent_kind(scene: Scene) -> None:
    scene.signed_in()
    scene.given(f.HelpRaised(desk="1", help="safety", at_ms=NOW_MS))
    assert tile(scene, "help") == ("0", "", None, "normal")
    scene.given(f.HelpRaised(desk="2", at_ms=NOW_MS))
    assert tile(scene, "help") == ("1", "", None, "alarm")
    scene.given(f.HelpAcknowledged(desk="2", at_ms=NOW_MS))
    assert tile(scene, "help") == ("1", "", None, "warn")
    scene.given(f.HelpRaised(desk="2", help="technical", at_ms=NOW_MS))
    assert tile(scene, "help") == ("2", "", None, "alarm")


def test_ready_and_serving(scene: Scene) -> None:
    scene.signed_in()
    assert tile(scene, "ready(payments)")[0] == "1"
    assert tile(scene, "ready(support)")[0] == "0"
    scene.serving()
    assert (tile(scene, "ready")[0], tile(scene, "serving")[0], tile(scene, "waiting")[0]) == ("0", "1", "0")


def test_labels() -> None:
    assert Shown(parse("waiting(payments)"), "1").label == "payments waiting"
    assert Shown(parse("waiting"), "1").label == "waiting"
    assert len(Shown(parse("service_level(a very long name of a queue)"), "1").label) == boards.LABEL_CHARS_MAX


@pytest.mark.parametrize("text", ["", "speed", "waiting()", "waiting(a", "help(payments)", "Waiting"])
def test_what_is_no_tile(text: str) -> None:
    with pytest.raises(ValueError, match="is no tile"):
        parse(text)


def test_a_counter_says_what_visitors_may_know(scene: Scene) -> None:
    def shown() -> tuple[str, str]:
        view = views.counter(scene.floor, scene.floor.desks["1"])
        return view["number"], view["state"]

    assert shown() == ("", "closed")
    scene.signed_in("not_ready", "break")
    assert shown() == ("", "away")
    scene.given(f.PresenceChanged(agent="ana", presence="ready", at_ms=NOW_MS))
    assert shown() == ("", "open")
    scene.called("A1")
    assert shown() == ("A1", "called")
    scene.given(f.ServingBegan(contact="A1", at_ms=NOW_MS))
    assert shown() == ("A1", "serving")
    scene.given(f.ContactHeld(contact="A1", at_ms=NOW_MS))
    assert shown() == ("A1", "serving")
    scene.given(f.ContactEnded(contact="A1", at_ms=NOW_MS))
    scene.called("C-77", channel="call")
    assert shown() == ("", "serving"), "a caller's number is nobody's business"
