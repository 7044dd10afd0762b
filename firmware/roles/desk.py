"""The desk unit: six keys, a lamp that shows what the edge believes, and PIN entry while nobody is signed in."""

import asyncio
import gc
from time import ticks_diff, ticks_ms

import machine
import neopixel
import wire

import board
import keys
import lamp
import station

DIGIT_KEYS = wire.KEYS[:5]  # 1 to 5 while signed out; help stays help
ENTRY_MS = 10_000  # without another digit: forgotten
NO_BEATS = 6
IDENTIFY_BEATS = 20
RESTART_MS = 300  # for the answer to get out

PRESSES = {(key, press): {"key": key, "press": press} for key in wire.KEYS for press in wire.PRESSES}


class Desk:
    """The lamp's truth: the last view, the last press, and whether the edge is there. `link` carries it all."""

    def __init__(self, link, bar):
        self.link, self._bar = link, bar
        self._view = None  # the last show/lamp, of whatever epoch
        self._view_at = ticks_ms()
        self._visible_seq = 0  # of the last event that the lamp answers to: safety help is silent
        self._told_seq = 0  # of the last answer: its "no" is flashed once
        self._drawn = self._drawn_rev = None
        self._digits = ""
        self._digit_at = ticks_ms()
        self._no_until = self._identify_until = -1
        self._beat = 0
        self._change = asyncio.Event()
        link.on_change = self._change.set
        link.on_show, link.on_do = self.show, self.do

    # keys

    def press(self, key, press, now):
        if key in DIGIT_KEYS and self._view and self._view["presence"] == "signed_out":
            self._enter(key, press, now)
        else:
            seq = self.link.press("press", PRESSES[key, press], now)
            if (key, press) != ("help", "long"):
                self._visible_seq = seq
        self.draw()
        self._change.set()

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
        self._view, self._view_at = view, ticks_ms()
        if view["presence"] != "signed_out":
            self._digits = ""
        self._drawn_rev = None  # sent again, it wants to be confirmed again
        is_ours = view["boot"] == self.link.outbox.boot and view["seq"] == self._visible_seq
        if is_ours and view["seq"] != self._told_seq and not self.is_lost:
            self._told_seq = view["seq"]
            if view["verdict"] in lamp.SAYS_NO:
                self._no_until = self._beat + NO_BEATS
        self.draw()
        self._change.set()

    def do(self, command):
        why = ""
        if command["cmd"] == "identify":
            self._identify_until = self._beat + IDENTIFY_BEATS
            self._change.set()
        elif command["cmd"] == "restart":
            asyncio.create_task(_restart())
        else:
            why = "A desk unit cannot do that yet."
        self.link.reply({"id": command["id"], "ok": not why, "why": why})

    @property
    def is_lost(self):
        """No edge, or no view of its present epoch: then nothing on the lamp would be true."""
        return not self.link.is_ready or self._view is None or self._view["epoch"] != self.link.epoch

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
        if self._beat < self._identify_until:
            pixels = lamp.identify(self._beat)
        else:
            verdict = "refused" if self._beat < self._no_until else "none"
            state = (view["presence"], view["help"], self.is_pending, self.is_lost)
            pixels = lamp.pattern(*state, verdict, len(self._digits), self._beat)
        if pixels != self._drawn:
            for i in range(lamp.PIXELS):
                self._bar[i] = pixels[i]
            self._bar.write()
            self._drawn = pixels
        if not self.is_lost and self._drawn_rev != (view["epoch"], view["rev"]):
            self._drawn_rev = (view["epoch"], view["rev"])
            self.link.shown(view["epoch"], view["rev"], max(0, ticks_diff(ticks_ms(), self._view_at)))

    async def animate(self):
        """Draws whatever changes by itself; sleeps as long as nothing does."""
        while True:
            self._change.clear()
            if self._digits and ticks_diff(ticks_ms(), self._digit_at) > ENTRY_MS:
                self._digits = ""
            self.draw()
            if self.is_lost or self._beat < max(self._no_until, self._identify_until):
                await asyncio.sleep_ms(lamp.BEAT_MS)
                self._beat += 1
            elif self._digits:
                await _event_or_ms(self._change, ENTRY_MS)
            else:
                await self._change.wait()


async def _event_or_ms(event, ms):
    try:
        await asyncio.wait_for_ms(event.wait(), ms)
    except asyncio.TimeoutError:
        pass


async def _restart():
    await asyncio.sleep_ms(RESTART_MS)
    machine.reset()


async def run(device, meta):
    pins = {name: machine.Pin(gpio, machine.Pin.IN, machine.Pin.PULL_UP) for name, gpio in board.KEYS.items()}
    bar = neopixel.NeoPixel(machine.Pin(board.LAMP, machine.Pin.OUT), lamp.PIXELS)
    link = station.link(device, meta)
    desk = Desk(link, bar)
    gc.collect()
    asyncio.create_task(keys.Keys(pins, desk.press).run())
    asyncio.create_task(desk.animate())
    asyncio.create_task(station.report(link))
    await link.run()
