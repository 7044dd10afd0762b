"""How many agents a day wants: forecasts from history, and days played again through the rules."""

import random
from datetime import date, datetime, timedelta
from statistics import mean
from zoneinfo import ZoneInfo

import pytest

from edge import facts as f
from edge import requests as r
from edge.books.forecast import History, Wish, forecast, forecast_fit, models, staffing_fit
from edge.books.reports import report
from edge.books.what_if import Change, Day
from edge.facts import ShiftPart, ShiftPlanned
from edge.figures import share
from edge.spans import Span, days
from edge.staffing import Load, agents_for, service
from tests.rules.test_books import HOUR, MIN, Ledger, S

UTC = ZoneInfo("UTC")
MONDAY = date(2026, 11, 23)


def at(day: date, clock: str, zone: ZoneInfo = UTC) -> int:
    return int(datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=zone).timestamp() * 1000)


def calls(ledger: Ledger, day: date, counts: dict[str, int], talk_s: int = 180, zone: ZoneInfo = UTC) -> None:
    for clock, count in counts.items():
        for number in range(count):
            ledger.call(f"{day} {clock} {number}", talk_s=talk_s, at_ms=at(day, clock, zone) + number * S)


def expected(ledger: Ledger, day: date, now_ms: int, **wish: float) -> dict[str, tuple[float, int]]:
    """By clock, what is expected of payments, where that is anything."""
    rows = forecast(History(ledger.books(now_ms)), day, Wish(**wish), ["payments"])  # type: ignore[arg-type]
    zone = ledger.books().zone
    return {
        f"{datetime.fromtimestamp(row.at_ms / 1000, zone):%H:%M}": (row.calls, row.required)
        for row in rows
        if row.queue and row.calls
    }


def test_a_forecast_is_the_mean_of_the_same_weekday() -> None:
    ledger = Ledger()
    for week, count in enumerate((40, 60, 80, 100, 1000), 1):  # the last is too long ago
        calls(ledger, MONDAY - timedelta(weeks=week), {"10:00": count, "10:15": 2})
    calls(ledger, MONDAY - timedelta(days=1), {"10:00": 999})  # a Sunday
    required = agents_for(Load(70, 900, 180), 0.8, 20).agents
    assert expected(ledger, MONDAY, at(MONDAY, "00:00")) == {"10:00": (70, required), "10:15": (2, 2)}
    assert expected(ledger, MONDAY, at(MONDAY, "00:00"), weeks=2)["10:00"][0] == 50


def test_a_holiday_is_no_model_for_a_usual_day_nor_the_other_way_round() -> None:
    ledger = Ledger()
    eve, weeks = MONDAY - timedelta(weeks=52), [MONDAY - timedelta(weeks=week) for week in (1, 2, 3)]
    ledger.given(
        f.CalendarSet(
            calendar="year",
            week={"mon": "09:00-17:00"},
            closed=(f"{weeks[0]}", f"{MONDAY + timedelta(weeks=1)}"),
            open={f"{eve}": "09:00-12:00", f"{MONDAY + timedelta(weeks=2)}": "09:00-12:00"},
            at_ms=0,
        ),
        f.QueueOpened(queue="payments", hours="year", at_ms=0),
    )
    for day, count in ((eve, 7), (weeks[0], 500), (weeks[1], 20), (weeks[2], 30)):
        calls(ledger, day, {"10:00": count})
    history = History(ledger.books(at(MONDAY, "00:00")))
    assert models(history, "payments", MONDAY, 4) == weeks[1:], "the week before was a holiday"
    assert models(history, "payments", MONDAY + timedelta(weeks=1), 4) == [], "closed"
    assert models(history, "payments", MONDAY + timedelta(weeks=2), 4) == [eve], "such days are like each other"


@pytest.mark.parametrize("day", [date(2026, 10, 26), date(2026, 3, 30)])
def test_the_local_clock_is_what_repeats(day: date) -> None:
    """Between the weeks lies the day on which it is set."""
    zone = ZoneInfo("Europe/Berlin")
    ledger = Ledger()
    ledger.given(f.SiteNamed(site="house", timezone=zone.key, at_ms=0))
    calls(ledger, day - timedelta(weeks=1), {"09:30": 4}, zone=zone)
    assert list(expected(ledger, day, at(day, "00:00", zone))) == ["09:30"]


def test_how_well_forecast_and_roster_fit() -> None:
    ledger = Ledger()
    calls(ledger, MONDAY - timedelta(weeks=1), {"10:00": 40, "10:15": 40})
    calls(ledger, MONDAY, {"10:00": 50, "10:15": 30})
    parts = (ShiftPart(at(MONDAY, "10:00"), at(MONDAY, "10:15"), "work"),)
    shifts = tuple(ShiftPlanned(agent=agent, day=f"{MONDAY}", parts=parts, at_ms=0) for agent in ("ana", "bo"))
    ledger.when(r.PlanShifts(shifts=shifts))
    now_ms = at(MONDAY, "23:00")
    rows = [row for row in forecast(History(ledger.books(now_ms)), MONDAY, Wish(), ["payments"]) if row.queue]
    assert forecast_fit(rows) == 1 - (10 + 10) / 80
    required = agents_for(Load(40, 900, 180), 0.8, 20).agents
    assert staffing_fit(rows) == 2 / (2 * required)
    (row,) = report(ledger.books(now_ms), days(f"{MONDAY}", UTC))
    assert (row["forecast_fit"], row["staffing_fit"]) == (0.75, 1 / required)
    assert "forecast_fit" not in report(ledger.books(now_ms), days(f"{MONDAY}", UTC), by=["team"])[0]
    assert forecast_fit([]) is staffing_fit([]) is None


# What if


def steady(agents: int, hours: int, calls_per_h: float = 200, aht_s: float = 180, seed: int = 1) -> tuple[Ledger, Span]:
    """Calls at random at a steady rate, all of them answered at once as the record has it; agents who are there all the time."""
    chance, ledger = random.Random(seed), Ledger()
    start = at(MONDAY, "00:00")
    names = [f"a{n}" for n in range(agents)]
    ledger.given(*(f.AgentMet(agent=name, queues=("payments",), at_ms=start) for name in names))
    for name in names:
        ledger.given(
            f.AgentSignedIn(agent=name, at_ms=start), f.PresenceChanged(agent=name, presence="ready", at_ms=start)
        )
    at_ms, number = float(start), 0
    while at_ms < start + hours * HOUR:
        at_ms += chance.expovariate(calls_per_h) * HOUR
        number += 1
        name, begun_ms = names[number % agents], int(at_ms)
        ledger.given(
            f.ContactEntered(contact=f"c{number}", queue="payments", at_ms=begun_ms),
            f.ContactAnswered(contact=f"c{number}", agent=name, wait_ms=0, at_ms=begun_ms),
            f.ContactEnded(contact=f"c{number}", at_ms=begun_ms + int(chance.expovariate(1 / aht_s) * S)),
        )
    ledger.given(*(f.AgentSignedOut(agent=name, at_ms=start + hours * HOUR + HOUR) for name in names))
    return ledger, Span(start, start + hours * HOUR)


def test_days_played_again_are_what_the_formula_says() -> None:
    """numbers.md: 100 calls in half an hour, three minutes each, 14 agents; by the load that these days came to have."""
    apart, apart_with_two_less = [], []
    for seed in range(6):
        ledger, span = steady(14, 14, seed=seed)
        day = Day(ledger.books(span.to_ms + 2 * HOUR), span)
        assert (day.guessed, day.pause_ms) == (0, 0)
        load = Load(len(day.stays), 14 * 3600, sum(day.busy_ms.values()) / len(day.stays) / S)
        for agents, changes, found in ((14, [], apart), (12, [Change(-2, *span[:2])], apart_with_two_less)):
            level = day.play(changes)[""].figures()["service_level"]
            found.append(level - service(load, agents, 20).service_level)
    assert abs(mean(apart)) < 0.02 and max(map(abs, apart)) < 0.05
    assert abs(mean(apart_with_two_less)) < 0.06


@pytest.mark.parametrize("seed", range(5))
def test_more_agents_never_make_it_worse(seed: int) -> None:
    ledger, span = steady(8, 2, calls_per_h=170, seed=seed)
    day = Day(ledger.books(span.to_ms + 2 * HOUR), span)
    within = [day.play([Change(more, *span[:2])])[""].sums.answered_in_target for more in (-2, 0, 1, 3)]
    assert within == sorted(within)
    assert within[0] < within[-1], "and it matters"
    assert day.play() == day.play(), "the same each time"
    later = day.play([Change(3, span.to_ms - HOUR, span.to_ms)])[""].sums.answered_in_target
    assert within[1] <= later <= within[-1], "from then on only"


def test_whoever_would_not_wait_leaves_as_then_unless_called_before() -> None:
    ledger = Ledger()
    start = at(MONDAY, "09:00")
    ledger.signed_in(since_ms=start - MIN)
    ledger.call("long", talk_s=600, at_ms=start)
    for contact, wait_s in (("hasty", 60), ("patient", 900)):
        ledger.given(
            f.ContactEntered(contact=contact, queue="payments", at_ms=start + S),
            f.ContactAbandoned(contact=contact, wait_ms=wait_s * S, at_ms=start + S + wait_s * S),
        )
    ledger.given(f.AgentSignedOut(agent="ana", at_ms=start + HOUR))
    day = Day(ledger.books(start + 2 * HOUR), Span(start - HOUR, start + HOUR))
    played, changed = day.play()["payments"].sums, day.play([Change(1, start, start + HOUR)])["payments"].sums
    assert (day.as_it_was()["payments"].sums.abandoned, played.abandoned, changed.abandoned) == (2, 1, 0)
    assert (played.answered, changed.answered) == (2, 3)
    assert changed.wait_answered_ms == 600 * S - S, (
        "one more takes the first who waits at once, and the other after ten minutes"
    )


def test_an_agent_away_by_name() -> None:
    ledger, span = steady(2, 1, calls_per_h=30)
    day = Day(ledger.books(span.to_ms + 2 * HOUR), span)
    alone = day.play([Change(0, *span[:2], who="a1")])[""].figures()
    assert alone["asa_s"] > day.play()[""].figures()["asa_s"]
    nobody = day.play([Change(-2, *span[:2])])[""]
    assert (nobody.sums.answered, nobody.sums.offered) == (0, len(day.stays))
    assert share(*nobody.level) is None
