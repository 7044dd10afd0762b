"""Stand-in for `machine` on MicroPython's Unix port: pins whose levels come through a loopback socket.

Lines from the bench: `p <gpio> <level>`. To it: `b <name>` once, `l <pixels in hex>` for a lamp, `e <reset cause>` before a
restart. The socket's end is the board's end, so that no board outlives the process that started it.
"""

import asyncio
import os
import socket
import sys

PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5
RESET_CODE = 3  # the process's end that asks to be started again
LINE_BYTES_MAX = 64


class Pin:
    IN, OUT, PULL_UP = 1, 3, 2
    IRQ_RISING, IRQ_FALLING = 1, 2

    def __init__(self, gpio, mode=-1, pull=-1, value=1):
        self.gpio, self._level, self._handler, self._trigger = gpio, value, None, 0
        _pins[gpio] = self

    def value(self, level=None):
        if level is None:
            return self._level
        self._level = level

    def irq(self, handler=None, trigger=3):
        self._handler, self._trigger = handler, trigger

    def moved(self, level):
        falls = level < self._level
        changed, self._level = level != self._level, level
        if changed and self._handler and self._trigger & (self.IRQ_FALLING if falls else self.IRQ_RISING):
            self._handler(self)


class _Flag(asyncio.Event):
    """`asyncio.ThreadSafeFlag` without the polling: here pins move between two tasks' turns, never within one."""

    def wait(self):
        yield from super().wait()
        self.clear()


asyncio.ThreadSafeFlag = _Flag


def reset_cause():
    return int(os.getenv("BOARD_CAUSE") or PWRON_RESET)


def reset():
    raise SystemExit(RESET_CODE)


def unique_id():
    return os.getenv("BOARD_NAME").encode()


def tell(line):
    """One line to the bench. Short, and read at once: a full socket means that the bench is gone."""
    if _bench.write(line + "\n") is None:
        sys.exit(1)


def _connect():
    bench = socket.socket()
    bench.connect(socket.getaddrinfo("127.0.0.1", int(os.getenv("BOARD_PINS")))[0][-1])
    bench.setsockopt(6, 1, 1)
    bench.setblocking(False)
    return bench


def _readable():
    yield asyncio.core._io_queue.queue_read(_bench)


async def _listen():
    rest = b""
    while True:
        await _readable()
        try:
            came = _bench.recv(LINE_BYTES_MAX)
        except OSError:  # the bench was killed with a line of ours unread
            came = b""
        if not came:
            sys.exit(1)
        rest += came
        while b"\n" in rest:
            line, rest = rest.split(b"\n", 1)
            _obey(line.split())
            await asyncio.sleep_ms(0)  # so that the firmware sees each edge, as it would at the speed of a finger


def _obey(words):
    if words[0] == b"p":
        pin = _pins.get(int(words[1]))
        if pin:
            pin.moved(int(words[2]))


_pins = {}
_bench = _connect()
tell("b " + os.getenv("BOARD_NAME"))
asyncio.create_task(_listen())
