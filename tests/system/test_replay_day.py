"""A past day on virtual walls: what stood there then stands there again, and nothing of the floor's own state is touched."""

import io
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from edge import clock, facts
from edge import requests as r
from edge.boards import show
from edge.clock import Played
from edge.core import Ask, Core, unheard
from edge.floor import Floor
from edge.fold import apply
from edge.journal import Journal
from edge.past import OVER, past, read
from edge.requests import Refused
from edge.settings import Settings, configure
from edge.settings.tables import AgentTable, BoardTable, DeskTable, DeviceTable, QueueTable
from edge.spans import Span, days
from tests.firmware.reading import reads
from tests.firmware.test_wallboard import place
from tests.system.test_commands import family, floorboard, signed_in

ROOT = Path(__file__).parents[2]
RECORD = ROOT / "edge" / "commands" / "asterisk22.queue_log"
ZONE = ZoneInfo("Asia/Shanghai")
DAY = "2025-03-05"
SPEED = 300
DAY_S_MAX = 40  # at that speed it is 12 s long
LATE_S = 1.5  # from the replayed moment to the TV; such a machine is busy
TILES = ("waiting", "serving", "ready", "answered", "offered", "longest_wait")
SETTINGS = Settings(
    site="lab",
    timezone=ZONE.key,
    queue=(QueueTable(name="q", target_s=600, overflow_s=1200, overflow="r"), QueueTable(name="r")),
    desk=(DeskTable(number="1"), DeskTable(number="2")),
    agent=(AgentTable(id="ana", pin="111111", queues=("q",)), AgentTable(id="bo", pin="222222", queues=("q",))),
    board=(BoardTable(name="floor", title="Floor", tiles=TILES),),
    device=(
        DeviceTable(name="desk-1", desk="1"),
        DeviceTable(name="desk-2", desk="2"),
        DeviceTable(name="wall-1", role="wallboard", board="floor"),
    ),
)


def at(text: str, day: str = DAY) -> int:
    return int(datetime.fromisoformat(f"{day}T{text}").replace(tzinfo=ZONE).timestamp() * 1000)


def ask(core: Core, noted_ms: int, *requests: r.Request) -> None:
    core.step([Ask(request, unheard) for request in requests], noted_ms)


def issue(core: Core, contact: str, text: str, day: str = DAY) -> None:
    ask(core, at(text, day), r.IssueTicket(queue="q", contact=contact, at_ms=at(text, day)))


def press(core: Core, key: Any, text: str, desk: str = "2") -> None:
    ask(core, at(text), r.PressKey(desk=desk, key=key, at_ms=at(text)))


@pytest.fixture
def core(tmp_path: Path) -> Iterator[Core]:
    """A floor that is being served: its day, one before and one after it."""
    (tmp_path / "state").mkdir()
    core = Core(Journal(tmp_path / "state" / "journal.db"))
    before, after = "2025-03-04", "2025-03-06"
    wish = configure(SETTINGS, lambda kind, said: said * 2)
    ask(core, at("08:00", before), r.Configure(**{**_fields(wish), "at_ms": at("08:00", before)}))
    issue(core, "A1", "17:00", before)  # waits overnight, and longer than its queue would have it
    birth: dict[str, Any] = {
        "device": "desk-1",
        "firmware": "1",
        "hardware": "x",
        "role": "desk",
        "boot": 1,
        "id": "aa",
    }
    ask(core, at("03:00"), r.ObserveDevice(at_ms=at("03:00"), by="device:desk-1", **birth))
    for n, agent in enumerate(("ana", "bo"), 1):
        ask(core, at("09:00"), r.SignIn(agent=agent, desk=str(n), at_ms=at("09:00")))
    press(core, "ready", "09:05")
    issue(core, "B1", "09:10")
    issue(core, "B2", "09:15")
    press(core, "next", "09:20")
    late: dict[str, Any] = {
        "device": "desk-1",
        "id": "aa",
        "boot": 1,
        "seq": 1,
        "first": 1,
        "key": "ready",
        "press": "short",
    }
    ask(core, at("09:30"), r.DeviceEvent(at_ms=at("09:12"), age_ms=18 * 60_000, **late))
    press(core, "ready", "09:40")
    issue(core, "B3", "09:45")
    press(core, "next", "09:50")
    issue(core, "B4", "09:55")
    press(core, "next", "10:00", desk="1")
    ask(core, at("23:00"), r.ObserveDevice(at_ms=at("23:00"), by="device:desk-1", device="desk-1"))
    for n in range(5):
        issue(core, f"C{n}", "09:30", after)
    yield core
    core.journal.close()


def _fields(request: r.Configure) -> dict[str, Any]:
    return {name: getattr(request, name) for name in request.__struct_fields__}


class Moment(NamedTuple):
    at_ms: int
    tiles: list[str]


def texts(floor: Floor, now_ms: int) -> list[str]:
    """What a wallboard shows at that moment; of a running time, since when."""
    day = days(DAY, ZONE)
    shown = show(floor, floor.boards["floor"], now_ms, (day.from_ms, day.to_ms))
    return [str(tile.since_ms) if tile.since_ms else tile.value for tile in shown]


def shown_then(journal: Path) -> list[Moment]:
    """What stood on the walls that day, each as soon as the floor had noted it."""
    moments: list[Moment] = []
    floor = Floor()
    with closing(Journal(journal, read_only=True)) as opened:
        for _, noted_ms, fact in opened.read():
            apply(floor, fact)
            if at("09:00") <= noted_ms < at("11:00"):
                if moments and moments[-1].at_ms == noted_ms:
                    moments.pop()
                moments.append(Moment(noted_ms, texts(floor, noted_ms)))
    return [moment for n, moment in enumerate(moments) if not n or moment.tiles != moments[n - 1].tiles]


class Replay(NamedTuple):
    process: subprocess.Popen[str]
    said: str

    def address(self, what: str) -> str:
        found = re.search(rf"{what} +(http:\S+)", self.said)
        assert found, self.said
        return found[1]

    def events(self) -> Iterator[tuple[int, dict[str, Any] | None]]:
        """(the replayed time, the picture of the TV page if there is another)."""
        url, password = self.address("a TV"), re.search(r"password (\S+)", self.said)
        assert password
        browser = signed_in(int(url.split(":")[2].split("/")[0]), "replay", password[1])
        now_ms, deadline = 0, time.monotonic() + DAY_S_MAX
        with browser.open(f"{url}/live", timeout=20) as stream:
            for line in stream:
                assert time.monotonic() < deadline, "the day does not go by"
                data = json.loads(line[6:]) if line.startswith(b"data: ") else {}
                if "speed" in data:
                    now_ms = data["now_ms"]
                    yield now_ms, None
                elif data:
                    yield now_ms, data


@contextmanager
def replaying(tmp_path: Path, port: int, *args: str) -> Iterator[Replay]:
    (tmp_path / "tmp").mkdir()
    line = [sys.executable, "-m", "edge", "replay-day", DAY, "--port", str(port), *args]
    with (tmp_path / "errors").open("w") as errors:
        process = subprocess.Popen(
            line,
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(tmp_path / "tmp")},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
    try:
        assert process.stdout
        said = ""
        while "Ctrl-C" not in said:
            line_said = process.stdout.readline()
            assert line_said, (tmp_path / "errors").read_text()
            said += line_said
        yield Replay(process, said)
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


class Picture(NamedTuple):
    """As `reads` wants a screen."""

    width: int
    height: int
    raw: bytes

    def rgb(self) -> bytes:
        return self.raw


def wait_wall(page: str, tile: int, text: str, timeout_s: float = 3, *, wall: str = "wall-1") -> None:
    """Until the virtual wallboard has drawn it."""
    deadline = time.monotonic() + timeout_s
    while True:
        with urllib.request.urlopen(f"{page}board/{wall}/screen.png", timeout=5) as answer:
            image = Image.open(io.BytesIO(answer.read())).convert("RGB")
        if reads(Picture(*image.size, image.tobytes()), text, place(tile)):
            return
        assert time.monotonic() < deadline, f"tile {tile} of the wallboard does not show {text}"
        time.sleep(0.05)


def rows(journal: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as sql:
        return sql.execute("select seq, noted_ms, fact from journal order by seq").fetchall()


def test_the_walls_show_that_day_again(tmp_path: Path, core: Core, free_port: Callable[[], int]) -> None:
    state = tmp_path / "state"
    source = state / "journal.db"
    expected, before = shown_then(source), rows(source)
    content = {path.name: path.read_bytes() for path in state.iterdir() if not path.name.endswith("-shm")}
    assert len(expected) == 11, "the floor's own answer"
    seen: list[Moment] = []
    with replaying(tmp_path, free_port(), "--state", str(state), "--speed", str(SPEED)) as replay:
        page = replay.address("the boards")
        for now_ms, picture in replay.events():
            if picture:
                seen.append(
                    Moment(now_ms, [str(t["since_ms"]) if t["since_ms"] else t["value"] for t in picture["tiles"]])
                )
                assert seen[-1].tiles in [moment.tiles for moment in expected]
                if seen[-1].tiles[3] == "1":
                    wait_wall(page, 3, seen[-1].tiles[2])
            if now_ms >= expected[-1].at_ms and seen[-1].tiles == expected[-1].tiles:
                break
        for tile in (1, 2, 3, 4, 5):
            wait_wall(page, tile, expected[-1].tiles[tile - 1])
        age_s = (at("10:00") - int(expected[-1].tiles[5])) // 1000
        wait_wall(page, 6, f"{age_s // 60}:{age_s % 60:02}", 10)
        _check_moments(seen, expected)
        (private,) = (tmp_path / "tmp").glob("floorboard-*/journal.db")
        played = [fact for _, _, fact in rows(private)]
        begin = [fact for _, noted_ms, fact in before].index(played[0])
        assert played == [fact for _, _, fact in before][begin : begin + len(played)], "nothing is decided again"
        assert rows(source) == before
        assert {name: (state / name).read_bytes() for name in content} == content
        wait_said(tmp_path, f"{DAY} is over: its last picture stands until Ctrl-C")
        replay.process.send_signal(signal.SIGINT)
        assert replay.process.wait(20) == 0
    assert family(tmp_path / "tmp") == []
    assert list((tmp_path / "tmp").iterdir()) == []
    errors = (tmp_path / "errors").read_text()
    assert "Traceback" not in errors and "rror" not in errors, errors


def _check_moments(seen: list[Moment], expected: list[Moment]) -> None:
    """Each picture in its turn, none before its time nor long after it. A busy machine may open the page late, or skip one."""
    turns = [[moment.tiles for moment in expected].index(moment.tiles) for moment in seen]
    assert turns == sorted(set(turns))
    assert len(turns) > len(expected) // 2
    for was, turn in list(zip(seen, turns, strict=True))[1:]:
        late_s = (was.at_ms - expected[turn].at_ms) / 1000 / SPEED
        print(f"{was.tiles}: {late_s:.3f} s late")
        assert 0 <= late_s < LATE_S


def wait_said(tmp_path: Path, sentence: str) -> None:
    deadline = time.monotonic() + 10
    while sentence not in (tmp_path / "errors").read_text():
        assert time.monotonic() < deadline, (tmp_path / "errors").read_text()
        time.sleep(0.05)


def test_it_begins_where_one_says_and_ends_with_the_day(
    tmp_path: Path, core: Core, free_port: Callable[[], int]
) -> None:
    more = ("--state", str(tmp_path / "state"), "--speed", "600", "--from", "09:46", "--end")
    with replaying(tmp_path, free_port(), *more) as replay:
        now_ms, _ = next(replay.events())
        assert at("09:46") <= now_ms < at("10:00")
        assert replay.process.wait(20) == 0
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_record_without_boards_is_on_a_wall_all_the_same(tmp_path: Path, free_port: Callable[[], int]) -> None:
    record, journal = tmp_path / "queue_log", tmp_path / "record.db"
    lines = [line.split("|", 1) for line in RECORD.read_text().splitlines()]
    moved_s = int(lines[0][0]) - at("12:00") // 1000
    record.write_text("".join(f"{int(at_s) - moved_s}|{rest}\n" for at_s, rest in lines))
    assert floorboard("replay", str(record), "--journal", str(journal)).returncode == 0
    with replaying(tmp_path, free_port(), "--journal", str(journal), "--speed", "120") as replay:
        for _, picture in replay.events():
            if picture and picture["tiles"][4]["value"] == "42":
                break
        wait_wall(replay.address("the boards"), 5, "42", wall="wall-floor")
        replay.process.send_signal(signal.SIGTERM)
        assert replay.process.wait(20) == 0
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["2025-03-03"], "This journal begins on 2025-03-04: it has nothing of 2025-03-03."),
        (["2025-03-20"], "Nobody did anything on 2025-03-20."),
        ([DAY, "--from", "22:00"], f"Nobody did anything on {DAY} after 22:00."),
        (["2126-03-05"], "2126-03-05 is yet to come."),
        (["yesterday"], "'yesterday' is no day, as in 2026-11-30."),
        ([DAY, "--state", "/no"], "There is no journal in /no; name the state that `floorboard serve` was given."),
        ([DAY, "--speed", "0"], "'0' is not a number above 0"),
        ([DAY, "--from", "25:00"], "'25:00' is no time of day, as in 14:00"),
    ],
)
def test_what_cannot_be_played_is_one_sentence(tmp_path: Path, core: Core, args: list[str], sentence: str) -> None:
    done = floorboard("replay-day", "--state", str(tmp_path / "state"), *args)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_past_day_is_only_told(core: Core) -> None:
    """A rule would have moved the ticket that waits overnight; and nobody can ask anything of a day that is over."""
    floor, told, _ = read(core.journal.read(), days(DAY, ZONE))
    chosen = past(floor, told)
    assert chosen and chosen.from_ms == at("09:00") and chosen.to_ms == at("10:00")
    deadline = chosen.deadline(chosen.floor)
    assert deadline == at("09:05")
    _, refused = chosen.take(chosen.floor, r.SignOut(agent="bo", at_ms=deadline))
    assert isinstance(refused, Refused) and str(refused) == OVER
    assert chosen.take(chosen.floor, r.Tick(at_ms=deadline - 1)) == ([], [])
    _, known = chosen.take(chosen.floor, r.Tick(at_ms=deadline))
    assert isinstance(known, list) and [type(fact).__name__ for fact in known] == ["PresenceChanged"]


def test_a_record_that_was_read_whole_has_its_own_times() -> None:
    noted_ms = at("10:00", "2025-03-07")
    entered = [
        facts.ContactEntered(contact=str(n), queue="q", at_ms=at(text), by="exchange")
        for n, text in enumerate(("09:00", "09:10", "09:05", "09:20"))
    ]
    opened = facts.QueueOpened(queue="q", at_ms=at("08:00", "2025-03-01"), by="exchange")
    floor, told, _ = read([(n, noted_ms, fact) for n, fact in enumerate((opened, *entered), 1)], days(DAY, ZONE))
    assert list(floor.queues) == ["q"]
    assert [each.at_ms for each in told] == [at(text) for text in ("09:00", "09:10", "09:10", "09:20")]


def test_the_clock_stands_runs_and_stands_again(monkeypatch: pytest.MonkeyPatch) -> None:
    span = Span(at("09:00"), at("10:00"))
    monkeypatch.setenv(clock.VARIABLE, "")
    clock.play(Played(110.0, span.from_ms, span.to_ms, 60.0))
    for at_s, text, speed, steady_s, wait_s in (
        (100.0, "09:00", 0, 10, 20),
        (110.0, "09:00", 60, 60, 10),
        (140.0, "09:30", 60, 30, 10),
        (165.0, "09:55", 60, 5, float("inf")),
        (170.0, "10:00", 0, float("inf"), float("inf")),
        (999.0, "10:00", 0, float("inf"), float("inf")),
    ):
        monkeypatch.setattr(time, "monotonic", lambda at_s=at_s: at_s)
        assert (clock.now_ms(), clock.speed(), clock.steady_s()) == (at(text), speed, steady_s)
        assert clock.wait_s(600_000) == wait_s
        assert clock.wait_s(-5) < 0
