"""Help: raised, acknowledged, arrived, closed; and whose turn it is while nobody answers."""

import pytest

from edge import facts as f
from edge import requests as r
from edge.floor import asked
from edge.gains import HelpGiven
from edge.views import floor_page, lamp
from tests.rules.scene import NOW_MS, Scene

S = 1000


@pytest.fixture
def scene() -> Scene:
    """Desk 1 is of a team with two supervisors."""
    scene = Scene()
    scene.given(
        f.SiteNamed(site="lab", help_s=60, at_ms=NOW_MS),
        f.TeamFormed(team="blue", supervisors=("kim", "lee"), at_ms=NOW_MS),
        f.DeskOpened(desk="1", team="blue", at_ms=NOW_MS),
    )
    scene.signed_in()
    return scene


def whom(scene: Scene, desk: str = "1", kind: str = "supervisor") -> str:
    return asked(scene.floor, scene.floor.desks[desk], kind)


def test_it_goes_from_one_to_the_next_and_then_to_all(scene: Scene) -> None:
    scene.press("help")
    assert whom(scene) == "kim"
    facts = scene.when(r.Tick(at_ms=NOW_MS + 500 * S))
    assert [(type(fact).__name__, (fact.at_ms - NOW_MS) // S) for fact in facts] == [
        ("HelpEscalated", 60),
        ("HelpEscalated", 120),
    ]
    assert whom(scene) == ""
    assert scene.when(r.Tick(at_ms=NOW_MS + 5000 * S)) == []


@pytest.mark.parametrize("answer", [r.AcknowledgeHelp, r.ArriveAtHelp])
def test_who_answers_ends_that(scene: Scene, answer: type[r.AcknowledgeHelp]) -> None:
    scene.press("help")
    scene.when(answer(desk="1", by="kim", at_ms=NOW_MS + 59 * S))
    assert scene.when(r.Tick(at_ms=NOW_MS + 500 * S)) == []
    (row,) = floor_page(scene.floor, NOW_MS + 60 * S, (0, 2 * NOW_MS))["help"]
    assert (row["asked"], row["helper"]) == ("", "kim")


def test_a_team_without_supervisors_asks_everybody(scene: Scene) -> None:
    scene.when(r.RaiseHelp(desk="2", help="technical", at_ms=NOW_MS))
    assert whom(scene, "2", "technical") == ""
    assert scene.when(r.Tick(at_ms=NOW_MS + 500 * S)) == []


LAMPS = [
    # open requests, in the order in which they came      the lamp
    (["safety"], "none"),
    (["technical"], "raised"),
    (["technical", "safety"], "raised"),
    (["safety", "supervisor"], "raised"),
]


@pytest.mark.parametrize(("kinds", "shown"), LAMPS)
def test_the_lamp_shows_help_that_is_no_secret(scene: Scene, kinds: list[f.HelpKind], shown: str) -> None:
    for kind in kinds:
        scene.when(r.RaiseHelp(desk="1", help=kind, at_ms=NOW_MS))
    assert lamp(scene.floor, scene.floor.desks["1"], NOW_MS)["help"] == shown


def test_a_supervisors_answer_goes_before_that_to_technical_help(scene: Scene) -> None:
    for kind in ("technical", "supervisor"):
        scene.when(r.RaiseHelp(desk="1", help=kind, at_ms=NOW_MS))  # type: ignore[arg-type]
    scene.when(r.ArriveAtHelp(desk="1", help="supervisor", at_ms=NOW_MS))
    assert lamp(scene.floor, scene.floor.desks["1"], NOW_MS)["help"] == "arrived"


def test_how_soon_it_came_is_kept(scene: Scene) -> None:
    scene.press("help")
    scene.when(r.AcknowledgeHelp(desk="1", by="lee", at_ms=NOW_MS + 90 * S))
    scene.when(r.ArriveAtHelp(desk="1", by="lee", at_ms=NOW_MS + 120 * S))
    scene.when(r.CloseHelp(desk="1", by="lee", at_ms=NOW_MS + 300 * S))
    (given,) = scene.floor.gains.helps
    assert given == HelpGiven(
        raised_ms=NOW_MS,
        desk="1",
        team="blue",
        kind="supervisor",
        agent="ana",
        helper="lee",
        acknowledged_ms=NOW_MS + 90 * S,
        arrived_ms=NOW_MS + 120 * S,
        closed_ms=NOW_MS + 300 * S,
        escalated=1,
        from_seq=given.from_seq,
        to_seq=scene.floor.seq,
    )
    assert 0 < given.from_seq < given.to_seq


def test_help_that_was_withdrawn_is_kept_too(scene: Scene) -> None:
    scene.press("help")
    scene.press("help")
    assert [(given.acknowledged_ms, given.arrived_ms, given.helper) for given in scene.floor.gains.helps] == [
        (None, None, "")
    ]


def test_a_late_press_takes_back_nothing_that_was_asked_for_since(scene: Scene) -> None:
    scene.when(r.RaiseHelp(desk="1", by="ana", at_ms=NOW_MS - 10 * S))
    assert [type(fact).__name__ for fact in scene.press("help", age_ms=70 * S)] == ["PressTaken"]
    assert "supervisor" in scene.floor.desks["1"].help
    assert [type(fact).__name__ for fact in scene.press("help", age_ms=5 * S)] == ["HelpClosed"]


def test_it_is_the_team_of_the_agent_wherever_that_one_sits(scene: Scene) -> None:
    scene.given(f.AgentMet(agent="bo", name="Bo", team="blue", at_ms=NOW_MS))
    scene.when(r.SignIn(agent="bo", desk="2", at_ms=NOW_MS))
    scene.when(r.RaiseHelp(desk="2", by="bo", at_ms=NOW_MS))
    assert (scene.floor.desks["2"].team, whom(scene, "2")) == ("", "kim")
    scene.when(r.CloseHelp(desk="2", by="kim", at_ms=NOW_MS + S))
    assert scene.floor.gains.helps[-1].team == "blue"
