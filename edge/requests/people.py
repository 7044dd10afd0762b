"""What agents ask, and what is asked of supervisors."""

from typing import Annotated

from msgspec import Meta

from edge.facts import HelpKind, Own, ShiftPlanned
from edge.requests.base import Request


class SignIn(Request, frozen=True):
    agent: str
    desk: str


class SignInWith(Request, frozen=True):
    """By a PIN, typed at the desk's page, or a badge, held to a reader. The rim makes keys of them."""

    desk: str
    pin: Annotated[str, Meta(max_length=64)] = ""
    badge: Annotated[str, Meta(max_length=64)] = ""


class PlanShifts(Request, frozen=True):
    """Each in place of what was planned for that agent and day. Refused as a whole if a part of it is."""

    shifts: tuple[ShiftPlanned, ...]


class SignOut(Request, frozen=True):
    agent: str


class ChangePresence(Request, frozen=True):
    agent: str
    presence: Own
    reason: str = ""


class RaiseHelp(Request, frozen=True):
    desk: str
    help: HelpKind = "supervisor"


class AcknowledgeHelp(Request, frozen=True):
    desk: str
    help: HelpKind = "supervisor"


class ArriveAtHelp(Request, frozen=True):
    desk: str
    help: HelpKind = "supervisor"


class CloseHelp(Request, frozen=True):
    desk: str
    help: HelpKind = "supervisor"
