"""`floorboard virtual` at a floor that is being served: boards in the places of missing devices, and nothing left behind."""

import json
import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.commands.house import free_port
from edge.commands.serving import Serving
from edge.journal import Journal
from hardware.virtual.board import BOARDS
from hardware.virtual.page import words
from hardware.virtual.reading import lamp, read
from tests.system.test_devices import until
from tests.system.test_site import DESK, ROOT, UNIT, Served

BOARD = (
    '[[board]]\nname = "hall"\ntiles = ["waiting"]\n[[device]]\nname = "wall-1"\nrole = "wallboard"\nboard = "hall"\n'
)
HALL = '[[device]]\nname = "hall-1"\nrole = "hall"\nboard = "hall"\n'
COUNTER = '[[device]]\nname = "counter-1"\nrole = "counter"\ndesk = "1"\n'


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path)
    served.write(DESK.format(1), UNIT.format(1), COUNTER, BOARD, HALL)
    with Serving(served.file, served.state):
        served.until_names("devices", ["counter-1", "desk-1", "hall-1", "wall-1"])
        yield served


def command(served: Served, *more: str) -> list[str]:
    at = ["--site", str(served.file), "--state", str(served.state), "--port", str(free_port())]
    return [sys.executable, "-m", "edge", "virtual", *at, *more]


def test_boards_sign_in_where_devices_are_missing_and_are_unplugged_by_ctrl_c(served: Served) -> None:
    line = command(served, "--desks", "1", "--counters", "1", "--walls", "1", "--halls", "1", "--serial", "--json")
    running = subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert running.stdout
        said = json.loads(running.stdout.readline())
        assert said["boards"] == ["desk-1", "counter-1", "wall-1", "hall-1"]
        assert said["ports"]["wall-1"].startswith("rfc2217://127.0.0.1:")
        until(lambda: online(served) == {"desk-1", "counter-1", "wall-1", "hall-1"}, "all have greeted")
        second = subprocess.run(command(served), cwd=ROOT, capture_output=True, text=True, timeout=30)
        assert second.returncode == 2
        assert "1 of role desk asked for, but only 0 of the site's devices are free: the others" in second.stderr
    finally:
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate(timeout=20)
    assert running.returncode == 0
    assert "Traceback" not in errors
    until(lambda: online(served) == set(), "their wills are told")


def online(served: Served) -> set[str]:
    journal = Journal(served.state / "journal.db", read_only=True)
    devices = journal.load().devices.values()
    journal.close()
    return {device.device for device in devices if device.online}


def test_without_a_floor_it_says_what_to_start(tmp_path: Path) -> None:
    served = Served(tmp_path)
    served.write(DESK.format(1))
    done = subprocess.run(command(served), cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert done.stderr == (
        f"floorboard: No floor is served from {served.state}; start `floorboard serve` with that state first.\n"
    )


def test_the_page_has_a_name_for_each_board_and_each_word_that_it_says() -> None:
    wanted = {tomllib.loads(file.read_text(encoding="utf-8"))["title"] for file in BOARDS.glob("*.toml")}
    template = Path(words.__file__).with_name("templates") / "boards.html"
    wanted |= set(re.findall(r"word\.(\w+)", template.read_text(encoding="utf-8")))
    assert len(wanted) > 10
    assert [name for name in sorted(wanted) if not all(words.WORDS.get(name, ("", "")))] == []


def test_a_note_stands_in_one_language() -> None:
    assert words.note("陈晓 · PIN 1 1 · plays_itself", words.table("en")) == "陈晓 · PIN 1 1 · plays itself"
    assert words.note("Ana · plays_itself", words.table("zh")) == "Ana · 自动演示"


GREEN, BLUE = (0, 48, 0), (0, 0, 64)  # firmware/visitor.py


@pytest.mark.parametrize(
    ("role", "shape", "colour", "said"),
    [
        ("desk", "##......", lamp.DIGIT, "Signing in: 2 of 6 digits"),
        ("dispenser", "##......", GREEN, "A number at key 1, 2"),
        ("dispenser", ".#......", GREEN, "A number at key 2"),  # amber it would be a trouble
        ("dispenser", "#.##....", GREEN, "A number at key 1, 3, 4"),  # amber a stuck key
        ("dispenser", "........", GREEN, "No queue is open"),
        ("dispenser", ".....#..", lamp.WHITE, "waiting for an answer"),
        ("dispenser", "########", BLUE, "A number is given"),
        ("dispenser", lamp.NO[1] + "...", lamp.RED, "No number is given"),
        ("dispenser", lamp.STUCK + "...", lamp.AMBER, "A key is stuck, or held down"),
        *(("dispenser", bar + "." + ends, lamp.AMBER, "Cannot reach the edge") for bar, ends in lamp.LOST),
        *(("rating", code + "...", lamp.AMBER, "Cannot reach the edge") for code, _ in lamp.CODES),
        ("rating", "#####...", lamp.WHITE, "Asks for a rating: 1 bad, 5 good"),
        ("rating", "########", GREEN, "Thanks for the rating"),
        ("rating", "........", lamp.WHITE, "Sleeps until a service at its desk ends"),
        ("rating", "########", lamp.WHITE, ""),  # it shows itself
    ],
)
def test_what_a_lamp_says_is_read_by_its_role(role: str, shape: str, colour: tuple[int, int, int], said: str) -> None:
    pixels = lamp.paint(shape, colour)
    assert words.says(role, read(pixels), pixels, words.table("en")) == said
    assert bool(words.says(role, read(pixels), pixels, words.table("zh"))) == bool(said)
