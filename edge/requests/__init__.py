"""Requests: what the rims ask of the core. A request may be refused; an observation (`Observe…`) never is."""

from edge.requests.base import Refused, Request, Tick
from edge.requests.contacts import *
from edge.requests.devices import *
from edge.requests.outside import *
from edge.requests.people import *
from edge.requests.site import *

Panel = (
    SignIn
    | SignOut
    | ChangePresence
    | EnterContact
    | RaiseHelp
    | AcknowledgeHelp
    | ArriveAtHelp
    | CloseHelp
    | AskDevice
)
"""What the panel may ask."""

Rims = ObserveOutside | ObserveOutsides | ObserveSlip | TakeNotice
"""What the process of the rims may ask."""

Tools = RegisterDevice | AskSlip | CancelSlip
"""What the command line may ask besides."""
