"""The agent time chart: how each paid hour divides among the states, by the hour and by whom; as rows, and as one picture (SVG).

Paid is all time signed in but for reasons that are not paid.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from html import escape
from typing import Any, NamedTuple

from edge.books import Books
from edge.books.tallies import times
from edge.spans import Span, local

Segment = tuple[str, str]
"""(state, reason)"""
OF_NO_TIME = ("queue", "kind")
"""Of edge.books.Whose: an agent is ready for several queues, and of no kind of help."""
ORDER = ("serving", "hold", "wrap_up", "called", "ready", "not_ready")
COLOURS = {
    "serving": "#1556c0",
    "hold": "#00737f",
    "wrap_up": "#7a34a3",
    "called": "#a85f00",
    "ready": "#0a7a48",
}
REASON_COLOURS = ("#b3261e", "#d4715f", "#8a6d3b", "#c2971b", "#6b7480", "#96573a", "#a3b0bd", "#4e2a1e")
GROUPS_MAX = 40  # in the picture; the rows have all
HOUR_MS = 3_600_000
SHORT = 0.02  # of the fullest hour: shorter ones are left out of the picture

WIDTH, LEFT, RIGHT = 1000, 160, 90
TOP, COLUMN_H, ROW_H, LEGEND_H = 64, 260, 30, 24
TEXT_MIN = 30  # px of a bar that has room for its share


class Chart(NamedTuple):
    """ms by segment: `hours` by hour of the local day, `groups` by name."""

    name: str
    hours: dict[int, Counter[Segment]]
    groups: dict[str, Counter[Segment]]


def is_paid(books: Books, segment: Segment) -> bool | None:
    """None: not for this reader to see, since it would tell the reason."""
    if segment[0] != "not_ready":
        return True
    known = books.floor.reasons.get(segment[1])
    return None if books.queues is not None else known is None or known.paid


def rows(books: Books, span: Span, by: Sequence[str], every: str = "hour") -> list[dict[str, Any]]:
    """One for each part of time, group and segment, with its share of that part's paid time. A reader who sees no reasons gets all
    of not ready as one, neither paid nor unpaid, and shares of the rest."""
    found = []
    of = times(books, span, every, by)
    for (part, group), tally in sorted(of.of.items(), key=lambda item: (item[0][0].from_ms, item[0][1])):
        shown: Counter[tuple[Segment, bool | None]] = Counter()
        for segment, spent_ms in tally.state_ms.items():
            shown[(segment[0], books.reason(segment[1])), is_paid(books, segment)] += spent_ms
        paid_ms = sum(ms for (_, paid), ms in shown.items() if paid)
        for segment, paid in sorted(shown, key=lambda key: (*_order(key[0]), not key[1])):
            spent_ms = shown[segment, paid]
            found.append(
                {"from": part.name, **dict(zip(by, group, strict=True)), "state": segment[0], "reason": segment[1]}
                | {"paid": paid, "time_s": spent_ms / 1000, "share": spent_ms / paid_ms if paid and paid_ms else None}
            )
    return found


COLUMNS = ("state", "reason", "paid", "time_s", "share")


def chart(books: Books, span: Span, by: Sequence[str]) -> Chart:
    of = times(books, span, "hour", by)
    hours: dict[int, Counter[Segment]] = {}
    groups: dict[str, Counter[Segment]] = {}
    for (part, group), tally in of.of.items():
        paid: Counter[Segment] = Counter()
        for segment, spent_ms in tally.state_ms.items():
            if is_paid(books, segment):
                paid[segment[0], books.reason(segment[1])] += spent_ms
        hours.setdefault(local(part.from_ms, books.zone).hour, Counter()).update(paid)
        if by:
            groups.setdefault(", ".join(filter(None, group)), Counter()).update(paid)
    short_ms = max((spent.total() for spent in hours.values()), default=0) * SHORT
    used = {hour: spent for hour, spent in hours.items() if spent.total() > short_ms}
    first, last = (f"{local(at_ms, books.zone):%Y-%m-%d}" for at_ms in (span.from_ms, span.to_ms - 1))
    return Chart(
        first if first == last else f"{first} – {last}",
        used,
        {name: spent for name, spent in sorted(groups.items()) if spent.total()},
    )


def _sorted(segments: Counter[Segment]) -> list[Segment]:
    return sorted(segments, key=_order)


def _order(segment: Segment) -> tuple[int, str]:
    return ORDER.index(segment[0]), segment[1]


def svg(of: Chart, title: str, word: Callable[[Segment], str], hours_word: str) -> str:
    """`word` names a segment, `hours_word` is the unit of paid time."""
    segments = _sorted(sum(of.hours.values(), Counter()))
    reasons = [segment for segment in segments if segment[0] == "not_ready"]
    colours = {s: COLOURS[s[0]] for s in segments if s[0] in COLOURS}
    colours |= {s: REASON_COLOURS[n % len(REASON_COLOURS)] for n, s in enumerate(reasons)}
    shown = list(of.groups.items())[:GROUPS_MAX]
    legend, lines = _legend(segments, colours, word)
    begin = TOP + lines * LEGEND_H
    height = begin + COLUMN_H + 56 + (len(shown) * ROW_H + 20 if shown else 0)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">',
        '<g font-family="system-ui, sans-serif" font-size="13" fill="#14181d">',
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="{LEFT}" y="34" font-size="20" font-weight="650">{escape(title)}</text>',
        *legend,
        *_columns(of.hours, segments, colours, begin, hours_word),
        *_rows(shown, segments, colours, begin + COLUMN_H + 66, hours_word),
        "</g></svg>",
    ]
    return "\n".join(parts)


def _legend(
    segments: list[Segment], colours: dict[Segment, str], word: Callable[[Segment], str]
) -> tuple[list[str], int]:
    parts, x, line = [], LEFT, 0
    for segment in segments:
        text = word(segment)
        wide = 34 + sum(8 if ord(c) < 256 else 14 for c in text)
        if x + wide > WIDTH - 20:
            x, line = LEFT, line + 1
        y = TOP - 8 + line * LEGEND_H
        parts.append(f'<rect x="{x}" y="{y - 11}" width="13" height="13" rx="2" fill="{colours[segment]}"/>')
        parts.append(f'<text x="{x + 19}" y="{y}">{escape(text)}</text>')
        x += wide
    return parts, line + 1


def _columns(
    hours: dict[int, Counter[Segment]], segments: list[Segment], colours: dict[Segment, str], top: int, unit: str
) -> list[str]:
    """Each hour's paid time as shares, with how much it was below."""
    parts = []
    for share in (0, 25, 50, 75, 100):
        y = top + COLUMN_H * (100 - share) / 100
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#d3d9e0"/>')
        parts.append(f'<text x="{LEFT - 10}" y="{y + 4:.1f}" text-anchor="end" fill="#56606c">{share} %</text>')
    if not hours:
        return parts
    shown = range(min(hours), max(hours) + 1)
    step = (WIDTH - LEFT - RIGHT) / max(len(shown), 8)
    wide = min(step * 0.82, 64)
    for place, hour in enumerate(shown):
        x, y = LEFT + place * step + (step - wide) / 2, float(top + COLUMN_H)
        spent = hours.get(hour, Counter())
        for segment in segments if spent.total() else ():
            high = COLUMN_H * spent[segment] / spent.total()
            y -= high
            parts.append(_bar(x, y, wide, high, colours[segment], spent[segment] / spent.total(), high >= 16))
        middle = x + wide / 2
        parts.append(f'<text x="{middle:.1f}" y="{top + COLUMN_H + 20}" text-anchor="middle">{hour:02}:00</text>')
        amount = f"{spent.total() / HOUR_MS:.1f}" if spent.total() else "–"
        parts.append(
            f'<text x="{middle:.1f}" y="{top + COLUMN_H + 38}" text-anchor="middle" fill="#56606c">{amount}</text>'
        )
    parts.append(
        f'<text x="{LEFT - 10}" y="{top + COLUMN_H + 38}" text-anchor="end" fill="#56606c">{escape(unit)}</text>'
    )
    return parts


def _rows(
    groups: list[tuple[str, Counter[Segment]]],
    segments: list[Segment],
    colours: dict[Segment, str],
    top: int,
    unit: str,
) -> list[str]:
    parts = []
    for place, (name, spent) in enumerate(groups):
        x, y = float(LEFT), top + place * ROW_H
        shown = name if len(name) <= 24 else name[:23] + "…"
        parts.append(f'<text x="{LEFT - 10}" y="{y + 15}" text-anchor="end">{escape(shown)}</text>')
        for segment in segments:
            wide = (WIDTH - LEFT - RIGHT) * spent[segment] / spent.total()
            parts.append(
                _bar(x, y, wide, ROW_H - 8, colours[segment], spent[segment] / spent.total(), wide >= TEXT_MIN)
            )
            x += wide
        amount = f"{spent.total() / HOUR_MS:.1f} {escape(unit)}"
        parts.append(f'<text x="{WIDTH - RIGHT + 8}" y="{y + 15}" fill="#56606c">{amount}</text>')
    return parts


def _bar(x: float, y: float, wide: float, high: float, colour: str, share: float, says: bool) -> str:
    if not share:
        return ""
    bar = f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" fill="{colour}" stroke="#fff"/>'
    if not says or wide < TEXT_MIN:
        return bar
    middle = f'x="{x + wide / 2:.1f}" y="{y + high / 2 + 4:.1f}"'
    return bar + f'<text {middle} text-anchor="middle" fill="#fff" font-size="12">{100 * share:.0f}&#8239;%</text>'
