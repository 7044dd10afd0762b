"""Who is next: which waiting contact an agent gets."""

from edge.floor import Agent, Contact, Floor


def next_contact(floor: Floor, agent: Agent) -> Contact | None:
    """The ticket that waits longest in the agent's queues; calls are given out by the exchange."""
    lines = [floor.queues[q].waiting for q in agent.queues if q in floor.queues]
    waiting = [floor.contacts[c] for line in lines for c in line]
    return min(
        (c for c in waiting if c.channel == "ticket"),
        key=lambda c: c.entered_ms,
        default=None,
    )
