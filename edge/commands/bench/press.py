"""`floorboard bench press`: how long a press takes to the lamp, whether any was lost, and how many facts a second are kept."""

import argparse
import json
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from edge import facts as f
from edge.commands import command, whole
from edge.commands.bench.cuts import cuts
from edge.commands.house import House, say
from edge.core import BATCH_MAX, Core, Outcome
from edge.journal import Journal
from edge.requests import Configure, DeviceEvent, SignIn

ANSWER_S = 10.0  # a press that is not confirmed by then is lost
PRESSES_PER_DESK_S = 4  # fast fingers, and time between two presses for the slowest answer


def add(benches: Any) -> None:
    press = command(
        benches,
        "press",
        "Measure press to lamp, from the pin's level to the confirmed colour's bytes, and how many facts a second are kept.",
        "floorboard bench press --rate 100 --seconds 20 --json",
    )
    press.add_argument("--rate", type=whole, default=100, help="presses a second, by all desks together (%(default)s)")
    press.add_argument("--seconds", type=whole, default=20, help="to press (%(default)s)")
    press.add_argument("--json", action="store_true", help="one JSON line (always so)")
    press.set_defaults(run=run_press)


class Presser(threading.Thread):
    """One desk's hand: presses at its own beat, and notes how long each confirmed lamp took."""

    def __init__(self, house: House, desk: int, beat_s: float, presses: int) -> None:
        super().__init__(name=f"presser-{desk}", daemon=True)
        self._board, self._beat_s, self._presses = house.boards[desk], beat_s, presses
        self.waits_ms: list[float] = []
        self.unconfirmed = 0
        self.late_s = 0.0
        self.first_s = 0.0

    def run(self) -> None:
        for number in range(self._presses):
            due_s = self.first_s + number * self._beat_s
            time.sleep(max(0.0, due_s - time.monotonic()))
            self.late_s = max(self.late_s, time.monotonic() - due_s)
            key, presence = (("ready", "ready"), ("break", "not_ready"))[number % 2]
            pressed_s = self._board.press(key)
            try:
                self.waits_ms.append(
                    (self._board.wait_confirmed(presence, ANSWER_S, since=pressed_s) - pressed_s) * 1000
                )
            except TimeoutError:
                self.unconfirmed += 1


def run_press(args: argparse.Namespace) -> int:
    desks = max(1, args.rate // PRESSES_PER_DESK_S)
    beat_s, presses = desks / args.rate, max(1, args.rate * args.seconds // desks)
    with House(desks) as house:
        say(f"signing in at {desks} desks")
        for desk in house.boards:
            house.sign_in(desk)
        say(f"pressing for {args.seconds} s")
        pressers, took_s = press_all(house, beat_s, presses, args.rate)
        kept = _presence_changes(house)
    waits_ms = sorted(wait for presser in pressers for wait in presser.waits_ms)
    if len(waits_ms) < 2:
        say("no press was confirmed, so nothing was measured")
        return 1
    made = presses * desks
    say("measuring how many facts are kept")
    print(
        json.dumps(
            {
                **{f"press_lamp_{cut}": value for cut, value in cuts(waits_ms).items()},
                "press_lamp_max_ms": round(waits_ms[-1], 2),
                "presses": made,
                "presses_per_s": round(made / took_s, 1),
                "late_max_s": round(max(presser.late_s for presser in pressers), 3),
                "unconfirmed": sum(presser.unconfirmed for presser in pressers),
                "lost": made - len(set(kept)),
                "doubled": len(kept) - len(set(kept)),
                "facts_per_s": facts_per_s(),
                "desks": desks,
            }
        )
    )
    return 0 if len(waits_ms) == made == len(kept) else 1


def press_all(house: House, beat_s: float, presses: int, rate: int) -> tuple[list[Presser], float]:
    """So many presses at every desk, `rate` a second by all together; the hands that made them, and the seconds it took."""
    pressers = [Presser(house, desk, beat_s, presses) for desk in house.boards]
    first_s = time.monotonic() + 0.1
    for number, presser in enumerate(pressers):
        presser.first_s = first_s + number / rate
        presser.start()
    for presser in pressers:
        presser.join()
    return pressers, time.monotonic() - first_s


def _presence_changes(house: House) -> list[f.Event]:
    """The event of each press that the journal holds: every one changes the presence, so each must stand there once."""
    journal = house.journal()
    events = [fact.event for _, _, fact in journal.read() if isinstance(fact, f.PresenceChanged) and fact.event]
    journal.close()
    return events


FACTS_S = 3.0  # to measure how many facts are kept a second
OUTSTANDING = 4 * BATCH_MAX  # requests that wait at a time


def facts_per_s() -> int:
    """Facts a second that the core decides, folds and has on the disk, a key press each, in batches as they wait."""
    with tempfile.TemporaryDirectory(prefix="floorboard-") as folder:
        core = Core(Journal(Path(folder) / "journal.db"))
        site = (
            f.DeskOpened(desk="1", at_ms=0),
            f.AgentMet(agent="ana", at_ms=0),
            f.DeviceRegistered(device="desk-1", role="desk", desk="1", at_ms=0),
        )
        core.put(Configure(wanted=site, at_ms=core.now_ms()))
        core.put(SignIn(agent="ana", desk="1", at_ms=core.now_ms()))
        room, seq = threading.Semaphore(OUTSTANDING), 0

        def decided(outcome: Outcome) -> None:
            assert isinstance(outcome, list), outcome
            room.release()

        thread = threading.Thread(target=core.run, name="core")
        thread.start()
        began_s = time.monotonic()
        while time.monotonic() - began_s < FACTS_S:
            room.acquire()
            seq += 1
            key = ("ready", "break")[seq % 2]
            event = {"device": "desk-1", "id": "bench", "boot": 1, "seq": seq, "first": 1, "age_ms": 0}
            core.put(DeviceEvent(at_ms=core.now_ms(), key=key, press="short", **event), decided)  # type: ignore[arg-type]
        for _ in range(OUTSTANDING):
            room.acquire()
        took_s = time.monotonic() - began_s
        core.stop()
        thread.join()
        kept = core.floor.seq
        core.journal.close()
    return int(kept / took_s)
