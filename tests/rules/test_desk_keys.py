"""Every cell of docs/desk-keys.md: presence × key × press → result."""

import re
from pathlib import Path

import pytest

from edge import facts as f
from edge.facts import Fact
from edge.wire import KEYS, PRESENCES
from tests.rules.scene import NOW_MS, Scene

DOC = Path(__file__).parents[2] / "docs" / "desk-keys.md"


def cells() -> list[tuple[str, str, str, str]]:
    """(press, presence, key, result) as the page has them."""
    found = []
    press = ""
    for line in DOC.read_text(encoding="utf-8").splitlines():
        heading = re.match(r"## (Short|Long)$", line)
        press = heading[1].lower() if heading else press
        columns = [column.strip() for column in line.strip("|").split("|")]
        if line.startswith("| ") and columns[0] not in ("presence", "---"):
            found += [(press, columns[0], key, result) for key, result in zip(KEYS, columns[1:], strict=True)]
    return found


def set_up(scene: Scene, presence: str) -> None:
    if presence in ("ready", "wrap_up", "not_ready"):
        scene.signed_in(presence, "break" if presence == "not_ready" else "")  # type: ignore[arg-type]
    elif presence != "signed_out":
        scene.signed_in()
        {
            "called": scene.called,
            "serving": scene.serving,
            "serving (call)": lambda: scene.called(channel="call"),
            "hold": scene.serving,
        }[presence]()
    if presence == "hold":
        scene.given(f.ContactHeld(contact="A1", at_ms=NOW_MS))
    scene.waiting("A2")


def _one(fact: Fact, after: str) -> str:
    if isinstance(fact, f.PresenceChanged):
        words = {"ready": "ready", "wrap_up": "wrap-up", "not_ready": f"not ready: {fact.reason}"}
        return after + words[fact.presence]
    if isinstance(fact, f.PressRefused):
        return "✗ " + fact.why
    if isinstance(fact, f.HelpRaised):
        return "asks for silent help" if fact.help == "safety" else "asks for help"
    if isinstance(fact, f.ContactEnded):
        return "ends the contact"
    return {
        f.ServingEnded: "serving ends",
        f.NoShowNoted: "no-show",
        f.PressTaken: "as it is",
        f.TicketCalled: "calls the next",
        f.ServingBegan: "serving begins",
        f.TicketRecalled: "calls again",
        f.ContactHeld: "on hold",
        f.ContactResumed: "resumes",
        f.AgentSignedOut: "signs out",
    }[type(fact)]


def test_the_page_has_every_cell() -> None:
    wanted = {(press, presence, key) for press in ("short", "long") for presence in PRESENCES for key in KEYS}
    assert wanted <= {(press, presence, key) for press, presence, key, _ in cells()}


@pytest.mark.parametrize(("press", "presence", "key", "result"), cells())
def test_cell(scene: Scene, press: str, presence: str, key: str, result: str) -> None:
    set_up(scene, presence)
    facts = scene.press(key, press)
    if result.startswith(("digit", "clears")):  # the unit keeps these to itself; tests/firmware has them
        result = "✗ Nobody is signed in at desk 1."
    contact = scene.floor.contacts.get("A1")
    after = "after it, " if contact and contact.agent and contact.state != "wrap_up" else ""
    assert "; ".join(_one(fact, after) for fact in facts) == result


def test_help_again_withdraws_it(scene: Scene) -> None:
    scene.press("help")
    assert [type(fact) for fact in scene.press("help")] == [f.HelpClosed]
    assert scene.floor.desks["1"].help == {}


def test_silent_help_is_never_closed_at_the_desk(scene: Scene) -> None:
    scene.press("help", "long")
    assert [type(fact) for fact in scene.press("help", "long")] == [f.PressTaken]
    assert scene.floor.desks["1"].help["safety"].state == "raised"


def test_next_with_nobody_waiting(scene: Scene) -> None:
    scene.signed_in()
    (refused,) = scene.press("next")
    assert isinstance(refused, f.PressRefused)
    assert refused.why == "Nobody is waiting."
    scene.serving()
    assert [type(fact) for fact in scene.press("next")] == [f.ContactEnded]


def test_next_takes_the_longest_wait_and_leaves_calls_to_the_exchange(scene: Scene) -> None:
    scene.signed_in()
    scene.waiting("call", channel="call", at_ms=NOW_MS - 9000)
    scene.waiting("other", queue="support", at_ms=NOW_MS - 8000)
    scene.waiting("early", at_ms=NOW_MS - 5000)
    scene.waiting("late", at_ms=NOW_MS - 1000)
    (called,) = scene.press("next")
    assert isinstance(called, f.TicketCalled)
    assert (called.contact, called.wait_ms) == ("early", 5000)
