"""The bench's end of all boards' sockets: one loopback listener, one thread, for any number of boards.

A board opens "bus" (frames out, answers in), then "pins" (only lines in). A frame is kind, index, length (two bytes, high first),
payload. Kinds, with what `Face` does of them: b hello, o an output pin, n a WS2812's bytes, s SPI written, x SPI exchanged, i I2C
written, r I2C read, w PWM, a ADC, v what is on the air or at the plug, and p, the hello of "pins". Whoever sends anything else is
dropped.
"""

import selectors
import socket
import threading
import time
from contextlib import suppress

from hardware.virtual.face import Face, Nonsense

HEAD = 4
NAME_BYTES_MAX = 128
RECEIVE_BYTES = 1 << 18
BOARDS_MAX = 10_000


class _Peer:
    """A connection: what came and is not a whole frame yet, and whose it is."""

    def __init__(self) -> None:
        self.rest = bytearray()
        self.face: Face | None = None
        self.is_bus = False


class Copper:
    """The listener; a context manager. Closing it ends every board that is connected."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port: int = self._listener.getsockname()[1]
        self.strangers = 0  # connections dropped that no face belonged to
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._wake, self._woken = socket.socketpair()
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._faces: dict[str, Face] = {}
        self._peers: dict[socket.socket, _Peer] = {}
        self._thread = threading.Thread(target=self._run, name="copper", daemon=True)
        self._thread.start()

    def __enter__(self) -> "Copper":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add(self, face: Face) -> None:
        """Before its board starts. A later one of the same name takes the place at the next start."""
        self._faces[face.name] = face

    def close(self) -> None:
        if self._thread.is_alive():
            self._wake.send(b".")
            self._thread.join()
        for each in (self._listener, self._wake, self._woken):
            each.close()
        self._selector.close()

    def _run(self) -> None:
        try:
            self._serve()
        finally:  # a bug in a chip: no board goes on as if somebody looked
            for peer in list(self._peers):
                self._end(peer)

    def _serve(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._woken:
                    return
                if key.fileobj is self._listener:
                    self._accept()
                elif key.fileobj in self._peers:
                    self._read(key.fileobj)

    def _accept(self) -> None:
        try:
            peer, _ = self._listener.accept()
        except ConnectionError:  # gone before we looked
            return
        if len(self._peers) >= 2 * BOARDS_MAX:
            peer.close()
            return
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer.setblocking(False)
        self._peers[peer] = _Peer()
        self._selector.register(peer, selectors.EVENT_READ)

    def _read(self, peer: socket.socket) -> None:
        state = self._peers[peer]
        try:
            came = peer.recv(RECEIVE_BYTES)
            at = time.monotonic()
            if came:
                self._frames(peer, state, came, at)
                return
        except BlockingIOError:
            if state.face:
                state.face.fault("the board does not take the answers that it asks for")
        except ConnectionError:
            pass
        except Nonsense as nonsense:
            if state.face:
                state.face.fault(str(nonsense))
        self._end(peer)

    def _frames(self, peer: socket.socket, state: _Peer, came: bytes, at: float) -> None:
        data = bytes(state.rest) + came if state.rest else came
        view, done, total = memoryview(data), 0, len(data)
        while total - done >= HEAD:
            size = data[done + 2] << 8 | data[done + 3]
            if not state.face and (data[done] not in b"bp" or size > NAME_BYTES_MAX):
                raise Nonsense("a board begins with its name")
            if total - done < HEAD + size:
                break
            payload = view[done + HEAD : done + HEAD + size]
            if state.face and state.is_bus:
                answer = state.face.take(chr(data[done]), data[done + 1], payload, at)
                if answer and peer.send(answer) < len(answer):
                    raise BlockingIOError
            elif not state.face:
                self._hello(peer, state, chr(data[done]), bytes(payload))
            else:
                raise Nonsense("a board sent something where it only reads its pins")
            done += HEAD + size
        state.rest = bytearray(view[done:])

    def _hello(self, peer: socket.socket, state: _Peer, kind: str, name: bytes) -> None:
        face = self._faces.get(name.decode(errors="replace"))
        if not face:
            raise Nonsense("a board that nobody knows")
        state.face, state.is_bus = face, kind == "b"
        face.attach(peer, state.is_bus)
        if state.is_bus:
            peer.send(b".")

    def _end(self, peer: socket.socket) -> None:
        state = self._peers.pop(peer)
        self._selector.unregister(peer)
        face = state.face
        self.strangers += face is None
        if face:
            face.detach(peer)
        with suppress(OSError):  # so that the board hears it even while another thread is about to write
            peer.shutdown(socket.SHUT_RDWR)
        peer.close()
