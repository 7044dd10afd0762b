"""What no single key shows: names that stand twice, things that name what is not there."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfoNotFoundError

from edge import tiles
from edge.settings.right import RIGHT
from edge.settings.tables import BoardTable, DeviceTable, Settings


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
        "queue.letter": [q.letter for q in settings.queue if q.letter],
    }
    for key, values in lists.items():
        twice = next((value for value in values if values.count(value) > 1), None)
        if twice is not None:
            yield f"{key}: {twice!r} stands there twice; each must be its own."
    pins: dict[str, str] = {}
    for agent in settings.agent:
        if agent.pin and pins.setdefault(agent.pin, agent.id) != agent.id:
            yield f"agent.pin of {agent.id}: is the PIN of {pins[agent.pin]} too; each must be its own."
    yield from _outside(settings)
    if (settings.web.bind, settings.web.port) == (settings.broker.bind, settings.broker.port):
        yield f"web.port: {settings.web.port} is the broker's already; each must be its own."
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
        yield f"light.name, sign.name, printer.name: {twice!r} stands there twice; each must be its own, and none the cloud's."
    places = {light.name: light.at for light in settings.light} | {sign.name: sign.at for sign in settings.sign}
    for name, at in (places | {printer.name: printer.at for printer in settings.printer}).items():
        if at.startswith("tcp:") and int(at.rpartition(":")[2]) not in range(1, 65_536):
            yield f"at of {name}: the port wants to be {RIGHT['port'].removeprefix('a number ')}."
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


def _misplaced(settings: Settings, device: DeviceTable) -> Iterator[str]:
    at, none = ("board", "desk") if device.role == "wallboard" else ("desk", "board")
    if not getattr(device, at):
        yield f"device.{at} of {device.name}: is missing; it wants {RIGHT[at]}."
    if getattr(device, none):
        yield f"device.{none} of {device.name}: a {device.role} has no {none}."
    known = [d.number for d in settings.desk] if at == "desk" else [b.name for b in settings.board]
    yield from _unknown(f"device.{at} of {device.name}", at, getattr(device, at), known)
