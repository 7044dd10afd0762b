"""MQTT 3.1.1 packets as bytes, without any I/O: what to write, and how to cut what was read.

Section numbers are those of the OASIS standard, mqtt-v3.1.1-os.
"""

from micropython import const

CONNACK = 0x20
PUBLISH = 0x30
PUBACK = 0x40
SUBACK = 0x90
PINGRESP = 0xD0

_STEP = const(256)  # by which the buffer grows

PINGREQ = b"\xc0\x00"
DISCONNECT = b"\xe0\x00"

REFUSALS = (  # 3.2.2.3, table 3.1
    "accepted",
    "protocol version refused",
    "client id refused",
    "broker not available",
    "bad user name or password",
    "not authorised",
)


class Malformed(Exception):
    """The broker sent what the standard does not allow; 4.8 says to close the connection."""


def connect(client_id, user, password, will_topic, will_payload, keepalive_s):
    """CONNECT with a clean session and a retained will of QoS 1 (3.1)."""
    flags = 0x80 | 0x40 | 0x20 | 0x08 | 0x04 | 0x02  # user, password, will retain, will QoS 1, will, clean
    head = _text("MQTT") + bytes((4, flags, keepalive_s >> 8, keepalive_s & 255))
    payload = (client_id, will_topic, will_payload, user, password)
    return _packet(0x10, head + b"".join([_text(field) for field in payload]))


def publish(topic, payload, packet_id, retain=False):
    """PUBLISH (3.3): QoS 1 under `packet_id`, QoS 0 if that is 0."""
    first = PUBLISH | (2 if packet_id else 0) | (1 if retain else 0)
    return _packet(first, _text(topic) + (_two(packet_id) if packet_id else b"") + payload)


def puback(packet_id):
    return _packet(PUBACK, _two(packet_id))


def subscribe(packet_id, wishes):
    """SUBSCRIBE (3.8) to a list of (topic filter, QoS)."""
    return _packet(0x82, _two(packet_id) + b"".join([_text(name) + bytes((qos,)) for name, qos in wishes]))


class Cutter:
    """Cuts what was read into packets, in one buffer, which grows with them.

    Read into `room()`, say `came(n)`, then call `cut()` until it gives None. A packet that the buffer cannot hold is passed
    over and counted in `oversized`; if it wants an acknowledgement it is still given, shortened to nothing but its id, since
    an unacknowledged message would block the broker's window for good.
    """

    def __init__(self, size, size_max):
        self._view, self._size_max = memoryview(bytearray(size)), size_max
        self.oversized = 0
        self.clear()

    def clear(self):
        self._start = self._end = self._skip = 0

    def room(self):
        """Where to read into: never empty, since a packet that would fill the buffer is passed over."""
        if self._start:
            rest = bytes(self._view[self._start : self._end])  # by way of a copy: the two places may overlap
            self._view[: len(rest)] = rest
            self._start, self._end = 0, len(rest)
        return self._view[self._end :]

    def came(self, count):
        self._end += count
        passed = min(self._skip, count)
        self._skip -= passed
        if passed:  # the buffer held nothing else while skipping
            self._start = passed

    def cut(self):
        """(first byte, body) of the next whole packet, its body None where it was oversized; None: read on."""
        head = self._head()
        if head is None:
            return None
        body, length = head
        first = self._view[self._start]
        size = body - self._start + length
        if size > self._size_max:
            return self._pass_over(first, body, length)
        if size > len(self._view):
            self._grow(size)
            return None
        if self._end < body + length:
            return None
        self._start = body + length
        return first, self._view[body : body + length]

    def _grow(self, size):
        size = min(self._size_max, (size + _STEP - 1) // _STEP * _STEP)
        count, grown = self._end - self._start, memoryview(bytearray(size))
        grown[:count] = self._view[self._start : self._end]
        self._view, self._start, self._end = grown, 0, count

    def _head(self):
        """(where the body starts, its length), or None while the fixed header is incomplete (2.2.3)."""
        length = 0
        for i in range(4):
            at = self._start + 1 + i
            if at >= self._end:
                return None
            length |= (self._view[at] & 127) << (7 * i)
            if self._view[at] < 128:
                return at + 1, length
        raise Malformed("length of a packet")

    def _pass_over(self, first, body, length):
        if first & 0xF0 != PUBLISH:
            raise Malformed("size of a packet")
        packet = None
        if first & 6:
            if self._end < body + 2:
                return None
            at = body + 2 + _int(self._view, body)
            if at + 2 - self._start > len(self._view):
                raise Malformed("topic longer than the buffer")
            if self._end < at + 2:
                return None
            packet = _int(self._view, at)
        self.oversized += 1
        self._skip = length - (self._end - body)
        self._start = self._end = 0
        return first, packet


def message(first, body):
    """(topic, payload, packet id or 0) of a PUBLISH's body; the payload is a view into the cutter's buffer (3.3)."""
    qos = first >> 1 & 3
    if len(body) < 2 or qos > 1:  # nothing is subscribed with QoS 2
        raise Malformed("publish")
    at = 2 + _int(body, 0)
    packet_id = 0
    if qos:
        if len(body) < at + 2:
            raise Malformed("publish")
        packet_id = _int(body, at)
        at += 2
    if at > len(body) or (qos and not packet_id):
        raise Malformed("publish")
    try:
        return str(body[2 : at - 2 * qos], "utf-8"), body[at:], packet_id
    except ValueError:  # UnicodeError
        raise Malformed("topic")


def acknowledged(body):
    """The packet id of a PUBACK or SUBACK."""
    if len(body) < 2:
        raise Malformed("acknowledgement")
    return _int(body, 0)


def _int(view, at):
    return view[at] << 8 | view[at + 1]


def _two(number):
    return bytes((number >> 8, number & 255))


def _text(field):
    raw = field.encode() if isinstance(field, str) else field
    return _two(len(raw)) + raw


def _packet(first, body):
    size, length = b"", len(body)
    while length > 127:
        size += bytes((length & 127 | 128,))
        length >>= 7
    return bytes((first,)) + size + bytes((length,)) + body
