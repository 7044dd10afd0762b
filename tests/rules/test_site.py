"""The site's file against the floor: the difference it shows, the facts it earns, and what may not be taken away."""

import pytest

from edge import facts as f
from edge import requests as r
from edge.requests import Refused, Wanted
from edge.rules.site import difference
from tests.rules.scene import NOW_MS, Scene, brief

FILE: tuple[Wanted, ...] = (
    f.QueueOpened(queue="payments", letter="A", at_ms=0),
    f.DeskOpened(desk="1", at_ms=0),
    f.AgentMet(agent="ana", name="Ana", pin_key="key-ana", queues=("payments",), at_ms=0),
    f.BoardLaidOut(board="hall", title="Hall", tiles=("waiting", "help"), at_ms=0),
    f.DeviceRegistered(device="desk-1", role="desk", desk="1", at_ms=0),
    f.DeviceRegistered(device="counter-1", role="counter", desk="1", at_ms=0),
    f.DeviceRegistered(device="wall-1", role="wallboard", board="hall", at_ms=0),
)


@pytest.fixture
def scene() -> Scene:
    """A floor that the file has made, beside what the exchange and a technician have brought."""
    scene = Scene(bare=True)
    scene.when(r.Configure(wanted=FILE, at_ms=NOW_MS))
    scene.given(
        f.QueueOpened(queue="support", by="exchange", at_ms=NOW_MS),
        f.AgentMet(agent="bo", by="exchange", at_ms=NOW_MS),
        f.DeviceRegistered(device="spare", role="desk", by="technician", at_ms=NOW_MS),
    )
    return scene


def lines(scene: Scene, wanted: tuple[Wanted, ...]) -> list[str]:
    return [str(change) for change in difference(scene.floor, wanted)]


def test_the_same_file_changes_nothing(scene: Scene) -> None:
    assert lines(scene, FILE) == []
    assert scene.when(r.Configure(wanted=FILE, at_ms=NOW_MS)) == []


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ((*FILE, f.DeskOpened(desk="2", team="hall", at_ms=0)), ["+ desk 2"]),
        (
            (f.QueueOpened(queue="payments", letter="B", target_s=30, at_ms=0), *FILE[1:]),
            ["~ queue payments: letter A → B, target_s 20 → 30"],
        ),
        (
            (*FILE[:2], f.AgentMet(agent="ana", name="Ana", pin_key="new", at_ms=0), *FILE[3:]),
            ["~ agent ana: pin changed, queues [payments] → []"],
        ),
        (
            (*FILE[:3], f.BoardLaidOut(board="hall", title="", tiles=("waiting",), at_ms=0), *FILE[4:]),
            ["~ board hall: title Hall → nothing, tiles [waiting, help] → [waiting]"],
        ),
        (FILE[:-1], ["- device wall-1"]),
        (
            (FILE[0],),
            ["- device desk-1", "- device counter-1", "- device wall-1", "- board hall", "- agent ana", "- desk 1"],
        ),
        (
            (f.QueueOpened(queue="support", at_ms=0), *FILE),
            ["~ queue support"],
        ),  # the exchange's own becomes the site's
    ],
)
def test_the_difference_and_the_floor_after_it(scene: Scene, wanted: tuple[Wanted, ...], said: list[str]) -> None:
    assert lines(scene, wanted) == said
    assert scene.when(r.Configure(wanted=wanted, at_ms=NOW_MS))
    assert lines(scene, wanted) == []
    assert {"support"} <= scene.floor.queues.keys()
    assert {"bo"} <= scene.floor.agents.keys()
    assert {"spare"} <= scene.floor.devices.keys()


def test_a_device_stands_where_the_file_says(scene: Scene) -> None:
    desk = scene.floor.desks["1"]
    assert (desk.device, desk.displays) == ("desk-1", ["counter-1"])
    moved = (
        f.DeskOpened(desk="2", at_ms=0),
        *FILE[:4],
        f.DeviceRegistered(device="desk-1", role="desk", desk="2", at_ms=0),
    )
    scene.when(r.Configure(wanted=moved, at_ms=NOW_MS))
    assert (desk.device, desk.displays) == ("", [])
    assert scene.floor.desks["2"].device == "desk-1"
    assert scene.floor.touched >= {"1", "2"}


def test_a_revoked_device_takes_its_commands_along_and_its_marks_stay(scene: Scene) -> None:
    scene.press("ready")
    scene.given(f.DeviceAsked(id="c1", device="desk-1", cmd="identify", until_ms=NOW_MS + 1, at_ms=NOW_MS))
    scene.when(r.Configure(wanted=FILE[:4], at_ms=NOW_MS))
    assert scene.floor.commands == {}
    assert scene.floor.mark("desk-1", "aa:1") == 1
    again = scene.when(r.Configure(wanted=FILE, at_ms=NOW_MS))
    assert brief(again)[0] == {"kind": "DeviceRegistered", "device": "desk-1", "role": "desk", "desk": "1"}


@pytest.mark.parametrize(
    ("given", "gone", "sentence"),
    [
        (
            [f.TicketIssued(contact="A1", queue="payments", number=1, label="A001", at_ms=NOW_MS)],
            0,
            "Queue payments cannot be taken away: 1 wait in it, or are being served.",
        ),
        (
            [f.AgentSignedIn(agent="ana", desk="1", at_ms=NOW_MS)],
            1,
            "Desk 1 cannot be taken away: Ana is signed in there.",
        ),
        (
            [f.AgentSignedIn(agent="ana", at_ms=NOW_MS)],
            2,
            "Agent ana cannot be taken away: signed in. Sign the agent out first.",
        ),
        ([f.HelpRaised(desk="1", at_ms=NOW_MS)], 1, "Desk 1 cannot be taken away: help is asked for there."),
    ],
)
def test_what_is_in_use_stays_and_so_does_all_else(scene: Scene, given: list[f.Fact], gone: int, sentence: str) -> None:
    scene.given(*given)
    before = scene.floor.seq
    wanted = tuple(each for n, each in enumerate(FILE) if n != gone)
    with pytest.raises(Refused) as refused:
        scene.when(r.Configure(wanted=wanted, at_ms=NOW_MS))
    assert str(refused.value) == sentence
    assert scene.floor.seq == before
