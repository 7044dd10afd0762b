"""Views of the lines: what the kiosk, a desk's page and the API say of queues, tickets and desks. Times are ms since 1970 UTC."""

from typing import Any

from edge.figures import total
from edge.floor import Contact, Desk, Floor, Queue, presence, title_of, works_for
from edge.rules import doors
from edge.rules.panel import REASONS

HEADS_MAX = 50
"""So many of a line a desk's page lists."""
Day = tuple[int, int]


def door(floor: Floor, queue: Queue, now_ms: int, day: Day) -> dict[str, Any]:
    """Whether one can join, how many wait, and how long one who joins now will wait, if that can be said."""
    waiting, bar = len(queue.waiting), doors.bar(floor, queue, now_ms)
    return {
        "queue": queue.queue,
        "title": title_of(queue, "en"),
        "title_zh": title_of(queue, "zh"),
        "letter": queue.letter,
        "bar": bar.why if bar else "",
        "opens_ms": bar.opens_ms if bar else None,
        "why_not": doors.turned_away(floor, queue, now_ms),
        "shut": queue.shut,
        "waiting": waiting,
        "oldest_ms": min(queue.waiting.values(), default=None),
        "wait_s": wait_s(floor, queue, waiting, now_ms, day),
        "can_serve": doors.can_serve(floor, queue, now_ms, day),
        "closes_ms": doors.closes(floor, queue, now_ms),
    }


def has_tickets(floor: Floor, queue: Queue) -> bool:
    """Of the site's file, and some agent's by it: tickets of the exchange's own queues nobody would ever call."""
    named = (queue.queue in a.queues or (queue.skill and queue.skill in a.skills) for a in floor.agents.values())
    return queue.of_site and any(named)


def wait_s(floor: Floor, queue: Queue, ahead: int, now_ms: int, day: Day) -> int | None:
    """With so many ahead: by today's mean time of service and who serves it now, or as slowly as the head of the line has come
    forward, whichever is longer (the delay of the head is an estimate of its own: Ibrahim and Whitt, 2009). None while too few
    were served to say, or nobody is there."""
    mean_ms, hands = doors.mean_ms(total(floor.sums(queue.queue, *day))), doors.hands(floor, queue)
    if mean_ms is None or not hands:
        return None
    head = next((floor.contacts[name] for name in queue.waiting if name not in floor.aimed), None)
    slow_ms = (now_ms - head.entered_ms) / len(queue.waiting) if head else 0
    return int((ahead + 1) * max(mean_ms / hands, slow_ms)) // 1000


def ticket(floor: Floor, contact: Contact, now_ms: int, day: Day) -> dict[str, Any]:
    queue = floor.queues[contact.queue]
    ahead = list(queue.waiting).index(contact.contact) if contact.contact in queue.waiting else None
    agent = floor.agents.get(contact.agent)
    return {
        "ticket": contact.contact,
        "label": contact.label,
        "queue": contact.queue,
        "title": title_of(queue, "en"),
        "title_zh": title_of(queue, "zh"),
        "state": contact.state,
        "since_ms": contact.since_ms,
        "issued_ms": contact.issued_ms,
        "entered_ms": contact.entered_ms,
        "ahead": ahead,
        "wait_s": None if ahead is None else wait_s(floor, queue, ahead, now_ms, day),
        "priority": contact.priority,
        "agent": contact.agent,
        "desk": agent.desk if agent else "",
        "owner": contact.owner,
        "to_agent": contact.to_agent,
        "to_desk": contact.to_desk,
        "then": contact.then,
        "no_shows": contact.no_shows,
        "recalls": contact.recalls,
        "recalls_max": queue.recalls,
        "until_ms": contact.until_ms,
        "expires_ms": contact.expires_ms,
    }


def desk_page(floor: Floor, desk: Desk, now_ms: int, day: Day) -> dict[str, Any]:
    """All that the page of one desk shows."""
    agent = floor.agents.get(desk.agent)
    mine = [floor.contacts[name] for name in agent.contacts] if agent else []
    queues = sorted(floor.queues.values(), key=lambda q: (not q.letter, q.letter, q.queue))
    others = sorted((a for a in floor.agents.values() if a.desk and a is not agent), key=lambda a: a.name)
    own = agent.agent if agent else None
    return {
        "desk": desk.desk,
        "team": desk.team,
        "agent": own,
        "name": (agent.name or agent.agent) if agent else "",
        "presence": presence(floor, agent) if agent else "signed_out",
        "own": agent.own if agent else "",
        "reason": agent.reason if agent else "",
        "since_ms": agent.since_ms if agent else None,
        "help": desk.help["supervisor"].state if "supervisor" in desk.help else "none",
        "technical": "technical" in desk.help,
        "contacts": [ticket(floor, contact, now_ms, day) | {"channel": contact.channel} for contact in mine],
        "lines": [
            {
                "queue": queue.queue,
                "letter": queue.letter,
                "bar": bar.why if (bar := doors.bar(floor, queue, now_ms)) else "",
                "mine": bool(agent and works_for(agent, queue)),
                "waiting": len(queue.waiting),
                "tickets": [_head(floor, floor.contacts[name]) for name in list(queue.waiting)[:HEADS_MAX]],
            }
            for queue in queues
        ],
        "parked": [_head(floor, c) for c in floor.contacts.values() if c.state == "parked"],
        "confirming": [
            {"ticket": c.contact, "label": c.label, "queue": c.queue, "until_ms": c.until_ms}
            for c in floor.confirming.values()
            if own in (c.owner, c.keeper)
        ],
        "agents": [{"agent": a.agent, "name": a.name or a.agent, "desk": a.desk} for a in others],
        "desks": [d.desk for d in floor.desks.values() if d is not desk],
        "reasons": [
            {"reason": name, "title": known.title if known else "", "title_zh": known.title_zh if known else ""}
            for name, known in ((name, floor.reasons.get(name)) for name in dict.fromkeys((*REASONS, *floor.reasons)))
        ],
        "away_agents": [
            {"agent": a.agent, "name": a.name or a.agent} for a in floor.agents.values() if not a.desk and not agent
        ],
    }


def _head(floor: Floor, contact: Contact) -> dict[str, Any]:
    return {
        "ticket": contact.contact,
        "label": contact.label,
        "queue": contact.queue,
        "channel": contact.channel,
        "entered_ms": contact.entered_ms,
        "until_ms": contact.until_ms,
        "priority": contact.priority,
        "for_agent": floor.name_of(contact.to_agent) if contact.to_agent else "",
        "for_desk": contact.to_desk,
        "no_shows": contact.no_shows,
    }
