"""What every display does alike: draws when something came or a time is up, blinks its name, and shows pages in turn."""

import asyncio
import gc
from time import ticks_diff, ticks_ms

import board
from micropython import const

import alive
import screen as screens
import station
import words

_BLINK_MS = const(250)  # each half: 2 Hz
_ANEW_MS = const(1_000)  # until a screen that does not answer is tried again


class Display(station.Station):
    """A role gives `picture()`: draw what is true now, and say after how many ms it wants to be called again, or None."""

    def __init__(self, link, screen, name):
        super().__init__(link)
        self.screen, self._name = screen, name
        self._layout = ""
        self._newest = None  # the view that was taken last, until it has been drawn and confirmed
        self._came = ticks_ms()
        self._page, self._page_since = 0, ticks_ms()

    def take(self, view):
        """A view came: draw it at once, so that it is on the bus before anything else is read."""
        if not self._newest or self._newest["epoch"] != view["epoch"] or self._newest["rev"] <= view["rev"]:
            self._newest, self._came = view, ticks_ms()
        self.draw()
        self.change.set()

    def draw(self):
        """Everything up to date and on the bus; then the newest view is confirmed, if this is what it looks like."""
        self.screen.wait_ms = None
        if self.tested:
            wait_ms = None
            self.lay_out("test " + self.tested[0])
            self.screen.fill((0, 0, self.screen.width, self.screen.height), self.tested[0])
        elif self.is_identifying:
            wait_ms = self._identify()
        else:
            wait_ms = self.picture()
        wait_ms = sooner(wait_ms, self.screen.wait_ms)
        self.screen.flush()
        if self._newest and not self.is_identifying and self.is_current(self._newest):
            self.confirm(self._newest, self._came)
            self._newest = None
        return wait_ms if self.screen.is_there else sooner(wait_ms, _ANEW_MS)

    def picture(self):
        raise NotImplementedError

    def shine(self, percent):
        self.screen.brightness(percent)

    def lay_out(self, layout):
        """Begin with a dark screen if another layout stands there; True then."""
        if layout == self._layout:
            return False
        self._layout = layout
        self._page, self._page_since = 0, ticks_ms()
        self.screen.clear()
        return True

    def turn(self, pages):
        """Which of `pages`, a list of (what, ms), stands now, and for how many ms more (None for a single one)."""
        if len(pages) == 1:
            return pages[0][0], None
        now = ticks_ms()
        if self._page >= len(pages):
            self._page, self._page_since = 0, now
        left_ms = pages[self._page][1] - ticks_diff(now, self._page_since)
        if not 0 < left_ms <= pages[self._page][1]:  # ticks wrap: one that stood alone for a week began in the future
            self._page, self._page_since = (self._page + 1) % len(pages), now
            left_ms = pages[self._page][1]
        return pages[self._page][0], left_ms

    async def animate(self):
        alive.expect("screen", self.change.set)
        while True:
            alive.sign("screen")
            self.change.clear()
            await station.event_or_ms(self.change, self.draw())

    def blink(self):
        """(whether this half is the lit one, ms until the other begins); lit first, from the view that came last."""
        since_ms = ticks_diff(ticks_ms(), self._came)
        return not since_ms // _BLINK_MS & 1, _BLINK_MS - since_ms % _BLINK_MS

    def _identify(self):
        self.lay_out("identify")
        is_lit, left_ms = self.blink()
        box = (0, 0, self.screen.width, self.screen.height)
        self.screen.text(box, self._name, *(("black", "white") if is_lit else ("white", "black")))
        return left_ms


def sooner(a, b):
    """Of two waits in ms; None is for ever."""
    return b if a is None else a if b is None else min(a, b)


def stale_since(link, screen, lang):
    """By the edge's own clock at its last beat, in the site's time; a device that never heard one says why, for who sets it up."""
    beat = link.last_beat
    if beat is None:
        if link.trouble:
            return "NO EDGE: " + link.trouble
        return words.say(screen, lang, "NO EDGE", "尚未连接")
    minutes = (beat["ms"] // 1000 + beat["offset_s"]) % 86_400 // 60
    return words.say(screen, lang, "STALE SINCE %s", "自 %s 起已过时") % ("%02d:%02d" % (minutes // 60, minutes % 60))


async def run(kind, device, meta):
    """A display of that class, for ever."""
    screen = screens.start(board.SCREEN)  # its large pieces while the heap is whole
    link = station.link(device, meta)
    shown = kind(link, screen, device["name"])
    gc.collect()
    asyncio.create_task(shown.animate())
    asyncio.create_task(station.report(link))
    await link.run()
