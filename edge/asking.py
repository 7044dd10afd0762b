"""Asking the core over its Unix socket, one JSON object a line (edge.panel), through a few kept connections."""

import select
import socket
import threading
from pathlib import Path
from typing import Any

import msgspec

from edge.requests import Request

ANSWER_S_MAX = 5.0
ANSWER_BYTES_MAX = 8 << 20  # a site of 3,000 desks makes 10,000 facts at once


class Away(Exception):
    """The core was not reached: nothing has happened."""


class Unsure(Exception):
    """The core took the question and did not answer: it may have happened."""


class Asking:
    """Connections to the core; `ask` from any thread."""

    def __init__(self, state: Path) -> None:
        self._path = str(state / "core.sock")
        self._idle: list[socket.socket] = []
        self._lock = threading.Lock()

    def ask(self, request: Request) -> dict[str, Any]:
        """{"facts", "seq"}, {"refused"}, {"failed"} or {"nonsense"} (edge.panel). Raises Away or Unsure."""
        return self._say(msgspec.json.encode(request))

    def health(self) -> dict[str, dict[str, Any]]:
        """What each device said last of itself, by name: docs/wire.md's `health`, and `at_ms`. Raises Away or Unsure."""
        return self._say(b'{"health":true}')

    def _say(self, line: bytes) -> dict[str, Any]:
        door = self._open()
        try:
            door.sendall(line + b"\n")
            answer = _line(door)
        except OSError as error:
            door.close()
            raise Unsure(str(error)) from error
        with self._lock:
            self._idle.append(door)
        return answer

    def _open(self) -> socket.socket:
        while door := self._kept():
            if not select.select([door], [], [], 0)[0]:  # readable now only if its core has ended
                return door
            door.close()
        door = socket.socket(socket.AF_UNIX)
        door.settimeout(ANSWER_S_MAX)
        try:
            door.connect(self._path)
        except OSError as error:
            door.close()
            raise Away(str(error)) from error
        return door

    def _kept(self) -> socket.socket | None:
        with self._lock:
            return self._idle.pop() if self._idle else None


def _line(door: socket.socket) -> dict[str, Any]:
    answer = bytearray()
    while not answer.endswith(b"\n"):
        piece = door.recv(ANSWER_BYTES_MAX)
        if not piece or len(answer) > ANSWER_BYTES_MAX:
            raise ConnectionResetError("the core ended in the middle of an answer")
        answer += piece
    return msgspec.json.decode(bytes(answer), type=dict[str, Any])
