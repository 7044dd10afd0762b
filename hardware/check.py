"""The rules that a board file must keep before anyone wires it: one sentence for each that it breaks."""

from collections.abc import Callable, Iterator, Mapping

from hardware import reading, supply
from hardware.pins import CHIPS, GUIDE, NUMBERS, OUTPUT, PULLED_UP, TABLES, objections, way
from hardware.sheet import BadSheet, Board, Finding, Kind, parse, read

CHIP_VOLTS = 3.3  # what a chip drives
GROUND = "GND"  # the terminal's name, on every part
CHIP_VOLTS_MAX = 3.6  # what one stands at an input


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


def _finding(board: Board, key: str, text: str, source: str = "") -> Finding:
    return Finding(board.file, key, text, source)


def chip(board: Board) -> Iterator[Finding]:
    if board.chip not in CHIPS:
        yield _finding(board, "chip", f"no chip {board.chip!r}; there are {', '.join(CHIPS)}")


def kinds(board: Board) -> Iterator[Finding]:
    for name, part in board.parts.items():
        if part.kind not in board.kinds:
            text = f"no kind {part.kind!r} in hardware/parts.toml; there are {', '.join(board.kinds)}"
            yield _finding(board, f"parts.{name}", text)
        if name in TABLES:
            yield _finding(
                board, f"parts.{name}", "is the name of a table of the firmware; call the part something else"
            )
        if part.count < 1:
            yield _finding(board, f"parts.{name}.count", f"must be at least 1, not {part.count}")


def module(board: Board) -> Iterator[Finding]:
    carriers = [name for name in board.known if board.kind(name).chip]
    if len(carriers) != 1:
        what = " and ".join(carriers) if carriers else "none"
        yield _finding(board, "parts", f"exactly one part must carry the chip; here it is {what}")
    elif board.chip in CHIPS and board.kind(carriers[0]).chip != board.chip:
        text = f"carries an {board.kind(carriers[0]).chip}, and the board's chip is {board.chip}"
        yield _finding(board, f"parts.{carriers[0]}", text)


def tables(board: Board) -> Iterator[Finding]:
    """What the firmware would not understand."""
    for table, content in board.tables.items():
        if table not in TABLES:
            yield _finding(board, table, f"the firmware has no such table; there are {', '.join(TABLES)}")
            continue
        for key, value in content.items():
            if key != "part" and key not in NUMBERS and way(table, key) is None:
                yield _finding(board, f"{table}.{key}", "no driver of the firmware reads this key")
            elif key in NUMBERS and type(value) is not int:
                yield _finding(board, f"{table}.{key}", f"must be a whole number, not {value!r}")


def pins(board: Board) -> Iterator[Finding]:
    """Each pin by itself, against the tables of hardware/pins.py."""
    psram = board.kind(board.module).psram
    for pin in board.pins.values():
        wrong = objections(CHIPS[board.chip], pin.gpio, pin.way, psram)
        for text, source in wrong:
            yield _finding(board, pin.key, text, source)
        if not wrong and pin.gpio not in board.kind(board.module).gpios:
            title = board.kind(board.module).title
            yield _finding(board, pin.key, f"GPIO {pin.gpio} is on no terminal of the {title}", "hardware/parts.toml")


def double_use(board: Board) -> Iterator[Finding]:
    first: dict[int, str] = {}
    for pin in board.pins.values():
        if pin.gpio in first:
            yield _finding(board, pin.key, f"GPIO {pin.gpio} is taken already, by {first[pin.gpio]}")
        first.setdefault(pin.gpio, pin.key)


def drivers(board: Board) -> Iterator[Finding]:
    """Each table of the firmware has its part on the board, of the same size."""
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
            yield _finding(
                board,
                f"{table}.part",
                f"no part {named!r} in hardware/parts.toml; there are {', '.join(known) or 'none'}",
            )
        elif not parts:
            yield _finding(board, table, f"none of the board's parts is one; it would be a {' or '.join(fits)}")
        yield from _sizes(board, table, {name: fits[part.kind] for name, part in parts.items()})


def _sizes(board: Board, table: str, parts: Mapping[str, Kind]) -> Iterator[Finding]:
    """The part has what the firmware is told; parts with a height too are joined to one picture."""
    content = board.tables[table]
    for name, kind in parts.items():
        for size in ("pixels", "width"):
            has = getattr(kind, size) * board.parts[name].count
            if has and not kind.height and content.get(size) != has:
                yield _finding(board, f"{table}.{size}", f"is {content.get(size)}, and {name} has {has}")
    joined = {name: kind for name, kind in parts.items() if kind.height}
    has = sum(kind.width * kind.height * board.parts[name].count for name, kind in joined.items())
    asked = content.get("width", 0), content.get("height", 0)
    if joined and (asked[0] * asked[1] != has or any(asked[0] % kind.width for kind in joined.values())):
        text = f"is {asked[0]} × {asked[1]}, which {' and '.join(joined)} with {has} LEDs do not make"
        yield _finding(board, f"{table}.width", text)
    if joined and not content.get("ma"):
        yield _finding(board, f"{table}.ma", "must say how much the driver may let the LEDs draw")


def ends(board: Board) -> Iterator[Finding]:
    """Every end is a terminal or a pin, and none is on two nets. What `pins` and `double_use` say is not said again."""
    seen: dict[tuple[str, str], tuple[str, str]] = {}
    for net, texts in board.nets.items():
        if len(texts) < 2:
            yield _finding(board, f"nets.{net}", "a wire has two ends or more")
        for text in texts:
            at = board.terminal(text)
            if at is None:
                if text not in board.pins:
                    yield _finding(board, f"nets.{net}", f"there is no terminal or pin {text!r}")
                continue
            other, before = seen.setdefault(at, (net, text))
            if (other, before) != (net, text) and not (text != before and text in board.pins):
                yield _finding(board, f"nets.{net}", f"{text} is on the net {other} already")
            if at[0] == board.module and at[1] in board.kind(at[0]).gpios.values() and text not in board.pins:
                how = 'name the pin by the key that says what it is for, as in "lamp.pin"'
                yield _finding(board, f"nets.{net}", f"{text}: {how}")


def open_ends(board: Board) -> Iterator[Finding]:
    wired = board.wired
    for pin in board.pins.values():
        at = board.terminal(pin.key)
        if at and at not in wired:
            yield _finding(board, pin.key, "no net leads to this pin")
    for part in board.known:
        kind = board.kind(part)
        for name in kind.terminals:
            if (part, name) not in wired and name not in kind.optional and "*" not in kind.optional:
                yield _finding(board, f"parts.{part}", f"its {name} is not wired")


def pull_ups(board: Board) -> Iterator[Finding]:
    """Keys rely on the chip's own pull-ups, which input-only pins do not have."""
    for pin in board.pins.values():
        at = board.terminal(pin.key)
        needs = pin.way == PULLED_UP and pin.gpio in CHIPS[board.chip].input_only
        if at in board.wired and needs and not _is_pulled_up(board, board.wired[at]):
            text = f"GPIO {pin.gpio} has no pull-up inside; its net needs a resistor to 3.3 V"
            yield _finding(board, pin.key, text, f"{GUIDE}, note GPI")


def _is_pulled_up(board: Board, net: str) -> bool:
    for part in board.known:
        if board.kind(part).pull_up:
            nets = [board.wired.get((part, name), "") for name in board.kind(part).terminals]
            fed = [give.volts for other in nets if other != net for _, give in supply.givers(board, other)]
            if net in nets and CHIP_VOLTS in fed:
                return True
    return False


def levels(board: Board) -> Iterator[Finding]:
    """Every input gets the high level that it needs, and no pin of the chip more than it stands."""
    for net, texts in board.nets.items():
        at = [end for end in map(board.terminal, texts) if end]
        driven = [board.kind(part).drives[name] for part, name in at if name in board.kind(part).drives]
        pinned = [text for text in texts if text in board.pins]
        if pinned and driven and max(driven) > CHIP_VOLTS_MAX:
            text = f"drives {pinned[0]} to {max(driven):g} V, and a pin of the chip stands {CHIP_VOLTS_MAX} V"
            yield _finding(board, f"nets.{net}", text, f"{CHIPS[board.chip].datasheet}, “Electrical Characteristics”")
        high = max(driven, default=CHIP_VOLTS)
        for part, name in at:
            needs = board.kind(part).needs_v.get(name, 0)
            if needs > high:
                text = f"{part}.{name} needs {needs:g} V to see a high level, and gets {high:g} V; put a level shifter between"
                yield _finding(board, f"nets.{net}", text)


def shorts(board: Board) -> Iterator[Finding]:
    """What burns a pin, or keeps a key from being seen: pins on a supply or on ground, two on one wire, a key across itself."""
    for net, texts in board.nets.items():
        pinned = [text for text in texts if text in board.pins]
        at = [end for end in map(board.terminal, texts) if end]
        if len(pinned) > 1:
            yield _finding(
                board, f"nets.{net}", f"joins the pins {' and '.join(pinned)}; a wire has one pin of the chip"
            )
        volts = max((give.volts for _, give in supply.givers(board, net)), default=0.0)
        for text in pinned:
            if volts > CHIP_VOLTS_MAX:
                said = f"carries {volts:g} V, and {text}, a pin of the chip, stands {CHIP_VOLTS_MAX} V"
                source = f"{CHIPS[board.chip].datasheet}, “Electrical Characteristics”"
                yield _finding(board, f"nets.{net}", said, source)
            elif board.pins[text].way in (OUTPUT, PULLED_UP) and (volts or any(name == GROUND for _, name in at)):
                yield _finding(board, f"nets.{net}", f"is {'a supply' if volts else 'ground'}, and {text} is a pin")
    for name, part in board.parts.items():
        ends_of = {board.wired.get((name, terminal)) for terminal in board.kinds[part.kind].terminals}
        if board.kinds[part.kind].driver == "keys" and len(ends_of) == 1 and None not in ends_of:
            yield _finding(board, f"parts.{name}", f"both its ends are on the net {ends_of.pop()}")


Rule = Callable[[Board], Iterator[Finding]]
FIRST: tuple[Rule, ...] = (chip, kinds, module, tables)
RULES: tuple[Rule, ...] = (
    pins,
    double_use,
    drivers,
    ends,
    open_ends,
    pull_ups,
    levels,
    shorts,
    supply.findings,
    reading.findings,
)
