"""What each terminal is for (`roles`, `ends` and `follows` of hardware/parts.toml) against the net that it is on."""

from collections.abc import Iterator

from hardware.form import Finding
from hardware.paths import GROUND, arrives, at, ends, ground, is_ground, net_of, others, reach, volts
from hardware.pins import INPUT, OUTPUT, way
from hardware.sheet import Board
from hardware.wires import CHIP_VOLTS, CHIP_VOLTS_MAX

SUPPLY, HIGH, RESISTOR = "supply", "high", "resistor"  # roles beside GROUND; all else is a key of the driver's table
ANY = "*"  # of a two-legged part's ends: any pin of its driver's table
MANY = ("pin", "pin2", "pin3", "pin4")  # among which joined panels are shared


def grounds(board: Board) -> Iterator[Finding]:
    """All ground is one net, and the module's is on it."""
    common = ground(board)
    remedy = f"Put it on {common}" if common else f'Add one: GND = ["{board.module}.GND", …]'
    for part in board.known:
        for name in (name for name, role in board.kind(part).roles.items() if role == GROUND):
            net = at(board, part, name)
            if not net and part == board.module:
                yield board.finding(f"parts.{part}", f"its {name} is on no net", remedy)
            elif net and volts(board, net):
                text = f"{part}.{name} is ground, and {net} carries {volts(board, net):g} V"
                yield board.finding(f"nets.{net}", text, remedy, end=f"{part}.{name}")
            elif net and net != common:
                text = f"{part}.{name} is ground, and {net} is not joined to {common}"
                yield board.finding(f"nets.{net}", text, f"{remedy}: a board has one ground", end=f"{part}.{name}")


def levels(board: Board) -> Iterator[Finding]:
    """What wants a fixed level: the plus of what has one, a reset that no pin drives, the low that switches a buffer on."""
    for part in board.known:
        kind = board.kind(part)
        for name, role in kind.roles.items():
            key, _, rest = role.partition(" or ")
            is_high = role == HIGH or (rest == HIGH and key not in board.tables.get(kind.driver, {}))
            net = at(board, part, name)
            if net and role == SUPPLY and not volts(board, net):
                yield _level(board, part, name, "is a plus", _fed(board, 0))
            elif (
                net
                and is_high
                and not (_fits(board, part, net, HIGH) or (not volts(board, net) and _is_high(board, net)))
            ):
                yield _level(board, part, name, "must be high, at 3.3 V", _fed(board, CHIP_VOLTS_MAX))
        for out, (_, *enables) in kind.follows.items():
            for name in enables:
                net = at(board, part, name)
                if at(board, part, out) and net and not is_ground(board, net):
                    yield _level(board, part, name, f"switches {out} on while it is low", ground(board))


def cables(board: Board) -> Iterator[Finding]:
    """On a supply's cable hangs the module's plug only."""
    for net in board.nets:
        plugs = [f"{part}.{name}" for part, name in ends(board, net) if name in board.kind(part).top]
        for part, name in ends(board, net) if plugs else ():
            if name not in (*board.kind(part).top, *board.kind(part).bottom):
                text = f"{plugs[0]} is a plug, and {part}.{name} hangs on its cable"
                remedy = f"Put it on {_fed(board, 0)}"
                yield board.finding(f"nets.{net}", text, remedy, end=_end(board, net, (part, name)))


def _end(board: Board, net: str, at: tuple[str, str]) -> str:
    return next(text for text in board.nets[net] if board.terminal(text) == at)


def _is_high(board: Board, net: str) -> bool:
    """By a module's own reset, which has a pull-up."""
    return not is_ground(board, net) and any(
        board.kind(part).roles.get(name) == HIGH for part, name in ends(board, net)
    )


def _level(board: Board, part: str, name: str, want: str, remedy: str) -> Finding:
    net = at(board, part, name)
    text = f"{part}.{name} {want}, and {_said(board, net)}"
    return board.finding(f"nets.{net}", text, f"Put it on {remedy}", end=f"{part}.{name}")


def _said(board: Board, net: str) -> str:
    if volts(board, net):
        return f"{net} carries {volts(board, net):g} V"
    return f"{net} is {'ground' if is_ground(board, net) else 'no supply'}"


def _fed(board: Board, most: float) -> str:
    """The nets that are fed, a plug's cable apart, and with at most so many volts if that is not 0."""
    plugs = {net for net in board.nets for part, name in ends(board, net) if name in board.kind(part).top}
    fit = [net for net in board.nets if CHIP_VOLTS <= volts(board, net) <= (most or 1000) and net not in plugs]
    return " or ".join(fit) or ("3.3 V" if most else "a supply")


def signals(board: Board) -> Iterator[Finding]:
    """Each pin of the firmware is led to that terminal that does what it is for, and to no other part's."""
    for part in board.known:
        kind = board.kind(part)
        for name, role in kind.roles.items():
            key = role.partition(" or ")[0]
            net, pin = at(board, part, name), _pin(board, part, key)
            if not net or not pin or not net_of(board, pin):
                continue
            is_input = way(*pin.split(".")) == INPUT
            if net_of(board, pin) in reach(board, net) if is_input else net in reach(board, net_of(board, pin)):
                continue
            come = [other for other in board.pins if net_of(board, other) and net in reach(board, net_of(board, other))]
            what = f"and {net} carries {' and '.join(come)}" if come else f"which does not reach {net}"
            remedy = f"Put it on {net_of(board, pin) if is_input else arrives(board, pin)}"
            yield board.finding(f"nets.{net}", f"{part}.{name} belongs to {pin}, {what}", remedy, end=f"{part}.{name}")


def _pin(board: Board, part: str, key: str) -> str:
    """The pin that a terminal with that role belongs to; "" if the board has none. Joined panels share pins in the file's order."""
    driver = board.kind(part).driver
    pins = [one for one in MANY if f"{driver}.{one}" in board.pins] if key == "pin" else []
    alike = [one for one in board.known if board.kind(one).driver == driver and board.kind(one).height]
    if len(pins) > 1 and part in alike:
        before = sum(board.parts[one].count for one in alike[: alike.index(part)])
        key = pins[before * len(pins) // sum(board.parts[one].count for one in alike)]
    return f"{driver}.{key}" if f"{driver}.{key}" in board.pins else ""


def legs(board: Board) -> Iterator[Finding]:
    """A part with two legs lies between what `ends` of its kind says, whichever way round."""
    for part in board.known:
        kind = board.kind(part)
        nets = {name: at(board, part, name) for name in kind.terminals}
        if not (kind.ends or kind.passes) or not all(nets.values()):
            continue
        one, two = nets
        between = [_words(board, part, role) for role in kind.ends]
        apart = (
            f"Put one of them on {between[1]}, the other on {between[0]}" if between else "Put one of them elsewhere"
        )
        if nets[one] == nets[two]:
            yield board.finding(f"parts.{part}", f"both its ends are on the net {nets[one]}", apart)
        elif between:
            ways = [zip(names, kind.ends, strict=True) for names in ((one, two), (two, one))]
            wrong = [
                [(name, role) for name, role in pairs if not _fits(board, part, nets[name], role)] for pairs in ways
            ]
            least = min(wrong, key=len)
            if len(least) == 1:
                [(name, role)] = least
                text = f"{part}.{name} is on {nets[name]}, and {part} lies between {' and '.join(between)}"
                remedy = f"Put it on {_words(board, part, role)}"
                yield board.finding(f"nets.{nets[name]}", text, remedy, end=f"{part}.{name}")
            elif least:
                text = f"lies between {nets[one]} and {nets[two]}, not between {' and '.join(between)}"
                yield board.finding(f"parts.{part}", text, apart)


def _words(board: Board, part: str, role: str) -> str:
    fixed = {GROUND: ground(board) or "ground", SUPPLY: _fed(board, 0), HIGH: _fed(board, CHIP_VOLTS_MAX)}
    return fixed.get(role) or " or ".join(_pins(board, part, role)) or "a pin"


def _pins(board: Board, part: str, role: str) -> list[str]:
    """A key's button is the one of that name, `key_ready`; one with another name is any's."""
    driver = board.kind(part).driver
    named = f"{driver}.{part.partition('_')[2]}"
    if role != ANY:
        return [_pin(board, part, role)] if _pin(board, part, role) else []
    return [named] if named in board.pins else [pin for pin in board.pins if pin.startswith(f"{driver}.")]


def _fits(board: Board, part: str, net: str, role: str) -> bool:
    if role in (GROUND, SUPPLY, HIGH):
        most = CHIP_VOLTS_MAX if role == HIGH else 1000
        return net == ground(board) if role == GROUND else CHIP_VOLTS <= volts(board, net) <= most
    pins = _pins(board, part, role)
    return not pins or any(net in reach(board, net_of(board, pin)) for pin in pins)


def resistors(board: Board) -> Iterator[Finding]:
    """Where one must lie between, and that none pulls a pin of the chip beyond what it stands."""
    for part in board.known:
        kind = board.kind(part)
        for name in (name for name, role in kind.roles.items() if role == RESISTOR):
            net = at(board, part, name)
            pin = next((end for end in board.nets.get(net, ()) if end in board.pins), "")
            if pin:
                text = f"{part}.{name} is joined to {pin} without a resistor"
                yield board.finding(f"nets.{net}", text, "Put a resistor-1k between them", end=f"{part}.{name}")
        if kind.divided:
            nets = [net_of(board, pin) for pin in _pins(board, part, kind.ends[0])]
            for net in nets:
                below = [other for one in board.known for other in others(board, one, net)]
                if net and not any(is_ground(board, other) for other in below):
                    text = f"has no resistor from {net} to ground, and so nothing to measure"
                    yield board.finding(f"parts.{part}", text, f"Put a resistor-10k from {net} to {ground(board)}")
        for name in kind.terminals if kind.passes else ():
            net = at(board, part, name)
            pulled = [end for other in others(board, part, net) for end in board.nets[other] if end in board.pins]
            if pulled and volts(board, net) > CHIP_VOLTS_MAX:
                text = f"{part} pulls {pulled[0]}, a pin of the chip, to {volts(board, net):g} V, and it stands {CHIP_VOLTS_MAX} V"
                remedy = f"Put {part}.{name} on {_fed(board, CHIP_VOLTS_MAX)}"
                yield board.finding(f"nets.{net}", text, remedy, end=f"{part}.{name}")


def outputs(board: Board) -> Iterator[Finding]:
    """A wire is driven by one; and each key of the firmware has its button."""
    for net in board.nets:
        drive = [f"{part}.{name}" for part, name in ends(board, net) if name in board.kind(part).follows]
        fixed = [end for end in drive if end.rpartition(".")[2] not in board.kind(end.partition(".")[0]).gives]
        if fixed and (volts(board, net) or is_ground(board, net)):
            text = f"{fixed[0]} is an output, and {_said(board, net)}"
            yield board.finding(
                f"nets.{net}", text, f"Take {fixed[0]} out of it: an output may stay open", end=fixed[0]
            )
        drive += [end for end in board.nets[net] if end in board.pins and board.pins[end].way == OUTPUT][
            :1
        ]  # parts share a bus
        if len(drive) > 1:
            text = f"is driven twice, by {' and '.join(drive)}"
            yield board.finding(f"nets.{net}", text, "Leave one of them", end=drive[-1])
    buttons = [net for part in board.known for net in _nets(board, part) if board.kind(part).driver == "keys"]
    for pin in (pin for pin in board.pins if pin.startswith("keys.") and net_of(board, pin)):
        if not set(buttons) & set(reach(board, net_of(board, pin))):
            remedy = "Put one end of a button on it, the other on " + (ground(board) or "ground")
            yield board.finding(f"nets.{net_of(board, pin)}", f"{pin} has no button", remedy)


def _nets(board: Board, part: str) -> list[str]:
    return [at(board, part, name) for name in board.kind(part).terminals]
