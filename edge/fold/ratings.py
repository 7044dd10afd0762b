"""How the end of a ticket's service, and its visitor's rating, change the floor."""

import msgspec

from edge import facts as f
from edge.floor import Contact, Floor
from edge.fold import contacts, tickets
from edge.gains import Served
from edge.wire import AGE_MS_MAX

RATEABLE_MAX = 10_000
"""So many services a rating can still come for; beyond them, and after a day, none is booked."""


def serving_began(floor: Floor, fact: f.ServingBegan) -> None:
    """The next visitor stands there: who went before is asked no more, though a press of theirs may still be on its way."""
    contacts.serving_began(floor, fact)
    desk = floor.desks.get(floor.agents[floor.contacts[fact.contact].agent].desk)
    if desk:
        desk.ask = 0


def serving_ended(floor: Floor, fact: f.ServingEnded) -> None:
    _over(floor, floor.contacts[fact.contact], fact.at_ms)
    tickets.serving_ended(floor, fact)


def contact_ended(floor: Floor, fact: f.ContactEnded) -> None:
    contact = floor.contacts[fact.contact]
    if contact.channel == "ticket" and contact.state in ("serving", "hold"):
        _over(floor, contact, fact.at_ms)
    tickets.ticket_ended(floor, fact)


def _over(floor: Floor, contact: Contact, at_ms: int) -> None:
    """The visitor goes: the pads of the desk ask how it was."""
    desk = floor.desks.get(floor.agents[contact.agent].desk)
    served = Served(
        ended_ms=max(at_ms, contact.since_ms),
        contact=contact.contact,
        label=contact.label,
        queue=contact.queue,
        agent=contact.agent,
        team=contact.team,
        desk=desk.desk if desk else "",
        asked=int(bool(desk and desk.pads)),
        score=0,
        from_seq=floor.seq + 1,
        to_seq=floor.seq + 1,
    )
    floor.gains.served.append(served)
    if desk and served.asked:
        floor.asks += 1
        desk.ask = floor.asks
        floor.rateable[floor.asks] = served
        _forget(floor, served.ended_ms - AGE_MS_MAX)


def _forget(floor: Floor, before_ms: int) -> None:
    while floor.rateable:
        oldest = floor.asks - len(floor.rateable) + 1  # they have no gaps
        if len(floor.rateable) <= RATEABLE_MAX and floor.rateable[oldest].ended_ms >= before_ms:
            return
        del floor.rateable[oldest]


def rated(floor: Floor, fact: f.TicketRated) -> None:
    served = msgspec.structs.replace(floor.rateable[fact.ask], score=fact.score, to_seq=floor.seq + 1)
    floor.rateable[fact.ask] = served
    floor.gains.served.append(served)
    desk = floor.desks.get(fact.desk)
    if desk and desk.ask == fact.ask:
        desk.ask = 0
