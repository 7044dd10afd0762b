"""The panel rim: a Unix socket on which the web, the rims' process and the command line ask the core, one JSON object a line.

{"ask": "AcknowledgeHelp", "desk": "3", "by": "panel"}   →  {"facts": ["HelpAcknowledged"], "seq": 812}
                                                         or {"refused": "…"}, {"failed": "…"}, {"nonsense": "…"}
{"follow": true}                                         →  {"seq": 812} now and after each commit
"""

import json
import queue
import socketserver
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec

from edge.core import Core, Failed, Outcome
from edge.facts import Fact
from edge.floor import Floor
from edge.requests import Configure, Panel, Refused, Rims, Tools

LINE_BYTES_MAX = 8 << 20  # the file of a site of 3,000 desks is 1 MB; only our own user can open the door
_decoder = msgspec.json.Decoder(Panel | Configure | Rims | Tools)


class Door(socketserver.ThreadingUnixStreamServer):
    """Listens from its making; a thread for each connection."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, path: Path, core: Core) -> None:
        path.unlink(missing_ok=True)
        super().__init__(str(path), _Connection)
        path.chmod(0o600)
        self.core = core
        self.followers: set[_News] = set()
        threading.Thread(target=self.serve_forever, name="panel", daemon=True).start()

    def show(self, floor: Floor, touched: set[str], batch: Sequence[Fact]) -> None:
        for follower in tuple(self.followers):
            follower.tell(floor.seq)


class _News:
    """The newest number, for a follower who may be slow: what came between is of no interest."""

    def __init__(self) -> None:
        self._seq, self._came = 0, threading.Event()

    def tell(self, seq: int) -> None:
        self._seq = seq
        self._came.set()

    def wait(self) -> int:
        self._came.wait()
        self._came.clear()
        return self._seq


class _Connection(socketserver.StreamRequestHandler):
    server: Door

    def handle(self) -> None:
        try:
            while line := self.rfile.readline(LINE_BYTES_MAX):
                if not line.endswith(b"\n"):
                    self._tell({"nonsense": f"The line is not whole, or longer than {LINE_BYTES_MAX} bytes."})
                    return
                if line.strip() == b'{"follow":true}':
                    self._follow()
                else:
                    self._tell(self._answer(line))
        except (BrokenPipeError, ConnectionResetError):
            return  # the web went away; what it asked is decided all the same

    def _answer(self, line: bytes) -> dict[str, object]:
        core = self.server.core
        try:
            request = msgspec.structs.replace(_decoder.decode(line), at_ms=core.now_ms())
        except (msgspec.MsgspecError, UnicodeDecodeError) as wrong:
            return {"nonsense": str(wrong)}
        heard: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        core.put(request, heard.put)
        outcome = heard.get()
        if isinstance(outcome, Refused):
            return {"refused": str(outcome)}
        if isinstance(outcome, Failed):
            return {"failed": str(outcome)}
        return {
            "facts": [type(fact).__name__ for fact in outcome],
            "seq": core.floor.seq,
        }

    def _follow(self) -> None:
        news = _News()
        self.server.followers.add(news)
        try:
            while True:  # from the core's own thread, so that one that hangs is not taken for one that rests
                self._tell({"seq": news.wait()})
        finally:
            self.server.followers.discard(news)

    def _tell(self, answer: dict[str, object]) -> None:
        self.wfile.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")
