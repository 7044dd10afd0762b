"""`floorboard virtual` at a floor that is being served: boards in the places of missing devices, and nothing left behind."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.commands.house import free_port
from edge.commands.serving import Serving
from edge.journal import Journal
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
