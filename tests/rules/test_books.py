"""The books: what a span's rows add up to, whatever clocks, targets, shifts and wrap-ups do to it."""

import random
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo

import msgspec
import pytest
from sqlite_utils import Database

from edge import facts as f
from edge import requests as r
from edge import rosters
from edge.boards import show
from edge.books import Books, Wanted
from edge.books.explain import DEFINITIONS, explain, parse
from edge.books.queue_log import lines
from edge.books.reports import report
from edge.books.tallies import tallies
from edge.books.time_chart import chart, rows, svg
from edge.books.what_if import Change, Day
from edge.derived import Derived, create
from edge.exchange import Reading, read
from edge.figures import INTERVAL_MS, local_day
from edge.floor import Board, presence
from edge.spans import EVERY, Span, parts
from edge.spans import parse as when
from edge.views import lamp
from tests.rules import test_random
from tests.rules.scene import NOW_MS, Scene

S, MIN, HOUR = 1000, 60_000, 3_600_000
BERLIN = ZoneInfo("Europe/Berlin")


class Ledger(Scene):
    """A scene whose facts are in the tables, too."""

    def __init__(self, *, bare: bool = False) -> None:
        self._sql = sqlite3.connect(":memory:", isolation_level=None)
        create(Database(self._sql))
        self.derived = Derived(self._sql)
        super().__init__(bare=bare)

    def given(self, *facts: f.Fact) -> None:
        super().given(*facts)
        self._book()

    def when(self, request: r.Request) -> list[f.Fact]:
        earned = super().when(request)
        self._book()
        return earned

    def _book(self) -> None:
        self.derived.add(self.floor.gains)
        self.floor.gains.clear()

    def books(self, now_ms: int = NOW_MS + HOUR, **of: Any) -> Books:
        return Books(self.floor, self.derived, now_ms, **of)

    def value(self, number: str, now_ms: int = NOW_MS + HOUR, **of: Any) -> float | None:
        value: float | None = explain(self.books(now_ms, **of), number)["value"]
        return value

    def call(
        self, contact: str, wait_s: int = 0, talk_s: int = 60, *, at_ms: int = NOW_MS, queue: str = "payments"
    ) -> None:
        """Answered by ana."""
        begun_ms = at_ms + wait_s * S
        self.given(
            f.ContactEntered(contact=contact, queue=queue, at_ms=at_ms),
            f.ContactAnswered(contact=contact, agent="ana", wait_ms=wait_s * S, at_ms=begun_ms),
            f.ContactEnded(contact=contact, at_ms=begun_ms + talk_s * S),
        )


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def moment(text: str, zone: ZoneInfo = BERLIN) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


# Spans of time


@pytest.mark.parametrize(
    ("day", "intervals", "hours"), [("2026-03-29", 92, 23), ("2026-10-25", 100, 25), ("2026-06-01", 96, 24)]
)
def test_a_day_in_which_the_clock_is_set_has_its_own_number_of_intervals(day: str, intervals: int, hours: int) -> None:
    span = when(day, BERLIN, NOW_MS)
    found = parts(span, "interval", BERLIN)
    assert len(found) == intervals
    assert len({part.name for part in found}) == intervals, "two hours of one name are told apart"
    assert all(part.to_ms - part.from_ms == INTERVAL_MS for part in found)
    assert len(parts(span, "hour", BERLIN)) == hours
    assert len(parts(span, "day", BERLIN)) == len(parts(span, "month", BERLIN)) == 1


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns"])
def test_parts_follow_each_other_without_a_gap(zone: str) -> None:
    span = when("2026-03-01..2026-04-30", ZoneInfo(zone), NOW_MS)
    for every in EVERY:
        found = parts(span, every, ZoneInfo(zone))
        assert [p.to_ms for p in found[:-1]] == [p.from_ms for p in found[1:]], every
        assert (found[0].from_ms, found[-1].to_ms) == span[:2]


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("2026-11", "2026-11-01T00:00", "2026-12-01T00:00"),
        ("2026-12", "2026-12-01T00:00", "2027-01-01T00:00"),
        ("2026-11-20", "2026-11-20T00:00", "2026-11-21T00:00"),
        ("2026-11-20T14", "2026-11-20T14:00", "2026-11-20T15:00"),
        ("2026-11-20T14:15", "2026-11-20T14:15", "2026-11-20T14:30"),
        ("2026-11-01..2026-11-15", "2026-11-01T00:00", "2026-11-16T00:00"),
    ],
)
def test_a_time_as_people_say_it(text: str, begin: str, end: str) -> None:
    assert when(text, BERLIN, NOW_MS) == Span(moment(begin), moment(end), text)


@pytest.mark.parametrize(
    "text",
    [
        *("2026-13", "2026-02-30", "tomorrow", "2026-11-20T14:07", "2026-11-15..2026-11-01", "14:00"),
        *("9999-12-31", "0001-01-01", "9999-12", "0001-01", "9999-12-31T23:45", "2026-11-01..9999-12-31", "3000-01-01"),
    ],
)
def test_what_is_no_time_is_told_so(text: str) -> None:
    with pytest.raises(ValueError, match="is no time; say today"):
        when(text, BERLIN, NOW_MS)


@pytest.mark.parametrize("text", ["1970-01-01", "2999-12-31", "2999-12", "2999-12-31T23:45"])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_first_and_the_last_of_the_years_are_times(text: str, zone: str) -> None:
    span = when(text, ZoneInfo(zone), NOW_MS)
    assert all(parts(span, every, ZoneInfo(zone)) for every in EVERY)


def test_the_last_quarter_of_an_hour_is_that_of_the_walls(ledger: Ledger) -> None:
    now_ms = NOW_MS + 20 * MIN
    ledger.call("old", at_ms=now_ms - 15 * MIN)
    ledger.call("new", 30, at_ms=now_ms - 14 * MIN)
    assert ledger.value("answered(payments, 15 min)", now_ms) == 1
    assert ledger.value("service_level(payments, 15 min)", now_ms) == 0
    assert ledger.value("service_level(payments, 30 min)", now_ms) == 0.5


# Contacts


def test_a_new_target_holds_from_then_on_and_can_be_asked_of_any_past(ledger: Ledger) -> None:
    ledger.call("a", 30)
    ledger.given(f.QueueOpened(queue="payments", letter="A", target_s=40, variant="offered", at_ms=NOW_MS + 10 * MIN))
    ledger.call("b", 30, at_ms=NOW_MS + 11 * MIN)
    assert ledger.value("service_level(payments, today)") == 0.5
    assert ledger.value("service_level(payments, today)", wanted=Wanted(target_s=40)) == 1
    assert ledger.value("service_level(payments, today)", wanted=Wanted(target_s=10)) == 0
    assert ledger.value("service_level(payments, today)", wanted=Wanted(target_s=30)) == 1
    assert ledger.value("service_level(payments, today)", wanted=Wanted(target_s=30, under=True)) == 0
    (whole,) = report(ledger.books(), when("today", ledger.books().zone, NOW_MS), by=["queue"])
    assert (whole["variant"], whole["target_s"], whole["service_level"]) == ("offered", 40, 0.5)
    before = Span(NOW_MS - HOUR, NOW_MS + MIN, "before")
    (past,) = report(ledger.books(), before, by=["queue"])
    assert (past["variant"], past["target_s"]) == ("answered", 20), "by what held then"


def test_a_wait_of_just_the_target_counts_as_it_did_then(ledger: Ledger) -> None:
    ledger.call("a", 20)
    ledger.given(f.QueueOpened(queue="payments", letter="A", under=True, at_ms=NOW_MS + 10 * MIN))
    ledger.call("b", 20, at_ms=NOW_MS + 11 * MIN)
    told = explain(ledger.books(), "service_level(payments, today)")
    assert ([row["numerator"] for row in told["rows"]], told["terms"][0]["under"]) == ([1, 0], True)
    for under, counts in ((True, [0, 0]), (False, [1, 1])):
        told = explain(ledger.books(wanted=Wanted(under=under)), "service_level(payments, today)")
        assert ([row["numerator"] for row in told["rows"]], told["terms"][0]["under"]) == (counts, under)


def test_who_still_waits_for_less_than_the_target_is_not_held_against_it(ledger: Ledger) -> None:
    ledger.given(f.QueueOpened(queue="payments", letter="A", target_s=20, variant="offered", at_ms=NOW_MS))
    ledger.call("a", 5)
    for contact, age_s in (("old", 20), ("young", 19)):
        ledger.given(f.ContactEntered(contact=contact, queue="payments", at_ms=NOW_MS + HOUR - age_s * S))
    told = explain(ledger.books(), "service_level(payments)")
    assert (told["numerator"], told["denominator"]) == (1, 2)
    assert [row["contact"] for row in told["rows"]] == ["a", "old"]


def test_handling_counts_where_the_wrap_up_ends(ledger: Ledger) -> None:
    """Of a call: talk, and the wrap-up that follows it, in the interval in which that ends."""
    ledger.signed_in()
    start = NOW_MS - NOW_MS % INTERVAL_MS + INTERVAL_MS
    ledger.given(
        f.ContactEntered(contact="c", queue="payments", at_ms=start - 100 * S),
        f.ContactAnswered(contact="c", agent="ana", wait_ms=0, at_ms=start - 100 * S),
        f.PresenceChanged(agent="ana", presence="wrap_up", at_ms=start - 50 * S),
        f.ContactEnded(contact="c", at_ms=start - 40 * S),
    )
    assert ledger.value("aht(payments)", start) is None, "it goes on"
    ledger.given(f.PresenceChanged(agent="ana", presence="ready", at_ms=start + 30 * S))
    by_part = tallies(ledger.books(), Span(start - INTERVAL_MS, start + INTERVAL_MS), "interval", ["queue"]).of
    handled = [(t.handled, t.handled_ms) for _, t in sorted(by_part.items(), key=lambda item: item[0][0].from_ms)]
    assert handled == [(0, 0), (1, 60 * S + 70 * S)]
    assert ledger.value("aht(payments)") == ledger.value("aht(agent:ana)") == 130


def test_a_tickets_wrap_up_is_its_own(ledger: Ledger) -> None:
    ledger.signed_in()
    ledger.serving()
    ledger.when(r.PressKey(desk="1", key="wrap_up", at_ms=NOW_MS + 60 * S))
    ledger.when(r.PressKey(desk="1", key="ready", at_ms=NOW_MS + 90 * S))
    assert ledger.value("aht(payments)") == 90


def test_owners_who_see_it_through(ledger: Ledger) -> None:
    ledger.given(f.AgentSignedIn(agent="bo", desk="2", at_ms=NOW_MS))
    ledger.given(f.PresenceChanged(agent="bo", presence="ready", at_ms=NOW_MS))
    ledger.signed_in()
    ledger.serving("A1")
    ledger.when(r.PressKey(desk="1", key="ready", at_ms=NOW_MS + 60 * S))
    for label, confirms in (("A2", True), ("A3", False)):
        ledger.serving(label)
        ledger.when(r.MoveTicket(ticket=label, desk="2", at_ms=NOW_MS + 70 * S))
        ledger.when(r.PressKey(desk="2", key="next", at_ms=NOW_MS + 80 * S))
        ledger.when(r.PressKey(desk="2", key="ready", at_ms=NOW_MS + 90 * S))
        ledger.when(r.PressKey(desk="2", key="ready", at_ms=NOW_MS + 100 * S))
        if confirms:
            ledger.when(r.ConfirmOutcome(ticket=label, agent="ana", at_ms=NOW_MS + 110 * S))
    told = explain(ledger.books(), "ownership(agent:ana)")
    assert (told["numerator"], told["denominator"]) == (2, 3), "who ends it personally has seen it through"


def test_the_clock_set_back_makes_no_negative_time(ledger: Ledger) -> None:
    ledger.signed_in()
    ledger.given(
        f.ContactEntered(contact="c", queue="payments", at_ms=NOW_MS + 100 * S),
        f.ContactAnswered(contact="c", agent="ana", wait_ms=0, at_ms=NOW_MS + 50 * S),
        f.ContactEnded(contact="c", at_ms=NOW_MS + 10 * S),
        f.PresenceChanged(agent="ana", presence="not_ready", at_ms=NOW_MS),
    )
    books = ledger.books()
    assert all(p.to_ms > p.from_ms for p in books.periods(Span(0, NOW_MS * 2)))
    assert all(min(s.wait_ms, s.talk_ms, s.ended_ms - s.entered_ms) >= 0 for s in books.stays(Span(0, NOW_MS * 2)))


# Agents


def test_a_period_that_crosses_midnight_is_split_there(ledger: Ledger) -> None:
    midnight = moment("2026-11-25T00:00", ZoneInfo("UTC"))
    ledger.given(
        f.AgentSignedIn(agent="ana", desk="1", at_ms=midnight - HOUR),
        f.PresenceChanged(agent="ana", presence="ready", at_ms=midnight - 10 * MIN),
        f.AgentSignedOut(agent="ana", at_ms=midnight + 20 * MIN),
    )
    books = ledger.books(midnight + HOUR)
    spent = {
        part.name: {state: ms // MIN for (state, _), ms in tally.state_ms.items()}
        for (part, _), tally in tallies(books, Span(midnight - 2 * HOUR, midnight + HOUR), "day").of.items()
    }
    assert spent == {"2026-11-24": {"not_ready": 50, "ready": 10}, "2026-11-25": {"ready": 20}}


def test_a_contact_while_not_ready_is_serving_and_no_ready_time(ledger: Ledger) -> None:
    ledger.given(
        f.AgentSignedIn(agent="ana", desk="1", at_ms=NOW_MS),
        f.PresenceChanged(agent="ana", presence="not_ready", reason="training", at_ms=NOW_MS),
    )
    ledger.call("c", talk_s=1800)
    (tally,) = tallies(ledger.books(), Span(NOW_MS, NOW_MS + HOUR)).of.values()
    assert tally.state_ms == {("serving", ""): 1800 * S, ("not_ready", "training"): 1800 * S}
    assert ledger.value("occupancy") == 1
    assert ledger.value("utilisation") == 0.5


def test_who_takes_a_contact_while_not_ready_is_not_available(ledger: Ledger) -> None:
    """The worked case of presence, on lamps and walls: serving, and nobody to call for the next."""
    ledger.given(f.ReasonNamed(reason="prayer", at_ms=NOW_MS))
    ledger.signed_in("not_ready", "prayer")
    ledger.given(f.ContactEntered(contact="c", queue="payments", at_ms=NOW_MS))
    ledger.given(f.ContactAnswered(contact="c", agent="ana", wait_ms=0, at_ms=NOW_MS))
    floor = ledger.floor
    assert presence(floor, floor.agents["ana"]) == lamp(floor, floor.desks["1"], NOW_MS)["presence"] == "serving"
    assert (ledger.value("ready(payments)"), ledger.value("serving(payments)")) == (0, 1)
    shown = show(floor, Board("b", tiles=("ready", "ready(payments)", "serving(payments)")), NOW_MS, (0, 2 * NOW_MS))
    assert [each.value for each in shown] == ["0", "0", "1"]


def planned(ledger: Ledger, *lines_: str) -> None:
    found = rosters.parse(
        [",".join(rosters.COLUMNS), *lines_], ledger.books().zone, ledger.floor.agents, ("break", "meal")
    )
    ledger.when(r.PlanShifts(shifts=tuple(found), at_ms=NOW_MS - 24 * HOUR))


def test_adherence_conformance_and_attendance(ledger: Ledger) -> None:
    day = moment("2026-11-23T00:00", ZoneInfo("UTC"))
    planned(
        ledger,
        "ana,2026-11-23,09:00,13:00,work",
        "ana,2026-11-23,11:00,11:30,break",
        "bo,2026-11-23,09:00,10:00,work",
    )
    ledger.given(
        f.AgentSignedIn(agent="ana", desk="1", at_ms=day + 9 * HOUR + 15 * MIN),
        f.PresenceChanged(agent="ana", presence="ready", at_ms=day + 9 * HOUR + 15 * MIN),
        f.PresenceChanged(agent="ana", presence="not_ready", reason="break", at_ms=day + 11 * HOUR + 10 * MIN),
        f.PresenceChanged(agent="ana", presence="ready", at_ms=day + 11 * HOUR + 40 * MIN),
        f.AgentSignedOut(agent="ana", at_ms=day + 13 * HOUR + 30 * MIN),
    )
    now_ms = day + 15 * HOUR
    of = "agent:ana, 2026-11-23"
    astray_min = 15 + 10 + 10  # late, then the break ten minutes later than planned
    assert ledger.value(f"adherence({of})", now_ms) == pytest.approx(1 - astray_min / 240)
    worked_min = (11 * 60 + 10 - 9 * 60 - 15) + (13 * 60 + 30 - 11 * 60 - 40)
    assert ledger.value(f"conformance({of})", now_ms) == pytest.approx(worked_min / 210)
    assert ledger.value(f"attendance({of})", now_ms) == pytest.approx(15 / 16), "of 16 intervals one began without her"
    assert ledger.value("attendance(agent:bo, 2026-11-23)", now_ms) == 0
    assert ledger.value("conformance(agent:ana, 2026-11-22)", now_ms) is None, "nothing was scheduled"
    rows_ = {
        row["agent"]: row
        for row in report(ledger.books(now_ms), when("2026-11-23", ledger.books().zone, 0), by=["agent"])
    }
    assert rows_["ana"]["adherence"] == pytest.approx(1 - astray_min / 240)
    assert rows_["ana"]["unplanned"] == 2, "13:00 and 13:15: there, and not rostered"
    assert rows_["bo"]["adherence"] == rows_["bo"]["conformance"] == 0
    nothing = Span(day - 24 * HOUR, day, "the day before")
    assert tallies(ledger.books(now_ms), nothing).of == {}, "and without a roster there is no adherence"


def test_work_counts_as_worked_on_days_on_which_it_was_planned(ledger: Ledger) -> None:
    """Two hours planned on one day, and two worked on each of three: whole as by the day and by the hour; and all of a day's work
    counts, whichever part of the day is asked for."""
    day = moment("2026-11-23T00:00", ZoneInfo("UTC"))
    planned(ledger, "ana,2026-11-23,09:00,11:00,work", "ana,2026-11-24,09:00,09:30,break")
    for number in range(3):
        begun = day + 24 * HOUR * number + 9 * HOUR
        ledger.given(
            f.AgentSignedIn(agent="ana", desk="1", at_ms=begun),
            f.PresenceChanged(agent="ana", presence="ready", at_ms=begun),
            f.AgentSignedOut(agent="ana", at_ms=begun + (3 if number == 0 else 2) * HOUR),
        )
    now_ms = day + 5 * 24 * HOUR
    books, whole = ledger.books(now_ms), "2026-11-23..2026-11-25"
    told = explain(books, f"conformance(agent:ana, {whole})")
    assert (told["numerator"], told["denominator"]) == (3 * 3600, 2 * 3600)
    for every in ("", *EVERY):
        of = tallies(books, when(whole, books.zone, now_ms), every).of.values()
        assert (sum(t.worked_ms for t in of), sum(t.work_ms for t in of)) == (3 * HOUR, 2 * HOUR), every
    by_day = [row["conformance"] for row in report(books, when(whole, books.zone, now_ms), "day")]
    assert by_day == [1.5, None, None]
    assert explain(books, "conformance(agent:ana, 2026-11-23T11)")["numerator"] == 3600, (
        "after the shift, and that day's"
    )
    early = ledger.books(day + 8 * HOUR)
    assert explain(early, "conformance(agent:ana, 2026-11-23)")["value"] is None, "it has not begun"


def test_a_shift_is_replaced_and_taken_back(ledger: Ledger) -> None:
    planned(ledger, "ana,2026-11-23,09:00,13:00,work")
    planned(ledger, "ana,2026-11-23,10:00,12:00,")
    whole = Span(0, 2 * NOW_MS)
    assert [(p.to_ms - p.from_ms) // HOUR for p in ledger.books().plans(whole)] == [2]
    planned(ledger, "ana,2026-11-23,,,")
    assert ledger.books().plans(whole) == []


def test_the_time_chart_divides_each_paid_hour(ledger: Ledger) -> None:
    start = NOW_MS - NOW_MS % HOUR
    ledger.given(
        f.ReasonNamed(reason="meal", paid=False, at_ms=start),
        f.TeamFormed(team="blue", vendor="Acme", at_ms=start),
        f.AgentMet(agent="ana", team="blue", at_ms=start),
        f.AgentSignedIn(agent="ana", desk="1", at_ms=start),
        f.PresenceChanged(agent="ana", presence="ready", at_ms=start),
        f.PresenceChanged(agent="ana", presence="not_ready", reason="meal", at_ms=start + 30 * MIN),
        f.PresenceChanged(agent="ana", presence="not_ready", reason="<b>", at_ms=start + 45 * MIN),
        f.AgentSignedOut(agent="ana", at_ms=start + HOUR),
    )
    books, span = ledger.books(start + 2 * HOUR), Span(start, start + HOUR, "an hour")
    found = {
        row["reason"] or row["state"]: (row["vendor"], row["paid"], row["share"])
        for row in rows(books, span, ["vendor"])
    }
    assert found == {"ready": ("Acme", True, 2 / 3), "meal": ("Acme", False, None), "<b>": ("Acme", True, 1 / 3)}
    picture = svg(chart(books, span, ["agent"]), "Time & all", lambda segment: segment[1] or segment[0], "h")
    assert "Time &amp; all" in picture and "&lt;b&gt;" in picture and "meal" not in picture


def test_a_reader_of_some_queues_does_not_learn_which_kind_of_break_it_is(ledger: Ledger) -> None:
    start = NOW_MS - NOW_MS % HOUR
    ledger.given(f.ReasonNamed(reason="meal", paid=False, at_ms=start))
    ledger.signed_in(since_ms=start)
    for minute, reason in ((20, "meal"), (30, "training")):
        ledger.given(
            f.PresenceChanged(agent="ana", presence="not_ready", reason=reason, at_ms=start + minute * MIN),
        )
    ledger.given(f.AgentSignedOut(agent="ana", at_ms=start + HOUR))
    span, own = Span(start, start + HOUR, "an hour"), {"queues": frozenset(["payments"])}
    told = {
        state: [(row["paid"], row["time_s"], row["share"]) for row in rows(ledger.books(**of), span, ["agent"])]
        for state, of in (("all", {}), ("own", own))
    }
    assert told["all"] == [(True, 1200, 0.4), (False, 600, None), (True, 1800, 0.6)]
    assert told["own"] == [(True, 1200, 1), (None, 2400, None)]
    shown = chart(ledger.books(**own), span, ["agent"])
    assert shown.groups["ana"] == {("ready", ""): 20 * MIN}, "nor by the picture"


def test_a_reader_of_some_queues_sees_no_other_tenant(ledger: Ledger) -> None:
    ledger.given(
        f.QueueOpened(queue="payments", letter="A", tenant="bank", at_ms=NOW_MS),
        f.QueueOpened(queue="support", tenant="shop", at_ms=NOW_MS),
        f.TeamFormed(team="blue", tenant="shop", at_ms=NOW_MS),
        f.AgentMet(agent="ana", queues=("payments", "support"), team="blue", at_ms=NOW_MS),
    )
    ledger.signed_in()
    ledger.call("c")
    span = Span(NOW_MS, NOW_MS + HOUR, "an hour")
    for own, tenants in ((None, ["bank", "shop"]), (frozenset(["payments"]), ["", "bank"])):
        books = ledger.books(queues=own)
        found = report(books, span, by=["tenant"]) + rows(books, span, ["tenant"])
        assert sorted({row["tenant"] for row in found}) == tenants


HELPS = [
    # team, kind, raised, acknowledged, arrived, closed: minutes
    ("blue", "supervisor", 0, 3, 4, 5),
    ("blue", "supervisor", 10, 11, 13, 20),
    ("blue", "technical", 21, 26, None, 30),
    ("red", "supervisor", 31, None, 40, 41),  # who comes has heard
    ("red", "supervisor", 42, None, None, 43),  # withdrawn
    ("red", "safety", 44, 45, None, None),  # goes on
]
HELPED = [
    # team, kind              acknowledged: mean, worst  arrived: mean, worst (s)
    (("blue", "supervisor"), (120, 180), (210, 240)),
    (("blue", "technical"), (300, 300), (None, None)),
    (("red", "supervisor"), (540, 540), (540, 540)),
    (("red", "safety"), (60, 60), (None, None)),
]


@pytest.fixture
def helped(ledger: Ledger) -> Ledger:
    for desk, team in (("1", "blue"), ("2", "red")):
        ledger.given(f.DeskOpened(desk=desk, team=team, at_ms=NOW_MS))
    for team, kind, *minutes in HELPS:
        desk = "1" if team == "blue" else "2"
        steps = (f.HelpRaised, f.HelpAcknowledged, f.HelpArrived, f.HelpClosed)
        for step, minute in zip(steps, minutes, strict=True):
            if minute is not None:
                ledger.given(step(desk=desk, help=kind, at_ms=NOW_MS + minute * MIN))  # type: ignore[arg-type]
    return ledger


@pytest.mark.parametrize(("group", "acknowledged", "arrived"), HELPED)
def test_how_soon_help_came_by_team_and_kind(
    helped: Ledger, group: tuple[str, str], acknowledged: tuple[float, float], arrived: tuple[float, float]
) -> None:
    books = helped.books()
    found = {
        (row["team"], row["kind"]): row for row in report(books, when("today", books.zone, NOW_MS), by=["team", "kind"])
    }
    assert {key for key in found if key[1]} == {key for key, *_ in HELPED}
    row = found[group]
    assert (row["help_acknowledge_s"], row["help_acknowledge_worst_s"]) == acknowledged
    assert (row["help_arrive_s"], row["help_arrive_worst_s"]) == arrived


@pytest.mark.parametrize(
    ("number", "seconds"),
    [
        ("help_acknowledge(team:blue)", 180),
        ("help_acknowledge(kind:supervisor)", 260),
        ("help_arrive", 320),
        ("help_arrive(kind:technical)", None),
    ],
)
def test_how_soon_help_came_is_explained(helped: Ledger, number: str, seconds: float | None) -> None:
    assert helped.value(number) == seconds


# Rosters as files


def test_a_roster_with_a_night_and_a_break(ledger: Ledger) -> None:
    (shift,) = rosters.parse(
        [",".join(rosters.COLUMNS), "ana,2026-10-24,22:00,06:00,work", "ana,2026-10-24,23:30,24:00,break"],
        BERLIN,
        ["ana"],
        ["break"],
    )
    told = [(part.activity, (part.to_ms - part.from_ms) / HOUR) for part in shift.parts]
    assert told == [("work", 1.5), ("break", 0.5), ("work", 7.0)], "the night in which the clock is set back is longer"


@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_a_roster_as_spreadsheets_write_it(between: str) -> None:
    text = [
        '\ufeff"Agent",day , from,to,activity',
        "",
        "ana,2026-11-23, 09:00 ,10:00,work",
        ",,,,",
        '"ana",2026-11-24,9:00,10:00,',
    ]
    found = rosters.parse([line.replace(",", between) for line in text], BERLIN, ["ana"], [])
    assert [shift.day for shift in found] == ["2026-11-23", "2026-11-24"]


WRONG = [
    ("nix,2026-11-23,09:00,10:00,work", "line 2: there is no agent nix"),
    ("ana,23.11.2026,09:00,10:00,work", "line 2: '23.11.2026' is no day, as in 2026-11-30"),
    ("ana,2026-11-23,9,10:00,work", "line 2: '9' is no time of day, as in 09:00"),
    ("ana,2026-11-23,09:00,25:00,work", "line 2: '25:00' is no time of day, as in 09:00"),
    ("ana,2026-11-23,09:00,10:00,nap", "line 2: there is no activity nap; there are work, break"),
    ("ana,9999-12-31,22:00,06:00,work", "line 2: '9999-12-31' is no day, as in 2026-11-30"),
    (
        "ana,2026-11-23,22:00,06:00,work\nana,2026-11-24,04:00,12:00,work",
        "ana: the shift of 2026-11-24 begins before that of 2026-11-23 ends",
    ),
    (
        f"ana,2026-11-23,09:00,10:00,{'w' * 140_000}",
        "line 2: field larger than field limit (131072); is a quote not closed there?",
    ),
    ('ana,2026-11-23,09:00,"10:00,work', "line 2: there are 5 columns: agent,day,from,to,activity"),
    ("ana,2026-11-23,09:00", "line 2: there are 5 columns: agent,day,from,to,activity"),
    ("ana,2026-11-23,09:00,10:00,work\nana,2026-11-23,09:30,11:00,work", "line 3: it begins before line 2 ends"),
]


@pytest.mark.parametrize(("text", "sentence"), WRONG)
def test_what_is_wrong_with_a_roster_is_said_by_its_line(text: str, sentence: str) -> None:
    with pytest.raises(rosters.Bad) as bad:
        rosters.parse([",".join(rosters.COLUMNS), *text.split("\n")], BERLIN, ["ana"], ["break", "break"])
    assert str(bad.value) == sentence


def shifts(*lines_: str) -> list[f.ShiftPlanned]:
    text = [",".join(rosters.COLUMNS), *(f"ana,{line}" for line in lines_)]
    return rosters.parse(text, BERLIN, ["ana"], ["meal", "training"])


@pytest.mark.parametrize(
    ("new", "clashes"),
    [
        ("2026-11-24,22:00,06:00,work", []),
        ("2026-11-24,22:00,08:00,work", ["ana: the shift of 2026-11-25 begins before that of 2026-11-24 ends"]),
        ("2026-11-23,00:00,04:00,work", []),
        ("2026-11-22,22:00,06:00,work", []),
        ("2026-11-25,05:00,09:00,work", []),  # in place of that day's
    ],
)
def test_a_shift_does_not_overlap_what_is_planned_for_other_days(new: str, clashes: list[str]) -> None:
    same = (f.ShiftPart(NOW_MS, NOW_MS + HOUR, "work"),)
    old = [f.ShiftPlanned(agent="ana", day=day, parts=same, at_ms=0) for day in ("2026-11-20", "2026-11-21")]
    there = [*shifts("2026-11-25,07:00,12:00,work"), *old]
    assert list(rosters.overlaps(shifts(new), there)) == clashes, "and of what was there before nothing is said"


def test_a_shift_that_goes_on_at_midnight_is_one() -> None:
    evening = ("2026-11-23,16:00,24:00,work", "2026-11-23,19:30,20:00,meal")
    morning = ("2026-11-24,00:00,08:00,work", "2026-11-24,03:00,03:30,meal")
    wanted = [
        "ana, 2026-11-23: 15 hours; more than 8 is too long.",
        "ana, 2026-11-23: 7 hours without a break; one is due by the 5th hour.",
    ]
    assert list(rosters.hard(shifts(*evening, *morning), lambda name: name != "meal")) == wanted
    assert list(rosters.hard(shifts(*morning), lambda name: name != "meal", shifts(*evening))) == wanted
    assert list(rosters.hard(shifts(*morning), lambda name: name != "meal")) == []


@pytest.mark.parametrize(
    ("rows_", "hard"),
    [
        (["09:00,17:00,work", "12:00,12:30,meal"], []),
        (["08:00,18:00,work", "12:00,13:00,meal"], ["9 hours; more than 8 is too long."]),
        (["09:00,15:00,work"], ["6 hours without a break; one is due by the 5th hour."]),
        (["09:00,14:00,work"], []),
        (["09:00,17:00,work", "11:00,12:00,training"], ["8 hours without a break; one is due by the 5th hour."]),
    ],
)
def test_what_is_hard_on_people_is_said_and_not_forbidden(rows_: list[str], hard: list[str]) -> None:
    found = shifts(*(f"2026-11-23,{row}" for row in rows_))
    told = list(rosters.hard(found, lambda name: name != "meal"))
    assert [sentence.removeprefix("ana, 2026-11-23: ") for sentence in told] == hard


# What stands behind a number


@pytest.mark.parametrize(
    "text", ["service_level", "aht(team:front, 2026-11)", "waiting(payments)", "asa(a, b, today)", "help"]
)
def test_a_number_is_said_as_it_was_asked(text: str) -> None:
    assert str(parse(text)) == text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("nix(payments)", "'nix(payments)' is no number; as in service_level"),
        ("asa(payments, someday)", "There is no queue payments, someday here"),
        ("asa(nix, today)", "There is no queue nix here"),
        ("asa(team:nix)", "There is no team nix here"),
        ("waiting(payments, today)", "waiting is a number of this moment: it has no time"),
        ("occupancy(payments)", "occupancy is of agents, teams, vendors, tenants or the site, not of a queue"),
    ],
)
def test_what_cannot_be_explained_is_told_so(ledger: Ledger, text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=r"\w") as error:
        explain(ledger.books(), text)
    assert str(error.value).startswith(sentence)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_every_number_can_be_explained_of_an_empty_floor(name: str, ledger: Ledger) -> None:
    told = explain(ledger.books(), name)
    assert told["rows"] == []
    assert told["value"] in (0, None)
    assert name != "longest_wait" or told["value"] is None, "as the wall shows it: nobody waits"
    msgspec.json.encode(told)


def test_a_reader_sees_only_their_own_queues_and_no_reasons(ledger: Ledger) -> None:
    ledger.given(f.AgentMet(agent="cy", queues=("support",), at_ms=NOW_MS))
    ledger.signed_in(own="not_ready", reason="break")
    ledger.call("mine")
    ledger.call("theirs", queue="support")
    own = {"queues": frozenset(["payments"])}
    assert ledger.value("offered", **own) == 1
    spans = Span(0, 2 * NOW_MS, "ever")
    told = explain(ledger.books(**own), "utilisation(today)")["rows"] + rows(ledger.books(**own), spans, ["agent"])
    assert told and all(row["reason"] == "" and row.get("queue", "") in ("", "payments") for row in told)
    for hidden in ("offered(support)", "utilisation(agent:cy)"):
        with pytest.raises(ValueError, match="There is no"):
            explain(ledger.books(**own), hidden)


def test_what_a_reader_may_not_see_counts_all_the_same(ledger: Ledger) -> None:
    """A meal that was kept is kept, and an unpaid one is not paid, for whoever looks."""
    day = moment("2026-11-23T00:00", ZoneInfo("UTC"))
    ledger.given(f.ReasonNamed(reason="meal", paid=False, at_ms=0))
    planned(ledger, "ana,2026-11-23,09:00,11:00,work", "ana,2026-11-23,10:00,10:30,meal")
    for hours, state, reason in ((9, "ready", ""), (10, "not_ready", "meal"), (10.5, "ready", "")):
        at_ms = int(day + hours * HOUR)
        if state == "ready" and hours == 9:
            ledger.given(f.AgentSignedIn(agent="ana", desk="1", at_ms=at_ms))
        ledger.given(f.PresenceChanged(agent="ana", presence=state, reason=reason, at_ms=at_ms))  # type: ignore[arg-type]
    ledger.given(f.AgentSignedOut(agent="ana", at_ms=day + 11 * HOUR))
    own = {"queues": frozenset(["payments"])}
    for reader in ({}, own):
        assert ledger.value("adherence(agent:ana, 2026-11-23)", day + 12 * HOUR, **reader) == 1
        books = ledger.books(day + 12 * HOUR, **reader)
        whole = chart(books, when("2026-11-23", books.zone, 0), ["agent"])
        assert whole.groups["ana"].total() == 90 * MIN
    told = explain(ledger.books(day + 12 * HOUR, **own), "adherence(agent:ana, 2026-11-23)")["rows"]
    assert "meal" not in str(told)
    with pytest.raises(ValueError, match="Help is not for this reader"):
        explain(ledger.books(**own), "help_arrive")


def test_who_came_back_to_the_line_waits_no_more_for_the_first_time(ledger: Ledger) -> None:
    """Called in time, nobody came, again in the line: on the wall as in the books."""
    ledger.given(f.QueueOpened(queue="payments", letter="A", variant="offered", at_ms=NOW_MS))
    ledger.signed_in()
    ledger.called("A1")
    ledger.given(f.NoShowNoted(contact="A1", place=0, at_ms=NOW_MS + S))
    ledger.waiting("A2", at_ms=NOW_MS + S)
    ledger.given(f.ContactParked(contact="A2", until_ms=NOW_MS + HOUR, at_ms=NOW_MS + S))
    now_ms = NOW_MS + 5 * S
    (shown,) = show(
        ledger.floor, Board("b", tiles=("service_level(payments)",)), now_ms, local_day(now_ms, ZoneInfo("UTC"))
    )
    assert shown.value == "100"
    assert ledger.value("service_level(payments)", now_ms) == 1


def test_a_wrap_up_counts_for_its_contact_however_late_it_is_told(ledger: Ledger) -> None:
    ledger.signed_in(since_ms=NOW_MS - 900 * S)
    ledger.call("c", talk_s=60, at_ms=NOW_MS - 400 * S)
    for second, key in ((340, "wrap_up"), (325, "ready")):
        ledger.press(key, age_ms=second * S)
    assert ledger.value("aht(payments)") == 75


def test_a_wrap_up_long_after_a_contact_is_for_none(ledger: Ledger) -> None:
    ledger.signed_in()
    ledger.call("c", talk_s=60)
    for minutes, state in ((30, "wrap_up"), (50, "ready")):
        ledger.given(f.PresenceChanged(agent="ana", presence=state, at_ms=NOW_MS + minutes * MIN))  # type: ignore[arg-type]
    assert ledger.value("aht(payments)", NOW_MS + 2 * HOUR) == 60


def test_rows_name_the_journals_rows(ledger: Ledger) -> None:
    first = ledger.floor.seq + 1
    ledger.call("c")
    (row,) = explain(ledger.books(), "answered(payments)")["rows"]
    assert row["journal"] == [first, first + 2]


def test_the_books_as_a_queue_log(ledger: Ledger) -> None:
    ledger.call("c|1", 5, 61)
    ledger.given(
        f.ContactEntered(contact="d", queue="payments", at_ms=NOW_MS),
        f.ContactAbandoned(contact="d", wait_ms=1500, at_ms=NOW_MS + 1500),
    )
    at = NOW_MS // 1000

    def told() -> Iterator[str]:
        return lines(ledger.books(), Span(NOW_MS, NOW_MS + HOUR))

    assert list(told()) == [
        f"{at}|c/1|payments|NONE|ENTERQUEUE||c/1|1",
        f"{at}|d|payments|NONE|ENTERQUEUE||d|1",
        f"{at + 1}|d|payments|NONE|ABANDON|1|1|2",
        f"{at + 5}|c/1|payments|ana|CONNECT|5|c/1|0",
        f"{at + 66}|c/1|payments|ana|COMPLETEAGENT|5|61|1",
    ]


OUTCOMES = ("offered", "answered", "abandoned", "timed_out", "left_otherwise")


def outcomes(books: Books, span: Span) -> dict[str, list[int]]:
    found = {row["queue"]: [row[name] for name in OUTCOMES] for row in report(books, span, by=["queue"])}
    return {queue: counts for queue, counts in found.items() if any(counts)}


def test_what_is_moved_cancelled_expired_or_never_came_is_read_again_as_it_was(ledger: Ledger) -> None:
    at = NOW_MS // 1000
    ledger.given(
        f.QueueOpened(queue="payments", letter="A", no_show="end", at_ms=NOW_MS),
        f.AgentMet(agent="bo", queues=("payments", "support"), at_ms=NOW_MS),
        f.AgentSignedIn(agent="bo", desk="2", at_ms=NOW_MS),
        f.PresenceChanged(agent="bo", presence="ready", at_ms=NOW_MS),
    )
    ledger.signed_in()

    def press(second: int, *keys: str, desk: str = "1", long: bool = False) -> None:
        for key in keys:
            ledger.when(r.PressKey(desk=desk, key=key, press="long" if long else "short", at_ms=NOW_MS + second * S))

    def issue(second: int, *names: str) -> None:
        for name in names:
            ledger.when(r.IssueTicket(queue="payments", contact=name, at_ms=NOW_MS + second * S))

    def left(second: int, name: str, outcome: Any, wait_s: int) -> None:
        at_ms = NOW_MS + second * S
        ledger.given(f.ContactLeft(contact=name, outcome=outcome, wait_ms=wait_s * S, at_ms=at_ms))

    issue(1, "moved")
    press(11, "next", "ready")
    ledger.when(r.MoveTicket(ticket="moved", queue="support", at_ms=NOW_MS + 75 * S))
    press(90, "next", "ready", desk="2")
    press(195, "ready", desk="2")
    issue(200, "cancelled", "expired", "overflowed", "moved on")
    left(230, "cancelled", "cancelled", 30)
    left(240, "expired", "expired", 40)
    moved = f.ContactMoved(contact="overflowed", queue="support", why="overflow", at_ms=NOW_MS + 250 * S)
    ledger.given(moved, f.ContactAbandoned(contact="overflowed", wait_ms=9 * S, at_ms=NOW_MS + 259 * S))
    ledger.when(r.MoveTicket(ticket="moved on", queue="support", at_ms=NOW_MS + 260 * S))
    left(270, "moved on", "cancelled", 10)
    issue(300, "never came", "gone")
    press(310, "next")
    press(320, "next", long=True)
    left(330, "never came", "cancelled", 30)
    press(335, "next", "ready")
    press(340, "ready")
    told = list(lines(ledger.books(), Span(NOW_MS, NOW_MS + HOUR)))
    assert [line for line in told if "moved|" in line][1:4] == [
        f"{at + 11}|moved|payments|ana|CONNECT|10|moved|0",
        f"{at + 75}|moved|payments|ana|COMPLETEAGENT|10|64|1",
        f"{at + 75}|moved|support|NONE|ENTERQUEUE||A001|1",
    ]
    assert f"{at + 230}|cancelled|payments|NONE|EXITWITHKEY|0|1|1|30" in told
    assert f"{at + 310}|never came|payments|ana|CONNECT|10|never came|0" in told, "who called it"
    again, reading = Ledger(bare=True), Reading()
    for line in read([f"{line}\n".encode() for line in told], reading):
        again.when(line)
    assert (reading.malformed, reading.out_of_order, sum(reading.unknown.values())) == (0, 0, 0), reading.examples
    span = Span(NOW_MS, NOW_MS + HOUR, "an hour")
    assert outcomes(again.books(), span) == outcomes(ledger.books(), span)
    assert outcomes(ledger.books(), span) == {"payments": [7, 3, 0, 0, 4], "support": [3, 1, 1, 0, 1]}


@pytest.mark.parametrize("seed", range(8))
def test_random_days_are_read_again_as_they_were(seed: int) -> None:
    """With all that can happen to a ticket, and calls between them."""
    chance, now_ms = random.Random(seed), NOW_MS
    day = test_random.Day(chance.choice(get_args(f.Strategy)))
    for _ in range(250):
        now_ms += chance.choice([0, 10, 3_000, 20_000, 60_000])
        asked = test_random.numbered(day.floor, test_random.at_work(chance, day.floor), now_ms, 0)
        test_random.step(day, asked, now_ms)
    again, reading, span = Ledger(bare=True), Reading(), Span(NOW_MS - 24 * HOUR, now_ms + 1, "a day")
    books = Books(day.floor, day.derived, now_ms + 1)
    for line in read([f"{line}\n".encode() for line in lines(books, span)], reading):
        again.when(line)
    assert (reading.malformed, reading.out_of_order) == (0, 0), reading.examples
    assert outcomes(again.books(now_ms + MIN), span) == outcomes(books, span)


# What if


def test_a_ticket_that_is_parked_keeps_no_agent(ledger: Ledger) -> None:
    """Called for 5 s, served for 60, parked for an hour, called for 5 and served for 60: that is what it takes."""
    ledger.signed_in()
    for second, key in ((10, "next"), (15, "ready")):
        if key == "next":
            ledger.when(r.IssueTicket(queue="payments", contact="parked", at_ms=NOW_MS + S))
        ledger.when(r.PressKey(desk="1", key=key, at_ms=NOW_MS + second * S))
    ledger.when(r.ParkTicket(ticket="parked", back_s=3600, at_ms=NOW_MS + 75 * S))
    for number in range(4):
        begun = 200 + 600 * number
        ledger.when(r.IssueTicket(queue="payments", contact=f"{number}", at_ms=NOW_MS + begun * S))
        for second, key in ((5, "next"), (10, "ready"), (70, "ready")):
            ledger.when(r.PressKey(desk="1", key=key, at_ms=NOW_MS + (begun + second) * S))
    for second, key in ((3680, "next"), (3685, "ready"), (3745, "ready")):
        ledger.when(r.PressKey(desk="1", key=key, at_ms=NOW_MS + second * S))
    ledger.when(r.SignOut(agent="ana", at_ms=NOW_MS + 4000 * S))
    span = Span(NOW_MS, NOW_MS + 2 * HOUR, "two hours")
    day = Day(ledger.books(NOW_MS + 2 * HOUR), span)
    assert {stay.contact: day.busy_ms[stay.from_seq] // S for stay in day.stays} == {
        "parked": 130,
        **dict.fromkeys("0123", 65),
    }
    for played in (day.as_it_was(), day.play(), day.play([Change(1, span.from_ms, span.to_ms)])):
        figures = played[""].figures()
        assert (figures["answered"], figures["service_level"]) == (5, 1)
