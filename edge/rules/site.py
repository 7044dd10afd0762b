"""Rules for the site's TOML: how it differs from the floor, and the facts that bring the floor in line with it."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from edge import facts as f
from edge import requests as r
from edge.floor import Agent, Board, Calendar, CallingRule, Desk, Device, Floor, Queue, Reason, Team
from edge.fold.site import QUEUE_SETTINGS
from edge.requests import Refused, Wanted

SITE = "site"
SHOWN_NEVER = ("pin_key", "badge_key")  # a PIN that changed is told as just that


OF_SITE = tuple(name for name in f.SiteNamed.__struct_fields__ if name not in f.Fact.__struct_fields__)


class Thing(NamedTuple):
    """A kind of thing that the file names: where it stands on the floor, and what of it the file says."""

    word: str
    key: str
    fields: tuple[str, ...]
    on_floor: Callable[[Floor], dict[str, Any]]
    removed: Callable[..., f.Fact]


THINGS: dict[type[f.Fact], Thing] = {  # in the order in which they are put up; they are taken down in the other one
    f.CalendarSet: Thing(
        "calendar", "calendar", ("week", "closed", "open"), lambda floor: floor.calendars, f.CalendarRemoved
    ),
    f.QueueOpened: Thing("queue", "queue", QUEUE_SETTINGS, lambda floor: floor.queues, f.QueueRemoved),
    f.CallingRuleSet: Thing(
        "calling rule", "rule", ("first", "share"), lambda floor: floor.callings, f.CallingRuleRemoved
    ),
    f.ReasonNamed: Thing(
        "reason", "reason", ("title", "title_zh", "paid", "allowance_s"), lambda floor: floor.reasons, f.ReasonRemoved
    ),
    f.TeamFormed: Thing(
        "team", "team", ("vendor", "tenant", "supervisors"), lambda floor: floor.teams, f.TeamDisbanded
    ),
    f.DeskOpened: Thing("desk", "desk", ("team",), lambda floor: floor.desks, f.DeskRemoved),
    f.AgentMet: Thing(
        "agent",
        "agent",
        ("name", "pin_key", "badge_key", "queues", "skills", "calling", "team"),
        lambda floor: floor.agents,
        f.AgentRemoved,
    ),
    f.BoardLaidOut: Thing("board", "board", ("title", "tiles", "lang"), lambda floor: floor.boards, f.BoardRemoved),
    f.DeviceRegistered: Thing(
        "device",
        "device",
        ("role", "desk", "board", "queues", "printer", "lang"),
        lambda floor: floor.devices,
        f.DeviceRevoked,
    ),
}


class Change(NamedTuple):
    """One line of the difference; `fields` maps each that changes to (before, after), empty for what comes or goes."""

    sign: str  # "+" comes, "-" goes, "~" changes
    word: str
    name: str
    fields: dict[str, tuple[Any, Any]]
    fact: f.Fact

    def __str__(self) -> str:
        said = ", ".join(
            f"{key.removesuffix('_key')} changed" if key in SHOWN_NEVER else f"{key} {_said(before)} → {_said(after)}"
            for key, (before, after) in self.fields.items()
        )
        return f"{self.sign} {self.word} {self.name}" + (f": {said}" if said else "")


def difference(floor: Floor, wanted: Sequence[Wanted]) -> list[Change]:
    """What the file changes, in the order in which it is done. Only what the file itself has brought does it take away: queues
    and agents met in the exchange's record stay, and so do devices that a technician registered."""
    named = {(type(each), _name(each)) for each in wanted}
    gone = [change for change in _all_of_site(floor) if (_kind_of(change), change.name) not in named]
    return [*(change for each in wanted if (change := _change(floor, each))), *gone]


def configure(floor: Floor, request: r.Configure) -> list[f.Fact]:
    """Refused, and nothing changed, if something that goes is in use; the sentence says by whom."""
    changes = difference(floor, request.wanted)
    for change in changes:
        why = _in_use(floor, change) if change.sign == "-" else ""
        if why:
            raise Refused(f"{change.word.capitalize()} {change.name} cannot be taken away: {why}")
    wanted = [change.fact for change in changes]
    site = {name: getattr(request, name) for name in OF_SITE}
    if any(getattr(floor, name) != said for name, said in site.items()):
        wanted.insert(0, f.SiteNamed(at_ms=0, **site))
    return [msgspec.structs.replace(fact, at_ms=request.at_ms, by=SITE) for fact in wanted]


def _change(floor: Floor, wanted: Wanted) -> Change | None:
    thing, name = THINGS[type(wanted)], _name(wanted)
    known = thing.on_floor(floor).get(name)
    if known is None or (isinstance(known, Device) and not known.role):
        return Change("+", thing.word, name, {}, wanted)
    fields = {
        key: (getattr(known, key), getattr(wanted, key))
        for key in thing.fields
        if getattr(known, key) != getattr(wanted, key)
    }
    return Change("~", thing.word, name, fields, wanted) if fields or not known.of_site else None


def _all_of_site(floor: Floor) -> Iterator[Change]:
    for thing in reversed(THINGS.values()):
        for name, known in thing.on_floor(floor).items():
            if known.of_site:
                yield Change("-", thing.word, name, {}, thing.removed(**{"at_ms": 0, thing.key: name}))


def _in_use(floor: Floor, change: Change) -> str:
    known = next(thing for thing in THINGS.values() if thing.word == change.word).on_floor(floor)[change.name]
    match known:
        case Queue() if any(contact.queue == known.queue for contact in floor.contacts.values()):
            return f"{len(known.waiting)} wait in it, or are being served."
        case Desk() if known.agent:
            return f"{floor.agents[known.agent].name or known.agent} is signed in there."
        case Desk() if known.help:
            return "help is asked for there."
        case Agent() if known.signed_in:
            return "signed in. Sign the agent out first."
        case Calendar() | CallingRule() | Reason() | Team() | Board() | Device() | Queue() | Desk() | Agent():
            return ""
    raise TypeError(known)


def _kind_of(change: Change) -> type[f.Fact]:
    return next(kind for kind, thing in THINGS.items() if thing.removed is type(change.fact))


def _name(wanted: Wanted) -> str:
    return str(getattr(wanted, THINGS[type(wanted)].key))


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_said(each)}" for key, each in value.items()) + "}"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_said, value)) + "]"
    if isinstance(value, msgspec.Struct):
        return _said(msgspec.to_builtins(value))
    return "nothing" if value == "" else str(value)
