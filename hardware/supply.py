"""What each supply of a board feeds: volts, and the current of every part against what the supply can give."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from hardware.form import Finding
from hardware.kinds import Give, Take
from hardware.sheet import Board

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
                if not give.source or (before not in asked | {net} and givers(board, before, asked | {net})):
                    found.append(((part, terminal), give))
    return found


def shares(board: Board, net: str, asked: frozenset[str] = frozenset()) -> Iterator[tuple[str, int]]:
    """(part, mA) of all that a net feeds, and what its parts pass on; nothing twice, should they pass it on in a circle."""
    for part in board.known:
        kind = board.kind(part)
        for terminal, take in kind.takes.items():
            if take.ma and node(board, (part, terminal)) == net:
                yield part, _drawn(board, part, take)
        for terminal, give in kind.gives.items():
            beyond = node(board, (part, terminal))
            if (
                give.source
                and node(board, (part, give.source)) == net
                and beyond not in asked | {net}
                and ((part, terminal), give) in givers(board, beyond)
            ):
                for other, ma in shares(board, beyond, asked | {net}):
                    yield other, ceil(ma * give.ratio)


def drawn_ma(board: Board, part: str) -> int:
    """The most that a part draws here, chained ones and all its terminals together."""
    return sum(_drawn(board, part, take) for take in board.kind(part).takes.values())


def _drawn(board: Board, part: str, take: Take) -> int:
    return min(take.ma * board.parts[part].count, _limit(board, part))


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
            net = node(board, (part, terminal))
            fed = givers(board, net)
            low, high = take.volts
            if fed and not low <= fed[0][1].volts <= high:
                text = f"{part}.{terminal} takes {low:g} to {high:g} V, and its net carries {fed[0][1].volts:g} V"
                yield board.finding(f"nets.{net}", text, _other(board, low, high), end=f"{part}.{terminal}")
            elif take.ma and not fed:
                text = f"nothing feeds its {terminal}, which takes {low:g} to {high:g} V"
                yield board.finding(f"parts.{part}", text, _other(board, low, high))
    for net, ends in board.nets.items():
        fed = givers(board, net)
        if len(fed) > 1:
            names = [".".join(at) for at, _ in fed]
            last = max(names, key=ends.index)
            yield board.finding(f"nets.{net}", f"is fed twice, by {' and '.join(names)}", "Take one away", end=last)
    for part in board.known:
        for terminal, give in board.kind(part).gives.items():
            net = board.wired.get((part, terminal), "")
            if give.source and net and net == board.wired.get((part, give.source)):
                text = f"both its ends, {give.source} and {terminal}, are on the net {net}"
                yield board.finding(f"parts.{part}", text, f"Put {terminal} on a net of its own, with what it feeds")
    yield from _beside_usb(board)
    for rail in rails(board):
        if rail.ma > rail.limit_ma:
            yield _overrun(board, rail)


def _beside_usb(board: Board) -> Iterator[Finding]:
    """A module that can be fed by its plug too has its own supply behind a diode: the plug would feed everything else."""
    kind = board.kind(board.module)
    for terminal, give in kind.gives.items():
        net = board.wired.get((board.module, terminal), "")
        own = [".".join(at) for at, other in givers(board, net) if not other.source] if net else []
        if own and give.source in kind.bottom and (board.module, give.source) not in board.wired:
            text = f"{own[0]} and a {give.source} cable, which brings the firmware, would both feed it"
            remedy = (
                f"Put a schottky-1a between: its A on {net}, its K and {board.module}.{terminal} on a net of their own"
            )
            yield board.finding(f"nets.{net}", text, remedy, end=f"{board.module}.{terminal}")


def _other(board: Board, low: float, high: float) -> str:
    """To which nets it could go instead."""
    fit = [net for net in board.nets for _, give in givers(board, net)[:1] if low <= give.volts <= high]
    return (
        f"Wire it to {' or '.join(fit)}" if fit else f"Add a supply that gives {low:g} to {high:g} V, and a net from it"
    )


def _overrun(board: Board, rail: Rail) -> Finding:
    """At the key that limits the largest share, if that could be made small enough; else at the net."""
    giver = ".".join(rail.giver)
    parts = ", ".join(f"{part} {ma}" for part, ma in rail.shares)
    text = f"its parts draw {rail.ma} mA ({parts}), and {giver} gives {rail.limit_ma} mA at most"
    part, _ = max(rail.shares, key=lambda share: share[1])
    table = board.kind(part).driver
    limit = int(board.tables.get(table, {}).get("ma", 0))
    most = limit - (rail.ma - rail.limit_ma)
    larger = [
        name
        for name, kind in board.kinds.items()
        for give in kind.gives.values()
        if not give.source and give.volts == rail.volts and give.ma >= rail.ma
    ]
    stronger = f"feed {rail.net} by a supply of {rail.ma} mA or more" + (f": {' or '.join(larger)}" if larger else "")
    if most > 0:
        text = f"is too much for {rail.net}: {text}"
        return board.finding(f"{table}.ma", text, f"Write ma = {most}, or {stronger}")
    at = giver if giver in board.nets.get(rail.net, ()) else ""
    remedy = f"Draw {rail.ma - rail.limit_ma} mA less, or {stronger}"
    return board.finding(f"nets.{rail.net}", text, remedy, end=at)
