"""The power is cut at any byte of the flash during an update: the board comes up in one of the two slots, and ends up updated."""

import queue
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.commands import boards
from flash import tree
from hardware.virtual import Board, Copper
from tests.firmware import builds, conftest
from tests.firmware.bench import Desk, Edge, Site

site, desk_tree, copper = conftest.site, conftest.desk_tree, conftest.copper  # fixtures of the firmware's tests
NEVER = 0xFFFFFFFF  # bytes: as a board is new
FAST = "import wire\nwire.PIECE_PACE_MS = 0\n"
ALONG = (700, 31_000, 90_000)  # bytes erased or programmed between two cuts, over a whole update
BACK = (
    20,
    900,
    5_000,
    9_000,
    13_000,
)  # before the end of one that has all its files: the change, the trial, the keeping
WAIT_S = 60


@pytest.fixture
def desk(site: Site, desk_tree: Path, copper: Copper, tmp_path: Path) -> Iterator[Desk]:
    device = site.device()
    edge = Edge(site, device["name"])
    edge.beat()
    board = Board(device["name"], tmp_path / "board", copper, prelude=FAST)
    boards.provision(board, desk_tree, device, site.ca_pem)
    yield Desk(edge, board, device)
    board.power_off()
    edge.close()


@pytest.fixture
def build(desk_tree: Path) -> builds.Build:
    return builds.build(tree.read(desk_tree / tree.SLOT), extra="X = '%s'\n" % ("0123456789" * 600))


def run(desk: Desk, build: builds.Build, cut_after: int) -> bool:
    """Power on, order and serve the update, and keep it; whether it is done before the power is cut. It must come up either way."""
    desk.board.cut_power_after(cut_after)
    desk.board.power_on()
    end = time.monotonic() + WAIT_S
    while desk.board.is_on:
        assert time.monotonic() < end, desk.board.console[-600:]
        try:
            part, said = desk.edge.next(("$meta", "up", "rsp"), 0.1)
        except queue.Empty:
            continue
        if part == "up":
            builds.answer(desk.edge, build, said)
        elif part == "rsp":
            assert said["ok"], said
            if said["id"] == "k":
                return True
        elif said["trial"]:
            assert said["build"] == build.id
            desk.edge.do("keep", "k")
        elif said["build"] == build.id:
            return True
        else:
            builds.ask(desk.edge, builds.order(desk.device["secret"], build))
    return False


def comes_up_kept(desk: Desk, build: builds.Build) -> None:
    """Without a cut it gets there, and all of it is there."""
    assert run(desk, build, NEVER)
    desk.board.power_off()
    files = boards.stored(desk.board)
    there = {name.partition("/")[2]: raw for name, raw in files.items() if name.startswith(("a/", "b/"))}
    assert {name: there[name] for name in builds.slot_of(build)} == builds.slot_of(build)
    assert "Traceback" not in desk.board.console


def test_cuts_all_along_an_update(desk: Desk, build: builds.Build) -> None:
    for cut_after in ALONG:
        if run(desk, build, cut_after):
            break
    comes_up_kept(desk, build)


def test_cuts_at_the_change_itself(desk: Desk, build: builds.Build) -> None:
    """All is fetched and verified; then the last bytes, again and again from the same flash."""
    total = prepared(desk, build)
    for before in BACK:
        at_change(desk, build, total - before)


@pytest.mark.long
def test_cuts_at_each_point_of_the_change(desk: Desk, build: builds.Build) -> None:
    total = prepared(desk, build)
    for cut_after in range(0, total, 37):
        at_change(desk, build, cut_after)


def prepared(desk: Desk, build: builds.Build) -> int:
    """Kept aside: a flash whose other slot is all but named whole. How many bytes the rest of the update writes."""
    desk.board.power_off()
    files = boards.stored(desk.board)
    slot = {("b/new" if path == tree.MANIFEST else f"b/{path}"): raw for path, raw in builds.slot_of(build).items()}
    boards.write(desk.board, {**files, **slot})
    shutil.copy(desk.board.flash_file, desk.board.folder / "aside.bin")
    most = 10_000_000
    assert run(desk, build, most)
    desk.board.power_off()
    return most - int.from_bytes((desk.board.folder / "cut.left").read_bytes(), "little")


def at_change(desk: Desk, build: builds.Build, cut_after: int) -> None:
    shutil.copy(desk.board.folder / "aside.bin", desk.board.flash_file)
    run(desk, build, max(0, cut_after))
    desk.board.power_off()
    comes_up_kept(desk, build)
