"""How facts of contacts change the floor, and what they add to the figures. What only tickets do is in tickets.py."""

from typing import Any

from edge import facts as f
from edge.figures import Sums, interval
from edge.floor import Agent, Contact, Floor, Spell, due_ms
from edge.fold.people import showing

FIGURES_KEPT_MS = 48 * 3600 * 1000
"""How long the floor itself holds figures; older ones are in the journal's table."""
SPENT_MAX = 10_000


def entered(floor: Floor, fact: f.ContactEntered) -> None:
    contact = Contact(
        fact.contact, fact.queue, "call", fact.at_ms, since_ms=fact.at_ms, label=fact.contact, issued_ms=fact.at_ms
    )
    floor.contacts[fact.contact] = contact
    join(floor, contact)
    book(floor, contact, Sums(offered=1))


@showing
def answered(floor: Floor, fact: f.ContactAnswered, agent: Agent) -> None:
    contact = floor.contacts[fact.contact]
    wait_is_over(floor, contact, fact.wait_ms)
    with_agent(floor, contact, agent, "serving", fact.at_ms)


@showing
def serving_began(floor: Floor, fact: f.ServingBegan, agent: Agent) -> None:
    contact = floor.contacts[fact.contact]
    turn(floor, contact, "serving", fact.at_ms)
    contact.served_ms, contact.held_ms, contact.talk_ms = fact.at_ms, 0, None
    contact.owner, contact.keeper = contact.owner or agent.agent, agent.agent


@showing
def held(floor: Floor, fact: f.ContactHeld, agent: Agent) -> None:
    turn(floor, floor.contacts[fact.contact], "hold", fact.at_ms)


@showing
def resumed(floor: Floor, fact: f.ContactResumed, agent: Agent) -> None:
    turn(floor, floor.contacts[fact.contact], "serving", fact.at_ms)


@showing
def ended(floor: Floor, fact: f.ContactEnded, agent: Agent) -> None:
    contact = floor.contacts[fact.contact]
    talk_ms = talked_ms(contact, fact.at_ms) if fact.talk_ms is None else fact.talk_ms
    leave_agent(floor, contact)
    close(floor, contact, fact.at_ms)
    book(floor, contact, Sums(talk_ms=talk_ms))


def abandoned(floor: Floor, fact: f.ContactAbandoned) -> None:
    contact = _left(floor, fact)
    queue = floor.queues[contact.queue]
    gain = Sums(abandoned=1, wait_abandoned_ms=fact.wait_ms)
    gain.abandoned_in_target = int(fact.wait_ms <= queue.target_s * 1000)
    gain.abandoned_short = int(fact.wait_ms <= queue.short_s * 1000)
    book(floor, contact, gain)


def timed_out(floor: Floor, fact: f.ContactTimedOut) -> None:
    contact = _left(floor, fact)
    within = int(fact.wait_ms <= floor.queues[contact.queue].target_s * 1000)
    book(floor, contact, Sums(timed_out=1, timed_out_in_target=within))


def left_otherwise(floor: Floor, fact: f.ContactLeft) -> None:
    contact = _left(floor, fact)
    if not contact.answered:  # a ticket that was called before has counted
        book(floor, contact, Sums(left_otherwise=1))


def _left(floor: Floor, fact: Any) -> Contact:
    contact = floor.contacts[fact.contact]
    leave_line(floor, contact)
    close(floor, contact, fact.at_ms)
    return contact


# What all of them do


def turn(floor: Floor, contact: Contact, state: str, at_ms: int) -> None:
    """Another state; the one before is over, and a spell of its own."""
    since_ms, at_ms = contact.since_ms, max(at_ms, contact.since_ms)
    floor.spells.append(
        Spell(contact.contact, contact.label, contact.queue, contact.state, contact.agent, since_ms, at_ms)
    )
    if contact.state == "hold":
        contact.held_ms += at_ms - since_ms
    contact.state, contact.since_ms = state, at_ms
    watch(floor, contact)


def watch(floor: Floor, contact: Contact) -> None:
    """Keep the time at which something is due for it."""
    at_ms = due_ms(floor, contact)
    if at_ms is None:
        floor.dues.pop(contact.contact, None)
    else:
        floor.dues[contact.contact] = at_ms


def join(floor: Floor, contact: Contact, place: int = -1) -> None:
    """Into the line of its queue, at that place from 0; -1: at its end."""
    queue = floor.queues[contact.queue]
    if 0 <= place < len(queue.waiting):
        line = list(queue.waiting.items())
        line.insert(place, (contact.contact, contact.entered_ms))
        queue.waiting = dict(line)
    else:
        queue.waiting[contact.contact] = contact.entered_ms
    if contact.to_agent or contact.to_desk:
        floor.aimed[contact.contact] = None
    watch(floor, contact)


def leave_line(floor: Floor, contact: Contact) -> None:
    floor.queues[contact.queue].waiting.pop(contact.contact, None)  # a parked one stands in none
    floor.aimed.pop(contact.contact, None)


def wait_is_over(floor: Floor, contact: Contact, wait_ms: int | None) -> None:
    """Out of its line; `wait_ms` None: this queue has counted it before."""
    leave_line(floor, contact)
    if wait_ms is not None:
        within = int(wait_ms <= floor.queues[contact.queue].target_s * 1000)
        book(floor, contact, Sums(answered=1, answered_in_target=within, wait_answered_ms=wait_ms))
        contact.answered = True


def with_agent(floor: Floor, contact: Contact, agent: Agent, state: str, at_ms: int) -> None:
    turn(floor, contact, state, at_ms)
    contact.agent, contact.served_ms, contact.held_ms = agent.agent, at_ms, 0
    if state == "serving":
        contact.owner, contact.keeper = contact.owner or agent.agent, agent.agent
    agent.contacts.append(contact.contact)


def talked_ms(contact: Contact, at_ms: int) -> int:
    """From serving to now, or to its end, without hold; nothing of a contact that was only called."""
    if contact.talk_ms is not None or contact.state in ("called", "waiting", "parked"):
        return contact.talk_ms or 0
    held_ms = contact.held_ms + (max(0, at_ms - contact.since_ms) if contact.state == "hold" else 0)
    return max(0, at_ms - contact.served_ms - held_ms)


def leave_agent(floor: Floor, contact: Contact) -> None:
    """The agent's own books; the contact's agent is for its next state to say."""
    if contact.agent:
        floor.agents[contact.agent].contacts.remove(contact.contact)


def close(floor: Floor, contact: Contact, at_ms: int) -> None:
    turn(floor, contact, "closed", at_ms)
    del floor.contacts[contact.contact]
    floor.dues.pop(contact.contact, None)
    if floor.labels.get(contact.label) == contact.contact:
        del floor.labels[contact.label]
    if contact.channel == "ticket":
        floor.spent[contact.contact] = None
        if len(floor.spent) > SPENT_MAX:
            del floor.spent[next(iter(floor.spent))]


def book(floor: Floor, contact: Contact, gain: Sums) -> None:
    start = interval(contact.entered_ms)
    by_queue = floor.figures.get(start)
    if by_queue is None:
        by_queue = floor.figures[start] = {}
        oldest = max(floor.figures) - FIGURES_KEPT_MS
        for late in [at for at in floor.figures if at < oldest]:
            del floor.figures[late]
    by_queue.setdefault(contact.queue, Sums()).add(gain)
    floor.deltas.setdefault((start, contact.queue), Sums()).add(gain)
