"""The rules that a board file must keep before anyone wires it: of each that it breaks the line, a sentence and what would do."""

from collections.abc import Callable, Iterator
from difflib import get_close_matches
from pathlib import Path

from hardware import buses, claims, fitting, reading, roles, supply, wires
from hardware.form import BadSheet, Finding
from hardware.kinds import FILE
from hardware.pins import ASKS, CHIPS, FLASH_MB, MOST, NEEDS, NUMBERS, TABLES, WORDS, way
from hardware.sheet import Board, parse, read

ROLES = sorted(path.stem for path in (Path(__file__).parents[1] / "firmware" / "roles").glob("*.py"))


def check(name: str) -> list[Finding]:
    """All that is wrong with a board file; empty if it is good."""
    try:
        return judge(read(name))
    except BadSheet as bad:
        return [bad.finding]


def check_bytes(name: str, raw: bytes) -> list[Finding]:
    """`check` of a file that is not in the folder."""
    try:
        return judge(parse(name, raw))
    except BadSheet as bad:
        return [bad.finding]


def judge(board: Board) -> list[Finding]:
    """What is found wrong with the form keeps the rules behind it from guessing."""
    found = [finding for rule in FIRST for finding in rule(board)]
    return found or [finding for rule in RULES for finding in rule(board)]


def chip(board: Board) -> Iterator[Finding]:
    if board.chip not in CHIPS:
        yield board.finding("chip", f"no chip {board.chip!r}", f"There are {', '.join(CHIPS)}")


def kinds(board: Board) -> Iterator[Finding]:
    for name, part in board.parts.items():
        if part.kind not in board.kinds:
            what = f"There are {', '.join(board.kinds)}; a new one goes into that file"
            yield board.finding(f"parts.{name}.kind", f"no kind {part.kind!r} in {FILE}", what)
        if name in TABLES:
            yield board.finding(
                f"parts.{name}", "is the name of a table of the firmware", "Call the part something else"
            )
        if part.count < 1:
            yield board.finding(f"parts.{name}.count", f"must be at least 1, not {part.count}", "Leave it out for one")


def module(board: Board) -> Iterator[Finding]:
    carriers = [name for name in board.known if board.kind(name).chip]
    fits = [name for name, kind in board.kinds.items() if kind.chip == board.chip]
    if len(carriers) != 1:
        what = " and ".join(carriers) if carriers else "none"
        remedy = "Take one away" if carriers else f"Add one to [parts]: {' or '.join(fits) or 'a board with the chip'}"
        key = f"parts.{carriers[-1]}" if carriers else "parts"
        yield board.finding(key, f"exactly one part must carry the chip; here it is {what}", remedy)
    elif board.chip in CHIPS and board.kind(carriers[0]).chip != board.chip:
        carried = board.kind(carriers[0]).chip
        text = f"carries an {carried}, and the board's chip is {board.chip}"
        remedy = f'Write chip = "{carried}", or take {" or ".join(fits) or "another board"}'
        yield board.finding(f"parts.{carriers[0]}", text, remedy)


def tables(board: Board) -> Iterator[Finding]:
    """What the firmware would not understand."""
    for table, content in board.tables.items():
        if table not in TABLES:
            yield board.finding(table, "the firmware has no such table", f"There are {', '.join(TABLES)}")
            continue
        for key, value in content.items():
            if key in WORDS and value not in WORDS[key]:
                yield board.finding(f"{table}.{key}", f"no {key} {value!r}", f"Write {' or '.join(WORDS[key])}")
            elif key in NUMBERS and type(value) is not int:
                text = f"must be a whole number, not {value!r}"
                yield board.finding(f"{table}.{key}", text, "Write it without quotes or point")
            elif key not in ("part", *NUMBERS, *WORDS) and way(table, key) is None:
                remedy = "Mind its spelling, or take it away"
                yield board.finding(f"{table}.{key}", "no driver of the firmware reads this key", remedy)


def needed(board: Board) -> Iterator[Finding]:
    """What the drivers of the firmware ask for, and numbers that can be."""
    for table, content in board.tables.items():
        for key in NEEDS.get((table, content.get("part")), ()):
            if key not in content:
                yield board.finding(table, f"lacks {key}", f"Write {key} = …: the driver asks for it")
        for key, value in content.items():
            least = 0 if key == "address" else 1
            if key in MOST and type(value) is int and not least <= value <= MOST[key]:
                yield board.finding(f"{table}.{key}", f"is {value}", f"It is {least} to {MOST[key]}")
    if board.role not in ROLES:
        yield board.finding("role", f"no role {board.role!r}", f"There are {', '.join(ROLES)}")
    if board.flash_mb not in FLASH_MB:
        yield board.finding("flash_mb", f"is {board.flash_mb}", f"It is one of {', '.join(map(str, FLASH_MB))}")
    elif board.flash_mb != (has := board.kind(board.module).flash_mb):
        text = f"is {board.flash_mb}, and {board.module} ({board.kind(board.module).title}) has {has}"
        yield board.finding("flash_mb", text, f"Write flash_mb = {has}, or take another module")


def asked(board: Board) -> Iterator[Finding]:
    """The tables and keys that the firmware's role cannot do without."""
    tables, names = ASKS.get(board.role, ((), ()))
    for table in tables:
        if table not in board.tables:
            yield board.finding(
                "role", f"{board.role} without a table {table}", f"Add [{table}], its parts and its nets"
            )
    keys = board.tables.get("keys", {})
    known = names[: len(keys)] if board.role == "dispenser" else names
    for key in keys if names else ():
        if key not in known:
            close = get_close_matches(key, names, n=1)
            remedy = f"Write {close[0]}" if close and close[0] not in keys else f"There are {', '.join(known)}"
            yield board.finding(f"keys.{key}", f"a {board.role} knows no such key", remedy)
    for key in known if keys else ():
        if key not in keys:
            yield board.finding("keys", f"lacks {key}", f"Write {key} = …: a {board.role} asks for it")


Rule = Callable[[Board], Iterator[Finding]]
FIRST: tuple[Rule, ...] = (chip, kinds, module, tables)
RULES: tuple[Rule, ...] = (
    needed,
    asked,
    claims.pins,
    claims.double_use,
    claims.inside,
    buses.findings,
    fitting.drivers,
    wires.ends,
    wires.open_ends,
    wires.pull_ups,
    wires.levels,
    wires.shorts,
    supply.findings,
    roles.grounds,
    roles.levels,
    roles.cables,
    roles.signals,
    roles.legs,
    roles.resistors,
    roles.outputs,
    reading.findings,
)
