"""Rollouts on a served floor: real edge, real broker, three virtual boards with real firmware."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edge import identity
from edge.asking import Asking
from edge.commands import boards
from edge.commands.serving import Serving, floor_of
from edge.devices import updates
from edge.floor import Rollout
from edge.requests import StartRollout
from flash import tree
from hardware.virtual import Board, Copper
from tests.firmware import builds

NAMES = ("desk-1", "desk-2", "desk-3")
OLD_HEAD = "floorboard-1 desk-unit desk 0.0.9"
FAST = "import wire\nwire.PIECE_PACE_MS = 0\n"
NEVER = 0xFFFFFFFF  # bytes: as a board is new
BROKEN = "raise ValueError('no good')\n"


def until(true: Callable[[], Any], wait_s: float = 60) -> Any:
    end = time.monotonic() + wait_s
    while not (value := true()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return value


class House:
    """A served floor with three desk units, whose firmware is a version behind."""

    def __init__(self, folder: Path, serving: Serving, made: dict[str, Board], slot: dict[str, bytes]) -> None:
        self.state, self.serving, self.boards, self.slot = folder / "state", serving, made, slot

    def command(self, *words: str, code: int = 0) -> dict[str, Any]:
        line = [sys.executable, "-m", "edge", "firmware", *words, "--state", str(self.state), "--json"]
        done = subprocess.run(line, capture_output=True, text=True, timeout=110)
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def say(self, *words: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "edge", *words, "--state", str(self.state)]
        return subprocess.run(line, capture_output=True, text=True, timeout=110)

    def roll_out(self, files: dict[str, bytes]) -> str:
        build = updates.keep(self.state, files)
        answer = Asking(self.state).ask(StartRollout(version="0.2.0", builds={"desk-unit": build}))
        assert "facts" in answer, answer
        return build

    @property
    def rollout(self) -> Rollout:
        rollout = floor_of(self.state).rollout
        assert rollout
        return rollout

    def device(self, name: str) -> Any:
        return floor_of(self.state).devices[name]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    tables = "".join(f'[[desk]]\nnumber = "{n}"\n[[device]]\nname = "desk-{n}"\ndesk = "{n}"\n' for n in (1, 2, 3))
    port = free_port()
    (folder / "site.toml").write_text(f'site = "lab"\n[broker]\nport = {port}\n[web]\nport = {free_port()}\n{tables}')
    tree.build("desk-unit", folder / "tree")
    slot = tree.read(folder / "tree" / tree.SLOT)
    boards.put(builds.slot_of(builds.build(slot, OLD_HEAD, extra="X = 1\n")), folder / "tree" / tree.SLOT)
    state = folder / "state"
    with Serving(folder / "site.toml", state) as serving, Copper() as copper:
        assert serving.wait_up()
        made = {}
        for n, name in enumerate(NAMES):
            place = {"site": "lab", "name": name, "role": "desk", "host": "localhost", "port": port}
            device = identity.device_file(state, **place, provisioning_id=f"{n:016}", board="desk-unit")
            made[name] = Board(name, folder / name, copper, prelude=FAST)
            boards.provision(made[name], folder / "tree", device, (state / "ca.crt").read_bytes())
            made[name].power_on()
        until(lambda: all(floor_of(state).devices[name].online for name in NAMES))
        yield House(folder, serving, made, slot)
        for board in made.values():
            board.power_off()


def test_good_firmware_goes_to_one_then_to_all_through_a_power_cut(house: House) -> None:
    house.boards["desk-1"].cut_power_after(60_000)
    running = subprocess.Popen(
        [sys.executable, "-m", "edge", "firmware", "rollout", "--state", str(house.state), "--json", "--wait"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    house.boards["desk-1"].wait_off(60)
    assert [update.state for update in house.rollout.updates.values()] == ["asked", "waiting", "waiting"]
    house.boards["desk-1"].cut_power_after(NEVER)
    house.boards["desk-1"].power_on()
    out, told = running.communicate(timeout=110)
    changes = [line for line in told.splitlines() if ", wave " in line]
    assert changes[:2] == ["floorboard: desk-1, wave 1: asked", "floorboard: desk-1, wave 1: done"]
    assert sorted(changes[2:])[::2] == [f"floorboard: {name}, wave 2: asked" for name in NAMES[1:]]
    row = json.loads(out.splitlines()[-1])
    assert (running.returncode, row["state"], row["counts"]) == (0, "done", {"done": 3})
    for name in NAMES:
        device = house.device(name)
        assert (device.slot, device.trial, device.firmware) == ("b", False, tree.version())
    assert house.command("status")["counts"] == {"done": 3}
    again = subprocess.run(
        [sys.executable, "-m", "edge", "firmware", "rollout", "--state", str(house.state)],
        capture_output=True,
        text=True,
    )
    assert (again.returncode, again.stderr.splitlines()[-1]) == (2, "floorboard: Every device runs it already.")


def test_firmware_that_crashes_stops_at_the_first(house: House) -> None:
    house.roll_out(builds.slot_of(builds.build(house.slot, begin=BROKEN)))
    until(lambda: house.rollout.state == "stopped")
    assert house.rollout.why.startswith("desk-1: It did not start. ValueError: no good; File 'begin.py'")
    assert [update.state for update in house.rollout.updates.values()] == ["failed", "waiting", "waiting"]
    until(lambda: house.device("desk-1").online)
    assert (house.device("desk-1").slot, house.device("desk-1").crash[:19]) == ("b", "ValueError: no good")
    shown = subprocess.run(
        [sys.executable, "-m", "edge", "device", "show", "desk-1", "--state", str(house.state)],
        capture_output=True,
        text=True,
    )
    assert "crash        ValueError: no good; File 'begin.py'" in shown.stdout
    assert house.command("status", code=1)["counts"] == {"failed": 1, "waiting": 2}
    assert house.say("firmware", "status").stdout.count("no good") == 1
    build = house.device("desk-1").build
    listed = house.say("device", "list").stdout.splitlines()[0]
    row = rf"desk-1 +desk +ready +{re.escape(tree.version())} +{build[:8]} +(-\d+ dBm +)?ValueError: no good;"
    assert re.match(row, listed), listed


def test_the_core_may_die_in_the_middle_and_it_goes_on(house: House) -> None:
    build = house.roll_out(builds.slot_of(builds.build(house.slot, extra="X = 2\n" * 3_000)))
    until(lambda: house.rollout.asked)
    os.kill(house.serving.children["core"].pid, signal.SIGKILL)
    until(lambda: house.rollout.state != "open", 100)
    assert (house.rollout.state, house.rollout.why) == ("done", "")
    assert {house.device(name).build for name in NAMES} == {build}


def test_ctrl_c_leaves_a_rollout_to_itself_and_a_lost_device_is_not_waited_for(house: House) -> None:
    house.boards["desk-1"].power_off()
    until(lambda: not house.device("desk-1").online, 100)
    lost = house.say("ask", "desk-1", "selftest")
    assert (lost.returncode, lost.stdout) == (2, "")
    assert re.fullmatch(r"floorboard: desk-1 is lost since [-0-9 ]*\d\d:\d\d: nobody would answer.\n", lost.stderr)
    line = [sys.executable, "-m", "edge", "firmware", "rollout", "--device", "desk-1", "--wait"]
    running = subprocess.Popen([*line, "--state", str(house.state)], stderr=subprocess.PIPE, text=True)
    until(lambda: house.rollout.state == "open")
    time.sleep(2)
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=20)
    assert running.returncode == 130
    assert told.splitlines()[-1].startswith("floorboard: The rollout goes on by itself; `floorboard firmware stop ")
    assert house.rollout.state == "open"
    assert house.say("firmware", "stop").returncode == 0
