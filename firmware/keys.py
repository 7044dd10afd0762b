"""Keys on pins: active low, debounced at the leading edge, short at release, long while still held."""

import asyncio
from time import ticks_diff, ticks_ms

import wire

DEBOUNCE_MS = 20  # after an edge is taken; data sheets of tactile switches say 5 to 10


class Key:
    """One key's state. `move` takes the pin's level and gives "short", "long" or None."""

    def __init__(self):
        self.is_down = False
        self._was_long = False
        self._edge_at = None  # of the last edge, while it still matters

    def move(self, is_low, now):
        since_ms = DEBOUNCE_MS if self._edge_at is None else ticks_diff(now, self._edge_at)
        if since_ms < DEBOUNCE_MS:
            return None
        if is_low != self.is_down:
            return self._edge(is_low, now)
        if not self.is_down:
            self._edge_at = None
        elif not self._was_long and since_ms >= wire.LONG_MS:
            self._was_long, self._edge_at = True, None  # a key may be stuck for longer than ticks can tell
            return "long"
        return None

    def _edge(self, is_low, now):
        self.is_down, self._edge_at = is_low, now
        if is_low:
            self._was_long = False
            return None
        return None if self._was_long else "short"

    def wait_ms(self, now):
        """How long until this key wants another look without an edge; None: not before the next edge."""
        if self._edge_at is None:
            return None
        since = ticks_diff(now, self._edge_at)
        if since < DEBOUNCE_MS:
            return DEBOUNCE_MS - since
        return max(0, wire.LONG_MS - since) if self.is_down and not self._was_long else None


class Keys:
    """All keys of a board: `pins` maps names to `machine.Pin`; `on_press(name, press, ticks)` must not wait."""

    def __init__(self, pins, on_press):
        self._pins = [(name, pin, Key()) for name, pin in pins.items()]
        self._on_press = on_press
        self._edge = asyncio.ThreadSafeFlag()
        self._touched = [False] * len(self._pins)  # so that a tap is seen that is over before anybody looks
        for i, (_, pin, _) in enumerate(self._pins):
            pin.irq(self._interrupt(i), pin.IRQ_FALLING | pin.IRQ_RISING)

    def _interrupt(self, i):
        def edge(pin):
            if not pin.value():
                self._touched[i] = True
            self._edge.set()

        return edge

    async def run(self):
        while True:
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
        for i, (name, pin, key) in enumerate(self._pins):
            is_low = not pin.value() or (self._touched[i] and not key.is_down)  # else a bounce at release would hide it
            self._touched[i] = False
            press = key.move(is_low, now)
            if press:
                self._on_press(name, press, now)
            wait_ms = key.wait_ms(now)
            if wait_ms is not None and (soonest is None or wait_ms < soonest):
                soonest = wait_ms
        return soonest
