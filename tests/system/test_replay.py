"""`floorboard replay` as its user types it: the real records, a kill in the middle, bad input."""

import contextlib
import csv
import gzip
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.journal import Journal

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
RECORD = ROOT / "edge" / "commands" / "asterisk22.queue_log"
BANK = DATA / "bank-1999-02.queue_log.gz"
needs_bank = pytest.mark.skipif(not BANK.exists(), reason="the bank's record may be read, not shipped")
REPLAY = [sys.executable, "-m", "edge", "replay"]


def replay(*args: str | Path, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*REPLAY, *map(str, args)], input=stdin, capture_output=True, cwd=ROOT, timeout=120)


def rows(path: Path) -> dict[tuple[str, str], dict[str, str]]:
    with path.open() as file:
        return {(row["date"], row["queue"]): row for row in csv.DictReader(file)}


def contents(journal: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(journal) as sql:
        return (
            sql.execute("select * from journal order by seq").fetchall()
            + sql.execute("select * from figures order by 1, 2").fetchall()
        )


def test_asterisk_counts_as_asterisk_did(tmp_path: Path) -> None:
    """docs/numbers.md, "Live Asterisk 22": whole file; T = 3 s for support, 5 s for sales."""
    daily = {}
    for queue, target in (("support", 3), ("sales", 5)):
        out = tmp_path / f"{target}.csv"
        assert replay(RECORD, "--format", "queue_log", "--target", str(target), "--daily", out).returncode == 0
        (daily[queue],) = [row for (_, name), row in rows(out).items() if name == queue]
    names = ("offered", "answered", "abandoned", "timed_out")
    assert [daily["support"][name] for name in names] == ["48", "33", "15", "0"]
    assert [daily["sales"][name] for name in names] == ["46", "9", "25", "12"]
    within, left = (int(daily["sales"][name]) for name in ("answered_in_target", "abandoned_in_target"))
    assert f"{(within + left) / (9 + 25):.2%}" == "70.59%", "answered_or_left"
    assert f"{int(daily['support']['answered_in_target']) / 33:.1%}" == "63.6%", "Perf"
    assert f"{within / 9:.1%}" == "44.4%", "Perf"


@needs_bank
def test_the_banks_february_in_every_count_and_sum(tmp_path: Path) -> None:
    out = tmp_path / "daily.csv"
    began = time.monotonic()
    quarters = tmp_path / "intervals.csv"
    assert replay(BANK, "--target", "20", "--daily", out, "--intervals", quarters).returncode == 0
    print(f"the bank's February took {time.monotonic() - began:.1f} s")
    assert_is_the_bank(out)
    summed: dict[tuple[str, str], Counter[str]] = {}
    with quarters.open() as file:
        for row in csv.DictReader(file):
            at, queue = row.pop("interval"), row.pop("queue")
            assert re.fullmatch(r"1999-0[23]-\d\dT\d\d:(00|15|30|45)Z", at)
            summed.setdefault((at[:10], queue), Counter()).update({name: int(count) for name, count in row.items()})
    days = {key: {n: int(v) for n, v in row.items() if n not in ("date", "queue")} for key, row in rows(out).items()}
    assert {key: dict(counts) for key, counts in summed.items()} == days


@needs_bank
def test_killed_in_the_middle_and_started_again(tmp_path: Path) -> None:
    whole = tmp_path / "whole.db"
    assert replay(BANK, "--journal", whole).returncode == 0
    torn, out = tmp_path / "torn.db", tmp_path / "daily.csv"
    chance, kills = random.Random(7), 0
    for _ in range(20):
        process = subprocess.Popen([*REPLAY, str(BANK), "--journal", str(torn)], cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            process.wait(chance.uniform(0.3, 0.9))
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            kills += process.wait() == -signal.SIGKILL
        if process.returncode == 0:
            break
    assert kills, "it was never killed"
    assert replay(BANK, "--journal", torn, "--daily", out).returncode == 0
    assert contents(torn) == contents(whole)
    assert_is_the_bank(out)
    short: Counter[tuple[str, str]] = Counter()
    with contextlib.closing(Journal(torn, read_only=True)) as journal:
        for at_ms, queue, sums in journal.derived.figures():
            short[f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d}", queue] += sums.abandoned_short
    wanted = {key: int(row["abandoned_5s"]) for key, row in rows(DATA / "bank-1999-02.daily.csv").items()}
    assert short == wanted, "short abandons, which the replay's own rows have not"


def assert_is_the_bank(out: Path) -> None:
    got, wanted = rows(out), rows(DATA / "bank-1999-02.daily.csv")
    assert got.keys() == wanted.keys()
    for key, row in wanted.items():
        del row["abandoned_5s"]  # asked of boards, not of the replay
        row["answered_in_target"], row["abandoned_in_target"] = row.pop("answered_20s"), row.pop("abandoned_20s")
        assert got[key] == {**row, "timed_out": "0"}


def test_standard_input_and_gz_give_the_same(tmp_path: Path) -> None:
    packed = tmp_path / "record.gz"
    packed.write_bytes(gzip.compress(RECORD.read_bytes()))
    journals = [tmp_path / name for name in ("plain.db", "gz.db", "stdin.db")]
    assert replay(RECORD, "--journal", journals[0]).returncode == 0
    assert replay(packed, "--journal", journals[1]).returncode == 0
    assert replay("-", "--journal", journals[2], stdin=RECORD.read_bytes()).returncode == 0
    assert contents(journals[0]) == contents(journals[1]) == contents(journals[2])


def test_two_records_one_after_the_other(tmp_path: Path) -> None:
    journal = tmp_path / "j.db"
    first, second = tmp_path / "a", tmp_path / "b"
    text = RECORD.read_text().splitlines(keepends=True)
    first.write_text("".join(text[:100]))
    second.write_text("".join(text[100:]))
    replay(first, "--journal", journal)
    replay(second, "--journal", journal)
    done = json.loads(replay(second, "--journal", journal, "--json").stdout)
    assert (done["offered"], done["answered"], done["abandoned"], done["timed_out"]) == (94, 42, 40, 12)


def test_days_of_another_zone(tmp_path: Path) -> None:
    line = "1795388400|c1|q|NONE|ENTERQUEUE||1|1\n"  # 2026-11-22 23:00 UTC
    for zone, date in (("UTC", "2026-11-22"), ("Asia/Shanghai", "2026-11-23")):
        out = tmp_path / "d.csv"
        assert replay("-", "--timezone", zone, "--daily", out, stdin=line.encode()).returncode == 0
        assert list(rows(out)) == [(date, "q")]


def test_the_zone_is_kept_in_the_journal(tmp_path: Path) -> None:
    journal, out, record = tmp_path / "j.db", tmp_path / "d.csv", tmp_path / "record"
    record.write_text(
        "1795388400|c1|q|NONE|ENTERQUEUE||1|1\n1795388405|c1|q|ana|CONNECT|5|c1|0\n"  # 2026-11-22 23:00 UTC
    )
    assert replay(record, "--timezone", "Asia/Shanghai", "--journal", journal).returncode == 0
    assert replay(record, "--journal", journal, "--daily", out).returncode == 0
    assert list(rows(out)) == [("2026-11-23", "q")], "that of the journal, if none is said"
    line = [sys.executable, "-m", "edge", "report", "--journal", str(journal), "--from", "2026-11-23", "--json"]
    told = json.loads(subprocess.run(line, capture_output=True, cwd=ROOT, timeout=60).stdout)
    assert told["rows"][0]["offered"] == 1
    assert replay(record, "--timezone", "UTC", "--journal", journal, "--daily", out).returncode == 0
    assert list(rows(out)) == [("2026-11-22", "q")]


def test_bad_lines_are_told_by_number_and_do_not_stop_it() -> None:
    text = RECORD.read_text().splitlines(keepends=True)
    bad = "".join([*text[:20], "half a li\n", *text[20:], "1795352999|c|q|NONE|PIGEON|\n"])
    done = replay("-", stdin=bad.encode())
    assert done.returncode == 0
    assert b"unknown 1, malformed 1" in done.stderr
    assert b"line 21: no time at its start" in done.stderr
    counts = json.loads(replay("-", "--json", stdin=bad.encode()).stdout)
    assert (counts["malformed"], counts["unknown"], counts["offered"]) == (1, {"PIGEON": 1}, 94)


MISTAKES = [
    # arguments, what the sentence says
    (["nowhere.log"], "nowhere.log cannot be read: No such file or directory."),
    ([str(RECORD), "--timezone", "Mars/Base"], "There is no time zone Mars/Base"),
    ([str(RECORD), "--daily", "/no/such/folder/x.csv"], "/no/such/folder/x.csv cannot be written"),
    ([str(RECORD), "--journal", str(RECORD)], "is not a journal that can be written"),
    ([str(RECORD), "--target", "0"], "--target"),
]


@pytest.mark.parametrize(("args", "sentence"), MISTAKES)
def test_a_mistake_is_one_clear_sentence(args: list[str], sentence: str) -> None:
    done = replay(*args)
    assert done.returncode == 2
    assert sentence in done.stderr.decode()
    assert b"Traceback" not in done.stderr


def test_a_journal_has_one_writer(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.db")
    done = replay(RECORD, "--journal", tmp_path / "j.db")
    journal.close()
    assert (done.returncode, done.stderr) == (2, b"floorboard: j.db is being written by another process.\n")


def test_a_damaged_gz_keeps_what_came_before(tmp_path: Path) -> None:
    packed = tmp_path / "record.gz"
    packed.write_bytes(gzip.compress(RECORD.read_bytes() * 40)[:-4000])
    done = replay(packed)
    assert done.returncode == 2
    assert b"is damaged" in done.stderr
    assert b". Nothing was kept.\n" in done.stderr
    done = replay(packed, "--journal", tmp_path / "j.db")
    assert done.stderr.endswith(b" What came before is kept, but for 1,000 lines at most.\n")
    readable = 0
    with contextlib.suppress(EOFError), gzip.open(packed) as lines:
        for _ in lines:
            readable += 1
    with contextlib.closing(Journal(tmp_path / "j.db", read_only=True)) as journal:
        (kept,) = journal.load().marks["queue_log"].values()
    assert 0 <= readable - kept <= 1000


@pytest.mark.parametrize("place", range(100, 2000, 300))
def test_a_gz_with_other_bytes_than_it_had_is_damaged(place: int, tmp_path: Path) -> None:
    packed = tmp_path / "record.gz"
    whole = bytearray(gzip.compress(RECORD.read_bytes()))
    whole[place : place + 8] = bytes(255 - byte for byte in whole[place : place + 8])
    packed.write_bytes(whole)
    done = replay(packed)
    assert done.returncode == 2
    assert re.fullmatch(rb"floorboard: .*record\.gz is damaged: .*\. Nothing was kept\.\n", done.stderr), done.stderr


def test_what_is_no_record_is_no_success(tmp_path: Path) -> None:
    """Or a nightly job would write an empty file over a good day."""
    wrong, out = tmp_path / "wrong.csv", tmp_path / "daily.csv"
    wrong.write_text("date,queue\n1999-02-01,IN\n")
    done = replay(wrong, "--daily", out)
    assert (done.returncode, out.exists()) == (2, False)
    assert b"is no queue_log: none of its 2 lines could be read." in done.stderr
    assert replay("-", stdin=b"").returncode == 0, "an empty record is a quiet day"


def test_packed_on_standard_input_and_rows_on_standard_output() -> None:
    done = replay("-", "--daily", "-", stdin=gzip.compress(RECORD.read_bytes()))
    assert done.returncode == 0
    assert [line.split(",")[:3] for line in done.stdout.decode().splitlines()[1:]] == [
        ["2026-11-22", "sales", "46"],
        ["2026-11-22", "support", "48"],
    ]


def test_ctrl_c_says_where_it_stopped(tmp_path: Path) -> None:
    process = subprocess.Popen([*REPLAY, "-", "--journal", str(tmp_path / "j.db")], cwd=ROOT, stdin=-1, stderr=-1)
    assert process.stdin
    process.stdin.write(RECORD.read_bytes())
    process.stdin.flush()
    while not (tmp_path / "j.db").exists():
        time.sleep(0.05)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=10)
    assert process.returncode == 2
    assert b"start again with the same --journal to go on." in said
