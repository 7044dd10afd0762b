"""The watchdog, fed only while every task that matters shows signs of life; and no task dies unheard.

What blocks all of MicroPython for long on a chip: a name server that drops packets (lwIP asks four times, some 14 s), a
handshake (2 s), a scan for access points (2 s), a flash that is tidied up (1 s). WATCHDOG_MS is above all of them together.
"""

import asyncio
from time import ticks_diff, ticks_ms

WATCHDOG_MS = 30_000
ROUND_MS = 10_000
PATIENCE_MS = 45_000  # with a task that is woken each round: a round, and what may block
_signs: dict = {}  # task: [its last sign in ticks, how long it may be silent, what wakes it]


def expect(task, wake=None, patience_ms=PATIENCE_MS):
    """From now on `sign(task)` has to be called at least so often. `wake()` makes a task that waits for something look round."""
    _signs[task] = [ticks_ms(), patience_ms, wake]


def sign(task):
    if task in _signs:
        _signs[task][0] = ticks_ms()


async def watch(last):
    """For ever. A task that hangs, or whatever ends one that nobody waits for, ends the event loop, after a call of `last`: main.py
    notes it and starts anew."""
    import machine

    def end(_loop, context):
        last()
        raise context["exception"]

    asyncio.get_event_loop().set_exception_handler(end)
    dog = machine.WDT(timeout=WATCHDOG_MS)  # main.py's, with another time: a chip has one
    while True:
        for task, (at, patience_ms, wake) in _signs.items():
            if ticks_diff(ticks_ms(), at) > patience_ms:
                raise RuntimeError("no sign of life from " + task)
            if wake:
                wake()
        dog.feed()
        await asyncio.sleep_ms(ROUND_MS)
