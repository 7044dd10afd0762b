"""The site's settings: one TOML file, read once into a frozen value; an error names file, key and what would be right."""

import difflib
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import msgspec

from edge.facts import (
    AgentMet,
    BoardLaidOut,
    CalendarSet,
    CallingRuleSet,
    DeskOpened,
    DeviceRegistered,
    QueueOpened,
    ReasonNamed,
    TeamFormed,
    Widening,
)
from edge.requests import Configure, Wanted
from edge.settings.right import RIGHT, TABLES
from edge.settings.tables import DeviceTable, QueueTable, Settings
from edge.settings.wrong import contradictions


class BadSettings(Exception):
    """Says which file and key, and what would be right."""


def read(path: Path) -> Settings:
    """BadSettings if the file is not there, is not TOML, or a key in it is not as it must be."""
    return parse(raw(path), path)


def raw(path: Path) -> bytes:
    """For whoever keeps what was read beside what it says. BadSettings if it is not there."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadSettings(f"{path} cannot be read: {error.strerror}.") from error


def parse(raw: bytes, path: Path) -> Settings:
    """The same of bytes that were read from there."""
    try:
        settings = msgspec.convert(tomllib.loads(raw.decode("utf-8-sig")), Settings)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{path} is not TOML: {error}.") from error
    except msgspec.ValidationError as error:
        raise BadSettings(f"{path}: {_explain(str(error))}") from error
    wrong = next(contradictions(settings), None)
    if wrong:
        raise BadSettings(f"{path}: {wrong}")
    return settings


def _explain(error: str) -> str:
    """msgspec's sentence (`… - at `$.queue[0].target_s``) as the key and what would be right."""
    what, _, place = error.partition(" - at `$")
    place = place.rstrip("`").lstrip(".")
    if named := re.search("unknown field `(.*)`", what):
        near = difflib.get_close_matches(named[1], [*RIGHT, *TABLES], 1)
        hint = f"; did you mean {near[0]}?" if near else "."
        return f"{place + '.' if place else ''}{named[1]}: there is no such key{hint}"
    if named := re.search("missing required field `(.*)`", what):
        key = f"{place + '.' if place else ''}{named[1]}"
        return f"{key}: is missing; it wants {_right(key)}."
    return f"{place}: wants {_right(place)}."


def _right(place: str) -> str:
    """Of the key by its table, as in `device[0].name`, or else by its own name."""
    plain = re.sub(r"\[\d+\]", "", place)
    return TABLES.get(place) or RIGHT.get(plain) or RIGHT.get(plain.rpartition(".")[2], "another kind of value")


def configure(settings: Settings, hide: Callable[[str, str], str]) -> Configure:
    """The file as the request that brings the floor in line with it; PINs and badges only as keys: `hide("pin", "111111")`."""
    calendars = [
        CalendarSet(at_ms=0, calendar=c.name, week=c.week, closed=c.closed, open=c.open) for c in settings.calendar
    ]
    queues = [_queue(table) for table in settings.queue]
    callings = [CallingRuleSet(at_ms=0, rule=c.name, first=c.first, share=c.share) for c in settings.calling]
    reasons = [
        ReasonNamed(
            at_ms=0,
            reason=reason.name,
            title=reason.title,
            title_zh=reason.title_zh,
            paid=reason.paid,
            allowance_s=60 * reason.allowance_min,
        )
        for reason in settings.reason
    ]
    teams = [
        TeamFormed(at_ms=0, team=t.name, vendor=t.vendor, tenant=t.tenant, supervisors=t.supervisors)
        for t in settings.team
    ]
    desks = [DeskOpened(at_ms=0, desk=d.number, team=d.team) for d in settings.desk]
    agents = [
        AgentMet(
            at_ms=0,
            agent=a.id,
            name=a.name,
            pin_key=hide("pin", a.pin),
            badge_key=hide("badge", a.badge),
            queues=a.queues,
            skills=a.skills,
            calling=a.calling,
            team=a.team,
        )
        for a in settings.agent
    ]
    boards = [
        BoardLaidOut(at_ms=0, board=b.name, title=b.title or b.name[:24], tiles=b.tiles, lang=b.lang)
        for b in settings.board
    ]
    devices = [_device(table) for table in settings.device]
    wanted: tuple[Wanted, ...] = (*calendars, *queues, *callings, *reasons, *teams, *desks, *agents, *boards, *devices)
    return Configure(
        wanted=wanted,
        site=settings.site,
        timezone=settings.timezone,
        help_s=settings.help_s,
        brightness=settings.brightness.at,
        volume=settings.sound.volume,
        quiet=settings.sound.quiet,
    )


def _device(table: DeviceTable) -> DeviceRegistered:
    said = msgspec.structs.asdict(table)
    return DeviceRegistered(at_ms=0, device=said.pop("name"), **said)


def _queue(table: QueueTable) -> QueueOpened:
    said = msgspec.structs.asdict(table)
    widen = tuple(Widening(after_s=w.after_s, level=w.level, team=w.team) for w in said.pop("widen"))
    return QueueOpened(at_ms=0, queue=said.pop("name"), widen=widen, **said)
