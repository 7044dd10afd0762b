"""The parts of a board, and their list as CSV: what to buy for one, and what it costs."""

import csv
import io
from dataclasses import dataclass

from hardware.kinds import Kind
from hardware.sheet import Board

HEAD = ("names", "count", "what", "maker", "number", "volts", "ma_each", "ma_all", "eur_each", "eur_all")


@dataclass(frozen=True)
class Row:
    """All parts of one kind."""

    names: tuple[str, ...]
    kind: Kind
    count: int

    @property
    def ma(self) -> int:
        """The most that one draws, of all its terminals together."""
        return sum(take.ma for take in self.kind.takes.values())

    @property
    def eur(self) -> float:
        return self.kind.eur * self.count


def rows(board: Board) -> list[Row]:
    """One a kind, in the order of the board's file."""
    found = []
    for kind in dict.fromkeys(part.kind for part in board.parts.values()):
        names = tuple(name for name, part in board.parts.items() if part.kind == kind)
        found.append(Row(names, board.kinds[kind], sum(board.parts[name].count for name in names)))
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
                *(" ".join(row.names), row.count, kind.what, kind.maker, kind.number, " ".join(volts)),
                *(row.ma or "", row.ma * row.count or "", f"{kind.eur:.2f}", f"{row.eur:.2f}"),
            )
        )
    out.writerow(("total", *[""] * 8, f"{total_eur(board):.2f}"))
    return text.getvalue()
