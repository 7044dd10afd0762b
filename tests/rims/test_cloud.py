"""The cloud, with a real NATS server and a real PostgreSQL: rows go up whole whatever is killed, notices come down once."""

import asyncio
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import nats
import psycopg
import pytest

from edge.asking import Asking, Away
from edge.cloud import messages
from edge.cloud.messages import Nonsense, Notice, Row
from edge.cloud.receive import Store
from edge.commands.house import House, free_port
from edge.commands.hub import Hub
from edge.commands.serving import Child, Serving, floor_of
from edge.journal import Journal
from edge.requests import IssueTicket
from tests.firmware.reading import reads

ROOT = Path(__file__).parents[2]
WAIT_S = 30.0


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    with Hub() as hub:
        yield hub


@pytest.fixture(scope="module")
def receiver(hub: Hub) -> Iterator[Child]:
    receiver = Child("receiver", hub.receive_line)
    yield receiver
    receiver.stop()


class Site:
    """A floor that is served, with the hub as its cloud."""

    def __init__(self, hub: Hub, folder: Path, name: str) -> None:
        self.hub, self.name, self.state, self.file = hub, name, folder / "state", folder / "site.toml"
        self.file.write_text(
            f'site = "{name}"\n[broker]\nport = {free_port()}\n[web]\nport = {free_port()}\n'
            f'[cloud]\nnats = "{hub.nats}"\n'
            '[[queue]]\nname = "q"\nlast = 999999\nwidth = 6\n[[board]]\nname = "hall"\ntiles = ["waiting"]\n'
        )
        self._number = 0

    @contextmanager
    def served(self) -> Iterator[Serving]:
        with Serving(self.file, self.state) as serving:
            self.core = Asking(self.state)
            until(self._answers, "the core")
            yield serving

    def _answers(self) -> bool:
        try:
            return "refused" in self.core.ask(IssueTicket(contact="x", queue="no such"))
        except Away:
            return False

    def enter(self, number: int = 1) -> None:
        """So many facts."""
        for _ in range(number):
            self._number += 1
            answer = self.core.ask(IssueTicket(contact=f"{self.name}-{self._number}-{random.random()}", queue="q"))
            assert [fact["kind"] for fact in answer.get("facts", ())] == ["TicketIssued"], answer

    @contextmanager
    def flow(self) -> Iterator[Callable[[], int]]:
        """Facts, one after the other, until the end; what is given tells how many there have been."""
        ending, number = threading.Event(), self._number

        def run() -> None:
            while not ending.wait(0.005):
                self.enter()

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield lambda: self._number - number
        finally:
            ending.set()
            thread.join()

    def rows(self) -> list[tuple[int, int, str]]:
        journal = Journal(self.state / "journal.db", read_only=True)
        rows = journal.rows(0, 1_000_000)
        journal.close()
        return rows

    def stored(self) -> dict[str, list[tuple[int, int, str]]]:
        """What PostgreSQL has, by incarnation."""
        found: dict[str, list[tuple[int, int, str]]] = {}
        with psycopg.connect(self.hub.postgres) as sql:
            every = (
                "select incarnation, seq, noted_ms, fact::text from floorboard.journal where site = %s order by 1, 2"
            )
            for incarnation, *row in sql.execute(every, (self.name,)):  # type: ignore[attr-defined]
                found.setdefault(incarnation, []).append(tuple(row))
        return found

    def is_whole(self) -> bool:
        try:
            return self.rows() in self.stored().values()
        except psycopg.Error:
            return False


@pytest.fixture
def site(hub: Hub, tmp_path: Path, request: pytest.FixtureRequest) -> Site:
    return Site(hub, tmp_path, f"s{abs(hash(request.node.name)) % 10**9}")


def until(true: Callable[[], Any], what: str, wait_s: float = WAIT_S) -> None:
    end = time.monotonic() + wait_s
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def floorboard(*line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "edge", *line], capture_output=True, text=True, cwd=ROOT, timeout=60)


def test_rows_go_up_byte_for_byte_and_the_hub_that_comes_late_gets_all(hub: Hub, site: Site, receiver: Child) -> None:
    with site.served():
        site.enter(20)
        until(site.is_whole, "all of it")
        (found,) = site.stored().values()
        assert found == site.rows()[: len(found)], "and what came since"
        status = json.loads(floorboard("cloud", "status", "--postgres", hub.postgres, "--json").stdout)
        mine = next(each for each in status if each["site"] == site.name)
        (later,) = site.stored().values()
        assert mine["rows"] == mine["upto"] in range(len(found), len(later) + 1), "what came while we asked"
        assert mine["gaps"] == []


def test_each_in_turn_is_killed_while_facts_flow(hub: Hub, site: Site, receiver: Child) -> None:
    """NATS, receiver, PostgreSQL, the rims themselves: afterwards PostgreSQL has the journal, row for row."""
    with site.served() as serving, site.flow() as entered:
        for victim in ("nats", "receiver", "postgres", "rims", "nats", "postgres"):
            before = entered()
            until(lambda before=before: entered() > before + 50, "facts flow")  # type: ignore[misc]
            if victim in hub.processes:
                hub.kill(victim)
                until(lambda before=before: entered() > before + 100, "and go on")  # type: ignore[misc]
                hub.start(victim)
            else:
                process = receiver if victim == "receiver" else serving.children["rims"]
                process._process.kill()
            receiver.tend()
    with site.served():
        until(lambda: receiver.tend() and site.is_whole(), "all of it again", 60)
        assert len(site.stored()) == 1, "it was one incarnation all the time"
        until(lambda: not floor_of(site.state).outside["cloud"].why, "the cloud is there again")


def test_a_hub_that_is_away_is_an_alarm_and_comes_back(hub: Hub, site: Site, receiver: Child) -> None:
    with site.served():
        until(lambda: "cloud" in floor_of(site.state).outside, "seen once")
        hub.kill("nats")
        until(lambda: floor_of(site.state).outside["cloud"].why, "missed")
        assert floor_of(site.state).outside["cloud"].why.startswith(f"127.0.0.1:{hub.nats_port}")
        hub.start("nats")
        until(lambda: not floor_of(site.state).outside["cloud"].why, "back")


def test_a_journal_put_back_from_a_backup_is_another_incarnation(hub: Hub, site: Site, receiver: Child) -> None:
    with site.served():
        site.enter(10)
        journal = Journal(site.state / "journal.db", read_only=True)
        journal.back_up(site.state.parent / "backup.db")
        journal.close()
        site.enter(10)
        until(site.is_whole, "the first")
        (before,) = site.stored().values()
    for name in ("journal.db", "journal.db-wal", "journal.db-shm"):
        (site.state / name).unlink(missing_ok=True)
    shutil.copy(site.state.parent / "backup.db", site.state / "journal.db")
    with site.served():
        site.enter(30)
        until(site.is_whole, "the second")
    incarnations = list(site.stored().values())
    assert len(incarnations) == 2
    assert any(rows[: len(before)] == before for rows in incarnations), "what had gone up stays as it was"


def test_a_notice_is_taken_once_and_ends(hub: Hub, site: Site, receiver: Child) -> None:
    with site.served() as serving:
        until(lambda: "cloud" in floor_of(site.state).outside, "the cloud")
        sent = floorboard("cloud", "notice", "Training at 14:00", "--site", site.name, "--nats", hub.nats, "--json")
        assert sent.returncode == 0, sent.stderr
        assert json.loads(sent.stdout)["ok"] is True
        assert [notice.text for notice in floor_of(site.state).notices.values()] == ["Training at 14:00"]
        serving.children["rims"]._process.kill()
        serving.children["rims"].tend()
        second = floorboard("cloud", "notice", "培训", "--site", site.name, "--nats", hub.nats)
        assert second.stdout == f"{site.name} has taken it; 0 wallboards online.\n"
        taken = [fact for _, _, fact in site.rows() if '"NoticeTaken"' in fact]
        assert len(taken) == 2


def test_a_notice_is_on_the_glass_of_a_wallboard_and_answered(hub: Hub) -> None:
    with House(1, 0, 1, tables=f'[cloud]\nnats = "{hub.nats}"\n') as house:
        sent = floorboard("cloud", "notice", "Training at 14:00", "--site", "demo", "--nats", hub.nats)
        assert sent.stdout == "demo has taken it; 1 wallboard online.\n", sent.stderr
        wall = house.box.boards["wall-1"]
        wall.wait_screen(lambda screen: reads(screen, "Training at 14:00", (0, 0, 320, 28)), 10)
        assert wall.faults == []


def test_a_notice_for_a_site_that_is_not_there(hub: Hub) -> None:
    away = floorboard("cloud", "notice", "Hello", "--site", "nowhere", "--nats", hub.nats, "--wait", "1")
    assert away.returncode == 2
    assert away.stderr == "floorboard: nowhere did not answer within 1 s; the notice waits for it, and its time runs.\n"
    bad = floorboard("cloud", "notice", "x" * 121, "--site", "nowhere", "--nats", hub.nats)
    assert bad.stderr == "floorboard: The notice cannot be sent: a line of 1 to 120 characters is wanted.\n"
    closed = floorboard("cloud", "notice", "Hello", "--site", "s", "--nats", f"nats://127.0.0.1:{free_port()}")
    assert (closed.returncode, closed.stderr.startswith("floorboard: The hub: 127.0.0.1:")) == (2, True)


def test_gaps_are_seen_and_close(hub: Hub) -> None:
    store = Store(hub.postgres)
    row = lambda seq: Row(seq, 1, "{}")  # noqa: E731
    assert store.take([("gappy", "i", [row(1), row(2)])]) == []
    assert store.take([("gappy", "i", [row(5), row(6)])]) == ["gappy i: rows after 2 are missing before 6."]
    assert store.take([("gappy", "i", [row(5), row(6)]), ("gappy", "i", [row(9)])]) == []
    found = next(each for each in store.sources() if each.site == "gappy")
    assert (found.rows, found.upto, found.gaps) == (5, 2, [(3, 4), (7, 8)])
    shown = floorboard("cloud", "status", "--postgres", hub.postgres)
    assert shown.returncode == 1
    assert "missing: 3 to 4, 7 to 8" in shown.stdout
    store.take([("gappy", "i", [row(3), row(4)])])
    assert store.take([("gappy", "i", [row(7), row(8)])]) == ["gappy i: whole again up to 9."]
    with psycopg.connect(hub.postgres) as sql:
        sql.execute("delete from floorboard.journal where site = 'gappy'")
        sql.execute("delete from floorboard.source where site = 'gappy'")
    store.close()


@pytest.mark.parametrize("payload", [b"", b"[]", b"[[1,2]]", b"[[1,2,{}],[3,2,{}]]", b"\xff", b'[["1",2,{}]]'])
def test_nonsense_is_no_rows(payload: bytes) -> None:
    with pytest.raises(Nonsense):
        messages.decode_rows(payload)


@pytest.mark.parametrize(
    "notice",
    [
        Notice("", "x", 1, 0),
        Notice("i" * 33, "x", 1, 0),
        Notice("i", " ", 1, 0),
        Notice("i", "a\nb", 1, 0),
        Notice("i", "x", 0, 0),
        Notice("i", "x", messages.MINUTES_MAX + 1, 0),
    ],
)
def test_what_cannot_stand_on_a_wall_is_said(notice: Notice) -> None:
    assert messages.wrong_with(notice)


def test_a_postgresql_that_stands_still_is_said_and_holds_nobody(hub: Hub, site: Site) -> None:
    """Stopped, it neither answers nor closes: what a dead host looks like."""
    receiver = subprocess.Popen(hub.receive_line, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert receiver.stderr
    said: list[str] = []
    threading.Thread(target=lambda: said.extend(iter(receiver.stderr.readline, "")), daemon=True).start()
    try:
        with site.served():
            site.enter(20)
            until(site.is_whole, "all is there")
            pids = [hub.processes["postgres"].pid, *_children(hub.processes["postgres"].pid)]
            for pid in pids:
                with suppress(ProcessLookupError):  # a worker of PostgreSQL that has just ended
                    os.kill(pid, signal.SIGSTOP)
            try:
                site.enter(20)
                until(lambda: any("does not answer in time" in line for line in said), "said", 40)
                began = time.monotonic()
                receiver.terminate()
                receiver.wait(20)
                assert time.monotonic() - began < 15
            finally:
                for pid in pids:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGCONT)
    finally:
        receiver.kill()
        receiver.wait()


def alone(work: Coroutine[Any, Any, None]) -> None:
    """In a thread of its own: the browser's tests may have left a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def test_one_message_that_cannot_be_stored_holds_up_no_other(hub: Hub, receiver: Child) -> None:
    good = b'[[1,5,{"kind":"DeskOpened","at_ms":1,"desk":"1"}]]'

    async def send() -> None:
        client = await nats.connect(hub.nats)
        stream = client.jetstream()
        await messages.stream(stream, messages.FACTS)
        for payload in (b"[" * 5_000, b"[[9223372036854775808,1,{}]]", b'[[1,1,{"a":"\\u0000\\ud800"}]]'):
            await stream.publish("fb.evil.facts.aa", payload)
        await stream.publish("fb.good.facts.bb", good)
        await client.close()

    alone(send())

    def stored() -> bool:
        with psycopg.connect(hub.postgres) as sql:
            row = sql.execute("select count(*) from floorboard.journal where site = 'good'").fetchone()
        return bool(row and row[0])

    until(stored, "the good one stands there")


def test_a_hub_whose_disk_is_full_is_one_loss_and_no_coming_and_going(tmp_path: Path) -> None:
    with Hub() as full:
        full.kill("nats")
        limits = tmp_path / "nats.conf"
        limits.write_text("jetstream { max_file_store: 20KB }\n")
        full._lines["nats"] += ["-c", str(limits)]
        full.start("nats")
        site = Site(full, tmp_path, "full")
        with site.served():
            site.enter(400)
            until(lambda: any('"OutsideLost"' in fact for _, _, fact in site.rows()), "it is lost")
            time.sleep(5)
            told = [fact for _, _, fact in site.rows() if '"Outside' in fact and '"cloud"' in fact]
        came = [fact for fact in told if '"OutsideCame"' in fact]
        assert len(told) <= 2, told
        assert len(came) <= 1, "once, before it was full"
        assert "insufficient" in told[-1] or "maximum" in told[-1], "it says what the hub says"


def test_a_journal_put_back_while_the_hub_forgot_all_is_another_incarnation(
    hub: Hub, site: Site, receiver: Child
) -> None:
    with site.served():
        site.enter(30)
        until(site.is_whole, "all is there")
        journal = Journal(site.state / "journal.db", read_only=True)
        backup = site.state.parent / "backup.db"
        journal.back_up(backup)
        journal.close()
        site.enter(30)
        until(site.is_whole, "all is there")

    async def forget() -> None:
        client = await nats.connect(hub.nats)
        await client.jetstream().delete_stream(messages.FACTS)
        await client.close()

    alone(forget())
    for stale in site.state.glob("journal.db*"):
        stale.unlink()
    shutil.copy(backup, site.state / "journal.db")
    with site.served():
        site.enter(40)
        until(site.is_whole, "the new one is there, whole")
    assert len(site.stored()) == 2
