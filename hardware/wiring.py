"""The files that are made from the board files and committed: a picture and a parts list of each, in hardware/wiring."""

from pathlib import Path

from hardware import sheet
from hardware.drawing import draw
from hardware.parts_list import table

FOLDER = sheet.FOLDER / "wiring"


def made() -> dict[str, str]:
    """File name to content, of all boards. Their files must be good (hardware/check.py)."""
    files: dict[str, str] = {}
    for name in sheet.boards():
        board = sheet.read(name)
        files |= {f"{name}.svg": draw(board), f"{name}.csv": table(board)}
    return files


def write(out: Path = FOLDER) -> list[Path]:
    """Write them all to `out`; gives those that are new or changed."""
    out.mkdir(parents=True, exist_ok=True)
    changed = []
    for name, text in made().items():
        path = out / name
        if not path.is_file() or path.read_bytes() != text.encode():
            path.write_bytes(text.encode())
            changed.append(path)
    return changed
