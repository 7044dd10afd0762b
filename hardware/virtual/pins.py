"""The hand and the eye at virtual boards: one loopback listener that moves pins and sees lamps, for any number of boards."""

import importlib.util
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

LINE_BYTES_MAX = 256
SEEN_MAX = 256  # lamp pictures that a board remembers
HOLD_MS = 30  # of a short press: longer than the firmware's debounce, so that the release decides
FIRMWARE = Path(__file__).parents[2] / "firmware"

Pixels = tuple[tuple[int, int, int], ...]


def firmware(name: str) -> ModuleType:
    """A module of the firmware that CPython can run too: `lamp`, `board`."""
    spec = importlib.util.spec_from_file_location(f"firmware_{name}", FIRMWARE / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


lamp = firmware("lamp")
GPIO: dict[str, int] = firmware("board").KEYS
LONG_MS = 800  # wire.LONG_MS, which the tests compare


class Board:
    """One virtual board: press its keys, watch its lamp. Any thread may call."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.connects = 0  # how often it has started
        self._socket: socket.socket | None = None
        self._changed = threading.Condition()
        self._seen: deque[tuple[float, Pixels]] = deque(maxlen=SEEN_MAX)

    @property
    def lamp(self) -> Pixels | None:
        """The last eight (red, green, blue), or None before the first."""
        return self._seen[-1][1] if self._seen else None

    @property
    def view(self) -> Any:
        """What the lamp says, a `View` of firmware/lamp.py, or None."""
        return lamp.read(self.lamp) if self._seen else None

    @property
    def seen(self) -> list[tuple[float, Pixels]]:
        """The last pictures with the monotonic time at which each had come."""
        with self._changed:
            return list(self._seen)

    def press(self, key: str, press: str = "short", hold_ms: int | None = None) -> float:
        """Press and release. Gives time.monotonic() of the edge that decides: the release of a short press, and for a long
        one the moment at which it had been held for LONG_MS."""
        down = self.level(key, 0)
        if press == "long":
            time.sleep((LONG_MS + HOLD_MS if hold_ms is None else hold_ms) / 1000)
            self.level(key, 1)
            return down + LONG_MS / 1000
        time.sleep((HOLD_MS if hold_ms is None else hold_ms) / 1000)
        return self.level(key, 1)

    def level(self, key: str, level: int) -> float:
        """Move one pin; gives time.monotonic() just before."""
        if self._socket is None:
            raise ConnectionError(f"{self.name} is not running")
        line = b"p %d %d\n" % (GPIO[key], level)
        now = time.monotonic()
        self._socket.sendall(line)
        return now

    def wait_lamp(self, predicate: Callable[[Any], bool], timeout_s: float, since: float = 0.0) -> float:
        """Wait until the lamp's view fits; gives time.monotonic() at which the first such picture since `since` had come.

        Without `since` only the present picture and later ones count. TimeoutError says what the lamp showed instead.
        """
        end = time.monotonic() + timeout_s
        with self._changed:
            while True:
                pictures = [p for p in self._seen if p[0] >= since] if since else list(self._seen)[-1:]
                for at, pixels in pictures:
                    view = lamp.read(pixels)
                    if view is not None and predicate(view):
                        return at
                if not self._changed.wait(end - time.monotonic()):
                    raise TimeoutError(f"{self.name} shows {self.view}")

    def wait_confirmed(self, presence: str, timeout_s: float, since: float = 0.0) -> float:
        """`wait_lamp` for the edge-confirmed lamp of a presence: not pending, not lost, no digits."""
        wanted = lamp.View(presence, None, False, False, False, 0)
        return self.wait_lamp(lambda view: view._replace(help=None) == wanted, timeout_s, since)

    def _saw(self, at: float, wire_bytes: bytes) -> None:
        triples = [wire_bytes[i : i + 3] for i in range(0, len(wire_bytes), 3)]
        with self._changed:
            self._seen.append((at, tuple((red, green, blue) for green, red, blue in triples)))
            self._changed.notify_all()


class Pins:
    """The listener, with a thread of its own; a context manager. Closing it ends every board that is connected."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port: int = self._listener.getsockname()[1]
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._wake, self._woken = socket.socketpair()
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._boards: dict[str, Board] = {}
        self._lines: dict[socket.socket, bytes] = {}
        self._names: dict[socket.socket, str] = {}
        self._came = threading.Condition()
        self._ended: dict[str, Callable[[], None]] = {}
        self._thread = threading.Thread(target=self._run, name="pins", daemon=True)
        self._thread.start()

    def __enter__(self) -> "Pins":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._thread.is_alive():
            self._wake.send(b".")
            self._thread.join()
        for each in (self._listener, self._wake, self._woken, *self._lines):
            each.close()
        self._selector.close()

    def wait(self, name: str, timeout_s: float = 20) -> Board:
        """The board of that name, once it has connected."""
        with self._came:
            if not self._came.wait_for(lambda: name in self._boards and self._boards[name]._socket, timeout_s):
                raise TimeoutError(f"board {name} did not start within {timeout_s} s")
            return self._boards[name]

    def follow(self, name: str, ended: Callable[[], None]) -> None:
        """Call `ended` whenever that board's socket closes."""
        self._ended[name] = ended

    def _run(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._woken:
                    return
                if key.fileobj is self._listener:
                    self._accept()
                else:
                    self._read(key.fileobj)  # type: ignore[arg-type]

    def _accept(self) -> None:
        board, _ = self._listener.accept()
        board.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._lines[board] = b""
        self._selector.register(board, selectors.EVENT_READ)

    def _read(self, peer: socket.socket) -> None:
        try:
            came = peer.recv(65536)
        except ConnectionError:
            came = b""
        at = time.monotonic()
        *lines, rest = (self._lines[peer] + came).split(b"\n")
        if not came or len(rest) > LINE_BYTES_MAX:
            self._end(peer)
            return
        self._lines[peer] = rest
        for line in lines:
            self._take(peer, line, at)

    def _take(self, peer: socket.socket, line: bytes, at: float) -> None:
        kind, _, rest = line.partition(b" ")
        if kind == b"b":
            with self._came:
                name = self._names[peer] = rest.decode()
                board = self._boards.setdefault(name, Board(name))
                board._socket = peer
                board.connects += 1
                self._came.notify_all()
        elif kind == b"l" and peer in self._names:
            self._boards[self._names[peer]]._saw(at, bytes.fromhex(rest.decode()))

    def _end(self, peer: socket.socket) -> None:
        self._selector.unregister(peer)
        self._lines.pop(peer)
        name = self._names.pop(peer, None)
        if name is not None and self._boards[name]._socket is peer:
            self._boards[name]._socket = None
        peer.close()
        if name in self._ended:
            threading.Thread(target=self._ended[name], daemon=True).start()  # it may have to wait for a process
