"""Agents: where they are and what they do."""

from typing import Literal

import msgspec

from edge.facts.base import Fact, Own


class AgentSignedIn(Fact, frozen=True):
    agent: str
    desk: str = ""  # none: on the phone only


class AgentSignedOut(Fact, frozen=True):
    agent: str


class PresenceChanged(Fact, frozen=True):
    """The agent's own state; while a contact goes on it is what comes after it. A wrap-up's reason is of what comes after that."""

    agent: str
    presence: Own
    reason: str = ""
    then: Literal["", "not_ready"] = ""  # what was asked for after a wrap-up


class WrapUpExtended(Fact, frozen=True):
    agent: str
    until_ms: int


WORK = "work"
"""What a shift is, but for its pauses and what else is planned."""


class ShiftPart(msgspec.Struct, frozen=True):
    from_ms: int
    to_ms: int
    activity: str  # WORK, or a reason for which the agent is not ready then


class ShiftPlanned(Fact, frozen=True):
    """An agent's shift of a local day, in place of whatever was planned for that day; without parts: none."""

    agent: str
    day: str  # 2026-11-20
    parts: tuple[ShiftPart, ...] = ()


class QueueJoined(Fact, frozen=True):
    agent: str
    queue: str


class QueueLeft(Fact, frozen=True):
    agent: str
    queue: str


class QueuePaused(Fact, frozen=True):
    agent: str
    queue: str  # "": all of them
    reason: str = ""


class QueueUnpaused(Fact, frozen=True):
    agent: str
    queue: str


class RingUnanswered(Fact, frozen=True):
    agent: str
    contact: str
    rang_ms: int
    by_caller: bool = False  # the caller gave up while it rang
