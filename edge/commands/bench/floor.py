"""`floorboard bench floor`: a floor of any size on real firmware over TLS, pressed at; and what a broker's restart does to it."""

import argparse
import json
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from edge import facts as f
from edge.commands import Stop, command, count, end_as_by_ctrl_c, whole
from edge.commands.bench.cuts import cuts
from edge.commands.bench.restart import restart
from edge.commands.house import House, say
from hardware.virtual import usage

ANSWER_S = 10.0  # a press that is not confirmed by then is unconfirmed; whether it was lost the journal says
HANDS = 64  # presses under way at a time
CLERKS = 8  # who sign agents in
SETTLE_S = 3.0  # after signing in: the walls have shown it
TELL_S = 10.0
EDGE = ("core", "web", "broker")


def add(benches: Any) -> None:
    floor = command(
        benches,
        "floor",
        "Measure a whole floor on this machine: desk units and displays on real firmware over TLS, press to lamp, and what all"
        " of it costs.",
        """floorboard bench floor --desks 1000 --boards 50 --presses-per-s 50 --seconds 60 --json
        floorboard bench floor --desks 1000 --boards 0 --seconds 0 --restart-broker --json""",
    )
    floor.add_argument("--desks", type=whole, default=1000, help="desk units (%(default)s)")
    floor.add_argument("--boards", type=count, default=50, help="counter displays, wallboards and halls (%(default)s)")
    floor.add_argument("--presses-per-s", type=whole, default=50, help="by all desks together (%(default)s)")
    floor.add_argument("--seconds", type=count, default=60, help="to press, 0 for none (%(default)s)")
    floor.add_argument(
        "--restart-broker", action="store_true", help="then kill the broker, and measure how all sign in again"
    )
    floor.add_argument("--json", action="store_true", help="one JSON line (always so)")
    floor.set_defaults(run=run_floor)


def mixed(boards: int, desks: int) -> tuple[int, int, int]:
    """So many displays as (counter displays, wallboards, hall displays): two, two and one of five, no more counters than desks."""
    counters = min(2 * boards // 5, desks)
    halls = boards // 5
    return counters, boards - counters - halls, halls


def run_floor(args: argparse.Namespace) -> int:
    end_as_by_ctrl_c()
    counters, walls, halls = mixed(args.boards, args.desks)
    began_s = time.monotonic()
    with House(args.desks, counters, walls, halls, behind=True) as house:
        figures: dict[str, Any] = {"desks": args.desks, "boards": args.boards}
        figures["start_s"] = round(time.monotonic() - began_s, 1)
        is_well = True
        if args.seconds:
            found, is_well = _pressed(house, args.presses_per_s, args.seconds)
            figures |= found
        if args.restart_broker:
            found, is_back = restart(house)
            figures["restart"], is_well = found, is_well and is_back
        say("ending")
    print(json.dumps(figures))
    return 0 if is_well else 1


class Presses:
    """Keys of all desks in turn, `rate` a second by a clock that waits for nobody; how long each confirmed lamp took."""

    def __init__(self, house: House, rate: int, seconds: int) -> None:
        self._house, self._rate, self.made = house, rate, rate * seconds
        self._desks = list(house.boards)
        self.waits_ms: list[float] = []
        self.unconfirmed = 0
        self.late_s = 0.0
        self.is_first = True  # each pressed unit had the processor before the other boards
        self._lock = threading.Lock()

    def run(self) -> float:
        """Seconds that it took."""
        self._first_s = time.monotonic() + 0.1
        with ThreadPoolExecutor(HANDS) as hands:
            for number in range(self.made):
                time.sleep(max(0.0, self._first_s + number / self._rate - time.monotonic()))
                hands.submit(self._press, number)
                if number and number % int(TELL_S * self._rate) == 0:
                    say(f"{number} of {self.made} presses are made")
        return time.monotonic() - self._first_s

    def _press(self, number: int) -> None:
        late_s = time.monotonic() - self._first_s - number / self._rate
        turn, desk = divmod(number, len(self._desks))
        board = self._house.boards[self._desks[desk]]
        key, presence = (("ready", "ready"), ("break", "not_ready"))[turn % 2]
        wait_ms: float | None = None
        with first(board.pid) as is_first, suppress(TimeoutError):
            pressed_s = board.press(key)
            wait_ms = (board.wait_confirmed(presence, ANSWER_S, since=pressed_s) - pressed_s) * 1000
        with self._lock:
            self.is_first = self.is_first and is_first
            self.late_s = max(self.late_s, late_s)
            if wait_ms is None:
                self.unconfirmed += 1
            else:
                self.waits_ms.append(wait_ms)


@contextmanager
def first(pid: int) -> Iterator[bool]:
    """On a floor each unit has a processor of its own: the one that is pressed goes before the thousand others that share this one.
    False if the kernel does not let us: not everybody may take a process out of SCHED_IDLE."""
    try:
        os.sched_setscheduler(pid, os.SCHED_OTHER, os.sched_param(0))
    except PermissionError:
        yield False
        return
    yield True
    os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))


def _pressed(house: House, rate: int, seconds: int) -> tuple[dict[str, Any], bool]:
    """The figures, and whether each press stands in the journal just once and came to its lamp."""
    say(f"signing in at {len(house.boards)} desks")
    with ThreadPoolExecutor(CLERKS) as clerks:
        list(clerks.map(lambda n: house.ask(ask="SignIn", agent=f"Agent{n}", desk=str(n)), house.boards))
    time.sleep(SETTLE_S)
    say(f"pressing for {seconds} s")
    boards = list(house.box.boards.values())
    devices, starts = [board.pid for board in boards], [board.connects for board in boards]
    edge = {name: house.serving.children[name].pid for name in EDGE}
    before = {name: usage.cpu_s([pid]) for name, pid in edge.items()}
    devices_before, bench_before = usage.cpu_s(devices), time.process_time()
    presses = Presses(house, rate, seconds)
    took_s = presses.run()
    costs = {name: round(usage.cpu_s([pid]) - before[name], 2) for name, pid in edge.items()}
    kept = _kept(house)
    again = [board for board, before in zip(boards, starts, strict=True) if board.connects > before]
    if again:
        say(f"{again[0].name} has started again; it said: {again[0].console[-600:]}")
        raise Stop(
            f"{len(again)} boards have started again while they were pressed, the first of them {again[0].name}."
        )
    if len(presses.waits_ms) < 2:
        raise Stop("no press was confirmed, so nothing was measured")
    figures = {f"press_lamp_{cut}": value for cut, value in cuts(presses.waits_ms).items()}
    return {
        **figures,
        "press_lamp_max_ms": round(max(presses.waits_ms), 2),
        "lost": presses.made - len(set(kept)),
        "doubled": len(kept) - len(set(kept)),
        "unconfirmed": presses.unconfirmed,
        "presses": presses.made,
        "presses_per_s": round(presses.made / took_s, 1),
        "late_max_s": round(presses.late_s, 3),
        "pressed_first": presses.is_first,
        "devices_cpu_s": round(usage.cpu_s(devices) - devices_before, 2),
        "edge_cpu_s": round(sum(costs.values()), 2),
        **{f"{name}_cpu_s": cost for name, cost in costs.items()},
        "bench_cpu_s": round(time.process_time() - bench_before, 2),
        "edge_rss_mb": round(sum(rss_mb(pid) for pid in edge.values()), 1),
        **{f"{name}_rss_mb": round(rss_mb(pid), 1) for name, pid in edge.items()},
    }, len(presses.waits_ms) == presses.made == len(kept) == len(set(kept))


def _kept(house: House) -> list[f.Event]:
    """The event of each press in the journal: every one changes a presence, so each must stand there once."""
    journal = house.journal()
    events = [fact.event for _, _, fact in journal.read() if isinstance(fact, f.PresenceChanged) and fact.event]
    journal.close()
    return events


def rss_mb(pid: int) -> float:
    """Memory of a process that is in use, proc_pid_status(5), VmRSS."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise Stop(f"process {pid} has no memory: it has ended")
