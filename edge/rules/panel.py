"""Rules for what supervisors and agents ask on the panel."""

import msgspec

from edge import facts as f
from edge import requests as r
from edge.floor import Agent, Floor, presence
from edge.requests import Refused
from edge.rosters import overlapping
from edge.rules import devices, serving

REASONS = ("break", "meal", "training", "coaching", "meeting", "back_office")
"""Those that every site has; its file may add to them, or say of them whether they are paid."""


def sign_in(floor: Floor, request: r.SignIn) -> list[f.Fact]:
    facts = devices.sign_in(floor, request.agent, request.desk, request.at_ms)
    if not facts:
        raise Refused(f"{request.agent} is already signed in at desk {request.desk}.")
    return [f.AgentSignedIn(agent=request.agent, desk=request.desk, at_ms=request.at_ms, by=request.by)]


def sign_in_with(floor: Floor, request: r.SignInWith) -> list[f.Fact]:
    """By PIN or badge, as keys; a wrong one is a fact, since it counts."""
    desk = floor.desks.get(request.desk)
    if desk is None:
        raise Refused(f"There is no desk {request.desk}.")
    if bool(request.pin) == bool(request.badge):
        raise Refused("One signs in with a PIN or with a badge.")
    agent, why_not = devices.whose(floor, request.pin, request.badge)
    facts = devices.proven(floor, desk, agent, why_not, request.at_ms)
    if agent and not facts:
        raise Refused(f"{agent.name or agent.agent} is signed in at desk {request.desk}.")
    return [msgspec.structs.replace(fact, by=request.by) for fact in facts]


def sign_out(floor: Floor, request: r.SignOut) -> list[f.Fact]:
    agent = _signed_in(floor, request.agent)
    if agent.contacts and presence(floor, agent) != "wrap_up":
        raise Refused("End the contact before signing out.")
    out = f.AgentSignedOut(agent=agent.agent, at_ms=request.at_ms)
    return [
        msgspec.structs.replace(fact, by=request.by) for fact in (*serving.wrapped_up(floor, agent, request.at_ms), out)
    ]


def change_presence(floor: Floor, request: r.ChangePresence) -> list[f.Fact]:
    agent = _signed_in(floor, request.agent)
    if request.reason not in ("", *REASONS, *floor.reasons):
        raise Refused(f"There is no reason {request.reason}.")
    if request.reason and request.presence != "not_ready":
        raise Refused("Only who is not ready has a reason.")
    if (agent.own, agent.reason) == (request.presence, request.reason):
        raise Refused(f"{agent.name or agent.agent} already is {request.presence.replace('_', ' ')}.")
    facts = serving.own(floor, agent, request.at_ms, request.presence, request.reason)
    return [msgspec.structs.replace(fact, by=request.by) for fact in facts]


def plan_shifts(floor: Floor, request: r.PlanShifts) -> list[f.Fact]:
    """The floor does not keep what is planned: whoever asks has looked whether it overlaps other days (edge.rosters)."""
    for shift in request.shifts:
        if shift.agent not in floor.agents:
            raise Refused(f"There is no agent {shift.agent}.")
        for part in shift.parts:
            if part.activity not in (f.WORK, *REASONS, *floor.reasons):
                raise Refused(f"There is no reason {part.activity}.")
        ends = [0, *(part.to_ms for part in shift.parts)]
        if any(not end <= part.from_ms < part.to_ms for end, part in zip(ends, shift.parts, strict=False)):
            raise Refused(f"The parts of {shift.agent}'s shift on {shift.day} are not one after the other.")
    days = {(shift.agent, shift.day): shift for shift in request.shifts}
    for one, after in overlapping(days.values()):
        raise Refused(f"{one.agent}'s shift on {after.day} begins before that on {one.day} ends.")
    return [msgspec.structs.replace(shift, at_ms=request.at_ms, by=request.by) for shift in request.shifts]


def _signed_in(floor: Floor, name: str) -> Agent:
    agent = floor.agents.get(name)
    if agent is None:
        raise Refused(f"There is no agent {name}.")
    if not agent.signed_in:
        raise Refused(f"{agent.name or name} is not signed in.")
    return agent
