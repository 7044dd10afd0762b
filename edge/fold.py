"""The fold: `apply(floor, fact)` is how each fact changes the floor. Deterministic, in place, and never refusing."""

from collections.abc import Callable
from typing import Any

from edge import facts as f
from edge.figures import Sums, interval
from edge.floor import (
    LANES_MAX,
    Agent,
    Command,
    Contact,
    Desk,
    Device,
    Floor,
    Help,
    Queue,
    presence,
)

FIGURES_KEPT_MS = 48 * 3600 * 1000
"""How long the floor itself holds figures; older ones are in the journal's table."""


def apply(floor: Floor, fact: f.Fact) -> None:
    """Fold one fact in. KeyError on a fact that contradicts the floor: then the journal is damaged, or a rule is wrong."""
    _FOLDS[type(fact)](floor, fact)
    floor.seq += 1
    if fact.event is not None:
        source, lane, number = fact.event
        lanes = floor.marks.setdefault(source, {})
        lanes[lane] = number
        if len(lanes) > LANES_MAX and source in floor.devices:
            del lanes[next(iter(lanes))]
        if source in floor.desk_by_device:
            _verdict(floor.desks[floor.desk_by_device[source]], fact, lane, number)
            floor.touched.add(floor.desk_by_device[source])


def _verdict(desk: Desk, fact: f.Fact, lane: str, seq: int) -> None:
    """What the lamp answers to the last decided press."""
    desk.boot, desk.seq, desk.pressed_ms = int(lane.rpartition(":")[2]), seq, fact.at_ms
    desk.verdict, desk.why = _VERDICTS.get(type(fact), "done"), getattr(fact, "why", "")


def _book(floor: Floor, contact: Contact, gain: Sums) -> None:
    start = interval(contact.entered_ms)
    by_queue = floor.figures.get(start)
    if by_queue is None:
        by_queue = floor.figures[start] = {}
        oldest = max(floor.figures) - FIGURES_KEPT_MS
        for late in [at for at in floor.figures if at < oldest]:
            del floor.figures[late]
    by_queue.setdefault(contact.queue, Sums()).add(gain)
    floor.deltas.setdefault((start, contact.queue), Sums()).add(gain)


def _showing(
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
        if (presence(floor, agent), agent.reason) != before:
            agent.since_ms = max(agent.since_ms, fact.at_ms)

    return fold


def _touch(floor: Floor, desk: str) -> None:
    if desk:
        floor.touched.add(desk)


def _queue_opened(floor: Floor, fact: f.QueueOpened) -> None:
    queue = floor.queues.setdefault(fact.queue, Queue(fact.queue))
    queue.letter, queue.target_s, queue.short_s, queue.variant = (
        fact.letter,
        fact.target_s,
        fact.short_s,
        fact.variant,
    )


def _desk_opened(floor: Floor, fact: f.DeskOpened) -> None:
    desk = floor.desks.setdefault(fact.desk, Desk(fact.desk))
    floor.desk_by_device.pop(desk.device, None)
    desk.device, desk.team = fact.device, fact.team
    if fact.device:
        floor.desk_by_device[fact.device] = fact.desk
    floor.touched.add(fact.desk)


def _agent_met(floor: Floor, fact: f.AgentMet) -> None:
    agent = floor.agents.setdefault(fact.agent, Agent(fact.agent))
    agent.name, agent.pin_key, agent.queues = fact.name, fact.pin_key, fact.queues


@_showing
def _signed_in(floor: Floor, fact: f.AgentSignedIn, agent: Agent) -> None:
    if not agent.signed_in:
        agent.own, agent.reason, agent.own_since_ms = "not_ready", "", fact.at_ms
    agent.signed_in, agent.desk = True, fact.desk
    if fact.desk:
        floor.desks[fact.desk].agent = fact.agent


@_showing
def _signed_out(floor: Floor, fact: f.AgentSignedOut, agent: Agent) -> None:
    if agent.desk:
        floor.touched.add(agent.desk)
        floor.desks[agent.desk].agent = ""
    agent.signed_in, agent.desk, agent.reason = False, "", ""


@_showing
def _presence_changed(floor: Floor, fact: f.PresenceChanged, agent: Agent) -> None:
    if fact.at_ms >= agent.own_since_ms:  # a late press never overrides a newer state
        agent.own, agent.reason, agent.own_since_ms = (
            fact.presence,
            fact.reason,
            fact.at_ms,
        )


def _queue_joined(floor: Floor, fact: f.QueueJoined) -> None:
    floor.agents[fact.agent].member_of[fact.queue] = None


def _queue_left(floor: Floor, fact: f.QueueLeft) -> None:
    floor.agents[fact.agent].member_of.pop(fact.queue, None)


def _queue_paused(floor: Floor, fact: f.QueuePaused) -> None:
    _pause(floor.agents[fact.agent], fact.queue, fact.reason)


def _queue_unpaused(floor: Floor, fact: f.QueueUnpaused) -> None:
    _pause(floor.agents[fact.agent], fact.queue, None)


def _pause(agent: Agent, queue: str, reason: str | None) -> None:
    for each in [queue] if queue else list(agent.member_of):
        agent.member_of[each] = reason


def _help(state: str) -> Callable[[Floor, Any], None]:
    def fold(floor: Floor, fact: Any) -> None:
        desk = floor.desks[fact.desk]
        raised_ms = fact.at_ms if state == "raised" else desk.help[fact.help].raised_ms
        desk.help[fact.help] = Help(state, raised_ms, fact.at_ms)
        floor.touched.add(fact.desk)

    return fold


def _help_closed(floor: Floor, fact: f.HelpClosed) -> None:
    del floor.desks[fact.desk].help[fact.help]
    floor.touched.add(fact.desk)


def _entered(floor: Floor, fact: f.ContactEntered) -> None:
    contact = Contact(fact.contact, fact.queue, fact.channel, fact.at_ms, since_ms=fact.at_ms)
    floor.contacts[fact.contact] = contact
    floor.queues[fact.queue].waiting[fact.contact] = fact.at_ms
    _book(floor, contact, Sums(offered=1))


@_showing
def _answered(floor: Floor, fact: f.ContactAnswered, agent: Agent) -> None:
    contact = floor.contacts[fact.contact]
    queue = floor.queues[contact.queue]
    del queue.waiting[fact.contact]
    contact.state = "called" if contact.channel == "ticket" else "serving"
    contact.agent, contact.since_ms, contact.served_ms = (
        fact.agent,
        fact.at_ms,
        fact.at_ms,
    )
    agent.contacts.append(fact.contact)
    within = int(fact.wait_ms <= queue.target_s * 1000)
    _book(
        floor,
        contact,
        Sums(answered=1, answered_in_target=within, wait_answered_ms=fact.wait_ms),
    )


@_showing
def _serving_began(floor: Floor, fact: f.ServingBegan, agent: Agent) -> None:
    contact = floor.contacts[fact.contact]
    contact.state, contact.since_ms, contact.served_ms = (
        "serving",
        fact.at_ms,
        fact.at_ms,
    )


@_showing
def _held(floor: Floor, fact: f.ContactHeld, agent: Agent) -> None:
    contact = floor.contacts[fact.contact]
    contact.state, contact.since_ms = "hold", fact.at_ms


@_showing
def _resumed(floor: Floor, fact: f.ContactResumed, agent: Agent) -> None:
    contact = floor.contacts[fact.contact]
    contact.held_ms += fact.at_ms - contact.since_ms
    contact.state, contact.since_ms = "serving", fact.at_ms


def _recalled(floor: Floor, fact: f.ContactRecalled) -> None:
    floor.contacts[fact.contact].since_ms = fact.at_ms


@_showing
def _ended(floor: Floor, fact: f.ContactEnded, agent: Agent) -> None:
    contact = floor.contacts.pop(fact.contact)
    agent.contacts.remove(fact.contact)
    talk_ms = fact.talk_ms
    if talk_ms is None:
        held_ms = contact.held_ms + (fact.at_ms - contact.since_ms if contact.state == "hold" else 0)
        talk_ms = 0 if fact.outcome == "no_show" else fact.at_ms - contact.served_ms - held_ms
    _book(floor, contact, Sums(talk_ms=talk_ms, no_show=int(fact.outcome == "no_show")))


def _left(floor: Floor, fact: Any) -> Contact:
    contact = floor.contacts.pop(fact.contact)
    del floor.queues[contact.queue].waiting[fact.contact]
    return contact


def _abandoned(floor: Floor, fact: f.ContactAbandoned) -> None:
    contact = _left(floor, fact)
    queue = floor.queues[contact.queue]
    gain = Sums(abandoned=1, wait_abandoned_ms=fact.wait_ms)
    gain.abandoned_in_target = int(fact.wait_ms <= queue.target_s * 1000)
    gain.abandoned_short = int(fact.wait_ms <= queue.short_s * 1000)
    _book(floor, contact, gain)


def _timed_out(floor: Floor, fact: f.ContactTimedOut) -> None:
    contact = _left(floor, fact)
    within = int(fact.wait_ms <= floor.queues[contact.queue].target_s * 1000)
    _book(floor, contact, Sums(timed_out=1, timed_out_in_target=within))


def _left_otherwise(floor: Floor, fact: f.ContactLeft) -> None:
    _book(floor, _left(floor, fact), Sums(left_otherwise=1))


def _device_came(floor: Floor, fact: f.DeviceCame) -> None:
    device = floor.devices.setdefault(fact.device, Device(fact.device))
    if not device.online or device.boot != fact.boot or device.id != fact.id:
        device.since_ms = fact.at_ms
    device.online, device.id, device.boot, device.role = (
        True,
        fact.id,
        fact.boot,
        fact.role,
    )
    device.hardware, device.firmware, device.cause = (
        fact.hardware,
        fact.firmware,
        fact.cause,
    )


def _device_lost(floor: Floor, fact: f.DeviceLost) -> None:
    device = floor.devices[fact.device]
    device.online, device.since_ms = False, fact.at_ms


def _asked(floor: Floor, fact: f.DeviceAsked) -> None:
    floor.commands[fact.id] = Command(fact.device, fact.cmd, fact.until_ms)


def _command_over(floor: Floor, fact: Any) -> None:
    del floor.commands[fact.id]


def _presses_lost(floor: Floor, fact: f.PressesLost) -> None:
    floor.devices.setdefault(fact.device, Device(fact.device)).lost_presses += fact.count


def _set_aside(floor: Floor, fact: f.EventSetAside) -> None:
    if fact.event is not None:
        floor.devices.setdefault(fact.event[0], Device(fact.event[0])).set_aside += 1


def _nothing(floor: Floor, fact: f.Fact) -> None:
    """A fact of the record alone."""


_VERDICTS: dict[type[f.Fact], str] = {
    f.PressRefused: "refused",
    f.PressExpired: "expired",
    f.EventSetAside: "unread",
    f.PressesLost: "none",
}
_FOLDS: dict[type[f.Fact], Callable[[Floor, Any], None]] = {
    f.QueueOpened: _queue_opened,
    f.DeskOpened: _desk_opened,
    f.AgentMet: _agent_met,
    f.AgentSignedIn: _signed_in,
    f.AgentSignedOut: _signed_out,
    f.PresenceChanged: _presence_changed,
    f.QueueJoined: _queue_joined,
    f.QueueLeft: _queue_left,
    f.QueuePaused: _queue_paused,
    f.QueueUnpaused: _queue_unpaused,
    f.RingUnanswered: _nothing,
    f.HelpRaised: _help("raised"),
    f.HelpAcknowledged: _help("acknowledged"),
    f.HelpArrived: _help("arrived"),
    f.HelpClosed: _help_closed,
    f.ContactEntered: _entered,
    f.ContactAnswered: _answered,
    f.ContactRecalled: _recalled,
    f.ServingBegan: _serving_began,
    f.ContactHeld: _held,
    f.ContactResumed: _resumed,
    f.ContactEnded: _ended,
    f.ContactAbandoned: _abandoned,
    f.ContactTimedOut: _timed_out,
    f.ContactLeft: _left_otherwise,
    f.DeviceCame: _device_came,
    f.DeviceLost: _device_lost,
    f.DeviceAsked: _asked,
    f.DeviceAnswered: _command_over,
    f.DeviceAskExpired: _command_over,
    f.PressTaken: _nothing,
    f.PressRefused: _nothing,
    f.PressExpired: _nothing,
    f.PressesLost: _presses_lost,
    f.EventSetAside: _set_aside,
}
