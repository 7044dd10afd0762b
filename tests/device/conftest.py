"""What the device's tests stand on: virtual boards with a flash of their own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.commands import boards
from hardware.virtual import Board, Copper


def pytest_addoption(parser: pytest.Parser) -> None:
    """Known only to a run that names this folder or a file in it: pytest looks no deeper for options."""
    parser.addoption("--long", action="store_true", help="also the tests that take minutes (tests/device)")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: takes minutes; only with --long")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--long", default=False):
        long = [item for item in items if item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


@pytest.fixture
def make_board(tmp_path: Path) -> Iterator[Callable[..., Board]]:
    """make_board(name, files, **options): off; with MicroPython and these files in its flash, or blank if `files` is None."""
    with Copper() as copper:
        made: list[Board] = []

        def make(name: str = "desk-1", files: dict[str, bytes] | None = None, **options: Any) -> Board:
            board = Board(name, tmp_path / name, copper, **options)
            made.append(board)
            if files is not None:
                boards.write(board, files)
            return board

        yield make
        for board in made:
            board.power_off()
            board.close_port()
