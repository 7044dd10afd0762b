"""The wallboard: tiles in a grid, or in turn on a row of LEDs. Without the edge they stay, and it says since when."""

import wire
from micropython import const

import display
import heads
import tiles

_STRIP = const(7)  # a ticker has one so-manieth of the height, below all else


class Wallboard(heads.Headed):
    """A view counts as drawn when the picture is up to date with it; in turn, each tile has its time on the LEDs after that."""

    KIND = "wallboard"

    def __init__(self, link, screen, name):
        super().__init__(link, screen, name)
        self._tiles = {}  # by number, from 1; of whatever epoch
        self._drawn = {}  # the tiles that stand there, with what may change on them, by their boxes; not those in which a text runs

    def show(self, part, view):
        if part == "show/board":
            self._board = view
        elif wire.shape(part) == "show/tile":
            self._tiles[int(part.split("/")[2])] = tiles.Tile(view)
        else:
            raise wire.Nonsense("part")
        self.take(view)

    @property
    def is_stale(self):
        """A tile that has not come yet is blank, and says nothing that could be untrue."""
        return not self.is_current(self._board) or not all(
            tile is None or self.is_current(tile.view) for tile in self.shown()
        )

    def picture(self):
        stale = self.stale(self.is_stale)
        if not self.screen.is_row:
            return self._grid(stale)
        import rows  # only on LEDs

        return rows.wallboard(self, self.shown(), stale)

    def shown(self):
        return [self._tiles.get(number + 1) for number in range(self._board["tiles"])] if self._board else []

    def _grid(self, stale):
        shown = self.shown()
        strips = [tile for tile in shown if tile and tile.view["kind"] == "ticker"]
        others = [tile for tile in shown if tile not in strips]
        if self.lay_out("grid %d %d" % (len(others), len(strips))):
            self._drawn.clear()
        self.head(stale)
        wait_ms, low = None, self.screen.height
        for tile in reversed(strips):
            tall = self.screen.height // _STRIP if others else (low - self.band) // len(strips)
            low -= tall
            self._draw(tile, (0, low, self.screen.width, tall), stale)
        for number, tile in enumerate(others):
            if tile:
                self._draw(tile, self._place(number, len(others), low), stale)
                if tile.counts and not stale:
                    wait_ms = display.sooner(wait_ms, tile.left_ms())
        return wait_ms

    def _draw(self, tile, place, stale):
        """With a dark gap all round."""
        x, y, width, height = place
        gap = max(1, self.screen.height // 120)
        box = x + gap, y + gap, width - 2 * gap, height - 2 * gap
        looks = tile, tile.value(bool(stale))
        if self._drawn.get(box) != looks:
            runs = tiles.draw(self.screen, box, tile, bool(stale))
            self._drawn[box] = None if runs else looks

    def _place(self, number, count, low):
        """Of a tile in the grid above `low`; the last one has what is left of its row."""
        across = 1 if count < 4 else 2 if count < 7 else 3
        down = (count + across - 1) // across
        width, height = self.screen.width // across, (low - self.band) // down
        column = number % across
        wide = width * (across - column) if number == count - 1 else width
        return column * width, self.band + number // across * height, wide, height


async def run(device, meta):
    await display.run(Wallboard, device, meta)
