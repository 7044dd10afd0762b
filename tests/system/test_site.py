"""The site's file on a floor that is being served: shown as a difference, applied while it runs, refused as a whole."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.commands.house import free_port
from edge.commands.serving import Serving
from edge.journal import Journal
from tests.system.test_devices import Unit, until

ROOT = Path(__file__).parents[2]
WAIT_S = 20


class Served:
    """A floor that is served from `site`; `write` changes the file, `floorboard` is the command line."""

    def __init__(self, folder: Path) -> None:
        self.file, self.state = folder / "site.toml", folder / "state"
        self.site, self.port = "lab", free_port()
        self._head = f'site = "lab"\n[broker]\nport = {self.port}\n[web]\nport = {free_port()}\n'

    def write(self, *tables: str) -> None:
        self.file.write_text(self._head + "\n".join(tables))

    def floorboard(self, action: str, *more: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "edge", "site", action, "--site", str(self.file), "--state", str(self.state)]
        return subprocess.run([*line, *more], capture_output=True, text=True, cwd=ROOT, timeout=60)

    def names(self, what: str) -> list[str]:
        journal = Journal(self.state / "journal.db", read_only=True)
        found = sorted(getattr(journal.load(), what))
        journal.close()
        return found

    def until_names(self, what: str, names: list[str]) -> None:
        until(lambda: (self.state / "core.sock").exists() and self.names(what) == names, what, WAIT_S)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path)
    served.write(DESK.format(1), UNIT.format(1))
    with Serving(served.file, served.state) as serving:
        served.until_names("devices", ["desk-1"])
        served.core = serving.children["core"]  # type: ignore[attr-defined]
        yield served


DESK = '[[desk]]\nnumber = "{0}"\n'
UNIT = '[[device]]\nname = "desk-{0}"\ndesk = "{0}"\n'
QUEUE = '[[queue]]\nname = "{}"\n'


def test_a_changed_file_is_shown_and_applied_while_the_floor_runs(served: Served) -> None:
    first = Unit(served)  # type: ignore[arg-type]
    first.greet()
    served.write(DESK.format(2), UNIT.format(2), QUEUE.format("sales"))

    shown = served.floorboard("diff")
    assert shown.stdout.splitlines() == ["+ queue sales", "+ desk 2", "+ device desk-2", "- device desk-1", "- desk 1"]
    assert served.names("devices") == ["desk-1"], "shown, not done"

    applied = served.floorboard("apply")
    assert (applied.returncode, applied.stdout) == (0, shown.stdout)
    assert (served.names("queues"), served.names("desks"), served.names("devices")) == (["sales"], ["2"], ["desk-2"])
    until(lambda: not first.client.is_connected(), "the one that was taken away is sent away")
    second = until(lambda: _signed_in(lambda: Unit(served, "desk-2")), "the new one signs in without a restart")  # type: ignore[arg-type]
    second.greet()
    until(lambda: second.all("show/lamp"), "its lamp")
    for unit in (first, second):
        unit.close()

    again = served.floorboard("apply", "--json")
    assert json.loads(again.stdout) == {"changes": [], "at_next_start": [], "notes": []}


def _signed_in(unit: Callable[[], Unit]) -> Any:
    try:
        return unit()
    except (AssertionError, OSError):
        return None


def test_a_bad_file_changes_nothing_and_keeps_no_core_from_coming_back(served: Served) -> None:
    served.write(DESK.format(1), '[[device]]\nname = "desk-1"\ndesk = "9"\n')
    for action in ("check", "diff", "apply"):
        refused = served.floorboard(action)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert (
            refused.stderr == f"floorboard: {served.file}: device.desk of desk-1: there is no desk '9'; known are 1.\n"
        )
    core = served.core  # type: ignore[attr-defined]
    os.kill(core.pid, signal.SIGKILL)
    until(lambda: core.starts == 2, "a new core", WAIT_S)
    unit = Unit(served)  # type: ignore[arg-type]
    unit.greet()
    unit.press(1)
    until(lambda: unit.acked() == [(1, 1)], "a press is decided", WAIT_S)
    unit.close()
    assert served.names("devices") == ["desk-1"]


def test_what_is_in_use_is_refused_with_a_sentence(served: Served) -> None:
    unit = Unit(served)  # type: ignore[arg-type]
    unit.greet()
    unit.press(1)  # help
    until(lambda: unit.acked() == [(1, 1)], "help is raised")
    served.write()
    refused = served.floorboard("apply")
    assert refused.returncode == 2
    assert refused.stderr == (
        "floorboard: Nothing was changed. Desk 1 cannot be taken away: help is asked for there.\n"
    )
    assert served.names("desks") == ["1"]
    unit.close()


def test_ports_wait_for_the_next_start(served: Served) -> None:
    served._head = served._head.replace(str(served.port), str(free_port()))
    served.write(DESK.format(1), UNIT.format(1))
    applied = served.floorboard("apply")
    assert applied.stdout == "Queues, desks, agents, boards and devices are as the file says.\n"
    assert "broker differs: only the next start of `floorboard serve` takes it in." in applied.stderr


def test_a_start_with_a_bad_file_brings_the_floor_up_as_it_was(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    served = Served(tmp_path)
    served.write(DESK.format(1), UNIT.format(1))
    with Serving(served.file, served.state):
        served.until_names("devices", ["desk-1"])
    served.file.write_text("site = ")
    with Serving(served.file, served.state):
        served.until_names("devices", ["desk-1"])
    said = capfd.readouterr().err
    assert f"{served.file} is not TOML" in said
    assert "The floor stays as it was" in said


def test_without_a_floor_it_says_so(tmp_path: Path) -> None:
    served = Served(tmp_path)
    served.write(DESK.format(1))
    checked = served.floorboard("check")
    assert checked.stdout == f"{served.file} is good: 0 queues, 1 desk, 0 agents, 0 boards, 0 devices.\n"
    refused = served.floorboard("apply")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "is no floor's state" in refused.stderr


def test_a_site_of_four_hundred_desks_is_applied_in_one_piece(served: Served) -> None:
    served.write(*(DESK.format(n) + UNIT.format(n) for n in range(1, 401)))
    applied = served.floorboard("apply", "--json")
    assert applied.returncode == 0, applied.stderr
    assert len(json.loads(applied.stdout)["changes"]) == 2 * 399
    assert len(served.names("desks")) == 400


def test_what_an_applied_file_says_of_ports_does_not_cut_off_a_core_that_comes_back(served: Served) -> None:
    served._head = served._head.replace(str(served.port), str(free_port()))
    served.write(DESK.format(1), UNIT.format(1))
    assert served.floorboard("apply").returncode == 0
    core = served.core  # type: ignore[attr-defined]
    os.kill(core.pid, signal.SIGKILL)
    until(lambda: core.starts == 2, "a new core", WAIT_S)
    unit = Unit(served)  # type: ignore[arg-type]
    unit.greet()
    unit.press(1)
    until(lambda: unit.acked() == [(1, 1)], "a press is decided over the old port", WAIT_S)
    unit.close()
