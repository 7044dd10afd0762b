"""`floorboard bench fairness`: who waits how long when more come than can be served, under each strategy and rule; the rules
themselves, simulated."""

import argparse
import heapq
import json
import random
import statistics
from collections import defaultdict
from typing import Any, get_args

from edge import facts as f
from edge import requests as r
from edge.commands import command, whole
from edge.deciding import take
from edge.floor import Floor, presence
from edge.requests import Refused

AGENTS = 8
SERVE_S = (60, 300)  # how long one is served, evenly
LOADS = (1.5, 0.4)  # of what the agents can do, by turns of half an hour: a strategy shows only where somebody is free
TURN_MS = 30 * 60_000
CLASSES = {"Platinum": 2, "Gold": 1, "Silver": 0}  # and the priorities of one line
RULE = f.CallingRuleSet(rule="share", share={"Platinum": 2, "Gold": 1}, at_ms=0)
LINES = ("one line", "three lines")  # priorities in one queue; a queue for each class, with the calling rule


def add(benches: Any) -> None:
    fairness = command(
        benches,
        "fairness",
        "Measure who waits how long under overload: longest wait over median wait of each class, for each strategy.",
        "floorboard bench fairness --hours 8 --json",
    )
    fairness.add_argument("--hours", type=whole, default=8, help="of overload (%(default)s)")
    fairness.add_argument("--json", action="store_true", help="one JSON line (always so)")
    fairness.set_defaults(run=run_fairness)


def run_fairness(args: argparse.Namespace) -> int:
    figures = {
        f"{strategy}, {line}": _day(strategy, line, args.hours) for line in LINES for strategy in get_args(f.Strategy)
    }
    print(json.dumps(figures))
    return 0


def _day(strategy: f.Strategy, line: str, hours: int) -> dict[str, Any]:
    """Longest over median wait by class, of all who came, and the busiest agent's tickets over the idlest's."""
    chance, floor = random.Random(1), Floor()
    _take(floor, r.Configure(wanted=tuple(_opened(strategy, line)), at_ms=0))
    came: dict[str, tuple[str, int]] = {}
    waits: dict[str, list[int]] = defaultdict(list)
    served: dict[str, int] = defaultdict(int)
    for number in range(AGENTS):
        _take(floor, r.SignIn(agent=f"a{number}", desk=str(number), at_ms=0))
    gap_s = sum(SERVE_S) / 2 / AGENTS
    events = [(0, "come", "")] + [(number, "free", str(number)) for number in range(AGENTS)]
    while events and events[0][0] < hours * 3_600_000:
        at_ms, what, desk = heapq.heappop(events)
        if what == "come":
            facts = _come(floor, chance, line, at_ms, came)
            load = LOADS[at_ms // TURN_MS % len(LOADS)]
            heapq.heappush(events, (at_ms + int(1000 * chance.expovariate(load / gap_s)) + 1, "come", ""))
        else:
            facts = _free(floor, desk, at_ms)
        for call in (fact for fact in facts if isinstance(fact, f.TicketCalled)):
            kind, came_ms = came.pop(call.contact)
            waits[kind].append(at_ms - came_ms)
            served[call.agent] += 1
            _take(floor, r.PressKey(desk=call.desk, key="ready", at_ms=at_ms))
            heapq.heappush(events, (at_ms + 1000 * chance.randint(*SERVE_S), "free", call.desk))
        if what == "free" and strategy == "press" and presence(floor, floor.agents[f"a{desk}"]) == "ready":
            heapq.heappush(events, (at_ms + 1000, "free", desk))  # nobody calls for that agent, who looks again
    for kind, came_ms in came.values():
        waits[kind].append(hours * 3_600_000 - came_ms)
    told: dict[str, Any] = {
        f"{kind.lower()}_longest_over_median": round(max(found) / max(1, statistics.median(found)), 2)
        for kind, found in sorted(waits.items())
    }
    return told | {
        "longest_wait_s": max(max(found) for found in waits.values()) // 1000,
        "tickets": sum(served.values()),
        "busiest_over_idlest": round(max(served.values()) / min(served.values()), 2),
    }


def _opened(strategy: f.Strategy, line: str) -> list[r.Wanted]:
    queues = ("all",) if line == LINES[0] else tuple(CLASSES)
    rule = "" if line == LINES[0] else RULE.rule
    wanted: list[r.Wanted] = [
        f.QueueOpened(queue=name, letter=name[0], last=999_999, width=6, strategy=strategy, skill="any", at_ms=0)
        for name in queues
    ]
    if rule:
        wanted.append(RULE)
    wanted += [f.DeskOpened(desk=str(number), at_ms=0) for number in range(AGENTS)]
    wanted += [
        f.AgentMet(agent=f"a{number}", skills={"any": 1 + number % 3}, calling=rule, at_ms=0)
        for number in range(AGENTS)
    ]
    return wanted


def _come(floor: Floor, chance: random.Random, line: str, at_ms: int, came: dict[str, tuple[str, int]]) -> list[f.Fact]:
    kind = chance.choices(tuple(CLASSES), (1, 2, 3))[0]
    one = line == LINES[0]
    asked = r.IssueTicket(queue="all" if one else kind, priority=CLASSES[kind] if one else 0, at_ms=at_ms)
    facts = _take(floor, asked)
    issued = next(fact for fact in facts if isinstance(fact, f.TicketIssued))
    came[issued.contact] = kind, at_ms
    return facts


def _free(floor: Floor, desk: str, at_ms: int) -> list[f.Fact]:
    """The agent ends what goes on, and takes the next."""
    state = presence(floor, floor.agents[f"a{desk}"])
    facts: list[f.Fact] = []
    if state in ("not_ready", "serving"):
        facts = _take(floor, r.PressKey(desk=desk, key="ready", at_ms=at_ms))
    if presence(floor, floor.agents[f"a{desk}"]) == "ready" and any(q.waiting for q in floor.queues.values()):
        facts += _take(floor, r.PressKey(desk=desk, key="next", at_ms=at_ms))
    return facts


def _take(floor: Floor, request: r.Request) -> list[f.Fact]:
    before, facts = take(floor, request)
    if isinstance(facts, Refused):
        raise facts
    floor.gains.clear()
    floor.touched.clear()
    return before + facts
