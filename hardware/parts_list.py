"""The parts of a board, and their list as CSV: what to buy for one, and what it costs."""

import csv
import io
from dataclasses import dataclass

from hardware import supply
from hardware.kinds import Kind
from hardware.sheet import Board

HEAD = ("names", "count", "what", "maker", "number", "spec", "volts", "ma_each", "ma_all", "eur_each", "eur_all")


@dataclass(frozen=True)
class Row:
    """All parts of one kind."""

    names: tuple[str, ...]
    kind: Kind
    count: int
    ma: int  # the most that they draw together, as this board drives them

    @property
    def eur(self) -> float:
        return self.kind.eur * self.count


def rows(board: Board) -> list[Row]:
    """One a kind, in the order of the board's file."""
    found = []
    for kind in dict.fromkeys(part.kind for part in board.parts.values()):
        names = tuple(name for name, part in board.parts.items() if part.kind == kind)
        count = sum(board.parts[name].count for name in names)
        found.append(Row(names, board.kinds[kind], count, sum(supply.drawn_ma(board, name) for name in names)))
    return found


def total_eur(board: Board) -> float:
    return sum(row.eur for row in rows(board))


def table(board: Board) -> str:
    """As CSV; the last line is the total."""
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(HEAD)
    for row in rows(board):
        kind = row.kind
        volts = dict.fromkeys(f"{take.volts[0]:g}–{take.volts[1]:g}" for take in kind.takes.values() if take.ma)
        out.writerow(
            (
                *(" ".join(row.names), row.count, kind.what, kind.maker, kind.number, kind.spec, " ".join(volts)),
                *(row.ma // row.count or "", row.ma or "", f"{kind.eur:.2f}", f"{row.eur:.2f}"),
            )
        )
    out.writerow(("total", *[""] * 9, f"{total_eur(board):.2f}"))
    return text.getvalue()
