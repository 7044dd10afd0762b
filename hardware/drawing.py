"""The wiring picture of a board as SVG, for a technician with wires in hand: readable on white paper, in grey too."""

from collections.abc import Iterator
from html import escape

from hardware import supply
from hardware.kinds import Kind, split
from hardware.layout import MODULE_TITLE, Box, Picture, Spot, layout
from hardware.reading import distance_m
from hardware.sheet import Board

MARGIN = 28
HEAD = 78  # title above the picture, with one line below it
SUB, SUB_LINE = 14, 18  # size of that line's letters, and from line to line
PAPERS_MM = {"A4": (188, 275), "A3": (275, 398)}  # within their margins
LEAST = 13.5  # size of the smallest letters, which are
LEAST_PT = 6  # at least on paper
PT_MM = 0.3528
LINE = 20  # of the tables below
ROW = 13.5  # size of their letters
LETTER = 0.55  # width of an average letter, of its size
CAPITAL = 0.78  # of a bold capital
THICK = 3  # more, of a wire that carries much
RAILS = {
    "GND": ("#1b1b1b", "black"),
    "5V": ("#d32f2f", "red"),
    "3V3": ("#ef7d00", "orange"),
    "5V_MODULE": ("#8e0000", "dark red"),
    "USB": ("#555555", "cable"),
    "LAN": ("#555555", "cable"),
}
COLOURS = (
    ("#1565c0", "blue"),
    ("#2e7d32", "green"),
    ("#7b1fa2", "violet"),
    ("#8d5524", "brown"),
    ("#00838f", "turquoise"),
    ("#c2185b", "pink"),
    ("#b8860b", "yellow"),
    ("#607d8b", "grey"),
)
STYLE = """
text { font-family: Helvetica, Arial, "DejaVu Sans", sans-serif; fill: #1b1b1b; }
.title { font-size: 26px; font-weight: bold; } .sub { font-size: 14px; fill: #555; }
.name { font-size: 16px; font-weight: bold; } .kind { font-size: 13.5px; fill: #555; }
.label { font-size: 15px; font-weight: bold; } .unused { font-size: 14px; fill: #8a8a8a; }
.leg { font-size: 13.5px; fill: #666; } .net { font-size: 13.5px; }
.head { font-size: 16px; font-weight: bold; } .row { font-size: 13.5px; } .strong { font-size: 13.5px; font-weight: bold; }
""".strip()


def draw(board: Board) -> str:
    """The picture of a board whose file is good (hardware/check.py)."""
    picture = layout(board)
    colours = _colours(board)
    width = picture.width + 2 * MARGIN
    tables = list(_tables(board, colours, picture.width))
    said = _wrapped(_said(board, picture).split(" "), int(picture.width / (SUB * LETTER)), " ")
    top = HEAD + SUB_LINE * (len(said) - 1)
    height = top + picture.height + 34 + max((y for _, y in tables), default=0) + MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}">',
        f"<title>{escape(board.title)}: wiring</title>",
        f"<style>{STYLE}\n{_on_paper(width, height)}</style>",
        f'<rect width="{width:g}" height="{height:g}" fill="#fff"/>',
        _text(MARGIN, MARGIN + 18, board.title, "title"),
        _text(width - MARGIN, MARGIN + 18, f"to print on {paper(width, height)[0]}", "sub", "end"),
        *(_text(MARGIN, MARGIN + 36 + SUB_LINE * row, words, "sub") for row, words in enumerate(said)),
        f'<g transform="translate({MARGIN} {top})">',
        *_wiring(picture, colours),
        *(line for box in picture.boxes for line in _box(board, box, colours)),
        "</g>",
        f'<g transform="translate({MARGIN} {top + picture.height + 34:g})">',
        *(line for line, _ in tables),
        "</g>",
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _said(board: Board, picture: Picture) -> str:
    said = f"Wiring, made from {board.file}. Wires that cross are joined only where there is a dot."
    if picture.thick:
        said += " Thick ones are of 1.5 mm² or more, each from the supply itself."
    if not board.reading:
        return said
    return f"{said} Digits of {board.reading.digit_mm} mm are read from {distance_m(board):g} m."


def paper(width: float, height: float) -> tuple[str, bool, float]:
    """The smallest on which all letters can be read, whether it is turned, and mm for each unit of the picture."""
    ways = []
    for name, (short, long) in PAPERS_MM.items():
        upright, turned = min(short / width, long / height), min(long / width, short / height)
        ways.append((name, turned > upright, max(upright, turned)))
    return next((way for way in ways if way[2] * LEAST >= LEAST_PT * PT_MM), ways[-1])


def _on_paper(width: float, height: float) -> str:
    """With a margin, turned so that the picture is larger; browsers would otherwise cut it off at the page's edge."""
    name, is_turned, scale = paper(width, height)
    printed = f"svg {{ width: {width * scale:.0f}mm; height: auto; }}"
    return f"@page {{ size: {name}{' landscape' if is_turned else ''}; margin: 10mm; }} @media print {{ {printed} }}"


def _colours(board: Board) -> dict[str, tuple[str, str]]:
    """Colour and its name for each net; the rails keep theirs on all pictures."""
    signals = [net for net in board.nets if net not in RAILS]
    return {net: RAILS[net] for net in board.nets if net in RAILS} | {
        net: COLOURS[number % len(COLOURS)] for number, net in enumerate(signals)
    }


def _text(x: float, y: float, words: str, style: str, anchor: str = "start") -> str:
    where = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text x="{x:g}" y="{y:g}" class="{style}"{where}>{escape(words)}</text>'


def _wiring(picture: Picture, colours: dict[str, tuple[str, str]]) -> Iterator[str]:
    """Each wire with white beside it, so that at a crossing the upper one is seen to pass."""
    order = {"GND": 0, "5V": 1, "3V3": 2}
    nets = sorted({net: None for net, _ in picture.lines}, key=lambda net: order.get(net, 3))
    for net in nets:
        paths = [" ".join(f"{x:g},{y:g}" for x, y in points) for name, points in picture.lines if name == net]
        thick = [" ".join(f"{x:g},{y:g}" for x, y in points) for name, points in picture.thick if name == net]
        for colour, wide in (("#fff", 6), (colours[net][0], 2.2)):
            for points in paths:
                yield (
                    f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{wide + THICK * (points in thick):g}"'
                    ' stroke-linejoin="round" stroke-linecap="round"/>'
                )
        for name, x, y in picture.dots:
            if name == net:
                wide = 3.6 + THICK / 2 * any((x, y) in points for _, points in picture.thick)
                yield f'<circle cx="{x:g}" cy="{y:g}" r="{wide:g}" fill="{colours[net][0]}"/>'


def _box(board: Board, box: Box, colours: dict[str, tuple[str, str]]) -> Iterator[str]:
    kind, part = board.kind(box.part), board.parts[box.part]
    fill = "#f4f7f9" if kind.chip else "#fffdf5"
    yield (
        f'<rect x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}" rx="7" fill="{fill}"'
        ' stroke="#333" stroke-width="1.4"/>'
    )
    name = box.part.replace("_", " ").upper() + (f", {part.count} chained" if part.count > 1 else "")
    middle = box.x + box.width / 2
    if kind.chip:
        yield from _module(box, kind)
    elif box.title_height:
        yield _text(middle, box.y + 21, name, "name", "middle")
        yield _text(middle, box.y + 37, kind.title, "kind", "middle")
    else:
        yield _text(box.x + box.width - 12, box.y + box.height / 2 - 2, name, "name", "end")
        yield _text(box.x + box.width - 12, box.y + box.height / 2 + 14, kind.title, "kind", "end")
    for spot in box.spots:
        yield from _spot(spot, colours, "pin" if kind.chip else "leg")


def _module(box: Box, kind: Kind) -> Iterator[str]:
    """The antenna's end at the top and the plug at the foot, so that the board is held the right way round."""
    middle = box.x + box.width / 2
    if "antenna" in kind.view:
        yield _antenna(middle, box.y)
    yield _text(middle, box.y + MODULE_TITLE - 25, kind.title, "name", "middle")
    yield _text(middle, box.y + MODULE_TITLE - 8, kind.view, "kind", "middle")
    foot = box.y + box.height
    yield f'<rect x="{middle - 24:g}" y="{foot - 26:g}" width="48" height="26" rx="3" fill="#dfe4e8" stroke="#777"/>'
    yield _text(middle, foot - 9, split(kind.bottom[0])[0], "label", "middle")


def _antenna(x: float, y: float) -> str:
    zigzag = " ".join(f"{x - 42 + 12 * i:g},{y + (10 if i % 4 in (1, 2) else 24):g}" for i in range(8))
    return f'<polyline points="{zigzag}" fill="none" stroke="#9aa5ad" stroke-width="3"/>'


def _spot(spot: Spot, colours: dict[str, tuple[str, str]], numbered: str) -> Iterator[str]:
    colour = colours[spot.net][0] if spot.net else "#fff"
    edge = "#333" if spot.net else "#aaa"
    yield f'<rect x="{spot.x - 4:g}" y="{spot.y - 4:g}" width="8" height="8" fill="{colour}" stroke="{edge}"/>'
    if spot.side in ("top", "bottom"):
        if spot.side == "top":
            yield _text(spot.x + 10, spot.y - 8, spot.net, "net")
        return
    inward = 1 if spot.side == "left" else -1
    inside, outside = ("start", "end") if spot.side == "left" else ("end", "start")
    yield _text(spot.x + 10 * inward, spot.y + 5, spot.label, "label" if spot.net else "unused", inside)
    small = (
        f"{numbered} {spot.leg}"
        if spot.leg
        else f"GPIO {spot.gpio}"
        if spot.gpio is not None and spot.label != f"IO{spot.gpio}"
        else ""
    )
    if small:
        yield _text(spot.x + (17 + len(spot.label) * 12) * inward, spot.y + 5, small, "leg", inside)
    if spot.net:
        yield _text(spot.x - 9 * inward, spot.y - 6.5, spot.net, "net", outside)


def _tables(board: Board, colours: dict[str, tuple[str, str]], width: float) -> Iterator[tuple[str, float]]:
    """Lines of the tables below the picture, each with the depth to which they reach: wires at the left, supply at the right."""
    split_at = width * 0.63
    yield _text(0, 0, "Wires", "head"), 0
    y = LINE + 3
    coloured = 44 + ROW * CAPITAL * max(len(net) for net in board.nets)
    ends = coloured + 80
    room = int((split_at - ends - 20) / (ROW * LETTER))
    for net, texts in board.nets.items():
        colour, called = colours[net]
        yield f'<line x1="0" y1="{y - 4:g}" x2="26" y2="{y - 4:g}" stroke="{colour}" stroke-width="4"/>', y
        yield _text(34, y, net, "strong"), y
        yield _text(coloured, y, called, "row"), y
        for row in _wrapped([_end(board, text) for text in texts], room):
            yield _text(ends, y, row, "row"), y
            y += LINE
    yield from _supply(board, split_at, width - split_at)


def _supply(board: Board, x: float, width: float) -> Iterator[tuple[str, float]]:
    yield _text(x, 0, "Supply, at most", "head"), 0
    y = LINE + 3.0
    room = int(width / (ROW * LETTER))
    for rail in supply.rails(board):
        giver = " ".join(rail.giver)
        yield _text(x, y, f"{rail.volts:g} V from {giver}: {rail.ma} of {rail.limit_ma} mA", "strong"), y
        y += LINE
        for row in _wrapped([f"{part} {ma} mA" for part, ma in rail.shares], room):
            yield _text(x, y, row, "row"), y
            y += LINE
    if board.notes:
        y += LINE / 2
        yield _text(x, y, "Take care", "head"), y
        y += LINE
        for note in board.notes:
            for row in _wrapped(note.split(" "), room, " "):
                yield _text(x, y, row, "row"), y
                y += LINE


def _end(board: Board, text: str) -> str:
    """ "module IO16 (keys.ready)" for a pin, "key_ready 1" for a terminal."""
    at = board.terminal(text)
    where = " ".join(at or (text,)).replace("_", " ")
    return f"{where} ({text})" if text in board.pins else where


def _wrapped(words: list[str], room: int, between: str = ", ") -> list[str]:
    rows = [""]
    for word in words:
        if rows[-1] and len(rows[-1]) + len(between) + len(word) > room:
            rows[-1] += between.rstrip()
            rows.append("")
        rows[-1] += (between if rows[-1] else "") + word
    return rows
