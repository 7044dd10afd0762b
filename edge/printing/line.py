"""One connection to a receipt printer: its status in real time, a picture, and whether all of it is on paper.

After Epson's ESC/POS reference: DLE EOT n is answered at once, whatever the printer is doing; GS r 1 in its turn, when all that was
sent before it has been worked off.
"""

import os
import shutil
import socket
import termios
import time
from contextlib import suppress
from types import TracebackType
from urllib.parse import parse_qs, urlsplit

import serial
from escpos import capabilities, exceptions  # type: ignore[import-untyped]
from escpos.printer import Network, Serial  # type: ignore[import-untyped]
from PIL import Image

if "ESCPOS_CAPABILITIES_PICKLE_DIR" not in os.environ:  # its import makes a folder, and would leave it
    shutil.rmtree(capabilities.pickle_dir, ignore_errors=True)

CONNECT_S = 5.0
ANSWER_S = 4.0  # a status in real time takes milliseconds
SEND_S = 15.0  # for one piece of a picture
LOOK_S = 1.0  # while it prints
DONE_S = 20.0  # after the last byte
BAUD = 19_200
PIECE_ROWS = 64  # 4.6 KB: little is swallowed of what follows a piece that broke, and a slow line is seen to move
REAL_TIME, IN_TURN = (0x93, 0x12), (0x90, 0x00)  # the fixed bits of an answer: mask, value
CLEARED = (0xFF, 0x37)  # the first of three
DLE_EOT, GS_R_1 = b"\x10\x04", b"\x1dr\x01"
GS_A_0 = b"\x1da\x00"  # nothing unasked
CLEAR = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"  # DLE DC4 8: its buffers, at once
UART_BYTES = 4096  # that Linux takes for a serial port and has not sent yet
PRINTER, OFFLINE, ERROR, PAPER = b"\x01\x02\x03\x04"  # n of DLE EOT n


class Lost(Exception):
    """The printer cannot be used; the text is the reason, as an alarm says it. `answers`: the printer gave it itself."""

    def __init__(self, why: str, *, answers: bool = False) -> None:
        super().__init__(why)
        self.answers = answers


class Line:
    """A context: connected on the way in. Whatever goes wrong is Lost."""

    def __init__(self, at: str, dots: int) -> None:
        self._at, self._dots = at, dots
        self._heard = bytearray()

    def __enter__(self) -> "Line":
        try:
            self._door = _door(self._at, self._dots)
            self._door.open()
        except ValueError as wrong:
            raise Lost(f"{self._at} is no address") from wrong
        except (OSError, exceptions.DeviceNotFoundError) as away:
            raise Lost(f"nothing answers at {self._at.partition('://')[2]}") from away
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError, termios.error):  # it has gone already
            self._door.close()

    def ask_fit(self) -> None:
        """Raises Lost unless it says that it can print."""
        printer, offline = self._ask(PRINTER), self._ask(OFFLINE)
        if offline & 0x04:
            raise Lost("its cover is open", answers=True)
        self._ask_paper()
        if offline & 0x40:
            stuck = self._ask(ERROR) & 0x08
            raise Lost("its cutter is stuck" if stuck else "it reports an error", answers=True)
        if printer & 0x08:
            raise Lost("it is offline", answers=True)

    def put(self, picture: Image.Image, done_s: float) -> bool:
        """On paper, and cut. False if it only says that it is well, `done_s` after the last byte, and nothing in its turn."""
        self._heard.clear()
        try:
            self._send(picture)
            return self._is_worked_off(done_s)
        except Lost as lost:
            if lost.answers:  # with new paper it would go on with the rest
                with suppress(OSError, Lost):
                    self._door.send(CLEAR)
                    self._answer(
                        CLEARED, self._door.answer_s
                    )  # closing a port drops what has not gone through its cable
            raise

    def _send(self, picture: Image.Image) -> None:
        """A look at the paper between pieces: once its buffer is full, a printer that stands still hears no question."""
        try:
            self._door.hw("INIT")
            self._door.send(GS_A_0)
            for top in range(0, picture.height, PIECE_ROWS):
                self._door.image(picture.crop((0, top, picture.width, min(top + PIECE_ROWS, picture.height))))
                self._ask_paper()
            self._door.cut("PART")
            self._door.send(GS_R_1)
        except (TimeoutError, serial.SerialTimeoutException) as slow:
            raise Lost("it stopped in the middle of a slip") from slow
        except OSError as gone:
            raise Lost("it went away in the middle of a slip") from gone

    def _is_worked_off(self, done_s: float) -> bool:
        end_s = time.monotonic() + done_s
        worked_off = None
        while worked_off is None and time.monotonic() < end_s:
            worked_off = self._answer(IN_TURN, LOOK_S)
            if worked_off is None:  # or it is on paper, whatever the printer lacks now
                self.ask_fit()
        return worked_off is not None

    def _ask_paper(self) -> None:
        if self._ask(PAPER) & 0x60:
            raise Lost("paper is out", answers=True)

    def _ask(self, which: int) -> int:
        self._heard = bytearray(byte for byte in self._heard if not _is(byte, REAL_TIME))
        try:
            self._door.send(DLE_EOT + bytes([which]))
        except OSError as gone:
            raise Lost("it went away") from gone
        answer = self._answer(REAL_TIME, self._door.answer_s)
        if answer is None:
            raise Lost("it does not answer")
        return answer

    def _answer(self, kind: tuple[int, int], wait_s: float) -> int | None:
        """The first byte of that kind; others are kept."""
        end_s = time.monotonic() + wait_s
        while True:
            for at, byte in enumerate(self._heard):
                if _is(byte, kind):
                    del self._heard[at]
                    return byte
            rest_s = end_s - time.monotonic()
            if rest_s <= 0:
                return None
            try:
                self._heard += self._door.hear(rest_s)
            except OSError as gone:
                raise Lost("it went away") from gone


class _Net(Network):
    answer_s = ANSWER_S

    def open(self, raise_not_found: bool = True) -> None:
        self.device = socket.create_connection((self.host, self.port), CONNECT_S)  # IPv6 too
        self.device.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.device.settimeout(SEND_S)

    def send(self, told: bytes) -> None:
        self._raw(told)

    def hear(self, wait_s: float) -> bytes:
        """Some bytes, none if none came in time."""
        self.device.settimeout(wait_s)
        try:
            piece = self._read()
        except TimeoutError:
            return b""
        finally:
            self.device.settimeout(SEND_S)
        if not piece:
            raise ConnectionResetError("closed by the printer")
        return piece


class _Port(Serial):
    """8 bits, no parity. A printer may stop us by XOFF; Linux knows no DTR/DSR, which some are set to."""

    @property
    def answer_s(self) -> float:
        """A question waits until all before it has gone through the cable, ten bits a byte."""
        return ANSWER_S + 10 * UART_BYTES / self.baudrate

    def open(self, raise_not_found: bool = True) -> None:
        super().open()
        self.device.write_timeout = SEND_S

    def send(self, told: bytes) -> None:
        self._raw(told)

    def hear(self, wait_s: float) -> bytes:
        self.device.timeout = wait_s
        return bytes(self.device.read(1))

    def close(self) -> None:
        try:
            if self._device:
                self._device.reset_output_buffer()  # or closing waits for a printer that takes no more
        finally:
            super().close()


def _door(at: str, dots: int) -> _Net | _Port:
    url = urlsplit(at)
    paper = capabilities.Profile(features={"paperPartCut": True})
    paper.profile_data = {**paper.profile_data, "media": {"width": {"pixels": dots}}}
    if url.scheme == "serial":
        baud = int(parse_qs(url.query).get("baud", [BAUD])[0]) or BAUD
        return _Port(url.path, baud, xonxoff=True, profile=paper)
    return _Net(url.hostname or "", url.port or 0, profile=paper)


def _is(byte: int, kind: tuple[int, int]) -> bool:
    mask, value = kind
    return byte & mask == value
