"""The hall display: who is called to which desk, large, and the last called. Without the edge they stay, and it says since when."""

import wire
from micropython import const

import display
import flashing
import heads
import screen as screens
import sketch as sketches
import words

_FLASH_MS = const(5_000)  # of a new announcement
COLUMNS, ROWS = 2, 3  # of the last called


class Hall(heads.Headed):
    """An announcement flashes once, by its number; the edge says when the next one has its turn."""

    KIND = "hall display"

    def __init__(self, link, screen, name):
        super().__init__(link, screen, name)
        self._calls = None  # the last show/hall, of whatever epoch
        self._flash = flashing.Flash(_FLASH_MS)

    def show(self, part, view):
        if part == "show/board":
            self._board = view
        elif part == "show/hall":
            self._calls = view
            age_ms = 1000 * min(view["age_s"] or 0, _FLASH_MS // 1000)
            self._flash.take(view["announcement"], age_ms)
            if age_ms == _FLASH_MS:  # it has rung, when this display was not there
                self._called = view["announcement"]
            self.called(view["announcement"])
        else:
            raise wire.Nonsense("part")
        self.take(view)

    def picture(self):
        """What has not come yet is blank; what is of an older epoch is stale."""
        is_stale = not self.is_current(self._board) or not (self._calls is None or self.is_current(self._calls))
        stale = self.stale(is_stale)
        is_lit, left_ms = self._flash.half()
        if is_stale:
            is_lit, left_ms = False, None  # a call that may be over calls nobody
        if self.screen.is_row:
            import rows  # only on LEDs

            return display.sooner(left_ms, rows.hall(self, self._calls, stale, is_lit))
        self.lay_out("hall")
        self.head(stale)
        self._call(is_stale, is_lit)
        for place in range(1, wire.LINES_MAX + 1):
            self._line(place)
        return left_ms

    @property
    def lang(self):
        return self._calls["lang"] if self._calls else super().lang

    def _call(self, is_stale, is_lit):
        """Number and desk, on light in every lit half: both can be read at each moment."""
        width, top, end = self.screen.width, self.band, self.screen.height * 7 // 10
        calls, margin = self._calls, self.screen.height // 30
        number = calls["number"] if calls else ""
        ink, ground = ("black", "amber") if is_lit else ("grey" if is_stale or not number else "amber", "black")
        tall = (end - top - 3 * margin) * 4 // 7
        sketch = sketches.Sketch(self.screen, (0, top, width, end - top), ground)
        sketch.line(
            (margin, top + margin, width - 2 * margin, tall), number or "–", ink, screens.CENTRE, screens.FIGURE
        )
        if calls and number:
            low = top + 2 * margin + tall
            desk = words.say(self.screen, calls["lang"], "→ DESK %s", "→ %s 号柜台") % calls["desk"]
            box = margin, low, width - 2 * margin, end - margin - low
            sketch.line(box, desk, ink if is_lit or is_stale else "white", screens.CENTRE, screens.FIGURE)
        sketch.show()

    def _line(self, place):
        """One of the last called, in columns, with a slate ground if there is one."""
        top, gap = self.screen.height * 7 // 10, max(1, self.screen.height // 120)
        width, height = self.screen.width // COLUMNS, (self.screen.height - top) // ROWS
        calls = self._calls
        number = calls["number%d" % place] if calls else ""
        x, y = (place - 1) // ROWS * width + gap, top + (place - 1) % ROWS * height + gap
        sketch = sketches.Sketch(self.screen, (x, y, width - 2 * gap, height - 2 * gap), "slate" if number else "black")
        if calls and number:
            to = words.TO % calls["desk%d" % place]
            box = x + 4 * gap, y + 1, width - 10 * gap, height - 2 * gap - 2
            sketch.line(box, number + " " + to, "white", screens.CENTRE, screens.FIGURE)
        sketch.show()


async def run(device, meta):
    await display.run(Hall, device, meta)
