"""The board's end of its two sockets to the bench: frames for what it drives, lines for the pins that somebody else moves.

A frame is kind (one ASCII byte), index (one byte), length (two bytes, high first), payload; the host's `Copper` lists the kinds.
The end of either socket is the board's end, so that no board outlives its bench.
"""

import asyncio
import os
import socket

import ffi

LINE_BYTES_MAX = 64
FRAME_BYTES_MAX = 65_535
SMALL = 64  # payloads up to here are sent together with their head
INTERRUPT = 2  # SIGINT, as a mask of signals
LOST = 1  # the process's end without its bench
IPPROTO_TCP, TCP_NODELAY = 6, 1

libc = ffi.open("libc.so.6")
_mask = libc.func("i", "sigsetmask", "i")
end = libc.func("v", "_exit", "i")  # at once, as the chip does: no `finally` runs
_head = bytearray(4)
_one = bytearray(1)


def send(kind, index, payload, count=0):
    """One frame; gives the `count` bytes that the bench answers. Never cut in two by Ctrl-C: on a chip it is C that sends."""
    if len(payload) > FRAME_BYTES_MAX:
        raise ValueError("%d bytes at once are more than a frame takes" % len(payload))
    before = _mask(INTERRUPT)
    try:
        _head[0], _head[1], _head[2], _head[3] = ord(kind), index, len(payload) >> 8, len(payload) & 255
        if len(payload) <= SMALL:
            _bus.write(_head + payload)
        else:  # no branch between the two: only there MicroPython looks for an interrupt that came before the mask
            _bus.write(_head)
            _bus.write(payload)
        answer = _bus.read(count) if count else b""
    except OSError:
        end(LOST)
    finally:
        _mask(before)
    if len(answer) < count:
        end(LOST)
    return answer


def more(count):
    """What still belongs to the answer that `send` gave the first byte of."""
    before = _mask(INTERRUPT)
    try:
        return _bus.read(count)
    finally:
        _mask(before)


def bit(kind, index, level):
    _one[0] = level
    send(kind, index, _one)


def _connect():
    peer = socket.socket()
    peer.connect(socket.getaddrinfo("127.0.0.1", int(os.getenv("BOARD_COPPER")))[0][-1])
    peer.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    return peer


def _readable():
    yield asyncio.core._io_queue.queue_read(_pins)


async def listen(obey):
    """Call `obey(gpio, level)` for each line that comes, for ever."""
    rest = b""
    while True:
        await _readable()
        try:
            came = _pins.recv(LINE_BYTES_MAX)
        except OSError:  # the bench was killed with a frame of ours unread
            came = b""
        rest += came
        if not came or len(rest) > 2 * LINE_BYTES_MAX:
            end(LOST)
        while b"\n" in rest:
            line, rest = rest.split(b"\n", 1)
            words = line.split()
            if len(words) != 3 or words[0] != b"p":
                end(LOST)
            obey(int(words[1]), int(words[2]))
            await asyncio.sleep_ms(0)  # so that the firmware sees each edge, as it would at the speed of a finger


name = os.getenv("BOARD_NAME").encode()
_bus = _connect()
send("b", 0, name, 1)
_pins = _connect()
_pins.write(b"p\x00" + len(name).to_bytes(2, "big") + name)
_pins.setblocking(False)
