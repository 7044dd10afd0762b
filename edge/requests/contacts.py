"""What is asked for a contact."""

from edge.requests.base import Request


class EnterContact(Request, frozen=True):
    contact: str
    queue: str
