"""What every request has, and what a refusal is."""

import msgspec


class Request(msgspec.Struct, frozen=True, kw_only=True, tag_field="ask", tag=True):
    at_ms: int = 0  # when it happened; the rim that reads a clock fills it in
    by: str = ""


class Refused(Exception):
    """A rule says no; the text is a sentence for a human."""


class Tick(Request, frozen=True):
    """The clock reached a deadline."""
