"""What is outside: who answers there is told once, a job waits for its printer, a notice is taken once and ends by itself."""

import pytest

from edge import facts as f
from edge import requests as r
from edge.floor import next_deadline
from edge.requests import Refused
from edge.views import floor_page
from tests.rules.scene import NOW_MS, Scene, brief

AT = {"at_ms": NOW_MS, "by": "rims"}
HOUR_MS = 3_600_000


def lost(why: str) -> r.ObserveOutside:
    return r.ObserveOutside(name="hall", sort="printer", why=why, **AT)


def test_a_loss_is_a_fact_once_and_another_reason_is_no_other_loss(scene: Scene) -> None:
    assert brief(scene.when(lost("paper is out"))) == [
        {"kind": "OutsideLost", "name": "hall", "sort": "printer", "why": "paper is out"}
    ]
    assert scene.when(lost("paper is out")) == []
    scene.when(r.ObserveOutside(name="hall", sort="printer", why="no answer", at_ms=NOW_MS + 5, by="rims"))
    assert scene.floor.outside["hall"].since_ms == NOW_MS
    assert floor_page(scene.floor, NOW_MS, (0, 1))["alarms"] == ["The printer hall cannot be used: no answer."]
    assert brief(scene.when(lost(""))) == [{"kind": "OutsideCame", "name": "hall", "sort": "printer"}]
    assert scene.when(lost("")) == []
    assert floor_page(scene.floor, NOW_MS, (0, 1))["alarms"] == []


def test_what_the_file_no_longer_names_is_gone(scene: Scene) -> None:
    scene.when(lost("no answer"))
    scene.when(r.ObserveOutside(name="cloud", sort="cloud", **AT))
    assert scene.when(r.ObserveOutsides(names=("hall", "cloud"), **AT)) == []
    (gone,) = scene.when(r.ObserveOutsides(names=("cloud",), **AT))
    assert brief([gone]) == [{"kind": "OutsideRemoved", "name": "hall"}]
    assert list(scene.floor.outside) == ["cloud"]


def test_a_job_waits_until_it_is_printed_or_cancelled(scene: Scene) -> None:
    asked = r.AskSlip(job="j1", printer="hall", slip="test", **AT)
    with pytest.raises(Refused, match="There is no printer hall; the site has none"):
        scene.when(asked)
    scene.when(lost("paper is out"))
    assert brief(scene.when(asked)) == [{"kind": "SlipAsked", "job": "j1", "printer": "hall", "slip": "test"}]
    assert scene.when(asked) == [], "asked twice it is one job"
    assert list(scene.floor.slips) == ["j1"]
    assert brief(scene.when(r.ObserveSlip(job="j1", **AT))) == [{"kind": "SlipPrinted", "job": "j1"}]
    assert scene.when(r.ObserveSlip(job="j1", **AT)) == [], "told twice"
    with pytest.raises(Refused, match="does not wait"):
        scene.when(r.CancelSlip(job="j1", **AT))
    scene.when(r.AskSlip(job="j2", printer="hall", slip="notice", text="x", lang="zh", **AT))
    scene.when(r.CancelSlip(job="j2", **AT))
    assert scene.floor.slips == {}


def notice(number: int, until_ms: int = NOW_MS + HOUR_MS) -> r.TakeNotice:
    return r.TakeNotice(lane="2026", number=number, id=f"n{number}", text=f"line {number}", until_ms=until_ms, **AT)


def test_a_notice_is_taken_once_and_ends_at_its_own_time(scene: Scene) -> None:
    (taken,) = scene.when(notice(4))
    assert isinstance(taken, f.NoticeTaken)
    assert scene.when(notice(4)) == [], "the hub sends again what was decided"
    scene.when(notice(9, NOW_MS + 60_000))
    assert list(scene.floor.notices) == ["n4", "n9"]
    assert next_deadline(scene.floor) == NOW_MS + 60_000
    (ended,) = scene.when(r.Tick(at_ms=NOW_MS + 90_000))
    assert (ended.at_ms, brief([ended])) == (NOW_MS + 60_000, [{"kind": "NoticeEnded", "id": "n9"}])
    assert list(scene.floor.notices) == ["n4"]


def test_a_hub_that_counts_anew_loses_no_notice(scene: Scene) -> None:
    scene.when(notice(4))
    (taken,) = scene.when(notice(3))
    assert taken.event is None, "the lane's mark does not go back"
    assert list(scene.floor.notices) == ["n4", "n3"]


def test_a_notice_that_comes_after_its_time_is_decided_and_stands_on_no_wall(scene: Scene) -> None:
    assert [fact["kind"] for fact in brief(scene.when(notice(1, NOW_MS)))] == ["NoticeTaken", "NoticeEnded"]
    assert scene.floor.notices == {}
    assert scene.when(notice(1, NOW_MS)) == []


def test_a_device_of_a_technician_can_be_forgotten_one_of_the_file_not(scene: Scene) -> None:
    scene.when(r.RegisterDevice(device="desk-3", role="counter", desk="1", at_ms=NOW_MS))
    (revoked,) = scene.when(r.ForgetDevice(device="desk-3", at_ms=NOW_MS))
    assert isinstance(revoked, f.DeviceRevoked)
    assert "desk-3" not in scene.floor.desks["1"].displays
    scene.given(f.DeviceRegistered(device="desk-1", role="desk", desk="1", by="site", at_ms=NOW_MS))
    for device, why in (("desk-3", "There is no device desk-3."), ("desk-1", "desk-1 is in the site's file: take it")):
        with pytest.raises(Refused, match=why):
            scene.when(r.ForgetDevice(device=device, at_ms=NOW_MS))


REGISTRATIONS = [
    # request                                                what is refused; nothing: it is done
    ({"device": "desk-9", "role": "desk", "desk": "9"}, "There is no desk 9."),
    ({"device": "wall-1", "role": "wallboard", "board": "hall"}, "There is no board hall."),
    ({"device": "hall-1", "role": "hall", "board": "hall"}, "There is no board hall."),
    ({"device": "other", "role": "desk", "desk": "1"}, "Desk 1 has its desk unit already: desk-1."),
    ({"device": "counter-1", "role": "counter", "desk": "1"}, ""),
]


@pytest.mark.parametrize(("fields", "why"), REGISTRATIONS)
def test_a_technician_registers_a_device(scene: Scene, fields: dict[str, str], why: str) -> None:
    request = r.RegisterDevice(**fields, at_ms=NOW_MS, by="flash")  # type: ignore[arg-type]
    if why:
        with pytest.raises(Refused) as refused:
            scene.when(request)
        assert str(refused.value) == why
        return
    assert [fact["kind"] for fact in brief(scene.when(request))] == ["DeviceRegistered"]
    assert scene.when(request) == [], "provisioned anew it is the same device"
    assert scene.floor.desks["1"].displays == ["counter-1"]
