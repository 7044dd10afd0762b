"""How many agents a load wants: Erlang B, C and A, for one interval in which calls come at random at a steady rate.

Erlang C: whoever waits, waits. Erlang A (Palm 1957; Garnett, Mandelbaum and Reiman 2002): whoever waits leaves after an exponential
patience. With n agents of rate μ = 1 / AHT, θ = 1 / patience and λ calls a second, who finds all agents busy would wait x patiences
with the density exp(λ/θ · (1 − exp(−x)) − nμ/θ · x) (Zeltyn and Mandelbaum 2005): from that follows all below, as integrals.
"""

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

AGENTS_MAX = 100_000
LOG_SMALL = 40.0  # a density that is e^40 times smaller than the greatest is left out
LOG_MAX = 700.0  # e to more than that is no float
HALVINGS = 60
PANELS = 16
GAUSS = (  # Gauss-Legendre, four points of a panel from −1 to 1: (place, weight)
    (-0.8611363115940526, 0.3478548451374538),
    (-0.3399810435848563, 0.6521451548625461),
    (0.3399810435848563, 0.6521451548625461),
    (0.8611363115940526, 0.3478548451374538),
)


class Load(NamedTuple):
    """`calls` in `interval_s` seconds, each handled in `aht_s` seconds; they wait `patience_s` on average, None: for ever."""

    calls: float
    interval_s: float
    aht_s: float
    patience_s: float | None = None

    @property
    def erlangs(self) -> float:
        return self.calls * self.aht_s / self.interval_s


class Staffed(NamedTuple):
    """What so many agents give. Shares are 0…1; `service_level` is answered in time / answered, `within_of_all` / all,
    `answered_or_left` counts those who left in time as good. Waits in seconds: `asa_s` of the answered, `wait_s` of all."""

    agents: int
    wait_probability: float
    service_level: float
    within_of_all: float
    answered_or_left: float
    asa_s: float
    wait_s: float
    abandon_rate: float
    occupancy: float


def agents_by_day(enquiries: float, per_agent: float) -> int:
    """Of so many enquiries a day, where one agent handles so many: a plain sum, which knows no waiting."""
    return math.ceil(enquiries / per_agent - 1e-9)


def erlang_b(lines: int, erlangs: float) -> float:
    """The share of calls that find all lines busy, and are lost."""
    blocked = 1.0
    for n in range(1, lines + 1):
        blocked = erlangs * blocked / (n + erlangs * blocked)
    return blocked


def lines_for(erlangs: float, blocking: float) -> int:
    """The fewest lines at which no more than this share is lost. ValueError beyond AGENTS_MAX."""
    blocked = 1.0
    for n in range(1, AGENTS_MAX + 1):
        blocked = erlangs * blocked / (n + erlangs * blocked)
        if blocked <= blocking:
            return n
    raise ValueError(f"more than {AGENTS_MAX} lines")


def service(load: Load, agents: int, target_s: float) -> Staffed:
    """ValueError if the work outgrows the agents and nobody ever leaves: then the line has no end; and beyond AGENTS_MAX."""
    if agents > AGENTS_MAX or not math.isfinite(load.erlangs):
        raise ValueError(f"more than {AGENTS_MAX} agents")
    if load.patience_s is None:
        return _erlang_c(load, agents, target_s)
    return _erlang_a(load, agents, target_s, load.patience_s)


def agents_for(load: Load, target: float, target_s: float, max_occupancy: float = 1.0) -> Staffed:
    """The fewest agents whose service level reaches `target`, none of them busy for more than that share of the time.
    ValueError beyond AGENTS_MAX."""
    least = 1 if load.patience_s is not None else math.floor(min(load.erlangs, AGENTS_MAX)) + 1
    few, many = least - 1, least  # few is not enough
    while not _is_enough(load, many, target, target_s, max_occupancy):
        if many == AGENTS_MAX:
            raise ValueError(f"more than {AGENTS_MAX} agents")
        few, many = many, min(2 * many, AGENTS_MAX)
    while many - few > 1:
        middle = (few + many) // 2
        if _is_enough(load, middle, target, target_s, max_occupancy):
            many = middle
        else:
            few = middle
    return service(load, many, target_s)


def _is_enough(load: Load, agents: int, target: float, target_s: float, max_occupancy: float) -> bool:
    given = service(load, agents, target_s)
    return given.service_level >= target and given.occupancy <= max_occupancy


def _erlang_c(load: Load, agents: int, target_s: float) -> Staffed:
    erlangs = load.erlangs
    if agents <= erlangs:
        raise ValueError(f"{agents} agents never catch up with {erlangs:g} erlangs")
    blocked = erlang_b(agents, erlangs)
    waits = blocked / (1 - erlangs / agents * (1 - blocked))
    level = 1 - waits * math.exp(-(agents - erlangs) * target_s / load.aht_s)
    asa_s = waits * load.aht_s / (agents - erlangs)
    return Staffed(agents, waits, level, level, level, asa_s, asa_s, 0.0, erlangs / agents)


def _erlang_a(load: Load, agents: int, target_s: float, patience_s: float) -> Staffed:
    """Times are in patiences here, so that whoever would wait x is still there with the probability exp(−x)."""
    beta = agents * patience_s / load.aht_s
    rate = load.calls / load.interval_s * patience_s  # arrivals in one patience
    target = target_s / patience_s
    if not math.isfinite(rate + beta + target):
        raise ValueError("times so far apart are more than can be counted with")
    points = list(_offered_waits(beta, rate, target))
    total = sum(weight for _, weight in points)
    # Of those who find all agents busy: who leaves, who is answered, and in time, who neither is nor leaves in time, how long the
    # answered wait.
    leaves = sum(-math.expm1(-x) * weight for x, weight in points) / total
    stays = sum(math.exp(-x) * weight for x, weight in points) / total
    in_time = sum(math.exp(-x) * weight for x, weight in points if x <= target) / total
    late = math.exp(-target) * sum(weight for x, weight in points if x > target) / total
    asa = sum(x * math.exp(-x) * weight for x, weight in points) / total
    waits = _waits(beta, erlang_b(agents, load.erlangs), total, _log_weight(beta, rate, _mode(beta, rate)))
    abandoned, served, within = waits * leaves, 1 - waits + waits * stays, 1 - waits + waits * in_time
    return Staffed(
        agents=agents,
        wait_probability=waits,
        service_level=within / served,
        within_of_all=within,
        answered_or_left=1 - waits * late,
        asa_s=waits * asa * patience_s / served,
        wait_s=abandoned * patience_s,
        abandon_rate=abandoned,
        occupancy=min(1.0, load.erlangs * served / agents),
    )


def _waits(beta: float, blocked: float, total: float, log_top: float) -> float:
    """The probability that all agents are busy: t B / (1 + (t − 1) B), of Erlang B and the integral t, in terms of its top."""
    if blocked in (0, 1):
        return blocked
    log_odds = math.log(beta * total) + log_top + math.log(blocked) - math.log1p(-blocked)
    return 1 / (1 + math.exp(-log_odds)) if log_odds > -LOG_MAX else 0.0


def _log_weight(beta: float, rate: float, x: float) -> float:
    return -rate * math.expm1(-x) - beta * x


def _mode(beta: float, rate: float) -> float:
    return math.log(rate / beta) if rate > beta else 0.0


def _offered_waits(beta: float, rate: float, target: float) -> Iterator[tuple[float, float]]:
    """(a wait, its weight) of those who find all agents busy, as points of a quadrature: weights are in terms of the greatest, so
    that none is too large for a float. The density has one top and falls off ever faster on both sides."""
    top = _mode(beta, rate)
    log_top = _log_weight(beta, rate, top)

    def edge_of(inside: float, outside: float) -> float:
        for _ in range(HALVINGS):
            middle = (inside + outside) / 2
            if log_top - _log_weight(beta, rate, middle) < LOG_SMALL:
                inside = middle
            else:
                outside = middle
        return outside

    far = max(1.0, top)
    while log_top - _log_weight(beta, rate, top + far) < LOG_SMALL:
        far *= 2
    low = edge_of(top, 0.0) if log_top > LOG_SMALL else 0.0
    high = edge_of(top, top + far)
    # To the right the density may fall so slowly that exp(−x) is a point beside it: ever shorter pieces towards the top.
    halves = 3 + max(0, math.ceil(math.log2(high - top)))
    cuts = [low, top, *(top + (high - top) / 2**n for n in reversed(range(halves + 1))), target]
    for begin, end in pairwise(sorted(x for x in cuts if low <= x <= high)):
        panels = max(PANELS, math.ceil(4 * (end - begin))) if end <= top else PANELS
        step = (end - begin) / panels
        for panel in range(panels):
            middle = begin + (panel + 0.5) * step
            for place, share in GAUSS:
                x = middle + place * step / 2
                yield x, share * step / 2 * math.exp(_log_weight(beta, rate, x) - log_top)
