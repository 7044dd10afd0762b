"""How many agents a load wants: Erlang B, C and A, for one interval in which calls come at random at a steady rate.

Erlang C: whoever waits, waits. Erlang A (Palm 1957; Garnett, Mandelbaum and Reiman 2002): whoever waits leaves after an exponential
patience. With n agents of rate μ = 1 / AHT and θ = 1 / patience, who finds k waiting would wait V, of which exp(−θV) is
Beta(nμ/θ, k + 1): from that follows all below, as sums.
"""

import math
from typing import NamedTuple

AGENTS_MAX = 100_000
SMALL = 1e-15  # what is left out of a sum, as a share of it


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
    """ValueError if the work outgrows the agents and nobody ever leaves: then the line has no end."""
    if load.patience_s is None:
        return _erlang_c(load, agents, target_s)
    return _erlang_a(load, agents, target_s, load.patience_s)


def agents_for(load: Load, target: float, target_s: float, max_occupancy: float = 1.0) -> Staffed:
    """The fewest agents whose service level reaches `target`, none of them busy for more than that share of the time.
    ValueError beyond AGENTS_MAX."""
    least = 1 if load.patience_s is not None else math.floor(load.erlangs) + 1
    few, many = least - 1, least  # few is not enough
    while not _is_enough(load, many, target, target_s, max_occupancy):
        few, many = many, 2 * many
        if few > AGENTS_MAX:
            raise ValueError(f"more than {AGENTS_MAX} agents")
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
    beta = agents * patience_s / load.aht_s
    rate = load.calls / load.interval_s * patience_s  # arrivals in one patience
    alive = math.exp(-target_s / patience_s)  # who would wait for the target's time does so with this probability
    # Over k, how many are found waiting. weight: how probable k is, in terms of k = 0. tail: P(V > target), and the same for who is
    # patient; both are partial sums of a negative binomial series.
    weight, total, answered, in_time, left_late, asa = 1.0, 0.0, 0.0, 0.0, 0.0, 0.0
    log_term, log_own_term = -beta * target_s / patience_s, -(beta + 1) * target_s / patience_s  # too small for a float
    tail, own_tail = math.exp(log_term), math.exp(log_own_term)
    mean_wait, k = 1 / (beta + 1), 0
    while True:
        patient = weight * beta / (beta + k + 1)
        total += weight
        answered += patient
        in_time += patient * (1 - own_tail)
        left_late += weight * tail * alive
        asa += patient * mean_wait
        k += 1
        weight *= rate / (beta + k)
        if weight < SMALL * total and rate < beta + k:
            break
        if alive < 1:
            log_term += math.log((beta + k - 1) / k * (1 - alive))
            log_own_term += math.log((beta + k) / k * (1 - alive))
            tail, own_tail = tail + math.exp(log_term), own_tail + math.exp(log_own_term)
        mean_wait += 1 / (beta + 1 + k)
    blocked = erlang_b(agents, load.erlangs)
    waits = total * blocked / (1 + (total - 1) * blocked)  # all agents are busy
    share = waits / total
    abandoned = waits - share * answered
    served = 1 - abandoned
    within = 1 - waits + share * in_time
    return Staffed(
        agents=agents,
        wait_probability=waits,
        service_level=within / served,
        within_of_all=within,
        answered_or_left=1 - share * left_late,
        asa_s=share * asa * patience_s / served,
        wait_s=abandoned * patience_s,
        abandon_rate=abandoned,
        occupancy=load.erlangs * served / agents,
    )
