"""Which nets a signal of the chip reaches: through buffers and transistors forwards, through resistors both ways."""

from hardware import supply
from hardware.sheet import Board

GROUND = "ground"  # the role of hardware/parts.toml


def is_ground(board: Board, net: str) -> bool:
    return any(board.kind(part).roles.get(name) == GROUND for part, name in ends(board, net))


def ends(board: Board, net: str) -> list[tuple[str, str]]:
    """(part, terminal) of all that is known on a net."""
    return [at for at in map(board.terminal, board.nets.get(net, ())) if at]


def volts(board: Board, net: str) -> float:
    """What a net is fed with; 0 if by nothing."""
    return max((give.volts for _, give in supply.givers(board, net)), default=0.0)


def ground(board: Board) -> str:
    """The net that is the board's ground: the module's, or that with the most terminals of ground if the module's is none."""
    count = {
        net: sum(board.kind(part).roles.get(name) == GROUND for part, name in ends(board, net))
        for net in board.nets
        if not volts(board, net)
    }
    grounds = {(board.module, name) for name, role in board.kind(board.module).roles.items() if role == GROUND}
    module = [net for net in count if grounds.intersection(ends(board, net))]
    return max(module or count, key=lambda net: count[net], default="") if any(count.values()) else ""


def others(board: Board, part: str, net: str) -> list[str]:
    """The nets at the other ends of a part that lets signals pass; none if it does not, or is not on that net."""
    nets = [board.wired.get((part, name), "") for name in board.kind(part).terminals]
    return [other for other in nets if other and other != net] if board.kind(part).passes and net in nets else []


def reach(board: Board, start: str) -> list[str]:
    """The nets that carry what comes in at `start`, that first. A resistor to a supply or to ground leads nowhere."""
    found = [start]
    for net in found:
        for part in board.known:
            follows = board.kind(part).follows.items()
            after = [
                board.wired.get((part, out), "") for out, (source, *_) in follows if at(board, part, source) == net
            ]
            through = [one for one in others(board, part, net) if not volts(board, one) and not is_ground(board, one)]
            found += [one for one in dict.fromkeys(after + through) if one and one not in found]
    return found


def at(board: Board, part: str, terminal: str) -> str:
    """Its net, or ""."""
    return board.wired.get((part, terminal), "")


def net_of(board: Board, pin: str) -> str:
    """Of a pin of the firmware, "lamp.pin"; "" if it has none."""
    end = board.terminal(pin)
    return board.wired.get(end, "") if end else ""


def arrives(board: Board, pin: str) -> str:
    """Where the signal of a pin can be taken: an open output of a buffer on its way, or else the last net that it reaches."""
    nets = reach(board, net_of(board, pin))
    open_ends = [
        f"{part}.{out}"
        for part in board.known
        for out, (source, *_) in board.kind(part).follows.items()
        if at(board, part, source) in nets and not at(board, part, out) and not board.kind(part).driver
    ]
    return " or ".join(open_ends) or nets[-1]
