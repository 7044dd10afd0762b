"""Builds of the firmware for the tests of updates, and an edge's part in them: the order, and the pieces."""

import hashlib
import hmac
import queue
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from edge import identity, wire
from edge.devices import updates
from flash import tree
from tests.firmware.bench import Edge


class Build(NamedTuple):
    id: str
    files: list[bytes]  # by their numbers; the first is the manifest

    @property
    def manifest(self) -> bytes:
        return self.files[0]


WAIT_S = 90  # on a slow day: a slot is copied meanwhile
HEAD = "floorboard-1 desk-unit desk 0.2.0"


def build(slot: Mapping[str, bytes], head: str = HEAD, **sources: str) -> Build:
    """A build of a slot's files; `sources` are modules that are another's, or more: name to text."""
    files = {path: raw for path, raw in slot.items() if path != tree.MANIFEST}
    files |= {f"{name}.mpy": compiled(name, text) for name, text in sources.items()}
    return of(tree.manifest(head, files), [b"", *(files[path] for path in sorted(files))])


def of(manifest: bytes, files: list[bytes]) -> Build:
    """With another manifest."""
    return Build(hashlib.sha256(manifest).hexdigest()[:16], [manifest, *files[1:]])


def compiled(name: str, text: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "x.py"), Path(folder, "x.mpy")
        source.write_text(text, encoding="utf-8")
        tree._compile(source, Path(f"{name}.py"), target)
        return target.read_bytes()


def order(secret: str, build: Build, *, older: bool = False, **changes: object) -> dict[str, Any]:
    """The fields of `do update`."""
    mac = hmac.digest(identity.update_key(secret, older=older), build.manifest, hashlib.sha256).hex()
    fields = {"build": build.id, "bytes": len(build.manifest), "mac": mac, "older": older}
    return {**fields, **changes}


def ask(edge: Edge, fields: Mapping[str, Any], id: str = "u1") -> None:
    edge.raw("do", wire.encode("do", {"id": id, "cmd": "update", **fields}))


def serve(edge: Edge, build: Build, until: str, timeout_s: float = WAIT_S, most: int = 10_000) -> dict[str, Any] | None:
    """Answer wishes for pieces until a message of the part `until` comes; gives it, or None after `most` pieces."""
    for _ in range(most):
        try:
            part, said = edge.next(("up", until), timeout_s)
        except queue.Empty:
            raise TimeoutError(f"neither up nor {until}") from None
        if part == until:
            return said
        answer(edge, build, said)
    return None


def answer(edge: Edge, build: Build, wish: Mapping[str, Any], spoilt: int | None = None) -> None:
    """The piece that is wished for; of the file `spoilt` with another first byte."""
    data = build.files[wish["file"]][wish["at"] : wish["at"] + updates.DATA_BYTES_MAX]
    if wish["file"] == spoilt:
        data = bytes([data[0] ^ 1]) + data[1:]
    edge.raw("piece", updates.packed(wish["build"], wish["file"], wish["at"], data))


def slot_of(build: Build) -> dict[str, bytes]:
    """The files of a build as they stand in a slot."""
    paths = [line.split(" ")[2] for line in build.manifest.decode().splitlines()[1:]]
    return {tree.MANIFEST: build.manifest, **dict(zip(paths, build.files[1:], strict=True))}
