"""The page docs/boards.md, made from the board files: of each board its picture, pins, parts, supply and panel."""

from collections.abc import Iterator

from hardware import parts_list, supply
from hardware.front import front
from hardware.pins import CHIPS
from hardware.reading import distance_m
from hardware.sheet import Board, Pin

HEAD = """# Boards

Made by `floorboard hardware draw` from the files in [hardware/boards](../hardware/boards) and
[hardware/parts.toml](../hardware/parts.toml); how such a file is written and checked is told in [hardware.md](hardware.md).
A test fails when this page is out of date. Prices are of one, without VAT, as remembered in November 2026: none was asked for
([unproved.md](unproved.md)).

A digit is read from 200 times its height. So a picture of 2.8 or 4 inches is for one desk; the wall that a floor looks up to
from 10 m is a matrix of LEDs, or a TV with `/tv/<board>`.
"""
OVERVIEW = ("board", "chip", "keys", "digits", "read from", "made for", "parts, €")
PINS = ("pin", "GPIO", "net", "used as", "on the module")
PARTS = ("parts", "what", "to order", "count", "€ each", "€")
RAILS = ("from", "V", "at most, mA", "it gives, mA", "of which")


def page(boards: list[Board]) -> str:
    """The whole page, of boards whose files are good."""
    overview = _table(OVERVIEW, (_overview(board) for board in boards))
    return "\n".join([HEAD, *overview, *(line for board in boards for line in _board(board))]) + "\n"


def _table(head: tuple[str, ...], rows: Iterator[tuple[object, ...]]) -> list[str]:
    lines = [head, tuple("---" for _ in head), *rows]
    return ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines]


def _overview(board: Board) -> tuple[object, ...]:
    link = f"[{board.title}](#{board.name})"
    keys = len(board.tables.get("keys", {})) or ""
    read = (
        (f"{board.reading.digit_mm} mm", f"{distance_m(board):g} m", f"a {board.reading.place}")
        if board.reading
        else ("", "", "")
    )
    return (link, CHIPS[board.chip].title, keys, *read, f"{parts_list.total_eur(board):.2f}")


def _board(board: Board) -> Iterator[str]:
    """The heading is the board's name, since links lead to it."""
    panel = front(board)
    paper = panel.paper + (", landscape" if panel.is_wide else "")
    module = board.kind(board.module)
    yield f"\n## {board.name}\n"
    yield (
        f"**{board.title}**: {CHIPS[board.chip].title} on an {module.title}, {board.flash_mb} MB flash, role `{board.role}`. "
        f"[Its file](../{board.file}) · [wiring](../hardware/wiring/{board.name}.svg) · "
        f"[front panel](../hardware/panels/{board.name}.svg), {panel.width:g} mm × {panel.height:g} mm on {paper} · "
        f"[parts](../hardware/wiring/{board.name}.csv)"
    )
    if board.reading:
        digit = f"{board.reading.digit_mm} mm, read from {distance_m(board):g} m; made for a {board.reading.place}"
        yield f"\nIts largest digits are {digit}."
    yield f"\n![Wiring of {board.name}](../hardware/wiring/{board.name}.svg)\n"
    yield from _table(PINS, (_pin(board, pin) for pin in board.pins.values()))
    yield from _buses(board)
    yield ""
    yield from _table(PARTS, _parts(board))
    yield ""
    yield from _table(RAILS, (_rail(rail) for rail in supply.rails(board)))


def _pin(board: Board, pin: Pin) -> tuple[object, ...]:
    """The pin's name as the firmware has it (flash/tree.py)."""
    table, _, key = pin.key.partition(".")
    name = f'`{table.upper()}["{key}"]`'
    at = board.terminal(pin.key)
    if at is None:
        return name, pin.gpio, "", pin.way, "wired inside"
    return name, pin.gpio, board.wired[at], pin.way, _place(board, at[1])


def _place(board: Board, terminal: str) -> str:
    """Where a terminal of the module is found: "IO16, 12th at the right"."""
    kind = board.kind(board.module)
    text = kind.terminals[terminal]
    for side, texts in (("left", kind.left), ("right", kind.right)):
        if text in texts:
            number = texts.index(text) + 1
            ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10 if number // 10 != 1 else 0, "th")
            return f"{terminal}, {number}{ending} at the {side}"
    return terminal


def _buses(board: Board) -> Iterator[str]:
    for table, content in board.tables.items():
        if "spi" in content:
            yield f"\n`{table}` is at SPI {content['spi']} with {content['mhz']} MHz."
        elif "i2c" in content:
            yield f"\n`{table}` is at I2C {content['i2c']} with {content['khz']} kHz."


def _parts(board: Board) -> Iterator[tuple[object, ...]]:
    for row in parts_list.rows(board):
        names = ", ".join(name.replace("_", " ") for name in row.names)
        yield names, row.kind.what, row.kind.order, row.count, f"{row.kind.eur:.2f}", f"{row.eur:.2f}"
    yield "**total**", "", "", "", "", f"**{parts_list.total_eur(board):.2f}**"


def _rail(rail: supply.Rail) -> tuple[object, ...]:
    shares = ", ".join(f"{part.replace('_', ' ')} {ma}" for part, ma in rail.shares)
    return " ".join(rail.giver), f"{rail.volts:g}", rail.ma, rail.limit_ma, shares
