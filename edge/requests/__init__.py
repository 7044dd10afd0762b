"""Requests: what the rims ask of the core. A request may be refused; an observation (`Observe…`) never is."""

from edge.requests.base import OUR_OWN, Refused, Request, Tick
from edge.requests.devices import *
from edge.requests.outside import *
from edge.requests.people import *
from edge.requests.site import *
from edge.requests.tickets import *

Tickets = (
    IssueTicket
    | PressKey
    | CallTicket
    | MoveTicket
    | ParkTicket
    | ReturnTicket
    | CancelTicket
    | TakeOver
    | ConfirmOutcome
    | ShutQueue
    | ReopenQueue
)
People = SignIn | SignInWith | SignOut | ChangePresence | RaiseHelp | AcknowledgeHelp | ArriveAtHelp | CloseHelp

Panel = Tickets | People | AskDevice
"""What the panel may ask."""

Rims = ObserveOutside | ObserveOutsides | ObserveSlip | TakeNotice
"""What the process of the rims may ask."""

Tools = RegisterDevice | ForgetDevice | StartRollout | StopRollout | AskSlip | CancelSlip | PlanShifts
"""What the command line may ask besides."""
