"""What a hall display shows: the announcement whose turn it is, each for its time though many come at once, and the last called."""

from typing import Any, NamedTuple

from edge.floor import Announcement, Board, Floor
from edge.wire import LINES_MAX

HALL_SHOWN_MS = 5_000  # at least, of each announcement
LISTED_MS = 3_600_000  # an older call is not what anybody in the hall waits for, and its number may come again
NUMBER_CHARS_MAX = 12
DESK_CHARS_MAX = 8


class Turn(NamedTuple):
    """An announcement that stands large since then, ms since 1970 UTC."""

    call: Announcement
    since_ms: int


class Hall(NamedTuple):
    """`lines` are those that had their turn before, the newest first. Nothing of it changes by time alone before `changes_ms`."""

    turn: Turn | None
    lines: tuple[Announcement, ...]
    changes_ms: int | None


def turn(floor: Floor, now_ms: int, before: Turn | None = None) -> Turn | None:
    """Whose turn it is, in the order of the ids. `before` is what this display shows: it goes on from there, which no recall or
    late press can shorten. Without it (the edge has started) each had its turn as soon as it could."""
    if before and before.call.id <= floor.announced:
        later = _next(floor, now_ms, before)
        is_over = now_ms >= before.since_ms + HALL_SHOWN_MS
        return Turn(later, now_ms) if later and is_over else before
    shown: Turn | None = None
    while call := _next(floor, now_ms, shown):
        since_ms = max(call.at_ms, shown.since_ms + HALL_SHOWN_MS) if shown else call.at_ms
        if since_ms > now_ms:
            break
        shown = Turn(call, since_ms)
    return shown


def hall(floor: Floor, now_ms: int, before: Turn | None = None) -> Hall:
    """All that a hall display shows but for its title. Hand `turn` of what comes back in again as `before`."""
    shown = turn(floor, now_ms, before)
    listed = _listed(floor, now_ms)
    had = [call for call in reversed(listed) if shown and call.id < shown.call.id]
    changes = [call.at_ms + LISTED_MS for call in listed]
    if shown and (later := _next(floor, now_ms, shown)):
        changes.append(max(later.at_ms, shown.since_ms + HALL_SHOWN_MS))
    return Hall(shown, tuple(had[:LINES_MAX]), min(changes, default=None))


def view(hall: Hall, now_ms: int, lang: str) -> dict[str, Any]:
    """`show/hall`, but for epoch and rev. Announcement 0: nobody was called lately."""
    turn = hall.turn
    is_shown = turn is not None and now_ms - turn.call.at_ms < LISTED_MS
    calls = [turn.call if turn and is_shown else None, *hall.lines]
    calls += [None] * (1 + LINES_MAX - len(calls))
    fields: dict[str, Any] = {"announcement": turn.call.id if turn and is_shown else 0}
    fields["lang"] = lang
    fields["age_s"] = max(0, now_ms - turn.since_ms) // 1000 if turn and is_shown else None
    for place, call in zip(("", *range(1, LINES_MAX + 1)), calls, strict=True):
        fields[f"number{place}"] = call.label[:NUMBER_CHARS_MAX] if call else ""
        fields[f"desk{place}"] = call.desk[:DESK_CHARS_MAX] if call else ""
    return fields


def hall_page(floor: Floor, board: Board, now_ms: int) -> dict[str, Any]:
    """What /hall/<board> shows besides its tiles (boards.board_page): the calls, the oldest first. The page gives each its turn."""
    return {
        "lang": board.lang,
        "announced": floor.announced,
        "calls": [
            {"id": call.id, "number": call.label, "desk": call.desk, "at_ms": call.at_ms}
            for call in _listed(floor, now_ms)
        ],
    }


def _listed(floor: Floor, now_ms: int) -> list[Announcement]:
    return [call for call in floor.announcements if now_ms - call.at_ms < LISTED_MS]


def _next(floor: Floor, now_ms: int, shown: Turn | None) -> Announcement | None:
    """The first that has not had its turn yet."""
    return next((call for call in _listed(floor, now_ms) if shown is None or call.id > shown.call.id), None)
