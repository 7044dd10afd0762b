"""The devices' rim against a real Mosquitto: the rules of docs/wire.md as a device sees them, and nonsense on every topic."""

import argparse
import json
import signal
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from paho.mqtt.enums import CallbackAPIVersion

from edge import identity, wire
from edge import requests as r
from edge.commands import device
from edge.core import Core
from edge.devices import Devices
from edge.devices.showing import SHOWN_WAIT_MS
from edge.journal import Journal
from edge.panel import Door
from edge.settings import Settings, configure
from edge.settings.tables import AgentTable, DeskTable, DeviceTable, QueueTable
from edge.settings.tables import Broker as BrokerTable
from edge.views import floor_page
from tests.conftest import Broker

WAIT_S = 10


def until(true: Callable[[], Any], what: str = "", wait_s: float = WAIT_S) -> Any:
    deadline = time.monotonic() + wait_s
    while not (value := true()):
        assert time.monotonic() < deadline, f"{what or true} did not come true"
        time.sleep(0.005)
    return value


class Unit:
    """A device played over plain MQTT by paho, to send what a firmware never would."""

    def __init__(self, broker: Broker, name: str = "desk-1") -> None:
        self.name, self.site = name, broker.site
        self.got: list[tuple[str, dict[str, Any], bool]] = []
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="fb-" + name)
        self.client.username_pw_set(name, identity.password(identity.device_secret(broker.state, name)))
        self.client.tls_set(ca_certs=str(broker.state / "ca.crt"), tls_version=ssl.PROTOCOL_TLS_CLIENT)
        self.client.will_set(self.topic("$state"), b'{"state":"lost"}', qos=1, retain=True)
        self.client.on_message = self._message
        self.client.on_socket_open = lambda _c, _u, sock: sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        subscribed = threading.Event()
        self.client.on_subscribe = lambda *_: subscribed.set()
        self.client.connect("localhost", broker.port, keepalive=10)
        self.client.loop_start()
        topics = [*(self.topic(part) for part in wire.TO_DEVICE), wire.topic(self.site, "edge", "$state")]
        self.client.subscribe([(topic, 1) for topic in topics])
        assert subscribed.wait(WAIT_S)

    def _message(self, _client: mqtt.Client, _user: object, message: mqtt.MQTTMessage) -> None:
        _, device, part = wire.parts(message.topic)
        if part == "piece":
            return
        shape = "edge/$state" if device == "edge" else part
        self.got.append((shape, wire.decode(shape, message.payload), message.retain))

    def topic(self, part: str) -> str:
        return wire.topic(self.site, self.name, part)

    def send(self, part: str, payload: bytes | dict[str, Any]) -> None:
        raw = payload if isinstance(payload, bytes) else json.dumps(payload, separators=(",", ":")).encode()
        self.client.publish(self.topic(part), raw, qos=1, retain=part in wire.RETAINED).wait_for_publish(WAIT_S)

    def all(self, part: str) -> list[dict[str, Any]]:
        return [fields for shape, fields, _ in self.got if shape == part]

    @property
    def epoch(self) -> str:
        return str(
            until(lambda: [b for b in self.all("edge/$state") if b["state"] == "ready"], "the beat")[-1]["epoch"]
        )

    def greet(self, boot: int = 1, id: str = "aa", role: str = "desk") -> None:
        """As a device does: once it has seen the edge's beat."""
        assert self.epoch
        birth = {"firmware": "0", "hardware": "paho", "role": role, "boot": boot, "cause": "pwron", "slot": "a"}
        self.send("$meta", {**birth, "id": id})
        self.send("$state", {"state": "ready"})

    def press(self, seq: int, key: str = "help", **fields: Any) -> None:
        event = {"epoch": self.epoch, "boot": 1, "seq": seq, "first": 1, "age_ms": 0, "kind": "press"}
        self.send("ev", {**event, "key": key, "press": "short", **fields})

    def acked(self) -> list[tuple[int, int]]:
        return [(ack["boot"], ack["upto"]) for ack in self.all("ack")]

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


class Edge:
    """Core and devices' rim in this process, on a real broker."""

    def __init__(self, broker: Broker) -> None:
        self.settings = Settings(
            site=broker.site,
            broker=BrokerTable(port=broker.port),
            queue=(QueueTable(name="q"),),
            desk=tuple(DeskTable(number=name[-1]) for name in broker.devices),
            device=tuple(DeviceTable(name=name, desk=name[-1]) for name in broker.devices),
            agent=(AgentTable(id="ana", pin="111111", badge="04a1b2c3", queues=("q",)),),
        )
        self._run(broker.state)

    def _run(self, state: Path) -> None:
        self.core = Core(Journal(state / "journal.db"))
        self.devices = Devices(self.core, self.settings, state)
        self.core.rims.append(self.devices)
        self.core.put(configure(self.settings, partial(identity.hide, state)))
        self.thread = threading.Thread(target=self.core.run)
        self.thread.start()
        self.devices.start()

    def facts(self, kind: str = "") -> list[Any]:
        journal = Journal(self.core.journal.path, read_only=True)
        try:
            return [fact for _, _, fact in journal.read() if not kind or type(fact).__name__ == kind]
        finally:
            journal.close()

    def stop(self) -> None:
        self.core.stop()
        self.thread.join()
        self.devices.stop()
        self.core.journal.close()


@pytest.fixture
def edge(broker: Broker) -> Iterator[Edge]:
    edge = Edge(broker)
    yield edge
    edge.stop()


@pytest.fixture
def unit(broker: Broker, edge: Edge) -> Iterator[Unit]:
    unit = Unit(broker)
    yield unit
    unit.close()


def test_the_beat_says_ready_epoch_spread_and_time(unit: Unit, edge: Edge) -> None:
    unit.epoch  # noqa: B018 - waits
    beat = unit.all("edge/$state")[-1]
    assert beat["state"] == "ready"
    assert beat["spread_ms"] == 20, "10 ms for each of two known devices"
    now_s = time.time() - 946_684_800
    assert abs(beat["day"] * 86_400 + beat["ms"] / 1000 - now_s) < WAIT_S
    until(lambda: len(unit.all("edge/$state")) >= 2, "a second beat")


def test_a_press_is_acknowledged_once_decided_and_shown(unit: Unit, edge: Edge) -> None:
    unit.greet()
    unit.press(1)
    until(lambda: unit.acked() == [(1, 1)])
    until(lambda: [lamp for lamp in unit.all("show/lamp") if lamp["seq"] == 1 and lamp["help"] == "raised"])
    order = [(shape, fields.get("seq")) for shape, fields, _ in unit.got if shape in ("ack", "show/lamp")]
    assert order.index(("show/lamp", 1)) < order.index(("ack", None)), "somebody waits for the light"
    assert [type(fact).__name__ for fact in edge.facts()][-1] == "HelpRaised"


def test_a_refused_press_is_acknowledged_too(unit: Unit, edge: Edge) -> None:
    unit.greet()
    unit.press(1, "next")
    until(lambda: unit.acked() == [(1, 1)])
    lamp = until(lambda: [lamp for lamp in unit.all("show/lamp") if lamp["seq"] == 1])[-1]
    assert (lamp["verdict"], lamp["why"]) == ("refused", "Nobody is signed in at desk 1.")


def test_an_event_twice_is_decided_once_and_acknowledged_twice(unit: Unit, edge: Edge) -> None:
    unit.greet()
    unit.press(1)
    until(lambda: unit.acked() == [(1, 1)])
    unit.press(1)
    until(lambda: unit.acked() == [(1, 1), (1, 1)])
    assert len(edge.facts("HelpRaised")) == 1


def test_an_event_ahead_is_dropped_and_told_where_to_go_on(unit: Unit, edge: Edge) -> None:
    unit.greet()
    unit.press(1)
    until(lambda: unit.acked() == [(1, 1)])
    unit.press(4)
    until(lambda: unit.acked()[-1:] == [(1, 1)] and len(unit.acked()) == 2)
    unit.press(4, first=3)  # 2 is gone for good; 3 will come
    until(lambda: unit.acked()[-1] == (1, 2))
    (lost,) = edge.facts("PressesLost")
    assert lost.count == 1


def test_another_epochs_event_is_dropped_without_a_word(unit: Unit, edge: Edge) -> None:
    unit.greet()
    unit.press(1, epoch="00000000")
    unit.press(1, "next")
    until(lambda: unit.acked() == [(1, 1)])
    assert edge.facts("HelpRaised") == []


def test_before_its_birth_a_device_is_not_heard(unit: Unit, edge: Edge) -> None:
    unit.press(1)
    unit.greet()
    unit.press(1, "next")
    until(lambda: unit.acked() == [(1, 1)])
    assert edge.facts("HelpRaised") == []


def test_a_birth_that_was_missed_is_fetched_again(unit: Unit, edge: Edge) -> None:
    """The edge reads with QoS 0, which may lose a message when it is behind."""
    unit.greet()
    until(lambda: "desk-1" in edge.devices._births)
    del edge.devices._births["desk-1"]
    unit.press(1)
    until(lambda: "desk-1" in edge.devices._births, "the birth, from the broker")
    unit.press(1)
    until(lambda: unit.acked() == [(1, 1)])


@pytest.mark.parametrize(("kind", "proof"), [("pin", "111111"), ("badge", "04a1b2c3")])
def test_a_pin_or_a_badge_signs_in_and_never_reaches_the_journal(unit: Unit, edge: Edge, kind: str, proof: str) -> None:
    unit.greet()
    unit.send("ev", {"epoch": unit.epoch, "boot": 1, "seq": 1, "first": 1, "age_ms": 0, "kind": kind, kind: proof})
    until(lambda: unit.acked() == [(1, 1)])
    assert edge.core.floor.desks["1"].agent == "ana"
    assert proof not in repr(edge.facts())


def test_an_unconfirmed_lamp_is_sent_again_until_it_is(unit: Unit, edge: Edge) -> None:
    unit.greet()
    unit.press(1)
    lamp = until(lambda: [lamp for lamp in unit.all("show/lamp") if lamp["seq"] == 1])[0]
    until(lambda: len([each for each in unit.all("show/lamp") if each["rev"] == lamp["rev"]]) >= 2, "sent again")
    unit.send("shown", {"epoch": unit.epoch, "rev": lamp["rev"], "draw_ms": 1})
    time.sleep(0.3)
    count = len(unit.all("show/lamp"))
    time.sleep(SHOWN_WAIT_MS / 1000 + 1.5)
    assert len(unit.all("show/lamp")) == count


def test_a_new_epoch_shows_everything_anew(broker: Broker, unit: Unit, edge: Edge) -> None:
    first = unit.epoch
    unit.greet()
    until(lambda: edge.core.floor.devices.get("desk-1"))
    broker.kill()
    broker.start()
    until(unit.client.is_connected)
    topics = [*(unit.topic(part) for part in wire.TO_DEVICE), wire.topic(unit.site, "edge", "$state")]
    unit.client.subscribe([(topic, 1) for topic in topics])
    until(lambda: unit.epoch != first, "a new epoch")
    until(lambda: [lamp for lamp in unit.all("show/lamp") if lamp["epoch"] == unit.epoch], "the lamp of the new epoch")


def test_a_device_that_leaves_or_does_not_greet_is_lost(broker: Broker, unit: Unit, edge: Edge) -> None:
    unit.greet()
    until(lambda: edge.core.floor.devices.get("desk-1") and edge.core.floor.devices["desk-1"].online)
    unit.client.socket().close()  # no farewell: the broker speaks its will
    until(lambda: not edge.core.floor.devices["desk-1"].online, "the will")
    edge.core.put(r.ObserveDevice(device="desk-2", firmware="1", id="bb", boot=1, at_ms=1))
    until(lambda: edge.core.floor.devices.get("desk-2"))
    edge.devices._greeted_by_ms = edge.core.now_ms()
    until(lambda: not edge.core.floor.devices["desk-2"].online, "desk-2, which never greeted")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_a_broker_that_is_gone_or_hangs_is_a_fact(broker: Broker, edge: Edge, how: signal.Signals) -> None:
    until(lambda: edge.devices.epoch)
    until(lambda: edge.core.floor.broker_lost_ms is None)
    edge.core.put(r.ObserveDevice(device="desk-1", firmware="1", id="aa", boot=1, at_ms=1))
    broker.process.send_signal(how)
    until(lambda: edge.core.floor.broker_lost_ms is not None, "noticed", wait_s=20)
    page = floor_page(edge.core.floor, edge.core.now_ms(), (0, 1))
    assert page["alarms"][0] == "No desk unit can be reached: the broker is away."
    assert [desk["device"]["online"] for desk in page["desks"]] == [False, False]
    broker.process.send_signal(signal.SIGCONT)
    if how == signal.SIGKILL:
        broker.process.wait()
        broker.start()
    until(lambda: edge.core.floor.broker_lost_ms is None, "back")


def test_a_command_waits_for_its_device(broker: Broker, edge: Edge) -> None:
    edge.core.put(r.ObserveDevice(device="desk-2", firmware="1", id="bb", boot=1, at_ms=1))
    edge.core.put(r.AskDevice(device="desk-2", cmd="identify", at_ms=edge.core.now_ms()))
    until(lambda: edge.facts("DeviceAsked"))
    late = Unit(broker, "desk-2")
    try:
        late.greet(id="bb")
        (id,) = edge.core.floor.commands
        until(lambda: {"id": id, "cmd": "identify"} in late.all("do"))
        late.send("rsp", {"id": id, "ok": True, "why": ""})
        until(lambda: edge.facts("DeviceAnswered"))
        assert edge.core.floor.commands == {}
    finally:
        late.close()


def test_a_device_that_comes_again_has_its_ages_brought_up_to_date(unit: Unit, edge: Edge) -> None:
    unit.greet()
    edge.core.put(r.SignIn(agent="ana", desk="1", at_ms=edge.core.now_ms() - 60_000))
    lamp = until(lambda: [lamp for lamp in unit.all("show/lamp") if lamp["presence"] == "not_ready"])[-1]
    unit.send("shown", {"epoch": unit.epoch, "rev": lamp["rev"], "draw_ms": 1})
    until(lambda: len(unit.all("edge/$state")) > 1, "some seconds are over")
    assert unit.all("show/lamp")[-1] == lamp
    unit.greet(boot=2)
    again = until(lambda: unit.all("show/lamp")[-1] != lamp and unit.all("show/lamp")[-1])
    assert (again["rev"], again["presence"]) == (lamp["rev"], "not_ready")
    assert again["age_s"] > lamp["age_s"] + 2


HEALTH = {
    "up_s": 7_320,
    "net": "floor",
    "ap": "aabbccddeeff",
    "rssi": -81,
    "heap_free": 40_000,
    "loop_ms": 12,
    "outbox": 3,
    "spilled": 2,
    "writes": 5,
    "lost": 0,
    "dropped": 0,
    "stuck": "",
    "why": "no broker",
}


def test_its_health_is_shown_while_it_is_there(
    broker: Broker, unit: Unit, edge: Edge, capsys: pytest.CaptureFixture[str]
) -> None:
    door = Door(broker.state / "core.sock", edge.core, edge.devices.health)
    edge.core.sources.append(door)

    def shown() -> str:
        device.run_show(argparse.Namespace(state=broker.state, name="desk-1", json=False))
        return capsys.readouterr().out

    unit.greet()
    unit.send("health", HEALTH)
    said = until(lambda: "network" in (said := shown()) and said)
    assert "network      floor at aabbccddeeff, -81 dBm, weak: bring it nearer to an access point\n" in said
    assert "memory       39 KB free\n" in said
    assert "presses      3 waiting, 2 of them on flash\n" in said
    assert "trouble      no broker, last\n" in said
    assert "up           2 h 2 min (told " in said
    device.run_list(argparse.Namespace(state=broker.state, json=True))
    rows = {row["device"]: row["health"] for row in json.loads(capsys.readouterr().out)["devices"]}
    assert (rows["desk-1"]["rssi"], rows["desk-2"]) == (-81, None)
    unit.send("$state", {"state": "lost"})
    until(lambda: "network" not in shown(), "what it said of itself need not hold any more")
    edge.core.sources.remove(door)
    edge.core.wake()


def test_a_device_that_ends_says_so_itself_is_believed(unit: Unit, edge: Edge) -> None:
    for state in ("updating", "safe"):
        unit.greet()
        unit.send("$state", {"state": state})
    until(lambda: edge.core.floor.devices["desk-1"].online)


NEAR = st.fixed_dictionaries(
    {},
    optional={
        name: st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.lists(st.none()))
        for name in (
            "epoch",
            "boot",
            "seq",
            "first",
            "age_ms",
            "kind",
            "key",
            "press",
            "pin",
            "state",
            "id",
            "rev",
            "ok",
        )
    },
)
NONSENSE = st.one_of(
    st.binary(max_size=200),
    st.binary(min_size=1025, max_size=2000),
    NEAR.map(lambda fields: json.dumps(fields).encode()),
    st.just(b"\xff\xfe{}"),
    st.just(b"[" * 1000),
    st.just(b'{"epoch":"\\ud800"}'),
)
CERTAIN = {  # one of each kind for each topic, so that no run goes without
    part: [b"", b"\xff\xff", b"[1", b"{}", b'{"epoch":1}', b"x" * 1025, b"[" * 1000, b'{"a":01}', b"null", b'"\\ud800"']
    for part in wire.FROM_DEVICE
}


def test_nonsense_on_every_topic_changes_nothing_and_is_counted(unit: Unit, edge: Edge) -> None:
    unit.greet()
    until(lambda: edge.facts("DeviceCame"))
    before, seq = len(edge.facts()), 0

    for part, payloads in CERTAIN.items():
        for payload in payloads:
            counted = edge.devices.nonsense.total()
            unit.send(part, payload)
            until(lambda n=counted: edge.devices.nonsense.total() == n + 1, f"{part} {payload[:20]!r} counted")  # type: ignore[misc]

    @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(wire.FROM_DEVICE), NONSENSE)
    def try_one(part: str, payload: bytes) -> None:
        try:
            wire.decode(part, payload)
        except wire.Nonsense:
            unit.send(part, payload)

    try_one()
    assert len(edge.facts()) == before, "nothing has changed"
    unit.press(seq + 1)
    until(lambda: unit.acked() == [(1, 1)], "and it still works")
