"""The edge's MQTT session, read and written by the core's own thread: between a press and its answer nobody hands over to anybody.

Only connecting, which may block for seconds on a broker that hangs, has a thread, and that one ends before the core takes over.
"""

import socket
import ssl
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from edge import identity
from edge.settings import Settings

KEEPALIVE_S = 5  # a broker that hangs is noticed within twice that
AGAIN_S = 0.3  # between two tries to connect
FAREWELL_S = 1.0  # for the last words to get out


class Session:
    """From `start` to `stop`. `came(topic, payload)`, `up()` and `down()` are called in the core's thread; `wake` rouses it."""

    def __init__(
        self,
        settings: Settings,
        state: Path,
        will: tuple[str, bytes],
        *,
        came: Callable[[mqtt.MQTTMessage], None],
        up: Callable[[mqtt.Client], None],
        down: Callable[[], None],
        wake: Callable[[], None],
    ) -> None:
        self._up, self._down, self._wake = up, down, wake
        self._ending = threading.Event()
        self._is_ours = False  # the connecting thread is done with it
        self.is_up = False
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="fb-edge", clean_session=True)
        client.username_pw_set("edge", identity.edge_password(state))
        client.tls_set(ca_certs=str(state / "ca.crt"))
        client.will_set(*will, qos=1, retain=True)
        client.max_inflight_messages_set(20_000)
        client.on_socket_open = _without_delay
        client.on_connect = self._connected
        client.on_disconnect = self._disconnected
        client.on_message = lambda _client, _user, message: came(message)
        client.connect_async(settings.broker.host, settings.broker.port, keepalive=KEEPALIVE_S)
        self._client = client

    def start(self) -> None:
        threading.Thread(target=self._connect, name="broker", daemon=True).start()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """With QoS 1, at once; nothing while the broker is away, since all that matters is said again when it is back."""
        if self.is_up:
            self._client.publish(topic, payload, qos=1, retain=retain)

    def subscribe(self, wishes: list[tuple[str, int]]) -> None:
        if self.is_up:
            self._client.subscribe(wishes)

    def stop(self) -> None:
        """Lets what was published get out first."""
        self._ending.set()
        stream = self._stream()
        if stream is not None:
            stream.setblocking(True)
            stream.settimeout(FAREWELL_S)
            self._client.disconnect()

    # Of the core: edge.core.Source.

    def fileno(self) -> int | None:
        stream = self._stream()
        return None if stream is None else stream.fileno()

    def wants_write(self) -> bool:
        return self._client.want_write()

    def pump(self) -> None:
        """Take what has come and write what waits; each message is handed on before the next is read."""
        while (stream := self._stream()) is not None:
            self._client.loop_read()
            if self._client.want_write():
                self._client.loop_write()
            if (
                self._stream() is not stream or not stream.pending()
            ):  # what TLS has decrypted already no select would tell
                return

    def tend(self) -> None:
        """At least once a second: pings, and gives up on a broker that does not answer."""
        if self._stream() is not None:
            self._client.loop_misc()

    def _stream(self) -> Any:
        """The TLS socket, while it is the core's."""
        return self._client.socket() if self._is_ours else None

    def _connect(self) -> None:
        while not self._ending.is_set():
            try:
                self._client.reconnect()
            except (OSError, ssl.SSLError, ValueError):  # not there, not yet, not ours
                self._ending.wait(AGAIN_S)
            else:
                self._is_ours = True
                self._wake()
                return

    def _connected(self, client: mqtt.Client, _user: object, _flags: object, reason: Any, _properties: object) -> None:
        if reason.is_failure:
            print(f"broker: {reason}", file=sys.stderr)
            return
        self.is_up = True
        self._up(client)

    def _disconnected(self, *_: object) -> None:
        self._is_ours = self.is_up = False
        if not self._ending.is_set():
            self._down()
            threading.Timer(AGAIN_S, self._connect).start()


def _without_delay(_client: mqtt.Client, _user: object, sock: Any) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
