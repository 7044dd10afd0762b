"""Who is next: which waiting ticket an agent gets, and which agent a ticket gets. Calls are given out by the exchange."""

from collections.abc import Callable

from edge import facts as f
from edge.floor import Agent, Contact, Floor, Queue, works_for

NOT_AT_ALL = 10  # a level beyond all


def next_contact(floor: Floor, agent: Agent, at_ms: int, *, pushed: bool = False) -> Contact | None:
    """The ticket that the agent's calling rule picks from the heads of the lines; `pushed`: of queues that call by themselves."""
    heads: dict[str, Contact] = {}
    for queue in floor.queues.values():
        if queue.waiting and not (pushed and queue.strategy == "press"):
            head = _head(floor, queue, agent)
            if head:
                heads[queue.queue] = head
    return _pick(floor, agent, heads, at_ms) if heads else None


def may_take(floor: Floor, agent: Agent, contact: Contact) -> bool:
    """The ticket is for this agent or desk, or for all with the skill; what is for somebody who has gone is for all."""
    if contact.channel != "ticket" or not agent.desk:
        return False
    aimed_at = floor.agents.get(contact.to_agent)
    if aimed_at and aimed_at.desk:
        return aimed_at is agent
    desk = floor.desks.get(contact.to_desk)
    if desk and desk.agent:
        return desk.agent == agent.agent
    return qualifies(floor, agent, floor.queues[contact.queue], contact.step)


def _head(floor: Floor, queue: Queue, agent: Agent) -> Contact | None:
    """The first in the line that the agent may take. A line may be long, and many may ask: only what is for one of them alone is
    looked at closely."""
    if not agent.desk:
        return None
    step = next((step for step in range(len(queue.widen) + 1) if qualifies(floor, agent, queue, step)), None)
    if step is None:  # then only what is for this agent
        own = [name for name in floor.aimed if name in queue.waiting and may_take(floor, agent, floor.contacts[name])]
        return floor.contacts[min(own, key=list(queue.waiting).index)] if own else None
    for name in queue.waiting:
        contact = floor.contacts[name]
        if name in floor.aimed:
            if may_take(floor, agent, contact):
                return contact
        elif contact.step >= step and contact.channel == "ticket":
            return contact
    return None


def qualifies(floor: Floor, agent: Agent, queue: Queue, step: int) -> bool:
    steps = queue.widen[:step]
    if queue.skill and agent.skills.get(queue.skill, NOT_AT_ALL) > max(queue.level, *(w.level for w in steps), 0):
        return False
    team = floor.desks[agent.desk].team if agent.desk else ""
    if any(w.team and w.team == team for w in steps):
        return True  # a neighbour helps out
    return works_for(agent, queue) and queue.team in ("", team)


def _pick(floor: Floor, agent: Agent, heads: dict[str, Contact], at_ms: int) -> Contact:
    rule = floor.callings.get(agent.calling)
    longest = min(heads.values(), key=lambda c: c.entered_ms)
    if rule is None:
        return longest
    for queue, seconds in rule.first.items():
        if queue in heads and at_ms - heads[queue].entered_ms > 1000 * seconds:
            return heads[queue]
    for queue, most in rule.share.items():
        if queue in heads and agent.shared.get(queue, 0) < most:
            return heads[queue]
    others = [contact for queue, contact in heads.items() if queue not in rule.share]
    if others:
        return min(others, key=lambda c: c.entered_ms)
    return next((heads[queue] for queue, most in rule.share.items() if most and queue in heads), longest)


def assign(floor: Floor, at_ms: int) -> list[f.Fact]:
    """The next call of a queue that calls by itself, if there is one: a ready agent, and the ticket that the rules give it. Of all
    who are ready for that ticket, the queue's strategy picks one."""
    if not any(queue.waiting and queue.strategy != "press" for queue in floor.queues.values()):
        return []  # as nearly always: nobody need be asked
    for name in floor.idle:
        contact = next_contact(floor, floor.agents[name], at_ms, pushed=True)
        if contact is None:
            continue
        able = [floor.agents[n] for n in floor.idle if may_take(floor, floor.agents[n], contact)]
        queue = floor.queues[contact.queue]
        draw = _draw(floor.seq) % len(able) if queue.strategy == "random" else None
        agent = STRATEGIES[queue.strategy](floor, queue, able) if draw is None else able[draw]
        return [call(floor, contact, agent, at_ms, by="rules", draw=draw)]
    return []


def call(floor: Floor, contact: Contact, agent: Agent, at_ms: int, *, by: str = "", draw: int | None = None) -> f.Fact:
    wait_ms = max(0, at_ms - contact.entered_ms)  # it may have come while the press was on its way
    return f.TicketCalled(
        contact=contact.contact,
        agent=agent.agent,
        desk=agent.desk,
        announcement=floor.announced + 1,
        wait_ms=None if contact.answered else wait_ms,
        draw=draw,
        at_ms=at_ms,
        by=by,
    )


def _longest_idle(floor: Floor, queue: Queue, able: list[Agent]) -> Agent:
    return min(able, key=lambda a: floor.idle[a.agent])


def _fewest(floor: Floor, queue: Queue, able: list[Agent]) -> Agent:
    least = min(queue.calls.values(), default=0)  # a newcomer does not get all that come
    return min(able, key=lambda a: (queue.calls.get(a.agent, least), floor.idle[a.agent]))


def _round_robin(floor: Floor, queue: Queue, able: list[Agent]) -> Agent:
    """The one behind who was called last, in the order of the site's file."""
    order = list(floor.agents)
    last = order.index(queue.last_agent) if queue.last_agent in order else -1
    return min(able, key=lambda a: (order.index(a.agent) - last - 1) % len(order))


def _linear(floor: Floor, queue: Queue, able: list[Agent]) -> Agent:
    order = list(floor.agents)
    return min(able, key=lambda a: order.index(a.agent))


def _skill(floor: Floor, queue: Queue, able: list[Agent]) -> Agent:
    return min(able, key=lambda a: (a.skills.get(queue.skill, NOT_AT_ALL), floor.idle[a.agent]))


STRATEGIES: dict[str, Callable[[Floor, Queue, list[Agent]], Agent]] = {
    "longest_idle": _longest_idle,
    "fewest": _fewest,
    "round_robin": _round_robin,
    "linear": _linear,
    "skill": _skill,
}


def _draw(seq: int) -> int:
    """Chance that a replay repeats: SplitMix64 (Steele, Lea and Flood, 2014) of the journal's number."""
    mixed = (seq + 1) * 0x9E3779B97F4A7C15 & (1 << 64) - 1
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 & (1 << 64) - 1
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & (1 << 64) - 1
    return mixed ^ mixed >> 31
