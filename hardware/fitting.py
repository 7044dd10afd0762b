"""Each table of the firmware has its part on the board, of the size that the firmware is told."""

from collections.abc import Iterator, Mapping

from hardware.form import Finding
from hardware.kinds import FILE, Kind
from hardware.sheet import Board


def drivers(board: Board) -> Iterator[Finding]:
    for table, content in board.tables.items():
        named = content.get("part") if table != "keys" else None
        fits = {
            name: kind
            for name, kind in board.kinds.items()
            if kind.driver == table and (named in kind.names if named else not kind.names)
        }
        parts = {name: part for name, part in board.parts.items() if part.kind in fits}
        if not fits:
            known = sorted({name for kind in board.kinds.values() if kind.driver == table for name in kind.names})
            remedy = f"There are {', '.join(known)}" if known else "Leave it out"
            yield board.finding(f"{table}.part", f"no part {named!r} in {FILE}", remedy)
        elif not parts:
            remedy = f"It would be a {' or '.join(fits)}: add one to [parts], or take this table away"
            yield board.finding(table, "none of the board's parts is one", remedy)
        yield from _sizes(board, table, {name: fits[part.kind] for name, part in parts.items()})


def _sizes(board: Board, table: str, parts: Mapping[str, Kind]) -> Iterator[Finding]:
    """The part has what the firmware is told; parts with a height too are joined to one picture."""
    content = board.tables[table]
    for name, kind in parts.items():
        for size in ("pixels", "width"):
            has = getattr(kind, size) * board.parts[name].count
            if has and not kind.height and content.get(size) != has:
                text = f"is {content.get(size)}, and {name} (line {board.line(f'parts.{name}')}) has {has}"
                yield board.finding(f"{table}.{size}", text, f"Write {size} = {has}, or take another part")
    joined = {name: kind for name, kind in parts.items() if kind.height}
    has = sum(kind.width * kind.height * board.parts[name].count for name, kind in joined.items())
    asked = content.get("width", 0), content.get("height", 0)
    if joined and (asked[0] * asked[1] != has or any(asked[0] % kind.width for kind in joined.values())):
        names = ", ".join(f"{name} (line {board.line(f'parts.{name}')})" for name in joined)
        text = f"is {asked[0]} × {asked[1]}, which the {has} LEDs of {names} do not make"
        step = max(kind.width for kind in joined.values())
        remedy = f"Width × height must be {has}, and width a multiple of {step}; or take more or fewer parts"
        yield board.finding(f"{table}.width", text, remedy)
    pins = [pin for pin in board.pins if pin.startswith(f"{table}.pin")]
    panels = sum(board.parts[name].count for name in joined)
    if joined and pins and panels % len(pins):
        text = f"{len(pins)} pins cannot share {panels} panels: each drives as many"
        yield board.finding(pins[-1], text, f"Take this pin away, or {len(pins) - panels % len(pins)} panels more")
    if joined and not content.get("ma"):
        remedy = "Write ma = …, in mA: what the supply gives beside all else"
        yield board.finding(f"{table}.ma", "must say how much the driver may let the LEDs draw", remedy)
