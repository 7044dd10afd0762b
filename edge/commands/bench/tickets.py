"""`floorboard bench tickets`: how many tickets a second are issued and called over HTTP, and what a press waits meanwhile."""

import argparse
import itertools
import json
import statistics
import threading
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

from edge import facts as f
from edge import requests as r
from edge.commands import command, count, whole
from edge.commands.bench.clients import call, issue, quiet
from edge.commands.bench.cuts import cuts
from edge.commands.house import House, say
from edge.deciding import take
from edge.floor import Floor
from edge.journal import Journal
from edge.requests import Refused

ROUNDS = 5
PRESS_DESKS = 4  # desk units at which keys are pressed meanwhile
PRESS_S = 0.1  # between two presses of one desk
OLD_MS = 8_000  # from one old ticket to the next: a million are three months
KEPT_BATCH = 2_000


def add(benches: Any) -> None:
    tickets = command(
        benches,
        "tickets",
        "Measure tickets over HTTP: issued through the kiosk's own route, called at as many desks' pages, while keys are pressed.",
        """floorboard bench tickets --clients 32 --tickets 2000 --json
        floorboard bench tickets --history 1000000 --json""",
    )
    tickets.add_argument("--clients", type=whole, default=32, help="clients at once (%(default)s)")
    tickets.add_argument("--tickets", type=whole, default=2000, help="tickets to issue and to call (%(default)s)")
    tickets.add_argument(
        "--history", type=count, default=0, help="compare with a floor that has had so many (%(default)s)"
    )
    tickets.add_argument("--json", action="store_true", help="one JSON line (always so)")
    tickets.set_defaults(run=run_tickets)


class Round(NamedTuple):
    issues_per_s: float
    calls_per_s: float
    waits_ms: list[float]
    duplicates: int
    lost: int


def run_tickets(args: argparse.Namespace) -> int:
    tables = _tables(args.clients)
    with House(PRESS_DESKS, tables=tables) as house:
        floors = {"empty": house}
        if not args.history:
            rounds = {"empty": [_round(house, args.clients, args.tickets)]}
        else:
            with House(PRESS_DESKS, tables=tables, before=lambda state: _live(state, args)) as full:
                floors["full"] = full
                rounds = {name: [] for name in floors}
                for number, name in itertools.product(range(1, ROUNDS + 1), floors):
                    say(f"round {number} of {ROUNDS}, {name}")
                    rounds[name].append(_round(floors[name], args.clients, args.tickets))
    figures = _figures(rounds["empty"])
    if args.history:
        speed = {name: statistics.median(each.issues_per_s for each in found) for name, found in rounds.items()}
        figures |= {f"full_{key}": value for key, value in _figures(rounds["full"]).items()}
        figures |= {"history": args.history, "slowdown": round(speed["empty"] / speed["full"], 3)}
    print(json.dumps(figures))
    wrong = sum(each.duplicates + each.lost for found in rounds.values() for each in found)
    return 1 if wrong else 0


def _figures(rounds: list[Round]) -> dict[str, Any]:
    return {
        "issues_per_s": round(statistics.median(each.issues_per_s for each in rounds), 1),
        "calls_per_s": round(statistics.median(each.calls_per_s for each in rounds), 1),
        "duplicates": sum(each.duplicates for each in rounds),
        "lost": sum(each.lost for each in rounds),
        **{f"press_lamp_{cut}": value for cut, value in cuts([ms for each in rounds for ms in each.waits_ms]).items()},
    }


def _tables(clients: int) -> str:
    """A queue of many numbers, and a desk without a desk unit for each client."""
    desks = "".join(
        f'[[desk]]\nnumber = "page-{n}"\n[[agent]]\nid = "page-{n}"\nqueues = ["bench"]\n' for n in range(clients)
    )
    return f'[[queue]]\nname = "bench"\nletter = "T"\nlast = 999999\nwidth = 6\nperiod = "continuous"\n{desks}'


def _round(house: House, clients: int, tickets: int) -> Round:
    """All are issued, then all are called."""
    before = house.get("/api/v1/queues/bench")["waiting"]
    assert before == 0
    since = _last_seq(house)
    stop, waits_ms = threading.Event(), []  # type: tuple[threading.Event, list[float]]
    pressers = [threading.Thread(target=_press, args=(house, desk, stop, waits_ms)) for desk in house.boards]
    for desk in house.boards:
        house.sign_in(desk)
    for thread in pressers:
        thread.start()
    with ProcessPoolExecutor(1, get_context("spawn"), initializer=quiet) as process:
        kiosks = [house.session("visitor") for _ in range(clients)]
        issue_s = process.submit(issue, house.url, kiosks, tickets).result()
        call_s = process.submit(call, house.url, house.token, clients, tickets).result()
    stop.set()
    for thread in pressers:
        thread.join()
    duplicates, lost = _wrong(house, since, tickets)
    return Round(tickets / issue_s, tickets / call_s, waits_ms, duplicates, lost)


def _press(house: House, desk: int, stop: threading.Event, waits_ms: list[float]) -> None:
    board = house.boards[desk]
    for key, presence in itertools.cycle((("ready", "ready"), ("break", "not_ready"))):
        if stop.wait(PRESS_S):
            return
        pressed_s = board.press(key)
        waits_ms.append(1000 * (board.wait_confirmed(presence, 10.0, since=pressed_s) - pressed_s))


def _last_seq(house: House) -> int:
    journal = house.journal()
    try:
        return journal.last_seq()
    finally:
        journal.close()


def _wrong(house: House, since: int, tickets: int) -> tuple[int, int]:
    """(numbers or calls that are there twice, tickets that were not issued, not called or not ended), as the journal has it."""
    journal = house.journal()
    facts = [fact for _, _, fact in journal.read(since)]
    journal.close()
    labels = Counter(fact.label for fact in facts if isinstance(fact, f.TicketIssued))
    calls = Counter(fact.contact for fact in facts if isinstance(fact, f.TicketCalled))
    ends = Counter(fact.contact for fact in facts if isinstance(fact, f.ContactEnded))
    twice = sum(number - 1 for each in (labels, calls, ends) for number in each.values())
    return twice, 3 * tickets - len(labels) - len(calls) - len(ends)


def _live(state: Path, args: argparse.Namespace) -> None:
    """So many old tickets, each issued, called, served and ended by the rules, up to now."""
    say(f"living through {args.history} tickets")
    journal, floor = Journal(state / "journal.db"), Floor()
    now_ms = time.time_ns() // 1_000_000 - args.history * OLD_MS
    wanted = (f.QueueOpened(queue="bench", letter="T", last=999_999, width=6, period="continuous", at_ms=0),)
    opened: tuple[r.Wanted, ...] = (
        *wanted,
        f.DeskOpened(desk="old", at_ms=0),
        f.AgentMet(agent="old", queues=("bench",), at_ms=0),
    )
    requests = itertools.chain(
        (r.Configure(wanted=opened, at_ms=now_ms), r.SignIn(agent="old", desk="old", at_ms=now_ms)),
        (r.PressKey(desk="old", key="ready", at_ms=now_ms),),
        (
            wish
            for at_ms in range(now_ms + OLD_MS, now_ms + args.history * OLD_MS, OLD_MS)
            for wish in (
                r.IssueTicket(queue="bench", at_ms=at_ms - 6_000),
                r.PressKey(desk="old", key="next", at_ms=at_ms - 5_000),
                r.PressKey(desk="old", key="ready", at_ms=at_ms - 4_000),
                r.PressKey(desk="old", key="ready", at_ms=at_ms),
            )
        ),
        (r.SignOut(agent="old", at_ms=now_ms + args.history * OLD_MS),),
    )
    batch: list[f.Fact] = []
    for request in requests:
        before, facts = take(floor, request)
        if isinstance(facts, Refused):
            raise facts
        batch += before + facts
        if len(batch) >= KEPT_BATCH or isinstance(request, r.SignOut):
            journal.append(floor.seq - len(batch), request.at_ms, batch, floor.gains)
            batch = []
            floor.gains.clear()
            floor.touched.clear()
    journal.checkpoint(floor)
    journal.close()
