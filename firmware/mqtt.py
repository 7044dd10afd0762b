"""An MQTT 3.1.1 session over TLS for asyncio: clean, QoS 1 both ways, one will, every buffer and wait bounded.

The session waits only on the raw socket, never on the TLS one: MicroPython's Unix port polls every millisecond for a stream
without a file descriptor, and TLS may hold decrypted bytes that a wait would not see. So TLS is read until it gives None.
"""

import asyncio
import errno
import socket
from time import ticks_diff, ticks_ms

from micropython import const

import alive
import packets
from trouble import Closed

_KEEPALIVE_S = const(20)
PING_MS = 15_000  # after so long without a packet of ours, a ping: well inside the keepalive
ANSWER_MS = 5_000  # for a ping, and for a write to get on
OPEN_MS = 10_000  # connection, handshake and CONNACK together
_BUFFER_BYTES = const(512)  # what a desk unit is told, with its topic and the header
_BUFFER_BYTES_MAX = const(2_304)  # a piece of an update, likewise
_INFLIGHT_MAX = const(16)  # of our own QoS 1 messages, unacknowledged; Mosquitto takes 20

NOT_TLS = (
    -0x7200,
    -0x7700,
    -0x6E80,
    -0x7300,
    -0x6E00,
    -0x7780,
)  # mbedtls/ssl.h: no record, or none of a handshake with us

_TCP = 6  # lwIP and Linux agree; the socket module does not name them everywhere
_NODELAY = 1
_AF_INET = 2


class Session:
    """One connection, from `open` to the Closed that `run` ends with. `open` may be called again afterwards."""

    def __init__(self, tls_context):
        self._tls_context = tls_context
        self._cutter = packets.Cutter(_BUFFER_BYTES, _BUFFER_BYTES_MAX)
        self._writing = asyncio.Lock()
        self._acknowledged = asyncio.Event()
        self._raw = self._tls = None
        self._reader = None
        self._failure = ""
        self._heard = False  # anything since the last ping
        self._packet_id = 0
        self.inflight = []
        self.is_open = False
        self.is_retained = False  # the message that is being given on: it may be old

    @property
    def oversized(self):
        return self._cutter.oversized

    async def open(self, host, port, client_id, password, will, wishes):
        """Connect, sign in and subscribe to `wishes`, a list of (topic filter, QoS). `will` is (topic, payload).

        Closed says what went wrong: not found, refused, silent, a certificate that is not the site's, a wrong password.
        """
        self._cutter.clear()
        self.inflight.clear()
        self._stage = "no name"
        try:
            await asyncio.wait_for_ms(self._open(host, port, client_id, password, will, wishes), OPEN_MS)
        except asyncio.TimeoutError:
            self.close()
            raise Closed(self._stage)
        except Closed:
            self.close()
            raise
        except (OSError, ValueError, packets.Malformed) as error:  # ValueError: how `tls` reports a certificate
            self.close()
            raise _failed(self._stage, error)
        self.is_open = True

    async def _open(self, host, port, client_id, password, will, wishes):
        address = socket.getaddrinfo(host, port, _AF_INET, socket.SOCK_STREAM)[0]  # blocks; asked anew at every attempt
        self._stage = "no broker"
        self._raw = raw = socket.socket(address[0], address[1])
        raw.setsockopt(_TCP, _NODELAY, 1)
        raw.setblocking(False)
        try:
            raw.connect(address[-1])
        except OSError as error:
            if error.errno != errno.EINPROGRESS:
                raise
        await _writable(raw)
        self._stage = "broker silent"
        self._tls = self._tls_context.wrap_socket(raw, server_hostname=host, do_handshake_on_connect=False)
        hello = packets.connect("fb-" + client_id, client_id, password, will[0], will[1], _KEEPALIVE_S)
        await self._write(hello, _readable)  # the handshake happens inside, and waits for the broker's part
        first, body = await self._packet()
        if first != packets.CONNACK or len(body) != 2:
            raise packets.Malformed("not a CONNACK")
        if body[1]:
            raise Closed("refused", packets.REFUSALS[body[1]] if body[1] < len(packets.REFUSALS) else "")
        await self._write(packets.subscribe(self._next_id(), wishes))
        # Retained messages may come before the SUBACK (3.8.4), so `run` looks at it.

    def close(self):
        """Free the sockets; a will goes out, since no DISCONNECT is sent. Wakes whoever waits for room."""
        self.is_open = False
        for stream in (self._tls, self._raw):
            if stream:
                stream.close()
        self._tls = self._raw = None
        self._acknowledged.set()

    async def publish(self, topic, payload, qos=1, retain=False):
        """Write one message; waits for room on the way, not for the acknowledgement. Closed when the session is over."""
        while qos and len(self.inflight) >= _INFLIGHT_MAX and self.is_open:
            self._acknowledged.clear()
            try:
                await asyncio.wait_for_ms(self._acknowledged.wait(), ANSWER_MS)
            except asyncio.TimeoutError:
                self._give_up("acknowledges nothing")
        packet_id = self._next_id() if qos else 0
        if qos:
            self.inflight.append(packet_id)
        await self._send(packets.publish(topic, payload, packet_id, retain))

    async def run(self, on_message):
        """Read until the session ends, which raises Closed. `on_message(topic, payload)` must not wait; the payload is a
        view that holds only during the call."""
        self._reader, self._failure = asyncio.current_task(), ""
        pinging = asyncio.create_task(self._ping())
        try:
            while True:
                first, body = await self._packet()
                await self._take(first, body, on_message)
        except (OSError, packets.Malformed) as error:
            raise Closed("broker closed", _reason(error))
        except asyncio.CancelledError:
            if not self._failure:
                raise
            raise Closed("broker silent", self._failure)
        finally:
            self._reader = None
            pinging.cancel()
            self.close()

    async def _take(self, first, body, on_message):
        kind = first & 0xF0
        if kind == packets.PUBLISH:
            if body is None or type(body) is int:
                packet_id = body  # oversized: only its id is left
            else:
                topic, payload, packet_id = packets.message(first, body)
                self.is_retained = first & 1
                on_message(topic, payload)
            if packet_id:
                await self._send(packets.puback(packet_id))
        elif kind == packets.PUBACK:
            packet_id = packets.acknowledged(body)
            if packet_id not in self.inflight:
                raise packets.Malformed("acknowledgement of nothing")
            self.inflight.remove(packet_id)
            self._acknowledged.set()
        elif kind == packets.SUBACK:
            packets.acknowledged(body)
            if any(code > 1 for code in body[2:]):
                raise Closed("refused", "subscription")
        elif kind != packets.PINGRESP:
            raise packets.Malformed("packet %d" % (first >> 4))

    async def _packet(self):
        while True:
            alive.sign("link")
            packet = self._cutter.cut()
            if packet:
                return packet
            if not self._tls:
                raise Closed("broker closed", "not connected")
            count = self._tls.readinto(self._cutter.room())
            if count is None:
                await _readable(self._raw)  # OPEN_MS bounds it, or _ping
                self._heard = True
            elif count == 0:
                raise Closed("broker closed")
            else:
                self._cutter.came(count)

    async def _ping(self):
        """Whenever it is due; gives up when even that stays unanswered."""
        try:
            while True:
                quiet_ms = ticks_diff(ticks_ms(), self._written_at)
                if quiet_ms < PING_MS:
                    await asyncio.sleep_ms(PING_MS - quiet_ms)
                    continue
                self._heard = False
                await self._send(packets.PINGREQ)
                await asyncio.sleep_ms(ANSWER_MS)
                if not self._heard:
                    self._give_up("no answer to ping")
        except Closed:
            pass  # the reader is told

    async def _send(self, packet):
        if not self.is_open:
            raise Closed("broker closed", "not connected")
        try:
            await self._write(packet)
        except (OSError, asyncio.TimeoutError) as error:
            self._give_up(_reason(error) or "takes nothing")

    def _give_up(self, why):
        self._failure, self.is_open = why, False
        if self._reader and self._reader is not asyncio.current_task():
            self._reader.cancel()  # only the reader closes: a socket closed under a waiting task makes poll spin
        raise Closed("broker silent", why)

    async def _write(self, packet, wait=None):
        """All of `packet`. TLS insists on being offered the same bytes again after a None, so one writer at a time."""
        async with self._writing:
            view, done = memoryview(packet), 0
            while done < len(packet):
                if not self._tls:
                    raise Closed("broker closed", "not connected")
                count = self._tls.write(view[done:])
                if count:
                    done += count
                else:
                    await asyncio.wait_for_ms((wait or _writable)(self._raw), ANSWER_MS)
            self._written_at = ticks_ms()

    def _next_id(self):
        self._packet_id = self._packet_id % 0xFFFF + 1  # never 0, and long answered when it comes round (2.3.1)
        return self._packet_id


def _readable(raw):
    yield asyncio.core._io_queue.queue_read(raw)  # type: ignore[attr-defined]  # the stubs lack it


def _writable(raw):
    yield asyncio.core._io_queue.queue_write(raw)  # type: ignore[attr-defined]


def _failed(stage, error):
    """The Closed for an error while opening, at that stage. mbedTLS gives negative numbers and, for a certificate, a ValueError."""
    code, said = error.args[0] if error.args else 0, _reason(error)
    if isinstance(error, ValueError):
        return Closed("captive portal" if "correctly signed" in said else "certificate", said)
    if stage == "broker silent" and type(code) is int:
        if code in NOT_TLS:
            return Closed("captive portal", said)
        stage = "broker closed" if code < 0 or code == errno.ECONNRESET else "no broker"
    return Closed(stage, said)


def _reason(error):
    said = error.args[-1] if error.args else error
    return str(errno.errorcode.get(said, said))[:64].strip()
