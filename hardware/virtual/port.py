"""A virtual board's USB bridge: an RFC 2217 serial port on loopback with DTR and RTS."""

import asyncio
import socket
from collections.abc import Callable
from typing import Protocol

from serial import rfc2217

from hardware.virtual import watch

WAITING_BYTES_MAX = 1 << 20  # said to a client that does not read; the rest is lost, as on a UART


class Lines(Protocol):
    """What a port needs of its board. `serial_out` is set by the port while a client listens; the other two must not wait."""

    serial_out: Callable[[bytes], object] | None

    def serial_in(self, data: bytes) -> None: ...
    def lines(self, dtr: bool, rts: bool) -> None: ...


class Port:
    """Open until `close`; not to be made in the boards' thread. One client at a time: a second is turned away. Every baud rate is
    heard, as nothing here has a clock."""

    def __init__(self, board: Lines) -> None:
        self.board, self.client = board, None  # type: Lines, _Client | None
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"rfc2217://127.0.0.1:{listener.getsockname()[1]}"
        made = watch.loop().create_server(lambda: _Client(self), sock=listener)
        self._server = asyncio.run_coroutine_threadsafe(made, watch.loop()).result()

    def close(self) -> None:
        watch.call(self._close)

    def _close(self) -> None:
        self._server.close()
        if self.client:
            self.client.transport.abort()


class _Client(asyncio.Protocol):
    """One connection, and the state of the port that pyserial's PortManager keeps for it."""

    transport: asyncio.Transport

    def __init__(self, port: Port) -> None:
        self._port = port
        self.baudrate, self.bytesize, self.parity, self.stopbits = 115_200, 8, "N", 1
        self.xonxoff = self.rtscts = self.break_condition = False
        self.cts = self.dsr = self.ri = self.cd = False
        self._dtr = self._rts = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        if self._port.client:
            transport.abort()
            return
        self._port.client, self._port.board.serial_out = self, self._said
        self._telnet = rfc2217.PortManager(self, self)  # type: ignore[arg-type] # it asks no more of either than what is here

    def connection_lost(self, _exc: Exception | None) -> None:
        if self._port.client is self:
            self._port.client = self._port.board.serial_out = None
            self._port.board.lines(False, False)

    def data_received(self, data: bytes) -> None:
        if self._port.client is self and (came := b"".join(self._telnet.filter(data))):
            self._port.board.serial_in(came)

    def write(self, data: bytes) -> None:
        """For the PortManager."""
        self.transport.write(data)

    def _said(self, data: bytes) -> None:
        if self.transport.get_write_buffer_size() < WAITING_BYTES_MAX:
            self.transport.write(data.replace(b"\xff", b"\xff\xff"))

    def reset_input_buffer(self) -> None:
        """Nothing waits on this side."""

    def reset_output_buffer(self) -> None:
        """Nothing waits on this side."""

    @property
    def dtr(self) -> bool:
        return self._dtr

    @dtr.setter
    def dtr(self, is_asserted: bool) -> None:
        self._dtr = is_asserted
        self._port.board.lines(self._dtr, self._rts)

    @property
    def rts(self) -> bool:
        return self._rts

    @rts.setter
    def rts(self, is_asserted: bool) -> None:
        self._rts = is_asserted
        self._port.board.lines(self._dtr, self._rts)
