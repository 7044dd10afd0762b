"""One thread for all virtual boards: it hears their consoles, sees their ends and keeps their times."""

import asyncio
import functools
import threading
from collections.abc import Callable
from typing import TypeVar

Got = TypeVar("Got")


@functools.cache
def loop() -> asyncio.AbstractEventLoop:
    """The thread's event loop; it runs as long as the process, since the kernel ends a board with the thread that started it."""
    made = asyncio.new_event_loop()
    threading.Thread(target=made.run_forever, name="boards", daemon=True).start()
    return made


def call(function: Callable[..., Got], *args: object) -> Got:
    """Run it in the thread and give what it gives or raises; in the thread itself, at once."""

    async def answer() -> Got:
        return function(*args)

    try:
        if asyncio.get_running_loop() is loop():
            return function(*args)
    except RuntimeError:  # no loop runs in this thread
        pass
    return asyncio.run_coroutine_threadsafe(answer(), loop()).result()


def soon(function: Callable[..., object], *args: object) -> None:
    """Run it in the thread, in the order in which it was asked for, without waiting."""
    loop().call_soon_threadsafe(function, *args)
