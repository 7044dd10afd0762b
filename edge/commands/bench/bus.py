"""A wallboard's display bus: how many bytes a changed tile costs, and how long a message takes to its last one."""

import random
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from PIL import ImageChops

from edge import wire
from edge.commands.bench.stand import UP_S, Played, Silent, Stand
from flash import tree

WALLBOARD = "wallboard"
PANELS: dict[str, dict[str, Any]] = {  # by part: what it has otherwise in the wallboard's file
    "ili9341": {"part": "ili9341", "width": 320, "height": 240},
    "st7796": {"part": "st7796", "width": 480, "height": 320},
}
TILES = 6
CHANGES = 240
BUS_BITS_PER_MS = 40_000  # at 40 MHz
QUIET_S = 0.05  # without a byte the copper's thread has read all of a picture
LABELS = ("waiting", "payments", "ready", "service level", "answered", "help")
SWEEP = ("alarm", "normal")  # by which each tile's whole box is seen to change
LEVEL_EACH = 8  # of so many messages one may bring another level, the others another value alone

Box = tuple[int, int, int, int]


class Change(NamedTuple):
    """One message, of one tile: the bytes that it cost, the box of the pixels that it changed, and ms to its last byte."""

    tile: int
    bus_bytes: int
    box: Box | None
    ms: float


class Bus(NamedTuple):
    ratio: float
    first_picture_ms: float
    message_ms: list[float]


def measure(stand: Stand, part: str, changes: int = CHANGES) -> Bus:
    """A wallboard with that panel, and so many messages of which each changes the value, now and then the level, of one tile."""
    changed = {"screen": {**tree.read_board(WALLBOARD)["screen"], **PANELS[part]}}
    with Played(stand, stand.board(f"bus-{part}", WALLBOARD, heap_kb=200, changes=changed)) as edge:
        first_ms = _first_picture_ms(edge)
        whole = [_change(edge, tile, str(at), level) for tile in range(TILES) for at, level in enumerate(SWEEP)]
        done = [_change(edge, tile, value, level) for tile, value, level in _messages(changes)]
    boxes = [_around([each.box for each in whole + done if each.tile == tile and each.box]) for tile in range(TILES)]
    drawn = sum(each.bus_bytes for each in done)
    tiles = sum(_area(boxes[each.tile]) for each in done if each.box)
    return Bus(drawn / (2 * tiles), first_ms, [each.ms for each in done if each.box])


def _first_picture_ms(edge: Played) -> float:
    """From power on to the last byte of the first whole picture: title and tiles wait at the broker, as on a floor."""
    edge.show("show/board", {"title": "Floor", "tiles": TILES, "notice": "", "lang": "en"}, retain=True)
    for tile in range(TILES):
        rev = edge.show(wire.tile(1 + tile), _tile(tile, "12", "normal"), retain=True)
    began = edge.greet()
    edge.wait_shown(rev)
    _settle(edge, 0)
    screen = edge.board.screen
    assert screen
    return 1000 * (screen.seen_at - began) + 8 * screen.bytes_total / BUS_BITS_PER_MS


def _messages(count: int) -> Iterator[tuple[int, str, str]]:
    """(tile, value, level): a value is never what it was."""
    chance = random.Random(1)
    values, levels = [0] * TILES, ["normal"] * TILES
    for number in range(count):
        tile = chance.randrange(TILES)
        values[tile] = (values[tile] + chance.randrange(1, 100)) % 100
        if number % LEVEL_EACH == 0:
            levels[tile] = chance.choice(wire.LEVELS)
        yield tile, str(values[tile]), levels[tile]


def _change(edge: Played, tile: int, value: str, level: str) -> Change:
    screen = edge.board.screen
    assert screen
    bytes_before, before = screen.bytes_total, screen.image()
    began = time.monotonic()
    edge.wait_shown(edge.show(wire.tile(1 + tile), _tile(tile, value, level)))
    _settle(edge, bytes_before)
    count = screen.bytes_total - bytes_before
    ms = 1000 * (screen.seen_at - began) + 8 * count / BUS_BITS_PER_MS
    return Change(tile, count, ImageChops.difference(before, screen.image()).getbbox(), ms)


def _tile(tile: int, value: str, level: str) -> dict[str, Any]:
    fields = {"label": LABELS[tile], "short": "", "value": value, "unit": "", "age_s": None, "level": level}
    return {"kind": "number", **fields}


def _settle(edge: Played, bytes_before: int) -> None:
    """Until the copper's thread has read a picture whole: the bus is a socket, and what is drawn may not be read yet."""
    screen = edge.board.screen
    assert screen
    end = time.monotonic() + UP_S
    while screen.bytes_total == bytes_before or time.monotonic() - screen.seen_at < QUIET_S:
        if time.monotonic() > end:
            raise Silent(f"{edge.board.name} drew nothing of a tile that changed")
        time.sleep(QUIET_S / 10)


def _around(boxes: list[Box]) -> Box:
    """The smallest that holds them all: what ever changed when this tile did is the tile."""
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])
