"""What a board shows: the value and the level of each of its tiles, for wallboards and TV pages alike."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from edge import tiles
from edge.figures import last_ms, service_level, share, total
from edge.floor import Board, Floor, Queue, aloud, in_service, ready_for, title_of
from edge.tiles import Tile

WAIT_ALARM = 3  # times the target: then the longest wait is an alarm; past the target it is a warning
SHARE_WARN, SHARE_ALARM = 0.8, 0.6  # a service level below
NONE = "–"
LABELS = {  # on devices, which have no room for more; the TV page has words of its own
    "waiting": "waiting",
    "longest_wait": "longest wait",
    "serving": "in service",
    "ready": "ready",
    "offered": "offered",
    "answered": "answered",
    "abandoned": "abandoned",
    "service_level": "service level",
    "asa": "mean wait",
    "help": "help",
}
LABEL_CHARS_MAX = 24


class Shown(NamedTuple):
    """One tile. A running time has `since_ms` (ms since 1970 UTC) and no value."""

    tile: Tile
    value: str
    unit: str = ""
    since_ms: int | None = None
    level: str = "normal"

    @property
    def label(self) -> str:
        """Where it is too long it is the queue's name that is cut."""
        label = LABELS[self.tile.name]
        if self.tile.minutes:
            label = f"{label.removeprefix('service ')} {self.tile.minutes} min"
        room = LABEL_CHARS_MAX - len(label) - 1
        return f"{self.tile.queue[:room]} {label}" if self.tile.queue else label


def show(floor: Floor, board: Board, now_ms: int, day: tuple[int, int]) -> list[Shown]:
    """Its tiles in their order. A queue that is not there shows a dash; `day` is the local day, ms since 1970 UTC."""
    return [_tile(floor, tiles.parse(text), now_ms, day) for text in board.tiles]


def notice(floor: Floor) -> str:
    """The line that was taken last and still stands; nothing without one."""
    return next((each.text for each in reversed(floor.notices.values())), "")


def board_page(floor: Floor, board: Board, now_ms: int, day: tuple[int, int]) -> dict[str, Any]:
    """All that /tv/<board> shows; a running time is its start, so that the page counts by itself."""
    return {
        "board": board.board,
        "title": board.title,
        "notice": notice(floor),
        "tiles": [
            {
                "number": number,
                "tile": shown.tile.name,
                "minutes": shown.tile.minutes,
                "queue": title_of(queue, board.lang)
                if (queue := floor.queues.get(shown.tile.queue))
                else shown.tile.queue,
                "value": shown.value,
                "unit": shown.unit,
                "since_ms": shown.since_ms,
                "level": shown.level,
            }
            for number, shown in enumerate(show(floor, board, now_ms, day), 1)
        ],
    }


def _tile(floor: Floor, tile: Tile, now_ms: int, day: tuple[int, int]) -> Shown:
    if tile.name == "help":
        return _help(floor, tile)
    queues = [q for q in floor.queues.values() if tile.queue in ("", q.queue)]
    if not queues:
        return Shown(tile, NONE)
    if tile.name == "ready":
        return Shown(tile, str(ready_for(floor, queues)))
    if tile.name in ("waiting", "longest_wait", "serving"):
        return _line(floor, tile, queues, now_ms)
    return _of_time(floor, tile, queues, now_ms, day)


def _line(floor: Floor, tile: Tile, queues: list[Queue], now_ms: int) -> Shown:
    if tile.name == "serving":
        return Shown(tile, str(in_service(floor, queues)))
    level = _worst(_wait_level(now_ms - min(q.waiting.values()), q.target_s) for q in queues if q.waiting)
    if tile.name == "waiting":
        return Shown(tile, str(sum(len(q.waiting) for q in queues)), level=level)
    since_ms = min((entered_ms for q in queues for entered_ms in q.waiting.values()), default=None)
    return Shown(tile, NONE if since_ms is None else "", since_ms=since_ms, level=level)


def _of_time(floor: Floor, tile: Tile, queues: list[Queue], now_ms: int, day: tuple[int, int]) -> Shown:
    if tile.minutes:
        sums = {q.queue: total(floor.last(q.queue, tile.minutes, now_ms)) for q in queues}
    else:
        sums = {q.queue: total(floor.sums(q.queue, *day)) for q in queues}
    if tile.name == "service_level":
        from_ms = last_ms(tile.minutes, now_ms) if tile.minutes else day[0]
        young = {q.queue: floor.young(q, now_ms, from_ms) if q.variant == "offered" else 0 for q in queues}
        return _level(tile, [service_level(sums[q.queue], q.variant, young[q.queue]) for q in queues])
    whole = total(sums.values())
    if tile.name == "asa":
        seconds = share(whole.wait_answered_ms, 1000 * whole.answered)
        return Shown(tile, NONE) if seconds is None else Shown(tile, str(int(seconds + 0.5)), "s")
    return Shown(tile, str(getattr(whole, tile.name)))


def _level(tile: Tile, parts: list[tuple[int, int]]) -> Shown:
    """Each queue by its own target and variant; together they are the sum of numerators over that of denominators."""
    reached = share(sum(within for within, _ in parts), sum(base for _, base in parts))
    if reached is None:
        return Shown(tile, NONE)
    level = "alarm" if reached < SHARE_ALARM else "warn" if reached < SHARE_WARN else "normal"
    return Shown(tile, str(int(100 * reached + 0.5)), "%", level=level)


def _help(floor: Floor, tile: Tile) -> Shown:
    states = [help.state for desk in floor.desks.values() for help in aloud(desk)]
    level = "alarm" if "raised" in states else "warn" if states else "normal"
    return Shown(tile, str(len(states)), level=level)


def _wait_level(wait_ms: int, target_s: int) -> str:
    targets = wait_ms / (1000 * target_s)
    return "alarm" if targets > WAIT_ALARM else "warn" if targets > 1 else "normal"


def _worst(levels: Iterable[str]) -> str:
    return max(levels, key=("normal", "warn", "alarm").index, default="normal")
