"""What is read later of days that have been: reports, explanations, time charts, rosters, the queue_log export."""

import csv
import io
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from edge.commands.house import RECORD
from edge.core import Core
from edge.journal import Journal
from edge.panel import Door
from tests.history import TEAMS, Days

ROOT = Path(__file__).parents[2]
BERLIN = ZoneInfo("Europe/Berlin")
LAST = datetime(2026, 10, 26, tzinfo=BERLIN)  # the day before it has 25 hours
DAY = "2026-10-26"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("state")
    days = Days(folder / "journal.db", LAST, 3)
    days.core.journal.close()
    return folder


def floorboard(*args: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "edge", *args]
    return subprocess.run(line, input=stdin, capture_output=True, text=True, cwd=ROOT, timeout=60)


def told(*args: str) -> Any:
    done = floorboard(*args, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_report_side_by_side(state: Path) -> None:
    done = floorboard(
        "report", "--state", str(state), "--from", "2026-10-24", "--to", DAY, "--by", "vendor", "--every", "day"
    )
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert {(row["from"], row["vendor"]) for row in rows} >= {
        (f"2026-10-{day}", vendor) for day in (24, 25, 26) for vendor in ("", "Acme", "Bestcall")
    }
    whole = told("report", "--state", str(state), "--from", "2026-10-24", "--to", DAY)["rows"]
    assert len(whole) == 1
    for name in ("offered", "answered", "no_show", "abandoned"):
        assert sum(int(row[name]) for row in rows) == whole[0][name], name
    assert sum(int(row["signed_in_s"]) for row in rows) == pytest.approx(whole[0]["signed_in_s"], abs=len(rows))
    assert 0 < whole[0]["occupancy"] < 1 and 0 < whole[0]["adherence"] <= 1 and 0.9 < whole[0]["attendance"] <= 1
    assert whole[0]["ownership"] == 1
    assert whole[0]["self_service"] is whole[0]["satisfaction"] is None
    assert whole[0]["rated"] == 0 and whole[0]["response_rate"] == 0


def test_intervals_add_up_to_days_and_to_what_the_journal_counted(state: Path) -> None:
    rows = told("report", "--state", str(state), "--from", "2026-10", "--by", "queue", "--every", "interval")["rows"]
    journal = Journal(state / "journal.db", read_only=True)
    counted = {(at_ms, queue): sums for at_ms, queue, sums in journal.derived.figures()}
    journal.close()
    for row in rows:
        at_ms = int(datetime.fromisoformat(row["from"]).timestamp() * 1000)
        sums = counted.pop((at_ms, row["queue"]), None)
        assert sums is not None or row["offered"] == 0, "only handling that began earlier"
        if sums:
            assert [row[n] for n in ("offered", "answered", "no_show")] == [sums.offered, sums.answered, sums.no_show]
            assert row["service_level"] == round(sums.answered_in_target / sums.answered, 4)
    assert not counted


def test_a_number_is_explained_by_its_rows(state: Path) -> None:
    said = told("explain", f"service_level(loans, {DAY})", "--state", str(state))
    assert said["value"] == said["numerator"] / said["denominator"]
    assert said["denominator"] == len(said["rows"])
    assert said["numerator"] == sum(row["wait_s"] <= 60 for row in said["rows"])
    done = floorboard("explain", f"service_level(loans, {DAY})", "--state", str(state), "--rows", "2", "--facts")
    assert done.stdout.startswith(f"service_level(loans, {DAY}) is {100 * said['value']:.2f} %\n")
    assert done.stdout.count('"kind":"TicketIssued"') == 2
    assert f"and {len(said['rows']) - 2:,} more" in done.stdout
    other = told("explain", f"service_level(loans, {DAY})", "--state", str(state), "--target-s", "1")
    assert other["value"] < said["value"]
    for team in TEAMS:
        rows = told("explain", f"adherence(team:{team}, {DAY})", "--state", str(state))["rows"]
        assert {row["agent"] for row in rows} == set(TEAMS[team])


MISTAKES = [
    (["explain", "nix"], "'nix' is no number; as in service_level(payments, today)"),
    (["explain", "asa(nix)"], "There is no queue nix here."),
    (["report", "--by", "mood"], "'mood' is none of queue, agent, team, vendor, tenant"),
    (["report", "--from", "yesteryear"], "'yesteryear' is no time; say today"),
    (["report", "--from", "2026-10-26", "--to", "2026-10-01"], "2026-10-01 is before 2026-10-26."),
    (["report", "--to", "soon"], "'soon' is no day, as in 2026-11-30."),
    (["time-chart", "--by", "queue"], "An agent's time is of no one queue"),
    (["report", "--to", "9999-12-31"], "'9999-12-31' is no day, as in 2026-11-30."),
    (["report", "--from", "0001-01-01"], "'0001-01-01' is no time; say today"),
    (["report", "--under", "--within"], "argument --within: not allowed with argument --under"),
    (["time-chart", "--by", "kind"], "An agent's time is of no one queue, and of no kind of help"),
    (["roster", "check", "/no/file.csv"], "/no/file.csv cannot be read: No such file or directory."),
]


@pytest.mark.parametrize(
    ("args", "sentence"), MISTAKES, ids=lambda value: " ".join(value)[:30] if isinstance(value, list) else ""
)
def test_a_mistake_is_one_clear_sentence(state: Path, args: list[str], sentence: str) -> None:
    done = floorboard(*args, "--state", str(state))
    assert done.returncode == 2 and done.stdout == ""
    assert sentence in done.stderr


def test_without_a_journal(tmp_path: Path) -> None:
    done = floorboard("report", "--state", str(tmp_path))
    assert (done.returncode, done.stderr) == (
        2,
        f"floorboard: There is no journal in {tmp_path}; name the state that `floorboard serve` was given.\n",
    )
    (tmp_path / "journal.db").write_bytes(b"nonsense" * 1000)
    assert "cannot be read: file is not a database." in floorboard("report", "--state", str(tmp_path)).stderr


@pytest.mark.parametrize("command", [["report"], ["explain", "asa"], ["roster", "check", "-"], ["replay-day", DAY]])
def test_a_journal_that_cannot_be_read_is_told_so(command: list[str], tmp_path: Path) -> None:
    """As that of another user, but for root too, who may read all: a name that leads to itself."""
    state = tmp_path / "state"
    state.symlink_to(state)
    line = [sys.executable, "-m", "edge", *command, "--state", str(state)]
    done = subprocess.run(line, input=ROSTER, capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    why = "cannot be read: Too many levels of symbolic links."
    assert done.stderr == f"floorboard: The journal {state}/journal.db {why}\n"


def test_a_proof_over_days_has_their_dates_and_plain_numbers(state: Path) -> None:
    done = floorboard("explain", "utilisation(2026-10-25..2026-10-26)", "--state", str(state), "--rows", "3")
    assert "e+" not in done.stdout
    _, sums, _, *rows, _ = done.stdout.splitlines()
    up, down = (float(part.split(":")[0]) for part in sums.split(" ÷ ")[:2])
    said = told("explain", "utilisation(2026-10-25..2026-10-26)", "--state", str(state))
    assert (up, down) == (round(said["numerator"], 3), round(said["denominator"], 3))
    assert all(row.count("  2026-10-2") == 2 for row in rows) and len(rows) == 3
    one = floorboard("explain", f"utilisation({DAY})", "--state", str(state), "--rows", "3").stdout.splitlines()
    assert "2026-10" not in "".join(one[3:])


def test_the_target_itself_can_be_made_late_for_any_past(tmp_path: Path) -> None:
    """Of a record, whose waits are whole seconds."""
    journal = str(tmp_path / "j.db")
    told("replay", str(RECORD), "--journal", journal)
    number, at = "service_level(support, 2026-11-22)", ("--journal", journal, "--target-s", "3")
    usual, within, under = (told("explain", number, *at, *more) for more in ((), ("--within",), ("--under",)))
    waits = [row["wait_s"] for row in usual["rows"]]
    assert usual["numerator"] == within["numerator"] == sum(wait <= 3 for wait in waits)
    assert under["numerator"] == sum(wait < 3 for wait in waits) < usual["numerator"]
    assert [each["terms"][0]["under"] for each in (usual, within, under)] == [False, False, True]
    rows = told("report", "--from", "2026-11-22", "--by", "queue", *at, "--under")["rows"]
    assert {row["queue"]: (row["under"], row["service_level"]) for row in rows}["support"] == (
        True,
        round(under["value"], 4),
    )


def test_the_export_read_again_gives_the_same_figures(state: Path, tmp_path: Path) -> None:
    log = floorboard("export", "--state", str(state), "--from", "2026-10").stdout
    (tmp_path / "queue_log").write_text(log)
    again = told("replay", str(tmp_path / "queue_log"), "--journal", str(tmp_path / "again.db"))
    assert (again["unknown"], again["malformed"], again["out_of_order"]) == ({}, 0, 0)
    figures = [
        told("report", *where, "--from", "2026-10", "--by", "queue", "--target-s", "60")["rows"]
        for where in (("--state", str(state)), ("--journal", str(tmp_path / "again.db")))
    ]
    for ours, theirs in zip(*figures, strict=True):
        assert [ours[n] for n in ("queue", "offered", "answered", "abandoned", "service_level")] == [
            theirs[n] for n in ("queue", "offered", "answered", "abandoned", "service_level")
        ]


def test_asterisks_own_session_read_exported_and_read_again(tmp_path: Path) -> None:
    """Asterisk's own counts (docs/numbers.md): support 33 and 15, sales 9, 25 and 12."""
    counts = []
    record = RECORD
    for name in ("first", "second"):
        told("replay", str(record), "--journal", str(tmp_path / name))
        journal = Journal(tmp_path / name, read_only=True)
        sums: dict[str, list[int]] = {}
        for _, queue, part in journal.derived.figures():
            known = sums.setdefault(queue, [0, 0, 0])
            sums[queue] = [a + b for a, b in zip(known, (part.answered, part.abandoned, part.timed_out), strict=True)]
        first_ms = next(iter(journal.derived.figures()))[0]
        journal.close()
        counts.append({queue: sums[queue] for queue in ("support", "sales")})
        day = datetime.fromtimestamp(first_ms / 1000, ZoneInfo("UTC")).date()
        span = ("--from", f"{day}", "--to", f"{day + timedelta(days=40)}")
        record = tmp_path / "exported"
        record.write_text(floorboard("export", "--journal", str(tmp_path / name), *span).stdout)
    assert counts[0] == counts[1] == {"support": [33, 15, 0], "sales": [9, 25, 12]}


def test_the_time_chart_as_rows_and_as_a_picture(state: Path, tmp_path: Path) -> None:
    rows = told("time-chart", "--state", str(state), "--from", DAY, "--by", "team")["rows"]
    paid: dict[tuple[str, str], float] = {}
    for row in rows:
        if row["paid"]:
            paid[row["from"], row["team"]] = paid.get((row["from"], row["team"]), 0) + row["share"]
    assert paid and all(share == pytest.approx(1, abs=0.001) for share in paid.values())
    assert {row["reason"] for row in rows if not row["paid"]} == {"meal"}
    svg = tmp_path / "chart.svg"
    assert (
        floorboard("time-chart", "--state", str(state), "--from", DAY, "--by", "agent", "--svg", str(svg)).returncode
        == 0
    )
    assert all(f">{agent}<" in svg.read_text() for members in TEAMS.values() for agent in members)


# Rosters


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Path]:
    """A core that answers."""
    days = Days(tmp_path / "journal.db", LAST)
    core: Core = days.core
    door = Door(tmp_path / "core.sock", core, {})
    core.sources.append(door)
    core.rims.append(door)
    thread = threading.Thread(target=core.run)
    thread.start()
    yield tmp_path
    core.stop()
    thread.join(20)
    door.close()
    core.journal.close()


ROSTER = """agent,day,from,to,activity
ana,2026-11-30,09:00,17:30,work
ana,2026-11-30,12:00,12:30,meal
bo,2026-11-30,08:00,18:00,
"""


def test_a_roster_is_checked_imported_and_shown(served: Path) -> None:
    state = str(served)
    checked = floorboard("roster", "check", "-", "--state", state, stdin=ROSTER)
    assert checked.stdout == "- is good: 2 days of 2 agents.\n"
    assert checked.stderr == (
        "  bo, 2026-11-30: 10 hours; more than 8 is too long.\n"
        "  bo, 2026-11-30: 10 hours without a break; one is due by the 5th hour.\n"
    )
    assert floorboard("roster", "show", "--from", "2026-11-30", "--state", state).stdout.splitlines() == [
        ROSTER.split("\n", maxsplit=1)[0]
    ]
    imported = floorboard("roster", "import", "-", "--state", state, stdin=ROSTER)
    assert imported.stdout == "Planned 2 days of 2 agents.\n"
    assert floorboard("roster", "show", "--from", "2026-11-30", "--state", state).stdout == (
        "agent,day,from,to,activity\nana,2026-11-30,09:00,12:00,work\nana,2026-11-30,12:00,12:30,meal\n"
        "ana,2026-11-30,12:30,17:30,work\nbo,2026-11-30,08:00,18:00,work\n"
    )
    wrong = floorboard("roster", "import", "-", "--state", state, stdin=ROSTER + "nix,2026-11-30,09:00,10:00,work\n")
    assert wrong.stderr == "floorboard: - is no roster, and nothing was planned:\n  line 5: there is no agent nix\n"


def test_a_roster_does_not_overlap_what_is_planned_already(served: Path) -> None:
    state, head = str(served), ROSTER.split("\n", maxsplit=1)[0]
    night = f"{head}\nana,2026-12-01,22:00,06:00,work\n"
    assert floorboard("roster", "import", "-", "--state", state, stdin=night).returncode == 0
    early = f"{head}\nana,2026-12-02,05:00,09:00,work\n"
    for action in ("check", "import"):
        done = floorboard("roster", action, "-", "--state", state, stdin=early)
        assert (done.returncode, done.stderr.splitlines()[1]) == (
            2,
            "  ana: the shift of 2026-12-02 begins before that of 2026-12-01 ends",
        )
    both = f"{head}\nana,2026-12-01,22:00,05:00,work\nana,2026-12-02,05:00,09:00,work\n"
    done = floorboard("roster", "import", "-", "--state", state, stdin=both)
    assert done.stdout == "Planned 2 days of 1 agent.\n", "in place of the night that there was"
    assert done.stderr.splitlines()[0] == "  ana, 2026-12-01: 11 hours; more than 8 is too long."
    touching = f"{head}\nana,2026-12-02,05:00,06:00,work\n"
    done = floorboard("roster", "check", "-", "--state", state, stdin=touching)
    assert done.stderr.splitlines()[0] == "  ana, 2026-12-01: 8 hours without a break; one is due by the 5th hour."


def test_a_roster_without_a_floor_to_take_it(state: Path) -> None:
    done = floorboard("roster", "import", "-", "--state", str(state), stdin=ROSTER)
    assert done.stderr == "floorboard: The floor is not being served: start it, and import the roster then.\n"


# What a day wants


def test_a_forecast_and_a_day_played_again(state: Path) -> None:
    day = told("forecast", "2026-10-31", "--state", str(state))
    by = {each["queue"]: each for each in day["days"]}
    assert by["payments"]["by"] == ["2026-10-24"]
    assert len(day["intervals"]) == 96 * 3
    assert by["-"]["calls"] == pytest.approx(by["payments"]["calls"] + by["loans"]["calls"])
    assert "Saturday, 2026-10-31\n  loans: " in floorboard("forecast", "2026-10-31", "--state", str(state)).stdout
    changed = told("what-if", DAY, "--state", str(state), "--add", "2@11:00", "--remove", "ana@15:00-16:00")["queues"]
    assert set(changed) == {"-", "payments", "loans"}
    was, played, more = (changed["-"][way]["service_level"] for way in ("was", "played", "changed"))
    assert abs(was - played) < 0.15, "the model is about right"
    assert more > played


NO_DAYS = [
    (["forecast", "2026-10-28"], "There is no day like 2026-10-28 in the journal to go by."),
    (["forecast", "2026-10-31", "--queue", "nix"], "There is no queue nix."),
    (["forecast", "9999-12-31"], "'9999-12-31' is no day, as in 2026-11-30"),
    (["forecast", "1970-01-05"], "There is no day like 1970-01-05 in the journal to go by."),
    (["forecast", "2026-10-31", "--weeks", "999999999"], "'999999999' is more than 26: it looks no further back"),
    (["what-if", "9999-12-31", "--add", "2@14:00"], "'9999-12-31' is no day, as in 2026-11-30."),
    (["replay-day", "9999-12-31"], "'9999-12-31' is no day, as in 2026-11-30."),
    (["what-if", DAY], "Say what is to be otherwise"),
    (["what-if", DAY, "--add", "two@14:00"], "'two' is no number of agents."),
    (["what-if", DAY, "--remove", "nix@14:00"], "'nix' is no number of agents, and no agent of this floor."),
    (["what-if", DAY, "--add", "2@25:00"], "'25:00' is no time of day, as in 09:00."),
    (["what-if", DAY, "--add", "2 at noon"], "'2 at noon' is no change, as in 2@14:00"),
    (["what-if", DAY, "--add", "2@14:00-13:00"], "'2@14:00-13:00' ends before it begins."),
    (["what-if", "2026-10-01", "--add", "2@14:00"], "Nobody came on 2026-10-01."),
]


@pytest.mark.parametrize(
    ("args", "sentence"), NO_DAYS, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_a_day_that_cannot_be_told_says_why(state: Path, args: list[str], sentence: str) -> None:
    done = floorboard(*args, "--state", str(state))
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
