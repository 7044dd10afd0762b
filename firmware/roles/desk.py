"""The desk unit: six keys, a lamp that shows what the edge believes, PIN or badge to sign in, a small screen if it has one."""

import asyncio
import gc
from time import ticks_diff, ticks_ms

import board
import machine
import neopixel
import wire
from micropython import const

import alive
import lamp
import station

DIGIT_KEYS = wire.KEYS[:5]  # 1 to 5 while signed out; help stays help
ENTRY_MS = 10_000  # without another digit: forgotten
_NO_BEATS = const(6)


class Desk(station.Station):
    """The lamp's truth: the last view, the last press, and whether the edge is there. `link` carries it all."""

    KIND = "desk unit"

    def __init__(self, link, bar):
        super().__init__(link)
        self._bar = bar
        self._view = None  # the last show/lamp, of whatever epoch
        self._view_at = ticks_ms()
        self._visible_seq = 0  # of the last event that the lamp answers to: safety help is silent
        self._told_seq = 0  # of the last answer: its "no" is flashed once
        self._drawn = self._drawn_rev = None
        self._digits = ""
        self._digit_at = ticks_ms()
        self._no_until = -1
        self._beat = 0
        self._percent = 100
        self.glance, self._glance_ms = None, None  # the small screen of a board that has one

    # keys

    def press(self, key, press, now):
        if key in DIGIT_KEYS and self._view and self._view["presence"] == "signed_out":
            self._enter(key, press, now)
        elif press != "again":
            seq = self.link.press("press", {"key": key, "press": press}, now)
            if (key, press) != ("help", "long"):
                self._visible_seq = seq
        self.draw()
        if self._digits:  # they are forgotten after a while; nothing else here changes by itself
            self.change.set()

    def badge(self, number):
        """One was laid on the reader."""
        self._digits = ""
        self._visible_seq = self.link.press("badge", {"badge": number}, ticks_ms())
        self.draw()

    def _enter(self, key, press, now):
        if press == "long":
            self._digits = ""
            return
        if ticks_diff(now, self._digit_at) > ENTRY_MS:
            self._digits = ""
        self._digits += str(DIGIT_KEYS.index(key) + 1)
        self._digit_at = now
        if len(self._digits) == wire.PIN_DIGITS:
            self._visible_seq = self.link.press("pin", {"pin": self._digits}, now)
            self._digits = ""

    # what the edge says

    def show(self, part, view):
        if part != "show/lamp":
            raise wire.Nonsense("part")
        if view["presence"] == "called" and self._view and self._view["presence"] != "called":
            self.ring()
        self._view, self._view_at = view, ticks_ms()
        if view["presence"] != "signed_out":
            self._digits = ""
        self._drawn_rev = None  # sent again, it wants to be confirmed again
        is_ours = view["boot"] == self.link.outbox.boot and view["seq"] == self._visible_seq
        if is_ours and view["seq"] != self._told_seq and not self.is_lost:
            self._told_seq = view["seq"]
            if view["verdict"] in lamp.SAYS_NO:
                self._no_until = self._beat + _NO_BEATS
                if self.glance:
                    self.glance.refused(view["why"])
                self.change.set()
        self.draw()
        if self.glance:  # it may want to be drawn again sooner than before
            self.change.set()

    @property
    def is_lost(self):
        """No edge, or no view of its present epoch: then nothing on the lamp would be true."""
        return not self.is_current(self._view)

    @property
    def is_pending(self):
        """The last press awaits its answer. Of whatever epoch: what was decided stays decided."""
        if not self._visible_seq:
            return False
        view = self._view
        return view is None or view["boot"] != self.link.outbox.boot or view["seq"] < self._visible_seq

    # the lamp

    def draw(self):
        """Bring the bar up to date, and tell the edge once when a new view of its has been drawn."""
        view = self._view or {"presence": "signed_out", "help": "none"}
        if self.tested:
            pixels = (self.tested[1],) * lamp.PIXELS
        elif self.is_identifying:
            pixels = lamp.identify(self._beat)
        else:
            verdict = "refused" if self._beat < self._no_until else "none"
            state = (view["presence"], view["help"], self.is_pending, self.is_lost)
            pixels = lamp.pattern(*state, verdict, len(self._digits), self._beat, self.link.trouble)
            if self.link.stuck not in ("", "help") and not self._beat % lamp.STUCK_BEATS:
                pixels = lamp.stuck(pixels)
        if self._percent != 100:
            import shade

            pixels = shade.dimmed(pixels, self._percent)
        if pixels != self._drawn:
            for i in range(lamp.PIXELS):
                self._bar[i] = pixels[i]
            self._bar.write()
            self._drawn = pixels
        if self.glance:
            self._glance_ms = self.glance.draw(self, self._view, self._view_at, len(self._digits))
        if not self.is_lost and self._drawn_rev != (view["epoch"], view["rev"]):
            self._drawn_rev = (view["epoch"], view["rev"])
            self.confirm(view, self._view_at)

    def shine(self, percent):
        self._percent = percent
        if self.glance:
            self.glance.screen.brightness(percent)
        self.draw()

    async def animate(self):
        """Draws whatever changes by itself; sleeps as long as nothing does."""
        alive.expect("lamp", self.change.set)
        while True:
            alive.sign("lamp")
            self.change.clear()
            if self._digits and ticks_diff(ticks_ms(), self._digit_at) > ENTRY_MS:
                self._digits = ""
            self.draw()
            if self.is_lost or self.is_identifying or self.link.stuck or self._beat < self._no_until:
                await asyncio.sleep_ms(lamp.BEAT_MS)
                self._beat += 1
            else:
                await station.event_or_ms(self.change, ENTRY_MS if self._digits else self._glance_ms)


async def run(device, meta):
    bar = neopixel.NeoPixel(machine.Pin(board.LAMP["pin"], machine.Pin.OUT), lamp.PIXELS)
    link = station.link(device, meta)
    desk = Desk(link, bar)
    if hasattr(board, "SCREEN"):
        import glance
        import screen

        desk.glance = glance.Glance(screen.start(board.SCREEN), device["name"])
    gc.collect()
    desk.listen(desk.press)
    if desk.parts:
        desk.parts.listen(desk.badge)
    asyncio.create_task(desk.animate())
    asyncio.create_task(station.report(link))
    await link.run()
