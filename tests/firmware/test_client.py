"""The MQTT client against the real broker, and against brokers that misbehave; everything over TLS."""

import contextlib
import json
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edge import identity, parts, wire
from tests.firmware.bench import SITE, Edge, Site

CLIENT = """
import asyncio, json, sys, time
import mqtt, tls, trouble
def say(*words): print(json.dumps(words))
for name, value in CHANGES.items(): setattr(mqtt, name, value)
context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
context.verify_mode = tls.CERT_REQUIRED
with open(CA, "rb") as file: context.load_verify_locations(file.read())
session = mqtt.Session(context)
async def publish():
    for i in range(PUBLISH):
        await session.publish(TOPIC + "rsp", BODY % i)
    say("published", len(session.inflight))
async def main():
    try:
        will, wishes = (TOPIC + "$state", b'{"state":"lost"}'), [(TOPIC + "do", 1), (TOPIC + "ack", 1)]
        await session.open(HOST, PORT, NAME, PASSWORD, will, wishes)
        say("open")
        if PUBLISH: asyncio.create_task(publish())
        await session.run(lambda topic, payload: say("message", topic, len(payload), session.oversized))
    except trouble.Closed as closed:
        say("closed", str(closed), session.oversized)
asyncio.run(main())
"""
CONNACK = b"\x20\x02\x00\x00"
SUBACK = b"\x90\x04\x00\x01\x01\x01"


class Client:
    """The client as a process that says what happens to it, one JSON array a line."""

    def __init__(self, tree: Path, values: dict[str, object]) -> None:
        code = "\n".join([f"{name} = {value!r}" for name, value in values.items()]) + CLIENT
        command = [*parts.find("micropython"), "-X", "heapsize=64K", "-c", "import gc; gc.threshold(4096)\n" + code]
        self.process = subprocess.Popen(command, env={"MICROPYPATH": f"{tree / 'a'}:.frozen"}, stdout=subprocess.PIPE)

    def hear(self, kind: str) -> list[Any]:
        """What it says next of that kind; pytest's own timeout bounds the wait."""
        assert self.process.stdout
        while line := self.process.stdout.readline():
            said: list[Any] = json.loads(line)
            if said[0] == kind:
                return said[1:]
        raise AssertionError(f"the client ended without saying {kind}")


class Odd:
    """A TLS server with the site's own certificate and one connection; `talk` is all that it does."""

    def __init__(self, state: Path, talk: Callable[[ssl.SSLSocket], None], *, speaks_tls: bool = True) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(state / "broker.crt", state / "broker.key")
        self._talk, self._speaks_tls = talk, speaks_tls
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._done.set()
        self._listener.close()
        self._thread.join(10)

    def _serve(self) -> None:
        with contextlib.suppress(OSError), self._listener.accept()[0] as raw:
            if not self._speaks_tls:
                self._done.wait(10)
                return
            with self._context.wrap_socket(raw, server_side=True) as peer:
                self._talk(peer)


MakeClient = Callable[..., Client]


@pytest.fixture
def make_client(site: Site, desk_tree: Path, tmp_path: Path) -> Iterator[MakeClient]:
    made: list[Client] = []

    def make(changes: dict[str, int] | None = None, publish: int = 0, ca_pem: bytes = b"", **given: object) -> Client:
        device = site.device()
        ca = tmp_path / "ca.pem"
        ca.write_bytes(ca_pem or site.ca_pem)
        values: dict[str, object] = {
            "HOST": "localhost",
            "PORT": site.port,
            "NAME": device["name"],
            "PASSWORD": identity.password(device["secret"]),
            "TOPIC": wire.topic(SITE, device["name"], ""),
            "CA": str(ca),
            "CHANGES": changes or {},
            "PUBLISH": publish,
            "BODY": b'{"id":"%d","ok":true,"why":""}',
        }
        made.append(Client(desk_tree, {**values, **given}))
        return made[-1]

    yield make
    for client in made:
        client.process.kill()
        client.process.wait()


@pytest.fixture
def odd(site: Site) -> Iterator[Callable[..., Odd]]:
    made: list[Odd] = []

    def make(talk: Callable[[ssl.SSLSocket], None] = lambda peer: None, **options: bool) -> Odd:
        made.append(Odd(site.state, talk, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()


def greet(peer: ssl.SSLSocket) -> None:
    """Take CONNECT and SUBSCRIBE, and answer both."""
    assert peer.recv(4096)[0] == 0x10
    peer.sendall(CONNACK)
    assert peer.recv(4096)[0] == 0x82
    peer.sendall(SUBACK)


def test_both_ways_with_the_real_broker(make_client: MakeClient, site: Site) -> None:
    edge = Edge(site, "desk-0")
    client = make_client(
        publish=40, NAME="desk-0", PASSWORD=password(site, "desk-0"), TOPIC=wire.topic(SITE, "desk-0", "")
    )
    client.hear("open")
    assert [edge.hear("rsp")["id"] for _ in range(40)] == [str(i) for i in range(40)]
    (inflight,) = client.hear("published")
    assert inflight <= 16
    edge.do("identify")
    assert client.hear("message")[0] == wire.topic(SITE, "desk-0", "do")
    client.process.kill()
    assert edge.hear("$state") == {"state": "lost"}  # the will
    edge.close()


def test_packets_that_do_not_fit_are_passed_over(make_client: MakeClient, site: Site) -> None:
    edge = Edge(site, "desk-1")
    client = make_client(NAME="desk-1", PASSWORD=password(site, "desk-1"), TOPIC=wire.topic(SITE, "desk-1", ""))
    client.hear("open")
    for _ in range(30):  # more than the broker lets be on the way unacknowledged
        edge.raw("do", b"x" * 2900)
    edge.raw("ack", b"y" * 1000)
    assert client.hear("message") == [wire.topic(SITE, "desk-1", "ack"), 1000, 30]
    edge.close()


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"PASSWORD": "wrong"}, "not authorised"),
        ({"HOST": "127.1"}, "(CN) does not match"),  # resolves to 127.0.0.1, which the certificate names
        ({"PORT": 1}, "ECONNREFUSED"),
        ({"HOST": "no-such-host.invalid"}, ""),
        ({"TOPIC": "fb/1/test/other/"}, "refused: subscription"),
    ],
)
def test_what_is_refused(make_client: MakeClient, given: dict[str, object], why: str) -> None:
    reason = make_client(**given).hear("closed")[0]
    assert reason and why in reason


def test_another_authority_is_refused(make_client: MakeClient, tmp_path: Path) -> None:
    identity.prepare(tmp_path / "other", ["localhost"])
    assert "not correctly signed" in make_client(ca_pem=(tmp_path / "other" / "ca.crt").read_bytes()).hear("closed")[0]


@pytest.mark.parametrize("speaks_tls", [True, False])
def test_silent_broker(make_client: MakeClient, odd: Callable[..., Odd], speaks_tls: bool) -> None:
    broker = odd(lambda peer: time.sleep(5), speaks_tls=speaks_tls)
    began = time.monotonic()
    client = make_client({"OPEN_MS": 1000, "ANSWER_MS": 5000}, PORT=broker.port)
    assert client.hear("closed")[0] == "broker silent"
    assert time.monotonic() - began < 2


def test_broker_that_closes_at_once(make_client: MakeClient, odd: Callable[..., Odd]) -> None:
    assert make_client(PORT=odd().port).hear("closed")[0]


def test_end_of_connection_is_noticed_at_once(make_client: MakeClient, odd: Callable[..., Odd]) -> None:
    ended: list[float] = []

    def talk(peer: ssl.SSLSocket) -> None:
        greet(peer)
        time.sleep(0.5)
        ended.append(time.monotonic())

    assert make_client(PORT=odd(talk).port).hear("closed")[0] == "broker closed"
    assert time.monotonic() - ended[0] < 0.2


def test_pings_while_they_are_answered_and_gives_up_then(make_client: MakeClient, odd: Callable[..., Odd]) -> None:
    pings: list[float] = []

    def talk(peer: ssl.SSLSocket) -> None:
        greet(peer)
        while came := peer.recv(4096):
            assert came == b"\xc0\x00"
            pings.append(time.monotonic())
            if len(pings) < 4:
                peer.sendall(b"\xd0\x00")

    client = make_client({"PING_MS": 200, "ANSWER_MS": 400}, PORT=odd(talk).port)
    assert client.hear("closed")[0] == "broker silent: no answer to ping"
    assert len(pings) == 4
    assert 0.3 < time.monotonic() - pings[-1] < 0.7


def test_partial_writes_arrive_whole(make_client: MakeClient, odd: Callable[..., Odd]) -> None:
    """A broker that reads slowly through a narrow window: the client has to wait in the middle of packets."""
    came = bytearray()
    body = b"%04d" + b"z" * 3000

    def talk(peer: ssl.SSLSocket) -> None:
        greet(peer)
        time.sleep(0.5)
        while len(came) < 16 * (5 + 14 + 2 + 3004):
            came.extend(peer.recv(700))
            time.sleep(0.001)
        peer.sendall(b"".join(b"\x40\x02" + bytes((0, i)) for i in range(2, 18)))

    broker = odd(talk)
    broker._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    client = make_client(publish=16, BODY=body, PORT=broker.port)
    client.hear("published")
    client.hear("closed")
    assert [came.count(b"%04dzzz" % i) for i in range(16)] == [1] * 16


@pytest.mark.parametrize(
    ("packet", "why"),
    [
        (b"\x30\xff\xff\xff\xff\x7f", "length of a packet"),
        (b"\x00\x00", "packet 0"),
        (b"\xf0\x00", "packet 15"),
        (b"\x30\x01\x00", "publish"),
        (b"\x30\x02\x00\x09", "publish"),
        (b"\x32\x03\x00\x01a", "publish"),
        (b"\x32\x05\x00\x01a\x00\x00", "publish"),
        (b"\x34\x05\x00\x01a\x00\x01", "publish"),
        (b"\x30\x04\x00\x02\xff\xfe", "topic"),
        (b"\x40\x02\x12\x34", "acknowledgement of nothing"),
        (b"\x40\x01\x00", "acknowledgement"),
        (b"\xd0\x80\x80\x01", "size of a packet"),
        (b"\x32\x80\x80\x01\xff\xff" + b"a" * 3000, "topic longer than the buffer"),
    ],
)
def test_malformed_packets_end_the_session(
    make_client: MakeClient, odd: Callable[..., Odd], packet: bytes, why: str
) -> None:
    def talk(peer: ssl.SSLSocket) -> None:
        greet(peer)
        peer.sendall(packet)
        time.sleep(1)

    assert make_client(PORT=odd(talk).port).hear("closed")[0] == "broker closed: " + why


@pytest.mark.parametrize(
    "answer", [b"\x20\x02\x00\x05", b"\x20\x02\x00\x09", b"\x20\x01\x00", b"\xd0\x00", b"HTTP/1.1 400 Bad"]
)
def test_odd_answers_to_connect(make_client: MakeClient, odd: Callable[..., Odd], answer: bytes) -> None:
    def talk(peer: ssl.SSLSocket) -> None:
        peer.recv(4096)
        peer.sendall(answer)
        time.sleep(1)

    assert make_client(PORT=odd(talk).port).hear("closed")[0]


def password(site: Site, name: str) -> str:
    return identity.password(identity.device_secret(site.state, name))
