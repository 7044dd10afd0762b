"""Rules for what supervisors and agents ask on the panel."""

import msgspec

from edge import facts as f
from edge import requests as r
from edge.floor import Agent, Floor, presence
from edge.requests import Refused
from edge.rules import devices, serving

REASONS = ("break", "meal", "training", "coaching", "meeting", "back_office")
"""Those that every site has; its file may add to them, or say of them whether they are paid."""


def sign_in(floor: Floor, request: r.SignIn) -> list[f.Fact]:
    facts = devices.sign_in(floor, request.agent, request.desk, request.at_ms)
    if not facts:
        raise Refused(f"{request.agent} is already signed in at desk {request.desk}.")
    return [f.AgentSignedIn(agent=request.agent, desk=request.desk, at_ms=request.at_ms, by=request.by)]


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
    if (agent.own, agent.reason) == (request.presence, request.reason):
        raise Refused(f"{agent.name or agent.agent} already is {request.presence.replace('_', ' ')}.")
    facts = serving.own(floor, agent, request.at_ms, request.presence, request.reason)
    return [msgspec.structs.replace(fact, by=request.by) for fact in facts]


def _signed_in(floor: Floor, name: str) -> Agent:
    agent = floor.agents.get(name)
    if agent is None:
        raise Refused(f"There is no agent {name}.")
    if not agent.signed_in:
        raise Refused(f"{agent.name or name} is not signed in.")
    return agent
