"""The wallboard: tiles in a grid, or in turn on a row of LEDs. Without the edge they stay, and it says since when."""

from time import ticks_add, ticks_diff, ticks_ms

import wire

import display
import screen

TILE_MS = 3_000  # in turn
GRIDS = (
    (1, 1),
    (1, 1),
    (1, 2),
    (1, 3),
    (2, 2),
    (2, 3),
    (2, 3),
    (3, 3),
    (3, 3),
    (3, 3),
    (3, 4),
    (3, 4),
    (3, 4),
)  # by count
LOOKS = {  # by level: ground, value, label. A warning has a bar at its left too, an alarm is the one that is filled.
    "normal": ("slate", "white", "grey"),
    "warn": ("slate", "amber", "white"),
    "alarm": ("red", "black", "black"),
}
UNIT = 8  # the font's size, by which everything is placed


class Tile:
    """A tile's last view, and since when its running time counts."""

    def __init__(self, view):
        self.view, self._age_s, self._at = view, view["age_s"], ticks_ms()

    @property
    def counts(self):
        return self._age_s is not None

    def value(self, is_stale, most):
        """What stands on it: the running time as minutes and seconds, which stands still while it is stale, or the value, with its
        unit if both are at most so many characters."""
        if self._age_s is not None:
            if not is_stale:
                passed = ticks_diff(ticks_ms(), self._at) // 1000
                self._age_s, self._at = self._age_s + passed, ticks_add(self._at, 1000 * passed)
            return "%02d:%02d" % (self._age_s // 60, self._age_s % 60)
        unit = self.view["unit"]
        whole = self.view["value"] + (" " if len(unit) > 1 else "") + unit
        return whole if len(whole) <= most else self.view["value"]

    def left_ms(self):
        """Until the next second of a running time."""
        return max(1, 1000 - ticks_diff(ticks_ms(), self._at))


class Wallboard(display.Display):
    """A view counts as drawn when the picture is up to date with it; in turn, each tile has its time on the LEDs after that."""

    KIND = "wallboard"

    def __init__(self, link, screen, name):
        super().__init__(link, screen, name)
        self._board = None  # the last show/board, of whatever epoch
        self._tiles = {}  # by number, from 1; of whatever epoch
        self._looks = {}  # of each place: label and level as they stand there

    def show(self, part, view):
        if part == "show/board":
            self._board = view
        elif wire.shape(part) == "show/tile":
            self._tiles[int(part.split("/")[2])] = Tile(view)
        else:
            raise wire.Nonsense("part")
        self.take(view)

    @property
    def is_stale(self):
        """A tile that has not come yet is blank, and says nothing that could be untrue."""
        return not self.is_current(self._board) or not all(
            tile is None or self.is_current(tile.view) for tile in self._shown()
        )

    def picture(self):
        stale = display.stale_since(self.link) if self.is_stale else ""
        return self._row(stale) if self.screen.is_row else self._grid(stale)

    def _shown(self):
        return [self._tiles.get(number + 1) for number in range(self._board["tiles"])] if self._board else []

    # in a grid

    def _grid(self, stale):
        tiles = self._shown()
        if self.lay_out("grid %d" % len(tiles)):
            self._looks.clear()
        wait_ms = self._head(stale)
        for number, tile in enumerate(tiles):
            if tile:
                self._draw(tile, number, len(tiles), bool(stale))
                if tile.counts and not stale:
                    wait_ms = min(wait_ms or 1000, tile.left_ms())
        return wait_ms

    def _head(self, stale):
        """The title, or what takes its place: that all is stale, else a notice, in turn where it is too long."""
        width, height, margin = self.screen.width, self._band, self._band // 8
        notice = "" if stale else self._notice()
        colour, ground = ("black", "amber") if stale else ("black", "white") if notice else ("white", "black")
        if self._looks.get("head") != ground:
            self.screen.fill((0, 0, width, height), ground)
            self._looks["head"] = ground
        inner = margin, margin, width - 2 * margin, height - 2 * margin
        lines = display.pieces(notice, screen.columns(inner)) if notice else [stale or self._title()]
        line, left_ms = self.turn([(line, TILE_MS) for line in lines])
        self.screen.text(inner, line, colour, ground)
        return left_ms

    def _draw(self, tile, number, count, is_stale):
        box, view = self._place(number, count), tile.view
        ground, value, label = LOOKS[view["level"]]
        x, y, width, height = box
        left, right = (UNIT, UNIT) if width > 16 * UNIT else (5, 1)  # so that a third of 320 pixels has room for twelve
        inner, pad = width - left - right, UNIT // 2
        look = view["label"], view["level"]
        if self._looks.get(number) != look:
            self.screen.fill(box, ground)
            if view["level"] == "warn":
                self.screen.fill((x, y, left - 2, height), "amber")
            self._label((x + left, y + pad // 2, inner, 2 * UNIT), view["label"], label, ground)
            self._looks[number] = look
        top = pad + 2 * UNIT
        place = x + left, y + top, inner, height - top - pad // 2
        self.screen.text(place, tile.value(is_stale, screen.columns(place)), value, ground)

    def _label(self, box, string, colour, ground):
        x, y, width, height = box
        lines = display.pieces(string, screen.columns(box))
        if len(lines) == 1:
            self.screen.text(box, string, colour, ground)
            return
        self.screen.text((x, y, width, height // 2), lines[0], colour, ground)
        self.screen.text((x, y + height // 2, width, height // 2), " ".join(lines[1:]), colour, ground)

    @property
    def _band(self):
        return self.screen.height // 10

    def _place(self, number, count):
        """The box of a tile, with a dark gap all round."""
        across, down = GRIDS[count]
        gap = max(1, self.screen.height // 120)
        width, height = self.screen.width // across, (self.screen.height - self._band) // down
        x, y = number % across * width, self._band + number // across * height
        return x + gap, y + gap, width - 2 * gap, height - 2 * gap

    def _notice(self):
        return self._board["notice"] if self._board else ""

    def _title(self):
        return self._board["title"] if self._board else self._name

    # in turn

    def _row(self, stale):
        if self.lay_out("row " + stale):
            self._looks.clear()
        pages = [(("normal", 0, word), display.PAGE_MS) for word in stale.split()]
        for tile in self._shown():
            if tile:
                self._pages(tile, bool(stale), pages)
        if not stale and self._notice():
            lines = display.pieces(self._notice().upper(), self.screen.width // UNIT)
            pages.extend([(("normal", 0, line), display.PAGE_MS) for line in lines])
        (level, counts, text), left_ms = self.turn(pages or [(("normal", 0, self._title().upper()), TILE_MS)])
        width, height = self.screen.width, self.screen.height
        bar = UNIT if level == "warn" else 0
        if self._looks.get(0) != level:
            self.screen.clear()
            self.screen.fill((0, 0, bar // 2, height), "amber")
            self._looks[0] = level
        colours = ("black", "red") if level == "alarm" else ("white", "black")
        self.screen.text((bar, 0, width - bar, height), text, *colours)
        return min(left_ms or counts, counts) if counts else left_ms

    def _pages(self, tile, is_stale, pages):
        """Add label and value of a tile, together where they fit, else one after the other; with ms to the next second, or 0."""
        level = tile.view["level"]
        most = (self.screen.width - (UNIT if level == "warn" else 0)) // UNIT
        value = tile.value(is_stale, most)
        counts = tile.left_ms() if tile.counts and not is_stale else 0
        label = tile.view["label"].upper()
        if len(label) + 1 + len(value) <= most:
            pages.append(((level, counts, label + " " + value), TILE_MS))
            return
        pages.extend([((level, 0, piece), display.PAGE_MS) for piece in display.pieces(label, most)])
        pages.extend([((level, counts, piece), TILE_MS) for piece in display.pieces(value, most)])


async def run(device, meta):
    await display.run(Wallboard, device, meta)
