"""What the firmware's tests stand on: a real broker, a player of the edge, and real MicroPython."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edge import parts
from edge.commands import boards
from flash import tree
from hardware.virtual import Board, Copper
from tests.firmware.bench import DEVICES, SITE, Desk, Edge, Site


@pytest.fixture(scope="session")
def site(
    start_broker: Callable[..., Any], free_port: Callable[[], int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    with start_broker(tmp_path_factory.mktemp("site"), SITE, DEVICES, free_port()) as broker:
        yield Site(broker)


@pytest.fixture(scope="session")
def desk_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("tree") / "desk"
    tree.build("desk-unit", out)
    return out


@pytest.fixture(scope="session")
def copper() -> Iterator[Copper]:
    with Copper() as made:
        yield made


@pytest.fixture
def make_desk(site: Site, desk_tree: Path, copper: Copper, tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """make_desk(prelude="", presence="ready"): a desk that has greeted the edge and shows that presence. `before(board)` is called
    before its power is on."""
    made: list[Desk] = []

    def built(hardware: str) -> Path:
        if hardware == "desk-unit":
            return desk_tree
        tree.build(hardware, tmp_path / "tree")
        return tmp_path / "tree"

    def make(prelude: str = "", presence: str | None = "ready", heap_kb: int = 0, **changes: Any) -> Desk:
        hardware, before = changes.get("board", "desk-unit"), changes.pop("before", None)
        device = site.device(**changes)
        edge = Edge(site, device["name"])
        edge.beat()
        board = Board(
            device["name"],
            tmp_path / device["name"],
            copper,
            hardware,
            heap_kb=heap_kb or (120 if hardware == "desk-unit" else 144),
            prelude=prelude,
        )
        boards.provision(board, built(hardware), device, site.ca_pem)
        if before:
            before(board)
        board.power_on()
        desk = Desk(edge, board, device)
        made.append(desk)
        if presence:
            assert edge.hear("$state")["state"] == "ready"
            edge.lamp(presence)
            desk.board.wait_confirmed(presence, 5)
        return desk

    yield make
    for desk in made:
        desk.board.power_off()
        desk.edge.close()


@pytest.fixture(scope="session")
def run_micropython(desk_tree: Path) -> Callable[..., Any]:
    """run_micropython(code, **values): run `code` with the built tree in the path and the values as globals; what it calls
    `give` with comes back."""

    def run(code: str, **values: object) -> Any:
        lines = ["import json", "def give(value): print('GIVE' + json.dumps(value))"]
        lines += [f"{name} = {value!r}" for name, value in values.items()]
        environment = {**os.environ, "MICROPYPATH": f"{desk_tree / 'a'}:.frozen"}
        command = [*parts.find("micropython"), "-X", "heapsize=400K", "-c", "\n".join([*lines, code])]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)
        assert done.returncode == 0, done.stdout + done.stderr
        given = [json.loads(line[4:]) for line in done.stdout.splitlines() if line.startswith("GIVE")]
        return given[0] if len(given) == 1 else given

    return run
