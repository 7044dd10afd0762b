"""What the firmware is held to, in short: its heap, its bytes on the bus, its size. `bench firmware` measures it in full."""

from collections.abc import Iterator

import pytest

from edge.commands.bench import bus, busy, heap
from edge.commands.bench.firmware import mpy_kb
from edge.commands.bench.stand import Stand

HEAP_KB_MAX = {"desk-unit": 60, "wallboard": 90}
MESSAGES = {"desk-unit": 1024, "wallboard": 256}


@pytest.fixture(scope="module")
def stand() -> Iterator[Stand]:
    with Stand([*HEAP_KB_MAX, *(f"bus-{part}" for part in bus.PANELS)]) as made:
        yield made


@pytest.mark.parametrize(("role", "hardware"), [("desk", "desk-unit"), ("wallboard", "wallboard")])
def test_the_heap_over_a_busy_floors_messages(stand: Stand, role: str, hardware: str) -> None:
    used = heap.used(stand, role, hardware, MESSAGES[hardware])
    print(f"{hardware}: {used.most} bytes at most")
    assert used.most <= HEAP_KB_MAX[hardware] * 1024
    assert used.growth < 2048


@pytest.mark.parametrize("part", bus.PANELS)
def test_the_bus_carries_no_more_than_the_changed_tiles(stand: Stand, part: str) -> None:
    found = bus.measure(stand, part, changes=24)
    assert 0 < found.ratio <= 1.1
    assert len(found.message_ms) > 20


def test_all_roles_together() -> None:
    assert 10 < mpy_kb() <= 300


def test_a_busy_floor_is_the_same_each_time() -> None:
    first, again = busy.views("wallboard"), busy.views("wallboard")
    assert [next(first) for _ in range(50)] == [next(again) for _ in range(50)]
