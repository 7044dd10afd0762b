"""What is an agent's own: with `as_agent` a request may touch that alone. Who asks as what, edge.rights says."""

from edge import requests as r
from edge.floor import Floor, works_for
from edge.requests import Refused
from edge.rules.who import may_take


def check(floor: Floor, request: r.Request) -> None:
    """Refused if it is another's. What there is not, the request's own rule says."""
    own = floor.agents.get(request.as_agent)
    if own is None:
        raise Refused(f"There is no agent {request.as_agent}.")
    if isinstance(request, r.SignIn | r.SignOut | r.ChangePresence | r.ConfirmOutcome):
        if request.agent != own.agent:
            raise Refused(f"That is {floor.name_of(request.agent)}'s to ask for, or a supervisor's.")
    elif isinstance(request, r.PressKey | r.CallTicket | r.RaiseHelp | r.CloseHelp):
        desk = floor.desks.get(request.desk)
        if desk and desk.agent != own.agent:
            raise Refused(f"You are not signed in at desk {desk.desk}.")
    if isinstance(request, r.CallTicket):
        called = floor.find(request.ticket)
        if called and called.state == "waiting" and not may_take(floor, own, called):
            raise Refused(
                f"{called.label} is not yours: ask {floor.name_of(called.to_agent) or 'its agent'}, or a supervisor."
            )
    elif isinstance(request, r.MoveTicket | r.ParkTicket | r.ReturnTicket | r.CancelTicket | r.TakeOver):
        contact = floor.find(request.ticket)
        if contact and own.agent not in (contact.agent, contact.owner, contact.to_agent):
            in_line = contact.state in ("waiting", "parked") and works_for(own, floor.queues[contact.queue])
            if not in_line:
                raise Refused(
                    f"{contact.label} is not yours: ask {floor.name_of(contact.agent) or 'its agent'}, or a supervisor."
                )
