"""One request's whole turn: what time alone did before it, what it earns, and what the rules then do of their own accord.

The core does nothing else with a request, so that whoever takes the same requests through here has the same floor.
"""

from edge.facts import Fact
from edge.floor import Floor, next_deadline
from edge.fold import apply
from edge.requests import DeviceEvent, Refused, Request, Tick
from edge.rules import decide, follow


def take(floor: Floor, request: Request) -> tuple[list[Fact], list[Fact] | Refused]:
    """(facts that were due before, those of the request or why it is refused), all of them folded in."""
    now_ms = _came_ms(request)
    before = _due(floor, now_ms)
    try:
        facts = _fold(floor, decide(floor, request))
    except Refused as refusal:
        return before, refusal
    while more := follow(floor, now_ms):
        facts += _fold(floor, more)
    return before, facts


def _came_ms(request: Request) -> int:
    """When it came; a device's event happened some time before."""
    return request.at_ms + (request.age_ms or 0) if isinstance(request, DeviceEvent) else request.at_ms


def _due(floor: Floor, until_ms: int) -> list[Fact]:
    """Each deadline at its own time, in order, with all that follows from it."""
    facts: list[Fact] = []
    while (at_ms := next_deadline(floor)) is not None and at_ms <= until_ms:
        late = decide(floor, Tick(at_ms=at_ms))
        if not late:
            raise AssertionError(f"Nothing is done about what was due at {at_ms}.")
        facts += _fold(floor, late)
        while more := follow(floor, at_ms):
            facts += _fold(floor, more)
    return facts


def _fold(floor: Floor, facts: list[Fact]) -> list[Fact]:
    for fact in facts:
        apply(floor, fact)
    return facts
