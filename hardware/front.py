"""Where the openings and holes of a board's front panel lie, in mm from its upper left corner; hardware/panel.py paints them.

From top to bottom, each row in the middle: the picture; the lamp; what is small; the keys in the order of the board file.
Sizes come from `front` of hardware/parts.toml.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from hardware.kinds import Front, Kind
from hardware.sheet import Board

EDGE = 16.0  # kept free around everything, for corner holes and the case's wall
GAP = 8.0  # between two rows, and two things in a row
SCREW, SCREW_IN = 3.2, 6.0  # for M3, and so far from both edges
PITCH, PITCH_OF_HANDS = 24.0, 32.0  # from key to key: for an agent's fingers, and for visitors
LEGEND = 16.0  # height kept free below a key
PAPERS = {"A4": (210, 297), "A3": (297, 420), "A2": (420, 594), "A1": (594, 841), "A0": (841, 1189)}
PRINTER = 8.0  # what it leaves white at each edge
ROUND, FOOT, LEAST = 4.0, 34.0, 122.0  # around the panel, below it, and the least width for what stands there
BADGE = ("Badge here", "刷卡处")


@dataclass(frozen=True)
class Hole:
    """`kind` is opening, drill or mark; x and y are its middle. A drill is as wide as high. `body` is the room behind it."""

    kind: str
    part: str
    x: float
    y: float
    width: float
    height: float
    body: tuple[float, float]
    legend: tuple[str, ...] = ()  # English and Chinese, below it
    mood: int | None = None  # of a rating's face, from -2 to 2


@dataclass(frozen=True)
class Panel:
    width: float
    height: float
    holes: tuple[Hole, ...]
    screws: tuple[tuple[float, float], ...]
    paper: str  # the smallest that it can be printed on, and which way
    is_wide: bool


def front(board: Board) -> Panel:
    """The panel of a board whose file is good. ValueError if no paper is large enough."""
    rows = [row for row in (_picture(board), _of(board, "lamp"), _small(board), _keys(board)) if row]
    width = max(sum(_width(hole) for hole in row) + GAP * (len(row) - 1) for row in rows) + 2 * EDGE
    y, holes = EDGE, []
    for row in rows:
        high = max(max(hole.body[1], hole.height) for hole in row)
        x = (width - sum(_width(hole) for hole in row) - GAP * (len(row) - 1)) / 2
        for hole in row:
            holes.append(_at(hole, x + _width(hole) / 2, y + high / 2))
            x += _width(hole) + GAP
        y += high + (LEGEND if any(hole.legend for hole in row) else 0) + GAP
    height = y - GAP + EDGE
    near, far_x, far_y = SCREW_IN, width - SCREW_IN, height - SCREW_IN
    screws = ((near, near), (far_x, near), (near, far_y), (far_x, far_y))
    paper, is_wide = _paper(max(width, LEAST) + 2 * ROUND, height + ROUND + FOOT)
    return Panel(width, height, tuple(holes), screws, paper, is_wide)


def _paper(width: float, height: float) -> tuple[str, bool]:
    for name, (short, long) in PAPERS.items():
        for is_wide, (across, down) in ((False, (short, long)), (True, (long, short))):
            if width <= across - 2 * PRINTER and height <= down - 2 * PRINTER:
                return name, is_wide
    raise ValueError(f"a panel of {width:g} mm × {height:g} mm is larger than A0")


def _width(hole: Hole) -> float:
    return max(hole.width, hole.body[0])


def _at(hole: Hole, x: float, y: float) -> Hole:
    return Hole(hole.kind, hole.part, x, y, hole.width, hole.height, hole.body, hole.legend, hole.mood)


def _hole(part: str, front: Front, legend: tuple[str, ...] = (), mood: int | None = None) -> Hole:
    """Not yet placed."""
    if front.opening:
        return Hole("opening", part, 0, 0, *front.opening, front.body, legend, mood)
    if front.mark:
        return Hole("mark", part, 0, 0, *front.mark, front.body, legend, mood)
    return Hole("drill", part, 0, 0, front.drill, front.drill, front.body, legend, mood)


def _picture(board: Board) -> list[Hole]:
    """One opening for all that the firmware joins to one picture."""
    found = [(name, kind.front) for name, kind in _kinds(board, "screen") if kind.front and kind.front.opening]
    if not found:
        return []
    name, first = found[0]
    kind = board.kind(name)
    across = board.tables["screen"]["width"] // kind.width if kind.height else 1
    down = board.tables["screen"]["height"] // kind.height if kind.height else 1
    assert first and first.opening
    opening = (first.opening[0] * across, first.opening[1] * down)
    body = (first.body[0] * across, first.body[1] * down)
    return [_hole(", ".join(name for name, _ in found), Front(body, opening))]


def _of(board: Board, driver: str, legend: tuple[str, ...] = ()) -> list[Hole]:
    return [_hole(name, kind.front, legend) for name, kind in _kinds(board, driver) if kind.front]


def _small(board: Board) -> list[Hole]:
    return _of(board, "badge", BADGE) + _of(board, "light") + _of(board, "buzzer")


def _keys(board: Board) -> list[Hole]:
    by_net = {end: net for net, ends in board.nets.items() for end in ends}
    holes = []
    for key in board.tables.get("keys", {}):
        net = by_net[f"keys.{key}"]
        for name, kind in _kinds(board, "keys"):
            if kind.front and net in (board.wired.get((name, terminal)) for terminal in kind.terminals):
                pitch = PITCH if board.role == "desk" else PITCH_OF_HANDS
                wide = Front((max(pitch - GAP, kind.front.body[0]), kind.front.body[1]), drill=kind.front.drill)
                mood = int(key) - 3 if board.role == "rating" else None
                holes.append(_hole(name, wide, _legend(board, key), mood))
    return holes


def _legend(board: Board, key: str) -> tuple[str, ...]:
    """A desk's keys have the words of their page, a rating's ends say which is which, a dispenser's only their number."""
    from hardware.virtual.page.words import WORDS

    if board.role == "desk":
        return WORDS[f"key.{key}"]
    return {("rating", "1"): ("1 bad", "差"), ("rating", "5"): ("5 good", "好")}.get((board.role, key), (key,))


def _kinds(board: Board, driver: str) -> Iterator[tuple[str, Kind]]:
    yield from ((name, board.kind(name)) for name in board.known if board.kind(name).driver == driver)
