"""Rules for the site's TOML: what it says and the floor does not yet know becomes facts."""

import msgspec

from edge import facts as f
from edge import requests as r
from edge.floor import Floor


def configure(floor: Floor, request: r.Configure) -> list[f.Fact]:
    return [
        msgspec.structs.replace(wanted, at_ms=request.at_ms, by="site")
        for wanted in request.wanted
        if not _is_so(floor, wanted)
    ]


def _is_so(floor: Floor, wanted: f.QueueOpened | f.DeskOpened | f.AgentMet) -> bool:
    if isinstance(wanted, f.QueueOpened):
        return _same(
            floor.queues.get(wanted.queue),
            wanted,
            ("letter", "target_s", "short_s", "variant"),
        )
    if isinstance(wanted, f.DeskOpened):
        return _same(floor.desks.get(wanted.desk), wanted, ("device", "team"))
    return _same(floor.agents.get(wanted.agent), wanted, ("name", "pin_key", "queues"))


def _same(known: object, wanted: f.Fact, names: tuple[str, ...]) -> bool:
    return known is not None and all(getattr(known, name) == getattr(wanted, name) for name in names)
