"""A ticket's life: docs/tickets.md is made from `LIFE`, which says what may happen to a ticket in each state."""

from itertools import chain
from typing import Any

import msgspec

from edge import facts as f
from edge import requests as r
from edge.floor import Contact, Desk, Floor, Queue, presence
from edge.hours import day_number
from edge.requests import Refused
from edge.rules import desk as keys
from edge.rules import doors, line, serving, who

LIFE: dict[str, dict[str, str]] = {  # state -> what happens -> the next state; all else is refused
    "waiting": {"call": "called", "move": "waiting", "park": "parked", "cancel": "closed", "expire": "closed"},
    "called": {
        "recall": "called",
        "come": "serving",
        "not come": "waiting or closed",
        "move": "waiting",
        "park": "parked",
    },
    "serving": {
        "hold": "hold",
        "finish": "wrap_up",
        "end": "closed or the next queue's waiting",
        "move": "waiting",
        "park": "parked",
    },
    "hold": {
        "resume": "serving",
        "finish": "wrap_up",
        "end": "closed or the next queue's waiting",
        "move": "waiting",
        "park": "parked",
    },
    "wrap_up": {"end": "closed"},
    "parked": {"return": "waiting", "cancel": "closed", "expire": "closed"},
}


# Doors and numbers


def issue(floor: Floor, request: r.IssueTicket) -> list[f.Fact]:
    if request.contact in floor.contacts or request.contact in floor.spent:
        return []  # asked twice
    if request.contact in floor.labels:
        raise Refused(f"{request.contact} is another ticket's number: give it another name.")
    for name in (request.queue, *request.then):
        _queue(floor, name)
    queue = _open(floor, floor.queues[request.queue], request.at_ms)
    number = next_number(floor, queue, request.at_ms)
    held = label(queue, number)
    place = line.place(floor, queue, request.priority, request.position, request.at_ms)
    ticket = f.TicketIssued(
        contact=request.contact or f"{floor.seq + 1:09}-{held}",
        queue=queue.queue,
        number=number,
        label=held,
        place=place,
        ahead=len(queue.waiting) if place == line.END else place,
        priority=request.priority,
        lang=request.lang,
        then=request.then,
        expires_ms=doors.expires_ms(floor, queue, request.at_ms),
        at_ms=request.at_ms,
        by=request.by,
    )
    return [ticket]


def _open(floor: Floor, queue: Queue, at_ms: int) -> Queue:
    """The queue itself, or where it sends those whom nobody would serve; Refused with the reason if neither takes anybody."""
    bar, other = doors.bar(floor, queue, at_ms), floor.queues.get(queue.divert)
    if bar is None:
        return queue
    if bar.why == "nobody" and queue.empty == "divert" and other and not doors.bar(floor, other, at_ms):
        return other
    raise Refused(doors.turned_away(floor, queue, at_ms))


def next_number(floor: Floor, queue: Queue, at_ms: int) -> int:
    """Never one that was given out in its period, a day or a whole round of the range, or that somebody still holds. Refused when
    there is none."""
    daily = queue.period == "daily"
    new_day = daily and day_number(floor.timezone, at_ms) > day_number(floor.timezone, queue.numbered_ms)
    begin = queue.first if new_day else max(queue.number + 1, queue.first)
    rest = range(queue.first, begin) if not daily else ()  # of the next round
    for number in chain(range(begin, queue.last + 1), rest):
        held = label(queue, number)
        if held not in floor.labels and held not in floor.contacts:
            return number
    if daily:
        raise Refused(f"All numbers of {queue.queue} are given out today.")
    raise Refused(f"All numbers of {queue.queue} are given out.")


def label(queue: Queue, number: int) -> str:
    """What the visitor holds."""
    return f"{queue.letter}{number:0{queue.width}}"


def skip_numbers(floor: Floor, request: r.SkipNumbers) -> list[f.Fact]:
    queue = _queue(floor, request.queue)
    same_day = day_number(floor.timezone, request.at_ms) == day_number(floor.timezone, queue.numbered_ms)
    if queue.number == request.number or (queue.period == "daily" and same_day and queue.number > request.number):
        return []
    return [f.NumbersSkipped(queue=queue.queue, number=request.number, at_ms=request.at_ms, by="site")]


def shut(floor: Floor, request: r.ShutQueue) -> list[f.Fact]:
    if _queue(floor, request.queue).shut:
        raise Refused(f"{request.queue} is shut already.")
    return [f.QueueShut(queue=request.queue, at_ms=request.at_ms, by=request.by)]


def reopen(floor: Floor, request: r.ReopenQueue) -> list[f.Fact]:
    if not _queue(floor, request.queue).shut:
        raise Refused(f"{request.queue} is not shut.")
    return [f.QueueReopened(queue=request.queue, at_ms=request.at_ms, by=request.by)]


# At a desk


def press(floor: Floor, request: r.PressKey) -> list[f.Fact]:
    desk = _desk(floor, request.desk)
    facts = keys.press(floor, desk, request.key, request.press, request.at_ms)
    if not facts:
        raise Refused("That is so already.")
    return _by(request, facts)


def call(floor: Floor, request: r.CallTicket) -> list[f.Fact]:
    """A chosen one; even of a queue that is not the agent's."""
    desk = _desk(floor, request.desk)
    agent = floor.agents.get(desk.agent)
    if agent is None:
        raise Refused(f"Nobody is signed in at desk {desk.desk}.")
    contact = _may(floor, request.ticket, "call")
    if agent.contacts and presence(floor, agent) != "wrap_up":
        raise Refused(f"Desk {desk.desk} has {floor.contacts[agent.contacts[-1]].label}: end that first.")
    if presence(floor, agent) == "not_ready":
        raise Refused("Not ready: press ready first.")
    freed = serving.own(floor, agent, request.at_ms, "ready")
    return _by(request, [*freed, who.call(floor, contact, agent, request.at_ms)])


def move(floor: Floor, request: r.MoveTicket) -> list[f.Fact]:
    contact = _may(floor, request.ticket, "move")
    if [request.queue, request.agent, request.desk].count("") != 2:
        raise Refused("A ticket is moved to one of a queue, an agent or a desk.")
    queue = _queue(floor, request.queue or contact.queue)
    if request.agent and request.agent not in floor.agents:
        raise Refused(f"There is no agent {request.agent}.")
    if request.desk:
        _desk(floor, request.desk)
    if request.queue == contact.queue and contact.state == "waiting" and request.place == "original":
        raise Refused(f"{contact.label} waits in {contact.queue} already.")
    place = {"front": 0, "back": line.END, "original": line.original(floor, queue, contact)}[request.place]
    if contact.contact in queue.waiting and place > list(queue.waiting).index(contact.contact):
        place -= 1  # it leaves the line first
    moved = f.ContactMoved(
        contact=contact.contact,
        queue=queue.queue,
        why="transferred",
        place=place,
        to_agent=request.agent,
        to_desk=request.desk,
        at_ms=max(request.at_ms, contact.since_ms),
        by=request.by,
    )
    return [moved]


def park(floor: Floor, request: r.ParkTicket) -> list[f.Fact]:
    contact = _may(floor, request.ticket, "park")
    at_ms = max(request.at_ms, contact.since_ms)
    until_ms = at_ms + 1000 * request.back_s
    return [f.ContactParked(contact=contact.contact, until_ms=until_ms, at_ms=at_ms, by=request.by)]


def give_back(floor: Floor, request: r.ReturnTicket) -> list[f.Fact]:
    contact = _may(floor, request.ticket, "return")
    return [_returned(floor, contact, max(request.at_ms, contact.since_ms), request.by)]


def _returned(floor: Floor, contact: Contact, at_ms: int, by: str) -> f.Fact:
    """To the place that its visit's age gives it."""
    place = line.original(floor, floor.queues[contact.queue], contact)
    return f.ContactReturned(contact=contact.contact, place=place, at_ms=at_ms, by=by)


def cancel(floor: Floor, request: r.CancelTicket) -> list[f.Fact]:
    return [_left(_may(floor, request.ticket, "cancel"), "cancelled", request.at_ms, request.by)]


def _left(contact: Contact, outcome: Any, at_ms: int, by: str) -> f.Fact:
    at_ms = max(at_ms, contact.since_ms)
    wait_ms = at_ms - contact.entered_ms
    return f.ContactLeft(contact=contact.contact, outcome=outcome, wait_ms=wait_ms, at_ms=at_ms, by=by)


# Ownership


def take_over(floor: Floor, request: r.TakeOver) -> list[f.Fact]:
    contact = _known(floor, request.ticket)
    if not contact.agent:
        raise Refused(f"{contact.label} is with nobody now.")
    if contact.owner == contact.agent:
        raise Refused(f"{floor.name_of(contact.agent)} owns {contact.label} already.")
    return [f.OwnerChanged(contact=contact.contact, agent=contact.agent, at_ms=request.at_ms, by=request.by)]


def confirm(floor: Floor, request: r.ConfirmOutcome) -> list[f.Fact]:
    closed = floor.confirming.get(request.ticket) or next(
        (c for c in floor.confirming.values() if c.label == request.ticket), None
    )
    if closed is None:
        raise Refused(f"Nothing is to be confirmed for {request.ticket}.")
    if request.agent not in (closed.owner, closed.keeper):
        owner, keeper = (floor.name_of(agent) for agent in (closed.owner, closed.keeper))
        raise Refused(f"Only {owner}, who owns {closed.label}, or {keeper}, who served it last, can confirm it.")
    return [f.OutcomeConfirmed(contact=closed.contact, agent=request.agent, at_ms=request.at_ms, by=request.by)]


# Time


def due(floor: Floor, tick: r.Tick) -> list[f.Fact]:
    """What time alone does: each ticket's own, at its own deadline."""
    late = sorted((due_ms, name) for name, due_ms in floor.dues.items() if due_ms <= tick.at_ms)
    facts = [_due(floor, floor.contacts[name], max(due_ms, tick.from_ms)) for due_ms, name in late]
    lapsed = [c for c in floor.confirming.values() if c.until_ms <= tick.at_ms]
    return facts + [f.OutcomeLapsed(contact=c.contact, at_ms=c.until_ms, by="clock") for c in lapsed]


def _due(floor: Floor, contact: Contact, at_ms: int) -> f.Fact:
    queue = floor.queues[contact.queue]
    if contact.expires_ms is not None and contact.expires_ms <= at_ms:
        return _left(contact, "expired", at_ms, "clock")
    if contact.until_ms is not None and contact.until_ms <= at_ms:
        return _returned(floor, contact, at_ms, "clock")
    if queue.overflow_s and contact.since_ms + 1000 * queue.overflow_s <= at_ms and not contact.answered:
        return f.ContactMoved(contact=contact.contact, queue=queue.overflow, why="overflowed", at_ms=at_ms, by="clock")
    return f.ContactWidened(contact=contact.contact, step=contact.step + 1, at_ms=at_ms, by="clock")


# Words for what is asked


def _known(floor: Floor, ticket: str) -> Contact:
    contact = floor.find(ticket)
    if contact is None or contact.channel != "ticket":
        raise Refused(f"There is no ticket {ticket} on the floor.")
    return contact


def _may(floor: Floor, ticket: str, what: str) -> Contact:
    contact = _known(floor, ticket)
    if what not in LIFE[contact.state]:
        raise Refused(f"{contact.label} is {_STATES[contact.state]}: that cannot be done now.")
    return contact


_STATES = {
    "waiting": "waiting",
    "called": "called",
    "serving": "being served",
    "hold": "on hold",
    "wrap_up": "served",
    "parked": "parked",
}


def _queue(floor: Floor, name: str) -> Queue:
    if name not in floor.queues:
        raise Refused(f"There is no queue {name}.")
    return floor.queues[name]


def _desk(floor: Floor, name: str) -> Desk:
    if name not in floor.desks:
        raise Refused(f"There is no desk {name}.")
    return floor.desks[name]


def _by(request: r.Request, facts: list[f.Fact]) -> list[f.Fact]:
    return [msgspec.structs.replace(fact, by=request.by) for fact in facts]
