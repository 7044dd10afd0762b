"""A receipt printer made of software: a TCP socket or a serial line, whose bytes become the picture that would be on paper.

Written from Epson's ESC/POS reference alone; it shares nothing with python-escpos or with edge.printing. What it does not
know is an error, so that a byte out of place is seen.
"""

import os
import pty
import select
import socket
import threading
import time
import tty
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from PIL import Image

CLEAR = bytes.fromhex("10 14 08 01 03 14 01 06 02 08")
FEED_DOTS = 30  # of one line, as ESC d n feeds it


class Wrong(Exception):
    """Bytes that are no ESC/POS, or none that this printer knows."""


class Cleared(Exception):
    """DLE DC4 8: whatever was being done is forgotten."""


class Door(Protocol):
    """What a host writes to and reads from: one connection, or a serial line."""

    def take(self) -> bytes | None:
        """Some bytes, none if there are none yet, None if the host has gone."""

    def give(self, told: bytes) -> None: ...

    def close(self) -> None: ...


@dataclass
class Printer:
    """Its state is what a test turns: paper, cover, how slow it is, when it drops dead. `cuts` is what lies in the tray."""

    dots: int = 576
    paper: bool = True
    cover_open: bool = False
    silent: bool = False  # takes everything, answers nothing
    knows_turns: bool = True  # answers GS r 1
    answer_after_s: float = 0.0
    dies_after: int = 0  # bytes of a picture; then the line is cut. 0: never
    dies_at_cut: bool = False
    empties_after: int = 0  # bytes of a picture, and the paper ends. 0: never
    cuts: list[Image.Image] = field(default_factory=list)
    scraps: int = 0  # pictures that were begun and not cut
    wrong: str = ""
    _rows: bytearray = field(default_factory=bytearray)

    def serve(self, door: Door, ending: threading.Event) -> None:
        """One connection, to its end."""
        bytes_ = self._bytes(door, ending)
        try:
            while not ending.is_set():
                self._command(next(bytes_), bytes_, door)
        except (StopIteration, RuntimeError, Cleared, OSError):
            pass
        except Wrong as wrong:
            self.wrong = str(wrong)
        if self._rows:
            self.scraps += 1
            self._rows.clear()
        door.close()

    def _bytes(self, door: Door, ending: threading.Event) -> Iterator[int]:
        """Byte by byte, in its turn; a status in real time is answered as it comes in, and whatever the paper."""
        held = bytearray()
        while not ending.is_set():
            piece = door.take()
            if piece is None:
                return
            held += piece
            while (at := held.find(b"\x10\x04")) >= 0 and at + 2 < len(held):
                which = held[at + 2]
                del held[at : at + 3]
                self._answer(door, self._status(which))
            if held.find(CLEAR) >= 0:
                del held[: held.find(CLEAR) + len(CLEAR)]
                door.give(b"\x37\x25\x00")
                raise Cleared
            while held and self.paper and not self.cover_open:
                if held[0] == 0x10 and len(held) < 3:
                    break
                yield held.pop(0)

    def _answer(self, door: Door, told: int) -> None:
        end_s = time.monotonic() + self.answer_after_s
        while self.answer_after_s and time.monotonic() < end_s:
            time.sleep(0.05)
        if not self.silent:
            door.give(bytes([told]))

    def _status(self, which: int) -> int:
        stopped = not self.paper or self.cover_open
        bits = {
            1: 0x08 * stopped,
            2: 0x04 * self.cover_open | 0x20 * (not self.paper),
            3: 0,
            4: 0x60 * (not self.paper),
        }
        if which not in bits:
            raise Wrong(f"DLE EOT {which}")
        return 0x12 | bits[which]

    def _command(self, first: int, rest: Iterator[int], door: Door) -> None:
        if first == 0x1B:
            second = next(rest)
            if second == ord("d"):
                self._feed(next(rest) * FEED_DOTS)
            elif second != ord("@"):
                raise Wrong(f"ESC {second:02x}")
        elif first == 0x1D:
            second = next(rest)
            if second == ord("v"):
                self._raster(rest)
            elif second == ord("V"):
                self._cut(next(rest))
            elif second == ord("a"):
                if next(rest) != 0:
                    raise Wrong("GS a: statuses that nobody asked for")
            elif second == ord("r"):
                if next(rest) != 1:
                    raise Wrong("GS r of another sensor")
                if self.knows_turns:
                    self._answer(door, 0x00)
            else:
                raise Wrong(f"GS {second:02x}")
        else:
            raise Wrong(f"{first:02x} is no command")

    def _raster(self, rest: Iterator[int]) -> None:
        """GS v 0 m xL xH yL yH d1…dk"""
        zero, mode, x_low, x_high, y_low, y_high = (next(rest) for _ in range(6))
        wide = x_low + 256 * x_high
        if (zero, mode, wide * 8) != (ord("0"), 0, self.dots):
            raise Wrong(f"GS v {zero:02x} {mode}, {wide} bytes wide")
        for _ in range(wide * (y_low + 256 * y_high)):
            self._rows.append(next(rest))
            if self.dies_after and len(self._rows) >= self.dies_after:
                self.dies_after = 0
                raise ConnectionAbortedError
            if self.empties_after and len(self._rows) >= self.empties_after:
                self.empties_after, self.paper = 0, False

    def _feed(self, dots: int) -> None:
        self._rows += bytes(dots * self.dots // 8)

    def _cut(self, mode: int) -> None:
        if mode not in (0, 1):
            raise Wrong(f"GS V {mode}")
        if self.dies_at_cut:
            self.dies_at_cut = False
            raise ConnectionAbortedError
        size = (self.dots, len(self._rows) * 8 // self.dots)
        self.cuts.append(Image.frombytes("1", size, bytes(byte ^ 0xFF for byte in self._rows)))
        self._rows.clear()


class Plugged:
    """A context: the printer at its line, `at` as the site's file names it."""

    at: str

    def __init__(self, printer: Printer) -> None:
        self.printer = printer
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Printer:
        self._thread.start()
        return self.printer

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join(5)

    def _run(self) -> None:
        raise NotImplementedError


class ByNetwork(Plugged):
    """One connection at a time, as real ones."""

    def __init__(self, printer: Printer, port: int) -> None:
        super().__init__(printer)
        self._listening = socket.create_server(("127.0.0.1", port))
        self.at = f"tcp://127.0.0.1:{port}"

    def _run(self) -> None:
        with self._listening as listening:
            listening.settimeout(0.1)
            while not self._ending.is_set():
                try:
                    door, _ = listening.accept()
                except TimeoutError:
                    continue
                self.printer.serve(_Connection(door), self._ending)


class BySerial(Plugged):
    """A pseudo-terminal: its one end is the serial port of the host."""

    def __init__(self, printer: Printer) -> None:
        super().__init__(printer)
        self._ours, self._host = pty.openpty()
        tty.setraw(self._host)
        self.at = f"serial://{os.ttyname(self._host)}?baud=115200"

    def _run(self) -> None:
        while not self._ending.is_set():
            self.printer.serve(_Serial(self._ours), self._ending)
        os.close(self._ours)
        os.close(self._host)


class _Connection:
    def __init__(self, door: socket.socket) -> None:
        self._door = door
        door.settimeout(0.05)

    def take(self) -> bytes | None:
        try:
            return self._door.recv(4096) or None
        except TimeoutError:
            return b""
        except OSError:
            return None

    def give(self, told: bytes) -> None:
        self._door.sendall(told)

    def close(self) -> None:
        self._door.close()


class _Serial:
    def __init__(self, ours: int) -> None:
        self._ours = ours

    def take(self) -> bytes | None:
        ready, _, _ = select.select([self._ours], [], [], 0.05)
        return os.read(self._ours, 4096) if ready else b""

    def give(self, told: bytes) -> None:
        os.write(self._ours, told)

    def close(self) -> None:
        pass
