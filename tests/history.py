"""Days that have been: a journal made by the real rules from what a small floor asks of them, for tests of what is read later."""

import random
from datetime import datetime, timedelta
from heapq import heappop, heappush
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from edge import facts as f
from edge import requests as r
from edge.core import Ask, Core, unheard
from edge.facts import ShiftPart, ShiftPlanned
from edge.journal import Journal

TEAMS = {"front": ("ana", "bo", "cy"), "north": ("dee", "eli"), "south": ("fay",)}
NAMES = {
    "ana": "Ana Ruiz",
    "bo": "Bo Lindqvist",
    "cy": "陈晓",
    "dee": "Dana Okafor",
    "eli": "Emre Kaya",
    "fay": "Fatou Diallo",
}
MIN = 60_000


def site(zone: str) -> tuple[f.Fact, ...]:
    agents = {agent: team for team, members in TEAMS.items() for agent in members}
    return (
        f.QueueOpened(queue="payments", letter="A", tenant="bank", at_ms=0),
        f.QueueOpened(queue="loans", letter="B", target_s=60, wrap_up_s=20, tenant="lender", at_ms=0),
        f.ReasonNamed(reason="meal", paid=False, at_ms=0),
        f.TeamFormed(team="front", at_ms=0),
        f.TeamFormed(team="north", vendor="Acme", at_ms=0),
        f.TeamFormed(team="south", vendor="Bestcall", at_ms=0),
        *(f.DeskOpened(desk=str(n), team=team, at_ms=0) for n, team in enumerate(agents.values(), 1)),
        *(
            f.AgentMet(agent=agent, name=NAMES[agent], team=team, queues=("payments", "loans"), at_ms=0)
            for agent, team in agents.items()
        ),
        f.BoardLaidOut(
            board="floor", tiles=("waiting(payments)", "service_level(payments)", "ready", "asa(loans)"), at_ms=0
        ),
    )


class Days:
    """`core` has lived through so many days, the last of them `last`, 9:00 to 17:00."""

    def __init__(self, path: Path, last: datetime, days: int = 1, *, seed: int = 1) -> None:
        self.core = Core(Journal(path))
        self._zone, self._chance = last.tzinfo, random.Random(seed)
        assert isinstance(self._zone, ZoneInfo)
        named = r.Configure(
            wanted=site(self._zone.key),
            site="house",
            timezone=self._zone.key,
            at_ms=self._at(last - timedelta(days=days), 0),
        )
        self._ask(named)
        for back in reversed(range(days)):
            self._live(last - timedelta(days=back))
        self.core.journal.checkpoint(self.core.floor)

    def _at(self, day: datetime, minutes: float) -> int:
        midnight = datetime(day.year, day.month, day.day, tzinfo=self._zone)
        return int(midnight.timestamp() * 1000 + minutes * MIN)

    def _ask(self, request: r.Request) -> None:
        self.core.step(
            [Ask(request, unheard)], max(request.at_ms, self.core.floor.seq and self.core.journal.last_noted_ms())
        )

    def _live(self, day: datetime) -> None:
        """A heap of what comes next; each hand looks again soon after it has done something."""
        desks = {agent: str(n) for n, agent in enumerate((a for members in TEAMS.values() for a in members), 1)}
        plan = tuple(
            ShiftPlanned(
                agent=agent,
                day=f"{day:%Y-%m-%d}",
                parts=(
                    ShiftPart(self._at(day, 540), self._at(day, 720), "work"),
                    ShiftPart(self._at(day, 720), self._at(day, 750), "meal"),
                    ShiftPart(self._at(day, 750), self._at(day, 1020), "work"),
                ),
                at_ms=0,
            )
            for agent in desks
        )
        self._ask(r.PlanShifts(shifts=plan, at_ms=self._at(day, 400)))
        heap: list[tuple[int, int, str, r.Request | None]] = []
        count = iter(range(10**9))
        for agent, desk in desks.items():
            late = self._chance.choice([0, 0, 4, 20])
            for minute, ask in (
                (540 + late, r.SignIn(agent=agent, desk=desk)),
                (541 + late, r.ChangePresence(agent=agent, presence="ready")),
                (720, r.ChangePresence(agent=agent, presence="not_ready", reason="meal")),
                (750 + late / 2, r.ChangePresence(agent=agent, presence="ready")),
                (900, r.ChangePresence(agent=agent, presence="not_ready", reason="break")),
                (912, r.ChangePresence(agent=agent, presence="ready")),
                (1020, None),
            ):
                heappush(heap, (self._at(day, minute), next(count), agent if ask is None else "", ask))
            heappush(heap, (self._at(day, 542 + late), next(count), desk, None))
        minute = 545.0
        while minute < 1010:
            minute += self._chance.expovariate(1 / 1.05)
            queue = self._chance.choice(["payments", "payments", "loans"])
            heappush(heap, (self._at(day, minute), next(count), "", r.IssueTicket(queue=queue)))
        for minute in (600, 800):
            heappush(heap, (self._at(day, minute), next(count), "", r.RaiseHelp(desk="1")))
            heappush(heap, (self._at(day, minute + 1), next(count), "", r.AcknowledgeHelp(desk="1", by="kim")))
            heappush(heap, (self._at(day, minute + 3), next(count), "", r.ArriveAtHelp(desk="1", by="kim")))
            heappush(heap, (self._at(day, minute + 5), next(count), "", r.CloseHelp(desk="1")))
        while heap:
            at_ms, _, hand, ask = heappop(heap)
            if ask is not None:
                self._ask(msgspec.structs.replace(ask, at_ms=at_ms))
            elif hand in desks:
                self._go(heap, count, hand, desks[hand], at_ms)
            elif at_ms < self._at(day, 1020):
                wait_ms = self._hand(hand, at_ms)
                heappush(heap, (at_ms + wait_ms, next(count), hand, None))

    def _go(self, heap: list, count: object, agent: str, desk: str, at_ms: int) -> None:
        """Home, once nobody is at the desk any more."""
        if self.core.floor.agents[agent].contacts:
            self._ask(r.PressKey(desk=desk, key="ready", at_ms=at_ms))
            heappush(heap, (at_ms + MIN, next(count), agent, None))  # type: ignore[call-overload]
        else:
            self._ask(r.SignOut(agent=agent, at_ms=at_ms))

    def _hand(self, desk: str, at_ms: int) -> int:
        """What the agent there does now, and after how many ms they look again."""
        floor = self.core.floor
        agent = floor.agents.get(floor.desks[desk].agent)
        if agent is None or (agent.own != "ready" and not agent.contacts):
            return MIN
        state = floor.contacts[agent.contacts[0]].state if agent.contacts else ""
        if state == "called":
            is_there = self._chance.random() < 0.95
            self._ask(
                r.PressKey(
                    desk=desk, key="ready" if is_there else "next", press="short" if is_there else "long", at_ms=at_ms
                )
            )
            return int(self._chance.uniform(1, 6) * MIN)
        if state == "serving":
            key = "ready" if agent.own == "not_ready" else self._chance.choice(["ready", "ready", "wrap_up"])
            self._ask(r.PressKey(desk=desk, key=key, at_ms=at_ms))
            return int(self._chance.uniform(0.2, 1.5) * MIN)
        if agent.own == "wrap_up":
            self._ask(r.PressKey(desk=desk, key="ready", at_ms=at_ms))
            return 5_000
        if any(queue.waiting for queue in floor.queues.values()):
            self._ask(r.PressKey(desk=desk, key="next", at_ms=at_ms))
            return int(self._chance.uniform(5, 40) * 1000)
        return 7_000
