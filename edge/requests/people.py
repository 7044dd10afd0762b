"""What agents ask, and what is asked of supervisors."""

from edge.facts import HelpKind, Own
from edge.requests.base import Request


class SignIn(Request, frozen=True):
    agent: str
    desk: str


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
