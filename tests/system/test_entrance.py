"""A visitor's way through a whole house: a key at the dispenser, a call, a service, a rating, a figure."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from edge import facts as f
from edge.commands.house import House


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with House(2, entrance=True) as up:
        yield up


def until(true: Callable[[], object], timeout_s: float = 20) -> None:
    end = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def facts(house: House, kind: type[f.Fact]) -> list[f.Fact]:
    journal = house.journal()
    found = [fact for _, _, fact in journal.read() if isinstance(fact, kind)]
    journal.close()
    return found


def test_from_the_dispenser_to_a_rating(house: House) -> None:
    dispenser, pad, desk = house.box.boards["dispenser-1"], house.box.boards["rating-1"], house.boards[2]
    until(lambda: lit(dispenser) == "##......")
    house.sign_in(2)
    desk.press("ready")
    desk.wait_confirmed("ready", 10)
    assert lit(pad) == "........"
    dispenser.press("2")
    until(lambda: lit(dispenser) == "########")
    (issued,) = facts(house, f.TicketIssued)
    assert isinstance(issued, f.TicketIssued) and (issued.queue, issued.by) == ("advice", "device:dispenser-1")
    for key, presence in (("next", "called"), ("ready", "serving"), ("ready", "ready")):
        desk.press(key)
        desk.wait_confirmed(presence, 10)
    until(lambda: lit(pad) == "#####...")
    pad.press("4")
    until(lambda: facts(house, f.TicketRated))
    (rated,) = facts(house, f.TicketRated)
    assert isinstance(rated, f.TicketRated) and (rated.contact, rated.score) == (issued.contact, 4)
    until(lambda: lit(pad) == "........")
    told = house.get("/api/v1/explain?number=satisfaction(agent:Agent2,%20today)")
    assert (told["value"], told["denominator"]) == (4, 1)


def lit(board: object) -> str:
    return "".join("#" if any(pixel) else "." for pixel in board.lamp or ())  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["desk-1", "dispenser-1", "rating-1"])
def test_a_technician_asks_a_device_to_test_itself(house: House, name: str) -> None:
    line = [sys.executable, "-m", "edge", "ask", name, "selftest", "--state", str(house.state), "--json"]
    done = subprocess.run(line, capture_output=True, text=True, timeout=80)
    said = json.loads(done.stdout)
    assert done.returncode == 0 and said["ok"] and "lamp" in said["said"], done
    lost = subprocess.run([*line[:4], "desk-99", *line[5:]], capture_output=True, text=True, timeout=80)
    assert (lost.returncode, lost.stderr) == (2, "floorboard: There is no device desk-99.\n")
