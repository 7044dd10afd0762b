"""What is written to a board, and what must hold before: for all that `floorboard flash` writes."""

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from edge.commands import Stop, boards
from edge.commands.progress import Telling
from flash import chip, filesystem, image, images, look, tree

IMAGES = "images"  # in the state: MicroPython as the site keeps it


def board_facts(board: str) -> dict[str, Any]:
    """The board's file. Stop if there is none of that name."""
    try:
        return tree.read_board(board)
    except ValueError as error:
        raise Stop(f"{str(error)[0].upper()}{str(error)[1:]}.") from error


def read_image(path: Path, board: str, sha256: str = "") -> image.Image:
    """MicroPython as the technician has it. Stop if it is none, not for this board's chip, or not what its SHA-256 says."""
    facts = board_facts(board)
    try:
        content = images.read(path, sha256)
    except OSError as error:
        raise Stop(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise Stop(f"{error}; nothing was written.") from error
    try:
        made = image.parse(content, facts["flash_mb"] << 20)
    except ValueError as error:
        raise Stop(f"{path} {error}.") from error
    if made.chip != facts["chip"]:
        raise Stop(f"Wrong chip: {path} is for an {made.chip}, and a {board} has an {facts['chip']}.")
    return made


def kept_image(state: Path, board: str, sha256: str = "") -> image.Image | None:
    """The one that the site keeps for the board's chip. Stop if one of them is not what it was."""
    try:
        path = images.latest(state / IMAGES, board_facts(board)["chip"])
    except (OSError, ValueError) as error:
        raise Stop(f"{error}; keep it anew with `floorboard flash keep`.") from error
    return read_image(path, board, sha256) if path else None


def built(board: str) -> dict[str, bytes]:
    """The board's tree and fonts: path to contents. Nothing in it is secret."""
    with tempfile.TemporaryDirectory(prefix="floorboard-tree-") as folder:
        boards.build(board, Path(folder))
        return tree.read(Path(folder)) | boards.faces(board_facts(board))


def check(found: look.Found, wanted_chip: str, port: str, *, force: bool, becomes: str = "", board: str = "") -> None:
    """Stop if the board has another chip, firmware of somebody else, or is a device already that is not to become another one:
    `becomes` is "desk-9 of site lab", `board` its file."""
    if found.chip and found.chip != wanted_chip:
        raise Stop(f"Wrong chip: the board at {port} has an {found.chip}, and an {wanted_chip} is wanted.")
    if found.kind == "silent":
        chip.identify(port)  # its Fault, if nothing is there
    if force:
        return
    if found.kind not in look.FREE:
        raise Stop(f"At {port} is {found}; with --force it is erased and written over.")
    if found.device and (found.is_of, found.device["board"]) != (becomes, board):
        how = f"becomes {becomes}, a {board}" if becomes else "is no device any more"
        raise Stop(f"At {port} is {found}; with --force it {how}.")


def fitting(found: look.Found, port: str, board: str, micropython: image.Image) -> look.Found:
    """The same, with what its chip says of itself. Stop if the image is for another one, or larger than its flash; Fault if none
    answers. It is asked before anything is written or registered."""
    made = chip.identify(port)
    if made.chip != micropython.chip:
        raise Stop(f"Wrong chip: the board at {port} has an {made.chip}, and an {micropython.chip} is wanted.")
    wanted_mb = (micropython.vfs_at + micropython.vfs_bytes) >> 20
    if 0 < made.flash_mb < wanted_mb:
        raise Stop(
            f"The board at {port} has a flash of {made.flash_mb} MB, and a {board} wants {wanted_mb} MB; nothing was written."
        )
    return replace(found, chip=made.chip, mac=made.mac)


def write(
    steps: Telling, port: str, micropython: image.Image, contents: Mapping[str, bytes], *, erase: bool
) -> chip.Chip:
    """MicroPython and a file system of these files. The file system first: what is cut off on the way does not start."""
    if erase:
        steps.step("erasing what was there")
        chip.erase(port, micropython.chip)
    system = filesystem.image(contents, micropython.vfs_bytes)
    steps.step("writing and checking")
    return chip.write(port, micropython.chip, {micropython.vfs_at: system, micropython.at: micropython.data}, steps.at)


def told(found: look.Found) -> dict[str, object]:
    """What is on a board, for JSON."""
    row = {"on_it": found.kind, "firmware": found.firmware, "micropython": found.micropython, "device": found.device}
    return {**row, "crash": found.crash}
