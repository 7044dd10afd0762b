"""A virtual board as a technician leaves a real one, at once: its flash is written from outside, without its serial port."""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edge import parts
from edge.commands import Stop
from flash import filesystem, fonts, tree
from hardware.virtual import Board, air, boot
from hardware.virtual.mcu import MCUS

NETWORKS = [{"ssid": air.NAME, "passphrase": ""}]  # what is on the air around a virtual board
OWN = "device.json"  # the one file that no other board has
VFS_AT, VFS_BYTES = 0x20_0000, 0x20_0000  # MicroPython's layout of a flash of 4 MB


def provision(board: Board, built: Path, device: Mapping[str, object], ca_pem: bytes) -> None:
    """Write all of it, while the board is off. `built` as flash/tree.py builds it, `device` as edge/identity.py gives it."""
    write(board, tree.provisioned(tree.read(built) | faces(board.hardware), {"networks": NETWORKS, **device}, ca_pem))


def faces(hardware: Mapping[str, Any]) -> dict[str, bytes]:
    """The font files of a board's file by path; none without a picture. Raises parts.PartMissing."""
    if not fonts.wanted(hardware):
        return {}
    sources = fonts.Sources(parts.font(), parts.font(parts.PIXELS))
    return fonts.of_board(hardware, sources, parts.FOLDER / "faces")


def build(board: str, out: Path) -> None:
    """A board's tree in the folder `out`. Stop if that cannot be."""
    try:
        tree.build(board, out)
    except ValueError as error:
        raise Stop(f"{str(error)[0].upper()}{str(error)[1:]}.") from error
    except OSError as error:
        raise Stop(f"{out} cannot be written: {error.strerror}.") from error


def put(faces: Mapping[str, bytes], root: Path) -> None:
    """Font files into a folder that stands for a flash. Stop if that cannot be."""
    try:
        for name, content in faces.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(content)
    except OSError as error:
        raise Stop(f"{root} cannot be written: {error.strerror}.") from error


def write(board: Board, files: Mapping[str, bytes]) -> None:
    """MicroPython, and a file system of these files."""
    board.write(board.mcu.bootloader_offset, stand_in(board.mcu.name))
    own = {path: files[path] for path in files if path == OWN}
    alike = tuple((path, files[path]) for path in sorted(files) if path != OWN)
    board.write(VFS_AT, filesystem.added(_image(alike), own))


def stored(board: Board) -> dict[str, bytes]:
    """The files that its flash holds, by path. ValueError if it holds no file system."""
    return filesystem.read(board.read(VFS_AT, VFS_BYTES))


@functools.lru_cache(maxsize=8)
def _image(files: tuple[tuple[str, bytes], ...]) -> bytes:
    """Boards by the thousand have these alike, and making it takes far longer than adding a file to it."""
    return filesystem.image(dict(files), VFS_BYTES)


@functools.cache
def stand_in(chip: str) -> bytes:
    """What a technician names as MicroPython's image when he practises on a virtual board."""
    return boot.micropython(MCUS[chip])
