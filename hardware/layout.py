"""Where the boxes of a wiring picture stand and which way its wires run: coordinates only, hardware/drawing.py paints them.

The board stands at the left; each part to the right of what drives it. Between two columns lies a channel: terminals reach
into it level, and every net has one upright track of its own there. A net that is in several channels goes round the columns
through a gutter, above or below. Terminals of neighbouring columns are half a step apart, so that no wire lies on another.
"""

from dataclasses import dataclass, field, replace
from itertools import combinations

from hardware import supply
from hardware.kinds import split
from hardware.sheet import Board

STEP = 24  # between two terminals
TRACK = 13  # between two wires beside one another
NAMES = 90  # kept free beside each terminal for the name of its net
GAP = 18  # between two boxes
TITLE = 44  # of a box with many terminals
MODULE_TITLE = 72
WIDTHS = {"module": 260, "part": 196}
GROUND = "GND"
STRONG_MA, HEAVY_MA = 3_000, 1_000  # a supply that gives more than that has wires of their own to what draws so much
OWN = "\x1f"  # between a net and the part that it leads to by itself


@dataclass
class Spot:
    """A terminal on the edge of its box."""

    part: str
    label: str
    leg: str
    gpio: int | None
    side: str  # left, right, top or bottom
    x: float
    y: float
    net: str = ""  # "" if nothing is wired here


@dataclass
class Box:
    part: str
    x: float
    y: float
    width: float
    height: float
    title_height: float
    spots: list[Spot] = field(default_factory=list)
    again: list[Spot] = field(default_factory=list)  # of a supply: one for each wire of its own that begins there


@dataclass
class Channel:
    """The strip between two columns, and where each net runs up and down in it."""

    left: float
    right: float
    tracks: dict[str, float] = field(default_factory=dict)


@dataclass
class Picture:
    boxes: list[Box]
    lines: list[tuple[str, list[tuple[float, float]]]]  # net and the corners of one piece of its wire
    dots: list[tuple[str, float, float]]  # where three pieces of a net meet
    width: float
    height: float
    thick: list[tuple[str, list[tuple[float, float]]]] = field(default_factory=list)  # those of lines that carry much


def layout(board: Board) -> Picture:
    """The picture of a board whose file is good, its upper left corner at 0, 0."""
    columns = _columns(board)
    below = [part for part in board.known if board.kind(part).top]
    boxes = _boxes(board, columns, below)
    stacks = [[boxes[part] for part in column] for column in columns]
    _own_wires(board, boxes, stacks)
    nets = _nets_by_channel(stacks)
    x = 0.0
    channels = []
    for number, names in enumerate(nets):
        sides = (number > 0) + (number < len(stacks))  # on which there are columns
        width = sides * NAMES + TRACK * (len(names) + 1) if names else 0
        channels.append(Channel(x, x + width))
        x += width
        if number < len(stacks):
            for box in stacks[number]:
                _move(box, x, 0)
            x += max(box.width for box in stacks[number])
    for part in below:
        _move(boxes[part], boxes[board.module].x - boxes[part].x, 0)
    bottom = max(box.y + box.height for box in boxes.values())
    gutters = _gutters(nets, boxes[board.module], bottom)
    _place_tracks(stacks, channels, nets, gutters)
    lines, dots = _wires(stacks, channels, gutters)
    lines += _plugs(boxes, below)
    thick = [(_net(track), points) for track, points in lines if OWN in track]
    dots = [(_net(track), x, y) for track, x, y in dots]
    picture = Picture(list(boxes.values()), [(_net(track), points) for track, points in lines], dots, x, bottom, thick)
    for spot in (spot for box in picture.boxes for spot in box.spots):
        spot.net = _net(spot.net)
    _shift(picture, -min(0.0, *(y for _, points in lines for _, y in points)))
    return picture


def _columns(board: Board) -> list[list[str]]:
    """The module; what its signals reach; what those drive; and so on. What has only supply goes where there is room."""
    wired = board.wired
    fed = {GROUND, *(net for (part, name), net in wired.items() if name in board.kind(part).takes)}
    level = {board.module: 0}
    frontier, number = [board.module], 0
    while frontier:
        number += 1
        reached = {net for (part, _), net in wired.items() if part in frontier} - fed
        frontier = sorted({part for (part, _), net in wired.items() if net in reached} - set(level))
        frontier = [part for part in frontier if not board.kind(part).top]
        level.update(dict.fromkeys(frontier, number))
    last = max(1, *level.values())
    for part in board.known:
        if part not in level and board.kind(part).terminals and not board.kind(part).top:
            level[part] = last
    return [[part for part in board.known if level.get(part) == number] for number in range(last + 1)]


def _boxes(board: Board, columns: list[list[str]], below: list[str]) -> dict[str, Box]:
    """Boxes with their height and terminals; each column still at x = 0."""
    boxes: dict[str, Box] = {}
    at: dict[str, list[float]] = {}  # heights at which a net has terminals already
    for number, column in enumerate(columns):
        drafts = {part: _box(board, part, WIDTHS["part" if number else "module"]) for part in column}
        wish = {part: _wish(draft, at) for part, draft in drafts.items()}
        y = 0.0
        for part in sorted(column, key=lambda part: wish[part][0]):
            draft = drafts[part]
            y = max(y, wish[part][1])
            first = draft.spots[0].y
            y += -(y + first - STEP / 2 * (number % 2)) % STEP  # so that terminals stand on the grid of their column
            _move(draft, 0, y)
            boxes[part] = draft
            y += draft.height + GAP
        for box in drafts.values():
            for spot in box.spots:
                if spot.side == "right" and spot.net and spot.net != GROUND:
                    at.setdefault(spot.net, []).append(spot.y)
    y = boxes[board.module].y + boxes[board.module].height + 3 * GAP
    for part in below:
        boxes[part] = _box(board, part, WIDTHS["module"])
        _move(boxes[part], 0, y)
        y += boxes[part].height + GAP
    return boxes


def _wish(draft: Box, at: dict[str, list[float]]) -> tuple[float, float]:
    """(order within its column, the y at which its wires would run straight)."""
    pairs = [(y, spot.y) for spot in draft.spots for y in at.get(spot.net, [])]
    if not pairs:
        return float("inf"), 0
    return sum(y for y, _ in pairs) / len(pairs), sum(y - own for y, own in pairs) / len(pairs)


def _box(board: Board, part: str, width: float) -> Box:
    kind = board.kind(part)
    rows = max(len(kind.left), len(kind.right), 1)
    title = MODULE_TITLE if kind.chip else TITLE if rows > 3 or kind.top else 0
    foot = 40 if kind.bottom else 8
    box = Box(part, 0, 0, width, title + (STEP * rows if kind.left else 0) + foot, title)
    wired = board.wired
    drawn: set[str] = set()
    for side, texts in (("right", kind.right), ("left", kind.left), ("top", kind.top), ("bottom", kind.bottom)):
        for row, text in enumerate(texts):
            name, gpio, leg = split(text)
            y = {"top": 0.0, "bottom": box.height}.get(side, title + 4 + STEP * (row + 0.5))
            x = {"left": 0.0, "right": width}.get(side, width / 2)
            net = wired.get((part, name), "") if name not in drawn else ""
            drawn.add(name)
            box.spots.append(Spot(part, name, leg, gpio, side, x, y, net))
    return box


def _move(box: Box, x: float, y: float) -> None:
    box.x, box.y = box.x + x, box.y + y
    for spot in (*box.spots, *box.again):
        spot.x, spot.y = spot.x + x, spot.y + y


def _stubs(stacks: list[list[Box]], channel: int) -> list[Spot]:
    """The wired terminals that reach into a channel."""
    right = [box for stack in stacks[channel - 1 : channel] for box in stack] if channel else []
    left = [box for stack in stacks[channel : channel + 1] for box in stack]
    return [spot for box in right for spot in (*box.spots, *box.again) if spot.side == "right" and spot.net] + [
        spot for box in left for spot in (*box.spots, *box.again) if spot.side == "left" and spot.net
    ]


def _own_wires(board: Board, boxes: dict[str, Box], stacks: list[list[Box]]) -> None:
    """What draws much of a strong supply in its column is wired to it by itself: while wires are laid, that is a net of its own."""
    for rail in supply.rails(board):
        feeding = boxes[rail.giver[0]]
        column = next((stack for stack in stacks if feeding in stack), [])
        heavy = [box for box in column if dict(rail.shares).get(box.part, 0) >= HEAVY_MA and box is not feeding]
        for box in heavy if rail.ma > STRONG_MA and not rail.is_passed_on else ():
            for source in feeding.spots:
                for spot in (
                    spot for spot in box.spots if spot.net and (spot.net, spot.side) == (source.net, source.side)
                ):
                    spot.net += OWN + box.part
                    feeding.again.append(replace(source, net=spot.net))


def _net(track: str) -> str:
    return track.partition(OWN)[0]


def _nets_by_channel(stacks: list[list[Box]]) -> list[list[str]]:
    return [list(dict.fromkeys(spot.net for spot in _stubs(stacks, number))) for number in range(len(stacks) + 1)]


def _gutters(nets: list[list[str]], module: Box, bottom: float) -> dict[str, float]:
    """The height at which each net that is in several channels goes round: above what leaves the module's upper left half."""
    every = dict.fromkeys(net for names in nets for net in names)
    round_about = [net for net in every if sum(net in names for names in nets) > 1]
    heights = {spot.net: spot.y for spot in module.spots if spot.side == "left" and spot.net}
    middle = module.y + module.height / 2
    above = sorted((net for net in round_about if heights.get(net, middle) < middle), key=lambda net: heights[net])
    below = sorted((net for net in round_about if net not in above), key=lambda net: -heights.get(net, bottom))
    found = {net: module.y - GAP - TRACK * row for row, net in enumerate(above)}
    return found | {net: bottom + GAP + TRACK * row for row, net in enumerate(below)}


def _span(net: str, stubs: list[Spot], gutters: dict[str, float]) -> tuple[float, float]:
    heights = [spot.y for spot in stubs if spot.net == net] + ([gutters[net]] if net in gutters else [])
    return min(heights), max(heights)


def _place_tracks(
    stacks: list[list[Box]], channels: list[Channel], nets: list[list[str]], gutters: dict[str, float]
) -> None:
    """Tracks in the order with the fewest crossings that exchanging pairs finds."""
    for number, (channel, names) in enumerate(zip(channels, nets, strict=True)):
        stubs = _stubs(stacks, number)
        order = list(names)
        best = _crossings(order, stubs, gutters)
        is_better = True
        while is_better:
            is_better = False
            for i, j in combinations(range(len(order)), 2):
                trial = list(order)
                trial[i], trial[j] = trial[j], trial[i]
                cost = _crossings(trial, stubs, gutters)
                if cost < best:
                    order, best, is_better = trial, cost, True
        start = channel.left + (NAMES if number else 0)
        channel.tracks = {net: start + TRACK * (row + 1) for row, net in enumerate(order)}


def _crossings(order: list[str], stubs: list[Spot], gutters: dict[str, float]) -> int:
    """How often a level stub crosses the upright track of another net."""
    place = {net: row for row, net in enumerate(order)}
    spans = {net: _span(net, stubs, gutters) for net in order}
    count = 0
    for stub in stubs:
        own = place[stub.net]
        passed = order[:own] if stub.side == "right" else order[own + 1 :]
        count += sum(spans[net][0] <= stub.y <= spans[net][1] for net in passed)
    return count


def _wires(
    stacks: list[list[Box]], channels: list[Channel], gutters: dict[str, float]
) -> tuple[list[tuple[str, list[tuple[float, float]]]], list[tuple[str, float, float]]]:
    lines: list[tuple[str, list[tuple[float, float]]]] = []
    dots = []
    for number, channel in enumerate(channels):
        stubs = _stubs(stacks, number)
        for net, x in channel.tracks.items():
            low, high = _span(net, stubs, gutters)
            own = [spot for spot in stubs if spot.net == net]
            if len(own) == 2 and net not in gutters:
                lines.append((net, [(own[0].x, own[0].y), (x, own[0].y), (x, own[1].y), (own[1].x, own[1].y)]))
                continue
            lines.append((net, [(x, low), (x, high)]))
            lines += [(net, [(spot.x, spot.y), (x, spot.y)]) for spot in own]
            dots += [(net, x, spot.y) for spot in own if low < spot.y < high]
        dots += _partings(channel, stubs)
    for net, y in gutters.items():
        xs = [channel.tracks[net] for channel in channels if net in channel.tracks]
        lines.append((net, [(min(xs), y), (max(xs), y)]))
        dots += [(net, x, y) for x in sorted(xs)[1:-1]]
    return lines, dots


def _partings(channel: Channel, stubs: list[Spot]) -> list[tuple[str, float, float]]:
    """Where the wires of a supply part: on its terminal's level, at each track but the farthest."""
    at: dict[tuple[str, float, float], list[float]] = {}
    for spot in stubs:
        if any(OWN in other.net for other in stubs if (other.part, other.label) == (spot.part, spot.label)):
            at.setdefault((_net(spot.net), spot.x, spot.y), []).append(channel.tracks[spot.net])
    return [(net, x, y) for (net, edge, y), xs in at.items() for x in sorted(xs, key=lambda x: abs(x - edge))[:-1]]


def _plugs(boxes: dict[str, Box], below: list[str]) -> list[tuple[str, list[tuple[float, float]]]]:
    """Straight from a terminal at the board's foot to the supply below it."""
    tops = {spot.net: spot for part in below for spot in boxes[part].spots if spot.side == "top"}
    feet = [spot for box in boxes.values() for spot in box.spots if spot.side == "bottom" and spot.net in tops]
    return [(foot.net, [(foot.x, foot.y), (tops[foot.net].x, tops[foot.net].y)]) for foot in feet]


def _shift(picture: Picture, y: float) -> None:
    for box in picture.boxes:
        _move(box, 0, y)
    picture.lines = [(net, [(px, py + y) for px, py in points]) for net, points in picture.lines]
    picture.thick = [(net, [(px, py + y) for px, py in points]) for net, points in picture.thick]
    picture.dots = [(net, px, py + y) for net, px, py in picture.dots]
    lowest = max(py for _, points in picture.lines for _, py in points)
    picture.height = max(lowest, *(box.y + box.height for box in picture.boxes))
