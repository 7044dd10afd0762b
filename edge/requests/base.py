"""What every request has, and what a refusal is."""

import msgspec

OUR_OWN = frozenset(("at_ms", "by", "as_agent"))
"""Of each request what nobody outside fills in."""


class Request(msgspec.Struct, frozen=True, kw_only=True, tag_field="ask", tag=True):
    at_ms: int = 0  # when it happened; the rim that reads a clock fills it in
    by: str = ""
    as_agent: str = ""  # not "": it may touch only what is this agent's (edge.rules.own)


class Refused(Exception):
    """A rule says no; the text is a sentence for a human."""


class Tick(Request, frozen=True):
    """The clock reached a deadline; what was due before `from_ms` is done then."""

    from_ms: int = 0
