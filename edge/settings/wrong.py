"""What no single key shows: names that stand twice, things that name what is not there."""

from collections.abc import Iterator, Sequence
from datetime import date
from urllib.parse import urlsplit
from zoneinfo import ZoneInfoNotFoundError

from edge import tiles
from edge.hours import DAYS, spans
from edge.settings.right import RIGHT
from edge.settings.tables import (
    BoardTable,
    CalendarTable,
    DeviceTable,
    LightTable,
    PrinterTable,
    QueueTable,
    Settings,
    SignTable,
)


def contradictions(settings: Settings) -> Iterator[str]:
    """What no single key shows."""
    try:
        settings.zone  # noqa: B018 - asked for its error
    except (ZoneInfoNotFoundError, ValueError):
        yield f"timezone: there is no {settings.timezone!r}; try Europe/Berlin, Asia/Shanghai or UTC."
    lists = {
        "queue.name": [q.name for q in settings.queue],
        "desk.number": [d.number for d in settings.desk],
        "board.name": [b.name for b in settings.board],
        "device.name": list(settings.devices),
        "device.desk": [d.desk for d in settings.device if d.role == "desk"],
        "agent.id": [a.id for a in settings.agent],
        "calendar.name": [c.name for c in settings.calendar],
        "calling.name": [c.name for c in settings.calling],
        "queue.letter": [q.letter for q in settings.queue if q.letter],
    }
    for key, values in lists.items():
        twice = next((value for value in values if values.count(value) > 1), None)
        if twice is not None:
            yield f"{key}: {twice!r} stands there twice; each must be its own."
    yield from _queues(settings)
    pins: dict[str, str] = {}
    for agent in settings.agent:
        if agent.pin and pins.setdefault(agent.pin, agent.id) != agent.id:
            yield f"agent.pin of {agent.id}: is the PIN of {pins[agent.pin]} too; each must be its own."
    yield from _wrong_times(settings)
    yield from _outside(settings)
    yield from _ports(settings)
    if "edge" in settings.devices:
        yield "device.name: 'edge' is the edge's own name; take another."
    queues = [q.name for q in settings.queue]
    for agent in settings.agent:
        for queue in agent.queues:
            yield from _unknown(f"agent.queues of {agent.id}", "queue", queue, queues)
    for board in settings.board:
        yield from _wrong_tiles(board, None if settings.exchange.queue_log else queues)
    for device in settings.device:
        yield from _misplaced(settings, device)


def _ports(settings: Settings) -> Iterator[str]:
    if (settings.web.bind, settings.web.port) == (settings.broker.bind, settings.broker.port):
        yield f"web.port: {settings.web.port} is the broker's already; each must be its own."
    if settings.modbus and settings.modbus.port in (settings.broker.port, settings.web.port):
        yield f"modbus.port: {settings.modbus.port} is taken already; each must be its own."


def _unknown(key: str, word: str, name: str, known: Sequence[str]) -> Iterator[str]:
    if name not in known:
        yield f"{key}: there is no {word} {name!r}; known are {', '.join(sorted(known)) or 'none'}."


def _wrong_tiles(board: BoardTable, queues: Sequence[str] | None) -> Iterator[str]:
    """`queues` is None where a queue may be the exchange's alone, so that any name of one is right."""
    for text in board.tiles:
        try:
            tile = tiles.parse(text)
        except ValueError as wrong:
            yield f"board.tiles of {board.name}: {wrong}."
        else:
            if tile.queue and queues is not None:
                yield from _unknown(f"board.tiles of {board.name}", "queue", tile.queue, queues)


COUNTING = ("waiting", "serving", "ready", "offered", "answered", "abandoned", "help")  # what a numeric sign can show


def _outside(settings: Settings) -> Iterator[str]:
    names = settings.outside
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        yield f"light.name, sign.name, printer.name: {twice!r} stands there twice; each must be its own (`cloud` is taken)."
    things: tuple[LightTable | SignTable | PrinterTable, ...] = (*settings.light, *settings.sign, *settings.printer)
    for thing in things:
        yield from _wrong_place(f"at of {thing.name}", thing.at)
    yield from _shared(settings)
    queues = [q.name for q in settings.queue]
    teams = sorted({d.team for d in settings.desk} - {""})
    for light in settings.light:
        if light.team:
            yield from _unknown(f"light.team of {light.name}", "team", light.team, teams)
        for queue in light.queues:
            yield from _unknown(f"light.queues of {light.name}", "queue", queue, queues)
    for sign in settings.sign:
        try:
            tile = tiles.parse(sign.tile)
        except ValueError as wrong:
            yield f"sign.tile of {sign.name}: {wrong}."
        else:
            if tile.name not in COUNTING:
                yield f"sign.tile of {sign.name}: {tile.name} is no count; one of {', '.join(COUNTING)} is."
            if tile.queue and not settings.exchange.queue_log:
                yield from _unknown(f"sign.tile of {sign.name}", "queue", tile.queue, queues)


def _queues(settings: Settings) -> Iterator[str]:
    """Of queues, calendars and calling rules."""
    queues = [q.name for q in settings.queue]
    calendars = [calendar.name for calendar in settings.calendar]
    for calendar in settings.calendar:
        yield from _wrong_hours(calendar)
    for queue in settings.queue:
        yield from _wrong_queue(queue, queues, calendars)
        levels = [agent.skills[queue.skill] for agent in settings.agent if queue.skill in agent.skills]
        worst = max([queue.level, *(step.level for step in queue.widen)])
        if queue.skill and min(levels, default=worst + 1) > worst:
            yield f"queue.skill of {queue.name}: no agent has {queue.skill} at level {worst} or better: nobody could call."
    rules = [rule.name for rule in settings.calling]
    for rule in settings.calling:
        for queue_name in (*rule.first, *rule.share):
            yield from _unknown(f"calling {rule.name}", "queue", queue_name, queues)
    for agent in settings.agent:
        if agent.calling:
            yield from _unknown(f"agent.calling of {agent.id}", "calling rule", agent.calling, rules)


def _wrong_queue(queue: QueueTable, queues: Sequence[str], calendars: Sequence[str]) -> Iterator[str]:
    if queue.hours:
        yield from _unknown(f"queue.hours of {queue.name}", "calendar", queue.hours, calendars)
    for key, other in (("divert", queue.divert), ("overflow", queue.overflow)):
        if other:
            yield from _unknown(f"queue.{key} of {queue.name}", "queue", other, queues)
        if other == queue.name:
            yield f"queue.{key} of {queue.name}: is the queue itself; take another."
    if queue.overflow_s and not queue.overflow:
        yield f"queue.overflow of {queue.name}: is missing; it wants {RIGHT['overflow']}."
    if (queue.empty == "divert" or queue.leave_empty) and not queue.divert:
        yield f"queue.divert of {queue.name}: is missing; it wants {RIGHT['divert']}."
    if queue.expire and not queue.hours:
        yield f"queue.hours of {queue.name}: is missing, and its tickets shall expire; it wants {RIGHT['hours']}."
    if queue.last < queue.first or len(str(queue.last)) > queue.width:
        yield f"queue.last of {queue.name}: wants to be {queue.first} or more, and of {queue.width} digits at most."
    steps = [step.after_s for step in queue.widen]
    if steps != sorted(set(steps)):
        yield f"queue.widen of {queue.name}: each step wants to come after the one before it."


def _wrong_hours(calendar: CalendarTable) -> Iterator[str]:
    for day in calendar.week:
        if day not in DAYS:
            yield f"calendar.week of {calendar.name}: there is no day {day!r}; take one of {', '.join(DAYS)}."
    for day in (*calendar.closed, *calendar.open):
        try:
            date.fromisoformat(day)
        except ValueError:
            yield f"calendar of {calendar.name}: {day!r} is no day; take one such as 2026-12-25."
    for text in (*calendar.week.values(), *calendar.open.values()):
        try:
            spans(text)
        except ValueError as wrong:
            yield f"calendar of {calendar.name}: {wrong}."


def _wrong_place(key: str, at: str) -> Iterator[str]:
    """What the pattern cannot see in tcp://HOST:PORT."""
    if at.startswith("serial:"):
        return
    try:
        url = urlsplit(at)
        good = bool(url.port and url.hostname and url.hostname.encode("idna"))
    except ValueError:  # UnicodeError is one
        good = False
    if not good:
        yield f"{key}: {at} is no address; it wants {RIGHT['at']}."


def _shared(settings: Settings) -> Iterator[str]:
    """Two that write to one cell, or hold one cable."""
    cells: dict[tuple[str, int, str, int], str] = {}
    for light in settings.light:
        wanted = [("coil", light.help), ("coil", light.long), ("coil", light.fine)]
        wanted += [] if light.beat is None else [("register", light.beat)]
        for kind, number in wanted:
            yield from _taken(cells, (light.at, light.unit, kind, number), f"light {light.name}")
    for sign in settings.sign:
        yield from _taken(cells, (sign.at, sign.unit, "register", sign.register), f"sign {sign.name}")
    cables: dict[str, tuple[str, str]] = {}
    things: tuple[LightTable | SignTable | PrinterTable, ...] = (*settings.light, *settings.sign, *settings.printer)
    for thing in things:
        if thing.at.startswith("serial:"):
            cable, use = thing.at.partition("?")[0], f"{thing.at} {isinstance(thing, PrinterTable)}"
            other, before = cables.setdefault(cable, (thing.name, use))
            if before != use or (isinstance(thing, PrinterTable) and other != thing.name):
                yield f"at of {thing.name}: {cable} is {other}'s, and used otherwise."


def _taken(cells: dict[tuple[str, int, str, int], str], cell: tuple[str, int, str, int], name: str) -> Iterator[str]:
    if cell in cells:
        at, unit, kind, number = cell
        yield f"{name}: {kind} {number} of unit {unit} at {at} is written by {cells[cell]} too; each must be its own."
    cells[cell] = name


def _misplaced(settings: Settings, device: DeviceTable) -> Iterator[str]:
    of = f"of {device.name}"
    place = PLACES.get(device.role, "desk")
    for key in ("desk", "board", "queues", "printer"):
        if getattr(device, key) and key != place and (key, device.role) != ("printer", "dispenser"):
            yield f"device.{key} {of}: a {device.role} has no {key}."
    if not getattr(device, place):
        yield f"device.{place} {of}: is missing; it wants {RIGHT.get(f'device.{place}') or RIGHT[place]}."
    if place == "queues":
        for queue in device.queues:
            yield from _unknown(f"device.queues {of}", "queue", queue, [q.name for q in settings.queue])
        if device.printer:
            yield from _unknown(f"device.printer {of}", "printer", device.printer, [p.name for p in settings.printer])
    else:
        known = [d.number for d in settings.desk] if place == "desk" else [b.name for b in settings.board]
        yield from _unknown(f"device.{place} {of}", place, getattr(device, place), known)


PLACES = {"wallboard": "board", "hall": "board", "dispenser": "queues"}
"""What says where a device of a role is, if not a desk."""


def _wrong_times(settings: Settings) -> Iterator[str]:
    try:
        spans(settings.sound.quiet)
    except ValueError as wrong:
        yield f"sound.quiet: {wrong}."
