"""The numbers of docs/numbers.md: worked cases that were published, and records that were counted."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from edge import facts as f
from edge.exchange import Reading, read
from edge.figures import INTERVAL_MS, VARIANTS, Sums, local_day, service_level, share, total
from edge.floor import Floor
from edge.fold import apply
from edge.rules import decide
from edge.views import floor_page
from tests.rules.scene import NOW_MS, Scene

RECORD = Path(__file__).parents[2] / "edge" / "commands" / "asterisk22.queue_log"
ICMI = Sums(
    answered=1000, answered_in_target=860, abandoned=60, abandoned_in_target=20, abandoned_short=10
)  # ICMI 2002, in numbers.md

WORKED = [
    # sums                                variant                    percent
    (ICMI, "answered", "86.00"),
    (ICMI, "answered_or_left", "83.02"),
    (ICMI, "abandons_against", "81.13"),
    (ICMI, "late_abandons_against", "82.69"),
    (ICMI, "drop_short", "81.90"),
    (Sums(answered=9, answered_in_target=9, abandoned=25, abandoned_in_target=15), "answered_or_left", "70.59"),
    # of 37 lost 20 in time: what Asterisk itself counts (numbers.md, "Live Asterisk 22")
    (Sums(answered=9, answered_in_target=4, abandoned=25, timed_out=12, abandoned_in_target=20), "asterisk2", "52.17"),
]


@pytest.mark.parametrize(("sums", "variant", "percent"), WORKED)
def test_service_level(sums: Sums, variant: str, percent: str) -> None:
    level = share(*service_level(sums, variant))
    assert level is not None
    assert f"{level:.2%}" == percent + "%"


@pytest.mark.parametrize("variant", VARIANTS)
def test_without_a_denominator_there_is_no_rate(variant: str) -> None:
    assert share(*service_level(Sums(), variant)) is None


def test_a_contact_counts_where_it_entered(scene: Scene) -> None:
    """Wholly, also when it waits past the interval's end."""
    start = NOW_MS - NOW_MS % INTERVAL_MS
    entered = start + INTERVAL_MS - 1
    scene.waiting("c", channel="call", at_ms=entered)
    scene.given(
        f.ContactAnswered(contact="c", agent="ana", wait_ms=20_000, at_ms=entered + 20_000),
        f.ContactEnded(contact="c", talk_ms=7000, at_ms=entered + 60_000),
    )
    (sums,) = scene.floor.sums("payments", start, start + INTERVAL_MS)
    assert (sums.offered, sums.answered, sums.answered_in_target, sums.talk_ms) == (1, 1, 1, 7000)
    assert not scene.floor.sums("payments", start + INTERVAL_MS, start + 9 * INTERVAL_MS)


@pytest.mark.parametrize(
    ("under", "wait_ms", "within"),
    [(False, 20_000, 1), (False, 20_001, 0), (True, 19_999, 1), (True, 20_000, 0)],
)
def test_the_target_is_inclusive_unless_a_queue_wants_less(
    scene: Scene, under: bool, wait_ms: int, within: int
) -> None:
    scene.given(f.QueueOpened(queue="payments", letter="A", under=under, at_ms=NOW_MS))
    for contact in "cd":
        scene.waiting(contact)
    scene.given(
        f.ContactAnswered(contact="c", agent="ana", wait_ms=wait_ms, at_ms=NOW_MS + wait_ms),
        f.ContactAbandoned(contact="d", wait_ms=wait_ms, at_ms=NOW_MS + wait_ms),
    )
    (sums,) = scene.floor.sums("payments", 0, NOW_MS * 2)
    assert (sums.answered_in_target, sums.abandoned_in_target) == (within, within)


def test_a_no_show_is_answered_and_talks_not(scene: Scene) -> None:
    scene.called()
    scene.given(f.NoShowNoted(contact="A1", at_ms=NOW_MS + 90_000))
    (sums,) = scene.floor.sums("payments", 0, NOW_MS * 2)
    assert (sums.answered, sums.no_show, sums.talk_ms) == (1, 1, 0)


def test_hold_is_not_talk(scene: Scene) -> None:
    scene.called()
    for at_s, fact in ((10, f.ServingBegan), (20, f.ContactHeld), (50, f.ContactResumed), (55, f.ContactHeld)):
        scene.given(fact(contact="A1", at_ms=NOW_MS + at_s * 1000))
    scene.given(f.ContactEnded(contact="A1", at_ms=NOW_MS + 60_000))
    (sums,) = scene.floor.sums("payments", 0, NOW_MS * 2)
    assert sums.talk_ms == 15_000


HOURS = [
    # zone               day                     hours long
    ("UTC", datetime(2026, 3, 29, 12, tzinfo=UTC), 24),
    ("Europe/Berlin", datetime(2026, 3, 29, 12, tzinfo=UTC), 23),
    ("Europe/Berlin", datetime(2026, 10, 25, 12, tzinfo=UTC), 25),
    ("Asia/Shanghai", datetime(2026, 3, 29, 23, tzinfo=UTC), 24),
]


@pytest.mark.parametrize(("zone", "at", "hours"), HOURS)
def test_local_days(zone: str, at: datetime, hours: int) -> None:
    at_ms = int(at.timestamp() * 1000)
    start, end = local_day(at_ms, ZoneInfo(zone))
    assert start <= at_ms < end
    assert end - start == hours * 3_600_000


def test_the_page_shows_the_local_day_only(scene: Scene) -> None:
    day = local_day(NOW_MS, ZoneInfo("Asia/Shanghai"))
    scene.waiting("before", at_ms=day[0] - 1)
    scene.waiting("first", at_ms=day[0])
    page = floor_page(scene.floor, NOW_MS, day)
    (payments,) = [queue for queue in page["queues"] if queue["queue"] == "payments"]
    assert (payments["today"]["offered"], payments["waiting"]) == (1, 2)
    assert payments["oldest_ms"] == day[0] - 1
    assert payments["service_level"]["share"] is None
    assert payments["asa_s"] is None


def test_a_million_contacts_of_old_leave_the_floor_small(scene: Scene) -> None:
    """Only two days of figures stay in the floor; the rest is in the journal's table."""
    for day in range(10):
        scene.waiting(f"c{day}", at_ms=NOW_MS + day * 86_400_000)
    assert len(scene.floor.figures) == 3


ASTERISK = [
    # queue     target  variant             percent; what Asterisk 22 itself said at the session's end
    ("support", 3, "answered", "63.6"),
    ("support", 3, "asterisk2", "66.7"),
    ("sales", 5, "answered", "44.4"),
    ("sales", 5, "asterisk2", "52.2"),
    ("sales", 5, "answered_or_left", "70.6"),
]


@pytest.mark.parametrize(("queue", "target_s", "variant", "percent"), ASTERISK)
def test_the_recorded_session_has_asterisks_own_shares(queue: str, target_s: int, variant: str, percent: str) -> None:
    floor = Floor()
    for line in read(RECORD.read_bytes().splitlines(), Reading(), target_s=target_s):
        for fact in decide(floor, line):
            apply(floor, fact)
    level = share(*service_level(total(floor.sums(queue, 0, 2 * NOW_MS)), variant))
    assert level is not None
    assert f"{level:.1%}" == percent + "%"
