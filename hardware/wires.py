"""The rules for wires: where they end, what level they carry, and what they must not join."""

from collections.abc import Iterator
from difflib import get_close_matches

from hardware import supply
from hardware.claims import free
from hardware.form import Finding
from hardware.paths import is_ground, volts
from hardware.pins import CHIPS, GUIDE, OUTPUT, PULLED_UP, spans
from hardware.sheet import Board

CHIP_VOLTS = 3.3  # what a chip drives
CHIP_VOLTS_MAX = 3.6  # what one stands at an input


def ends(board: Board) -> Iterator[Finding]:
    """Every end is a terminal or a pin, and none is on two nets. What hardware/claims.py says is not said again."""
    seen: dict[tuple[str, str], tuple[str, str]] = {}
    for net, texts in board.nets.items():
        if len(texts) < 2:
            remedy = "Name the terminal or the pin that it leads to, or take the net away"
            yield board.finding(f"nets.{net}", "a wire has two ends or more", remedy)
        for text in texts:
            at = board.terminal(text)
            if at is None:
                if text not in board.pins:
                    said = f"there is no terminal or pin {text!r}"
                    yield board.finding(f"nets.{net}", said, _alike(board, text), end=text)
                continue
            other, before = seen.setdefault(at, (net, text))
            if (other, before) != (net, text) and not (text != before and text in board.pins):
                remedy = f"Leave it on {other} or on {net}, or make them one net"
                said = f"{text} is on the net {other} (line {board.line(f'nets.{other}')}) already"
                yield board.finding(f"nets.{net}", said, remedy, end=text)
            if at[0] == board.module and at[1] in board.kind(at[0]).gpios.values() and text not in board.pins:
                remedy = 'Name the pin by the key that says what it is for, as in "lamp.pin"'
                yield board.finding(f"nets.{net}", f"{text} is a pin of the chip", remedy, end=text)


def _alike(board: Board, text: str) -> str:
    known = [*board.pins, *(f"{part}.{name}" for part in board.known for name in board.kind(part).terminals)]
    part = text.partition(".")[0]
    if part in board.known and f"{part}." != text:
        return f"Terminals of {part}: {', '.join(board.kind(part).terminals)}"
    close = get_close_matches(text, known, n=3)
    return f"Perhaps {' or '.join(close)}" if close else "A pin is table.key, a terminal part.terminal"


def open_ends(board: Board) -> Iterator[Finding]:
    wired = board.wired
    for pin in board.pins.values():
        at = board.terminal(pin.key)
        if at and at not in wired:
            remedy = f'Add one: NAME = ["{pin.key}", "part.terminal"]'
            yield board.finding(pin.key, "no net leads to this pin", remedy)
    for part in board.known:
        kind = board.kind(part)
        for name in kind.terminals:
            if (part, name) not in wired and name not in kind.optional and "*" not in kind.optional:
                remedy = f'Name "{part}.{name}" in a net; an input that is not used goes to GND'
                yield board.finding(f"parts.{part}", f"its {name} is not wired", remedy)


def pull_ups(board: Board) -> Iterator[Finding]:
    """Keys rely on the chip's own pull-ups, which input-only pins do not have."""
    for pin in board.pins.values():
        at = board.terminal(pin.key)
        needs = pin.way == PULLED_UP and pin.gpio in CHIPS[board.chip].input_only
        if at in board.wired and needs and not _is_pulled_up(board, board.wired[at]):
            instead = free(board, pin.way)
            remedy = f"Put a resistor-10k from {board.wired[at]} to 3.3 V" + (
                f". Free without one: GPIO {spans(instead)}" if instead else ""
            )
            yield board.finding(pin.key, f"GPIO {pin.gpio} has no pull-up inside", remedy, f"{GUIDE}, note GPI")


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
            remedy = f"Take {pinned[0]} out of it, or put a divider between"
            yield board.finding(f"nets.{net}", text, remedy, _electrical(board), pinned[0])
        high = max(driven, default=CHIP_VOLTS)
        for part, name in at:
            needs = board.kind(part).needs_v.get(name, 0)
            if needs > high and not is_ground(board, net):
                text = f"{part}.{name} needs {needs:g} V to see a high level, and gets {high:g} V"
                remedy = "Put a level shifter between: a 74ahct125, the pin at one of its A, this terminal at that Y"
                yield board.finding(f"nets.{net}", text, remedy, end=f"{part}.{name}")


def shorts(board: Board) -> Iterator[Finding]:
    """What burns a pin: one on a supply or on ground, two on one wire."""
    for net, texts in board.nets.items():
        pinned = [text for text in texts if text in board.pins]
        if len({board.pins[text].gpio for text in pinned}) > 1:
            said = f"joins the pins {' and '.join(pinned)}; a wire has one pin of the chip"
            yield board.finding(f"nets.{net}", said, "Give each pin a net of its own", end=pinned[-1])
        fed = volts(board, net)
        for text in pinned:
            if fed > CHIP_VOLTS_MAX:
                said = f"carries {fed:g} V, and {text}, a pin of the chip, stands {CHIP_VOLTS_MAX} V"
                yield board.finding(f"nets.{net}", said, f"Take {text} out of it", _electrical(board), text)
            elif board.pins[text].way in (OUTPUT, PULLED_UP) and (fed or is_ground(board, net)):
                said = f"is {'a supply' if fed else 'ground'}, and {text} is a pin"
                yield board.finding(f"nets.{net}", said, f"Take {text} out of it", end=text)


def _electrical(board: Board) -> str:
    return f"{CHIPS[board.chip].datasheet}, “Electrical Characteristics”"
