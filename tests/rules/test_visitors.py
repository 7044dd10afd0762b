"""What visitors press: a ticket at a dispenser, a rating at a desk's pad; how bright and loud devices are."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from edge import dim, visitors
from edge import facts as f
from edge import requests as r
from edge.facts import Fact
from edge.requests import Refused
from edge.wire import AGE_MS_MAX, LATE_MS, RATE_MS
from tests.rules.scene import NOW_MS, brief
from tests.rules.test_books import Ledger

DAY = NOW_MS - 3_600_000, NOW_MS + 3_600_000


class Entrance(Ledger):
    """A floor with a dispenser of two queues and a pad at desk 1."""

    def __init__(self, printer: str = "") -> None:
        super().__init__()
        self._count = 0
        self.given(
            f.QueueOpened(queue="payments", letter="A", title="Payments", title_zh="缴费", at_ms=NOW_MS),
            f.OutsideCame(name="front", sort="printer", at_ms=NOW_MS),
            f.DeviceRegistered(
                device="dispenser-1",
                role="dispenser",
                queues=("payments", "support"),
                printer=printer,
                lang="zh",
                at_ms=NOW_MS,
            ),
            f.DeviceRegistered(device="rating-1", role="rating", desk="1", at_ms=NOW_MS),
        )

    def event(self, device: str, age_ms: int | None = 0, at_ms: int = NOW_MS, **fields: Any) -> list[Fact]:
        seq = fields.pop("seq", 0) or self.floor.mark(device, "aa:1") + 1
        lane = {"device": device, "id": "aa", "boot": 1, "seq": seq, "first": 1}
        return self.when(r.DeviceEvent(at_ms=at_ms - (age_ms or 0), age_ms=age_ms, **lane, **fields))

    def take(self, door: int, age_ms: int | None = 0, **fields: Any) -> list[Fact]:
        return self.event("dispenser-1", age_ms, door=door, **fields)

    def rate(self, score: int, asked: int = 1, age_ms: int | None = 0, **fields: Any) -> list[Fact]:
        return self.event("rating-1", age_ms, score=score, asked=asked, **fields)

    def serve(self, ticket: str, at_ms: int = NOW_MS) -> None:
        """At desk 1, from beginning to end."""
        call = f.TicketCalled(contact=ticket, agent="ana", desk="1", announcement=1, wait_ms=0, at_ms=at_ms)
        self.given(
            call, f.ServingBegan(contact=ticket, at_ms=at_ms), f.ContactEnded(contact=ticket, at_ms=at_ms + 60_000)
        )

    def pad(self, now_ms: int = NOW_MS) -> dict[str, Any]:
        return visitors.rating(self.floor, self.floor.devices["rating-1"], now_ms)

    def answer(self) -> dict[str, Any]:
        return visitors.dispenser(self.floor, self.floor.devices["dispenser-1"], NOW_MS, DAY)


def test_one_event_is_one_ticket_and_its_slip() -> None:
    entrance = Entrance(printer="front")
    issued, slip = entrance.take(1, seq=1)
    assert isinstance(issued, f.TicketIssued) and isinstance(slip, f.SlipAsked)
    assert (issued.label, issued.lang, issued.queue, issued.by) == ("A001", "zh", "payments", "device:dispenser-1")
    assert (slip.printer, slip.text, slip.event) == ("front", "A001\n缴费\n0", ("dispenser-1", "aa:1", 1))
    told = entrance.answer()
    assert [told[k] for k in ("boot", "seq", "verdict", "number", "title", "slip")] == [
        1,
        1,
        "done",
        "A001",
        "缴费",
        True,
    ]
    assert entrance.take(1, seq=1) == [], "sent again it is decided already"
    assert len(entrance.floor.queues["payments"].waiting) == 1


def test_without_a_printer_there_is_a_ticket_all_the_same() -> None:
    for printer in ("", "gone"):
        entrance = Entrance(printer)
        assert [type(fact).__name__ for fact in entrance.take(2)] == ["TicketIssued"]
        assert (entrance.answer()["number"], entrance.answer()["slip"]) == ("001", False)


# door, age -> the fact and its sentence
REFUSED = [
    (3, 0, "PressRefused", "This key gives no tickets."),
    (1, LATE_MS + 1, "PressExpired", "Too long ago: press again."),
    (1, None, "PressExpired", "Too long ago: press again."),
]


@pytest.mark.parametrize(("door", "age_ms", "kind", "why"), REFUSED)
def test_what_gives_no_ticket_says_why(door: int, age_ms: int | None, kind: str, why: str) -> None:
    entrance = Entrance()
    assert [(type(fact).__name__, fact.why) for fact in entrance.take(door, age_ms)] == [(kind, why)]  # type: ignore[attr-defined]
    told = entrance.answer()
    assert (told["verdict"], told["why"], told["number"]) == (kind[5:].lower(), why, "")
    assert not entrance.floor.contacts


def test_a_door_says_what_it_is() -> None:
    entrance = Entrance()
    device = entrance.floor.devices["dispenser-1"]
    doors = visitors.doors(entrance.floor, device, NOW_MS, DAY)
    assert doors[0] == {"title": "缴费", "state": "open", "opens": "", "waiting": 0, "wait_min": None}
    entrance.take(1)
    entrance.given(f.QueueShut(queue="support", at_ms=NOW_MS))
    doors = visitors.doors(entrance.floor, device, NOW_MS, DAY)
    assert [(door["state"], door["waiting"]) for door in doors] == [("open", 1), ("shut", 0)]
    (refused,) = entrance.take(2)
    assert brief([refused])[0]["why"] == "support takes no more tickets now."
    entrance.given(f.QueueRemoved(queue="support", at_ms=NOW_MS))
    assert visitors.doors(entrance.floor, device, NOW_MS, DAY)[1]["state"] == "shut"


def test_a_visitor_is_asked_once_and_rates_once() -> None:
    entrance = Entrance()
    entrance.signed_in()
    (ticket,) = entrance.take(1)
    assert entrance.pad()["ask"] == 0
    entrance.serve(ticket.contact)  # type: ignore[attr-defined]
    shown = entrance.pad(NOW_MS + 63_000)
    assert [shown[k] for k in ("ask", "number", "age_s")] == [1, "A001", 3]
    (rated,) = entrance.rate(5, at_ms=NOW_MS + 65_000)
    assert brief([rated])[0]["score"] == 5
    assert entrance.pad()["ask"] == 0 and entrance.pad()["verdict"] == "done"
    (again,) = entrance.rate(1, at_ms=NOW_MS + 65_000)
    assert brief([again])[0]["why"] == "It is rated already."


# asked, age, when it comes (ms after the service ended) -> what it earns
RATED = [
    (1, 0, 5_000, "TicketRated"),
    (1, 3_600_000, 3_605_000, "TicketRated"),  # the pad was cut off for an hour
    (1, None, 5_000, "TicketRated"),  # booked at its arrival, and marked
    (1, 0, RATE_MS + 1, "PressRefused"),
    (1, AGE_MS_MAX + 1, AGE_MS_MAX + 2, "PressExpired"),
    (2, 0, 5_000, "PressRefused"),  # never asked
]


@pytest.mark.parametrize(("asked", "age_ms", "after_ms", "kind"), RATED)
def test_a_late_rating_goes_to_its_own_ticket(asked: int, age_ms: int | None, after_ms: int, kind: str) -> None:
    entrance = Entrance()
    entrance.signed_in()
    entrance.waiting("A1")
    entrance.serve("A1")
    entrance.waiting("A2")
    if after_ms < RATE_MS:  # the next one is being served meanwhile
        entrance.given(
            f.TicketCalled(contact="A2", agent="ana", desk="1", announcement=2, wait_ms=0, at_ms=NOW_MS + 61_000),
            f.ServingBegan(contact="A2", at_ms=NOW_MS + 61_000),
        )
        assert entrance.pad()["ask"] == 0
    facts = entrance.rate(4, asked, age_ms, at_ms=NOW_MS + 60_000 + after_ms)
    assert [type(fact).__name__ for fact in facts] == [kind]
    if kind == "TicketRated":
        assert (brief(facts)[0]["contact"], facts[0].age_unknown) == ("A1", age_ms is None)


def test_devices_press_only_what_is_theirs() -> None:
    entrance = Entrance()
    for device, fields in (
        ("desk-1", {"door": 1}),
        ("rating-1", {"door": 1}),
        ("dispenser-1", {"score": 5, "asked": 1}),
    ):
        assert [type(fact).__name__ for fact in entrance.event(device, **fields)] == ["PressRefused"], device
    assert not entrance.floor.contacts


def test_satisfaction_and_its_two_denominators() -> None:
    """Ten are served, four of them at a desk without a pad; five of the six who are asked rate: 5 5 4 2 1."""
    entrance = Entrance()
    entrance.signed_in()
    for n, score in enumerate((5, 5, 4, 2, 1, 0), 1):
        entrance.waiting(f"A{n}")
        entrance.serve(f"A{n}", NOW_MS + n)
        if score:
            entrance.rate(score, n, at_ms=NOW_MS + 60_000)
    entrance.given(f.DeviceRevoked(device="rating-1", at_ms=NOW_MS))
    for n in range(7, 11):
        entrance.waiting(f"A{n}")
        entrance.serve(f"A{n}", NOW_MS + n)
    wanted = {"rated": 5, "satisfaction": 3.4, "satisfied": 0.6, "response_rate": 0.5, "response_of_asked": 5 / 6}
    assert {name: entrance.value(name) for name in wanted} == wanted
    assert entrance.value("rated(agent:ana)") == 5 and entrance.value("satisfaction(support)") is None


def test_registering_a_dispenser() -> None:
    entrance = Entrance()
    wish = r.RegisterDevice(device="dispenser-2", role="dispenser", queues=("payments",), at_ms=NOW_MS)
    (registered,) = entrance.when(wish)
    assert brief([registered])[0]["queues"] == ("payments",)
    assert entrance.when(wish) == []
    for queues, why in ((("nix",), "no queue nix"), ((), "1 to 6 queues"), (("payments",) * 7, "1 to 6 queues")):
        with pytest.raises(Refused, match=why):
            entrance.when(r.RegisterDevice(device="dispenser-3", role="dispenser", queues=queues))


BERLIN = ZoneInfo("Europe/Berlin")
CLOCK = [
    ("00:10", 20, 60),
    ("06:59", 20, 60),
    ("07:00", 100, 60),
    ("12:30", 100, 0),
    ("13:00", 100, 60),
    ("23:59", 20, 60),
]


@pytest.mark.parametrize(("clock", "percent", "volume"), CLOCK)
def test_brightness_and_volume_go_by_the_sites_clock(clock: str, percent: int, volume: int) -> None:
    entrance = Entrance()
    at_ms = int(datetime.fromisoformat(f"2026-11-20T{clock}").replace(tzinfo=BERLIN).timestamp() * 1000)
    assert dim.light(entrance.floor, at_ms) == {"percent": 100, "volume": 100}
    assert not entrance.floor.is_lit
    said = {"brightness": {"07:00": 100, "20:00": 20}, "volume": 60, "quiet": "12:00-13:00"}
    entrance.given(f.SiteNamed(site="s", timezone="Europe/Berlin", at_ms=NOW_MS, **said))  # type: ignore[arg-type]
    assert dim.light(entrance.floor, at_ms) == {"percent": percent, "volume": volume}
    entrance.given(f.SiteNamed(site="s", at_ms=NOW_MS))
    assert entrance.floor.is_lit, "its devices have yet to hear that all is as it was"


def test_keys_that_are_stuck_are_told_once_and_shown() -> None:
    entrance = Entrance()
    for keys, facts in (("next", 1), ("next", 0), ("", 1), ("", 0)):
        assert len(entrance.when(r.ObserveKeys(device="desk-1", keys=keys))) == facts
        assert entrance.floor.devices["desk-1"].stuck == keys
