"""Tiles: a value with its label, unit, level and bar. What the other kinds look like stands in kinds.py."""

import array
from time import ticks_add, ticks_diff, ticks_ms

from micropython import const

import screen as screens
import sketch as sketches

LOOKS = {  # by level: ground, value, label, a bar, and what a bar runs in
    "normal": ("slate", "white", "grey", "green", "rail"),
    "warn": ("slate", "amber", "white", "amber", "rail"),
    "alarm": ("red", "black", "black", "black", "rose"),
}
_LARGE = const(96)  # height of a tile, from which its label is large


class Tile:
    """A tile's last view, and since when its running time counts. wire.Nonsense for a code that is none."""

    def __init__(self, view):
        self.view, self._age_s, self._at = view, view["age_s"], ticks_ms()
        self.row = None  # how it looked on a row of LEDs, and the pages of that (rows.py)
        if view["kind"] == "code":
            import kinds

            self.code, self.across = kinds.decoded(view.pop("code"))

    @property
    def counts(self):
        return self._age_s is not None

    def value(self, is_stale):
        """The running time as minutes and seconds, which stands still while it is stale, or the value."""
        if self._age_s is None:
            return self.view["value"]
        if not is_stale:
            passed = ticks_diff(ticks_ms(), self._at) // 1000
            self._age_s, self._at = self._age_s + passed, ticks_add(self._at, 1000 * passed)
        return "%02d:%02d" % (self._age_s // 60, self._age_s % 60)

    def left_ms(self):
        """Until the next second of a running time."""
        return max(1, 1000 - ticks_diff(ticks_ms(), self._at))


def draw(screen, box, tile, is_stale):
    """Bring a tile's box up to date; True if a text runs in it."""
    view = tile.view
    kind = view["kind"]
    if kind not in ("number", "bar"):
        import kinds  # only on boards that have such tiles

        return kinds.draw(screen, box, tile, is_stale)
    sketch = begin(screen, box, view)
    _, ink, label_ink, bar, rail = LOOKS[view["level"]]
    rest = sketch.rest
    if kind == "bar":
        rest, low = sketches.split(rest, rest[3] - max(4, rest[3] // 9))
        rest = sketches.less(rest, max(3, rest[3] // 12))
        sketch.add(low, rail)
        sketch.add((low[0], low[1], low[2] * view["share"] // 1_000, low[3]), bar)
    sketches.figure(sketch, rest, tile.value(is_stale), view["unit"], ink, label_ink)
    return sketch.show()


def begin(screen, box, view):
    """A sketches.Sketch with the tile's label and mark; `rest` is the box that they leave."""
    sketch = sketches.Sketch(screen, box, LOOKS[view["level"]][0])
    sketch.rest = _head(sketch, view["label"], view["level"], LOOKS[view["level"]][2])
    return sketch


def _head(sketch, label, level, ink):
    """Label, and the level's mark at its right; gives the box that is left. A warning has a bar at its left edge too."""
    box = sketch.box
    x, y, width, _ = sketches.inside(box)
    tall = sketches.LABEL if box[3] < _LARGE else sketches.LABEL_LARGE
    if level != "normal":
        size = tall * 3 // 4
        mark = "amber" if level == "warn" else ink
        sketch.add((x + width - size, y + (tall - size) // 2, size, size), mark, _mark, level)
        if level == "warn":
            sketch.add((box[0], box[1], sketches.pad(box) * 2 // 3, box[3]), mark)
        width -= size + 4
    if not label:
        return sketches.inside(box)
    sketch.line((x, y, width, tall), label, ink, screens.LEFT)
    return sketches.less(sketches.inside(box), tall + (3 if tall == sketches.LABEL else 8), True)


def _mark(canvas, x, y, width, height, ink, level):
    """A warning is a triangle, an alarm a diamond: told apart without their colours."""
    middle, right, low = width // 2, width - 1, height - 1
    if level == "warn":
        corners = [0, low, middle, 0, right, low]
    else:
        corners = [middle, 0, right, height // 2, middle, low, 0, height // 2]
    canvas.poly(x, y, array.array("h", corners), ink, True)
