"""Rules for the exchange's record (Asterisk's queue_log): what each line says has happened, whatever the floor thought.

A line is never refused. Where the record has a gap (a call that was connected but never entered), the missing facts are
made up from the line's own waits and marked `unseen`. Events and their fields: Asterisk 22 documentation, "Queue Logs".
"""

from collections.abc import Callable
from typing import Literal

import msgspec

from edge import facts as f
from edge.floor import Agent, Contact, Floor
from edge.requests import ObserveLine
from edge.rules import serving


def observe(floor: Floor, line: ObserveLine) -> list[f.Fact]:
    """Facts of one line; none if it was read before. ValueError if a number in it is none: the reader asks first."""
    if line.number <= floor.mark(line.source, line.lane):
        return []
    facts = _EVENTS[line.event](floor, line)
    stamp = {"by": "exchange", "event": (line.source, line.lane, line.number)}
    return [msgspec.structs.replace(fact, **stamp) for fact in facts]


def _ms(seconds: str) -> int:
    return int(seconds) * 1000


def _queue(floor: Floor, line: ObserveLine) -> list[f.Fact]:
    if line.queue in floor.queues:
        return []
    return [f.QueueOpened(queue=line.queue, target_s=line.target_s, at_ms=line.at_ms)]


def _agent(floor: Floor, line: ObserveLine, at_ms: int) -> list[f.Fact]:
    """What is missing for this agent to be a signed-in member of this queue."""
    known = floor.agents.get(line.agent)
    facts: list[f.Fact] = _queue(floor, line)
    if known is None:
        facts.append(f.AgentMet(agent=line.agent, at_ms=at_ms))
    if known is None or not known.signed_in:
        facts.append(f.AgentSignedIn(agent=line.agent, at_ms=at_ms))
        facts.append(f.PresenceChanged(agent=line.agent, presence="ready", at_ms=at_ms))
    if known is None or line.queue not in known.member_of:
        facts.append(f.QueueJoined(agent=line.agent, queue=line.queue, at_ms=at_ms))
    return facts


def _close(contact: Contact, at_ms: int, flag: str) -> f.Fact:
    """The end of a contact whose own end the record does not tell, not before what it does tell."""
    at_ms = max(at_ms, contact.since_ms)
    if contact.state != "waiting":
        return f.ContactEnded(contact=contact.contact, outcome="unknown", at_ms=at_ms)
    wait_ms = at_ms - contact.entered_ms
    return f.ContactLeft(
        contact=contact.contact,
        outcome="cancelled",
        wait_ms=wait_ms,
        flag=flag,
        at_ms=at_ms,
    )


def _in_line(floor: Floor, line: ObserveLine, entered_ms: int) -> list[f.Fact]:
    """What is missing for this call to be waiting in this queue (which is open)."""
    known = floor.contacts.get(line.call)
    if known and known.state == "waiting" and known.queue == line.queue:
        return []
    closing = [_close(known, entered_ms, "entered another queue")] if known else []
    entered = f.ContactEntered(contact=line.call, queue=line.queue, unseen=True, at_ms=entered_ms)
    return [*closing, entered]


def _enter(floor: Floor, line: ObserveLine) -> list[f.Fact]:
    known = floor.contacts.get(line.call)
    if known and known.queue == line.queue and known.since_ms >= line.at_ms:
        return []  # the lines came in the wrong order: its entry was already told by a later one
    closing = [_close(known, line.at_ms, "entered again")] if known else []
    return [
        *_queue(floor, line),
        *closing,
        f.ContactEntered(contact=line.call, queue=line.queue, at_ms=line.at_ms),
    ]


def _connect(floor: Floor, line: ObserveLine) -> list[f.Fact]:
    known = floor.contacts.get(line.call)
    if known and known.agent == line.agent and known.queue == line.queue:
        return []
    return _answered(floor, line, line.at_ms, _ms(line.data[0]))


def _answered(floor: Floor, line: ObserveLine, at_ms: int, wait_ms: int) -> list[f.Fact]:
    answered = f.ContactAnswered(contact=line.call, agent=line.agent, wait_ms=wait_ms, at_ms=at_ms)
    return [
        *_agent(floor, line, at_ms),
        *_in_line(floor, line, at_ms - wait_ms),
        answered,
    ]


def _complete(floor: Floor, line: ObserveLine) -> list[f.Fact]:
    return _over(floor, line, wait=line.data[0], talk=line.data[1], transferred=False)


def _transfer(floor: Floor, line: ObserveLine) -> list[f.Fact]:
    """Waits stand third and second from the end, whatever names the target before them."""
    return _over(floor, line, wait=line.data[-3], talk=line.data[-2], transferred=True)


def _over(floor: Floor, line: ObserveLine, wait: str, talk: str, transferred: bool) -> list[f.Fact]:
    known = floor.contacts.get(line.call)
    missing: list[f.Fact] = []
    if known is None or known.state == "waiting" or known.queue != line.queue:
        missing = _answered(floor, line, line.at_ms - _ms(talk), _ms(wait))
    ended = f.ContactEnded(
        contact=line.call,
        outcome="transferred" if transferred else "served",
        to=line.data[0] if transferred else "",
        talk_ms=_ms(talk),
        at_ms=line.at_ms,
    )
    return [*missing, ended, *_wrap_up(floor, line)]


def _wrap_up(floor: Floor, line: ObserveLine) -> list[f.Fact]:
    """Where each contact has its wrap-up."""
    agent, queue = floor.agents.get(line.agent), floor.queues.get(line.queue)
    if agent and queue and queue.wrap_up_s and agent.own != "wrap_up":
        then: Literal["", "not_ready"] = "not_ready" if agent.own == "not_ready" else ""
        wrap_up = f.PresenceChanged(
            agent=agent.agent, presence="wrap_up", reason=agent.reason, then=then, at_ms=line.at_ms
        )
        return [wrap_up]
    return []


def _abandon(floor: Floor, line: ObserveLine) -> list[f.Fact]:
    wait_ms = _ms(line.data[2])
    abandoned = f.ContactAbandoned(contact=line.call, wait_ms=wait_ms, at_ms=line.at_ms)
    return [
        *_queue(floor, line),
        *_in_line(floor, line, line.at_ms - wait_ms),
        abandoned,
    ]


def _timed_out(floor: Floor, line: ObserveLine) -> list[f.Fact]:
    wait_ms = _ms(line.data[2])
    timed_out = f.ContactTimedOut(contact=line.call, wait_ms=wait_ms, at_ms=line.at_ms)
    return [
        *_queue(floor, line),
        *_in_line(floor, line, line.at_ms - wait_ms),
        timed_out,
    ]


def _left_by_key(floor: Floor, line: ObserveLine) -> list[f.Fact]:
    """The caller chose another way."""
    return _left(floor, line, "cancelled", _ms(line.data[3]), f"pressed {line.data[0]}")


def _left_empty(floor: Floor, line: ObserveLine) -> list[f.Fact]:
    """The exchange sends the call on."""
    return _left(floor, line, "overflowed", _ms(line.data[2]), "nobody to answer")


def _left(
    floor: Floor,
    line: ObserveLine,
    outcome: Literal["cancelled", "overflowed"],
    wait_ms: int,
    flag: str,
) -> list[f.Fact]:
    left = f.ContactLeft(contact=line.call, outcome=outcome, wait_ms=wait_ms, flag=flag, at_ms=line.at_ms)
    return [*_queue(floor, line), *_in_line(floor, line, line.at_ms - wait_ms), left]


def _ring(floor: Floor, line: ObserveLine) -> list[f.Fact]:
    unanswered = f.RingUnanswered(
        agent=line.agent,
        contact=line.call,
        rang_ms=int(line.data[0]),
        by_caller=line.event == "RINGCANCELED",
        at_ms=line.at_ms,
    )
    return [unanswered]


def _join(floor: Floor, line: ObserveLine) -> list[f.Fact]:
    return _agent(floor, line, line.at_ms)


def _leave(floor: Floor, line: ObserveLine) -> list[f.Fact]:
    agent = floor.agents.get(line.agent)
    if agent is None or line.queue not in agent.member_of:
        return []
    facts: list[f.Fact] = [f.QueueLeft(agent=agent.agent, queue=line.queue, at_ms=line.at_ms)]
    if len(agent.member_of) == 1 and agent.signed_in and not agent.desk and not agent.contacts:
        facts.append(f.AgentSignedOut(agent=agent.agent, at_ms=line.at_ms))
    return facts


def _pause(floor: Floor, line: ObserveLine) -> list[f.Fact]:
    """An agent is not ready once paused in every queue."""
    reason = line.data[0] if line.data else ""
    missing = [] if line.event == "PAUSEALL" else _agent(floor, line, line.at_ms)
    agent = floor.agents.get(line.agent) or Agent(line.agent)
    queue = "" if line.event == "PAUSEALL" else line.queue
    others = [] if not queue else [paused for name, paused in agent.member_of.items() if name != queue]
    if (agent.agent not in floor.agents and not missing) or _is_paused(agent, queue, reason):
        return missing
    facts = [
        *missing,
        f.QueuePaused(agent=agent.agent, queue=queue, reason=reason, at_ms=line.at_ms),
    ]
    if None not in others and (agent.own, agent.reason) != ("not_ready", reason):
        facts += serving.own(floor, agent, line.at_ms, "not_ready", reason)
    return facts


def _is_paused(agent: Agent, queue: str, reason: str | None) -> bool:
    now = [agent.member_of.get(queue)] if queue else list(agent.member_of.values())
    return bool(now) and all(each == reason for each in now)


def _unpause(floor: Floor, line: ObserveLine) -> list[f.Fact]:
    agent = floor.agents.get(line.agent)
    queue = "" if line.event == "UNPAUSEALL" else line.queue
    if agent is None or not any(p is not None for q, p in agent.member_of.items() if queue in ("", q)):
        return []
    facts: list[f.Fact] = [f.QueueUnpaused(agent=agent.agent, queue=queue, at_ms=line.at_ms)]
    if agent.own != "ready":
        facts += serving.own(floor, agent, line.at_ms, "ready")
    return facts


def _restart(floor: Floor, line: ObserveLine) -> list[f.Fact]:
    """The exchange started anew: its calls are gone."""
    return [_close(c, line.at_ms, "exchange restarted") for c in floor.contacts.values() if c.channel == "call"]


def _nothing(floor: Floor, line: ObserveLine) -> list[f.Fact]:
    return []


_EVENTS: dict[str, Callable[[Floor, ObserveLine], list[f.Fact]]] = {
    "ENTERQUEUE": _enter,
    "CONNECT": _connect,
    "COMPLETECALLER": _complete,
    "COMPLETEAGENT": _complete,
    "TRANSFER": _transfer,
    "BLINDTRANSFER": _transfer,
    "ATTENDEDTRANSFER": _transfer,
    "ABANDON": _abandon,
    "EXITWITHTIMEOUT": _timed_out,
    "EXITWITHKEY": _left_by_key,
    "EXITEMPTY": _left_empty,
    "RINGNOANSWER": _ring,
    "RINGCANCELED": _ring,
    "ADDMEMBER": _join,
    "REMOVEMEMBER": _leave,
    "PAUSE": _pause,
    "PAUSEALL": _pause,
    "UNPAUSE": _unpause,
    "UNPAUSEALL": _unpause,
    "QUEUESTART": _restart,
    "CONFIGRELOAD": _nothing,
}
