"""A stand for boards: a real broker, and the edge played by hand towards each of them, faster than any floor would."""

import queue
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any

import paho.mqtt.client as paho

from edge import broker, identity, wire
from edge.commands import Stop, boards
from edge.commands.house import free_port
from flash import tree
from hardware.virtual import Board, Copper

SITE = "stand"
EPOCH = "e1"
EMPTY: Mapping[str, Any] = MappingProxyType({})
UP_S = 20.0
BEAT_S = wire.BEAT_MS / 1000
LOOK_S = 0.25


class Silent(Exception):
    """A board did not do what was awaited of it; says what, and the end of its console."""


class Stand:
    """A context. `names` are the devices that may sign in. `ending` makes every wait of its boards end."""

    def __init__(self, names: list[str]) -> None:
        self._names, self._ends = names, ExitStack()
        self.ending = threading.Event()
        self.played: dict[str, Played] = {}
        self._trees: dict[str, dict[str, bytes]] = {}
        self._beat_at = 0.0

    def __enter__(self) -> "Stand":
        with self._ends:
            self.folder = Path(tempfile.mkdtemp(prefix="floorboard-stand-"))
            self._ends.callback(shutil.rmtree, self.folder, ignore_errors=True)
            self.state, self.port = self.folder / "state", free_port()
            identity.prepare(self.state, ["localhost"])
            line = broker.configure(self.state, SITE, self._names, self.port)
            with (self.folder / "broker.log").open("wb") as log:
                process = subprocess.Popen(
                    line, stdin=subprocess.DEVNULL, stdout=log, stderr=log, process_group=0
                )  # Ctrl-C is for us, who end it
            self._ends.callback(process.wait)
            self._ends.callback(process.kill)
            self.copper = self._ends.enter_context(Copper())
            self._edge = self._sign_in()
            self._ends.callback(self._edge.loop_stop)
            self._ends = self._ends.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.close()

    def _sign_in(self) -> paho.Client:
        client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="fb-edge")
        client.username_pw_set("edge", identity.edge_password(self.state))
        client.tls_set(str(self.state / "ca.crt"))
        subscribed = threading.Event()
        wishes = [(wire.topic(SITE, "+", part), 0) for part in wire.FROM_DEVICE]
        client.on_subscribe = lambda *_: subscribed.set()
        client.on_message = self._came
        end = time.monotonic() + UP_S
        while True:
            try:
                client.connect("localhost", self.port)
                break
            except OSError as error:
                if time.monotonic() > end:
                    raise Stop(f"The broker of the stand did not come up: {self._said()}") from error
                time.sleep(0.02)
        client.loop_start()
        while client.subscribe(wishes)[0] and time.monotonic() < end:  # until it is connected
            time.sleep(0.02)
        if not subscribed.wait(UP_S):
            raise Stop(f"The broker of the stand does not answer: {self._said()}")
        return client

    def _said(self) -> str:
        return (self.folder / "broker.log").read_text(encoding="utf-8", errors="replace")[-400:]

    def _came(self, _client: paho.Client, _user: object, message: paho.MQTTMessage) -> None:
        _, name, part = wire.parts(message.topic)
        if part != "up" and name in self.played and not message.retain:
            self.played[name].came(part, wire.decode(part, message.payload))

    def say(self, name: str, part: str, fields: dict[str, Any], *, retain: bool = False) -> None:
        """As the edge does, to a device; part `$state` of the name `edge` is its beat."""
        shape = "edge/$state" if name == "edge" else part
        self._edge.publish(wire.topic(SITE, name, part), wire.encode(shape, fields), 1, retain)

    def beat(self) -> None:
        """The edge's heart, if it has not beaten for half of its time."""
        if time.monotonic() - self._beat_at > BEAT_S / 2:
            self.come()

    def come(self) -> None:
        """The edge is there, or there again."""
        self._beat_at = time.monotonic()
        state = {"state": "ready", "epoch": EPOCH, "spread_ms": 0, "day": 9000, "ms": 0, "offset_s": 0}
        self.say("edge", "$state", state, retain=True)

    def go(self) -> None:
        """The edge says that it is gone."""
        self.say("edge", "$state", {"state": "lost"}, retain=True)

    def files(self, hardware: str) -> dict[str, bytes]:
        """Of a board's tree, built once."""
        if hardware not in self._trees:
            out = self.folder / f"tree-{hardware}"
            tree.build(hardware, out)
            self._trees[hardware] = tree.read(out)
        return self._trees[hardware]

    def board(
        self, name: str, hardware: str, *, heap_kb: int = 120, prelude: str = "", changes: Mapping[str, Any] = EMPTY
    ) -> Board:
        """A new one with its files in its flash, off. `changes` are of its board's file."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        board = Board(name, folder, self.copper, hardware, heap_kb=heap_kb, prelude=prelude, changes=changes)
        role = board.hardware["role"]
        fields = {"site": SITE, "name": name, "role": role, "host": "localhost", "port": self.port}
        device = identity.device_file(self.state, **fields, provisioning_id="stand", board=hardware)
        ca_pem = (self.state / "ca.crt").read_bytes()
        device = {"networks": boards.NETWORKS, **device}
        files = self.files(hardware) | boards.faces(board.hardware)
        if changes:  # a source stands before the bytecode of the same name
            (made,) = (path for path in files if path.rpartition("/")[2] == "board.mpy")
            files[made.removesuffix("mpy") + "py"] = tree.module(dict(board.hardware)).encode()
        boards.write(board, tree.provisioned(files, device, ca_pem))
        return board


class Played:
    """The edge towards one board, which is turned on by `greet` and off at the context's end. Events are acknowledged at once."""

    def __init__(self, stand: Stand, board: Board) -> None:
        self.board, self.rev, self.events = board, 0, 0
        self.event = 0, 0  # boot and seq of the last one
        self._stand = stand
        self._heard: queue.SimpleQueue[tuple[str, dict[str, Any]]] = queue.SimpleQueue()

    def __enter__(self) -> "Played":
        self._stand.played[self.board.name] = self
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        del self._stand.played[self.board.name]
        self.board.power_off()

    def greet(self, timeout_s: float = UP_S) -> float:
        """Turn it on and wait until it has greeted; gives time.monotonic() at power on."""
        self._stand.beat()
        began = time.monotonic()
        self.board.power_on()
        self._hear("$state", lambda state: state["state"] == "ready", timeout_s)
        return began

    def show(self, part: str, fields: dict[str, Any], *, retain: bool = False) -> int:
        """Send a view; gives its rev."""
        self.rev += 1
        self._stand.say(self.board.name, part, {**fields, "epoch": EPOCH, "rev": self.rev}, retain=retain)
        return self.rev

    def wait_shown(self, rev: int, timeout_s: float = UP_S) -> None:
        """Until it has drawn all up to that rev, while the edge's heart beats on."""
        self._hear("shown", lambda shown: shown["rev"] >= rev, timeout_s)

    def wait_events(self, count: int, timeout_s: float = UP_S) -> None:
        """Until so many events of it have come, those that came again included."""
        while self.events < count:
            self._hear("ev", lambda _: True, timeout_s)

    def _hear(self, part: str, fits: Callable[[dict[str, Any]], bool], timeout_s: float) -> None:
        end = time.monotonic() + timeout_s
        while True:
            self._stand.beat()
            if self._stand.ending.is_set():
                raise Silent("the stand is ending")
            try:
                heard, fields = self._heard.get(timeout=LOOK_S)
            except queue.Empty:
                if time.monotonic() > end or not self.board.is_on:
                    said = self.board.console[-300:]
                    raise Silent(f"{self.board.name} did not send {part} in time; it said last: {said!r}") from None
                continue
            if heard == part and fits(fields):
                return

    def came(self, part: str, fields: dict[str, Any]) -> None:
        """In the thread of the edge."""
        if part == "ev":
            self.events += 1
            self.event = fields["boot"], fields["seq"]
            self._stand.say(self.board.name, "ack", {"boot": fields["boot"], "upto": fields["seq"]})
        self._heard.put((part, fields))
