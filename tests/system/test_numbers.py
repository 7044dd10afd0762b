"""No number twice: across restarts, crashes, and a journal that is put back from a backup."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from edge import facts as f
from edge import requests as r
from edge.core import Ask, Core, unheard
from edge.journal import Journal
from tests.system.test_core import NOW_MS

SITE = r.Configure(at_ms=NOW_MS, wanted=(f.QueueOpened(queue="q", letter="A", at_ms=0),))


def begin(state: Path, now_ms: int = NOW_MS) -> Core:
    """As `floorboard core` does it."""
    core = Core(Journal(state / "journal.db"))
    wishes = [SITE, *core.journal.numbers.skips(core.floor, now_ms)]
    core.step([Ask(wish, unheard) for wish in wishes], now_ms)
    return core


def issue(core: Core, count: int, now_ms: int = NOW_MS) -> list[int]:
    asks = [Ask(r.IssueTicket(queue="q", at_ms=now_ms), unheard) for _ in range(count)]
    core.step(asks, now_ms)
    numbers = [fact.number for _, _, fact in core.journal.read() if isinstance(fact, f.TicketIssued)]
    return numbers[-count:]


def test_a_restart_goes_on(tmp_path: Path) -> None:
    core = begin(tmp_path)
    assert issue(core, 3) == [1, 2, 3]
    core.journal.close()
    assert issue(begin(tmp_path), 2) == [4, 5], "and leaves none out"


Restore = Callable[[Path, Path], None]


def put_back(state: Path, backup: Path) -> None:
    for stale in state.glob("journal.db*"):
        stale.unlink()
    shutil.copy(backup, state / "journal.db")


def put_over(state: Path, backup: Path) -> None:
    """In place: the file is the same, its content is not."""
    for stale in state.glob("journal.db-*"):
        stale.unlink()
    (state / "journal.db").write_bytes(backup.read_bytes())


@pytest.mark.parametrize("restore", [put_back, put_over])
@pytest.mark.parametrize("more", [1, 7, 60, 130])
def test_a_backup_put_back_goes_on_above_all_that_was_given_out(tmp_path: Path, restore: Restore, more: int) -> None:
    state = tmp_path / "state"
    state.mkdir()
    core = begin(state)
    given = issue(core, 20)
    core.journal.back_up(tmp_path / "copy.db")
    given += issue(core, more)
    core.journal.close()
    restore(state, tmp_path / "copy.db")
    again = begin(state)
    for _ in range(2):
        assert not set(issue(again, 30)) & set(given)
        again.journal.close()
        again = begin(state)
    assert again.floor.queues["q"].number <= 20 + more + 50 + 60, "few are left out, and only once"


def test_an_old_file_that_somebody_copied_back(tmp_path: Path) -> None:
    core = begin(tmp_path)
    given = issue(core, 5)
    core.journal.close()
    old = (tmp_path / "journal.db").read_bytes()
    core = begin(tmp_path)
    given += issue(core, 100)
    core.journal.close()
    for stale in tmp_path.glob("journal.db-*"):
        stale.unlink()
    (tmp_path / "journal.db").write_bytes(old)
    assert not set(issue(begin(tmp_path), 10)) & set(given)


def test_where_the_note_is_lost_too_a_hundred_are_left_out(tmp_path: Path) -> None:
    core = begin(tmp_path)
    issue(core, 7)
    core.journal.close()
    (tmp_path / "numbers.json").unlink()
    assert issue(begin(tmp_path), 1) == [108]


def test_yesterdays_note_means_nothing_today(tmp_path: Path) -> None:
    core = begin(tmp_path)
    issue(core, 7)
    core.journal.back_up(tmp_path / "copy.db")
    core.journal.close()
    put_back(tmp_path, tmp_path / "copy.db")
    tomorrow_ms = NOW_MS + 86_400_000
    core = begin(tmp_path, tomorrow_ms)
    for contact in list(core.floor.contacts):
        core.step([Ask(r.CancelTicket(ticket=contact, at_ms=tomorrow_ms), unheard)], tomorrow_ms)
    assert issue(core, 2, tomorrow_ms) == [1, 2]


def test_a_note_that_cannot_be_written_issues_nothing(tmp_path: Path) -> None:
    core = begin(tmp_path)
    (tmp_path / "numbers.new").mkdir()
    outcomes: list[object] = []
    core.step([Ask(r.IssueTicket(queue="q", at_ms=NOW_MS), outcomes.append)], NOW_MS)
    assert "could not be written" in str(outcomes[0])
    assert core.floor.contacts == {}


def test_a_backup_of_last_night_put_back_on_the_next_day(tmp_path: Path) -> None:
    """After a start the file still has yesterday's high number; today's low ones are noted all the same."""
    state = tmp_path / "state"
    state.mkdir()
    core = begin(state)
    issue(core, 200)
    waiting = [r.CancelTicket(ticket=name, at_ms=NOW_MS) for name in core.floor.contacts]
    core.step([Ask(wish, unheard) for wish in waiting], NOW_MS)
    core.journal.close()
    backup = tmp_path / "backup.db"
    shutil.copy(state / "journal.db", backup)
    next_day = NOW_MS + 24 * 3600 * 1000
    core = begin(state, next_day)
    given = issue(core, 120, next_day)
    assert given == list(range(1, 121))
    core.journal.close()
    put_back(state, backup)
    core = begin(state, next_day)
    assert min(issue(core, 5, next_day)) > 120
    core.journal.close()


def test_a_small_range_is_not_used_up_by_a_backup(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    core = begin(state)
    small = r.Configure(at_ms=NOW_MS, wanted=(f.QueueOpened(queue="q", letter="A", last=99, at_ms=0),))
    core.step([Ask(small, unheard)], NOW_MS)
    core.journal.close()
    backup = tmp_path / "backup.db"
    shutil.copy(state / "journal.db", backup)
    core = Core(Journal(state / "journal.db"))
    core.journal.numbers.skips(core.floor, NOW_MS)
    issue(core, 60)
    core.journal.close()
    put_back(state, backup)
    core = Core(Journal(state / "journal.db"))
    core.step([Ask(skip, unheard) for skip in core.journal.numbers.skips(core.floor, NOW_MS)], NOW_MS)
    after = issue(core, 5)
    assert min(after) > 60
    assert max(after) <= 99
    core.journal.close()
