"""`floorboard bench`: measures, each one JSON object on one line, the last on standard output."""

import argparse
import json
import statistics
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

from edge import facts as f
from edge.commands import command, whole
from edge.commands.box import HARDWARE
from edge.commands.house import House, say
from edge.core import BATCH_MAX, Core, Outcome
from edge.journal import Journal
from edge.requests import Configure, DeviceEvent, SignIn
from hardware.virtual import Board, usage

ANSWER_S = 10.0  # a press that is not confirmed by then is lost
PRESSES_PER_DESK_S = 4  # fast fingers, and time between two presses for the slowest answer


def add(commands: Any) -> None:
    bench = command(
        commands,
        "bench",
        "Measure what the product is held to.",
        "floorboard bench idle --desks 100 --json",
    )
    benches = bench.add_subparsers(title="benches", metavar="NAME", required=True)
    idle = command(
        benches,
        "idle",
        "Measure the processor time of idle desk units: real firmware, signed in over TLS, pressing nothing.",
        "floorboard bench idle --desks 100 --seconds 30 --json",
    )
    idle.add_argument("--desks", type=whole, default=100, help="desk units (%(default)s)")
    idle.add_argument("--seconds", type=whole, default=30, help="to measure (%(default)s)")
    idle.add_argument("--json", action="store_true", help="one JSON line (always so)")
    idle.set_defaults(run=run_idle)
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
    call = command(
        benches,
        "call",
        "Measure a call: from the pin of the next key to the last byte on the counter display's bus, and to a TV page's stream.",
        "floorboard bench call --calls 100 --json",
    )
    call.add_argument("--calls", type=whole, default=100, help="calls to make (%(default)s)")
    call.add_argument("--json", action="store_true", help="one JSON line (always so)")
    call.set_defaults(run=run_call)


def run_idle(args: argparse.Namespace) -> int:
    with House(args.desks) as house:
        say(f"measuring for {args.seconds} s")
        percent = usage.idle_percent(list(house.boards.values()), args.seconds)
        online = sum(1 for desk in house.get("/api/floor")["desks"] if desk["device"]["online"])
    print(
        json.dumps(
            {
                "desks": args.desks,
                "online": online,
                "devices_cpu_percent": round(percent, 2),
                "seconds": args.seconds,
            }
        )
    )
    return 0 if online == args.desks else 1


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
        pressers = [Presser(house, desk, beat_s, presses) for desk in house.boards]
        say(f"pressing for {args.seconds} s")
        first_s = time.monotonic() + 0.1
        for number, presser in enumerate(pressers):
            presser.first_s = first_s + number / args.rate
            presser.start()
        for presser in pressers:
            presser.join()
        took_s = time.monotonic() - first_s
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
                **{f"press_lamp_{cut}": value for cut, value in _cuts(waits_ms).items()},
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


DRAWN_S = 0.15  # a call is drawn by then
QUIET_S = 0.004  # without a byte a picture is done; its flash is drawn anew 250 ms later
REST_S = 0.12  # between two keys of a hand


class Stream(threading.Thread):
    """What a TV's page hears: the moment at which each picture came, and how many wait by it."""

    def __init__(self, house: House) -> None:
        super().__init__(name="tv", daemon=True)
        self._url = f"{house.url}/tv/floor/live"
        self.heard: list[tuple[float, str]] = []

    def run(self) -> None:
        with urllib.request.urlopen(self._url, timeout=60) as answer:
            for line in answer:
                if line.startswith(b"data: ") and b'"tiles"' in line:
                    tiles = {tile["tile"]: tile["value"] for tile in json.loads(line[6:])["tiles"]}
                    self.heard.append((time.monotonic(), tiles["waiting"]))


def run_call(args: argparse.Namespace) -> int:
    bus_ms: dict[str, list[float]] = {"counter-display": [], "counter-matrix": []}
    tv_ms: list[float] = []
    with House(2, 2, 1) as house:
        stream = Stream(house)
        stream.start()
        for desk in house.boards:
            house.sign_in(desk)
            house.boards[desk].press("ready")
        say(f"making {args.calls} calls")
        for number in range(args.calls):
            desk = 1 + number % 2
            house.ask(ask="EnterContact", contact=f"C{house.visitor()}", queue="payments")
            time.sleep(DRAWN_S)
            pressed_s = house.boards[desk].press("next")
            drawn_s = _drawn(house.box.boards[f"counter-{desk}"], pressed_s)
            if drawn_s:
                bus_ms[HARDWARE["counter"][(desk - 1) % 2]].append(1000 * (drawn_s - pressed_s))
            time.sleep(DRAWN_S)
            tv_ms += [1000 * (at_s - pressed_s) for at_s, value in stream.heard if at_s > pressed_s and value == "0"][
                :1
            ]
            for _ in range(2):  # served, and done
                house.boards[desk].press("ready")
                time.sleep(REST_S)
    calls = sum(len(found) for found in bus_ms.values())
    if min(len(tv_ms), *(len(found) for found in bus_ms.values())) < 2:
        say(f"of {args.calls} calls {calls} came to a display and {len(tv_ms)} to the TV: nothing was measured")
        return 1
    figures = {
        f"{name.replace('-', '_')}_{cut}": value
        for name, found in bus_ms.items()
        for cut, value in _cuts(found).items()
    }
    print(json.dumps({**figures, **{f"tv_stream_{cut}": value for cut, value in _cuts(tv_ms).items()}, "calls": calls}))
    return 0 if calls == len(tv_ms) == args.calls else 1


def _drawn(board: Board, since_s: float) -> float | None:
    """time.monotonic() of the last byte of the first picture since then; None if none came."""
    assert board.screen
    while board.screen.seen_at < since_s or time.monotonic() - board.screen.seen_at < QUIET_S:
        if time.monotonic() - since_s > DRAWN_S:
            return None
        time.sleep(QUIET_S / 10)
    return board.screen.seen_at


def _cuts(found_ms: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(sorted(found_ms), n=100)
    return {"p50_ms": round(cuts[49], 2), "p99_ms": round(cuts[98], 2)}
