"""What an agent does with the ticket at the desk: serving it, ending it, and the agent's own state, which ends a wrap-up."""

import msgspec

from edge import facts as f
from edge.floor import Agent, Contact, Floor, wrap_up_s
from edge.requests import Refused
from edge.rules import line

NO_SHOWS_MAX = 2
"""Whoever has not come so often does not return."""
REST_MS = 60_000


def own(floor: Floor, agent: Agent, at_ms: int, state: f.Own, reason: str = "") -> list[f.Fact]:
    """The agent's own state, if it is another; the tickets in wrap-up are closed with it, or by pressing for it once more."""
    if agent.own == state and (state == "wrap_up" or agent.reason == reason):
        return wrapped_up(floor, agent, at_ms) if state != "wrap_up" else extended(floor, agent, at_ms)
    changed = f.PresenceChanged(agent=agent.agent, presence=state, reason=reason, at_ms=at_ms)
    if at_ms < agent.own_since_ms:
        return [changed]  # it changes nothing now
    return [*wrapped_up(floor, agent, at_ms), changed]


def extended(floor: Floor, agent: Agent, at_ms: int) -> list[f.Fact]:
    """A wrap-up that has a limit goes on as long again."""
    queue = floor.queues.get(agent.last_queue)
    if agent.until_ms is None or queue is None:
        return []
    until_ms = agent.until_ms + 1000 * wrap_up_s(queue)
    return [f.WrapUpExtended(agent=agent.agent, until_ms=until_ms, at_ms=at_ms)]


def limited(floor: Floor, at_ms: int) -> list[f.Fact]:
    """The wrap-ups whose time is over: the agents are ready again, each since its own deadline."""
    over = sorted((due_ms, name) for name, due_ms in floor.wraps.items() if due_ms <= at_ms)
    return [
        msgspec.structs.replace(fact, by="clock")
        for due_ms, name in over
        for fact in _wrapped(floor, floor.agents[name], due_ms)
    ]


def _wrapped(floor: Floor, agent: Agent, at_ms: int) -> list[f.Fact]:
    return own(floor, agent, at_ms, "not_ready", agent.reason) if agent.then else own(floor, agent, at_ms, "ready")


def after(floor: Floor, agent: Agent, at_ms: int, then: f.Own) -> list[f.Fact]:
    """At the end of a ticket: what was asked for meanwhile, a wrap-up before it."""
    if agent.own == "not_ready":
        if then == "ready":
            return []
        return [f.PresenceChanged(agent=agent.agent, presence=then, reason=agent.reason, then="not_ready", at_ms=at_ms)]
    return own(floor, agent, at_ms, then)


def wrapped_up(floor: Floor, agent: Agent, at_ms: int) -> list[f.Fact]:
    """The end of each ticket whose wrap-up goes on."""
    wrapping = [c for c in map(floor.contacts.__getitem__, agent.contacts) if c.state == "wrap_up"]
    return [f.ContactEnded(contact=c.contact, at_ms=max(at_ms, c.since_ms)) for c in wrapping]


def end(floor: Floor, contact: Contact, at_ms: int, *, wrap_up: bool) -> f.Fact:
    """The customer goes: to the next queue of the visit, or away."""
    if contact.then and contact.then[0] in floor.queues:
        queue = floor.queues[contact.then[0]]
        place = line.place(floor, queue, contact.priority, 0, at_ms)
        return f.ContactMoved(contact=contact.contact, queue=queue.queue, why="next", place=place, at_ms=at_ms)
    if wrap_up:
        return f.ServingEnded(contact=contact.contact, at_ms=at_ms)
    return f.ContactEnded(contact=contact.contact, at_ms=at_ms)


def no_show(floor: Floor, contact: Contact, at_ms: int) -> list[f.Fact]:
    """It returns as its queue says, but for the last time. Where it would be called again at once, it rests first."""
    queue = floor.queues[contact.queue]
    place = {"after": line.after(queue, queue.no_show_after), "end": line.END, "void": None}[queue.no_show]
    if contact.no_shows + 1 >= NO_SHOWS_MAX:
        place = None
    facts: list[f.Fact] = [f.NoShowNoted(contact=contact.contact, place=place, at_ms=at_ms)]
    if place is not None and not queue.waiting and queue.strategy != "press":
        facts.append(f.ContactParked(contact=contact.contact, until_ms=at_ms + REST_MS, at_ms=at_ms, by="rules"))
    return facts


def recall(floor: Floor, contact: Contact, at_ms: int) -> list[f.Fact]:
    """One more than the queue allows is a no-show."""
    if contact.channel == "call":
        raise Refused("A call is not recalled.")
    if contact.recalls >= floor.queues[contact.queue].recalls:
        return no_show(floor, contact, at_ms)
    return [f.TicketRecalled(contact=contact.contact, announcement=floor.announced + 1, at_ms=at_ms)]
