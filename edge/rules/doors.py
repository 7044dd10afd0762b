"""The doors of a queue: whether a ticket is issued now, and what becomes of who waits when nobody is there."""

from typing import NamedTuple

from edge import facts as f
from edge.figures import Sums, total
from edge.floor import Agent, Floor, Queue, presence, title_of, works_for
from edge.hours import clock, closes_ms, day, day_ends_ms, opens_ms
from edge.rules.who import qualifies

MEASURED_MIN = 5
"""From so few services on a mean says something."""
FORESEEN_MS = 2 * 3600 * 1000


class Bar(NamedTuple):
    """Why nobody can join now, and when one can again, if that is known."""

    why: str  # shut, closed, full, nobody
    opens_ms: int | None = None


def bar(floor: Floor, queue: Queue, at_ms: int) -> Bar | None:
    """None when one can join."""
    if queue.shut:
        return Bar("shut")
    if queue.hours and closes(floor, queue, at_ms) is None:
        return Bar("closed", opens_ms(floor.calendars[queue.hours], floor.timezone, at_ms))
    if queue.places and len(queue.waiting) >= queue.places:
        return Bar("full")
    return Bar("nobody") if queue.empty != "take" and not is_staffed(floor, queue) else None


def turned_away(floor: Floor, queue: Queue, at_ms: int) -> str:
    """The sentence that says why nobody can join now; "" when one can."""
    bars, name = bar(floor, queue, at_ms), title_of(queue, "en")
    if bars is None:
        return ""
    if bars.why == "shut":
        return f"{name} takes no more tickets now."
    if bars.why == "closed":
        return _closed(floor, name, at_ms, bars.opens_ms)
    if bars.why == "full":
        return f"{name} is full: {len(queue.waiting)} are waiting."
    return f"Nobody serves {name} now."


def is_staffed(floor: Floor, queue: Queue) -> bool:
    """Somebody is there for it; who counts as absent, its settings say (Asterisk: joinempty, leavewhenempty)."""
    return any(_is_there(floor, queue, agent) for agent in floor.agents.values())


def _is_there(floor: Floor, queue: Queue, agent: Agent) -> bool:
    """At a desk, and one who may take its tickets, at the latest when it has widened as far as it does."""
    if not agent.desk or presence(floor, agent) in queue.absent:
        return False
    return qualifies(floor, agent, queue, len(queue.widen))


def closes(floor: Floor, queue: Queue, at_ms: int) -> int | None:
    """When it closes, if it has hours and is open."""
    return closes_ms(floor.calendars[queue.hours], floor.timezone, at_ms) if queue.hours else None


def _closed(floor: Floor, name: str, at_ms: int, opens: int | None) -> str:
    if opens is None:
        return f"{name} is closed."
    date = day(floor.timezone, opens)
    if date == day(floor.timezone, at_ms):
        return f"{name} is closed; it opens at {clock(floor.timezone, opens)}."
    return f"{name} is closed; it opens on {date} at {clock(floor.timezone, opens)}."


def expires_ms(floor: Floor, queue: Queue, at_ms: int) -> int | None:
    """When a ticket issued now is void: at the end of the day, if the queue says so."""
    if not (queue.expire and queue.hours):
        return None
    return day_ends_ms(floor.calendars[queue.hours], floor.timezone, at_ms)


def mean_ms(sums: Sums) -> int | None:
    """Mean time of service; None while too few were served to say."""
    served = sums.answered - sums.no_show
    return sums.talk_ms // served if served >= MEASURED_MIN else None


def hands(floor: Floor, queue: Queue) -> float:
    """How many serve it now: an agent who is there for several lines in which somebody waits is shared among them."""
    lines = [other for other in floor.queues.values() if other is queue or other.waiting]
    there = [agent for agent in floor.agents.values() if _is_there(floor, queue, agent)]
    return sum(1 / max(1, sum(works_for(agent, line) for line in lines)) for agent in there)


def can_serve(floor: Floor, queue: Queue, at_ms: int, day: tuple[int, int]) -> int | None:
    """How many more can be served before it closes, by today's mean time of service and who is there now; None if that cannot
    be said: no hours, closed, too few served yet, or still longer open than one can see ahead."""
    closes_at, mean = closes(floor, queue, at_ms), mean_ms(total(floor.sums(queue.queue, *day)))
    if closes_at is None or mean is None or closes_at - at_ms > FORESEEN_MS:
        return None
    return int(hands(floor, queue) * (closes_at - at_ms) / max(1, mean))


def divert(floor: Floor, at_ms: int) -> list[f.Fact]:
    """Who waits where nobody is any more goes where the queue says."""
    return [
        f.ContactMoved(contact=contact, queue=end, why="diverted", at_ms=at_ms, by="rules")
        for queue in floor.queues.values()
        if queue.leave_empty and queue.waiting and (end := _end(floor, queue))
        for contact in queue.waiting
        if floor.contacts[contact].channel == "ticket"
    ]


def _end(floor: Floor, queue: Queue) -> str:
    """Where they come to rest, if one queue sends them on to the next; "" if it is here, or if they would go round and round."""
    begun, passed = queue, set()
    while queue.leave_empty and queue.divert in floor.queues and not is_staffed(floor, queue):
        if queue.queue in passed:
            return ""
        passed.add(queue.queue)
        queue = floor.queues[queue.divert]
    return queue.queue if queue is not begun else ""
