"""What dispensers and rating pads do alike: one press at a time, its answer, and a screen or a lamp beside the keys, if any."""

import asyncio
import gc
from time import ticks_add, ticks_diff, ticks_ms

import board
import machine
import neopixel

import display
import lamp
import shade
import stack
import station

GREEN = (0, 48, 0)
BLUE = (0, 0, 64)


class Blind:
    """In place of a screen."""

    width = height = 0
    is_row = False
    is_there = True
    wait_ms = None

    def has(self, string):
        return False

    def fill(self, box, colour):
        pass

    def text(self, box, string, ink, ground="black"):
        pass

    def clear(self):
        pass

    flush = clear

    def brightness(self, percent):
        pass


class Visitor(display.Display):
    """A role gives `wish(name)`, the (kind, fields) of an event or None, and draws; `light()` is its lamp's eight pixels.

    While a press awaits its answer no other one counts, and what follows it stands `until` some ticks.
    """

    LAMP_MS = lamp.BEAT_MS

    def __init__(self, link, screen, name, bar):
        super().__init__(link, screen, name)
        self._bar, self._drawn, self._percent = bar, None, 100
        self.view = {}  # the last of the part that has boot and seq, of whatever epoch
        self.seq = 0  # of the press whose answer has not been shown yet
        self.until = None
        self._beat_since = ticks_ms()

    # keys

    def press(self, name, press, now):
        """Who leans on a key means it as who taps it does."""
        wish = None if press == "again" or self.is_pending else self.wish(name)
        if wish:
            self.seq = self.link.press(wish[0], wish[1], now)
        self.draw()
        self.change.set()

    def wish(self, name):
        raise NotImplementedError

    @property
    def is_lost(self):
        return not self.view or not self.is_current(self.view)

    @property
    def is_pending(self):
        return bool(self.seq) and not self.is_answered

    @property
    def is_answered(self):
        """Of whatever epoch: what was decided stays decided."""
        if not self.seq or not self.view:
            return False
        return self.view["boot"] == self.link.outbox.boot and self.view["seq"] >= self.seq

    def stand(self, for_ms):
        """From now on."""
        self.until = ticks_add(ticks_ms(), for_ms)

    def left_ms(self):
        """Of it; None when it is over."""
        if self.until is not None and ticks_diff(self.until, ticks_ms()) <= 0:
            self.until = None
        return None if self.until is None else ticks_diff(self.until, ticks_ms())

    # what is seen

    def draw(self):
        wait_ms = super().draw()
        return self._light(wait_ms) if self._bar else wait_ms

    def _light(self, wait_ms):
        beat, rest_ms = divmod(ticks_diff(ticks_ms(), self._beat_since), self.LAMP_MS)
        if self.tested:
            pixels = (self.tested[1],) * lamp.PIXELS
        elif self.is_identifying:
            pixels = lamp.identify(beat)
        elif self.is_lost:
            pixels = lamp.pattern("ready", "none", self.is_pending, True, "none", 0, beat, self.link.trouble)
        else:
            pixels = self.light(beat)
            if self.link.stuck and not beat % lamp.STUCK_BEATS:
                pixels = lamp.stuck(pixels)
        if self._percent != 100:
            pixels = shade.dimmed(pixels, self._percent)
        if pixels != self._drawn:
            for i in range(lamp.PIXELS):
                self._bar[i] = pixels[i]
            self._bar.write()
            self._drawn = pixels
        moves = self.is_identifying or self.is_lost or self.link.stuck or self.until is not None
        return display.sooner(wait_ms, self.LAMP_MS - rest_ms) if moves else wait_ms

    def light(self, beat):
        raise NotImplementedError

    def shine(self, percent):
        self._percent = percent
        super().shine(percent)

    def say(self, pair):
        """English or Chinese, as this screen can."""
        return stack.say(self.screen, self.view["lang"] if self.view else "en", pair)

    def lines(self, *lines):
        stack.lines(self.screen, *lines)


async def run(kind, device, meta, again_ms):
    """A device of that class, for ever."""
    link = station.link(device, meta)
    screen = Blind()
    if hasattr(board, "SCREEN"):
        import screen as screens

        screen = screens.start(board.SCREEN)
    bar = None
    if hasattr(board, "LAMP"):
        bar = neopixel.NeoPixel(machine.Pin(board.LAMP["pin"], machine.Pin.OUT), lamp.PIXELS)
    shown = kind(link, screen, device["name"], bar)
    gc.collect()
    shown.listen(shown.press, again_ms)
    asyncio.create_task(shown.animate())
    asyncio.create_task(station.report(link))
    await link.run()
