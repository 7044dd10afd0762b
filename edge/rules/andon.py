"""Rules for help: who is asked, who answers, and what happens when nobody does."""

from edge import facts as f
from edge import requests as r
from edge.floor import Floor, Help
from edge.requests import Refused


def ask(floor: Floor, request: r.RaiseHelp) -> list[f.Fact]:
    if request.desk not in floor.desks:
        raise Refused(f"There is no desk {request.desk}.")
    desk = floor.desks[request.desk]
    if request.help in desk.help:
        raise Refused(f"Help is already asked for at desk {desk.desk}.")
    raised = f.HelpRaised(desk=desk.desk, agent=desk.agent, help=request.help, at_ms=request.at_ms, by=request.by)
    return [raised]


def acknowledge(floor: Floor, request: r.AcknowledgeHelp) -> list[f.Fact]:
    state = _help(floor, request.desk, request.help).state
    if state != "raised":
        raise Refused(f"Help at desk {request.desk} is already {state}.")
    return [f.HelpAcknowledged(desk=request.desk, help=request.help, at_ms=request.at_ms, by=request.by)]


def arrive(floor: Floor, request: r.ArriveAtHelp) -> list[f.Fact]:
    if _help(floor, request.desk, request.help).state == "arrived":
        raise Refused(f"Somebody has already arrived at desk {request.desk}.")
    return [f.HelpArrived(desk=request.desk, help=request.help, at_ms=request.at_ms, by=request.by)]


def close(floor: Floor, request: r.CloseHelp) -> list[f.Fact]:
    _help(floor, request.desk, request.help)
    return [f.HelpClosed(desk=request.desk, help=request.help, at_ms=request.at_ms, by=request.by)]


def escalate(floor: Floor, at_ms: int) -> list[f.Fact]:
    """What nobody has answered in time goes to the next, each at its own deadline."""
    due = sorted((due_ms, place) for place, due_ms in floor.unanswered.items() if due_ms <= at_ms)
    return [
        f.HelpEscalated(desk=desk, help=kind, at_ms=due_ms, by="clock")  # type: ignore[arg-type]
        for due_ms, (desk, kind) in due
    ]


def _help(floor: Floor, desk: str, kind: str) -> Help:
    if desk not in floor.desks:
        raise Refused(f"There is no desk {desk}.")
    if kind not in floor.desks[desk].help:
        raise Refused(f"Nobody asked for help at desk {desk}.")
    return floor.desks[desk].help[kind]
