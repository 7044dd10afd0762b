"""The books: what the floor and the tables beside the journal hold of a span of time, as rows. All figures of the past are made
from them, the slow and certain way; what goes on is told as if it ended now.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from operator import attrgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from edge.derived import Derived
from edge.floor import Contact, Floor, Help
from edge.fold.people import going_on
from edge.gains import Case, HelpGiven, Period, Planned, Served, Spell, Stay, Terms
from edge.spans import Span, part_of
from edge.views import floor_staff


class Whose(NamedTuple):
    """To whom something that happened belongs; "": to nobody."""

    queue: str = ""
    agent: str = ""
    team: str = ""
    vendor: str = ""
    tenant: str = ""
    kind: str = ""  # of help


class Wanted(NamedTuple):
    """Terms that are asked for, in place of those that held."""

    target_s: int | None = None
    short_s: int | None = None
    variant: str = ""
    under: bool | None = None


class Books:
    """Read only. `queues`: those that the reader sees, and of agents only who works for them; None: all. Their reasons are here,
    since figures go by them, and never for such a reader to see: `reason` says what may be shown."""

    def __init__(
        self,
        floor: Floor,
        derived: Derived,
        now_ms: int,
        queues: Collection[str] | None = None,
        wanted: Wanted = Wanted(),  # noqa: B008 # nobody can change it
    ) -> None:
        self.floor, self.now_ms, self.queues, self._derived, self._wanted = floor, now_ms, queues, derived, wanted
        self.zone = ZoneInfo(floor.timezone)
        self.day_of = part_of("day", self.zone)
        self._known: dict[tuple[str, str, str], Whose] = {}

    @cached_property
    def staff(self) -> frozenset[str] | None:
        return None if self.queues is None else floor_staff(self.floor, self.queues)

    def reason(self, reason: str) -> str:
        """As the reader may see it."""
        return reason if self.queues is None else ""

    def sees(self, queue: str) -> bool:
        return self.queues is None or queue in self.queues

    def _sees_agent(self, agent: str) -> bool:
        return self.staff is None or agent in self.staff

    # Contacts

    def stays(self, span: Span) -> Iterator[Stay]:
        """Of contacts that entered then, in order; one that goes on has no `to_seq`, and the outcome `waiting` or `answered`."""
        for stay in self._derived.stays(span.from_ms, span.to_ms):
            if stay.to_seq <= self.floor.seq and self.sees(stay.queue):
                yield stay
        yield from self.open_stays(span)

    def open_stays(self, span: Span) -> Iterator[Stay]:
        """Those of them that go on."""
        open_ = [c for c in self.floor.contacts.values() if span.from_ms <= c.entered_ms < span.to_ms]
        yield from (self._stay(c) for c in sorted(open_, key=attrgetter("entered_ms")) if self.sees(c.queue))

    def _stay(self, contact: Contact) -> Stay:
        spent = {name: getattr(contact, f"{name}_ms") for name in ("talk", "hold", "wrap")}
        now = {"serving": "talk", "hold": "hold", "wrap_up": "wrap"}.get(contact.state)
        if now:
            spent[now] += max(0, self.now_ms - contact.since_ms)
        return Stay(
            entered_ms=contact.entered_ms,
            queue=contact.queue,
            contact=contact.contact,
            label=contact.label,
            channel=contact.channel,
            outcome="answered" if contact.answered else "waiting",
            wait_ms=contact.wait_ms if contact.answered else max(0, self.now_ms - contact.entered_ms),
            agent=contact.agent or contact.keeper,
            team=contact.team,
            talk_ms=spent["talk"],
            hold_ms=spent["hold"],
            wrap_ms=spent["wrap"],
            no_show=contact.no_shows > 0,
            ended_ms=self.now_ms,
            from_seq=contact.from_seq,
            to_seq=0,
        )

    def with_agents(self, stay: Stay) -> list[Spell]:
        """When an agent had it, called or served, in order: neither while it waited nor while it was parked."""
        return [
            spell
            for spell in self._derived.spells(stay.contact)
            if spell.agent and spell.queue == stay.queue
            if stay.entered_ms <= spell.from_ms and spell.to_ms <= stay.ended_ms
        ]

    def handled(self, span: Span) -> Iterator[tuple[int, Stay]]:
        """(when its handling ended, stay) of contacts that were served; a call whose wrap-up goes on is not through yet."""
        for booked_ms, stay in self._derived.handled(span.from_ms, span.to_ms):
            agent = self.floor.agents.get(stay.agent)
            goes_on = agent and agent.own == "wrap_up" and agent.period_ms == stay.ended_ms and stay.channel == "call"
            if stay.to_seq <= self.floor.seq and self.sees(stay.queue) and not goes_on:
                yield booked_ms, stay

    def wrap_ups(self, span: Span) -> Iterator[Period]:
        """Periods of wrap-up after a contact that ended then, whole: the rest of the handling time."""
        for period in self._derived.wrap_ups(span.from_ms, span.to_ms):
            known = self.floor.agents.get(period.agent)
            is_over = known is None or not known.signed_in or period.from_ms < known.period_ms
            if is_over and self.sees(period.queue):
                yield period

    def cases(self, span: Span) -> Iterator[Case]:
        """Served tickets that were closed then; one that still waits to be confirmed has no `to_seq`."""
        for case in self._derived.cases(span.from_ms, span.to_ms):
            if case.to_seq <= self.floor.seq and self.sees(case.queue):
                yield case
        for c in self.floor.confirming.values():
            if span.from_ms <= c.closed_ms < span.to_ms and self.sees(c.queue):
                yield Case(c.closed_ms, c.contact, c.label, c.queue, c.owner, c.team, False, c.from_seq, 0)

    def served(self, span: Span) -> Iterator[Served]:
        """Tickets whose service ended then. One that was rated since this floor is not rated yet."""
        for served in self._derived.served(span.from_ms, span.to_ms):
            if served.from_seq <= self.floor.seq and self.sees(served.queue):
                is_known = served.to_seq <= self.floor.seq
                yield served if is_known else msgspec.structs.replace(served, score=0, to_seq=served.from_seq)

    # Agents

    def periods(self, span: Span) -> Iterator[Period]:
        """What of agents' periods lies in it, by agent and in order."""
        now: dict[str, list[Period]] = {}
        for agent in self.floor.agents.values():
            if agent.signed_in:
                now[agent.agent] = going_on(self.floor, agent, self.now_ms)
        last = ""
        for period in self._derived.periods(span.from_ms, span.to_ms):
            if period.agent != last:
                yield from self._clipped(now.pop(last, ()), span)
                last = period.agent
            known = self.floor.agents.get(period.agent)
            if known is None or not known.signed_in or period.from_ms < known.period_ms:
                yield from self._clipped((period,), span)
        yield from (clipped for periods in now.values() for clipped in self._clipped(periods, span))

    def _clipped(self, periods: Collection[Period], span: Span) -> Iterator[Period]:
        for period in periods:
            from_ms, to_ms = max(period.from_ms, span.from_ms), min(period.to_ms, span.to_ms, self.now_ms)
            if from_ms < to_ms and self._sees_agent(period.agent):
                queue = period.queue if self.sees(period.queue) else ""
                yield msgspec.structs.replace(period, from_ms=from_ms, to_ms=to_ms, queue=queue)

    def helps(self, span: Span) -> Iterator[HelpGiven]:
        """Requests for help that were raised then; one that goes on has no `to_seq`."""
        if self.queues is not None:
            return
        yield from (h for h in self._derived.helps(span.from_ms, span.to_ms) if h.to_seq <= self.floor.seq)
        yield from (h for h in self.open_helps() if span.from_ms <= h.raised_ms < span.to_ms)

    def open_helps(self) -> Iterator[HelpGiven]:
        """Those that go on."""
        desks = self.floor.desks.values() if self.queues is None else ()
        for desk in desks:
            yield from (self._help(desk.desk, desk.team, kind, help) for kind, help in desk.help.items())

    def _help(self, desk: str, team: str, kind: str, help: Help) -> HelpGiven:
        return HelpGiven(
            raised_ms=help.raised_ms,
            desk=desk,
            team=team,
            kind=kind,
            agent=help.agent,
            helper=help.helper,
            acknowledged_ms=help.acknowledged_ms,
            arrived_ms=help.arrived_ms,
            closed_ms=self.now_ms,
            escalated=help.step,
            from_seq=help.from_seq,
            to_seq=0,
        )

    def plans(self, span: Span) -> list[Planned]:
        """Parts of shifts, as far as they lie in it, by agent and in order."""
        return [
            msgspec.structs.replace(part, from_ms=max(part.from_ms, span.from_ms), to_ms=min(part.to_ms, span.to_ms))
            for part in self.rostered(span)
        ]

    def rostered(self, span: Span) -> list[Planned]:
        """The same parts, whole."""
        return [part for part in self._derived.plans(span.from_ms, span.to_ms) if self._sees_agent(part.agent)]

    def knows(self, agent: str) -> bool:
        """Whether the reader may ask for it: it is or was on this floor."""
        return agent in (self.floor.agents if self.staff is None else self.staff) or (
            self.staff is None and self._derived.knows(agent)
        )

    def fact(self, seq: int) -> str:
        """A row of the journal, as it is stored; "" if there is none."""
        return self._derived.fact(seq)

    # Whose it is, and by what it is counted

    def of_contact(self, of: Stay | Case | Served) -> Whose:
        return self._whose(of.queue, of.owner if isinstance(of, Case) else of.agent, of.team)

    def of_time(self, period: Period) -> Whose:
        """Of an agent's time: the team says for which tenant, since ready is for all queues."""
        return self._whose("", period.agent, period.team)

    def of_wrap_up(self, period: Period) -> Whose:
        return self._whose(period.queue, period.agent, period.team)

    def _whose(self, queue: str, agent: str, team: str) -> Whose:
        known = self._known.get((queue, agent, team))
        if known is None:
            tenant = self.tenant(queue) or self._tenant_of_team(team)
            known = self._known[queue, agent, team] = Whose(queue, agent, team, self._vendor(team), tenant)
        return known

    def of_shift(self, agent: str, periods: Sequence[Period]) -> Whose:
        """Of what was planned: the agent's own team, or that in which they were at last."""
        known = self.floor.agents.get(agent)
        team = (known.team if known else "") or (periods[-1].team if periods else "")
        return self._whose("", agent, team)

    def of_help(self, help: HelpGiven) -> Whose:
        return Whose("", help.agent, help.team, self._vendor(help.team), self._tenant_of_team(help.team), help.kind)

    def tenant(self, queue: str) -> str:
        known = self.floor.queues.get(queue)
        return known.tenant if known else ""

    def _vendor(self, team: str) -> str:
        known = self.floor.teams.get(team)
        return known.vendor if known else ""

    def _tenant_of_team(self, team: str) -> str:
        """None of which the reader sees no queue."""
        known = self.floor.teams.get(team)
        return known.tenant if known and (self.queues is None or known.tenant in self._tenants) else ""

    @cached_property
    def _tenants(self) -> frozenset[str]:
        return frozenset(queue.tenant for queue in self.floor.queues.values() if self.sees(queue.queue))

    def terms(self, queue: str, at_ms: int) -> Terms:
        """By what that queue was counted then, but for what is wanted instead."""
        held = self._terms.get(queue, [])
        place = bisect_right(held, at_ms, key=attrgetter("from_ms"))
        terms = held[max(0, place - 1)] if held else Terms(0, queue, 20, False, 5, "answered")
        if self._wanted == Wanted():
            return terms
        target_s, short_s, variant, under = self._wanted
        return Terms(
            terms.from_ms,
            queue,
            terms.target_s if target_s is None else target_s,
            terms.under if under is None else under,
            terms.short_s if short_s is None else short_s,
            variant or terms.variant,
        )

    def counts(self, queue: str) -> bool:
        """Whether it ever was a queue of this floor."""
        return queue in self._terms

    @cached_property
    def _terms(self) -> dict[str, list[Terms]]:
        by_queue: dict[str, list[Terms]] = {}
        for terms in self._derived.terms():
            by_queue.setdefault(terms.queue, []).append(terms)
        return by_queue
