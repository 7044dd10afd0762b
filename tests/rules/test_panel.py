"""What the panel asks: done, or refused with a sentence, and then nothing has changed."""

import msgspec
import pytest

from edge import facts as f
from edge import requests as r
from edge.floor import Floor
from edge.requests import Refused
from edge.rules import decide
from tests.rules.scene import NOW_MS, Scene, brief

AT = {"at_ms": NOW_MS, "by": "panel"}
SUPERVISOR = {"desk": "1"}


def test_help_is_raised_acknowledged_arrived_closed(scene: Scene) -> None:
    for request, fact, state in (
        (r.RaiseHelp, "HelpRaised", "raised"),
        (r.AcknowledgeHelp, "HelpAcknowledged", "acknowledged"),
        (r.ArriveAtHelp, "HelpArrived", "arrived"),
    ):
        (earned,) = scene.when(request(desk="1", **AT))
        assert type(earned).__name__ == fact
        assert earned.by == "panel"
        assert scene.floor.desks["1"].help["supervisor"].state == state
    scene.when(r.CloseHelp(desk="1", **AT))
    assert scene.floor.desks["1"].help == {}


def test_silent_help_is_apart_from_the_other(scene: Scene) -> None:
    scene.when(r.RaiseHelp(desk="1", help="safety", **AT))
    scene.when(r.RaiseHelp(desk="1", **AT))
    scene.when(r.CloseHelp(desk="1", **AT))
    assert list(scene.floor.desks["1"].help) == ["safety"]


def test_sign_in_presence_and_sign_out(scene: Scene) -> None:
    facts = [
        *scene.when(r.SignIn(agent="ana", desk="1", **AT)),
        *scene.when(r.ChangePresence(agent="ana", presence="not_ready", reason="training", **AT)),
        *scene.when(r.SignOut(agent="ana", **AT)),
    ]
    assert brief(facts) == [
        {"kind": "AgentSignedIn", "agent": "ana", "desk": "1"},
        {"kind": "PresenceChanged", "agent": "ana", "presence": "not_ready", "reason": "training"},
        {"kind": "AgentSignedOut", "agent": "ana"},
    ]
    assert scene.floor.desks["1"].agent == ""


OVERLAPPING = tuple(
    f.ShiftPlanned(agent="ana", day=day, parts=(f.ShiftPart(begin, end, f.WORK),), at_ms=0)
    for day, begin, end in (("2026-11-24", 9, 20), ("2026-11-23", 1, 10))
)
REFUSALS = [
    # given            request                                                  sentence
    ("", r.SignIn(agent="zed", desk="1"), "There is no agent zed."),
    ("", r.SignIn(agent="ana", desk="9"), "There is no desk 9."),
    ("ana", r.SignIn(agent="bo", desk="1"), "Ana is signed in at desk 1."),
    ("ana", r.SignIn(agent="ana", desk="2"), "Ana is signed in at desk 1."),
    ("ana", r.SignIn(agent="ana", desk="1"), "ana is already signed in at desk 1."),
    ("", r.SignOut(agent="ana"), "Ana is not signed in."),
    ("serving", r.SignOut(agent="ana"), "End the contact before signing out."),
    ("", r.ChangePresence(agent="ana", presence="ready"), "Ana is not signed in."),
    ("ana", r.ChangePresence(agent="ana", presence="ready"), "Ana already is ready."),
    ("", r.AcknowledgeHelp(desk="1"), "Nobody asked for help at desk 1."),
    ("help", r.RaiseHelp(desk="1"), "Help is already asked for at desk 1."),
    ("arrived", r.AcknowledgeHelp(desk="1"), "Help at desk 1 is already arrived."),
    ("arrived", r.ArriveAtHelp(desk="1"), "Somebody has already arrived at desk 1."),
    ("", r.CloseHelp(desk="9"), "There is no desk 9."),
    ("", r.PlanShifts(shifts=OVERLAPPING), "ana's shift on 2026-11-24 begins before that on 2026-11-23 ends."),
    ("", r.IssueTicket(contact="A1", queue="none"), "There is no queue none."),
    ("", r.AskDevice(device="nix", cmd="identify"), "There is no device nix."),
]


@pytest.mark.parametrize(("given", "request_", "sentence"), REFUSALS)
def test_refusals_say_why_and_change_nothing(scene: Scene, given: str, request_: r.Request, sentence: str) -> None:
    if given in ("ana", "serving"):
        scene.signed_in()
    if given == "serving":
        scene.serving()
    if given in ("help", "arrived"):
        scene.given(f.HelpRaised(desk="1", at_ms=NOW_MS))
    if given == "arrived":
        scene.given(f.HelpArrived(desk="1", at_ms=NOW_MS))
    before = msgspec.msgpack.decode(msgspec.msgpack.encode(scene.floor), type=Floor)
    with pytest.raises(Refused) as refusal:
        decide(scene.floor, request_)
    assert str(refusal.value) == sentence
    assert scene.floor == before


def test_a_pin_or_a_badge_signs_in_at_any_desk(scene: Scene) -> None:
    scene.given(f.AgentMet(agent="ana", name="Ana", pin_key="key-ana", badge_key="badge-ana", at_ms=NOW_MS))
    for number, proof in enumerate(({"pin": "key-ana"}, {"badge": "badge-ana"}), 1):
        (fact,) = scene.when(r.SignInWith(desk=str(number), at_ms=NOW_MS, **proof))
        assert fact == f.AgentSignedIn(agent="ana", desk=str(number), at_ms=NOW_MS)
        with pytest.raises(Refused, match="Ana is signed in at desk"):
            scene.when(r.SignInWith(desk=str(number), at_ms=NOW_MS, **proof))
        scene.when(r.SignOut(agent="ana", at_ms=NOW_MS))
    for proof in ({}, {"pin": "a", "badge": "b"}):
        with pytest.raises(Refused, match="with a PIN or with a badge"):
            scene.when(r.SignInWith(desk="1", at_ms=NOW_MS, **proof))


def test_wrong_ones_lock_the_desk(scene: Scene) -> None:
    for _ in range(5):
        (fact,) = scene.when(r.SignInWith(desk="1", badge="nobody's", at_ms=NOW_MS))
        assert isinstance(fact, f.PinRefused) and fact.why == "No agent has this badge."
    with pytest.raises(Refused, match="Too many wrong PINs: wait 5 min"):
        scene.when(r.SignInWith(desk="1", pin="key-ana", at_ms=NOW_MS))
