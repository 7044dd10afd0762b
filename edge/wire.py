"""The wire: topics and payloads of every MQTT message, once, for the edge (CPython) and the devices (MicroPython).

A payload is one flat object in compact JSON: UTF-8, no spaces, no needless escapes, no control characters, whole numbers only.
`decode` writes each field that it read again and looks for it in the text, so that both interpreters, one strict and one lenient,
refuse the same bytes. Unknown fields are ignored: messages grow by fields. docs/wire.md says what each message means.
"""

import json
import sys

PREFIX = "fb/1/"
PAYLOAD_BYTES_MAX = 1024
PIECE_BYTES_MAX = 2048  # a piece of an update: binary, not JSON
PIECE_PACE_MS = 100  # between two of them, so that presses and views have the line, and the flash its time
NO_PIECE = 0x3FFFFFFF  # as a piece's place: there are no more, the update is taken back
FILES_MAX = 255  # of a build; 0 is its manifest
INT_MAX = 0x3FFFFFFF  # a small int on a 32-bit MicroPython
SEND_AHEAD_MAX = 8  # events a device may have on the way, unacknowledged

BEAT_MS = 5_000  # between two `edge/$state`
BEAT_LOST_MS = 12_000  # without one, the edge is lost
SPREAD_MS_PER_DEVICE = 10
HEALTH_MS = 60_000
LATE_MS = 5_000  # next, recall, hold, a PIN and a badge older than this do nothing
AGE_MS_MAX = 86_400_000  # presence older than a day is not booked
LONG_MS = 800  # a key held so long is a long press
PIN_DIGITS = 6
RATE_MS = 900_000  # so long after its service ended a ticket can be rated
BADGE_DIGITS_MIN, BADGE_DIGITS_MAX = 8, 20  # of a card's number: 4, 7 or 10 bytes (ISO/IEC 14443-3, 6.5.4)

KEYS = ("ready", "break", "wrap_up", "next", "recall", "help")  # while signed out, the first five are digits 1 to 5
PRESSES = ("short", "long")
PRESENCES = ("signed_out", "ready", "called", "serving", "hold", "wrap_up", "not_ready")
HELP = ("none", "raised", "acknowledged", "arrived")
VERDICTS = ("none", "done", "refused", "expired", "unread")
ROLES = ("desk", "counter", "hall", "wallboard", "dispenser", "rating")
DOORS = ("open", "shut", "closed", "full", "nobody")
DOORS_MAX = 6  # keys of a dispenser
SCORE_MAX = 5  # the best
LANGS = ("en", "zh")
COUNTERS = ("closed", "open", "called", "serving", "away")
LEVELS = ("normal", "warn", "alarm")
TILES_MAX = 12
TEXT_CHARS_MAX = 150  # of a tile: with all else it has they are below 1,024 bytes in any script
POINTS_MAX = 32  # of a trend
POINT_LEAST, POINT_MOST = "0", "X"  # each a character: so high, by 40 steps; a space is none
CODES = {76: 21, 108: 25, 144: 29}  # QR codes of versions 1 to 3: characters of base64, modules in a row
LINES_MAX = 6  # of the last called on a hall display
COMMANDS = ("identify", "restart", "update", "keep", "selftest", "rotate")

# Checks: ("int", low, high), ("text", most characters), ("word", the words), ("digits", how many), ("hex", fewest, most),
# ("points", most), ("code",), ("flag",). A name with "?" may be null.
_EPOCH, _COUNT = ("text", 8), ("int", 0, INT_MAX)


def _hall():
    fields = {
        "epoch": _EPOCH,
        "rev": _COUNT,
        "announcement": _COUNT,  # 0: nobody was called lately
        "age_s?": _COUNT,  # since it stands on the displays of the hall
        "number": ("text", 12),
        "desk": ("text", 8),
        "lang": ("word", LANGS),
    }
    for line in range(1, LINES_MAX + 1):  # the last called before it, the newest first
        fields["number" + str(line)] = ("text", 12)
        fields["desk" + str(line)] = ("text", 8)
    return fields


SHAPES = {
    "$state": {"state": ("word", ("ready", "updating", "safe", "lost"))},
    "$meta": {
        "firmware": ("text", 16),
        "hardware": ("text", 32),
        "role": ("word", ROLES),
        "boot": ("int", 1, INT_MAX),
        "cause": ("text", 32),
        "slot": ("word", ("a", "b")),
        "id": ("text", 16),
        "build": ("hex", 0, 16),  # the begin of its manifest's SHA-256; docs/updates.md
        "trial": ("flag",),  # new firmware, which goes back unless the edge keeps it
        "crash": ("text", 400),  # what ended the last start, if it was an error
        "update": ("text", 80),  # why the last update was undone
    },
    "up": {"build": ("hex", 16, 16), "file": ("int", 0, FILES_MAX), "at": _COUNT},
    "ev": {
        "epoch": _EPOCH,
        "boot": ("int", 1, INT_MAX),
        "seq": ("int", 1, INT_MAX),
        "first": ("int", 1, INT_MAX),
        "age_ms?": ("int", 0, INT_MAX),
        "kind": ("word", ("press", "pin", "badge", "take", "rate")),
    },
    "shown": {"epoch": _EPOCH, "rev": _COUNT, "draw_ms": _COUNT},
    "health": {
        "up_s": _COUNT,
        "net": ("text", 32),  # the Wi-Fi's name, or "lan"
        "ap": ("text", 12),  # the access point's BSSID
        "rssi": ("int", -127, 0),
        "heap_free": _COUNT,
        "loop_ms": _COUNT,
        "outbox": _COUNT,
        "spilled": _COUNT,  # events on flash
        "writes": _COUNT,  # of events to this flash, ever
        "lost": _COUNT,  # events that no longer fitted, or were torn on flash
        "dropped": _COUNT,
        "stuck": ("text", 40),  # names of keys that are held down for too long, with commas
        "why": ("text", 64),  # the line was down last
    },
    "rsp": {"id": ("text", 16), "ok": ("flag",), "why": ("text", 240)},
    "ack": {"boot": ("int", 1, INT_MAX), "upto": _COUNT},
    "show/lamp": {
        "epoch": _EPOCH,
        "rev": _COUNT,
        "presence": ("word", PRESENCES),
        "age_s?": _COUNT,
        "help": ("word", HELP),
        "boot": _COUNT,
        "seq": _COUNT,
        "verdict": ("word", VERDICTS),
        "why": ("text", 80),
        "number": ("text", 12),  # of the ticket that is here
        "lang": ("word", LANGS),
    },
    "show/light": {
        "epoch": _EPOCH,
        "rev": _COUNT,
        "percent": ("int", 1, 100),  # of a part's full brightness
        "volume": ("int", 0, 100),
    },
    "show/dispenser": {
        "epoch": _EPOCH,
        "rev": _COUNT,
        "lang": ("word", LANGS),
        "doors": ("int", 0, DOORS_MAX),
        "boot": _COUNT,  # and seq: of the last press that was decided, and what became of it
        "seq": _COUNT,
        "verdict": ("word", VERDICTS),
        "why": ("text", 80),
        "number": ("text", 12),  # of the ticket that it was given
        "title": ("text", 24),
        "ahead": _COUNT,
        "wait_min?": _COUNT,
        "slip": ("flag",),  # is being printed
    },
    "show/door": {
        "epoch": _EPOCH,
        "rev": _COUNT,
        "title": ("text", 24),
        "state": ("word", DOORS),
        "opens": ("text", 16),
        "waiting": _COUNT,
        "wait_min?": _COUNT,
    },
    "show/rating": {
        "epoch": _EPOCH,
        "rev": _COUNT,
        "lang": ("word", LANGS),
        "ask": _COUNT,  # 0: nothing is asked
        "number": ("text", 12),
        "age_s?": _COUNT,  # since its service ended
        "boot": _COUNT,
        "seq": _COUNT,
        "verdict": ("word", VERDICTS),
    },
    "show/counter": {
        "epoch": _EPOCH,
        "rev": _COUNT,
        "number": ("text", 12),
        "state": ("word", COUNTERS),
        "announcement": _COUNT,  # of the number that is called, else 0; a new one is a new call or a recall
        "lang": ("word", LANGS),  # of the device's own words
    },
    "show/hall": _hall(),
    "show/board": {
        "epoch": _EPOCH,
        "rev": _COUNT,
        "title": ("text", 24),
        "tiles": ("int", 0, TILES_MAX),
        "notice": ("text", 120),  # stands in the title's place while there is one
        "lang": ("word", LANGS),
    },
    "show/tile": {
        "epoch": _EPOCH,
        "rev": _COUNT,
        "kind": ("word", ("number", "bar", "trend", "list", "ticker", "notice", "call", "code")),
        "label": ("text", 24),
        "short": ("text", 8),  # for rows too low for the label: Latin
        "value": ("text", 12),
        "unit": ("text", 8),
        "age_s?": _COUNT,  # a running time, which the device counts on; then `value` is empty
        "level": ("word", LEVELS),
    },
    "do": {"id": ("text", 16), "cmd": ("word", COMMANDS)},
    "edge/$state": {
        "state": ("word", ("ready", "lost")),
        "epoch": _EPOCH,
        "spread_ms": _COUNT,
        "day": _COUNT,  # days since 2000-01-01, UTC
        "ms": ("int", 0, 86_399_999),  # of that day
        "offset_s": ("int", -86_400, 86_400),  # the site's time less UTC, now
    },
}
EVENTS = {  # what an `ev` of each kind carries besides
    "press": {"key": ("word", KEYS), "press": ("word", PRESSES)},
    "pin": {"pin": ("digits", PIN_DIGITS)},
    "badge": {"badge": ("hex", BADGE_DIGITS_MIN, BADGE_DIGITS_MAX)},
    "take": {"door": ("int", 1, DOORS_MAX)},
    "rate": {"ask": ("int", 1, INT_MAX), "score": ("int", 1, SCORE_MAX)},
}
_TEXT = {"text": ("text", TEXT_CHARS_MAX)}
TILES = {  # what a tile of each kind carries besides
    "number": {},
    "bar": {"share": ("int", 0, 1_000)},
    "trend": {"points": ("points", POINTS_MAX)},
    "list": _TEXT,
    "ticker": _TEXT,
    "notice": _TEXT,
    "call": {"desk": ("text", 8)},
    "code": {"code": ("code",)},
}
KINDS = {
    "ev": EVENTS,
    "show/tile": TILES,
}
_ORDER = {"build": ("hex", 16, 16), "bytes": ("int", 1, 65_536), "mac": ("hex", 64, 64), "older": ("flag",)}
ORDERS = {"update": _ORDER}  # what a `do` of each command carries besides; docs/updates.md
LATER = {  # of a device too old to know them
    "$meta": {"build": "", "trial": False, "crash": "", "update": ""},
}
FROM_DEVICE = ("$state", "$meta", "ev", "shown", "health", "rsp", "up")
TO_DEVICE = ("ack", "show/#", "do", "piece")
RETAINED = tuple(["$state", "$meta", "edge/$state"] + [part for part in SHAPES if part.startswith("show/")])
_NUMBERED = {"show/tile": TILES_MAX, "show/door": DOORS_MAX}
_POINTS = b" " + bytes(range(ord(POINT_LEAST), ord(POINT_MOST) + 1))
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_NULL, _HEX = type(None), "0123456789abcdef"
if sys.implementation.name == "cpython":  # made once, since making it is slow
    _dumps = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
else:  # MicroPython never escapes, and has no such class

    def _dumps(value):
        return json.dumps(value, separators=(",", ":"))


class Nonsense(ValueError):
    """The peer sent something that is not of the wire; says what, for the counter's first few examples."""


def topic(site, device, part):
    """`fb/1/<site>/<device>/<part>`; the device `edge` is the edge itself."""
    return PREFIX + site + "/" + device + "/" + part


def parts(name):
    """(site, device, part) of a topic; Nonsense if it is not one of ours."""
    pieces = name.split("/", 4)
    if not name.startswith(PREFIX) or len(pieces) != 5 or not (is_name(pieces[2]) and is_name(pieces[3])):
        raise Nonsense("topic")
    return pieces[2], pieces[3], pieces[4]


def is_name(text):
    """Site and device names: 1 to 32 of a-z, 0-9 and -, so that they are safe in topics, files and addresses."""
    return 0 < len(text) <= 32 and all(c in "abcdefghijklmnopqrstuvwxyz0123456789-" for c in text)


def tile(number):
    """The part of a board's tile, from 1 to TILES_MAX."""
    return "show/tile/" + str(number)


def door(number):
    """The part of a dispenser's door, from 1 to DOORS_MAX."""
    return "show/door/" + str(number)


def shape(part):
    """The key of SHAPES for a part: its own name, but one for all tiles, and one for all doors."""
    base, _, number = part.rpartition("/")
    most = _NUMBERED.get(base, 0)
    is_number = 0 < len(number) < 3 and number[0] != "0" and all(c in "0123456789" for c in number)
    return base if is_number and int(number) <= most else part


def decode(part, raw):
    """The payload of `part` as a dict of exactly its known fields, each checked for shape and range; else Nonsense."""
    value = _parse(raw)
    part = shape(part)
    if part not in SHAPES:
        raise Nonsense("part")
    if part == "edge/$state" and value.get("state") == "lost":
        return {"state": "lost"}
    checked = _check(SHAPES[part], dict(LATER[part], **value) if part in LATER else value)
    if part in KINDS:
        checked.update(_check(KINDS[part][checked["kind"]], value))
    if part == "do" and checked["cmd"] in ORDERS:
        checked.update(_check(ORDERS[checked["cmd"]], value))
    if part == "ev" and checked["first"] > checked["seq"]:
        raise Nonsense("first")
    return checked


def encode(part, fields):
    """Bytes of a payload, checked as a receiver will check them; a wrong field is a bug here, so it raises."""
    raw = _dumps(fields).encode()
    decode(part, raw)
    return raw


def _parse(raw):
    if len(raw) > PAYLOAD_BYTES_MAX:
        raise Nonsense("too long")
    try:
        text = str(raw, "utf-8")
        if len(text) != len(raw):
            _check_utf8(raw)
        value = json.loads(text)
        compact = isinstance(value, dict) and _is_compact(text, value, "\\" not in text and min(raw) >= 0x20)
    except (ValueError, RuntimeError, MemoryError):  # not UTF-8, not JSON, nested too deep
        compact = False
    if not compact:
        raise Nonsense("not flat, compact JSON")
    return value


def _check_utf8(raw):
    """ValueError for what RFC 3629, section 4, forbids and MicroPython lets pass: surrogates, overlong and too great codes."""
    for i in range(len(raw) - 1):
        first, second = raw[i], raw[i + 1]
        if first >= 0xC0 and (
            first < 0xC2
            or first > 0xF4
            or second < (0xA0 if first == 0xE0 else 0x90 if first == 0xF0 else 0x80)
            or second > (0x9F if first == 0xED else 0x8F if first == 0xF4 else 0xBF)
        ):
            raise ValueError("not UTF-8")


def _is_plain(text):
    """No control characters. Not by `for c in text`: MicroPython keeps each such character for ever."""
    return not text or min(text.encode()) >= 32


def _is_compact(text, value, is_plain):
    """The text is these fields and nothing else, in any order: MicroPython takes any separator and any end for any other."""
    size = 1
    for name, field in value.items():
        # What is plain, without escapes and control characters, needs no JSON, which makes much garbage.
        kind = type(field)
        if type(name) is not str or kind not in (int, str, bool, _NULL):
            return False
        if not is_plain and not (_is_plain(name) and (kind is not str or _is_plain(field))):
            return False
        is_simple = kind is int or (is_plain and kind is str)
        piece = ('"%s":"%s"' if is_simple and kind is str else '"%s":%s') % (
            name,
            field if is_simple else _dumps(field),
        )
        at = text.find(piece)
        end = at + len(piece)
        if at < 1 or text[at - 1] != "{,"[at > 1] or text[end : end + 1] != ",}"[end == len(text) - 1]:
            return False
        size += len(piece) + 1
    return size == len(text)


def _check(shape, value):
    checked = {}
    for key, check in shape.items():
        name = key.rstrip("?")
        if name not in value:
            raise Nonsense(name + " missing")
        if not (value[name] is None and key != name) and not _fits(check, value[name]):
            raise Nonsense(name)
        checked[name] = value[name]
    return checked


def _fits(check, value):
    kind = check[0]
    if kind == "int":
        return type(value) is int and check[1] <= value <= check[2]
    if kind == "flag":
        return type(value) is bool
    if type(value) is not str:
        return False
    if kind == "word":
        return value in check[1]
    if kind == "digits":
        return len(value) == check[1] and all(c in "12345" for c in value)
    if kind == "hex":
        return check[1] <= len(value) <= check[2] and not len(value) % 2 and all(c in _HEX for c in value)
    if kind == "points":
        return len(value) <= check[1] and all(c in _POINTS for c in value.encode())
    if kind == "code":
        return len(value) in CODES and all(c in _BASE64 for c in value.encode())
    return len(value) <= check[1] and _is_plain(value)
