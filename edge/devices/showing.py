"""What each device is shown: its views, their revs, and which of them it has confirmed."""

import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from edge import boards, dim, hall, labels, visitors, wire
from edge.figures import local_day
from edge.floor import Board, Device, Floor
from edge.settings import Settings
from edge.views import counter, lamp

AGE_DRIFT_S = 2  # by which an age may differ from what the device counts by itself
SHOWN_WAIT_MS = 2_000  # an unconfirmed view is sent again
WALLS_S = 0.5  # between two pictures of the wallboards: numbers that change faster cannot be read
CALLS_S = 0.1  # of hall displays and dispensers: somebody waits for them

Send = Callable[[str, str, dict[str, Any]], None]  # device, part, payload


class Sent(NamedTuple):
    view: dict[str, Any]  # without epoch and rev
    at_s: float  # monotonic
    rev: int


class Showing:
    """One epoch's views."""

    def __init__(self, epoch: str, settings: Settings, send: Send) -> None:
        self._epoch, self._zone, self._send = epoch, settings.zone, send
        self._revs: dict[str, int] = {}
        self._shown: dict[str, int] = {}
        self._sent: dict[tuple[str, str], Sent] = {}
        self._aged: set[str] = set()  # devices with a view that tells an age
        self._day = (0, 0)
        self._walls_at_s = self._calls_at_s = 0.0
        self.halls_due_ms: int | None = None  # when time alone changes what they show, ms since 1970 UTC
        self._turn: hall.Turn | None = None
        self._lit: tuple[dict[str, int], list[str]] = ({}, [])  # what was shown to whom

    def confirmed(self, device: str, rev: int) -> None:
        """All that this device was shown up to `rev` stands on it. Nonsense if that was never sent."""
        if rev > self._revs.get(device, 0):
            raise wire.Nonsense("rev")
        self._shown[device] = max(rev, self._shown.get(device, 0))

    def desk(self, floor: Floor, desk: str, now_ms: int) -> None:
        """The lamp and the displays of a desk, where they have changed."""
        place = floor.desks.get(desk)
        if place is None:
            return
        if place.device:
            self._show(place.device, "show/lamp", lamp(floor, place, now_ms))
        for display in place.displays:
            self._show(display, "show/counter", counter(floor, place, floor.devices[display].lang))
        for pad in place.pads:
            self._show(pad, "show/rating", visitors.rating(floor, floor.devices[pad], now_ms))

    def dispenser(self, floor: Floor, device: Device, now_ms: int) -> None:
        day = self._today(now_ms)
        self._show(device.device, "show/dispenser", visitors.dispenser(floor, device, now_ms, day))
        for number, door in enumerate(visitors.doors(floor, device, now_ms, day), 1):
            self._show(device.device, wire.door(number), door)

    def lights(self, floor: Floor, now_ms: int) -> None:
        """How bright and how loud, where the site has said so once; else its devices are as they are made."""
        if not floor.is_lit:
            return
        known = [device.device for device in floor.devices.values() if device.role]
        light = dim.light(floor, now_ms)
        if (light, known) != self._lit:
            self._lit = light, known
            for device in known:
                self._show(device, "show/light", light)

    def walls(self, floor: Floor, now_ms: int) -> float | None:
        """What hangs on walls, where it has changed, each sort at most so often. Gives when the rest is due, by the monotonic
        clock; None: all was shown."""
        now, due_s = time.monotonic(), list[float]()
        if now >= self._walls_at_s + WALLS_S:
            self._walls_at_s = now
            self._tiles(floor, now_ms)
        else:
            due_s.append(self._walls_at_s + WALLS_S)
        if now >= self._calls_at_s + CALLS_S:
            self._calls_at_s = now
            self._halls(floor, now_ms)
            for device in floor.devices.values():
                if device.role == "dispenser":
                    self.dispenser(floor, device, now_ms)
        else:
            due_s.append(self._calls_at_s + CALLS_S)
        return min(due_s, default=None)

    def _tiles(self, floor: Floor, now_ms: int) -> None:
        """Of every wallboard; each layout is made once."""
        walls = [device for device in floor.devices.values() if device.role == "wallboard"]
        parts = {board: list(self._board(floor, board, now_ms)) for board in {device.board for device in walls}}
        for device in walls:
            for part, view in parts[device.board]:
                self._show(device.device, part, view)

    def _halls(self, floor: Floor, now_ms: int) -> None:
        made = hall.hall(floor, now_ms, self._turn)
        self._turn, self.halls_due_ms = made.turn, None
        calls = {lang: hall.view(made, now_ms, lang) for lang in wire.LANGS}
        for device in floor.devices.values():
            if device.role == "hall":
                self.halls_due_ms = made.changes_ms
                board = floor.boards.get(device.board) or Board(device.board)
                self._show(device.device, "show/board", self._head(floor, board, 0))
                self._show(device.device, "show/hall", calls[board.lang])

    def again(self, is_there: Callable[[str], bool]) -> None:
        """What a device that is there has not confirmed in time, once more under its rev, its ages brought up to date."""
        now = time.monotonic()
        for (device, part), sent in list(self._sent.items()):
            late_s = now - sent.at_s
            if late_s * 1000 > SHOWN_WAIT_MS and self._shown.get(device, 0) < sent.rev and is_there(device):
                view = {k: v + int(late_s) if k == "age_s" and v is not None else v for k, v in sent.view.items()}
                self._put(device, part, Sent(view, now, sent.rev))

    def unsure(self, device: str) -> None:
        """It greets: what the broker gave it tells ages as they were when that was sent. `again` brings them up to date."""
        if device in self._aged:
            self._shown.pop(device, None)

    def forget(self, device: str) -> None:
        for known in [key for key in self._sent if key[0] == device]:
            del self._sent[known]

    def _board(self, floor: Floor, name: str, now_ms: int) -> Iterator[tuple[str, dict[str, Any]]]:
        board = floor.boards.get(name) or Board(name)  # of one that is not there: empty, rather than what was last
        yield "show/board", self._head(floor, board, len(board.tiles))
        for number, tile in enumerate(boards.show(floor, board, now_ms, self._today(now_ms)), 1):
            yield wire.tile(number), self._tile(floor, tile, board.lang, now_ms)

    def _tile(self, floor: Floor, shown: boards.Shown, lang: str, now_ms: int) -> dict[str, Any]:
        return {
            "kind": shown.kind,
            "label": labels.label(floor, shown.tile, lang),
            "short": labels.short(floor, shown.tile),
            "value": shown.value,
            "unit": labels.UNITS[shown.unit][lang == "zh"],
            "age_s": None if shown.since_ms is None else max(0, now_ms - shown.since_ms) // 1000,
            "level": shown.level,
            **shown.more,
        }

    def _today(self, now_ms: int) -> tuple[int, int]:
        if not self._day[0] <= now_ms < self._day[1]:
            self._day = local_day(now_ms, self._zone)
        return self._day

    def _head(self, floor: Floor, board: Board, tiles: int) -> dict[str, Any]:
        return {"title": board.title, "tiles": tiles, "notice": boards.notice(floor), "lang": board.lang}

    def _show(self, device: str, part: str, view: dict[str, Any]) -> None:
        before = self._sent.get((device, part))
        now = time.monotonic()
        if before and _still(before, view, now):
            return
        self._revs[device] = self._revs.get(device, 0) + 1
        self._put(device, part, Sent(view, now, self._revs[device]))

    def _put(self, device: str, part: str, sent: Sent) -> None:
        self._sent[device, part] = sent
        if sent.view.get("age_s") is not None:
            self._aged.add(device)
        self._send(device, part, {"epoch": self._epoch, "rev": sent.rev, **sent.view})


def _still(sent: Sent, view: dict[str, Any], now_s: float) -> bool:
    """The same view: an age that has run on as time has is no change."""
    then, age = sent.view.get("age_s"), view.get("age_s")
    if (then is None) != (age is None):
        return False
    if then is not None and age is not None and abs(then + (now_s - sent.at_s) - age) > AGE_DRIFT_S:
        return False
    return {**sent.view, "age_s": 0} == {**view, "age_s": 0}
