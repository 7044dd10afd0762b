"""How bright a board with a light sensor shines: as the site's clock says, less in the dark, never too little to be read."""

import asyncio

from micropython import const

_LEAST = const(10)  # percent
_DARK = const(2_000)  # of the sensor's 65,535: a room at night, and one by day
_BRIGHT = const(40_000)
STEP = 12  # percent of light: a cloud, or a hand that passes, changes nothing
LOOK_MS = 2_000


class Dimmer:
    """`light` is a driver's. `set(percent)` is called whenever the percent is another."""

    def __init__(self, light, set):
        self.light, self._set = light, set
        self._scheduled = self._seen = self._given = 100

    def schedule(self, percent):
        self._scheduled = percent
        self._apply()

    def look(self):
        """At the sensor."""
        level = min(max(self.light.level() - _DARK, 0), _BRIGHT - _DARK)
        seen = _LEAST + (100 - _LEAST) * level // (_BRIGHT - _DARK)
        if abs(seen - self._seen) >= STEP or (seen in (_LEAST, 100) and seen != self._seen):
            self._seen = seen
            self._apply()

    def _apply(self):
        percent = max(_LEAST, self._scheduled * self._seen // 100)
        if percent != self._given:
            self._given = percent
            self._set(percent)

    async def run(self):
        while True:
            self.look()
            await asyncio.sleep_ms(LOOK_MS)
