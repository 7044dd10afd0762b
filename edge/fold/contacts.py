"""How facts of contacts change the floor, and what they add to the figures."""

from typing import Any

from edge import facts as f
from edge.figures import Sums, interval
from edge.floor import Agent, Contact, Floor
from edge.fold.people import showing

FIGURES_KEPT_MS = 48 * 3600 * 1000
"""How long the floor itself holds figures; older ones are in the journal's table."""


def entered(floor: Floor, fact: f.ContactEntered) -> None:
    contact = Contact(fact.contact, fact.queue, fact.channel, fact.at_ms, since_ms=fact.at_ms)
    floor.contacts[fact.contact] = contact
    floor.queues[fact.queue].waiting[fact.contact] = fact.at_ms
    _book(floor, contact, Sums(offered=1))


@showing
def answered(floor: Floor, fact: f.ContactAnswered, agent: Agent) -> None:
    contact = floor.contacts[fact.contact]
    queue = floor.queues[contact.queue]
    del queue.waiting[fact.contact]
    contact.state = "called" if contact.channel == "ticket" else "serving"
    contact.agent, contact.since_ms, contact.served_ms = (
        fact.agent,
        fact.at_ms,
        fact.at_ms,
    )
    agent.contacts.append(fact.contact)
    within = int(fact.wait_ms <= queue.target_s * 1000)
    _book(
        floor,
        contact,
        Sums(answered=1, answered_in_target=within, wait_answered_ms=fact.wait_ms),
    )


@showing
def serving_began(floor: Floor, fact: f.ServingBegan, agent: Agent) -> None:
    contact = floor.contacts[fact.contact]
    contact.state, contact.since_ms, contact.served_ms = (
        "serving",
        fact.at_ms,
        fact.at_ms,
    )


@showing
def held(floor: Floor, fact: f.ContactHeld, agent: Agent) -> None:
    contact = floor.contacts[fact.contact]
    contact.state, contact.since_ms = "hold", fact.at_ms


@showing
def resumed(floor: Floor, fact: f.ContactResumed, agent: Agent) -> None:
    contact = floor.contacts[fact.contact]
    contact.held_ms += fact.at_ms - contact.since_ms
    contact.state, contact.since_ms = "serving", fact.at_ms


def recalled(floor: Floor, fact: f.ContactRecalled) -> None:
    floor.contacts[fact.contact].since_ms = fact.at_ms


@showing
def ended(floor: Floor, fact: f.ContactEnded, agent: Agent) -> None:
    contact = floor.contacts.pop(fact.contact)
    agent.contacts.remove(fact.contact)
    talk_ms = fact.talk_ms
    if talk_ms is None:
        held_ms = contact.held_ms + (fact.at_ms - contact.since_ms if contact.state == "hold" else 0)
        talk_ms = 0 if fact.outcome == "no_show" else fact.at_ms - contact.served_ms - held_ms
    _book(floor, contact, Sums(talk_ms=talk_ms, no_show=int(fact.outcome == "no_show")))


def _left(floor: Floor, fact: Any) -> Contact:
    contact = floor.contacts.pop(fact.contact)
    del floor.queues[contact.queue].waiting[fact.contact]
    return contact


def abandoned(floor: Floor, fact: f.ContactAbandoned) -> None:
    contact = _left(floor, fact)
    queue = floor.queues[contact.queue]
    gain = Sums(abandoned=1, wait_abandoned_ms=fact.wait_ms)
    gain.abandoned_in_target = int(fact.wait_ms <= queue.target_s * 1000)
    gain.abandoned_short = int(fact.wait_ms <= queue.short_s * 1000)
    _book(floor, contact, gain)


def timed_out(floor: Floor, fact: f.ContactTimedOut) -> None:
    contact = _left(floor, fact)
    within = int(fact.wait_ms <= floor.queues[contact.queue].target_s * 1000)
    _book(floor, contact, Sums(timed_out=1, timed_out_in_target=within))


def left_otherwise(floor: Floor, fact: f.ContactLeft) -> None:
    _book(floor, _left(floor, fact), Sums(left_otherwise=1))


def _book(floor: Floor, contact: Contact, gain: Sums) -> None:
    start = interval(contact.entered_ms)
    by_queue = floor.figures.get(start)
    if by_queue is None:
        by_queue = floor.figures[start] = {}
        oldest = max(floor.figures) - FIGURES_KEPT_MS
        for late in [at for at in floor.figures if at < oldest]:
            del floor.figures[late]
    by_queue.setdefault(contact.queue, Sums()).add(gain)
    floor.deltas.setdefault((start, contact.queue), Sums()).add(gain)
