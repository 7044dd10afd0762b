"""Safe mode, of a board whose firmware did not last: network, update, identify and restart. It needs nothing of the role's."""

import asyncio
import gc
from time import ticks_diff, ticks_ms

import board
import machine
from micropython import const

import boot
import station

_BLINK_MS = const(250)
AMBER, WHITE, DARK = (64, 24, 0), (40, 40, 40), (0, 0, 0)
DRAWN_FAILS = (
    2  # safe starts that draw, one in each slot: if the screen's driver is what is broken, the later ones go without
)


class Safe(station.Station):
    KIND = "device in safe mode"

    def __init__(self, link, name):
        super().__init__(link)
        self._name, self._bar, self._screen = name, None, None
        if boot.record["fails"] <= boot.FAILS_MAX + DRAWN_FAILS:
            self._open()

    def show(self, part, view):
        """Nothing here shows it."""

    def _open(self):
        if hasattr(board, "LAMP"):
            import neopixel

            self._bar = neopixel.NeoPixel(machine.Pin(board.LAMP["pin"], machine.Pin.OUT), board.LAMP["pixels"])
        if hasattr(board, "SCREEN"):
            import screen

            self._screen = screen.start(board.SCREEN)

    def draw(self, is_lit):
        """The bar's two ends, or all of it in the blinks of identify; the screen's words."""
        if self._bar:
            for i in range(self._bar.n):
                is_end = i in (0, self._bar.n - 1)
                self._bar[i] = (WHITE if is_lit else DARK) if self.is_identifying else AMBER if is_end else DARK
            self._bar.write()
        if self._screen:
            screen, word = self._screen, self._name if self.is_identifying else ("SAFE " + self.link.trouble).strip()
            colours = ("black", "white") if self.is_identifying and is_lit else ("white", "black")
            screen.text((0, 0, screen.width, screen.height), word, *colours)
            screen.flush()

    async def animate(self):
        while True:
            self.change.clear()
            self.draw(not ticks_diff(ticks_ms(), 0) // _BLINK_MS & 1)
            await station.event_or_ms(self.change, _BLINK_MS if self.is_identifying else None)


async def run(device, meta):
    link = station.link(device, meta)
    link.state = "safe"
    shown = Safe(link, device["name"])
    gc.collect()
    asyncio.create_task(shown.animate())
    asyncio.create_task(station.report(link))
    await link.run()
