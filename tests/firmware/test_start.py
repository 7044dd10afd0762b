"""The tree that is built, and how it starts."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edge.commands import boards
from flash import tree
from hardware.virtual import Board, Copper
from tests.firmware.bench import Site


def test_the_tree_is_bytecode_but_for_the_two_that_start_it(desk_tree: Path) -> None:
    files = {str(path.relative_to(desk_tree)) for path in desk_tree.rglob("*") if path.is_file()}
    assert {"a/wire.mpy", "a/mqtt.mpy", "a/roles/desk.mpy", "a/board.mpy"} <= files
    outside = {"boot.py", "main.py", "a/manifest"}
    assert {name for name in files if not (name.startswith("a/") and name.endswith(".mpy"))} == outside
    head, *lines = (desk_tree / "a" / "manifest").read_text().splitlines()
    assert head == f"floorboard-1 desk-unit desk {tree.version()}"
    said = {path: (int(size), hash) for hash, size, path in map(str.split, lines)}
    there = {path.relative_to(desk_tree / "a").as_posix(): path.read_bytes() for path in desk_tree.rglob("*.mpy")}
    assert said == {path: (len(raw), hashlib.sha256(raw).hexdigest()) for path, raw in there.items()}
    assert sum((desk_tree / name).stat().st_size for name in files) < 96 * 1024


def test_what_cannot_be_built_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no board 'toaster'; there are counter-display, .*desk-unit"):
        tree.build("toaster", tmp_path / "out")


@pytest.mark.parametrize("line", ['FIRMWARE = "0.2.0-rc1"', 'FIRMWARE = "0.2."', "X = 1"])
def test_a_version_is_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    """By which a device knows older firmware from newer."""
    (tmp_path / "firmware").mkdir()
    (tmp_path / "firmware" / "begin.py").write_text(line + "\n")
    monkeypatch.setattr(tree, "ROOT", tmp_path)
    with pytest.raises(ValueError, match=r"FIRMWARE is .*, not numbers such as 0.2.0"):
        tree.version()


def test_passwords_and_keys_are_what_the_edge_derives(run_micropython: Callable[..., Any], site: Site) -> None:
    from edge import identity

    secret = identity.device_secret(site.state, "desk-0")
    code = (
        "import binascii, secret\nfor label in LABELS: give(binascii.hexlify(secret.derived(SECRET, label)).decode())"
    )
    derived = run_micropython(code, SECRET=secret, LABELS=[b"mqtt", b"update", b"downgrade"])
    keys = [identity.update_key(secret, older=older).hex() for older in (False, True)]
    assert derived == [identity.password(secret), *keys]


RECORD = '{"boot": %s, "slot": "a", "fails": 0, "trial": 0, "said": ""}'
UNREADABLE = ("", "\0\0", "41", "{}", RECORD % '"1"', (RECORD % 1).replace('"a"', '"c"'))


@pytest.mark.parametrize(
    ("stored", "boot"), [(None, 1), (RECORD % 1, 2), (RECORD % 41, 42), *((text, 1 << 28) for text in UNREADABLE)]
)
def test_boot_counter_never_repeats(
    site: Site, desk_tree: Path, copper: Copper, tmp_path: Path, stored: str | None, boot: int
) -> None:
    device = site.device()
    board = Board(device["name"], tmp_path / "board", copper)
    boards.provision(board, desk_tree, device, site.ca_pem)
    if stored is not None:
        boards.write(board, {**boards.stored(board), "boot.json": stored.encode()})
    board.power_on()
    board.wait_lamp(lambda view: view.lost, 5)
    board.power_off()
    counted = json.loads(boards.stored(board)["boot.json"])["boot"]
    assert counted == boot or (boot == 1 << 28 and boot <= counted < 1 << 29)


def test_it_says_who_it_is_and_one_that_nobody_has_told_says_that(
    site: Site, desk_tree: Path, copper: Copper, tmp_path: Path
) -> None:
    device = site.device()
    board = Board(device["name"], tmp_path / "board", copper)
    boards.provision(board, desk_tree, device, site.ca_pem)
    board.power_on()
    board.wait_console(f"Floorboard 0.1.0 desk {device['name']} boot 1 (pwron)", 5)
    board.power_off()
    boards.write(board, {name: raw for name, raw in boards.stored(board).items() if name != "device.json"})
    board.power_on()
    said = board.wait_console("is not provisioned: there is no device.json on this board.", 5)
    board.wait_console(">>> ", 5)
    assert "Traceback" not in said
    board.power_off()
