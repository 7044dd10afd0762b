"""Badges at a reader: each that is laid on it is told once, and again only after it was taken away."""

import asyncio
import binascii

LOOK_MS = 300
AWAY = 3  # looks in vain: a card answers every second one only (ISO/IEC 14443-3, 6.3: from ready it falls back to idle)


async def run(reader, on_badge):
    """For ever. `on_badge(number)` must not wait; the number is in small hexadecimal digits."""
    last, missed = None, 0
    while True:
        number = reader.read()
        if number is None:
            missed += 1
            if missed == AWAY:
                last = None
        else:
            missed = 0
            if number != last:
                last = number
                on_badge(binascii.hexlify(number).decode())
        await asyncio.sleep_ms(LOOK_MS)
