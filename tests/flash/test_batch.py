"""A box of boards at once: from blank to the floor, tested, labelled and recorded; and through twenty pulled plugs."""

import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image
from waitress.server import create_server

from edge import identity
from edge.accounts import Accounts, cookie_name
from edge.commands import boards
from edge.commands.house import free_port
from edge.commands.serving import ACCEPTED, Serving, floor_of
from edge.settings import read as settings
from flash import record, tree
from hardware.virtual import Board, Copper, air, page
from hardware.virtual.mcu import mac
from tests.flash.bench import WIFI, Bench, holding, writes
from tests.system.test_devices import until

BOX = 4
POINTS, ERASING, WRITING = 20, 4, 12  # where plugs are pulled: in all, while it erases, while it writes
NEVER = 0xFFFF_FFFF


@contextmanager
def hands(made: list[tuple[Board, str]]) -> Iterator[str]:
    """The page of these boards, where their keys are pressed and their lamps looked at."""
    ports = {board.name: port for board, port in made}
    app = page.create({board.name: board for board, _ in made}, {}, lambda _: None, ports)
    server = create_server(app, host="127.0.0.1", port=free_port(), threads=8)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}/"
    server.close()


@contextmanager
def floor(folder: Path, desks: int) -> Iterator[Bench]:
    """That has as many desk units in its file as desks, none of which has ever come."""
    with Copper() as copper:
        bench = Bench(folder, copper, desks)
        units = "".join(f'[[device]]\nname = "desk-{n}"\ndesk = "{n}"\n' for n in range(1, desks + 1))
        bench.site.write_text(bench.site.read_text() + units)
        with Serving(bench.site, bench.state) as serving:
            assert serving.wait_up()
            bench.run("keep", bench.image, *bench.place)
            yield bench
            bench.close()


def is_empty(point: int) -> bool:
    return point < ERASING + WRITING and point % 2 == 1


def cut(board: Board, point: int, size: int) -> None:
    """Pull a board's plug at one of the points; `size` bytes of it are erased, then written. Where the command can wait for it, the
    plug goes in again at once."""
    if point < ERASING + WRITING:
        writes(board)
        into = (point + 0.5) / ERASING if point < ERASING else 1 + (point - ERASING + 0.5) / WRITING
        board.cut_power_after(int(into * size))
    elif point == POINTS - 4:
        board.power_off()
    elif point == POINTS - 3:
        board.wait_console("invalid header", 60)
        board.power_off()
    else:
        board.wait_console("Floorboard 0.1.0 desk", 300)
        board.power_off()
        if point == POINTS - 1:
            board.cut_power_after(100)  # in the midst of its first words to its own flash
            board.power_on()
            board.wait_off(60)
        board.cut_power_after(NEVER)
        board.power_on()


def seen_on_the_floors_page(bench: Bench) -> dict[str, bool]:
    """Device to whether it is there, as `/floor` gets it."""
    web = settings(bench.state / ACCEPTED).web
    accounts = Accounts(bench.state)
    accounts.add("technician", "technician", "tests")
    cookie = f"{cookie_name('lab', web.port)}={accounts.begin('technician')}"
    asked = urllib.request.Request(f"http://127.0.0.1:{web.port}/api/floor", headers={"Cookie": cookie})
    with urllib.request.urlopen(asked, timeout=10) as answer:
        desks = json.loads(answer.read())["desks"]
    return {desk["device"]["name"]: desk["device"]["online"] for desk in desks if desk["device"]}


@pytest.mark.timeout(400)
def test_a_box_from_blank_to_ready_by_one_command(tmp_path: Path) -> None:
    with floor(tmp_path, BOX) as bench:
        made = [bench.board(f"blank-{n}") for n in range(BOX)]
        for board, _ in made:
            board.air.points = [air.Point("Floor 2", WIFI)]
        with hands(made) as url:
            words = ["batch", *(port for _, port in made), "--board", "desk-unit", "--wifi", bench.wifi, "--hands", url]
            first = bench.run(*words, *bench.place, "--json")
            told = json.loads(first[0])
            assert (told["ready"], told["failed"], told["left"]) == (BOX, 0, [])
            names = [f"desk-{n}" for n in range(1, BOX + 1)]
            until(lambda: seen_on_the_floors_page(bench) == dict.fromkeys(names, True), "the floor's page shows them")
            rows = record.read(bench.state / "boards.csv")
            assert sorted(row.name for row in rows) == names
            assert sorted(row.mac for row in rows) == sorted(mac(board.name).hex(":") for board, _ in made)
            assert {(row.state, row.tested, row.firmware) for row in rows} == {("ready", "passed", tree.version())}
            for row in rows:
                assert Image.open(bench.state / "labels" / f"{row.name}.png").size == (591, 295)
                page_of_test = bench.state / "acceptance" / f"{row.mac.replace(':', '-')}.html"
                assert row.name in page_of_test.read_text(encoding="utf-8")
            secrets = [WIFI, *(identity.device_secret(bench.state, name) for name in names)]
            assert {path.name for path in holding(bench.folder, *secrets)} == {"wifi.toml", "open.toml", "flash.bin"}
            assert not any(secret in text for text in first for secret in secrets)
            again = bench.run(*words, *bench.place)
            assert again[0].endswith(f"{BOX} of {BOX} are ready; the record is {bench.state / 'boards.csv'}.\n")
            assert "testing it" in first[1]
            assert "testing it" not in again[1], "it goes on where it was: there was nothing left to do"
            assert record.read(bench.state / "boards.csv") == [
                row._replace(at=now.at, seconds=now.seconds)
                for row, now in zip(rows, record.read(bench.state / "boards.csv"), strict=True)
            ]


@pytest.mark.timeout(500)
def test_a_pulled_plug_at_twenty_points_and_then_again(tmp_path: Path) -> None:
    with floor(tmp_path, POINTS) as bench:
        # Every other one that is cut while it is written has MicroPython already, of which the file system alone is written.
        made = [bench.board(f"blank-{n}", {} if is_empty(n) else None) for n in range(POINTS)]
        both = boards.VFS_BYTES + len(Path(bench.image).read_bytes())
        words = ["batch", *(port for _, port in made), "--board", "desk-unit", "--no-test", *bench.place, "--json"]
        cutting = [
            threading.Thread(target=cut, args=(board, n, boards.VFS_BYTES if is_empty(n) else both), daemon=True)
            for n, (board, _) in enumerate(made)
        ]
        for thread in cutting:
            thread.start()
        out, said = bench.run(*words, code=1)
        for thread in cutting:
            thread.join(1)
        rows = json.loads(out)["boards"]
        by_port = {row["port"]: row for row in rows}
        outcomes = [by_port[port]["state"] for _, port in made]
        assert outcomes == ["failed"] * (POINTS - 2) + ["ready"] * 2
        assert all(row["said"].endswith(".") for row in rows if row["state"] == "failed")
        assert "Traceback" not in said
        for board, _ in made:
            board.cut_power_after(NEVER)
            board.power_on()
        done = json.loads(bench.run(*words)[0])
        assert (done["ready"], done["failed"]) == (POINTS, 0)
        kept = record.read(bench.state / "boards.csv")
        assert sorted(row.mac for row in kept) == sorted(mac(board.name).hex(":") for board, _ in made)
        assert sorted(row.name for row in kept) == sorted(f"desk-{n + 1}" for n in range(POINTS))
        devices = floor_of(bench.state).devices
        assert all(devices[row.name].online and devices[row.name].id == row.id for row in kept)
        for name, (board, _) in zip((by_port[port]["name"] for _, port in made), made, strict=True):
            told = json.loads(boards.stored(board)["device.json"])
            assert told["name"] == name
