"""How facts of agents and help change the floor."""

from collections.abc import Callable
from typing import Any

from edge import facts as f
from edge.floor import Agent, Floor, Help, presence


def showing(
    change: Callable[[Floor, Any, Agent], None],
) -> Callable[[Floor, Any], None]:
    """A fold that may change an agent's presence: `since` moves only when what shows is another."""

    def fold(floor: Floor, fact: Any) -> None:
        name = fact.agent if hasattr(fact, "agent") else floor.contacts[fact.contact].agent
        agent = floor.agents[name]
        before = presence(floor, agent), agent.reason
        _touch(floor, agent.desk)
        change(floor, fact, agent)
        _touch(floor, agent.desk)
        after = presence(floor, agent)
        if (after, agent.reason) != before:
            agent.since_ms = max(agent.since_ms, fact.at_ms)
        if after != "ready" or not agent.desk:
            floor.idle.pop(name, None)
        elif name not in floor.idle:
            floor.idle[name] = fact.at_ms

    return fold


def _touch(floor: Floor, desk: str) -> None:
    if desk:
        floor.touched.add(desk)


@showing
def signed_in(floor: Floor, fact: f.AgentSignedIn, agent: Agent) -> None:
    if not agent.signed_in:
        agent.own, agent.reason, agent.own_since_ms = "not_ready", "", fact.at_ms
    agent.signed_in, agent.desk = True, fact.desk
    if fact.desk:
        desk = floor.desks[fact.desk]
        desk.agent, desk.wrong_pins = fact.agent, 0


@showing
def signed_out(floor: Floor, fact: f.AgentSignedOut, agent: Agent) -> None:
    if agent.desk:
        floor.touched.add(agent.desk)
        floor.desks[agent.desk].agent = ""
    agent.signed_in, agent.desk, agent.reason = False, "", ""


@showing
def presence_changed(floor: Floor, fact: f.PresenceChanged, agent: Agent) -> None:
    if fact.at_ms >= agent.own_since_ms:  # a late press never overrides a newer state
        agent.own, agent.reason, agent.own_since_ms = (
            fact.presence,
            fact.reason,
            fact.at_ms,
        )


def pin_refused(floor: Floor, fact: f.PinRefused) -> None:
    desk = floor.desks[fact.desk]
    desk.wrong_pins = 0 if fact.locked_until_ms else desk.wrong_pins + 1
    desk.locked_until_ms = max(desk.locked_until_ms, fact.locked_until_ms)


def queue_joined(floor: Floor, fact: f.QueueJoined) -> None:
    floor.agents[fact.agent].member_of[fact.queue] = None


def queue_left(floor: Floor, fact: f.QueueLeft) -> None:
    floor.agents[fact.agent].member_of.pop(fact.queue, None)


def queue_paused(floor: Floor, fact: f.QueuePaused) -> None:
    _pause(floor.agents[fact.agent], fact.queue, fact.reason)


def queue_unpaused(floor: Floor, fact: f.QueueUnpaused) -> None:
    _pause(floor.agents[fact.agent], fact.queue, None)


def _pause(agent: Agent, queue: str, reason: str | None) -> None:
    for each in [queue] if queue else list(agent.member_of):
        agent.member_of[each] = reason


def help(state: str) -> Callable[[Floor, Any], None]:
    def fold(floor: Floor, fact: Any) -> None:
        desk = floor.desks[fact.desk]
        raised_ms = fact.at_ms if state == "raised" else desk.help[fact.help].raised_ms
        desk.help[fact.help] = Help(state, raised_ms, fact.at_ms)
        floor.touched.add(fact.desk)

    return fold


def help_closed(floor: Floor, fact: f.HelpClosed) -> None:
    del floor.desks[fact.desk].help[fact.help]
    floor.touched.add(fact.desk)
