"""How facts that only tickets have change the floor."""

from edge import facts as f
from edge.floor import ANNOUNCED_MAX, Agent, Announcement, Confirming, Contact, Floor, Queue
from edge.fold import contacts
from edge.fold.people import showing
from edge.gains import Case
from edge.hours import day_number

CONFIRM_MS = 24 * 3600 * 1000
"""So long an outcome waits to be confirmed."""


def issued(floor: Floor, fact: f.TicketIssued) -> None:
    contact = Contact(
        fact.contact,
        fact.queue,
        "ticket",
        fact.at_ms,
        since_ms=fact.at_ms,
        label=fact.label,
        lang=fact.lang,
        issued_ms=fact.at_ms,
        priority=fact.priority,
        then=fact.then,
        expires_ms=fact.expires_ms,
    )
    floor.contacts[fact.contact] = contact
    floor.labels[fact.label] = fact.contact
    queue = floor.queues[fact.queue]
    queue.number, queue.numbered_ms = fact.number, max(queue.numbered_ms, fact.at_ms)
    contacts.begin_stay(floor, contact)
    contacts.join(floor, contact, fact.place)


@showing
def called(floor: Floor, fact: f.TicketCalled, agent: Agent) -> None:
    contact, queue = floor.contacts[fact.contact], floor.queues[floor.contacts[fact.contact].queue]
    contacts.wait_is_over(floor, contact, fact.wait_ms)
    contacts.with_agent(floor, contact, agent, "called", fact.at_ms)
    contact.to_agent = contact.to_desk = ""
    contact.recalls = 0
    queue.last_agent = agent.agent
    _count_call(floor, queue, agent.agent, fact.at_ms)
    _count_share(floor, agent, queue.queue)
    _announce(floor, contact, fact.announcement, fact.desk, fact.at_ms)


def _count_call(floor: Floor, queue: Queue, agent: str, at_ms: int) -> None:
    """By day; who comes later begins with as many as the one who has the fewest."""
    today = day_number(floor.timezone, at_ms)
    if today > queue.calls_day:
        queue.calls, queue.calls_day = {}, today
    if agent not in queue.calls:
        queue.calls[agent] = min(queue.calls.values(), default=0)
    queue.calls[agent] += 1


def _count_share(floor: Floor, agent: Agent, queue: str) -> None:
    """The agent's round: so many of each class, then one of all others, which begins the next."""
    rule = floor.callings.get(agent.calling)
    if rule is None or not rule.share:
        return
    so_far = agent.shared.get(queue, 0)
    if queue not in rule.share or so_far >= rule.share[queue]:
        agent.shared, so_far = {}, 0
    if queue in rule.share:
        agent.shared[queue] = so_far + 1


@showing
def recalled(floor: Floor, fact: f.TicketRecalled, agent: Agent) -> None:
    contact = floor.contacts[fact.contact]
    contacts.turn(floor, contact, "called", fact.at_ms)
    contact.recalls += 1
    _announce(floor, contact, fact.announcement, agent.desk, fact.at_ms, recall=True)


def _announce(floor: Floor, contact: Contact, id: int, desk: str, at_ms: int, *, recall: bool = False) -> None:
    if contact.announced:
        floor.announcements = [a for a in floor.announcements if a.id != contact.announced]
    floor.announced = contact.announced = id
    floor.announcements.append(Announcement(id, contact.contact, contact.label, desk, contact.queue, at_ms, recall))
    del floor.announcements[:-ANNOUNCED_MAX]


@showing
def no_show(floor: Floor, fact: f.NoShowNoted, agent: Agent) -> None:
    contact = floor.contacts[fact.contact]
    if not contact.no_shows:
        for sums in contacts.booked(floor, contact):
            sums.no_show += 1
    contact.no_shows += 1
    contacts.leave_agent(floor, contact)
    if fact.place is None:
        contacts.close(floor, contact, fact.at_ms, "answered")
    else:
        _back(floor, contact, fact.place, fact.at_ms)


def _back(floor: Floor, contact: Contact, place: int, at_ms: int) -> None:
    contacts.turn(floor, contact, "waiting", at_ms)
    contact.agent, contact.until_ms = "", None
    contacts.join(floor, contact, place)


@showing
def serving_ended(floor: Floor, fact: f.ServingEnded, agent: Agent) -> None:
    contacts.turn(floor, floor.contacts[fact.contact], "wrap_up", fact.at_ms)


def ticket_ended(floor: Floor, fact: f.ContactEnded) -> None:
    """Its owner, or its last keeper, has yet to confirm the outcome, unless the owner has ended it."""
    contact = floor.contacts[fact.contact]
    contacts.ended(floor, fact)
    if contact.channel != "ticket" or not contact.owner:
        return
    if contact.owner == contact.agent:
        _case(floor, contact, contact.team, fact.at_ms, confirmed=True, from_seq=floor.seq + 1)
    else:
        last_ms = next((c.until_ms for c in reversed(floor.confirming.values())), 0)
        until_ms = max(last_ms, fact.at_ms + CONFIRM_MS)  # in order, so that the first is always the next
        floor.confirming[contact.contact] = Confirming(
            contact.contact,
            contact.label,
            contact.queue,
            contact.owner,
            contact.keeper,
            until_ms,
            closed_ms=fact.at_ms,
            team=contact.team,
            from_seq=floor.seq + 1,
        )


def _case(floor: Floor, of: Contact | Confirming, team: str, closed_ms: int, *, confirmed: bool, from_seq: int) -> None:
    floor.gains.cases.append(
        Case(
            closed_ms=closed_ms,
            contact=of.contact,
            label=of.label,
            queue=of.queue,
            owner=of.owner,
            team=team,
            confirmed=confirmed,
            from_seq=from_seq,
            to_seq=floor.seq + 1,
        )
    )


def moved(floor: Floor, fact: f.ContactMoved) -> None:
    contact = floor.contacts[fact.contact]
    if contact.agent:
        _moved_by_agent(floor, fact)
    else:
        _move(floor, contact, fact)


@showing
def _moved_by_agent(floor: Floor, fact: f.ContactMoved, agent: Agent) -> None:
    contact = floor.contacts[fact.contact]
    contacts.leave_agent(floor, contact)
    _move(floor, contact, fact)


def _move(floor: Floor, contact: Contact, fact: f.ContactMoved) -> None:
    """Another queue counts it anew, from now; in its own it goes on, only for somebody else."""
    contacts.leave_line(floor, contact)
    contacts.turn(floor, contact, "waiting", fact.at_ms)
    if fact.queue != contact.queue:
        if not contact.answered:
            contact.wait_ms = contact.since_ms - contact.entered_ms
        contacts.end_stay(floor, contact, "transferred" if fact.why == "transferred" else "overflowed")
        contact.queue, contact.entered_ms = fact.queue, contact.since_ms
        contacts.begin_stay(floor, contact)
        if fact.why == "next":
            contact.then = contact.then[1:]
    contact.agent, contact.until_ms = "", None
    contact.to_agent, contact.to_desk = fact.to_agent, fact.to_desk
    contacts.join(floor, contact, fact.place)


def parked(floor: Floor, fact: f.ContactParked) -> None:
    if floor.contacts[fact.contact].agent:
        _parked_by_agent(floor, fact)
    else:
        _park(floor, fact)


@showing
def _parked_by_agent(floor: Floor, fact: f.ContactParked, agent: Agent) -> None:
    contact = floor.contacts[fact.contact]
    contacts.leave_agent(floor, contact)
    _park(floor, fact)


def _park(floor: Floor, fact: f.ContactParked) -> None:
    contact = floor.contacts[fact.contact]
    contacts.leave_line(floor, contact)
    contact.until_ms = fact.until_ms
    contacts.turn(floor, contact, "parked", fact.at_ms)
    contact.agent = ""


def returned(floor: Floor, fact: f.ContactReturned) -> None:
    _back(floor, floor.contacts[fact.contact], fact.place, fact.at_ms)


def widened(floor: Floor, fact: f.ContactWidened) -> None:
    contact = floor.contacts[fact.contact]
    contact.step = fact.step
    contacts.watch(floor, contact)


def owner_changed(floor: Floor, fact: f.OwnerChanged) -> None:
    floor.contacts[fact.contact].owner = fact.agent


def confirmed(floor: Floor, fact: f.OutcomeConfirmed) -> None:
    _confirming_over(floor, fact.contact, fact.agent)


def lapsed(floor: Floor, fact: f.OutcomeLapsed) -> None:
    _confirming_over(floor, fact.contact, "")


def _confirming_over(floor: Floor, name: str, by: str) -> None:
    over = floor.confirming.pop(name)
    _case(floor, over, over.team, over.closed_ms, confirmed=by == over.owner, from_seq=over.from_seq)


def queue_shut(floor: Floor, fact: f.QueueShut) -> None:
    floor.queues[fact.queue].shut = True


def queue_reopened(floor: Floor, fact: f.QueueReopened) -> None:
    floor.queues[fact.queue].shut = False


def numbers_skipped(floor: Floor, fact: f.NumbersSkipped) -> None:
    queue = floor.queues[fact.queue]
    queue.number, queue.numbered_ms = fact.number, max(queue.numbered_ms, fact.at_ms)
