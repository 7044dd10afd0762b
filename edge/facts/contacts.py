"""A contact's life, from its coming to its end."""

from typing import Literal

from edge.facts.base import Fact


class ContactEntered(Fact, frozen=True):
    contact: str
    queue: str
    unseen: bool = False  # its entry was not in the record; offered counts it all the same


class ContactAnswered(Fact, frozen=True):
    """The wait is over: a call was connected."""

    contact: str
    agent: str
    wait_ms: int


class ServingBegan(Fact, frozen=True):
    """The called customer has come."""

    contact: str


class ContactHeld(Fact, frozen=True):
    contact: str


class ContactResumed(Fact, frozen=True):
    contact: str


class ContactEnded(Fact, frozen=True):
    """After it was answered; a ticket after its wrap-up."""

    contact: str
    outcome: Literal["served", "transferred", "unknown"] = "served"
    to: str = ""  # where a transferred one went
    talk_ms: int | None = None  # as the exchange measured it; else from serving to end, without hold


class ContactAbandoned(Fact, frozen=True):
    contact: str
    wait_ms: int


class ContactTimedOut(Fact, frozen=True):
    contact: str
    wait_ms: int


class ContactLeft(Fact, frozen=True):
    """Left the line in another way than by giving up or by time."""

    contact: str
    outcome: Literal["overflowed", "cancelled", "expired", "refused"]
    wait_ms: int
    flag: str = ""  # what was odd about the record
