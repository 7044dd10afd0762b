"""The parts list of a board as CSV: what to buy for one."""

import csv
import io

from hardware.sheet import Board

HEAD = ("names", "count", "what", "number", "volts", "ma_each", "ma_all")


def table(board: Board) -> str:
    """One line a kind, in the order of the board's file. Current is the most that one draws, of all its terminals together."""
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(HEAD)
    for kind_name in dict.fromkeys(part.kind for part in board.parts.values()):
        kind = board.kinds[kind_name]
        names = [name for name, part in board.parts.items() if part.kind == kind_name]
        count = sum(board.parts[name].count for name in names)
        takes = [take for take in kind.takes.values() if take.ma]
        each = sum(take.ma for take in takes)
        volts = " ".join(dict.fromkeys(f"{take.volts[0]:g}–{take.volts[1]:g}" for take in takes))
        row = (" ".join(names), count, kind.what, kind.number, volts, each or "", each * count or "")
        out.writerow(row)
    return text.getvalue()
