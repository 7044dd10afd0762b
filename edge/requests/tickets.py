"""What is asked for a ticket, from its issue to its end."""

from typing import Annotated, Literal

from msgspec import Meta

from edge.facts import Lang
from edge.requests.base import Request

Place = Literal["front", "back", "original"]
PARKED_S_MAX = 24 * 3600
PRIORITY_MAX = 100


class IssueTicket(Request, frozen=True):
    """`contact` is the asker's own name for it, new for each, so that asked twice it is one ticket; "": the core names it."""

    queue: str
    contact: Annotated[str, Meta(pattern="^[A-Za-z0-9._-]{0,64}$")] = ""
    priority: Annotated[int, Meta(ge=0, le=PRIORITY_MAX)] = 0
    position: Annotated[int, Meta(ge=0, le=10_000)] = 0  # in the line, from 1; 0: wherever the priority puts it
    lang: Lang = ""
    then: Annotated[tuple[str, ...], Meta(max_length=8)] = ()


class PressKey(Request, frozen=True):
    """A key of the desk page: it does what the key of the desk unit does."""

    desk: str
    key: Literal["ready", "break", "wrap_up", "next", "recall", "help"]
    press: Literal["short", "long"] = "short"


class CallTicket(Request, frozen=True):
    """A chosen one, by its name or by what the visitor holds."""

    desk: str
    ticket: str


class MoveTicket(Request, frozen=True):
    """To one of a queue, an agent or a desk. From the desk that has it, or out of a line."""

    ticket: str
    queue: str = ""
    agent: str = ""
    desk: str = ""
    place: Place = "back"


class ParkTicket(Request, frozen=True):
    ticket: str
    back_s: Annotated[int, Meta(ge=1, le=PARKED_S_MAX)]


class ReturnTicket(Request, frozen=True):
    """From parking, before its time."""

    ticket: str


class CancelTicket(Request, frozen=True):
    ticket: str


class TakeOver(Request, frozen=True):
    """Who serves it becomes its owner."""

    ticket: str


class ConfirmOutcome(Request, frozen=True):
    ticket: str
    agent: str


class ShutQueue(Request, frozen=True):
    queue: str


class ReopenQueue(Request, frozen=True):
    queue: str


class SkipNumbers(Request, frozen=True):
    """So many may have been given out that the journal does not know: it was put back from a backup."""

    queue: str
    number: int
