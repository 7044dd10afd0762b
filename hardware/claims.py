"""Who uses which pin of the chip: what the chip and its module forbid, no pin twice, and which ones would do instead."""

from collections.abc import Iterator

from hardware.buses import bus_of
from hardware.form import Finding
from hardware.kinds import FILE
from hardware.pins import ANALOGUE, CHIPS, PULLED_UP, objections, spans, way
from hardware.sheet import Board, Pin

RESTLESS = "ESP32 Series SoC Errata, “GPIO-3.11”; espressif/esp-idf, issues 1096 and 4585"


def pins(board: Board) -> Iterator[Finding]:
    """Each pin by itself, against the tables of hardware/pins.py and its module's own use."""
    module = board.kind(board.module)
    for pin in board.pins.values():
        if pin.key in module.inside:
            continue
        wrong = objections(CHIPS[board.chip], pin.gpio, pin.way, module.psram)
        used = [what for what, gpios in _within(board).items() if pin.gpio in gpios]
        if used and not wrong:
            wrong = [(f"GPIO {pin.gpio} is wired on the {module.title} already, to {used[0]}", FILE)]
        elif not wrong and pin.gpio not in module.gpios:
            wrong = [(f"GPIO {pin.gpio} is on no terminal of the {module.title}", FILE)]
        if not wrong and pin.way == PULLED_UP and pin.gpio in CHIPS[board.chip].restless and not _is_calm(board):
            text = f"GPIO {pin.gpio} is low for a moment whenever Wi-Fi wakes up or ADC1 is switched on, as if it were pressed"
            wrong = [(text, RESTLESS)]
        for text, source in wrong:
            yield board.finding(pin.key, text, would_do(board, pin), source)


def _is_calm(board: Board) -> bool:
    """By cable, and with nothing that measures."""
    return "ethernet" in board.tables and all(pin.way != ANALOGUE for pin in board.pins.values())


def inside(board: Board) -> Iterator[Finding]:
    """What the module has wired itself stands in the board's file as it is."""
    module = board.kind(board.module)
    for key, fact in module.inside.items():
        table, _, name = key.partition(".")
        if table in board.tables and board.tables[table].get(name) != fact:
            said = board.tables[table].get(name)
            text = f"the {module.title} has {fact!r} there" + ("" if said is None else f", not {said!r}")
            value = f'"{fact}"' if isinstance(fact, str) else fact
            yield board.finding(key, text, f"Write {name} = {value}", FILE)


def double_use(board: Board) -> Iterator[Finding]:
    """Pins of one bus, which its parts share, are the exception; of the module's own `pins` tells."""
    first: dict[int, Pin] = {}
    for pin in (pin for pin in board.pins.values() if pin.key not in board.kind(board.module).inside):
        before = first.setdefault(pin.gpio, pin)
        ours, theirs = bus_of(board, pin.key), bus_of(board, before.key)
        if before is pin or (ours and ours == theirs):
            continue
        text = f"GPIO {pin.gpio} is taken already, by {before.key}"
        remedy = would_do(board, pin)
        if ours and theirs and (ours.kind, ours.role) == (theirs.kind, theirs.role):
            text += f", of another bus: {theirs.kind} {theirs.number}, not {ours.number}"
            remedy = f"Write {ours.kind} = {theirs.number}, to share that bus. {remedy}"
        yield board.finding(pin.key, text, remedy)


def free(board: Board, used_as: str) -> list[int]:
    """GPIOs of the module that nobody uses and that can be used that way without anything else."""
    chip, module = CHIPS[board.chip], board.kind(board.module)
    used = {pin.gpio for pin in board.pins.values()}.union(*_within(board).values())
    return [
        gpio
        for gpio in sorted(module.gpios)
        if gpio not in used
        and not objections(chip, gpio, used_as, module.psram)
        and not (used_as == PULLED_UP and gpio in chip.input_only)
    ]


def would_do(board: Board, pin: Pin) -> str:
    found = free(board, pin.way)
    title = board.kind(board.module).title
    if not found:
        return f"No pin of the {title} is free for it: leave something out, or take a module with more"
    return f"Free for it: GPIO {spans(found)}"


def _within(board: Board) -> dict[str, list[int]]:
    """What the module itself uses: what for, and which pins."""
    module = board.kind(board.module)
    own = {key: [fact] for key, fact in module.inside.items() if isinstance(fact, int) and way(*key.split("."))}
    return {**own, **module.taken}
