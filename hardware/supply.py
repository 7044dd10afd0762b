"""What each supply of a board feeds: volts, and the current of every part against what the supply can give."""

from collections.abc import Iterator
from dataclasses import dataclass

from hardware.sheet import Board, Finding, Give

NO_LIMIT_MA = 1_000_000

At = tuple[str, str]  # part, terminal


@dataclass(frozen=True)
class Rail:
    """What hangs on one supply. `shares` are (part, mA); what another rail draws through here is under its giver's part."""

    net: str
    giver: At
    volts: float
    limit_ma: int
    is_passed_on: bool  # by a regulator or a diode of another part
    shares: tuple[tuple[str, int], ...]

    @property
    def ma(self) -> int:
        return sum(ma for _, ma in self.shares)


def node(board: Board, at: At) -> str:
    """The net of a terminal; of one without a wire a name of its own."""
    return board.wired.get(at) or ".".join(at)


def givers(board: Board, net: str, asked: frozenset[str] = frozenset()) -> list[tuple[At, Give]]:
    """The terminals that feed a net. One that only passes on what comes in elsewhere counts if something does come in there."""
    found = []
    for part in board.known:
        for terminal, give in board.kind(part).gives.items():
            if node(board, (part, terminal)) == net:
                before = node(board, (part, give.source))
                if not give.source or (before not in asked and givers(board, before, asked | {net})):
                    found.append(((part, terminal), give))
    return found


def shares(board: Board, net: str) -> Iterator[tuple[str, int]]:
    """(part, mA) of all that a net feeds, and what its parts pass on."""
    for part in board.known:
        kind = board.kind(part)
        for terminal, take in kind.takes.items():
            if take.ma and node(board, (part, terminal)) == net:
                yield part, min(take.ma * board.parts[part].count, _limit(board, part))
        for terminal, give in kind.gives.items():
            beyond = node(board, (part, terminal))
            if (
                give.source
                and node(board, (part, give.source)) == net
                and ((part, terminal), give) in givers(board, beyond)
            ):
                yield from shares(board, beyond)


def _limit(board: Board, part: str) -> int:
    """mA that the driver of a part keeps to, in equal shares if it has several; without end if it keeps to none."""
    driver = board.kind(part).driver
    most = board.tables.get(driver, {}).get("ma") or NO_LIMIT_MA
    parts = sum(board.parts[other].count for other in board.known if board.kind(other).driver == driver)
    return int(most) * board.parts[part].count // parts


def rails(board: Board) -> list[Rail]:
    """Every net that is fed, from the plug on."""
    nets = {node(board, (part, name)): None for part in board.known for name in board.kind(part).gives}
    found = []
    for net in nets:
        for at, give in givers(board, net)[:1]:
            sums: dict[str, int] = {}
            for part, ma in shares(board, net):
                sums[part] = sums.get(part, 0) + ma
            found.append(Rail(net, at, give.volts, give.ma, bool(give.source), tuple(sums.items())))
    return sorted(found, key=lambda rail: (rail.is_passed_on, -rail.volts))


def findings(board: Board) -> Iterator[Finding]:
    """What is not fed, fed twice, fed by the wrong volts or asked for more than it can give."""
    for part in board.known:
        for terminal, take in board.kind(part).takes.items():
            fed = givers(board, node(board, (part, terminal)))
            low, high = take.volts
            if fed and not low <= fed[0][1].volts <= high:
                volts = f"takes {low:g} to {high:g} V, and its net carries {fed[0][1].volts:g} V"
                yield Finding(board.file, f"nets.{node(board, (part, terminal))}", f"{part}.{terminal} {volts}")
            elif take.ma and not fed:
                yield Finding(
                    board.file, f"parts.{part}", f"nothing feeds its {terminal}, which takes {low:g} to {high:g} V"
                )
    for net in board.nets:
        fed = givers(board, net)
        if len(fed) > 1:
            names = " and ".join(".".join(at) for at, _ in fed)
            yield Finding(board.file, f"nets.{net}", f"is fed twice, by {names}; take one away")
    for rail in rails(board):
        if rail.ma > rail.limit_ma:
            parts = ", ".join(f"{part} {ma}" for part, ma in rail.shares)
            text = f"its parts draw {rail.ma} mA ({parts}), and {'.'.join(rail.giver)} gives {rail.limit_ma} mA at most"
            yield Finding(board.file, f"nets.{rail.net}", text)
