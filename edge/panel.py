"""The panel rim: a Unix socket on which the web, the rims' process and the command line ask the core, one JSON object a line.

{"ask": "AcknowledgeHelp", "desk": "3", "by": "ana"}   →  {"facts": [{"kind": "HelpAcknowledged", …}], "seq": 812}
                                                       or {"refused": "…"}, {"failed": "…"}, {"nonsense": "…"}
{"follow": true}                                       →  {"seq": 812} now and after each commit
{"health": true}                                       →  {"desk-3": {"at_ms": …, "rssi": -61, …}, …}, as devices said last

It lives in the core's own thread: requests of many connections are one batch, and no other thread takes the interpreter.
"""

import select
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from edge.core import Core, Failed, Outcome
from edge.facts import Fact
from edge.floor import Floor
from edge.identity import hide
from edge.requests import Configure, Panel, Refused, Rims, SignInWith, SkipNumbers, Tools

LINE_BYTES_MAX = 8 << 20  # the file of a site of 3,000 desks is 1 MB; only our own user can open the door
UNSENT_BYTES_MAX = 16 << 20  # for one who does not read; then the connection is closed
READ_BYTES = 64 * 1024
WAITING_MAX = 128  # connections that are not taken yet
_decoder = msgspec.json.Decoder(Panel | Configure | Rims | Tools | SkipNumbers)
_encode = msgspec.json.Encoder().encode


class Door:
    """A source and a rim of the core; listens from its making until `close`. `health` is what the devices' rim knows."""

    def __init__(self, path: Path, core: Core, health: Mapping[str, Mapping[str, Any]]) -> None:
        self._state = path.parent
        path.unlink(missing_ok=True)
        self._core, self._health = core, health
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.setblocking(False)
        self._listening.bind(str(path))
        path.chmod(0o600)
        self._listening.listen(WAITING_MAX)
        self._epoll = select.epoll()
        self._epoll.register(self._listening, select.EPOLLIN)
        self._visitors: dict[int, _Visitor] = {}

    def close(self) -> None:
        for visitor in tuple(self._visitors.values()):
            self._leave(visitor)
        self._epoll.close()
        self._listening.close()

    # A core.Source

    def fileno(self) -> int:
        return self._epoll.fileno()

    def wants_write(self) -> bool:
        return False  # epoll knows

    def due_s(self) -> float | None:
        return None

    def pump(self) -> None:
        for fd, events in self._epoll.poll(0):
            visitor = self._visitors.get(fd)
            if visitor is None:
                self._let_in()
                continue
            if events & select.EPOLLOUT:
                self._send(visitor)
            if events & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
                self._hear(visitor)

    # A core.Rim

    def show(self, floor: Floor, touched: set[str], batch: Sequence[Fact]) -> None:
        news = b'{"seq":%d}\n' % floor.seq
        for visitor in tuple(self._visitors.values()):
            if (
                visitor.follows and len(visitor.unsent) < READ_BYTES
            ):  # a slow one hears of later news: it is all the same to it
                self._tell(visitor, news)

    def _let_in(self) -> None:
        try:
            door, _ = self._listening.accept()
        except BlockingIOError:
            return  # it has gone already
        door.setblocking(False)
        self._visitors[door.fileno()] = _Visitor(door)
        self._epoll.register(door, select.EPOLLIN)

    def _hear(self, visitor: "_Visitor") -> None:
        try:
            piece = visitor.door.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            self._leave(visitor)  # what it asked is decided all the same
            return
        visitor.heard += piece
        if b"\n" not in piece:
            if len(visitor.heard) > LINE_BYTES_MAX:
                self._tell(visitor, _encode({"nonsense": f"The line is longer than {LINE_BYTES_MAX} bytes."}) + b"\n")
                self._leave(visitor)
            return
        *lines, rest = bytes(visitor.heard).split(b"\n")
        visitor.heard = bytearray(rest)
        for line in lines:
            self._ask(visitor, line)

    def _ask(self, visitor: "_Visitor", line: bytes) -> None:
        if line.strip() == b'{"follow":true}':
            visitor.follows = True
            self._tell(visitor, b'{"seq":%d}\n' % self._core.floor.seq)
            return
        if line.strip() == b'{"health":true}':
            self._tell(visitor, _encode(self._health) + b"\n")
            return
        try:
            request = msgspec.structs.replace(_decoder.decode(line), at_ms=self._core.now_ms())
        except (msgspec.MsgspecError, UnicodeDecodeError) as wrong:
            self._tell(visitor, _encode({"nonsense": str(wrong)}) + b"\n")
            return
        if isinstance(request, SignInWith):
            pin, badge = (hide(self._state, kind, getattr(request, kind)) for kind in ("pin", "badge"))
            request = msgspec.structs.replace(request, pin=pin, badge=badge)
        self._core.put(request, lambda outcome: self._answer(visitor, outcome))

    def _answer(self, visitor: "_Visitor", outcome: Outcome) -> None:
        said: dict[str, object]
        if isinstance(outcome, Refused):
            said = {"refused": str(outcome)}
        elif isinstance(outcome, Failed):
            said = {"failed": str(outcome)}
        else:
            said = {"facts": outcome, "seq": self._core.floor.seq}
        self._tell(visitor, _encode(said) + b"\n")

    def _tell(self, visitor: "_Visitor", said: bytes) -> None:
        if not visitor.is_there:
            return
        was_idle = not visitor.unsent
        visitor.unsent += said
        if was_idle:
            self._send(visitor)

    def _send(self, visitor: "_Visitor") -> None:
        try:
            sent = visitor.door.send(visitor.unsent)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._leave(visitor)
            return
        del visitor.unsent[:sent]
        if len(visitor.unsent) > UNSENT_BYTES_MAX:
            self._leave(visitor)
            return
        waits = select.EPOLLOUT if visitor.unsent else 0
        if waits != visitor.waits:
            visitor.waits = waits
            self._epoll.modify(visitor.door, select.EPOLLIN | waits)

    def _leave(self, visitor: "_Visitor") -> None:
        if visitor.is_there:
            visitor.is_there = False
            self._epoll.unregister(visitor.door)
            del self._visitors[visitor.door.fileno()]
            visitor.door.close()


class _Visitor:
    """One connection."""

    def __init__(self, door: socket.socket) -> None:
        self.door = door
        self.heard, self.unsent = bytearray(), bytearray()
        self.follows = False
        self.is_there = True
        self.waits = 0  # EPOLLOUT while something is unsent
