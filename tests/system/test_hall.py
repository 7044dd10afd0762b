"""Calls at several desks at once, on the glass of a virtual hall display: one after the other, each for its time."""

import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from edge.commands.house import House
from edge.hall import HALL_SHOWN_MS
from tests.firmware.reading import reads
from tests.firmware.test_hall import DESK, NUMBER, line

TOGETHER_S = 0.01


@pytest.fixture
def house() -> Iterator[House]:
    with House(2, 0, 0, 1) as house:
        for desk, board in house.boards.items():
            house.sign_in(desk)
            board.wait_confirmed("ready", 10, since=board.press("ready"))
        yield house


def calls(house: House) -> list[dict[str, Any]]:
    """The page's, from its stream's first picture."""
    with urllib.request.urlopen(house.request("/tv/hall/live"), timeout=5) as stream:
        for row in stream:
            if row.startswith(b"data: ") and b"calls" in row:
                return list(json.loads(row[6:])["calls"])
    raise AssertionError("no picture")


def test_two_calls_within_ten_milliseconds_are_shown_one_after_the_other(house: House) -> None:
    hall = house.box.boards["hall-1"]
    hall.wait_screen(lambda screen: reads(screen, "–", NUMBER), 10)
    for _ in range(2):
        house.ask(ask="IssueTicket", queue="payments")
    pressing = [threading.Thread(target=board.press, args=("next",)) for board in house.boards.values()]
    for thread in pressing:
        thread.start()
    for thread in pressing:
        thread.join()
    for board in house.boards.values():
        board.wait_confirmed("called", 10)
    until_s = time.monotonic() + 5
    while len(listed := calls(house)) < 2 and time.monotonic() < until_s:
        time.sleep(0.1)
    first, second = listed
    assert second["at_ms"] - first["at_ms"] <= 1000 * TOGETHER_S + 20, "the keys came together"
    assert {first["desk"], second["desk"]} == {"1", "2"}

    began_s = hall.wait_screen(
        lambda screen: reads(screen, first["number"], NUMBER) and reads(screen, f"→ DESK {first['desk']}", DESK), 3
    )
    until_s = hall.wait_screen(
        lambda screen: reads(screen, second["number"], NUMBER) and reads(screen, f"→ DESK {second['desk']}", DESK), 10
    )
    assert HALL_SHOWN_MS / 1000 - 0.5 < until_s - began_s < HALL_SHOWN_MS / 1000 + 1, "each for its time"
    hall.wait_screen(lambda screen: reads(screen, f"{first['number']} → {first['desk']}", line(1)), 3)

    recalled = int(first["desk"])
    house.boards[recalled].press("recall")
    hall.wait_screen(lambda screen: reads(screen, first["number"], NUMBER), 10)
    hall.wait_screen(lambda screen: reads(screen, f"{second['number']} → {second['desk']}", line(1)), 3)
    assert hall.faults == []
