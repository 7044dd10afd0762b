"""How facts of agents change the floor, and what they add to the record of their time."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable
from operator import itemgetter
from typing import Any

import msgspec

from edge import facts as f
from edge.floor import Agent, Desk, Floor, Shown, presence, team_of, wrap_up_s
from edge.gains import OWN, Period, Planned
from edge.hours import day_number

KEPT_MS = 24 * 3600 * 1000
"""How late a press may be that still changes what an agent's state was."""


SOON_MS = 60_000
"""So soon after a contact a wrap-up must begin to be for it."""


BUSY_MAX = 64
"""Times with contacts that are remembered of an agent, for late presses of wrap-up."""


SHIFT_MS_MAX = 16 * 3600 * 1000
"""Who is signed in for longer has begun another shift on another day."""


def showing(
    change: Callable[[Floor, Any, Agent], None],
) -> Callable[[Floor, Any], None]:
    """A fold that may change an agent's presence: `since` moves only when what shows is another, and a period ends then."""
    names_agent = "agent" in change.__annotations__["fact"].__struct_fields__

    def fold(floor: Floor, fact: Any) -> None:
        agent = floor.agents[fact.agent if names_agent else floor.contacts[fact.contact].agent]
        before, had_contact = agent.shown or _shown(floor, agent), bool(agent.contacts)
        if agent.desk:
            floor.touched.add(agent.desk)
        change(floor, fact, agent)
        if agent.desk:
            floor.touched.add(agent.desk)
        agent.shown = after = _shown(floor, agent)
        if agent.contacts:
            agent.last_queue = after.queue or agent.last_queue
            agent.busy_ms = agent.busy_ms if had_contact else fact.at_ms
        elif had_contact:
            agent.busy.append((agent.busy_ms, fact.at_ms, agent.last_queue))
            del agent.busy[:-BUSY_MAX]
        if after != before:
            _next_period(floor, agent, before, after, fact.at_ms)
        if after.state != "ready" or not agent.desk:
            floor.idle.pop(agent.agent, None)
        elif agent.agent not in floor.idle:
            floor.idle[agent.agent] = fact.at_ms

    return fold


def _next_period(floor: Floor, agent: Agent, before: Shown, after: Shown, fact_ms: int) -> None:
    at_ms = max(agent.period_ms, fact_ms)
    for period in ended(agent, before, at_ms):
        floor.gains.periods.append(period)
        if period.state == "not_ready":
            _spend(agent, period)
    if at_ms > agent.shift_ms + SHIFT_MS_MAX:
        _begin_shift(floor, agent, at_ms)
    agent.period_ms, agent.period_seq = at_ms, floor.seq + 1
    _limit(floor, agent, after.state)
    if (after.state, after.reason) != (before.state, before.reason):
        agent.since_ms = max(agent.since_ms, fact_ms)


def _shown(floor: Floor, agent: Agent) -> Shown:
    state, team = presence(floor, agent), agent.team or team_of(floor, agent)
    for name in agent.contacts:
        contact = floor.contacts[name]
        if contact.state == state:
            return Shown(state, "", agent.desk, team, contact.queue, 0)
    if state == "wrap_up":  # the reason is of what comes after it
        return Shown(state, "", agent.desk, team, agent.last_queue, agent.own_since_ms)
    return Shown(state, agent.reason, agent.desk, team, "", agent.own_since_ms)


def going_on(floor: Floor, agent: Agent, to_ms: int) -> list[Period]:
    """What has shown since the last period that is over."""
    return ended(agent, _shown(floor, agent), to_ms)


def ended(agent: Agent, shown: Shown, to_ms: int) -> list[Period]:
    """The periods that end with what has shown so far. While no contact was there these are the agent's own states, each from
    when it happened, which may lie before it was told."""
    from_ms, from_seq = agent.period_ms, agent.period_seq
    if shown.state == "signed_out" or to_ms <= from_ms:
        return []
    place, owns, at = (shown.desk, shown.team), agent.owns, itemgetter(0)
    if shown.state not in OWN:
        return [Period(agent.agent, from_ms, to_ms, shown.state, shown.reason, *place, shown.queue, from_seq)]
    if owns[-1][0] <= from_ms:
        return [Period(agent.agent, from_ms, to_ms, owns[-1][1], owns[-1][2], *place, shown.queue, from_seq)]
    first = max(0, bisect_right(owns, from_ms, key=at) - 1)
    cuts = owns[first : bisect_left(owns, to_ms, key=at)]
    begins = [from_ms, *(at_ms for at_ms, *_ in cuts[1:])]
    seqs = [from_seq, *(seq for *_, seq in cuts[1:])]
    return [
        Period(agent.agent, begin, end, state, reason, *place, _wrapped_up(agent, state, begin), seq)
        for begin, end, seq, (_, state, reason, _) in zip(begins, [*begins[1:], to_ms], seqs, cuts, strict=True)
        if begin < end
    ]


def _wrapped_up(agent: Agent, state: str, at_ms: int) -> str:
    """The queue of the contact for which a wrap-up is that begins or was wished for then; "" of none, or in another state."""
    if state != "wrap_up":
        return ""
    if agent.contacts and at_ms >= agent.busy_ms:
        return agent.last_queue
    near = (queue for from_ms, to_ms, queue in reversed(agent.busy) if from_ms <= at_ms <= to_ms + SOON_MS)
    return next(near, "")


def _own_changed(floor: Floor, agent: Agent, at_ms: int, state: str, reason: str = "") -> None:
    """Note it among the agent's own states. If periods that are over lie behind it, they were not what they were taken for."""
    reason = "" if state == "wrap_up" else reason
    owns, end_ms = agent.owns, agent.period_ms
    place = bisect_right(owns, at_ms, key=itemgetter(0))
    if place < len(owns):
        end_ms = min(end_ms, owns[place][0])
    if at_ms < end_ms:
        queue = _wrapped_up(agent, state, at_ms)
        late = Period(agent.agent, at_ms, end_ms, state, reason, queue=queue, from_seq=floor.seq + 1, late=True)
        floor.gains.periods.append(late)
        if place:
            _spend(agent, msgspec.structs.replace(late, state=owns[place - 1][1], reason=owns[place - 1][2]), back=True)
        _spend(agent, late)
    owns.insert(place, (at_ms, state, reason, floor.seq + 1))
    while len(owns) > 1 and owns[1][0] < owns[-1][0] - KEPT_MS:
        del owns[0]


def _spend(agent: Agent, period: Period, *, back: bool = False) -> None:
    """Of the time that its reason has in this shift; or give it back, since it was another state's."""
    took_ms = period.to_ms - max(period.from_ms, agent.shift_ms)
    if period.state == "not_ready" and took_ms > 0:
        spent_ms = agent.spent_ms.get(period.reason, 0)
        agent.spent_ms[period.reason] = max(0, spent_ms - took_ms) if back else spent_ms + took_ms


def _begin_shift(floor: Floor, agent: Agent, at_ms: int) -> None:
    """On another day than the one before."""
    if day_number(floor.timezone, at_ms) > day_number(floor.timezone, agent.shift_ms):
        agent.spent_ms, agent.shift_ms = {}, at_ms


def _limit(floor: Floor, agent: Agent, state: str) -> None:
    """When a wrap-up that has begun ends by itself."""
    queue = floor.queues.get(agent.last_queue)
    length_s = wrap_up_s(queue) if queue and state == "wrap_up" else 0
    if not length_s:
        if agent.until_ms is not None:
            agent.until_ms = None
            del floor.wraps[agent.agent]
        return
    begun_ms = max(agent.period_ms, agent.own_since_ms)  # the end of the contact may have come late
    agent.until_ms = floor.wraps[agent.agent] = begun_ms + 1000 * length_s


def _touch(floor: Floor, desk: str) -> None:
    if desk:
        floor.touched.add(desk)


@showing
def signed_in(floor: Floor, fact: f.AgentSignedIn, agent: Agent) -> None:
    if not agent.signed_in:
        agent.own, agent.reason, agent.own_since_ms = "not_ready", "", fact.at_ms
        begun_ms = max(fact.at_ms, agent.period_ms)
        insort(agent.owns, (begun_ms, "not_ready", "", floor.seq + 1), key=itemgetter(0))
    _begin_shift(floor, agent, fact.at_ms)
    agent.signed_in, agent.desk = True, fact.desk
    if fact.desk:
        desk = floor.desks[fact.desk]
        desk.wrong_pins = 0
        _seat(desk, fact.agent, fact.at_ms)


def _seat(desk: Desk, agent: str, at_ms: int) -> None:
    desk.agent = agent
    desk.seats.append((max([at_ms, *(came_ms for came_ms, _ in desk.seats[-1:])]), agent))
    while len(desk.seats) > 1 and desk.seats[1][0] < at_ms - KEPT_MS:
        del desk.seats[0]


@showing
def signed_out(floor: Floor, fact: f.AgentSignedOut, agent: Agent) -> None:
    if agent.desk:
        floor.touched.add(agent.desk)
        _seat(floor.desks[agent.desk], "", fact.at_ms)
    _own_changed(floor, agent, fact.at_ms, "signed_out")
    agent.signed_in, agent.desk, agent.reason, agent.last_queue = False, "", "", ""


@showing
def presence_changed(floor: Floor, fact: f.PresenceChanged, agent: Agent) -> None:
    went_ms = agent.busy[-1][1] if agent.busy else 0
    if fact.presence == "wrap_up" and not agent.contacts and fact.at_ms - went_ms > SOON_MS:
        agent.last_queue = ""  # that is for no contact
    _own_changed(floor, agent, fact.at_ms, fact.presence, fact.reason)
    if agent.signed_in and fact.at_ms >= agent.own_since_ms:  # a late press never overrides a newer state
        agent.own, agent.reason, agent.then, agent.own_since_ms = fact.presence, fact.reason, fact.then, fact.at_ms


def wrap_up_extended(floor: Floor, fact: f.WrapUpExtended) -> None:
    agent = floor.agents[fact.agent]
    agent.until_ms = floor.wraps[fact.agent] = fact.until_ms
    _touch(floor, agent.desk)


def shift_planned(floor: Floor, fact: f.ShiftPlanned) -> None:
    """The floor itself does not go by it: it is a matter of the record."""
    parts = [Planned(fact.agent, fact.day, part.from_ms, part.to_ms, part.activity) for part in fact.parts]
    floor.gains.plans[fact.agent, fact.day] = parts


def pin_refused(floor: Floor, fact: f.PinRefused) -> None:
    desk = floor.desks[fact.desk]
    desk.wrong_pins = 0 if fact.locked_until_ms else desk.wrong_pins + 1
    desk.locked_until_ms = max(desk.locked_until_ms, fact.locked_until_ms)


def queue_joined(floor: Floor, fact: f.QueueJoined) -> None:
    floor.agents[fact.agent].member_of[fact.queue] = None


def queue_left(floor: Floor, fact: f.QueueLeft) -> None:
    floor.agents[fact.agent].member_of.pop(fact.queue, None)


def queue_paused(floor: Floor, fact: f.QueuePaused) -> None:
    _pause(floor.agents[fact.agent], fact.queue, fact.reason)


def queue_unpaused(floor: Floor, fact: f.QueueUnpaused) -> None:
    _pause(floor.agents[fact.agent], fact.queue, None)


def _pause(agent: Agent, queue: str, reason: str | None) -> None:
    for each in [queue] if queue else list(agent.member_of):
        agent.member_of[each] = reason
