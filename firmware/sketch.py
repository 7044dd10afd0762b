"""A part of a picture that is being put together: lines and shapes on one ground."""

from micropython import const

import paint
import screen as screens

LABEL, LABEL_LARGE = 16, 24  # heights
_LEAST = const(48)  # of a trend's point: "0", and how far above it "X" is
_FULL = const(40)


class Sketch:
    """A tile that is being put together. What runs lies below all else, between strips of ground that cover what stands out."""

    def __init__(self, screen, box, ground):
        self.screen, self.box, self.ground = screen, box, ground
        self.running, self.items = [], []
        self.rest = box  # what is still free of it

    def line(self, box, string, ink, align=screens.CENTRE, sort=screens.TEXT):
        """One line in a part of the tile; gives its item."""
        [item] = self.screen.line(box, string, ink, align, sort)
        if item[5] != paint.ROLL:
            self.items.append(item)
            return item
        x, y, width, height = item[:4]
        left, right, end = self.box[0], x + width, self.box[0] + self.box[2]
        self.running += [
            item,
            (left, y, x - left, height, self.ground, paint.RECT),
            (right, y, end - right, height, self.ground, paint.RECT),
        ]
        return item

    def add(self, box, ink, kind=paint.RECT, *more):
        self.items.append(box + (ink, kind) + more)

    def show(self):
        """Brings it onto the screen; True if something runs in it."""
        self.screen.show(self.box, self.ground, self.running + self.items)
        return bool(self.running)


def pad(box):
    return max(3, min(box[2], box[3]) // 14)


def inside(box):
    free = pad(box)
    return box[0] + free, box[1] + free, box[2] - 2 * free, box[3] - 2 * free


def split(box, height):
    """Upper and lower part."""
    x, y, width, whole = box
    return (x, y, width, height), (x, y + height, width, whole - height)


def less(box, gap, above=False):
    """Without a gap below, or above."""
    x, y, width, height = box
    return x, y + gap * above, width, height - gap


def figure(sketch, box, value, unit, ink, unit_ink, align=screens.CENTRE):
    """A value as large as fits, with a smaller unit on its line."""
    if not unit:
        sketch.line(box, value, ink, align, screens.FIGURE)
        return
    x, y, width, height = box
    tall = max(min(LABEL, height), height * 2 // 5)
    face, scale, above, used = sketch.screen.fit(unit, width // 3, tall)
    across, gap = scale * face.width(unit), max(3, height // 16)
    item = sketch.line((x, y, width - across - gap, height), value, ink, align, screens.FIGURE)
    top = item[1] + item[3] - scale * used
    at = item[0] + item[2] + gap, top, across, scale * used
    sketch.add(at, unit_ink, paint.TEXT, unit, face, scale, above)


def columns(canvas, x, y, width, height, ink, points):
    """A trend: a column for each byte (wire.md)."""
    across = width // max(1, len(points))
    for i in range(len(points)):
        level = points[i] - _LEAST
        if level >= 0:
            tall = max(1, level * height // _FULL)
            canvas.fill_rect(x + i * across, y + height - tall, across - (across > 2), tall, ink)
