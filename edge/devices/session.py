"""The edge's MQTT sessions, read and written by the core's own thread: between a press and its answer nobody hands over to anybody.

Each session has a client of its own, so nothing of an old one is ever sent in a new one. Only connecting, which may block for
seconds on a broker that hangs, has a thread; it hands the client over and ends, and every callback comes in the core's thread.
"""

import queue
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from edge import identity
from edge.settings import Settings

KEEPALIVE_S = 5  # a broker that hangs, or says nothing to CONNECT, is given up within twice that
AGAIN_S, AGAIN_S_MAX = 0.3, 5.0  # between two tries; doubled for a broker that is there and refuses
FAREWELL_S = 1.0  # for the last words to get out


class Session:
    """From `start` to `stop`. `came(message)`, `up(client)` and `down()` are called in the core's thread; `wake` rouses it."""

    def __init__(
        self,
        settings: Settings,
        state: Path,
        will: tuple[str, bytes],
        *,
        came: Callable[[mqtt.MQTTMessage], None],
        up: Callable[[], None],
        down: Callable[[], None],
        wake: Callable[[], None],
    ) -> None:
        self._settings, self._state, self._will = settings, state, will
        self._came, self._up, self._down, self._wake = came, up, down, wake
        self._ending = threading.Event()
        self._connected_now: queue.SimpleQueue[mqtt.Client] = queue.SimpleQueue()
        self._client: mqtt.Client | None = None  # the core's; None while there is none
        self._wait_s = AGAIN_S
        self.is_up = False

    def start(self) -> None:
        threading.Thread(target=self._connect, args=(0.0,), name="broker", daemon=True).start()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """With QoS 1, at once; nothing while the broker is away, since all that matters is said again when it is back."""
        if self.is_up and self._client:
            self._client.publish(topic, payload, qos=1, retain=retain)

    def subscribe(self, wishes: list[tuple[str, int]]) -> None:
        if self.is_up and self._client:
            self._client.subscribe(wishes)

    def stop(self) -> None:
        """Lets what was published get out first."""
        self._ending.set()
        stream = self._stream()
        if self._client and stream is not None:
            stream.settimeout(FAREWELL_S)
            self._client.disconnect()

    # Of the core: edge.core.Source.

    def fileno(self) -> int | None:
        self._adopt()
        stream = self._stream()
        return None if stream is None else stream.fileno()

    def wants_write(self) -> bool:
        return self._client is not None and self._client.want_write()

    def pump(self) -> None:
        """Take what has come and write what waits; each message is handed on before the next is read."""
        while self._client and (stream := self._stream()) is not None:
            self._client.loop_read()
            if self._client and self._client.want_write():
                self._client.loop_write()
            if (
                self._stream() is not stream or not stream.pending()
            ):  # what TLS has decrypted already no poll would tell
                return

    def tend(self) -> None:
        """At least once a second: pings, and gives up on a broker that does not answer."""
        if self._client:
            self._client.loop_misc()

    def _stream(self) -> Any:
        return self._client.socket() if self._client else None

    def _adopt(self) -> None:
        """Take over what the thread has connected; CONNECT waits to be written, and its answer to be read."""
        try:
            client = self._connected_now.get_nowait()
        except queue.Empty:
            return
        self._client = client
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.on_message = lambda _client, _user, message: self._came(message)
        if client.socket() is None:  # it was closed before we looked
            self._lost()

    def _connect(self, wait_s: float) -> None:
        """In a thread of its own, without callbacks, until a client is connected or we end."""
        while not self._ending.wait(wait_s):
            client = self._new_client()
            try:
                code = client.connect(self._settings.broker.host, self._settings.broker.port, keepalive=KEEPALIVE_S)
            except (OSError, ValueError):  # not there, not yet, not ours
                code = MQTTErrorCode.MQTT_ERR_NO_CONN
            if code == MQTTErrorCode.MQTT_ERR_SUCCESS:
                self._connected_now.put(client)
                self._wake()
                return
            wait_s = AGAIN_S

    def _new_client(self) -> mqtt.Client:
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="fb-edge", clean_session=True)
        client.username_pw_set("edge", identity.edge_password(self._state))
        client.tls_set(ca_certs=str(self._state / "ca.crt"))
        client.will_set(*self._will, qos=1, retain=True)
        client.max_inflight_messages_set(20_000)
        client.on_socket_open = _without_delay
        return client

    def _on_connect(self, client: mqtt.Client, _user: object, _flags: object, reason: Any, _properties: object) -> None:
        if reason.is_failure:
            self._wait_s = min(AGAIN_S_MAX, 2 * self._wait_s)
            print(f"broker: {reason}; trying again in {self._wait_s:.1f} s", file=sys.stderr)
            return
        self._wait_s, self.is_up = AGAIN_S, True
        self._up()

    def _on_disconnect(self, *_: object) -> None:
        self._lost()

    def _lost(self) -> None:
        was_up, self._client, self.is_up = self.is_up, None, False
        if self._ending.is_set():
            return
        if was_up:
            self._down()
        threading.Thread(target=self._connect, args=(self._wait_s,), name="broker", daemon=True).start()


def _without_delay(_client: mqtt.Client, _user: object, sock: Any) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
