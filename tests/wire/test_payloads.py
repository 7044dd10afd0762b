"""Every payload of the wire, good and bad, with the same verdict from CPython and from 32-bit MicroPython."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from edge import parts, wire

EDGE = Path(wire.__file__).parent
JUDGE = """
import json, sys, wire
from binascii import unhexlify
while True:
    line = sys.stdin.readline()
    if not line: break
    part, raw = line[:-1].split(" ")
    try: print("GOOD " + json.dumps(wire.decode(part, unhexlify(raw))))
    except wire.Nonsense as nonsense: print("NONSENSE")
"""

BIRTH = {"firmware": "0.1.0", "hardware": "é", "role": "desk", "boot": 1, "cause": "pwron", "slot": "a", "id": "0" * 16}
ORDER = {"build": "0123456789abcdef", "bytes": 2_171, "mac": "f" * 64, "older": False}
GOOD: dict[str, list[dict[str, Any]]] = {
    "$state": [{"state": word} for word in ("ready", "updating", "safe", "lost")],
    "$meta": [
        {**BIRTH, "build": "", "trial": False, "crash": "", "update": ""},
        {**BIRTH, "build": "0123456789abcdef", "trial": True, "crash": "x" * 400, "update": "It did not start."},
    ],
    "up": [{"build": "0123456789abcdef", "file": 0, "at": 0}, {"build": "0" * 16, "file": 255, "at": wire.NO_PIECE}],
    "ev": [
        {"epoch": "e", "boot": 1, "seq": 2, "first": 1, "age_ms": 0, "kind": "press", "key": "next", "press": "long"},
        {"epoch": "e", "boot": 1, "seq": 2, "first": 2, "age_ms": None, "kind": "pin", "pin": "123451"},
        {
            "epoch": "e",
            "boot": 1,
            "seq": wire.INT_MAX,
            "first": 1,
            "age_ms": wire.INT_MAX,
            "kind": "pin",
            "pin": "5" * 6,
        },
        {"epoch": "e", "boot": 1, "seq": 2, "first": 1, "age_ms": 0, "kind": "badge", "badge": "04a1b2c3"},
        {"epoch": "e", "boot": 1, "seq": 2, "first": 1, "age_ms": 0, "kind": "badge", "badge": "f" * 20},
        {"epoch": "e", "boot": 1, "seq": 2, "first": 1, "age_ms": 0, "kind": "take", "door": 6},
        {"epoch": "e", "boot": 1, "seq": 2, "first": 1, "age_ms": 0, "kind": "rate", "ask": 7, "score": 5},
    ],
    "shown": [{"epoch": "12345678", "rev": 0, "draw_ms": 0}],
    "health": [
        {
            "up_s": 60,
            "net": "Etage 2 – é",
            "ap": "020000000001",
            "rssi": -50,
            "heap_free": 70000,
            "loop_ms": 2,
            "outbox": 0,
            "spilled": 3,
            "writes": 1234,
            "lost": 0,
            "dropped": 0,
            "stuck": "next,help",
            "why": "broker silent: no answer to ping",
        }
    ],
    "rsp": [{"id": "c1", "ok": True, "why": ""}, {"id": "c1", "ok": False, "why": "No."}],
    "ack": [{"boot": 1, "upto": 0}],
    "show/lamp": [
        {
            "epoch": "e",
            "rev": 1,
            "presence": "hold",
            "age_s": None,
            "help": "raised",
            "boot": 0,
            "seq": 0,
            "verdict": "refused",
            "why": "Nobody waits.",
            "number": "A017",
            "lang": "zh",
        }
    ],
    "show/light": [{"epoch": "e", "rev": 1, "percent": 1, "volume": 0}],
    "show/dispenser": [
        {"epoch": "e", "rev": 1, "lang": "en", "doors": 6, "boot": 1, "seq": 2, "verdict": verdict, "why": "x" * 80}
        | {"number": "A017", "title": "末" * 24, "ahead": 3, "wait_min": wait_min, "slip": bool(wait_min)}
        for verdict, wait_min in (("done", 4), ("expired", None))
    ],
    "show/door": [
        {"epoch": "e", "rev": 1, "title": "末" * 24, "state": state, "opens": "09:00", "waiting": 3, "wait_min": None}
        for state in wire.DOORS
    ],
    "show/rating": [
        {"epoch": "e", "rev": 1, "lang": "zh", "ask": ask, "number": "A017", "age_s": age_s}
        | {"boot": 1, "seq": 2, "verdict": "done"}
        for ask, age_s in ((0, None), (7, 3))
    ],
    "show/counter": [
        {"epoch": "e", "rev": 1, "number": "A 017", "state": state, "announcement": 3, "lang": "zh"}
        for state in wire.COUNTERS
    ],
    "show/hall": [
        {"epoch": "e", "rev": 1, "announcement": id, "age_s": age_s, "number": "A017", "desk": "12", "lang": "en"}
        | {f"{name}{place}": "末" * most for place in range(1, 7) for name, most in (("number", 12), ("desk", 8))}
        for id, age_s in ((0, None), (wire.INT_MAX, 4))
    ],
    "show/board": [{"epoch": "e", "rev": 1, "title": "Telefon é", "tiles": 12, "notice": "末" * 120, "lang": "zh"}],
    "show/tile": [
        {"epoch": "e", "rev": wire.INT_MAX, "kind": kind, "label": "😀" * 24, "short": "A WAIT", "value": "末" * 12}
        | {"unit": "😀" * 8, "age_s": None, "level": level, **more}
        for level in wire.LEVELS
        for kind, more in (
            ("number", {}),
            ("bar", {"share": 1000}),
            ("trend", {"points": " 0AX" * 8}),
            ("list", {"text": "payments|12|loans|3"}),
            ("ticker", {"text": "😀" * wire.TEXT_CHARS_MAX}),
            ("notice", {"text": ""}),
            ("call", {"desk": "末" * 8}),
            *(("code", {"code": "A" * size}) for size in wire.CODES),
        )
    ],
    "do": [{"id": "c1", "cmd": cmd, **(ORDER if cmd == "update" else {})} for cmd in wire.COMMANDS],
    "edge/$state": [
        {"state": "ready", "epoch": "e", "spread_ms": 0, "day": 9000, "ms": 86_399_999, "offset_s": -3600},
        {"state": "lost"},
    ],
}
ACK = b'{"boot":1,"upto":0}'
BAD: list[tuple[str, bytes]] = [
    *[
        ("ack", raw)
        for raw in (b"", b" ", b"null", b"[]", b'"x"', b"1", b"{", b"}", b"{}", b"[1", b'{"a":01}', b"\xff", b"\x00")
    ],
    *[("ack", raw) for raw in (ACK + b" ", b" " + ACK, ACK + b"x", ACK.replace(b":", b": "), ACK[:-1], ACK + ACK)],
    *[
        ("ack", b'{"boot":%s,"upto":0}' % value)
        for value in (b"0", b"-1", b"1.0", b"1e3", b"true", b"null", b'"1"', b"[1]", b"{}")
    ],
    *[
        ("ack", b'{"boot":%s,"upto":0}' % value)
        for value in (b"1073741824", b"9" * 40, b"01", b"+1", b"0x1", b"NaN", b"Infinity")
    ],
    ("ack", b'{"boot":1}'),
    ("ack", b'{"boot":1,"boot":1,"upto":0}'),
    ("ack", b'{"boot":1,"upto":0,"more":"' + b"x" * 1000 + b'"}'),
    ("ack", b'{"boot":1,"upto":0,"more":[]}'),
    ("ack", b'{"boot":1,"upto":0,"more":1.5}'),
    ("ack", b'{"boot":1,"upto":0,"\\u0061":1}'),
    *[
        ("ack", b'{"boot":1,"upto":0,"more":"%s"}' % raw)
        for raw in (b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80")
    ],
    *[
        ("ack", b'{"boot":1,"upto":0,"more":"%s"}' % raw)
        for raw in (b"\xc0\x80", b"\xe0\x80\x80", b"\xff", b"\x80", b"\xc3")
    ],
    ("ack", b'{"boot":1,"upto":0,"more":"\\ud800"}'),
    *[
        ("ack", raw)
        for raw in (b'{"boot":1,"upto":0\x00', b'{"boot":1,"upto":0]', b'["boot":1,"upto":0}', b'{"boot":1,"upto":0,')
    ],
    *[
        ("ack", raw)
        for raw in (b'{"boot":1:"upto":0}', b'{"boot",1,"upto":0}', b'{"boot":1,"upto",0}', b',"boot":1,"upto":0}')
    ],
    *[
        ("ack", b'{"boot":1,"upto":0,%s}' % more)
        for more in (b"1:2", b"null:1", b'"a":"\\b"', b'"a":"\\/"', b'"a":"\\n"', b'"a":tru')
    ],
    ("ack", b"[" * 500),
    ("ack", b'{"a":' * 200),
    ("nothing", b"{}"),
    ("show/tile", b"{}"),
    *[
        (
            "show/tile",
            b'{"epoch":"e","rev":1,"label":"","short":"","value":"","unit":"","age_s":null,"level":"normal","kind":'
            + rest
            + b"}",
        )
        for rest in (
            b'"clock"',
            b'"bar"',
            b'"bar","share":1001',
            b'"bar","share":null',
            b'"trend","points":"Y"',
            b'"trend","points":"%s"' % (b"0" * 33),
            b'"list"',
            b'"ticker","text":"%s"' % (b"x" * 151),
            b'"call","desk":"123456789"',
            b'"code","code":"%s"' % (b"A" * 77),
            b'"code","code":"%s"' % (b"-" * 76),
        )
    ],
    ("show/board", b'{"epoch":"e","rev":1,"title":"","tiles":0,"notice":"","lang":"de"}'),
    ("up", b"\x00\x01"),
    ("$state", b'{"state":"gone"}'),
    ("$state", b'{"state":"READY"}'),
    ("rsp", b'{"id":"c","ok":1,"why":""}'),
    ("rsp", b'{"id":"c\\n","ok":true,"why":""}'),
    ("rsp", b'{"id":"12345678901234567","ok":true,"why":""}'),
    ("do", b'{"id":null,"cmd":"restart"}'),
    (
        "health",
        b'{"up_s":60,"net":"","ap":"","rssi":1,"heap_free":1,"loop_ms":2,"outbox":0,"spilled":0,"writes":0,"lost":0,"dropped":0,"stuck":"","why":""}',
    ),
    ("do", b'{"id":"c1","cmd":"update"}'),
    ("up", b'{"build":"0123456789abcde","file":0,"at":0}'),
    ("up", b'{"build":"0123456789abcdef","file":256,"at":0}'),
    ("edge/$state", b'{"state":"ready"}'),
    ("edge/$state", b'{"state":"ready","epoch":"e","spread_ms":0,"day":1,"ms":86400000,"offset_s":0}'),
    *[
        ("ev", b'{"epoch":"e","boot":1,"seq":2,"first":1,"age_ms":0,"kind":' + rest + b"}")
        for rest in (
            b'"press"',
            b'"press","key":"ready"',
            b'"press","key":"fire","press":"short"',
            b'"turn"',
            b'"pin","pin":"12345"',
            b'"pin","pin":"1234567"',
            b'"pin","pin":"123456"',
            b'"pin","pin":123451',
            b'"badge"',
            b'"badge","badge":""',
            b'"badge","badge":"04a1b2"',
            b'"badge","badge":"04a1b2c3d"',
            b'"badge","badge":"04A1B2C3"',
            b'"badge","badge":"04 a1b2c"',
            b'"badge","badge":"%s"' % (b"0" * 22),
        )
    ],
    ("ev", b'{"epoch":"e","boot":1,"seq":2,"first":3,"age_ms":0,"kind":"pin","pin":"111111"}'),
]


class Judge:
    """wire.py in one MicroPython process that decodes line by line."""

    def __init__(self) -> None:
        environment = {**os.environ, "MICROPYPATH": f"{EDGE}:.frozen"}
        self._process = subprocess.Popen(
            [*parts.find("micropython"), "-c", JUDGE], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def decode(self, part: str, raw: bytes) -> dict[str, Any] | None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(f"{part} {raw.hex()}\n".encode())
        self._process.stdin.flush()
        said = self._process.stdout.readline()
        assert said, "MicroPython ended: decode raised something else than Nonsense"
        return json.loads(said[5:]) if said.startswith(b"GOOD ") else None

    def close(self) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(5)


@pytest.fixture(scope="module")
def judge():  # type: ignore[no-untyped-def]
    made = Judge()
    yield made
    made.close()


def decode(part: str, raw: bytes) -> dict[str, Any] | None:
    try:
        return wire.decode(part, raw)
    except wire.Nonsense:
        return None


def compact(payload: object) -> bytes:
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("part", wire.SHAPES)
def test_good_payloads(judge: Judge, part: str) -> None:
    for payload in GOOD[part]:
        raw = wire.encode(part, payload)
        assert wire.decode(part, raw) == payload == judge.decode(part, raw)
        grown = compact({**payload, "later": "field"})
        assert wire.decode(part, grown) == payload == judge.decode(part, grown)


@pytest.mark.parametrize(("part", "raw"), BAD)
def test_bad_payloads(judge: Judge, part: str, raw: bytes) -> None:
    assert decode(part, raw) is None
    assert judge.decode(part, raw) is None


@pytest.mark.parametrize("part", wire.SHAPES)
def test_each_field_is_needed_and_checked(judge: Judge, part: str) -> None:
    for payload in GOOD[part]:
        if payload == {"state": "lost"} and part == "edge/$state":
            continue
        for name in payload:
            wrong = [{key: value for key, value in payload.items() if key != name}]
            if name in wire.LATER.get(part, {}):
                wrong = []
            wrong += [{**payload, name: value} for value in ([], {}, 1.5, -90_000, 1 << 30, "\x01", "x" * 500)]
            for each in wrong:
                assert decode(part, compact(each)) is None, each
                assert judge.decode(part, compact(each)) is None, each


def test_what_needs_an_escape_is_taken(judge: Judge) -> None:
    raw = wire.encode("rsp", {"id": 'a"\\', "ok": True, "why": '","ok":false é€𐍈'})
    assert judge.decode("rsp", raw) == wire.decode("rsp", raw)


def test_encode_checks_as_a_receiver_would() -> None:
    with pytest.raises(wire.Nonsense):
        wire.encode("ack", {"boot": 0, "upto": 0})


@pytest.mark.parametrize(
    "topic", ["", "fb/1/s/d", "fb/2/s/d/ev", "fb/1/S/d/ev", "fb/1//d/ev", "fb/1/s/" + "d" * 33 + "/ev", "fb/1/s/d_/ev"]
)
def test_topics_that_are_not_ours(topic: str) -> None:
    with pytest.raises(wire.Nonsense):
        wire.parts(topic)
    assert wire.parts("fb/1/s/d-1/show/lamp") == ("s", "d-1", "show/lamp")


# The same verdict on the same bytes, whatever they are.

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(1 << 40), 1 << 40),
    st.floats(allow_nan=True),
    st.text(max_size=20),
    st.sampled_from(
        [
            *wire.KEYS,
            *wire.PRESENCES,
            *wire.HELP,
            "ready",
            "lost",
            "press",
            "pin",
            "badge",
            "take",
            "rate",
            "111111",
            "04a1b2c3",
        ]
    ),
)
MISTAKEN = [bytes((c,)) for c in b',:[]{}"\\ \0']  # what a lenient parser may take for something else
FIELDS = {name.rstrip("?") for shape in wire.SHAPES.values() for name in shape}
names = st.sampled_from(sorted(FIELDS | {"key", "press", "pin", "badge", "door", "score", "é"}))
nested = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=5
)


@st.composite
def near_misses(draw: st.DrawFn) -> tuple[str, bytes]:
    """A good payload with a field or two changed, and then perhaps a byte."""
    part = draw(st.sampled_from(sorted(wire.SHAPES)))
    payload = dict(draw(st.sampled_from(GOOD[part])))
    payload.update(draw(st.dictionaries(names, nested, max_size=2)))
    raw = bytearray(compact(payload))
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(raw) - 1))
        raw[at : at + draw(st.integers(0, 2))] = draw(st.binary(max_size=2) | st.sampled_from(MISTAKEN))
        raw = raw or bytearray(b" ")
    return part, bytes(raw)


@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=near_misses() | st.tuples(st.sampled_from(sorted(wire.SHAPES)), st.binary(max_size=60)))
@example(case=("ack", b'{"boot":1,"upto":-0}'))
@example(case=("ack", b'{"boot":1,"upto":0,"a":"\x7f"}'))
@example(case=("ack", '{"boot":1,"upto":0,"a":"é€𐍈"}'.encode()))
def test_both_interpreters_agree(judge: Judge, case: tuple[str, bytes]) -> None:
    part, raw = case
    assert judge.decode(part, raw) == decode(part, raw)


def test_a_birth_of_older_firmware_is_understood() -> None:
    born = wire.decode("$meta", wire._dumps(BIRTH).encode())
    assert born == {**BIRTH, "build": "", "trial": False, "crash": "", "update": ""}
