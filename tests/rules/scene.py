"""A floor for the rules' tests: built by facts, asked by requests, as the core does it but without a journal."""

from typing import Any

import msgspec

from edge import facts as f
from edge import requests as r
from edge.deciding import take
from edge.facts import Fact
from edge.floor import Floor
from edge.fold import apply
from edge.requests import Refused

NOW_MS = 1_795_352_200_000


class Scene:
    """Given facts, when a request, then facts."""

    def __init__(self, *, bare: bool = False) -> None:
        self.floor = Floor()
        self._seq = 0
        if bare:
            return
        self.given(
            f.QueueOpened(queue="payments", letter="A", at_ms=NOW_MS),
            f.QueueOpened(queue="support", at_ms=NOW_MS),
            f.DeskOpened(desk="1", at_ms=NOW_MS),
            f.DeskOpened(desk="2", at_ms=NOW_MS),
            f.DeviceRegistered(device="desk-1", role="desk", desk="1", at_ms=NOW_MS),
            f.DeviceRegistered(device="desk-2", role="desk", desk="2", at_ms=NOW_MS),
            f.AgentMet(agent="ana", name="Ana", pin_key="key-ana", queues=("payments",), at_ms=NOW_MS),
            f.AgentMet(agent="bo", name="Bo", pin_key="key-bo", queues=("payments",), at_ms=NOW_MS),
        )

    def given(self, *facts: Fact) -> None:
        for fact in facts:
            apply(self.floor, fact)

    def when(self, request: r.Request) -> list[Fact]:
        before, outcome = take(self.floor, request)
        if isinstance(outcome, Refused):
            raise outcome
        return before + outcome

    def press(self, key: str = "", press: str = "short", *, age_ms: int | None = 0, **fields: Any) -> list[Fact]:
        """The next event of desk-1's lane, unless `fields` say otherwise."""
        self._seq += 1
        event = {
            "device": "desk-1",
            "id": "aa",
            "boot": 1,
            "seq": self._seq,
            "first": 1,
            "at_ms": NOW_MS - (age_ms or 0),
        }
        return self.when(r.DeviceEvent(key=key, press=press, age_ms=age_ms, **{**event, **fields}))

    def signed_in(
        self, own: f.Own = "ready", reason: str = "", since_ms: int = NOW_MS, came_ms: int | None = None
    ) -> None:
        """Ana sits at desk 1."""
        self.given(
            f.AgentSignedIn(agent="ana", desk="1", at_ms=since_ms if came_ms is None else came_ms),
            f.PresenceChanged(agent="ana", presence=own, reason=reason, at_ms=since_ms),
        )

    def waiting(self, contact: str, *, queue: str = "payments", channel: Any = "ticket", at_ms: int = NOW_MS) -> None:
        if channel == "call":
            self.given(f.ContactEntered(contact=contact, queue=queue, at_ms=at_ms))
        else:
            self.given(f.TicketIssued(contact=contact, queue=queue, number=1, label=contact, at_ms=at_ms))

    def called(self, contact: str = "A1", channel: Any = "ticket") -> None:
        self.waiting(contact, channel=channel)
        if channel == "call":
            self.given(f.ContactAnswered(contact=contact, agent="ana", wait_ms=0, at_ms=NOW_MS))
        else:
            call = f.TicketCalled(contact=contact, agent="ana", desk="1", announcement=1, wait_ms=0, at_ms=NOW_MS)
            self.given(call)

    def serving(self, contact: str = "A1") -> None:
        self.called(contact)
        self.given(f.ServingBegan(contact=contact, at_ms=NOW_MS))


def brief(facts: list[Fact]) -> list[dict[str, Any]]:
    """Facts as small dicts: the kind and what is not by default, without time and origin."""
    rows = msgspec.to_builtins(facts)
    return [{k: v for k, v in row.items() if k not in ("at_ms", "by", "event")} for row in rows]
