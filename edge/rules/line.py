"""Where in a line a contact stands."""

from edge.floor import Contact, Floor, Queue

END = -1


def place(floor: Floor, queue: Queue, priority: int, position: int, at_ms: int) -> int:
    """As Asterisk's Queue() inserts (app_queue, join_queue): before the first of lower priority; at `position`, from 1, if those of
    higher priority leave it free; else at the end. Here waiting earns credit besides: `ages_s` of it are one of priority."""
    if not (priority or position):
        return END  # nobody's is lower
    for index, name in enumerate(queue.waiting):
        rank = _rank(queue, floor.contacts[name], at_ms)
        if priority > rank or (position and priority >= rank and position <= index + 1):
            return index
    return END


def _rank(queue: Queue, contact: Contact, at_ms: int) -> int:
    credit = max(0, at_ms - contact.entered_ms) // (1000 * queue.ages_s) if queue.ages_s else 0
    return contact.priority + credit


def original(floor: Floor, queue: Queue, contact: Contact) -> int:
    """Before the first whose visit began later."""
    for index, name in enumerate(queue.waiting):
        other = floor.contacts[name]
        if other.priority < contact.priority or (
            other.priority == contact.priority and other.issued_ms > contact.issued_ms
        ):
            return index
    return END


def after(queue: Queue, numbers: int) -> int:
    """Behind so many who wait."""
    return numbers if numbers < len(queue.waiting) else END
