"""What if: a past day again, through the real rules, with agents added or removed.

Who came, and what it took to serve them, is as it was; whom it reached, and when, the rules decide anew. What is simpler than
the day was: each stay in a queue comes when it came then, so nothing overflows anew; calls go through the rules as tickets; a
queue that is called by key calls by itself, whoever has been idle longest first; agents are at work as they were, and where
somebody waits they take the next after as long as they did on that day (its median).
"""

from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush
from itertools import count, pairwise
from statistics import median
from typing import NamedTuple

import msgspec

from edge import facts as f
from edge import requests as r
from edge.books import Books
from edge.books.adherence import WORKING
from edge.books.tally import Tally, terms_of
from edge.deciding import take
from edge.floor import Agent, Desk, Floor, Queue
from edge.fold import apply
from edge.gains import Stay
from edge.requests import Refused
from edge.spans import Span

MEAN_HANDLING_MS = 180_000  # where nobody was served on that day
TIME_OFF_MS = 1_000  # a shorter gap between two periods of work is none
SHIFT_MS_MAX = 16 * 3600 * 1000
AWAY_MS = 600_000  # of whom only contacts are known: who has none for longer was not at work


class Change(NamedTuple):
    """So many more agents, or (below 0) fewer, from then to then; or one agent away, by name."""

    agents: int
    from_ms: int
    to_ms: int
    who: str = ""


class Duty(NamedTuple):
    agent: str
    from_ms: int
    to_ms: int


class Day:
    """What came, and who was at work: read once, played as often as one likes."""

    def __init__(self, books: Books, span: Span) -> None:
        self.books, self.span = books, span
        self.stays = [stay for stay in books.stays(span) if stay.to_seq]
        self.busy_ms = self._busy()
        self.teams = {stay.agent: stay.team for stay in self.stays if stay.team}
        self.teams |= {period.agent: period.team for period in books.periods(span) if period.team}
        self.shifts, self.guessed = _shifts(books, span, self.stays)
        self.pause_ms = self._pause()

    def _busy(self) -> dict[int, int]:
        """By the stay's first row: how long it keeps an agent. One who was not served would have taken the queue's mean."""
        wraps = {stay.from_seq: booked_ms - stay.ended_ms for booked_ms, stay in self.books.handled(self.span)}
        busy: dict[int, int] = {}
        by_queue: dict[str, list[int]] = {}
        for stay in self.stays:
            if stay.outcome == "answered":
                there_ms = sum(spell.to_ms - spell.from_ms for spell in self.books.with_agents(stay))
                took_ms = there_ms + wraps.get(stay.from_seq, 0)
                busy[stay.from_seq] = took_ms
                by_queue.setdefault(stay.queue, []).append(took_ms)
        for stay in self.stays:
            known = by_queue.get(stay.queue)
            busy.setdefault(stay.from_seq, sum(known) // len(known) if known else MEAN_HANDLING_MS)
        return busy

    def _pause(self) -> int:
        """Between one contact and the next where that one waited already: the day's median."""
        by_agent: dict[str, list[Stay]] = {}
        for stay in self.stays:
            if stay.outcome == "answered":
                by_agent.setdefault(stay.agent, []).append(stay)
        pauses = []
        for served in by_agent.values():
            served.sort(key=lambda stay: stay.entered_ms + stay.wait_ms)
            for one, after in pairwise(served):
                through_ms = one.entered_ms + one.wait_ms + self.busy_ms[one.from_seq]
                pause_ms = after.entered_ms + after.wait_ms - through_ms
                if after.entered_ms <= through_ms and 0 <= pause_ms < AWAY_MS:
                    pauses.append(pause_ms)
        return int(median(pauses)) if pauses else 0

    def as_it_was(self) -> dict[str, Tally]:
        return by_queue(self.books, self.stays)

    def play(self, changes: Sequence[Change] = (), queues: Sequence[str] = ()) -> dict[str, Tally]:
        """By queue, what becomes of it. Agents who are added work for `queues`, else for all."""
        return by_queue(self.books, _Replay(self, changes, queues).run())


def by_queue(books: Books, stays: Sequence[Stay]) -> dict[str, Tally]:
    """By queue, and under "" all together."""
    found: dict[str, Tally] = {}
    for stay in stays:
        terms = terms_of(books, stay)
        for name in (stay.queue, ""):
            found.setdefault(name, Tally()).add_contact(stay, terms, terms.variant)
    return found


def _shifts(books: Books, span: Span, stays: Sequence[Stay]) -> tuple[list[Duty], int]:
    """When each agent was at work; and of how many only contacts are known, so that it goes by those."""
    found: dict[str, list[Duty]] = {}
    for period in books.periods(span):
        if period.state in WORKING:
            own = found.setdefault(period.agent, [])
            if own and period.from_ms - own[-1].to_ms < TIME_OFF_MS:
                own[-1] = own[-1]._replace(to_ms=period.to_ms)
            else:
                own.append(Duty(period.agent, period.from_ms, period.to_ms))
    for agent in [a for a, own in found.items() if sum(s.to_ms - s.from_ms for s in own) > SHIFT_MS_MAX]:
        del found[agent]  # nobody has ever signed out, as in an exchange's record without such lines
    seen: dict[str, list[Duty]] = {}
    for stay in sorted(stays, key=lambda stay: stay.entered_ms + stay.wait_ms):
        if stay.agent and stay.agent not in found and stay.outcome == "answered":
            shift, own = (
                Duty(stay.agent, stay.entered_ms + stay.wait_ms, stay.ended_ms),
                seen.setdefault(stay.agent, []),
            )
            if own and shift.from_ms - own[-1].to_ms < AWAY_MS:
                own[-1] = own[-1]._replace(to_ms=max(own[-1].to_ms, shift.to_ms))
            else:
                own.append(shift)
    return [shift for own in (*found.values(), *seen.values()) for shift in own], len(seen)


class _Replay:
    def __init__(self, day: Day, changes: Sequence[Change], queues: Sequence[str]) -> None:
        self._day, self._number = day, count()
        shifts = list(_changed(day.shifts, changes))
        self._floor = _opened(day, {shift.agent for shift in shifts}, queues)
        self._stays: list[Stay] = []
        events = [(shift.from_ms, next(self._number), "comes", shift.agent) for shift in shifts]
        events += [(shift.to_ms, next(self._number), "goes", shift.agent) for shift in shifts]
        events += [(stay.entered_ms, next(self._number), "enters", str(at)) for at, stay in enumerate(day.stays)]
        self._events: list[tuple[int, int, str, str]] = events
        heapify(events)

    def run(self) -> list[Stay]:
        """All stays, until the last of them is over or nobody is left to end it."""
        while self._events:
            at_ms, _, what, who = heappop(self._events)
            getattr(self, f"_{what}")(at_ms, who)
        waiting = [self._floor.contacts[c] for queue in self._floor.queues.values() for c in queue.waiting]
        for contact in waiting:
            apply(self._floor, f.ContactAbandoned(contact=contact.contact, wait_ms=0, at_ms=self._day.span.to_ms))
        self._stays += self._floor.gains.stays
        never = {contact.contact for contact in waiting}
        return [
            msgspec.structs.replace(stay, outcome="waiting", wait_ms=max(0, self._day.span.to_ms - stay.entered_ms))
            if stay.contact in never
            else stay
            for stay in self._stays
        ]

    def _ask(self, request: r.Request) -> None:
        """And whoever is called by it comes at once."""
        before, outcome = take(self._floor, request)
        for fact in before if isinstance(outcome, Refused) else [*before, *outcome]:
            if isinstance(fact, f.TicketCalled):
                self._later(fact.at_ms, "begins", fact.contact)
        self._stays += self._floor.gains.stays
        self._floor.gains.clear()

    def _later(self, at_ms: int, what: str, who: str) -> None:
        heappush(self._events, (at_ms, next(self._number), what, who))

    def _comes(self, at_ms: int, who: str) -> None:
        agent = self._floor.agents[who]
        if not agent.signed_in:
            self._ask(r.SignIn(agent=who, desk=_desk(who), at_ms=at_ms))
        self._ask(r.ChangePresence(agent=who, presence="ready", at_ms=at_ms))

    def _goes(self, at_ms: int, who: str) -> None:
        self._ask(r.ChangePresence(agent=who, presence="not_ready", at_ms=at_ms))

    def _enters(self, at_ms: int, who: str) -> None:
        stay = self._day.stays[int(who)]
        self._ask(r.IssueTicket(queue=stay.queue, contact=who, at_ms=at_ms))
        if stay.outcome != "answered":
            self._later(stay.entered_ms + stay.wait_ms, "leaves", who)

    def _leaves(self, at_ms: int, who: str) -> None:
        """As then, if nobody has called them before."""
        contact, stay = self._floor.contacts.get(who), self._day.stays[int(who)]
        if contact is None or contact.state != "waiting":
            return
        gone: f.Fact
        if stay.outcome == "abandoned":
            gone = f.ContactAbandoned(contact=who, wait_ms=stay.wait_ms, at_ms=at_ms)
        elif stay.outcome == "timed_out":
            gone = f.ContactTimedOut(contact=who, wait_ms=stay.wait_ms, at_ms=at_ms)
        else:
            gone = f.ContactLeft(contact=who, outcome="cancelled", wait_ms=stay.wait_ms, at_ms=at_ms)
        apply(self._floor, gone)

    def _begins(self, at_ms: int, who: str) -> None:
        self._press(at_ms, who)
        self._later(at_ms + self._day.busy_ms[self._day.stays[int(who)].from_seq], "ends", who)

    def _ends(self, at_ms: int, who: str) -> None:
        if any(queue.waiting for queue in self._floor.queues.values()):
            self._later(at_ms + self._day.pause_ms, "is_through", who)
        else:
            self._press(at_ms, who)

    def _is_through(self, at_ms: int, who: str) -> None:
        self._press(at_ms, who)

    def _press(self, at_ms: int, who: str) -> None:
        """*ready*: it begins the service, and ends it."""
        agent = self._floor.contacts[who].agent
        self._ask(r.PressKey(desk=_desk(agent), key="ready", at_ms=at_ms))


def _changed(shifts: Sequence[Duty], changes: Sequence[Change]) -> Iterator[Duty]:
    """Whoever is removed is cut out of their shifts: by name, or the last by name who are at work then."""
    cuts: dict[str, list[tuple[int, int]]] = {}
    for number, change in enumerate(changes, 1):
        for added in range(change.agents):
            yield Duty(f"+{number}.{added + 1}", change.from_ms, change.to_ms)
        there = sorted({s.agent for s in shifts if s.from_ms < change.to_ms and s.to_ms > change.from_ms})
        gone = [change.who] if change.who else there[change.agents :] if change.agents < 0 else []
        for agent in gone:
            cuts.setdefault(agent, []).append((change.from_ms, change.to_ms))
    for shift in shifts:
        pieces = [(shift.from_ms, shift.to_ms)]
        for begin, end in cuts.get(shift.agent, ()):
            pieces = [
                piece
                for from_ms, to_ms in pieces
                for piece in ((from_ms, min(to_ms, begin)), (max(from_ms, end), to_ms))
                if piece[0] < piece[1]
            ]
        yield from (Duty(shift.agent, from_ms, to_ms) for from_ms, to_ms in pieces)


def _desk(agent: str) -> str:
    return f"of {agent}"


def _opened(day: Day, agents: set[str], queues: Sequence[str]) -> Floor:
    """The floor's queues and agents, and nobody there yet."""
    then = day.books.floor
    floor = Floor(timezone=then.timezone, callings=then.callings)
    names = sorted({*then.queues, *(stay.queue for stay in day.stays)})
    for name in names:
        known = then.queues.get(name, Queue(name, terms=[(0, 20, False, 5)]))
        floor.queues[name] = msgspec.structs.replace(
            known,
            letter=f"{name} ",
            last=999_999,
            hours="",
            places=0,
            empty="take",
            leave_empty=False,
            expire=False,
            overflow_s=0,
            wrap_up_s=0,
            wrap_up_max_s=0,
            shut=False,
            waiting={},
            number=0,
            last_agent="",
            calls={},
            strategy="longest_idle" if known.strategy == "press" else known.strategy,
        )
    served: dict[str, set[str]] = {}
    for stay in day.stays:
        served.setdefault(stay.agent, set()).add(stay.queue)
    for name in sorted(agents):
        is_added = name.startswith("+")
        agent = (
            _added(name, [floor.queues[q] for q in queues or names]) if is_added else then.agents.get(name, Agent(name))
        )
        own = () if is_added else served.get(name, ())
        team = agent.team or day.teams.get(name, "")
        floor.agents[name] = Agent(
            name, queues=tuple({*agent.queues, *own}), skills=agent.skills, calling=agent.calling, team=agent.team
        )
        floor.desks[_desk(name)] = Desk(_desk(name), team=team)
    return floor


def _added(name: str, queues: Sequence[Queue]) -> Agent:
    """One who can do all that these queues want, and sits with the team of the first that wants one."""
    team = next((queue.team for queue in queues if queue.team), "")
    skills = {queue.skill: 1 for queue in queues if queue.skill}
    return Agent(name, queues=tuple(queue.queue for queue in queues), skills=skills, team=team)
