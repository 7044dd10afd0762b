"""The books as an Asterisk queue_log, that any tool that reads one can check our figures.

Seconds are whole there: waits are rounded up, so that who waited longer than the target still did.
"""

from collections.abc import Iterator

from edge.books import Books
from edge.floor import Floor, works_for
from edge.gains import Period, Stay
from edge.spans import Span

EXITS = {
    "abandoned": "ABANDON|1|1|{wait}",
    "timed_out": "EXITWITHTIMEOUT|1|1|{wait}",
    "overflowed": "EXITEMPTY|1|1|{wait}",
}
OTHER = "EXITWITHKEY|0|1|1|{wait}"  # cancelled, expired, refused, moved on
NEVER = 1 << 62
Line = tuple[int, int, int, str]
"""(when, after which row of the journal, its place among those of that row, the line without its time): who moves on leaves the one
queue before the next is entered, in the same moment."""


def lines(books: Books, span: Span) -> Iterator[str]:
    """In order: all contacts that entered in the span, to their ends, and the pauses of agents."""
    found = [line for stay in books.stays(span) for line in _contact(books, stay)]
    found += [line for period in books.periods(span) for line in _agent(books.floor, period)]
    return (f"{at_ms // 1000}|{line}" for at_ms, *_, line in sorted(found))


def _contact(books: Books, stay: Stay) -> Iterator[Line]:
    wait, talk, ended = -(-stay.wait_ms // 1000), stay.talk_ms // 1000, stay.to_seq or NEVER
    head = f"{_field(stay.contact)}|{_field(stay.queue)}"
    yield stay.entered_ms, stay.from_seq, 2, f"{head}|NONE|ENTERQUEUE||{_field(stay.label)}|1"
    if stay.outcome == "answered":
        agent = _field(stay.agent or _last_agent(books, stay))
        begun_ms = min(stay.entered_ms + stay.wait_ms, stay.ended_ms)
        yield begun_ms, ended, 0, f"{head}|{agent}|CONNECT|{wait}|{_field(stay.contact)}|0"
        if stay.to_seq:
            yield stay.ended_ms, ended, 1, f"{head}|{agent}|COMPLETEAGENT|{wait}|{talk}|1"
    elif stay.outcome != "waiting":
        yield stay.ended_ms, ended, 1, f"{head}|NONE|{EXITS.get(stay.outcome, OTHER).format(wait=wait)}"


def _last_agent(books: Books, stay: Stay) -> str:
    """Who called it last, of one that nobody had at its end: it did not come, stood in the line again, and left."""
    return next((spell.agent for spell in reversed(books.with_agents(stay))), "")


def _agent(floor: Floor, period: Period) -> Iterator[Line]:
    """Not ready is a pause of each queue for which the agent works."""
    known = floor.agents.get(period.agent)
    if known is None or period.state != "not_ready":
        return
    for queue in floor.queues.values():
        if works_for(known, queue):
            head = f"NONE|{_field(queue.queue)}|{_field(period.agent)}"
            yield period.from_ms, NEVER, 4, f"{head}|PAUSE|{_field(period.reason)}"
            yield period.to_ms, NEVER, 3, f"{head}|UNPAUSE|"


def _field(text: str) -> str:
    return text.replace("|", "/") or "NONE"
