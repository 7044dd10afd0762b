"""One request's whole turn: what time alone did before it, what it earns, and what the rules then do of their own accord.

The core does nothing else with a request, so that whoever takes the same requests through here has the same floor.
"""

from edge.facts import Fact
from edge.floor import Floor, next_deadline
from edge.fold import apply
from edge.requests import DeviceEvent, Refused, Request, Tick
from edge.rules import decide, follow

FOLLOW_MAX = 100_000  # facts of one turn: more than a floor of 3,000 desks and all who wait there can earn


def take(floor: Floor, request: Request) -> tuple[list[Fact], list[Fact] | Refused]:
    """(facts that were due before, those of the request or why it is refused), all of them folded in."""
    now_ms = _came_ms(request)
    before = _due(floor, now_ms)
    try:
        facts = _fold(floor, decide(floor, request))
    except Refused as refusal:
        return before, refusal
    facts += _follow(floor, now_ms)
    return before, facts + _due(
        floor, now_ms, now_ms
    )  # a late press may have made something due long since: it is done now


def _came_ms(request: Request) -> int:
    """When it came; a device's event happened some time before."""
    return request.at_ms + (request.age_ms or 0) if isinstance(request, DeviceEvent) else request.at_ms


def _due(floor: Floor, until_ms: int, from_ms: int = 0) -> list[Fact]:
    """Each deadline at its own time, but none before `from_ms`, in order, with all that follows from it."""
    facts: list[Fact] = []
    while (at_ms := next_deadline(floor)) is not None and at_ms <= until_ms:
        at_ms = max(at_ms, from_ms)
        late = decide(floor, Tick(at_ms=at_ms, from_ms=from_ms))
        if not late:
            raise AssertionError(f"Nothing is done about what was due at {at_ms}.")
        facts += _fold(floor, late)
        facts += _follow(floor, at_ms)
    return facts


def _follow(floor: Floor, at_ms: int) -> list[Fact]:
    """All that the rules do of their own accord. AssertionError if they never come to rest."""
    facts: list[Fact] = []
    while more := follow(floor, at_ms):
        facts += _fold(floor, more)
        if len(facts) > FOLLOW_MAX:
            raise AssertionError(f"The rules do not come to rest: {more[0]}")
    return facts


def _fold(floor: Floor, facts: list[Fact]) -> list[Fact]:
    for fact in facts:
        apply(floor, fact)
    return facts
