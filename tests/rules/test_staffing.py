"""Erlang B, C and A: the published and recomputed cases of numbers.md, a simulation, and what cannot be staffed."""

import json
import random
import time
from heapq import heappop, heappush

import pytest

from edge import staffing as st
from tests.system.test_commands import floorboard

LOAD = st.Load(calls=100, interval_s=1800, aht_s=180)
IMPATIENT = LOAD._replace(patience_s=300)
COMMAND = "staffing --calls 100 --interval-min 30 --aht-s 180 --target 0.80 --target-s 20".split()


def test_erlang_c_as_published() -> None:
    assert st.service(LOAD, 13, 20).service_level == pytest.approx(0.7956, abs=5e-5)
    given = st.agents_for(LOAD, 0.80, 20)
    assert given.agents == 14
    assert given.wait_probability == pytest.approx(0.1741, abs=5e-5)
    assert given.service_level == pytest.approx(0.8884, abs=5e-5)
    assert given.asa_s == pytest.approx(7.836, abs=5e-4)
    assert given.occupancy == pytest.approx(0.7143, abs=5e-5)
    capped = st.agents_for(LOAD, 0.80, 20, 0.70)
    assert (capped.agents, round(capped.service_level, 3), round(capped.wait_probability, 3)) == (15, 0.941, 0.102)


def test_erlang_b_as_published() -> None:
    assert st.lines_for(10, 0.02) == 17
    assert st.erlang_b(15, 8.108) == pytest.approx(0.01, abs=5e-6)


def test_erlang_a_as_recomputed() -> None:
    given = st.service(IMPATIENT, 14, 20)
    assert given.wait_probability == pytest.approx(0.14526, abs=5e-6)
    assert given.abandon_rate == pytest.approx(0.013984, abs=5e-7)
    assert given.occupancy == pytest.approx(0.704297, abs=5e-7)
    assert given.wait_s == pytest.approx(4.195, abs=5e-4)
    assert given.asa_s == pytest.approx(3.878, abs=5e-4)
    shares = (given.within_of_all, given.service_level, given.answered_or_left)
    assert [round(share, 4) for share in shares] == [0.9168, 0.9298, 0.9240]


def test_with_endless_patience_a_is_c() -> None:
    patient = st.service(LOAD._replace(patience_s=1e9), 14, 20)
    for ours, theirs in zip(patient[1:], st.service(LOAD, 14, 20)[1:], strict=True):
        assert ours == pytest.approx(theirs, abs=1e-5)


@pytest.mark.parametrize("agents", [3, 9, 14])
def test_erlang_a_is_what_a_simulation_finds(agents: int) -> None:
    """First come, first served, with 400,000 calls: by another way, also where the work outgrows the agents."""
    chance, free_at, now = random.Random(1), [0.0] * agents, 0.0
    answered = in_time = left_in_time = 0
    waited_s = 0.0
    count = 400_000
    for _ in range(count):
        now += chance.expovariate(LOAD.calls / LOAD.interval_s)
        patience = chance.expovariate(1 / 300)
        free = free_at[0]
        if max(0.0, free - now) > patience:
            left_in_time += patience <= 20
            continue
        heappop(free_at)
        begin = max(now, free)
        heappush(free_at, begin + chance.expovariate(1 / LOAD.aht_s))
        answered += 1
        in_time += begin - now <= 20
        waited_s += begin - now
    given = st.service(IMPATIENT, agents, 20)
    assert 1 - answered / count == pytest.approx(given.abandon_rate, abs=0.006)
    assert in_time / answered == pytest.approx(given.service_level, abs=0.012)
    assert (in_time + left_in_time) / count == pytest.approx(given.answered_or_left, abs=0.012)
    assert waited_s / answered == pytest.approx(given.asa_s, rel=0.05)


def test_a_large_floor_has_no_numbers_that_are_too_small() -> None:
    """e^-10000 is no float, and the share that waits longer than the target is not zero for that."""
    given = st.service(st.Load(100_000, 1800, 180, 60), 8_500, 180)
    assert given.abandon_rate == pytest.approx(0.15, abs=0.001)
    assert given.wait_probability == pytest.approx(1, abs=1e-6)
    assert given.occupancy == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("calls", "patience_s", "agents", "service_level", "abandon_rate", "asa_s"),
    [
        # by the sums over who waits, in decimals of 60 digits: 955 and 105 agents give .7980 and .7565
        (10_000, 300, 956, 0.80957645, 0.04446240, 13.5565552),
        (1_000, 3600, 106, 0.80776873, 0.00286491, 10.2773377),
    ],
)
def test_a_large_load_with_patience_is_counted_at_once(
    calls: int, patience_s: float, agents: int, service_level: float, abandon_rate: float, asa_s: float
) -> None:
    """In a sum from nobody waiting upwards the terms are too large for a float."""
    began = time.monotonic()
    given = st.agents_for(st.Load(calls, 1800, 180, patience_s), 0.80, 20)
    assert time.monotonic() - began < 1
    assert given.agents == agents
    assert given.service_level == pytest.approx(service_level, abs=5e-5)
    assert given.abandon_rate == pytest.approx(abandon_rate, abs=5e-6)
    assert given.asa_s == pytest.approx(asa_s, abs=5e-4)


@pytest.mark.parametrize("patience_s", [0.01, 1, 1e6, 1e12])
def test_a_patience_of_another_order_is_no_trouble(patience_s: float) -> None:
    """Who has none is lost as if by Erlang B; who has any amount of it waits as by Erlang C."""
    given = st.service(LOAD._replace(patience_s=patience_s), 14, 20)
    if patience_s < 10:
        assert given.abandon_rate == pytest.approx(st.erlang_b(14, 10), abs=2e-3)
        assert given.service_level == pytest.approx(1)
    else:
        assert given.service_level == pytest.approx(st.service(LOAD, 14, 20).service_level, abs=1e-4)
    assert 0 <= given.abandon_rate < 1 and given.occupancy <= 1


@pytest.mark.parametrize("patience", [None, 60, 600])
def test_the_fewest_agents_are_the_fewest(patience: float | None) -> None:
    for calls in (1, 10, 333, 2_000):
        load = st.Load(calls, 1800, 240, patience)
        given = st.agents_for(load, 0.9, 15)
        assert given.service_level >= 0.9
        if given.agents - 1 > (load.erlangs if patience is None else 0):
            assert st.service(load, given.agents - 1, 15).service_level < 0.9


def test_the_command() -> None:
    told = json.loads(floorboard(*COMMAND, "--shrinkage", "0.30", "--json").stdout)
    assert (told["agents"], told["positions"]) == (14, 20)
    assert round(told["service_level"], 4) == 0.8884
    assert "abandon_rate" not in told
    told = json.loads(floorboard(*COMMAND, "--shrinkage", "0.30", "--max-occupancy", "0.70", "--json").stdout)
    assert (told["agents"], told["positions"]) == (15, 22)
    told = json.loads(
        floorboard(*COMMAND, "--patience-s", "300", "--agents", "14", "--blocking", "0.02", "--json").stdout
    )
    assert (told["agents"], told["lines"], round(told["abandon_rate"], 6)) == (14, 17, 0.013984)
    plain = floorboard(*COMMAND, "--patience-s", "300").stdout
    assert plain.startswith("10 erlangs, by Erlang A: 12 agents, 12 positions")


@pytest.mark.parametrize(
    ("more", "agents", "positions"),
    [([], 5, 5), (["--deflected", "0.20"], 4, 4), (["--deflected", "0.21"], 4, 4), (["--shrinkage", "0.30"], 5, 8)],
)
def test_a_days_enquiries_by_a_plain_sum(more: list[str], agents: int, positions: int) -> None:
    """Worked case: 1,000 a day at 200 an agent; with 20 % deflected one agent is saved."""
    done = floorboard("staffing", "--calls", "1000", "--per-agent", "200", *more, "--json")
    assert json.loads(done.stdout) == {"agents": agents, "positions": positions}


def test_what_self_service_answers_is_no_load() -> None:
    whole, rest = (json.loads(floorboard(*COMMAND, *more, "--json").stdout) for more in ([], ["--deflected", "0.5"]))
    assert (whole["erlangs"], rest["erlangs"]) == (10, 5)
    assert rest["agents"] == st.agents_for(LOAD._replace(calls=50), 0.80, 20).agents


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (["--agents", "10"], "That cannot be staffed: 10 agents never catch up with 10 erlangs."),
        (["--target", "1.2"], "argument --target: '1.2' is not between 0 and 1"),
        (["--calls", "nan"], "argument --calls: 'nan' is not a number above 0"),
        (["--shrinkage", "1"], "argument --shrinkage: '1' is not between 0 and 0.95"),
        (["--shrinkage", "0.9999999999999999"], "is not between 0 and 0.95"),
        (["--calls", "1e9"], "That cannot be staffed: more than 100000 agents."),
        (["--calls", "1e9", "--patience-s", "300"], "That cannot be staffed: more than 100000 agents."),
        (["--calls", "1e305", "--patience-s", "1e300"], "That cannot be staffed: times so far apart"),
        (["--agents", "1000000000"], "That cannot be staffed: more than 100000 agents."),
    ],
)
def test_what_cannot_be_staffed(more: list[str], why: str) -> None:
    done = floorboard(*COMMAND, *more)
    assert done.returncode == 2
    assert why in done.stderr
