"""The broker's configuration against a real Mosquitto: who may write and read what, and what is refused."""

import queue
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from cryptography import x509
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from edge import broker as broker_module
from edge import identity, wire

SITE = "lab"
WAIT_S = 5
MARK = b"mark"

LAMP = "show/lamp"  # stands for show/#
TO_DEVICE = [LAMP if part == "show/#" else part for part in wire.TO_DEVICE]
BEAT = "edge/$state"


def own_writes() -> Iterator[tuple[str, str, str, bool]]:
    """Who writes, the topic below the site, who reads there, and whether it arrives."""
    for part in wire.FROM_DEVICE:
        yield "desk-1", f"desk-1/{part}", "edge", True
        yield "desk-1", f"desk-2/{part}", "edge", False
        yield "edge", f"desk-1/{part}", "edge", False  # no forged presses
    for part in TO_DEVICE:
        yield "edge", f"desk-1/{part}", "desk-1", True
        yield "desk-1", f"desk-1/{part}", "desk-1", False
        yield "desk-1", f"desk-2/{part}", "desk-2", False
    yield "edge", BEAT, "desk-1", True
    yield "desk-1", BEAT, "desk-2", False
    yield "desk-1", "desk-1/show", "desk-1", False


def subscriptions() -> Iterator[tuple[str, str, bool]]:
    """Who subscribes, to which filter, and whether it is granted."""
    own, other = f"fb/1/{SITE}/desk-1", f"fb/1/{SITE}/desk-2"
    for part in wire.TO_DEVICE:
        yield "desk-1", f"{own}/{part}", True
        yield "desk-1", f"{other}/{part}", False
        yield "desk-1", f"fb/1/{SITE}/+/{part}", False
        yield "edge", f"{own}/{part}", False
    for part in wire.FROM_DEVICE:
        yield "edge", f"fb/1/{SITE}/+/{part}", True
        yield "edge", f"fb/1/+/+/{part}", False
        yield "desk-1", f"{own}/{part}", False
    yield "desk-1", f"fb/1/{SITE}/{BEAT}", True
    yield "desk-1", f"{own}/{LAMP}", True
    for who in ("desk-1", "edge"):
        for everything in ("#", "+/#", "fb/#", f"{own}/#", f"{own}/+", "$SYS/#", "$SYS/broker/uptime", "$CONTROL/#"):
            yield who, everything, False
        yield who, "$CONTROL/dynamic-security/v1/response", who == "edge"


class Peer:
    """One client. `arrived` holds (topic, payload) in the order of arrival."""

    def __init__(self, broker, name: str, *, password="", client_id="", ca: Path | None = None, will: str = "") -> None:
        self.arrived: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[object] = queue.SimpleQueue()
        self.left: queue.SimpleQueue[object] = queue.SimpleQueue()
        self.client = client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id or "fb-" + name)
        client.tls_set(ca_certs=str(ca or broker.state / "ca.crt"))
        if name:
            client.username_pw_set(name, password or secret_of(broker, name))
        if will:
            client.will_set(will, b'{"state":"lost"}', qos=1, retain=True)
        client.on_connect = lambda _c, _u, _f, reason, _p: self._answers.put(reason)
        client.on_subscribe = lambda _c, _u, _m, reasons, _p: self._answers.put(reasons[0])
        client.on_disconnect = lambda _c, _u, _f, reason, _p: self.left.put(reason)
        client.on_message = lambda _c, _u, message: self.arrived.put((message.topic, message.payload))
        client.connect("127.0.0.1", broker.port, keepalive=20)
        client.loop_start()
        self.refused = self._answers.get(timeout=WAIT_S).is_failure

    def subscribe(self, topic: str) -> bool:
        self.client.subscribe(topic, qos=1)
        return not self._answers.get(timeout=WAIT_S).is_failure

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self.client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(WAIT_S)

    def until_mark(self) -> list[tuple[str, bytes]]:
        """What came before the mark, which the broker delivers in order."""
        came = []
        while (message := self.arrived.get(timeout=WAIT_S))[1] != MARK:
            came.append(message)
        return came

    def cut(self) -> None:
        """Gone without a word, as a device whose plug is pulled."""
        self.client.loop_stop()
        self.client.socket().close()

    def leave(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def secret_of(broker, name: str) -> str:
    if name == "edge":
        return identity.edge_password(broker.state)
    return identity.password(identity.device_secret(broker.state, name))


def topic(rest: str) -> str:
    return f"fb/1/{SITE}/{rest}"


@pytest.fixture(scope="module")
def house(tmp_path_factory, free_port, start_broker):
    with start_broker(tmp_path_factory.mktemp("house"), SITE, ("desk-1", "desk-2"), free_port()) as broker:
        yield broker


@pytest.fixture(scope="module")
def peers(house) -> Iterator[dict[str, Peer]]:
    """The edge and two desks, each subscribed to all that it may read."""
    peers = {name: Peer(house, name) for name in ("edge", "desk-1", "desk-2")}
    for part in wire.FROM_DEVICE:
        assert peers["edge"].subscribe(topic(f"+/{part}"))
    for name in ("desk-1", "desk-2"):
        for rest in (*(f"{name}/{part}" for part in wire.TO_DEVICE), BEAT):
            assert peers[name].subscribe(topic(rest))
    yield peers
    for peer in peers.values():
        peer.leave()


@pytest.fixture
def peer(house) -> Iterator[Callable[..., Peer]]:
    made: list[Peer] = []

    def make(name: str, broker=house, **how) -> Peer:
        made.append(Peer(broker, name, **how))
        return made[-1]

    yield make
    for one in made:
        one.leave()


@pytest.mark.parametrize(("writer", "rest", "reader", "arrives"), list(own_writes()))
def test_write(peers, writer, rest, reader, arrives):
    payload = f"{writer} to {reader}: {rest}".encode()  # other readers keep theirs in their queues
    peers[writer].publish(topic(rest), payload)
    if reader == "edge":
        peers["desk-1"].publish(topic("desk-1/rsp"), MARK)
    else:
        peers["edge"].publish(topic(f"{reader}/do"), MARK)
    assert ((topic(rest), payload) in peers[reader].until_mark()) is arrives


@pytest.mark.parametrize(("who", "wish", "granted"), list(subscriptions()))
def test_subscribe(peers, who, wish, granted):
    already = (who == "edge" and granted) or wish in {topic(f"{who}/{part}") for part in wire.TO_DEVICE}
    assert peers[who].subscribe(wish) is granted
    if granted and not already and wish != topic(BEAT):
        peers[who].client.unsubscribe(wish)


def test_another_site_is_nobodys(peers):
    peers["edge"].publish("fb/1/other/desk-1/do", b"?")
    peers["edge"].publish("anything", b"?")
    assert not peers["edge"].subscribe("fb/1/other/+/ev")


def test_only_the_edge_says_who_may_sign_in(house, peers, peer):
    command = b'{"commands":[{"command":"createClient","username":"%s","password":"m"}]}'
    peers["desk-1"].publish("$CONTROL/dynamic-security/v1", command % b"mallory")
    peers["edge"].publish("$CONTROL/dynamic-security/v1", command % b"alice")
    assert not peer("alice", password="m").refused
    assert peer("mallory", password="m").refused


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("desk-1", {"password": "wrong"}),
        ("desk-2", {"client_id": "fb-desk-1"}),  # else desk-2 could end desk-1's session
        ("nobody", {"password": "x"}),
        ("", {"client_id": "fb-desk-1"}),  # anonymous
    ],
)
def test_sign_in_is_refused(house, peers, peer, name, how):
    assert peer(name, **how).refused
    assert peers["desk-1"].client.is_connected()
    assert peers["desk-1"].left.empty()


def test_will_is_delivered(broker, peer):
    edge = peer("edge", broker)
    assert edge.subscribe(topic("+/$state"))
    peer("desk-1", broker, will=topic("desk-1/$state")).cut()
    assert edge.arrived.get(timeout=WAIT_S) == (topic("desk-1/$state"), b'{"state":"lost"}')


def test_will_for_another_is_not(broker, peer):
    edge = peer("edge", broker)
    assert edge.subscribe(topic("+/$state"))
    assert edge.subscribe(topic("+/rsp"))
    peer("desk-1", broker, will=topic("desk-2/$state")).cut()
    peer("desk-1", broker).publish(topic("desk-1/rsp"), MARK)
    assert edge.until_mark() == []


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_a_restart_keeps_nothing(broker, peer, end):
    """The edge publishes its views again at each connection; an old lamp from a file would be a lie."""
    before = peer("edge", broker)
    before.publish(topic(f"desk-1/{LAMP}"), b"old", retain=True)
    before.publish(topic(BEAT), b"old", retain=True)
    desk = peer("desk-1", broker)
    desk.subscribe(topic("desk-1/show/#"))
    assert desk.arrived.get(timeout=WAIT_S)[1] == b"old"
    before.leave()
    desk.leave()
    getattr(broker, end)()
    broker.start()
    desk, edge = peer("desk-1", broker), peer("edge", broker)
    for rest in ("desk-1/show/#", BEAT, "desk-1/do"):
        assert desk.subscribe(topic(rest))
    edge.publish(topic("desk-1/do"), MARK)
    assert desk.until_mark() == []


@pytest.mark.parametrize(("size", "ends"), [(wire.PIECE_BYTES_MAX, False), (4096, True)])
def test_size(broker, peer, size, ends):
    desk = peer("desk-1", broker)
    desk.client.publish(topic("desk-1/up"), bytes(size), qos=1).wait_for_publish(1)
    assert desk.left.empty() is not ends


def test_quality_2_is_not_of_the_wire(broker, peer):
    desk = peer("desk-1", broker)
    assert desk.client.publish(topic("desk-1/ev"), b"{}", qos=2).rc == MQTTErrorCode.MQTT_ERR_SUCCESS
    assert desk.left.get(timeout=WAIT_S).is_failure


def test_without_tls_there_is_no_answer(house):
    connect = b"\x10\x12\x00\x04MQTT\x04\x02\x00\x14\x00\x06fb-eve"
    with socket.create_connection(("127.0.0.1", house.port), timeout=WAIT_S) as plain:
        plain.sendall(connect)
        try:
            answer = plain.recv(100)
        except ConnectionResetError:
            answer = b""
    assert answer[:1] != b"\x20"  # CONNACK


def test_listens_on_one_loopback_port_only(house):
    assert listening(house.process.pid) == [("0100007F", house.port)]  # 127.0.0.1, as /proc writes it


def listening(pid: int) -> list[tuple[str, int]]:
    """(address in /proc's hexadecimal, port) of each TCP socket on which the process listens, proc(5)."""
    inodes = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            address, _, port = fields[1].rpartition(":")
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in inodes:
                found.append((address, int(port, 16)))
    return found


@pytest.mark.parametrize(
    ("host", "trusted"), [("localhost", True), ("127.0.0.1", True), ("elsewhere", False), ("127.0.0.2", False)]
)
def test_host_name_is_checked(house, host, trusted):
    assert handshake(house.port, host, house.state / "ca.crt") is trusted


def test_another_sites_authority_is_not_ours(house, state):
    assert not handshake(house.port, "localhost", state / "ca.crt")


def handshake(port: int, host: str, ca: Path) -> bool:
    context = ssl.create_default_context(cafile=str(ca))
    with socket.create_connection(("127.0.0.1", port), timeout=WAIT_S) as raw:
        try:
            context.wrap_socket(raw, server_hostname=host).close()
        except ssl.SSLCertVerificationError:
            return False
    return True


@pytest.mark.parametrize("name", ["ca.crt", "broker.crt"])
def test_valid_on_a_device_that_wakes_up_in_2000(state, name):
    certificate = x509.load_pem_x509_certificate((state / name).read_bytes())
    assert certificate.not_valid_before_utc < datetime(2000, 1, 1, tzinfo=UTC)
    assert certificate.not_valid_after_utc > datetime(2049, 1, 1, tzinfo=UTC)


def test_prepare_keeps_what_is_there_and_follows_the_host(state):
    files = {path.name: path.read_bytes() for path in state.iterdir()}
    identity.prepare(state, ["localhost"])
    assert {path.name: path.read_bytes() for path in state.iterdir()} == files
    identity.prepare(state, ["floor.example"])
    assert (state / "ca.crt").read_bytes() == files["ca.crt"]
    assert (state / "broker.crt").read_bytes() != files["broker.crt"]
    assert {path.stat().st_mode & 0o077 for path in state.iterdir()} == {0}


def test_secrets_differ(state):
    every = [
        identity.device_secret(state, "desk-1"),
        identity.device_secret(state, "desk-2"),
        identity.edge_password(state),
    ]
    every += [identity.password(every[0]), identity.hide(state, "pin", "123451"), identity.hide(state, "pin", "123452")]
    assert len(set(every)) == len(every)


def test_configuring_a_campus_is_quick(state):
    begun = time.monotonic()
    broker_module.configure(state, SITE, [f"desk-{number}" for number in range(3000)], 8883)
    assert time.monotonic() - begun < 3
