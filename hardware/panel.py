"""The front panel of a board as SVG in real millimetres: to print, to drill and cut by, and to put under a clear cover."""

from collections.abc import Iterator
from html import escape
from textwrap import wrap

from hardware.front import FOOT, LEAST, PRINTER, ROUND, SCREW, Hole, Panel, front
from hardware.sheet import Board

SCALE_MM = 100
CROSS = 2.5  # how far a centre's mark goes beyond its hole
FACE = 3.6  # radius
DOME = 20  # what is so much larger than its hole is drawn around it
LINE, LETTER = 4.0, 1.72  # of the foot: from line to line, and a letter's width
STYLE = """
text { font-family: Helvetica, Arial, "Noto Sans CJK SC", "WenQuanYi Micro Hei", sans-serif; fill: #111; text-anchor: middle; }
.cut { fill: none; stroke: #c00; stroke-width: .3; }
.behind { fill: none; stroke: #aaa; stroke-width: .2; stroke-dasharray: 1.5 1; }
.mark { fill: none; stroke: #111; stroke-width: .4; stroke-dasharray: 3 1.5; } .centre { stroke: #c00; stroke-width: .15; }
.line { fill: none; stroke: #111; stroke-width: .35; stroke-linecap: round; }
.english { font-size: 4px; font-weight: bold; } .chinese { font-size: 4.4px; } .small { font-size: 2.6px; fill: #777; }
.foot { font-size: 3px; fill: #333; text-anchor: start; } .beside { text-anchor: start; }
""".strip()


def draw(board: Board) -> str:
    """The panel of a board whose file is good (hardware/check.py)."""
    panel = front(board)
    width = max(panel.width, LEAST) + 2 * ROUND
    height = panel.height + ROUND + FOOT
    left = (width - panel.width) / 2
    way = "landscape" if panel.is_wide else "portrait"
    page = f"@page {{ size: {panel.paper} {way}; margin: {PRINTER:g}mm; }}"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}mm" height="{height:g}mm">',
        f"<title>{escape(board.title)}: front panel</title>",
        f"<style>{STYLE}\n{page}</style>",
        f'<rect width="{width:g}" height="{height:g}" fill="#fff"/>',
        f'<g transform="translate({left:g} {ROUND:g})">',
        f'<rect class="cut" width="{panel.width:g}" height="{panel.height:g}" rx="4"/>',
        *(line for x, y in panel.screws for line in _drill(x, y, SCREW)),
        *(line for hole in panel.holes for line in _hole(hole)),
        "</g>",
        *_foot(board, panel, ROUND + 2, panel.height + ROUND + 6, width - 2 * ROUND - 4),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _text(x: float, y: float, words: str, style: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" class="{style}">{escape(words)}</text>'


def _drill(x: float, y: float, wide: float) -> Iterator[str]:
    yield f'<circle class="cut" cx="{x:g}" cy="{y:g}" r="{wide / 2:g}"/>'
    yield from _centre(x, y, wide / 2 + CROSS)


def _centre(x: float, y: float, reach: float) -> Iterator[str]:
    yield f'<path class="centre" d="M{x - reach:g} {y:g}h{2 * reach:g}M{x:g} {y - reach:g}v{2 * reach:g}"/>'


def _hole(hole: Hole) -> Iterator[str]:
    name = hole.part.replace("_", " ")
    if hole.kind == "drill":
        if hole.body[1] > hole.height + DOME:
            yield f'<circle class="behind" cx="{hole.x:g}" cy="{hole.y:g}" r="{hole.body[1] / 2:g}"/>'
        yield from _drill(hole.x, hole.y, hole.width)
    else:
        yield _rect("behind", hole, *hole.body)
        yield _rect("cut" if hole.kind == "opening" else "mark", hole, hole.width, hole.height)
        yield from _centre(hole.x, hole.y, CROSS)
    if not hole.legend:
        if hole.kind == "drill":
            yield _text(hole.x, hole.y + hole.height / 2 + CROSS + 3, name, "small")
        else:
            yield _text(hole.x + CROSS + 1, hole.y + 1, name, "small beside")
        return
    y = hole.y + max(hole.height, hole.body[1]) / 2 + 6
    if hole.mood is not None:
        yield from _face(hole.x, y, hole.mood)
        y += 8.5
    yield _text(hole.x, y, hole.legend[0], "english")
    if len(hole.legend) > 1:
        yield _text(hole.x, y + 5.6, hole.legend[1], "chinese")
    elif hole.mood is None:
        yield f'<rect class="line" x="{hole.x - 13:g}" y="{y + 2:g}" width="26" height="7" rx="1"/>'


def _rect(style: str, hole: Hole, width: float, height: float) -> str:
    corner = f'x="{hole.x - width / 2:g}" y="{hole.y - height / 2:g}"'
    return f'<rect class="{style}" {corner} width="{width:g}" height="{height:g}" rx="0.6"/>'


def _face(x: float, y: float, mood: int) -> Iterator[str]:
    yield f'<circle class="line" cx="{x:g}" cy="{y:g}" r="{FACE:g}"/>'
    yield f'<path class="line" d="M{x - 1.3:g} {y - 1.2:g}v.5M{x + 1.3:g} {y - 1.2:g}v.5"/>'
    yield f'<path class="line" d="M{x - 1.8:g} {y + 1.2:g}q1.8 {mood * 0.8:g} 3.6 0"/>'


def _foot(board: Board, panel: Panel, x: float, y: float, width: float) -> Iterator[str]:
    """What it is and how it is printed, and the bar that shows whether it was."""
    way = "landscape" if panel.is_wide else "portrait"
    larger = f" It is larger than A4: print it on {panel.paper}, {way}." if panel.paper != "A4" else ""
    text = (
        f"{board.title}: front panel, {panel.width:g} mm × {panel.height:g} mm, made from {board.file}.{larger} Print it at 100 %:"
        f" the bar below is {SCALE_MM} mm long, measure it. Red is cut and drilled, grey is a part's room. Measure your own parts"
        " before you cut."
    )
    rows = wrap(text, int(width / LETTER), break_on_hyphens=False)
    for row, words in enumerate(rows):
        yield _text(x, y + LINE * row, words, "foot")
    y += LINE * len(rows) + 2
    ticks = "".join(f"M{x + mm:g} {y - (3 if mm % 50 == 0 else 1.5):g}V{y:g}" for mm in range(0, SCALE_MM + 1, 10))
    yield f'<path class="line" d="M{x:g} {y:g}h{SCALE_MM}{ticks}"/>'
    for mm in (0, 50, SCALE_MM):
        yield _text(x + mm, y + 3.4, f"{mm}", "small")
