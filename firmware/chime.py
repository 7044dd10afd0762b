"""A chime: two tones, once for a call, as loud as the site wants it now; silent while it is quiet there."""

import asyncio

TONES = ((784, 140), (0, 30), (587, 280))  # Hz and ms: a doorbell's third, falling


class Chime:
    def __init__(self, buzzer):
        self._buzzer = buzzer
        self.volume = 100
        self._is_on = False

    def ring(self):
        if self.volume and not self._is_on:
            self._is_on = True
            asyncio.create_task(self._ring())

    async def _ring(self):
        for hz, ms in TONES:
            self._buzzer.tone(hz, self.volume)
            await asyncio.sleep_ms(ms)
        self._buzzer.tone(0)
        self._is_on = False
