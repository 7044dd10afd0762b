"""Events of devices: each decided once and in order, gaps told, late presses booked or expired; births, losses, commands."""

import msgspec
import pytest

from edge import facts as f
from edge import requests as r
from edge.floor import LANES_MAX, next_deadline, presence
from edge.requests import Refused
from edge.rules import decide
from edge.views import lamp
from edge.wire import AGE_MS_MAX, LATE_MS
from tests.rules.scene import NOW_MS, Scene, brief


def kinds(facts: list[f.Fact]) -> list[str]:
    return [type(fact).__name__ for fact in facts]


# seq and first of an event that comes when the watermark is 2 -> facts, watermark after it
ORDER = [
    # seq first  facts                            mark
    (3, 1, ["PressTaken"], 3),
    (3, 3, ["PressTaken"], 3),
    (2, 1, [], 2),  # again: acknowledged again, decided once
    (1, 1, [], 2),
    (4, 1, [], 2),  # one is missing that the device still holds: it will come
    (4, 4, ["PressesLost", "PressTaken"], 4),
    (9, 6, ["PressesLost"], 5),  # 6 to 8 will still come
    (9, 9, ["PressesLost", "PressTaken"], 9),
]


@pytest.mark.parametrize(("seq", "first", "facts", "mark"), ORDER)
def test_order(scene: Scene, seq: int, first: int, facts: list[str], mark: int) -> None:
    scene.signed_in()
    scene.press("ready", seq=1)
    scene.press("ready", seq=2)
    assert kinds(scene.press("ready", seq=seq, first=first)) == facts
    assert scene.floor.mark("desk-1", "aa:1") == mark


def test_a_gap_is_one_fact_with_its_size(scene: Scene) -> None:
    scene.signed_in()
    scene.press("ready", seq=1)
    lost, _ = scene.press("ready", seq=7, first=7)
    assert brief([lost]) == [{"kind": "PressesLost", "device": "desk-1", "count": 5}]
    assert scene.floor.devices["desk-1"].lost_presses == 5


def test_lanes_are_apart(scene: Scene) -> None:
    """A wiped device (another provisioning id) and a new boot each begin at 1; an older boot may still be drained."""
    scene.signed_in()
    for lane in ({"boot": 1}, {"boot": 2}, {"boot": 1, "id": "bb"}):
        assert kinds(scene.press("ready", seq=1, **lane)) == ["PressTaken"]
    assert kinds(scene.press("ready", seq=2, boot=1)) == ["PressTaken"]
    assert scene.floor.marks == {"desk-1": {"aa:1": 2, "aa:2": 1, "bb:1": 1}}


def test_a_year_of_boots_leaves_the_floor_small(scene: Scene) -> None:
    scene.when(BIRTH)
    for boot in range(1, 400):
        scene.press("help", seq=1, boot=boot)
    assert list(scene.floor.marks["desk-1"]) == [f"aa:{boot}" for boot in range(400 - LANES_MAX, 400)]


# own state and since when; the press and its age -> facts, own state and since after it (s before now)
LATE = [
    # own         since  key        press    age    facts                    after        since
    ("ready", 600, "break", "short", 300, ["PresenceChanged"], "not_ready", 300),
    ("ready", 600, "wrap_up", "short", 300, ["PresenceChanged"], "wrap_up", 300),
    ("not_ready", 600, "ready", "short", 300, ["PresenceChanged"], "ready", 300),
    ("ready", 100, "break", "short", 300, ["PresenceChanged"], "ready", 100),  # booked, but overrides nothing newer
    ("ready", 600, "ready", "long", 300, ["AgentSignedOut"], "signed_out", 300),
    ("ready", 100, "ready", "long", 300, ["PressRefused"], "ready", 100),
    ("ready", 600, "next", "short", 6, ["PressExpired"], "ready", 600),
    ("ready", 600, "next", "short", 5, ["TicketCalled"], "called", 5),
    ("ready", 600, "recall", "short", 6, ["PressExpired"], "ready", 600),
    ("ready", 600, "recall", "long", 6, ["PressExpired"], "ready", 600),
    ("ready", 90_000, "break", "short", 86_400, ["PresenceChanged"], "not_ready", 86_400),
    ("ready", 90_000, "break", "short", 86_401, ["PressExpired"], "ready", 90_000),
    ("ready", 600, "help", "short", 172_800, ["HelpRaised"], "ready", 600),
    ("ready", 600, "help", "long", 172_800, ["HelpRaised"], "ready", 600),
]


@pytest.mark.parametrize(("own", "since", "key", "press", "age", "facts", "after", "after_since"), LATE)
def test_late(
    scene: Scene, own: f.Own, since: int, key: str, press: str, age: int, facts: list[str], after: str, after_since: int
) -> None:
    scene.signed_in(own, since_ms=NOW_MS - since * 1000, came_ms=NOW_MS - 36 * 3_600_000)
    scene.waiting("A1", at_ms=NOW_MS - 100_000)
    decided = scene.press(key, press, age_ms=age * 1000)
    assert kinds(decided) == facts
    assert decided[0].at_ms == NOW_MS - age * 1000, "booked when it happened"
    agent = scene.floor.agents["ana"]
    assert (presence(scene.floor, agent), NOW_MS - agent.since_ms) == (after, after_since * 1000)


def test_the_limits_are_those_of_the_wire() -> None:
    assert (LATE_MS, AGE_MS_MAX) == (5_000, 86_400_000)


def test_a_late_end_does_not_end_a_newer_contact(scene: Scene) -> None:
    scene.signed_in(since_ms=NOW_MS - 600_000)
    scene.serving()
    assert kinds(scene.press("wrap_up", age_ms=60_000)) == ["PresenceChanged"]
    assert scene.floor.contacts["A1"].state == "serving"


def test_the_order_of_presses_outlives_jittering_ages(scene: Scene) -> None:
    """The second press waited on the device, and so its age is known better than that of the first, which was underway."""
    scene.signed_in("not_ready", since_ms=NOW_MS - 600_000)
    scene.press("ready", age_ms=0)
    scene.press("break", age_ms=900)
    assert scene.floor.agents["ana"].own == "not_ready"


def test_an_unknown_age_is_booked_at_arrival_and_flagged(scene: Scene) -> None:
    scene.signed_in()
    (changed,) = scene.press("break", age_ms=None)
    assert (changed.at_ms, changed.age_unknown) == (NOW_MS, True)
    assert kinds(scene.press("next", age_ms=None)) == ["PressExpired"], "it may be old: it calls nobody"


def test_a_refusal_is_a_fact_and_says_no_on_the_lamp(scene: Scene) -> None:
    (refused,) = scene.press("ready")
    assert brief([refused]) == [
        {"kind": "PressRefused", "desk": "1", "press": "ready short", "why": "Nobody is signed in at desk 1."}
    ]
    shown = lamp(scene.floor, scene.floor.desks["1"], NOW_MS)
    assert (shown["verdict"], shown["why"]) == ("refused", "Nobody is signed in at desk 1.")
    assert (shown["boot"], shown["seq"]) == (1, 1)


def test_a_device_without_a_desk_is_refused(scene: Scene) -> None:
    (refused,) = scene.press("ready", device="desk-9")
    assert isinstance(refused, f.PressRefused)
    assert refused.why == "This device has no desk."


PINS = [
    # given                                        pin        facts
    (None, "key-ana", ["AgentSignedIn"]),
    (None, "key-wrong", ["PinRefused"]),
    ("bo at desk 1", "key-ana", ["PressRefused"]),
    ("ana at desk 2", "key-ana", ["PressRefused"]),
    ("ana at desk 1", "key-ana", ["PressTaken"]),
    ("ana on the phone", "key-ana", ["AgentSignedIn"]),
]
PROOFS = ["pin_key", "badge_key"]


@pytest.mark.parametrize("proof", PROOFS)
@pytest.mark.parametrize(("given", "key", "facts"), PINS)
def test_a_pin_or_a_badge(scene: Scene, given: str | None, key: str, facts: list[str], proof: str) -> None:
    scene.given(f.AgentMet(agent="ana", name="Ana", **{proof: "key-ana"}, at_ms=NOW_MS))  # type: ignore[arg-type]
    if given:
        agent, place = given.split()[0], given.split()[-1]
        scene.given(f.AgentSignedIn(agent=agent, desk=place if place.isdecimal() else "", at_ms=NOW_MS))
    decided = scene.press(press="", **{proof: key})  # type: ignore[arg-type]
    assert kinds(decided) == facts
    assert "key-" not in repr(decided), "neither the PIN or the badge nor its key reaches the journal"
    if given and given.startswith("bo"):
        assert isinstance(decided[0], f.PressRefused) and decided[0].press == proof.removesuffix("_key")


@pytest.mark.parametrize("proof", PROOFS)
@pytest.mark.parametrize(
    ("age_ms", "fact"), [(5_000, "AgentSignedIn"), (5_001, "PressExpired"), (None, "PressExpired")]
)
def test_who_was_there_long_ago_is_not_signed_in(scene: Scene, proof: str, age_ms: int | None, fact: str) -> None:
    scene.given(f.AgentMet(agent="ana", name="Ana", **{proof: "key-ana"}, at_ms=NOW_MS))  # type: ignore[arg-type]
    assert kinds(scene.press(press="", age_ms=age_ms, **{proof: "key-ana"})) == [fact]  # type: ignore[arg-type]


def test_a_badge_of_nobody_is_not_that_of_one_without(scene: Scene) -> None:
    (fact,) = scene.press(press="", badge_key="key-wrong")
    assert isinstance(fact, f.PinRefused) and fact.why == "No agent has this badge."


def test_signing_in_is_not_yet_being_ready(scene: Scene) -> None:
    scene.press(pin_key="key-ana")
    assert presence(scene.floor, scene.floor.agents["ana"]) == "not_ready"


def test_a_phone_agent_who_sits_down_stays_as_is(scene: Scene) -> None:
    scene.given(
        f.AgentSignedIn(agent="ana", at_ms=NOW_MS),
        f.PresenceChanged(agent="ana", presence="ready", at_ms=NOW_MS),
    )
    scene.press(pin_key="key-ana")
    assert (scene.floor.agents["ana"].own, scene.floor.desks["1"].agent) == ("ready", "ana")


BIRTH = r.ObserveDevice(
    device="desk-1", firmware="0.1", hardware="v", role="desk", boot=1, cause="pwron", slot="a", id="aa", at_ms=NOW_MS
)


def test_births_and_losses_are_facts_when_they_are_news(scene: Scene) -> None:
    assert kinds(scene.when(BIRTH)) == ["DeviceCame"]
    assert scene.when(BIRTH) == []
    assert kinds(scene.when(msgspec.structs.replace(BIRTH, boot=2))) == ["DeviceCame"]
    gone = r.ObserveDevice(device="desk-1", at_ms=NOW_MS)
    assert kinds(scene.when(gone)) == ["DeviceLost"]
    assert scene.when(gone) == []
    assert kinds(scene.when(BIRTH)) == ["DeviceCame"]


def test_a_command_waits_for_its_answer_or_its_deadline(scene: Scene) -> None:
    ask = r.AskDevice(device="desk-1", cmd="identify", at_ms=NOW_MS)
    with pytest.raises(Refused, match="no device desk-9"):
        scene.when(msgspec.structs.replace(ask, device="desk-9"))
    scene.when(ask)
    assert next_deadline(scene.floor) == NOW_MS + 60_000
    (id,) = scene.floor.commands
    assert scene.when(r.ObserveAnswer(device="desk-2", id=id, ok=True)) == [], "somebody else's answer"
    assert kinds(scene.when(r.ObserveAnswer(device="desk-1", id=id, ok=True))) == ["DeviceAnswered"]
    assert next_deadline(scene.floor) is None
    scene.when(ask)
    (expired,) = decide(scene.floor, r.Tick(at_ms=NOW_MS + 99_999))
    assert (type(expired), expired.at_ms) == (f.DeviceAskExpired, NOW_MS + 60_000), (
        "its deadline, not when it was noticed"
    )


def test_an_event_set_aside_moves_the_lane_on(scene: Scene) -> None:
    aside = r.SetAsideEvent(device="desk-1", lane="aa:1", seq=1, raw="{}", error="boom", at_ms=NOW_MS)
    assert kinds(scene.when(aside)) == ["EventSetAside"]
    assert scene.when(aside) == []
    assert scene.floor.mark("desk-1", "aa:1") == 1
    assert scene.floor.devices["desk-1"].set_aside == 1
