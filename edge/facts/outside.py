"""What is outside: lights, signs, printers and their slips, the cloud and its notices."""

from typing import Literal

from edge.facts.base import Fact


class OutsideCame(Fact, frozen=True):
    """Something outside that the site's file names answers: a stack light, a sign, a printer, the cloud."""

    name: str
    sort: Literal["light", "sign", "printer", "cloud"]


class OutsideLost(Fact, frozen=True):
    """It does not, or not as it should: paper is out."""

    name: str
    sort: Literal["light", "sign", "printer", "cloud"]
    why: str


class OutsideRemoved(Fact, frozen=True):
    """No longer in the site's file."""

    name: str


class SlipAsked(Fact, frozen=True):
    """A job for a printer, which waits until it is printed or cancelled."""

    job: str
    printer: str
    slip: Literal["test", "notice", "ticket"]
    lang: Literal["en", "zh"] = "en"
    text: str = ""  # of a ticket: what the visitor holds, the queue, and how many wait before


class SlipPrinted(Fact, frozen=True):
    job: str


class SlipCancelled(Fact, frozen=True):
    job: str


class NoticeTaken(Fact, frozen=True):
    """From above: a line for every wallboard, until `until_ms`. Its event is the message's number in the cloud's stream."""

    id: str
    text: str
    until_ms: int


class NoticeEnded(Fact, frozen=True):
    id: str
