"""How facts of contacts change the floor, and what they add to the figures. What only tickets do is in tickets.py."""

from itertools import islice
from typing import Any

from edge import facts as f
from edge.figures import MINUTE_MS, Sums, in_target, interval
from edge.floor import Agent, Contact, Floor, Queue, due_ms, team_of
from edge.fold.people import showing
from edge.gains import Spell, Stay

FIGURES_KEPT_MS = 48 * 3600 * 1000
"""How long the floor itself holds figures; older ones are in the journal's table."""
MINUTES_KEPT_MS = 3600 * 1000
SPENT_MAX = 10_000


def entered(floor: Floor, fact: f.ContactEntered) -> None:
    contact = Contact(
        fact.contact, fact.queue, "call", fact.at_ms, since_ms=fact.at_ms, label=fact.contact, issued_ms=fact.at_ms
    )
    floor.contacts[fact.contact] = contact
    begin_stay(floor, contact)
    join(floor, contact)


@showing
def answered(floor: Floor, fact: f.ContactAnswered, agent: Agent) -> None:
    contact = floor.contacts[fact.contact]
    wait_is_over(floor, contact, fact.wait_ms)
    with_agent(floor, contact, agent, "serving", fact.at_ms)


@showing
def serving_began(floor: Floor, fact: f.ServingBegan, agent: Agent) -> None:
    contact = floor.contacts[fact.contact]
    turn(floor, contact, "serving", fact.at_ms)
    _is_served_by(contact, agent)


@showing
def held(floor: Floor, fact: f.ContactHeld, agent: Agent) -> None:
    turn(floor, floor.contacts[fact.contact], "hold", fact.at_ms)


@showing
def resumed(floor: Floor, fact: f.ContactResumed, agent: Agent) -> None:
    turn(floor, floor.contacts[fact.contact], "serving", fact.at_ms)


@showing
def ended(floor: Floor, fact: f.ContactEnded, agent: Agent) -> None:
    contact = floor.contacts[fact.contact]
    leave_agent(floor, contact)
    close(floor, contact, fact.at_ms, "answered", talk_ms=fact.talk_ms)


def abandoned(floor: Floor, fact: f.ContactAbandoned) -> None:
    _left(floor, fact, "abandoned")


def timed_out(floor: Floor, fact: f.ContactTimedOut) -> None:
    _left(floor, fact, "timed_out")


def left_otherwise(floor: Floor, fact: f.ContactLeft) -> None:
    _left(floor, fact, fact.outcome)


def _left(floor: Floor, fact: Any, outcome: str) -> None:
    contact = floor.contacts[fact.contact]
    leave_line(floor, contact)
    if not contact.answered:
        contact.wait_ms = fact.wait_ms
    close(floor, contact, fact.at_ms, outcome)


# What all of them do


def turn(floor: Floor, contact: Contact, state: str, at_ms: int) -> None:
    """Another state; the one before is over, and a spell of its own."""
    since_ms, at_ms = contact.since_ms, max(at_ms, contact.since_ms)
    floor.gains.spells.append(
        Spell(contact.contact, contact.label, contact.queue, contact.state, contact.agent, since_ms, at_ms)
    )
    spent_ms = at_ms - since_ms
    if contact.state == "serving":
        contact.talk_ms += spent_ms
    elif contact.state == "hold":
        contact.hold_ms += spent_ms
    elif contact.state == "wrap_up":
        contact.wrap_ms += spent_ms
    contact.state, contact.since_ms = state, at_ms
    if state == "waiting" or state == "parked":
        watch(floor, contact)
    else:
        floor.dues.pop(contact.contact, None)


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
        target_s, under, _ = _terms(floor.queues[contact.queue], contact.entered_ms + wait_ms)
        within = in_target(wait_ms, target_s, under)
        for sums in booked(floor, contact):
            sums.answered += 1
            sums.answered_in_target += within
            sums.wait_answered_ms += wait_ms
        contact.answered, contact.wait_ms = True, wait_ms


def with_agent(floor: Floor, contact: Contact, agent: Agent, state: str, at_ms: int) -> None:
    turn(floor, contact, state, at_ms)
    contact.agent, contact.team = agent.agent, team_of(floor, agent)
    if state == "serving":
        _is_served_by(contact, agent)
    agent.contacts.append(contact.contact)


def _is_served_by(contact: Contact, agent: Agent) -> None:
    contact.owner, contact.keeper = contact.owner or agent.agent, agent.agent


def leave_agent(floor: Floor, contact: Contact) -> None:
    """The agent's own books; the contact's agent is for its next state to say."""
    if contact.agent:
        floor.agents[contact.agent].contacts.remove(contact.contact)


def close(floor: Floor, contact: Contact, at_ms: int, outcome: str, *, talk_ms: int | None = None) -> None:
    """`talk_ms`: as the exchange measured it."""
    turn(floor, contact, "closed", at_ms)
    if talk_ms is not None:
        contact.talk_ms = talk_ms
    end_stay(floor, contact, outcome)
    del floor.contacts[contact.contact]
    if floor.labels.get(contact.label) == contact.contact:
        del floor.labels[contact.label]
    if contact.channel == "ticket":
        floor.spent[contact.contact] = None
        if len(floor.spent) > SPENT_MAX:
            # Many at once: a dict that loses its first one by one looks ever longer for it.
            for name in list(islice(floor.spent, SPENT_MAX // 10)):
                del floor.spent[name]


def begin_stay(floor: Floor, contact: Contact) -> None:
    """In the queue that it has just come into."""
    contact.from_seq, contact.answered, contact.wait_ms = floor.seq + 1, False, 0
    contact.talk_ms = contact.hold_ms = contact.wrap_ms = contact.step = contact.no_shows = 0
    for sums in booked(floor, contact):
        sums.offered += 1


def end_stay(floor: Floor, contact: Contact, outcome: str) -> None:
    """It leaves its queue, or goes for good; whatever the end, it counts as answered if it was called or connected before."""
    if contact.answered:
        outcome = "answered"
    elif outcome != "answered":
        _in_vain(floor, contact, outcome)
    if contact.talk_ms:
        for sums in booked(floor, contact):
            sums.talk_ms += contact.talk_ms
    stay = Stay(
        entered_ms=contact.entered_ms,
        queue=contact.queue,
        contact=contact.contact,
        label=contact.label,
        channel=contact.channel,
        outcome=outcome,
        wait_ms=contact.wait_ms,
        agent=contact.agent or contact.keeper,
        team=contact.team,
        talk_ms=contact.talk_ms,
        hold_ms=contact.hold_ms,
        wrap_ms=contact.wrap_ms,
        no_show=contact.no_shows > 0,
        ended_ms=contact.since_ms,
        from_seq=contact.from_seq,
        to_seq=floor.seq + 1,
    )
    floor.gains.stays.append(stay)


def _in_vain(floor: Floor, contact: Contact, outcome: str) -> None:
    """What the end of such a wait adds; that of another was counted when it was called or connected."""
    wait_ms = contact.wait_ms
    target_s, under, short_s = _terms(floor.queues[contact.queue], contact.entered_ms + wait_ms)
    within = in_target(wait_ms, target_s, under)
    for sums in booked(floor, contact):
        if outcome == "abandoned":
            sums.abandoned += 1
            sums.abandoned_in_target += within
            sums.abandoned_short += wait_ms <= short_s * 1000
            sums.wait_abandoned_ms += wait_ms
        elif outcome == "timed_out":
            sums.timed_out += 1
            sums.timed_out_in_target += within
        else:
            sums.left_otherwise += 1


def _terms(queue: Queue, at_ms: int) -> tuple[int, bool, int]:
    """(target, under, short) that held then."""
    for terms in reversed(queue.terms):
        if terms[0] <= at_ms:
            return terms[1:]
    return queue.terms[0][1:]


def booked(floor: Floor, contact: Contact) -> tuple[Sums, Sums, Sums]:
    """The sums in which it counts, where it entered: of that interval, of that minute, and what the tables have yet to take."""
    entered_ms, queue = contact.entered_ms, contact.queue
    at_ms, minute_ms = interval(entered_ms), entered_ms - entered_ms % MINUTE_MS
    try:
        sums, minute = floor.figures[at_ms][queue], floor.minutes[minute_ms][queue]
    except KeyError:
        sums = _kept(floor.figures, at_ms, FIGURES_KEPT_MS, queue)
        minute = _kept(floor.minutes, minute_ms, MINUTES_KEPT_MS, queue)
    gains = floor.gains.figures.get((at_ms, queue)) or floor.gains.figures.setdefault((at_ms, queue), Sums())
    return sums, minute, gains


def _kept(figures: dict[int, dict[str, Sums]], at_ms: int, kept_ms: int, queue: str) -> Sums:
    """The sums there; with a new time those go that are older than is kept."""
    by_queue = figures.get(at_ms)
    if by_queue is None:
        by_queue = figures[at_ms] = {}
        oldest = max(figures) - kept_ms
        for late in [at for at in figures if at < oldest]:
            del figures[late]
    return by_queue.get(queue) or by_queue.setdefault(queue, Sums())
