"""Keys on pins: active low, debounced at the leading edge, short at release, long while still held.

Pressed again within AGAIN_MS, with no other key between, a key gives "again": a nervous finger or a worn contact, not a second
wish. A key that is down at the start, or for STUCK_MS, is stuck: it is named, and the others go on.
"""

import asyncio
from time import ticks_diff, ticks_ms

import wire
from micropython import const

import alive

_DEBOUNCE_MS = const(20)  # after an edge is taken; data sheets of tactile switches say 5 to 10
AGAIN_MS = 500  # from a release to the next edge: what a desktop takes for a double click
STUCK_MS = 10_000  # nobody holds a key so long


class Key:
    """One key's state. `move` takes the pin's level and gives "short", "long" or None."""

    def __init__(self, is_low=False):
        self.is_down = self.is_stuck = self._was_long = is_low  # then it makes no press before it is let go
        self.is_again = False  # it went down soon after it was pressed
        self.is_touched = False  # so that a tap is seen that is over before anybody looks
        self.edge_at = None  # of the last edge, while it still matters: not at rest

    def move(self, is_low, now):
        since_ms = _DEBOUNCE_MS if self.edge_at is None else ticks_diff(now, self.edge_at)
        if since_ms < _DEBOUNCE_MS:
            return None
        if is_low != self.is_down:
            return self._edge(is_low, now)
        if not self.is_down or self.edge_at is None:
            self.edge_at = None
        elif since_ms >= STUCK_MS:
            self.is_stuck, self.edge_at = True, None  # it may be so for longer than ticks can tell
        if self._was_long or not self.is_down or since_ms < wire.LONG_MS:
            return None
        self._was_long = True
        return "long"

    def _edge(self, is_low, now):
        self.is_down, self.edge_at, self.is_stuck = is_low, now, False
        if is_low:
            self._was_long = False
            return None
        return None if self._was_long else "short"

    def wait_ms(self, now):
        """How long until this key wants another look without an edge; None: not before the next edge."""
        if self.edge_at is None:
            return None
        since = ticks_diff(now, self.edge_at)
        if since < _DEBOUNCE_MS:
            return _DEBOUNCE_MS - since
        return max(0, (STUCK_MS if self._was_long else wire.LONG_MS) - since) if self.is_down else None


class Keys:
    """All keys of a board: `pins` maps names to `machine.Pin`; `on_press(name, press, ticks)` must not wait.

    `on_stuck(names)` is told, with commas, whenever the keys that are stuck are others.
    """

    def __init__(self, pins, on_press, on_stuck=lambda names: None, again_ms=AGAIN_MS):
        self._pins = [(name, pin, Key(not pin.value())) for name, pin in pins.items()]
        self._on_press, self._on_stuck, self._again_ms = on_press, on_stuck, again_ms
        self.stuck = ""
        self._last, self._last_at = None, ticks_ms()  # the key that was pressed last, while it may be pressed again
        self._edge = asyncio.ThreadSafeFlag()
        for each in self._pins[:]:
            each[1].irq(self._interrupt(each), each[1].IRQ_FALLING | each[1].IRQ_RISING)

    def _interrupt(self, each):
        """MicroPython calls it when nothing native runs (a handshake, a name server, a write to flash): a tap in that time may be
        over, but what moves while the key is at rest was one. The keys stand in the order in which they were touched."""
        key = each[2]

        def edge(pin):
            if key.edge_at is None or not pin.value():
                key.is_touched = True
                self._pins.remove(each)
                self._pins.append(each)
            self._edge.set()

        return edge

    async def run(self):
        alive.expect("keys", self._edge.set)
        while True:
            alive.sign("keys")
            wait_ms = self._look()
            if wait_ms is None:
                await self._edge.wait()
            else:
                try:
                    await asyncio.wait_for_ms(self._edge.wait(), wait_ms)
                except asyncio.TimeoutError:
                    pass

    def _look(self):
        now, soonest = ticks_ms(), None
        if self._last is not None and ticks_diff(now, self._last_at) >= self._again_ms:
            self._last = None
        for name, pin, key in self._pins[:]:  # an interrupt may come in the midst
            was_down = key.is_down
            is_low = not pin.value() or (key.is_touched and not was_down)  # else a bounce at release would hide it
            key.is_touched = False
            press = key.move(is_low, now)
            if key.is_down and not was_down:
                key.is_again, self._last = self._last == name, None
            if press == "short":
                self._last, self._last_at = name, now
            if press:
                self._on_press(name, "again" if press == "short" and key.is_again else press, now)
            wait_ms = key.wait_ms(now)
            if wait_ms is not None and (soonest is None or wait_ms < soonest):
                soonest = wait_ms
        if self._last is not None:
            again_ms = self._again_ms - ticks_diff(now, self._last_at)
            soonest = again_ms if soonest is None else min(soonest, again_ms)
        stuck = ",".join([name for name, _, key in self._pins if key.is_stuck])
        if stuck != self.stuck:
            self.stuck = stuck
            self._on_stuck(stuck)
        return soonest
