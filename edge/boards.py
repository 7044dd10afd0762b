"""What a board shows: the value and the level of each of its tiles, for wallboards and TV pages alike."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from edge import codes, tiles
from edge.figures import INTERVAL_MS, Sums, interval, last_ms, service_level, share, total
from edge.floor import Board, Floor, Queue, aloud, in_service, ready_for, title_of
from edge.hall import DESK_CHARS_MAX, LISTED_MS, NUMBER_CHARS_MAX
from edge.tiles import Tile
from edge.wire import POINT_LEAST, POINT_MOST, POINTS_MAX, TEXT_CHARS_MAX

WAIT_ALARM = 3  # times the target: then the longest wait is an alarm; past the target it is a warning
SHARE_WARN, SHARE_ALARM = 0.8, 0.6  # a service level below
NONE = "–"
ROWS_MAX, ROW_CHARS_MAX = 6, 20  # of a list


class Shown(NamedTuple):
    """One tile. A running time has `since_ms` (ms since 1970 UTC) and no value. `more`: what its kind has besides (wire.TILES)."""

    tile: Tile
    value: str
    unit: str = ""
    since_ms: int | None = None
    level: str = "normal"
    kind: str = "number"
    more: Mapping[str, Any] = MappingProxyType({})


def show(floor: Floor, board: Board, now_ms: int, day: tuple[int, int]) -> list[Shown]:
    """Its tiles in their order. A queue that is not there shows a dash; `day` is the local day, ms since 1970 UTC."""
    return [_tile(floor, tiles.parse(text), board.lang, now_ms, day) for text in board.tiles]


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
                "of": shown.tile.of,
                "kind": shown.kind,
                "label": shown.tile.label,
                "more": dict(shown.more),
                "value": shown.value,
                "unit": shown.unit,
                "since_ms": shown.since_ms,
                "level": shown.level,
            }
            for number, shown in enumerate(show(floor, board, now_ms, day), 1)
        ],
    }


def _tile(floor: Floor, tile: Tile, lang: str, now_ms: int, day: tuple[int, int]) -> Shown:
    if tile.name in ("ticker", "notice"):
        return Shown(tile, "", kind=tile.name, more={"text": tile.text})
    if tile.name == "qr":
        return Shown(tile, "", kind="code", more={"code": codes.packed(tile.text)})
    if tile.name == "list":
        rows = _calls(floor, now_ms) if tile.of == "calls" else _lines(floor, lang)
        return Shown(tile, "", kind="list", more={"text": _cells(rows)})
    if tile.name == "call":
        [(number, desk), *_] = [*_called(floor, now_ms), ("", "")]
        return Shown(tile, number, kind="call", more={"desk": desk})
    if tile.name == "help":
        return _help(floor, tile)
    queues = [q for q in floor.queues.values() if tile.queue in ("", q.queue)]
    if not queues:
        return Shown(tile, NONE)
    if tile.name == "ready":
        return Shown(tile, str(ready_for(floor, queues)))
    if tile.name in ("waiting", "longest_wait", "serving"):
        return _line(floor, tile, queues, now_ms)
    if tile.name == "trend":
        now = _of_time(floor, tile._replace(name=tile.of), queues, now_ms, day)
        return now._replace(tile=tile, kind="trend", more={"points": _points(floor, tile.of, queues, now_ms, day)})
    return _of_time(floor, tile, queues, now_ms, day)


def _called(floor: Floor, now_ms: int) -> list[tuple[str, str]]:
    """Number and desk, the newest first."""
    calls = [call for call in floor.announcements if now_ms - call.at_ms < LISTED_MS]
    return [(call.label[:NUMBER_CHARS_MAX], call.desk[:DESK_CHARS_MAX]) for call in reversed(calls)]


def _calls(floor: Floor, now_ms: int) -> list[tuple[str, str]]:
    return [(number, f"→ {desk}") for number, desk in _called(floor, now_ms)]


def _lines(floor: Floor, lang: str) -> list[tuple[str, str]]:
    """Each queue with how many wait, the longest line first."""
    queues = sorted(floor.queues.values(), key=lambda q: (-len(q.waiting), q.letter, q.queue))
    return [(title_of(queue, lang), str(len(queue.waiting))) for queue in queues]


def _cells(rows: Sequence[tuple[str, str]]) -> str:
    """Left and right of each row, divided by bars; whole rows only, as many as a payload takes."""
    text = ""
    for left, right in rows[:ROWS_MAX]:
        cells = f"{left.replace('|', '/')[:ROW_CHARS_MAX]}|{right.replace('|', '/')}"
        if len(text) + 1 + len(cells) > TEXT_CHARS_MAX:
            break
        text += ("|" if text else "") + cells
    return text


def _points(floor: Floor, of: str, queues: list[Queue], now_ms: int, day: tuple[int, int]) -> str:
    """A character for each of the last quarters of an hour (wire.md), the present one last; a space where nothing can be said."""
    last_ms = interval(now_ms)
    heights: list[float | None] = []
    for at_ms in range(last_ms - (POINTS_MAX - 1) * INTERVAL_MS, last_ms + 1, INTERVAL_MS):
        by_queue = floor.figures.get(at_ms, {})
        sums = [(q, by_queue[q.queue]) for q in queues if q.queue in by_queue]
        young_ms = now_ms if at_ms == last_ms else None
        heights.append(_height(floor, of, sums, young_ms) if at_ms >= day[0] else None)
    most = 1.0 if of == "service_level" else max((height for height in heights if height), default=1)
    steps = ord(POINT_MOST) - ord(POINT_LEAST)
    return "".join(" " if h is None else chr(ord(POINT_LEAST) + int(steps * min(h / most, 1) + 0.5)) for h in heights)


def _height(floor: Floor, of: str, sums: list[tuple[Queue, Sums]], now_ms: int | None) -> float | None:
    """`now_ms`: of the present quarter, whose contacts may still wait for less than the target."""
    if of == "service_level":
        parts = []
        for queue, each in sums:
            is_young = now_ms is not None and queue.variant == "offered"
            young = floor.young(queue, now_ms, interval(now_ms)) if is_young and now_ms else 0
            parts.append(service_level(each, queue.variant, young))
        return share(sum(within for within, _ in parts), sum(base for _, base in parts))
    if of == "asa":
        return share(sum(each.wait_answered_ms for _, each in sums), sum(each.answered for _, each in sums))
    return float(sum(getattr(each, of) for _, each in sums))


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
    more = {"share": int(1000 * min(1, max(0, reached)) + 0.5)}
    return Shown(tile, str(int(100 * reached + 0.5)), "%", level=level, kind="bar", more=more)


def _help(floor: Floor, tile: Tile) -> Shown:
    states = [help.state for desk in floor.desks.values() for help in aloud(desk)]
    level = "alarm" if "raised" in states else "warn" if states else "normal"
    return Shown(tile, str(len(states)), level=level)


def _wait_level(wait_ms: int, target_s: int) -> str:
    targets = wait_ms / (1000 * target_s)
    return "alarm" if targets > WAIT_ALARM else "warn" if targets > 1 else "normal"


def _worst(levels: Iterable[str]) -> str:
    return max(levels, key=("normal", "warn", "alarm").index, default="normal")
