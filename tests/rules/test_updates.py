"""Rollouts of new firmware: who is asked when, what a birth or an answer means, when it stops by itself."""

from typing import Any

import pytest

from edge import facts as f
from edge import requests as r
from edge.floor import next_deadline
from edge.requests import Refused
from edge.rules.updates import AT_ONCE_MAX, LASTS_MS, NO_EDGE, UPDATE_MS
from tests.rules.scene import NOW_MS, Scene, brief

OLD, NEW = "0" * 16, "1" * 16


def floor(count: int, *, away: tuple[int, ...] = ()) -> Scene:
    """So many desk units d00, d01 …, all there but those away."""
    scene = Scene(bare=True)
    for n in range(count):
        scene.given(f.DeviceRegistered(device=name(n), role="desk", at_ms=NOW_MS))
        scene.when(birth(n))
        if n in away:
            scene.when(r.ObserveDevice(device=name(n), at_ms=NOW_MS))
    return scene


def name(n: int) -> str:
    return f"d{n:02}"


def birth(n: int, build: str = OLD, boot: int = 1, **more: Any) -> r.ObserveDevice:
    fields = {"firmware": "0.1.0", "hardware": "desk-unit", "role": "desk", "cause": "pwron", "slot": "a", "id": "aa"}
    return r.ObserveDevice(device=name(n), at_ms=NOW_MS, build=build, boot=boot, **{**fields, **more})


def start(scene: Scene, **more: Any) -> list[f.Fact]:
    request = {"version": "0.2.0", "builds": {"desk-unit": NEW}, "at_ms": NOW_MS, **more}
    return scene.when(r.StartRollout(**request))


def kept(scene: Scene, n: int) -> list[f.Fact]:
    """It comes back on trial, is told to keep it, and does."""
    came = scene.when(birth(n, NEW, 2, trial=True))
    [keep] = [fact.id for fact in came if isinstance(fact, f.DeviceAsked) and fact.cmd == "keep"]
    return scene.when(r.ObserveAnswer(device=name(n), id=keep, ok=True, at_ms=NOW_MS))


def asked(facts: list[f.Fact]) -> list[str]:
    return [fact.device for fact in facts if isinstance(fact, f.UpdateAsked)]


def kinds(facts: list[f.Fact]) -> list[str]:
    return [type(fact).__name__ for fact in facts]


def test_one_then_five_then_all_but_never_too_many_at_once() -> None:
    scene = floor(40)
    assert asked(start(scene)) == ["d00"]
    assert asked(kept(scene, 0)) == [name(n) for n in range(1, 6)]
    for n in range(1, 5):
        assert asked(kept(scene, n)) == []
    assert asked(kept(scene, 5)) == []
    assert asked(scene.when(r.Tick(at_ms=NOW_MS + LASTS_MS - 1))) == [], "who was kept is to last first"
    assert asked(scene.when(r.Tick(at_ms=NOW_MS + LASTS_MS))) == [name(n) for n in range(6, 6 + AT_ONCE_MAX)]
    assert asked(kept(scene, 7)) == ["d26"]
    for n in [6, *range(8, 40)]:
        last = kept(scene, n)
    assert kinds(last) == ["DeviceAnswered", "UpdateDone", "RolloutDone"]
    assert scene.floor.rollout and scene.floor.rollout.state == "done"
    assert next_deadline(scene.floor) is None


def test_who_is_away_is_asked_when_it_comes_and_holds_nobody_up() -> None:
    scene = floor(3, away=(0,))
    assert asked(start(scene)) == ["d01"]
    assert asked(kept(scene, 1)) == ["d02"]
    assert asked(kept(scene, 2)) == []
    assert scene.floor.rollout and scene.floor.rollout.state == "open"
    assert asked(scene.when(birth(0, boot=2))) == ["d00"]


# what the device that was asked does -> facts of it, state of the rollout
ENDS: list[tuple[Any, list[str], str]] = [
    (birth(0, NEW, 2, trial=True), ["DeviceCame", "DeviceAsked"], "open"),
    (birth(0, NEW, 2), ["DeviceCame", "UpdateDone", "RolloutDone"], "done"),  # its `keep` was answered to a dead edge
    (birth(0, boot=2), ["DeviceCame"], "open"),  # a power cut while it fetches: it is told again
    (birth(0, state="updating"), ["DeviceCame"], "open"),
    (birth(0, boot=4, update=NO_EDGE), ["DeviceCame"], "open"),  # it may have been the edge: it is told again
    (birth(0, boot=4, update="It did not start."), ["DeviceCame", "UpdateFailed", "RolloutStopped"], "stopped"),
    (birth(0, update="It did not start."), ["DeviceCame"], "open"),  # so ended the one before
    (birth(0, boot=4, state="safe"), ["DeviceCame"], "open"),
    (birth(0, NEW, 4, state="safe"), ["DeviceCame"], "open"),  # it runs, but not well: it is told again
    (r.ObserveDevice(device="d00", at_ms=NOW_MS), ["DeviceLost"], "open"),
    (r.Tick(at_ms=NOW_MS + UPDATE_MS), ["UpdateFailed", "RolloutStopped"], "stopped"),
    (r.StopRollout(at_ms=NOW_MS), ["RolloutStopped"], "stopped"),
    (r.ForgetDevice(device="d00", at_ms=NOW_MS), ["DeviceRevoked", "RolloutDone"], "done"),
]


@pytest.mark.parametrize(("request_", "facts", "state"), ENDS)
def test_what_becomes_of_the_one_that_was_asked(request_: r.Request, facts: list[str], state: str) -> None:
    scene = floor(1)
    start(scene)
    assert kinds(scene.when(request_)) == facts
    assert scene.floor.rollout and scene.floor.rollout.state == state


# what one that was done does before the others are -> facts of it, state of the rollout
LATER: list[tuple[r.ObserveDevice, list[str], str]] = [
    (birth(0, NEW, 3, crash="ValueError: x"), ["DeviceCame", "UpdateFailed", "RolloutStopped"], "stopped"),
    (birth(0, NEW, 3, state="safe"), ["DeviceCame", "UpdateFailed", "RolloutStopped"], "stopped"),
    (birth(0, NEW, 3), ["DeviceCame"], "open"),  # its plug
    (birth(0, NEW, 2, crash="ValueError: x"), ["DeviceCame"], "open"),  # of a start before it was kept, told once more
    (birth(0, "2" * 16, 3, crash="ValueError: x"), ["DeviceCame"], "open"),  # a technician's
]


@pytest.mark.parametrize(("birth_", "facts", "state"), LATER)
def test_firmware_that_does_not_last_stops_it(birth_: r.ObserveDevice, facts: list[str], state: str) -> None:
    scene = floor(3)
    start(scene)
    kept(scene, 0)
    assert kinds(scene.when(birth_)) == facts
    rollout = scene.floor.rollout
    assert rollout and (rollout.state, rollout.done) == (state, int(state == "open"))
    if state == "stopped":
        assert rollout.why == f"d00: It did not last. {birth_.crash}".strip()
        assert kinds(scene.when(birth(0, NEW, 4, crash="ValueError: x"))) == ["DeviceCame"], "it has stopped already"


def test_who_runs_it_already_when_its_turn_comes_is_done() -> None:
    """A technician brought it."""
    scene = floor(3, away=(2,))
    start(scene)
    scene.when(birth(2, NEW, 2))
    came = kept(scene, 0)
    assert (asked(came), kinds(came)[-1]) == (["d01"], "UpdateDone")
    assert kinds(kept(scene, 1))[-1] == "RolloutDone"


def test_who_was_done_and_is_forgotten_counts_no_more() -> None:
    scene = floor(3)
    start(scene)
    kept(scene, 0)
    scene.when(r.ForgetDevice(device="d00", at_ms=NOW_MS))
    assert kinds(kept(scene, 1)) == ["DeviceAnswered", "UpdateDone"]
    assert kinds(kept(scene, 2))[-1] == "RolloutDone"


def test_who_is_on_trial_is_asked_when_that_is_over() -> None:
    scene = floor(1)
    came = scene.when(birth(0, "2" * 16, 2, trial=True))
    assert asked(start(scene)) == []
    [keep] = [fact.id for fact in came if isinstance(fact, f.DeviceAsked)]
    assert asked(scene.when(r.ObserveAnswer(device="d00", id=keep, ok=True, at_ms=NOW_MS))) == ["d00"]


def test_a_refusal_stops_it_with_the_device_s_own_sentence() -> None:
    scene = floor(2)
    id = start(scene)[0].rollout  # type: ignore[attr-defined]
    why = "The manifest is not signed for this device."
    facts = scene.when(r.ObserveAnswer(device="d00", id=id, ok=False, why=why, at_ms=NOW_MS))
    assert brief(facts) == [
        {"kind": "UpdateFailed", "device": "d00", "why": why},
        {"kind": "RolloutStopped", "why": f"d00: {why}"},
    ]
    assert asked(scene.when(birth(1, boot=2))) == [], "nobody else is asked"
    assert scene.when(r.ObserveAnswer(device="d01", id=id, ok=False, why=why, at_ms=NOW_MS)) == []


def test_firmware_on_trial_is_kept_whatever_became_of_its_rollout() -> None:
    scene = floor(1)
    start(scene)
    scene.when(r.StopRollout(at_ms=NOW_MS))
    assert kinds(kept(scene, 0)) == ["DeviceAnswered"]
    assert not scene.floor.devices["d00"].trial


REFUSALS = [
    ({"devices": ("d07",)}, "There is no device d07."),
    ({"devices": ("d00",), "builds": {"wallboard": NEW}}, "There is no build for d00: it is a desk-unit."),
    ({"builds": {"desk-unit": OLD}}, "Every device runs it already."),
    ({"builds": {"wallboard": NEW}}, "Every device runs it already."),
]


@pytest.mark.parametrize(("more", "sentence"), REFUSALS)
def test_what_is_refused(more: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        start(floor(1), **more)


def test_one_rollout_at_a_time_and_none_to_stop() -> None:
    scene = floor(1)
    with pytest.raises(Refused, match="No rollout is under way"):
        scene.when(r.StopRollout(at_ms=NOW_MS))
    start(scene)
    with pytest.raises(Refused, match="is under way: stop it first"):
        start(scene)


def test_a_crash_stays_known_until_the_next() -> None:
    scene = floor(1)
    scene.when(birth(0, boot=2, crash="ValueError: x; line 3"))
    scene.when(birth(0, boot=3))
    device = scene.floor.devices["d00"]
    assert (device.crash, device.crash_boot, device.crash_ms) == ("ValueError: x; line 3", 2, NOW_MS)


def test_another_board_under_the_name_has_no_crash_of_the_one_before() -> None:
    scene = floor(1)
    scene.when(birth(0, boot=2, crash="ValueError: x; line 3"))
    scene.when(r.ObserveKeys(device="d00", keys="ready", at_ms=NOW_MS))
    scene.when(birth(0, boot=1, id="bb"))
    device = scene.floor.devices["d00"]
    assert (device.crash, device.crash_ms, device.stuck) == ("", 0, "")
