"""A virtual board as a technician leaves a real one: MicroPython, its tree, device.json and the site's certificate in its flash."""

import functools
import json
from collections.abc import Mapping
from pathlib import Path

from flash import filesystem
from hardware.virtual import Board, boot
from hardware.virtual.mcu import MCUS

VFS_AT, VFS_BYTES = 0x20_0000, 0x20_0000  # MicroPython's layout of a flash of 4 MB


def provision(board: Board, tree: Path, device: Mapping[str, object], ca_pem: bytes) -> None:
    """Write all of it, while the board is off. `tree` as flash/tree.py builds it, `device` as edge/identity.py gives it."""
    files = {str(path.relative_to(tree)): path.read_bytes() for path in tree.rglob("*") if path.is_file()}
    write(board, {**files, "device.json": json.dumps(device).encode(), "ca.pem": ca_pem})


def write(board: Board, files: Mapping[str, bytes]) -> None:
    """MicroPython, and a file system of these files."""
    board.write(board.mcu.bootloader_offset, _micropython(board.mcu.name))
    board.write(VFS_AT, filesystem.image(files, VFS_BYTES))


def stored(board: Board) -> dict[str, bytes]:
    """The files that its flash holds, by path. ValueError if it holds no file system."""
    return filesystem.read(board.read(VFS_AT, VFS_BYTES))


@functools.cache
def _micropython(chip: str) -> bytes:
    return boot.micropython(MCUS[chip])
