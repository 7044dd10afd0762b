"""The core and its journal: commit before anybody hears, a failing disk, a poisonous event, replay, checkpoint, one batch."""

import json
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge import clock, exchange
from edge import facts as f
from edge import requests as r
from edge.core import Ask, Core, Failed, Outcome, unheard
from edge.exchange import Follow
from edge.floor import Floor
from edge.gains import Terms
from edge.journal import Journal
from edge.rules import Refused, desk
from edge.rules.devices import ANSWERED_MS
from edge.wire import KEYS, PRESSES

NOW_MS = 1_795_352_200_000
SITE = r.Configure(
    at_ms=NOW_MS,
    wanted=(
        f.QueueOpened(queue="q", at_ms=0),
        f.DeskOpened(desk="1", at_ms=0),
        f.DeviceRegistered(device="desk-1", role="desk", desk="1", at_ms=0),
        f.AgentMet(agent="ana", pin_key="k", queues=("q",), at_ms=0),
    ),
)


def event(seq: int, key: str = "help", press: str = "short") -> r.DeviceEvent:
    return r.DeviceEvent(
        device="desk-1", id="aa", boot=1, seq=seq, first=1, age_ms=0, at_ms=NOW_MS, key=key, press=press
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def core_at(path: Path) -> Core:
    core = Core(Journal(path))
    core.step([Ask(SITE, unheard)], NOW_MS)
    return core


def ask(core: Core, *requests: r.Request) -> list[Outcome]:
    """All in one batch."""
    outcomes: list[Outcome] = []
    core.step([Ask(request, outcomes.append) for request in requests], NOW_MS)
    return outcomes


def on_disk(path: Path) -> int:
    with sqlite3.connect(path) as sql:
        return int(sql.execute("select count(*) from journal").fetchone()[0])


def test_nobody_hears_before_the_commit(path: Path) -> None:
    core = core_at(path)
    before = on_disk(path)
    seen: list[tuple[str, int]] = []

    class Watching:
        def show(self, floor: Floor, touched: set[str], batch: object) -> None:
            seen.append(("show", on_disk(path)))

    core.rims.append(Watching())
    core.step([Ask(event(n), lambda _: seen.append(("answer", on_disk(path)))) for n in (1, 2)], NOW_MS)
    assert seen == [("answer", before + 2)] * 2 + [("show", before + 2)]


def test_a_refusal_in_a_batch_leaves_the_others(path: Path) -> None:
    core = core_at(path)
    outcomes = ask(core, r.RaiseHelp(desk="1"), r.RaiseHelp(desk="1"), r.AcknowledgeHelp(desk="1"))
    assert [type(outcome) for outcome in outcomes] == [list, Refused, list]
    assert core.floor.desks["1"].help["supervisor"].state == "acknowledged"


def test_a_full_disk_refuses_the_batch_and_keeps_the_floor(path: Path) -> None:
    """SQLite's own error, by its own limit on pages."""
    core = core_at(path)
    ask(core, event(1))
    before, rows = msgspec.msgpack.encode(core.floor), on_disk(path)
    pages = core.journal._sql.execute("pragma page_count").fetchone()[0]
    core.journal._sql.execute(f"pragma max_page_count={pages}")
    big = [r.IssueTicket(contact=f"c{n}" + "x" * 500, queue="q") for n in range(200)]
    outcomes = ask(core, event(2), *big)
    assert {type(outcome) for outcome in outcomes} == {Failed}
    assert "full" in str(outcomes[0])
    assert (msgspec.msgpack.encode(core.floor), on_disk(path)) == (before, rows)
    core.journal._sql.execute("pragma max_page_count=1000000")
    assert [type(fact) for fact in ask(core, event(2))[0]] == [f.HelpClosed], "the same press, asked again"  # type: ignore[union-attr]


def test_a_record_followed_over_a_full_disk_loses_no_line(path: Path, tmp_path: Path) -> None:
    """Lines behind the one that was not kept must not overtake it."""
    core = core_at(path)
    record = tmp_path / "queue_log"
    calls = 3000
    record.write_text("".join(f"{1_795_352_200 + n}|c{n}|q|NONE|ENTERQUEUE||1|1\n" for n in range(calls)))
    follow, failures = Follow(core, record), []
    done = follow._done

    def room_at_the_first_failure(outcome: Outcome) -> None:
        if isinstance(outcome, Failed) and not failures:
            failures.append(outcome)
            core.journal._sql.execute("pragma max_page_count=1000000")
        done(outcome)

    follow._done = room_at_the_first_failure  # type: ignore[method-assign]
    pages = core.journal._sql.execute("pragma page_count").fetchone()[0]
    core.journal._sql.execute(f"pragma max_page_count={pages + 40}")
    running = threading.Thread(target=core.run)
    follow.start()
    time.sleep(0.2)  # so that batches stand in line when the first begins
    running.start()
    deadline = time.monotonic() + 20
    while len(core.floor.contacts) < calls:
        assert time.monotonic() < deadline, len(core.floor.contacts)
        time.sleep(0.05)
    follow.stop()
    core.stop()
    running.join()
    assert failures
    numbers = [fact.event[2] for _, _, fact in core.journal.read() if isinstance(fact, f.ContactEntered) and fact.event]
    assert numbers == list(range(1, calls + 1))


def test_a_record_that_is_put_aside_is_read_to_its_end(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As logrotate does: the old file is renamed, the new one made, and the exchange still writes to the old one for a while."""
    monkeypatch.setattr(exchange, "REOPEN_S", 1.0)
    core = core_at(path)
    record, names = tmp_path / "queue_log", []

    def enter(file: Any, call: str) -> None:
        names.append(call)
        file.write(f"{1_795_352_200 + len(names)}|{call}|q|NONE|ENTERQUEUE||1|1\n")
        file.flush()

    def until_all() -> None:
        deadline = time.monotonic() + 10
        while sorted(core.floor.contacts) != sorted(names):
            assert time.monotonic() < deadline, (sorted(core.floor.contacts), names)
            time.sleep(0.02)

    running, follow = threading.Thread(target=core.run), Follow(core, record)
    running.start()
    with record.open("w") as old:
        enter(old, "a")
        follow.start()
        until_all()
        record.rename(tmp_path / "queue_log.1")
        time.sleep(2.5 * exchange.FOLLOW_S)
        enter(old, "b")
        until_all()
        with record.open("w") as new:
            time.sleep(2.5 * exchange.FOLLOW_S)
            enter(old, "c")
            until_all()
            enter(new, "d")
            until_all()
    follow.stop()
    core.stop()
    running.join()


def test_a_poisonous_event_is_set_aside_after_two_crashes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    core_at(path).journal.close()

    def poison(floor: Floor, place: object, at_ms: int) -> list[f.Fact]:
        raise ZeroDivisionError("a bug")

    monkeypatch.setitem(desk.SHORT, "signed_out", (poison, *desk.SHORT["signed_out"][1:]))
    for crash in (1, 2):
        core = Core(Journal(path))
        core.put(event(1))
        core.put(event(2, "ready"))
        with pytest.raises(ZeroDivisionError):
            core.run()
        assert core.journal.crashes(("desk-1", "aa:1", 2))[0] == crash
        core.journal.close()
    core = Core(Journal(path))
    outcomes: list[Outcome] = []
    for asked in (event(1), event(2, "ready"), event(3)):
        core.put(asked, outcomes.append)
    core.stop()
    core.run()
    kinds = [[type(fact).__name__ for fact in outcome] for outcome in outcomes]  # type: ignore[union-attr]
    assert kinds == [["HelpRaised"], ["EventSetAside"], ["HelpClosed"]]
    aside = next(fact for _, _, fact in core.journal.read() if isinstance(fact, f.EventSetAside))
    assert json.loads(aside.raw)["key"] == "ready"
    assert "ZeroDivisionError" in aside.error
    assert core.floor.devices["desk-1"].set_aside == 1


def test_a_tick_comes_at_the_deadline_by_itself(path: Path) -> None:
    core = core_at(path)
    ask(core, r.ObserveDevice(device="desk-1", firmware="1", at_ms=NOW_MS))
    until_ms = core.now_ms() + 50
    core.put(r.AskDevice(device="desk-1", cmd="identify", at_ms=until_ms - ANSWERED_MS))
    threading.Timer(0.5, core.stop).start()
    core.run()
    (expired,) = [fact for _, _, fact in core.journal.read() if isinstance(fact, f.DeviceAskExpired)]
    assert expired.at_ms == until_ms


def test_the_clock_set_back_makes_no_negative_time(path: Path) -> None:
    core = core_at(path)
    future_ms = core.now_ms() + 3_600_000
    core.step([Ask(event(1), unheard)], future_ms)
    assert core.now_ms() >= future_ms
    core.journal.close()
    assert Core(Journal(path)).now_ms() >= future_ms


PRESS = st.builds(event, st.just(0), st.sampled_from(KEYS), st.sampled_from(PRESSES))
PANEL = st.one_of(
    st.builds(r.SignIn, agent=st.just("ana"), desk=st.just("1")),
    st.builds(r.SignOut, agent=st.just("ana")),
    st.builds(r.IssueTicket, contact=st.sampled_from(["a", "b", "c"]), queue=st.just("q")),
    st.builds(r.AcknowledgeHelp, desk=st.just("1")),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(PRESS, PANEL), max_size=40), st.integers(1, 7), st.integers(0, 40))
def test_replay_and_checkpoint_give_the_same_floor(
    tmp_path_factory: pytest.TempPathFactory, asked: list[r.Request], batch: int, checkpoint_at: int
) -> None:
    path = tmp_path_factory.mktemp("j") / "journal.db"
    core = core_at(path)
    seq = 0
    requests: list[r.Request] = []
    for number, request in enumerate(asked):
        if isinstance(request, r.DeviceEvent):
            seq += 1
            request = msgspec.structs.replace(request, seq=seq)
        requests.append(msgspec.structs.replace(request, at_ms=NOW_MS + number * 1000))
    for start in range(0, len(requests), batch):
        ask(core, *requests[start : start + batch])
        if start <= checkpoint_at < start + batch:
            core.journal.checkpoint(core.floor)
    assert core.journal.load() == core.floor
    core.journal._sql.execute("delete from checkpoint")
    assert core.journal.load() == core.floor
    assert core.floor.mark("desk-1", "aa:1") == seq, "every press is decided"
    core.journal.close()


def test_the_figures_table_is_what_the_journal_adds_up_to(path: Path) -> None:
    from edge.fold import apply

    core = core_at(path)
    ask(core, *(r.IssueTicket(contact=f"c{n}", queue="q", at_ms=NOW_MS + n * 600_000) for n in range(9)))
    ask(core, r.SignIn(agent="ana", desk="1", at_ms=NOW_MS), event(1, "ready"), event(2, "next"))
    floor = Floor()
    for _, _, fact in core.journal.read():
        apply(floor, fact)
    assert {(at, queue): sums for at, queue, sums in core.journal.derived.figures()} == floor.gains.figures
    assert sum(sums.offered for _, _, sums in core.journal.derived.figures()) == 9


def test_a_backup_is_whole(path: Path, tmp_path: Path) -> None:
    core = core_at(path)
    core.journal.back_up(tmp_path / "copy.db")
    assert Journal(tmp_path / "copy.db").load() == core.floor


def test_a_journal_of_before_goes_on(tmp_path: Path) -> None:
    """Its terms say nothing of waits that must be under the target: then the target itself was in time."""
    Journal(tmp_path / "j.db").close()
    with sqlite3.connect(tmp_path / "j.db") as sql:
        sql.execute("drop table terms")
        sql.execute(
            "create table terms (from_ms integer, queue text, target_s integer, short_s integer, variant text,"
            " primary key (queue, from_ms)) strict, without rowid"
        )
        sql.execute("insert into terms values (1, 'q', 30, 6, 'offered')")
        sql.execute("delete from _sqlite_migrations where name = 'the_under'")
    sql.close()
    core = Core(Journal(tmp_path / "j.db"))
    core.step([Ask(SITE, unheard)], NOW_MS)
    terms = core.journal.derived.terms()
    core.journal.close()
    assert terms[0] == Terms(1, "q", 30, False, 6, "offered")
    assert [(t.from_ms, t.target_s) for t in terms] == [(1, 30), (NOW_MS, 20)]


class Machine:
    """Its two clocks, as somebody sets them."""

    def __init__(self, wall_s: float) -> None:
        self.wall_s, self.steady_s = wall_s, 100.0

    def time_ns(self) -> int:
        return round(self.wall_s * 1e9)

    def monotonic(self) -> float:
        return self.steady_s

    def later(self, seconds: float, *, set_by_s: float = 0.0) -> int:
        """So much goes by, while somebody sets the clock; gives what time it is on the floor, s."""
        self.steady_s += seconds
        self.wall_s += seconds + set_by_s
        return round(clock.now_ms() / 1000)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(1_000_000)
    monkeypatch.setattr(clock, "time", machine)
    monkeypatch.setattr(clock, "_steady", clock.Steady())
    return machine


def test_a_clock_that_is_set_back_makes_time_neither_stand_nor_go_back(machine: Machine) -> None:
    assert machine.later(10) == 1_000_010
    assert machine.later(10, set_by_s=-3600) == 1_000_020
    assert machine.later(1600) == 1_000_020 + 1500, "a sixteenth slower"
    assert clock.ahead_ms() == 3_500_000
    assert machine.later(14 * 3600) == machine.wall_s + 350
    assert machine.later(2 * 3600) == machine.wall_s, "even"
    assert clock.ahead_ms() == 0


def test_a_clock_that_is_set_right_again_is_believed_at_once(machine: Machine) -> None:
    machine.later(1, set_by_s=-3600)
    assert machine.later(1, set_by_s=3600) == machine.wall_s
    assert machine.later(1, set_by_s=7200) == machine.wall_s, "and forward"


def test_waits_are_as_long_as_they_were_while_the_clock_is_behind(path: Path, machine: Machine) -> None:
    """Also after a start: the journal has seen a later time than the machine's clock shows."""
    core = core_at(path)
    core.step([Ask(r.IssueTicket(queue="q", contact="t", at_ms=core.now_ms()), unheard)], core.now_ms())
    assert core.now_ms() == NOW_MS, "three weeks after the machine's clock"
    core.journal.close()
    core = Core(Journal(path))
    machine.later(1600)
    assert core.now_ms() - core.floor.contacts["t"].entered_ms == 1_500_000
    core.journal.close()
