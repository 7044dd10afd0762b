"""A ticket's life: issued, called, recalled, moved on, parked, kept by an owner. What all contacts share is in contacts.py."""

from typing import Literal

from edge.facts.base import Fact

Lang = Literal["", "en", "zh"]
Move = Literal["transferred", "overflowed", "diverted", "next"]


class TicketIssued(Fact, frozen=True):
    contact: str
    queue: str
    number: int
    label: str  # what the visitor holds: the queue's letter and the number
    place: int = -1  # in the line, from 0; -1: at its end
    ahead: int = 0  # so many wait before it: what the visitor was told
    priority: int = 0
    lang: Lang = ""
    then: tuple[str, ...] = ()  # the queues that come after this one
    expires_ms: int | None = None


class TicketCalled(Fact, frozen=True):
    """`wait_ms` of the first call in this queue, which ends the wait; none of later ones."""

    contact: str
    agent: str
    desk: str
    announcement: int  # voice, flash and list speak of the same one
    wait_ms: int | None = None
    draw: int | None = None  # of the strategy `random`


class TicketRecalled(Fact, frozen=True):
    contact: str
    announcement: int


class NoShowNoted(Fact, frozen=True):
    """Nobody came. `place`: it waits again there, -1 at the end; None: it is void."""

    contact: str
    place: int | None = None


class ServingEnded(Fact, frozen=True):
    """The customer has gone, and wrap-up begins; ContactEnded ends it."""

    contact: str


class ContactMoved(Fact, frozen=True):
    """Into a line, the same or another; or to one agent or desk, in the line in which it is."""

    contact: str
    queue: str
    why: Move
    place: int = -1
    to_agent: str = ""
    to_desk: str = ""


class ContactParked(Fact, frozen=True):
    contact: str
    until_ms: int


class ContactReturned(Fact, frozen=True):
    """From parking, to its line."""

    contact: str
    place: int = -1


class ContactWidened(Fact, frozen=True):
    """It has waited so long that more agents may take it: `step` of its queue's widening."""

    contact: str
    step: int


class OwnerChanged(Fact, frozen=True):
    """Who serves a contact first owns it; a transfer keeps that, unless the new person takes it over."""

    contact: str
    agent: str


class OutcomeConfirmed(Fact, frozen=True):
    """By the owner or the last keeper, after it was closed."""

    contact: str
    agent: str


class OutcomeLapsed(Fact, frozen=True):
    """Nobody confirmed it in time."""

    contact: str


class TicketRated(Fact, frozen=True):
    """By its visitor, at the rating pad of the desk where its service ended; `ask` is the floor's number of that question."""

    contact: str
    queue: str
    desk: str
    ask: int
    score: int  # 1 to 5, the best


class QueueShut(Fact, frozen=True):
    """By hand: no more tickets are issued. Who waits is served."""

    queue: str


class QueueReopened(Fact, frozen=True):
    queue: str


class NumbersSkipped(Fact, frozen=True):
    """The journal was put back from a backup: numbers up to here may have been given out."""

    queue: str
    number: int
