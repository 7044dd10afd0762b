"""Nothing is lost and nothing doubled, whatever is killed: the core twenty times, the broker ten, during 2,000 real presses."""

import os
import random
import signal
import threading
import time
from collections import Counter, defaultdict

import pytest

from edge import facts as f
from edge.commands.house import House
from edge.floor import presence

DESKS = 20
PRESSES = 100  # at each desk
PRESS_S = 0.35
CORE_KILLS = 20
BROKER_KILLS = 10
CATCH_UP_S = 60.0
SAVED_S = 3.5  # by then a press lies on the flash
BEAT_MS = 5_000  # a device that has not heard a fresh beat yet goes by the retained one


@pytest.mark.timeout(240)
def test_two_thousand_presses_through_thirty_kills() -> None:
    with House(DESKS) as house:
        for desk in house.boards:
            house.sign_in(desk)
        pressing = [threading.Thread(target=_press_all, args=(house, desk)) for desk in house.boards]
        for thread in pressing:
            thread.start()
        _kill_all(house)
        for thread in pressing:
            thread.join()
        _wait_drained(house)
        _check_journal(house)
        _check_lamps(house)
        assert house.serving.children["core"].starts > CORE_KILLS
        assert house.serving.children["broker"].starts > BROKER_KILLS


def test_presses_while_the_edge_is_down_outlive_pulled_plugs_and_are_booked_when_they_happened() -> None:
    with House(2) as house:
        house.sign_in(1)
        broker, board, pressed_ms = house.serving.children["broker"].pid, house.boards[1], []
        os.kill(broker, signal.SIGSTOP)
        board.wait_lamp(lambda view: view.lost, 20)
        for _ in range(2):
            for key in ("ready", "break"):
                board.press(key)
                pressed_ms.append(time.time() * 1000)
                time.sleep(1.5)  # the times of presses differ by more than they may be off
            time.sleep(SAVED_S)
            board.power_off()
            since = time.monotonic()
            board.power_on()
            board.wait_lamp(lambda view: view.lost, 10, since)
        board.press("ready")
        pressed_ms.append(time.time() * 1000)
        os.kill(broker, signal.SIGCONT)
        board.wait_confirmed("ready", CATCH_UP_S)
        journal = house.journal()
        booked = [fact for _, _, fact in journal.read() if fact.event and fact.event[0] == "desk-1"][1:]
        journal.close()
    assert [type(fact) for fact in booked] == [f.PresenceChanged] * 5
    lanes = [(fact.event[1].rpartition(":")[2], fact.event[2]) for fact in booked if fact.event]
    assert lanes == [("1", 2), ("1", 3), ("2", 1), ("2", 2), ("3", 1)]
    off_ms = [abs(fact.at_ms - at_ms) for fact, at_ms in zip(booked, pressed_ms, strict=True)]
    assert [off for n, off in enumerate(off_ms) if n not in (2, 3)] == pytest.approx([0] * 3, abs=BEAT_MS + 1000)
    assert [fact.age_unknown for fact in booked] == [
        False,
        False,
        True,
        True,
        False,
    ]  # in its second life it heard no time


def _press_all(house: House, desk: int) -> None:
    """Ready, break, ready, …: each press changes something, so that a doubled or reordered one would be seen."""
    for number in range(PRESSES):
        house.boards[desk].press(("ready", "break")[number % 2])
        time.sleep(PRESS_S)


def _kill_all(house: House) -> None:
    chance = random.Random(1)
    victims = ["core"] * CORE_KILLS + ["broker"] * BROKER_KILLS
    chance.shuffle(victims)
    pause_s = PRESSES * PRESS_S / len(victims)
    killed: dict[str, int] = {}
    for victim in victims:
        time.sleep(chance.uniform(0.5, 1.5) * pause_s)
        child = house.serving.children[victim]
        while child.pid == killed.get(victim):  # one that was killed soon after its start waits before the next
            time.sleep(0.05)
        killed[victim] = child.pid
        os.kill(child.pid, signal.SIGKILL)


def _wait_drained(house: House) -> None:
    deadline = time.monotonic() + CATCH_UP_S
    for board in house.boards.values():
        board.wait_confirmed("not_ready", deadline - time.monotonic())
    while min(_events(house).values(), default=0) < PRESSES + 1:
        assert time.monotonic() < deadline, f"some presses have not arrived: {_events(house)}"
        time.sleep(0.2)


def _events(house: House) -> dict[str, int]:
    """Device -> the highest number decided."""
    journal = house.journal()
    highest: dict[str, int] = defaultdict(int)
    for _, _, fact in journal.read():
        if fact.event and fact.event[0].startswith("desk-"):
            highest[fact.event[0]] = max(highest[fact.event[0]], fact.event[2])
    journal.close()
    return highest


def _check_journal(house: House) -> None:
    journal = house.journal()
    facts = [fact for _, _, fact in journal.read() if fact.event and fact.event[0].startswith("desk-")]
    journal.close()
    decided = Counter(fact.event for fact in facts)
    lanes = {device: lane for device, lane, _ in decided}
    assert all(lane.endswith(":1") for lane in lanes.values()), "no board has started again"
    expected = {(f"desk-{n}", lanes[f"desk-{n}"], seq) for n in house.boards for seq in range(1, PRESSES + 2)}
    assert set(decided) == expected, "none lost, none made up"
    assert set(decided.values()) == {1}, "none doubled"
    kinds = Counter(type(fact) for fact in facts)
    assert kinds == {f.PresenceChanged: DESKS * PRESSES, f.AgentSignedIn: DESKS}, "in order, each as it was meant"


def _check_lamps(house: House) -> None:
    journal = house.journal()
    floor = journal.load()
    journal.close()
    for n, board in house.boards.items():
        believed = presence(floor, floor.agents[floor.desks[str(n)].agent])
        board.wait_confirmed(believed, 10)
