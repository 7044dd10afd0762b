"""What every role needs to stand on: the link made from the device file, commands, and the health record each minute."""

import asyncio
import gc
import sys
from time import ticks_add, ticks_diff, ticks_ms

import board
import wire
from micropython import const

import alive
import boot

_STUCK_CHARS = const(40)
IDENTIFY_MS = 5_000


class Station:
    """What all roles do alike towards the edge: answer its commands, tell its truth from what is old, confirm what was drawn.

    A role gives `show(part, view)`, and draws whenever `change` is set.
    """

    KIND = "device"  # in sentences to a human

    def __init__(self, link):
        self.link = link
        self.change = asyncio.Event()
        self._identify_until = None
        self.keys = self.parts = None  # of a board that has some
        if any(hasattr(board, name) for name in ("BUZZER", "LIGHT", "BADGE")):
            import parts

            self.parts = parts.Parts(self.shine)
        self._called = None  # the announcement that stood there last
        self.testing = ""  # the command that a self-test answers
        self.tested = None  # the colour that lamp and screen show for a self-test: its name, and (red, green, blue)
        link.on_change = self.change.set
        link.on_show, link.on_do = self._show, self.do

    def _show(self, part, view):
        if part != "show/light":
            self.show(part, view)
        elif view["epoch"] == self.link.epoch:  # else the last edge's, which may have stood there since
            if self.parts and self.parts.dimmer:
                self.parts.dimmer.schedule(view["percent"])
            else:
                self.shine(view["percent"])
            if self.parts and self.parts.chime:
                self.parts.chime.volume = view["volume"]
            self.confirm(view, ticks_ms())

    def called(self, id):
        """An announcement stands there now, 0 for none: a new one rings once; what stood there at the start has rung before."""
        if id and self._called is not None and id != self._called:
            self.ring()
        self._called = id

    def ring(self):
        """The chime, where there is one."""
        if self.parts and self.parts.chime:
            self.parts.chime.ring()

    def shine(self, percent):
        """Be as bright as that."""

    def test(self, colour):
        """Show that colour alone; None: what is true again."""
        self.tested = colour
        self.change.set()

    def listen(self, on_press, again_ms=None):
        """To the board's keys."""
        import machine

        import keys

        pins = {name: machine.Pin(gpio, machine.Pin.IN, machine.Pin.PULL_UP) for name, gpio in board.KEYS.items()}
        self.keys = keys.Keys(pins, on_press, self._stuck, again_ms or keys.AGAIN_MS)
        asyncio.create_task(self.keys.run())

    def _stuck(self, names):
        self.link.stuck = names
        self.link.health(health(self.link, self.link.up_s))
        self.change.set()

    def show(self, part, view):
        """Take a view of the edge; wire.Nonsense if it is none of this role's. Must not wait."""
        raise NotImplementedError

    def do(self, command):
        once("orders").do(self, command)

    def is_current(self, view):
        """The edge is there, and it said this in its present epoch: otherwise it is not shown as true."""
        return self.link.is_ready and view is not None and view["epoch"] == self.link.epoch

    def identify(self):
        self._identify_until = ticks_add(ticks_ms(), IDENTIFY_MS)
        self.change.set()

    @property
    def is_identifying(self):
        if self._identify_until is not None and ticks_diff(self._identify_until, ticks_ms()) <= 0:
            self._identify_until = None
        return self._identify_until is not None

    def confirm(self, view, came):
        """It has been drawn, and came at those ticks."""
        self.link.shown(view["epoch"], view["rev"], max(0, ticks_diff(ticks_ms(), came)))


async def event_or_ms(event, ms):
    """Wait for the event, but not longer than so; None: as long as it takes."""
    if ms is None:
        await event.wait()
        return
    try:
        await asyncio.wait_for_ms(event.wait(), ms)
    except asyncio.TimeoutError:
        pass


def once(name):
    """The module of that name, imported when it is needed and forgotten again, since it seldom is."""
    module = __import__(name)
    del sys.modules[name]
    return module


def link(device, meta):
    """A Link for a device file's contents."""
    return once("opening").link(device, meta)


async def report(link):
    """Feeds the watchdog; and every minute the health record, and the housekeeping that needs no other clock."""
    asyncio.create_task(alive.watch(link.outbox.save))
    minutes = 0
    while True:
        await asyncio.sleep_ms(wire.HEALTH_MS)
        minutes += 1
        if boot.record["fails"] or boot.record["trial"] or link.meta["crash"] or link.meta["update"]:
            once("upkeep").minute(link, minutes)
        now = ticks_ms()
        link.outbox.clock.roll(now)
        link.outbox.forget_ticks(now)
        link.up_s = minutes * (wire.HEALTH_MS // 1000)
        link.health(health(link, link.up_s))


def health(link, up_s):
    late_ms, link.late_ms = link.late_ms, 0
    box = link.outbox
    return {
        "up_s": up_s,
        "net": link.net.name,
        "ap": link.net.ap,
        "rssi": max(-127, min(0, link.net.rssi())),
        "heap_free": gc.mem_free(),
        "loop_ms": late_ms,
        "outbox": len(box.held),
        "spilled": box.spill.count,
        "writes": box.spill.writes,
        "lost": box.dropped + box.spill.torn,
        "dropped": link.dropped,
        "stuck": link.stuck[:_STUCK_CHARS],
        "why": box.spill.fault or link.why,
    }
