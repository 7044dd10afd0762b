"""A floor that is served, and what a technician has before him."""

from collections.abc import Iterator

import pytest

from edge.commands.serving import Serving, floor_of
from hardware.virtual import Copper
from tests.flash.bench import DESKS, Bench
from tests.system.test_devices import until


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with Copper() as copper:
        bench = Bench(tmp_path_factory.mktemp("flash"), copper)
        with Serving(bench.site, bench.state):
            until(
                lambda: (bench.state / "core.sock").exists() and len(floor_of(bench.state).desks) == DESKS,
                "it is served",
            )
            yield bench
            bench.close()
    assert list((bench.folder / "left").iterdir()) == [], "no temporary file outlives its command"
