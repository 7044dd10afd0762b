"""What is written to a board, and what must hold before: for `floorboard flash write` and `provision`."""

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from edge.commands import Stop, boards
from edge.commands.progress import Steps
from flash import chip, filesystem, image, look, tree


def board_facts(board: str) -> dict[str, Any]:
    """The board's file. Stop if there is none of that name."""
    try:
        return tree.read_board(board)
    except ValueError as error:
        raise Stop(f"{str(error)[0].upper()}{str(error)[1:]}.") from error


def read_image(path: Path, board: str) -> image.Image:
    """MicroPython as the technician has it. Stop if it is none, or not for this board's chip."""
    facts = board_facts(board)
    try:
        made = image.parse(path.read_bytes(), facts["flash_mb"] << 20)
    except OSError as error:
        raise Stop(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise Stop(f"{path} {error}.") from error
    if made.chip != facts["chip"]:
        raise Stop(f"Wrong chip: {path} is for an {made.chip}, and a {board} has an {facts['chip']}.")
    return made


@contextlib.contextmanager
def built(board: str) -> Iterator[dict[str, bytes]]:
    """The board's tree and fonts: path to contents. Nothing in it is secret."""
    faces = boards.faces(board_facts(board))
    with tempfile.TemporaryDirectory(prefix="floorboard-tree-") as folder:
        boards.build(board, Path(folder))
        yield tree.read(Path(folder)) | faces


def check(found: look.Found, wanted_chip: str, port: str, *, erase: bool) -> None:
    """Stop if the board has another chip, or firmware of somebody else that nobody has given up."""
    if found.chip and found.chip != wanted_chip:
        raise Stop(f"Wrong chip: the board at {port} has an {found.chip}, and an {wanted_chip} is wanted.")
    if found.kind == "silent":
        chip.identify(port)  # its Fault, if nothing is there
    if found.kind not in look.FREE and not erase:
        raise Stop(f"At {port} is {found}; with --erase it is erased and written over.")


def write(
    steps: Steps, port: str, micropython: image.Image, contents: Mapping[str, bytes], *, erase: bool
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
    return {"on_it": found.kind, "firmware": found.firmware, "device": found.device}
