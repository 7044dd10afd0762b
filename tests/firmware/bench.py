"""The bench for firmware: a site with its running broker, and an edge that is played by hand."""

import queue
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho

from edge import identity, wire
from hardware.virtual import Board

SITE = "test"
DEVICES = [f"desk-{i}" for i in range(240)]


class Site:
    """A site's running broker, and device files for tests that each want a device of their own."""

    def __init__(self, broker: Any) -> None:
        self.state: Path = broker.state
        self.port: int = broker.port
        self.stop: Callable[[], None] = broker.kill
        self.start: Callable[[], None] = broker.start
        self._names = iter(DEVICES)

    def device(self, **changes: object) -> dict[str, Any]:
        """The device file of a device that no other test has."""
        name = next(self._names)
        fields = {"site": SITE, "name": name, "role": "desk", "host": "localhost", "port": self.port}
        return {
            **identity.device_file(self.state, **fields, provisioning_id="0123456789abcdef", board="desk-unit"),
            **changes,
        }

    @property
    def ca_pem(self) -> bytes:
        return (self.state / "ca.crt").read_bytes()


class Edge:
    """Plays the edge towards one device: beats by hand, hears all, says what it is told."""

    def __init__(self, site: Site, name: str) -> None:
        self.name, self.rev = name, 0
        self._heard: queue.SimpleQueue[tuple[str, dict[str, Any]]] = queue.SimpleQueue()
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="fb-edge")
        self._client.username_pw_set("edge", identity.edge_password(site.state))
        self._client.tls_set(str(site.state / "ca.crt"))
        self._client.will_set(
            wire.topic(SITE, "edge", "$state"), wire.encode("edge/$state", {"state": "lost"}), 1, True
        )
        self._client.on_message = self._on_message
        self._subscribed: queue.SimpleQueue[None] = queue.SimpleQueue()
        wishes = [(wire.topic(SITE, name, part), 0) for part in wire.FROM_DEVICE]
        self._client.on_connect = lambda *_: self._client.subscribe(wishes)
        self._client.on_subscribe = lambda *_: self._subscribed.put(None)
        self._client.connect("localhost", site.port)
        self._client.loop_start()
        self._client.reconnect_delay_set(1, 1)
        self._subscribed.get(timeout=10)

    def reconnect(self) -> None:
        """The broker was gone, and its retained messages and subscriptions with it: wait until we are back."""
        self._subscribed.get(timeout=20)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def beat(self, epoch: str = "e1", spread_ms: int = 0, ms: int = 0) -> None:
        beat = {"state": "ready", "epoch": epoch, "spread_ms": spread_ms, "day": 9000, "ms": ms, "offset_s": 0}
        self._say(wire.topic(SITE, "edge", "$state"), wire.encode("edge/$state", beat), retain=True)

    def lost(self) -> None:
        self._say(wire.topic(SITE, "edge", "$state"), wire.encode("edge/$state", {"state": "lost"}), retain=True)

    def raw(self, part: str, payload: bytes) -> None:
        self._say(wire.topic(SITE, self.name, part), payload)

    def ack(self, boot: int, upto: int) -> None:
        self.raw("ack", wire.encode("ack", {"boot": boot, "upto": upto}))

    def do(self, cmd: str, id: str = "c1") -> None:
        self.raw("do", wire.encode("do", {"id": id, "cmd": cmd}))

    def lamp(self, presence: str, boot: int = 1, seq: int = 0, epoch: str = "e1", **changes: object) -> int:
        self.rev += 1
        view = {
            "epoch": epoch,
            "rev": self.rev,
            "presence": presence,
            "age_s": 0,
            "help": "none",
            "boot": boot,
            "seq": seq,
        }
        view.update({"verdict": "done", "why": "", "number": "", "lang": "en", **changes})
        self._say(wire.topic(SITE, self.name, "show/lamp"), wire.encode("show/lamp", view), retain=True)
        return self.rev

    def hear(self, part: str, timeout_s: float = 5) -> dict[str, Any]:
        """The next message of that part; others before it are passed over."""
        return self.next((part,), timeout_s)[1]

    def next(self, parts: tuple[str, ...], timeout_s: float = 5) -> tuple[str, dict[str, Any]]:
        """The next message of one of these parts."""
        end = time.monotonic() + timeout_s
        while True:
            heard, payload = self._heard.get(timeout=max(0.001, end - time.monotonic()))
            if heard in parts:
                return heard, payload

    def hears_nothing(self, part: str, for_s: float) -> bool:
        try:
            self.hear(part, for_s)
        except queue.Empty:
            return True
        return False

    def _say(self, topic: str, payload: bytes, retain: bool = False) -> None:
        self._client.publish(topic, payload, 1, retain).wait_for_publish(5)

    def _on_message(self, client: object, userdata: object, message: paho.MQTTMessage) -> None:
        part = wire.parts(message.topic)[2]
        if part in wire.FROM_DEVICE and not message.retain:
            self._heard.put((part, wire.decode(part, message.payload)))


class Desk:
    """A desk unit on the bench with its edge."""

    def __init__(self, edge: Edge, board: Board, device: dict[str, Any]) -> None:
        self.edge, self.board, self.device = edge, board, device
