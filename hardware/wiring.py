"""The files that are made from the board files and committed: a wiring picture, parts list and front panel of each, and a page."""

from pathlib import Path

from hardware import drawing, panel, parts_list, sheet
from hardware.page import page

ROOT = sheet.FOLDER.parent
FOLDERS = ("hardware/wiring", "hardware/panels")  # which hold nothing else
PAGE = "docs/boards.md"


def made() -> dict[str, str]:
    """Path to content, of all boards. Their files must be good (hardware/check.py)."""
    boards = [sheet.read(name) for name in sheet.boards()]
    files = {PAGE: page(boards)}
    for board in boards:
        files[f"hardware/wiring/{board.name}.svg"] = drawing.draw(board)
        files[f"hardware/wiring/{board.name}.csv"] = parts_list.table(board)
        files[f"hardware/panels/{board.name}.svg"] = panel.draw(board)
    return files


def write(out: Path = ROOT) -> list[Path]:
    """Write them all below `out`; gives those that are new or changed."""
    changed = []
    for name, text in made().items():
        path = out / name
        if not path.is_file() or path.read_bytes() != text.encode():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
            changed.append(path)
    return changed
