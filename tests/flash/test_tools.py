"""What a technician keeps, draws, reads and undoes: images, stickers, logs, plans, the record; and what a dry run leaves alone."""

import argparse
import csv
import fcntl
import json
import os
import signal
import struct
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
import qrcode
from PIL import Image

from edge import parts
from edge.commands import Stop, boards
from edge.commands.flash import batch, looking, making
from edge.commands.flash.provision import Networks, ordered
from edge.commands.flash.writing import read_image
from edge.commands.progress import Steps
from edge.commands.serving import floor_of
from flash import chip, files, images, label, look, ports, program, record
from flash.look import Found
from flash.program import Fault
from flash.record import Row
from hardware.virtual import boot
from hardware.virtual.mcu import MCUS, mac
from tests.flash.bench import Bench, board_file, children, end, writes
from tests.system.test_devices import until

CRASH = "ValueError: no good; File 'begin.py', in prepare"
OURS = {
    "device.json": b'{"site": "lab", "name": "wall-9", "role": "desk", "board": "desk-unit", "id": "x", "secret": "5ec2e7",'
    b' "host": "127.0.0.1", "port": 1, "networks": []}',
    "ca.pem": b"",
}
TO = ["--name", "desk-1", "--desk", "1", "--board", "desk-unit"]


# images


def test_an_image_is_kept_with_its_sum_and_checked_at_each_use(bench: Bench, tmp_path: Path) -> None:
    place = ["--state", str(tmp_path / "kept")]
    row = bench.answer("keep", bench.image, *place)
    content = Path(bench.image).read_bytes()
    assert row == {"image": "esp32.bin", "chip": "esp32", "sha256": images.sha256(content)}
    folder = tmp_path / "kept" / "images"
    assert images.latest(folder, "esp32") == folder / "esp32.bin"
    assert images.latest(folder, "esp32c3") is None
    (folder / "esp32.bin").write_bytes(content + b"x")
    said = bench.fails("write", "/dev/ttyUSB77", "--board", "desk-unit", *place)
    assert said.startswith(f"{folder / 'esp32.bin'} is not what it was: its SHA-256 is ")
    assert said.endswith("; keep it anew with `floorboard flash keep`.")
    bench.answer("keep", bench.image, *place)
    assert bench.fails("write", "/dev/ttyUSB77", "--board", "desk-unit", *place).startswith("There is no port ")
    assert bench.fails("write", "/dev/ttyUSB77", "--board", "wallboard-matrix", *place).startswith("Name MicroPython's")


@pytest.mark.parametrize("command", ["keep", "write"])
def test_an_image_that_is_not_what_somebody_said_is_refused(bench: Bench, tmp_path: Path, command: str) -> None:
    words = {"keep": [bench.image], "write": ["/dev/ttyUSB77", "--board", "desk-unit", "--image", bench.image]}[command]
    said = bench.fails(command, *words, "--sha256", "0" * 64, "--state", str(tmp_path))
    assert said.startswith(f"{bench.image} is not what it was: its SHA-256 is ")
    assert "0" * 64 in said
    assert list(tmp_path.iterdir()) == []


def test_the_last_one_that_was_kept_is_it(tmp_path: Path) -> None:
    for name, of in (("one.bin", "esp32"), ("two.bin", "esp32"), ("three.bin", "esp32s3"), ("one.bin", "esp32")):
        (tmp_path / name).write_bytes(boot.micropython(MCUS[of]) + name.encode())
        images.keep(tmp_path / name, tmp_path / "kept")
    assert images.latest(tmp_path / "kept", "esp32") == tmp_path / "kept" / "one.bin"
    (tmp_path / "kept" / images.SUMS).write_text("what is this\n")
    with pytest.raises(ValueError, match="is no list of SHA-256 and names"):
        images.latest(tmp_path / "kept", "esp32")


def test_an_image_for_a_larger_flash_is_kept_and_fits_where_there_is_one(tmp_path: Path) -> None:
    vfs = struct.pack("<II", 0x20_0000, 0x20_0000)
    made = boot.micropython(MCUS["esp32s3"])
    assert made.count(vfs) == 1
    (tmp_path / "s3.bin").write_bytes(made.replace(vfs, struct.pack("<II", 0x20_0000, 0x60_0000)))
    assert images.latest(images.keep(tmp_path / "s3.bin", tmp_path / "kept").parent, "esp32s3")
    assert read_image(tmp_path / "s3.bin", "desk-unit-s3").vfs_bytes == 0x60_0000


@pytest.mark.parametrize("cut", [50_000, -1])
def test_an_image_that_breaks_off_is_not_kept(bench: Bench, tmp_path: Path, cut: int) -> None:
    (tmp_path / "short.bin").write_bytes(Path(bench.image).read_bytes()[:cut])
    said = bench.fails("keep", str(tmp_path / "short.bin"), "--state", str(tmp_path))
    assert (
        said
        == f"{tmp_path / 'short.bin'} is not whole: a program in it breaks off, or was changed; load it down again."
    )
    assert not (tmp_path / "images").exists()


# dry runs


def test_a_dry_run_writes_nothing(bench: Bench) -> None:
    words = ["--image", bench.image, *bench.place, "--dry-run"]
    runs = {"provision": [*TO, *words], "write": ["--board", "desk-unit", *words], "restore": ["--dry-run"]}
    at = {name: bench.board(f"dry-{name}") for name in runs}
    with ThreadPoolExecutor(len(runs)) as pool:
        said = dict(zip(runs, pool.map(lambda name: bench.run(name, at[name][1], *runs[name])[0], runs), strict=True))
    assert "register desk-1 (desk 1) with the edge\n  write MicroPython and " in said["provision"]
    assert said["write"].startswith(f"At {at['write'][1]} is nothing that starts. It would write MicroPython and ")
    assert said["restore"].endswith("would have nothing on it any more.\n")
    assert "desk-1" not in floor_of(bench.state).devices
    assert record.read(bench.state / "boards.csv") == []
    for board, _ in at.values():
        board.power_off()
        assert board.read(0, board.flash_bytes) == b"\xff" * board.flash_bytes


def test_a_dry_run_says_what_would_be_brought(bench: Bench) -> None:
    files = dict(bench.trees["desk-unit"])
    files["a/wire.mpy"] = b"old"
    board, port = bench.board("dry-sync", files)
    assert bench.answer("sync", port, "--board", "desk-unit", "--dry-run")["sent"] == ["a/wire.mpy"]
    plan = bench.file("plan.csv", b"name,board,desk\ndesk-2,desk-unit,2\n")
    would = bench.answer("batch", port, "--plan", plan, "--dry-run", *bench.place)["would"][port]
    assert would["device"] == "desk-2"
    assert would["steps"] == [
        "register desk-2 (desk 2) with the edge",
        f"bring 1 of {len(files)} files, and the device file if it differs",
        "wait until the floor sees it",
    ]
    board.power_off()


# logs, and back to blank


def test_logs_are_its_crash_and_its_console(bench: Bench) -> None:
    _, port = bench.board("crashed", {**bench.trees["desk-unit"], "crash.txt": CRASH.encode()})
    row = bench.answer("logs", port, "--seconds", "4")
    assert (row["on_it"], row["crash"]) == ("ours", CRASH)
    assert "rst:0x1 (POWERON" in row["console"]
    assert "Floorboard 0.1.0 is not provisioned" in row["console"]
    out = bench.run("logs", port, "--seconds", "4")[0]
    assert f"Its last crash: {CRASH}\n" in out
    assert "Floorboard 0.1.0 is not provisioned" in out


def test_to_look_at_a_board_is_no_failed_start_of_its_own(bench: Bench) -> None:
    board, port = bench.board("looked-at", OURS | {"boot.json": record_of(fails=3)})
    for _ in range(2):
        bench.answer("identify", port)
    board.power_off()
    assert json.loads(boards.stored(board)["boot.json"])["fails"] <= 3


def test_sync_ends_safe_mode_also_where_nothing_differs(bench: Bench) -> None:
    board, port = bench.board("safe", OURS | bench.trees["desk-unit"] | {"boot.json": record_of(fails=9)})
    assert bench.answer("sync", port)["sent"] == []
    board.power_off()
    assert json.loads(boards.stored(board)["boot.json"])["fails"] <= 1


def record_of(fails: int) -> bytes:
    return json.dumps({"boot": 6, "slot": "a", "fails": fails, "trial": 0, "said": ""}).encode()


@pytest.mark.parametrize(
    ("hardware", "why"),
    [
        ("desk-unit", r"It says: no network: none of ours is on the air\.$"),
        ("desk-unit-lan", r"It says: no cable.*\. Is its Ethernet cable in a port without PoE\?$"),
    ],
)
def test_who_does_not_come_to_the_floor_says_why(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, hardware: str, why: str
) -> None:
    board, port = bench.board(f"no-network-{hardware}", {}, hardware)
    board.air.points, board.air.has_cable = [], False
    monkeypatch.setattr(making, "ONLINE_S", 3)
    maker, order = making.Maker(bench.state, Networks(None)), ordered("desk-1", hardware, None, {"desk": "1"})
    with Steps() as steps, pytest.raises(Stop, match=why) as stopped:
        maker.make(order, port, steps, maker.look(order, port, steps))
    assert record.of(record.read(bench.state / "boards.csv"), name="desk-1").said == str(stopped.value)  # type: ignore[union-attr]


def test_a_board_is_blank_again(bench: Bench) -> None:
    board, port = bench.board("done-with", {"main.py": b"print('21.5 C')\n"})
    assert bench.fails("restore", port) == (
        f"At {port} is MicroPython with somebody's program; with --force it is erased."
    )
    assert bench.answer("restore", port, "--force")["mac"] == mac("done-with").hex(":")
    board.power_off()
    assert board.read(0, board.flash_bytes) == b"\xff" * board.flash_bytes


def test_a_device_is_made_blank_only_by_force(bench: Bench) -> None:
    board, port = bench.board("in-use", OURS | bench.trees["desk-unit"])
    what = "Floorboard 0.1.0 as desk wall-9 of site lab, board desk-unit"
    assert bench.fails("restore", port) == f"At {port} is {what}; with --force it is erased."
    assert board_file(board, "device.json") == OURS["device.json"]
    assert bench.answer("restore", port, "--force", "--dry-run")["was"]["device"]["name"] == "wall-9"
    board.power_off()


# esptool's words


WORDS = [  # what esptool 5.6 says, and what the technician is told; {0} is the port
    ("Failed to connect to Espressif device: No serial data received.\nFor troubleshooting steps visit: https://docs…",
     "No chip answers at {0} (Failed to connect to Espressif device: No serial data received): check cable and power;"),
    ("Could not open {0}, the port is busy or doesn't exist.\n([Errno 11] Could not exclusively lock port {0})\n",
     "Port {0} cannot be opened: another program has it, or it is gone; close that program, and do it again."),
    ("File 'x' (length 8) at offset 0x001000 will not fit in 2097152 bytes of flash. Change the flash_size argument.",
     "The image is larger than this board's flash of 2 MB; nothing was written."),
    ("Packet content transfer stopped (received 8 bytes)",
     "The chip at {0} answers, but not to the end (Packet content transfer stopped (received 8 bytes)); nothing was written,"),
    ("This chip is ESP32, not ESP32-C3. Wrong chip argument?",
     "Wrong chip: this board has an ESP32, and an ESP32-C3 is wanted; nothing was written."),
]  # fmt: skip


@pytest.mark.parametrize(("said", "sentence"), WORDS)
def test_what_esptool_says_is_a_sentence_of_what_to_do(
    monkeypatch: pytest.MonkeyPatch, said: str, sentence: str
) -> None:
    port, before = "/dev/ttyUSB0", "" if "open" in said or "connect" in said else "Connected to ESP32 on {0}:\n"
    text = f"esptool v5.6.0\n{before}\nA fatal error occurred: {said}".replace("{0}", port)
    monkeypatch.setattr(program, "run", lambda *_, **__: (2, text))
    with pytest.raises(Fault) as fault:
        chip.write(port, "esp32", {0x1000: b"x"}, lambda _: None)
    assert str(fault.value).startswith(sentence.replace("{0}", port))


def test_a_port_that_another_program_holds_is_said_to_be_so() -> None:
    ours, theirs = os.openpty()
    try:
        fcntl.flock(theirs, fcntl.LOCK_EX)
        with pytest.raises(Fault, match=r"^Port /dev/pts/\d+ cannot be opened: another program has it, "):
            chip.identify(os.ttyname(theirs))
    finally:
        os.close(ours)
        os.close(theirs)


def test_a_program_that_is_not_installed_is_named() -> None:
    with pytest.raises(Fault, match=r"^no_such_tool is not installed here: do `./run --setup` first\.$"):
        program.run("no_such_tool", [], timeout_s=30)


# what is on a board whose files were being brought

TOLD = {"site": "lab", "name": "desk-9", "role": "desk", "board": "desk-unit", "id": "x"}
HALVES = [
    (("a/", "a/drivers/"), {}, "empty"),
    (("a/", "a/alive.mpy"), {}, "ours"),
    (("a/", "a/alive.mpy", "boot.py", "main.py"), {}, "ours"),
    (("boot.py", "main.py"), TOLD, "ours"),
    (("a/", "a/alive.mpy", "boot.py", "weather.py"), {}, "micropython"),
    (("main.py", "lib/", "lib/a.mpy"), {}, "micropython"),
    (("main.py",), {**TOLD, "role": ""}, "micropython"),
]


@pytest.mark.parametrize(("there", "device", "kind"), HALVES)
def test_half_of_ours_is_ours(
    monkeypatch: pytest.MonkeyPatch, there: tuple[str, ...], device: dict[str, str], kind: str
) -> None:
    answer = {"files": dict.fromkeys(there, "1"), "device": device, "firmware": "", "plain_boot": True, "crash": ""}
    monkeypatch.setattr(ports, "hear", lambda *_: "ets Jul 29 2019 \n>>> ")
    monkeypatch.setattr(files, "ask", lambda _: answer | {"mac": "020000000001", "micropython": "1.25.0"})
    found = look.look("port")
    assert (found.kind, found.device) == (kind, device if kind == "ours" else {})


# the floor's own ports


def test_the_floors_own_ports_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], bench: Bench
) -> None:
    (tmp_path / "ttyUSB5").touch()
    (tmp_path / "by-id").symlink_to(tmp_path / "ttyUSB5")
    slips = f'[[printer]]\nname = "front"\nat = "serial://{tmp_path}/by-id?baud=19200"\n'
    (tmp_path / "site.toml").write_text(f'site = "lab"\n{slips}[[light]]\nname = "pole"\nat = "tcp://10.0.0.9:502"\n')
    its, place = str(tmp_path / "ttyUSB5"), ["--state", str(tmp_path)]
    sentence = f"At {its} is the floor's printer front, by its site's file; name the port of a board."
    for words in (["identify", its], ["sync", its], ["batch", its, "--board", "desk-unit"], ["logs", its]):
        assert bench.fails(*words, *place) == sentence
    known = [SimpleNamespace(device=at, vid=0x1A86, pid=1, description="n/a", serial_number=None) for at in (its, "/b")]
    monkeypatch.setattr(ports.list_ports, "comports", lambda: known)
    assert batch.ports_of(argparse.Namespace(all=True, ports=[], state=tmp_path)) == ["/b"]
    assert f"{its} is left out: it is the floor's printer front" in capsys.readouterr().err
    seen: list[str] = []
    monkeypatch.setattr(look, "look", lambda port: seen.append(port) or Found("blank", ""))
    parser = argparse.ArgumentParser()
    looking.add(parser.add_subparsers())
    args = parser.parse_args(["list", "--look", *place])
    args.run(args)
    assert seen == ["/b"]
    assert f"{its:16} CH340 or CH910x, 1a86:0001\n{'':16} The floor's printer front" in capsys.readouterr().out


# stickers


def test_a_sticker_has_its_size_and_a_code_that_is_read(bench: Bench, tmp_path: Path) -> None:
    row = Row("02:00:00:00:00:01", "desk-9", "desk", "9", "desk-unit", state="ready")
    record.put(bench.state / "boards.csv", row)
    out = tmp_path / "stickers"
    said = bench.answer("label", "desk-9", "--out", str(out), *bench.place)
    assert said == {"labels": {"desk-9": [str(out / "desk-9.png"), str(out / "desk-9.pdf")]}}
    picture = Image.open(out / "desk-9.png")
    assert picture.size == (round(50 / 25.4 * 300), round(25 / 25.4 * 300))
    assert [round(dpi) for dpi in picture.info["dpi"]] == [300, 300]
    box = next(
        line.split(b"[")[1].split(b"]")[0].split()
        for line in (out / "desk-9.pdf").read_bytes().splitlines()
        if b"/MediaBox" in line
    )
    assert [round(float(side) / 72 * 25.4) for side in box[2:]] == [50, 25]
    code = qrcode.QRCode(error_correction=label.ERROR_CORRECT_M, border=0)
    code.add_data("FLOORBOARD lab desk-9 02:00:00:00:00:01", optimize=0)
    assert modules(picture, len(code.get_matrix())) == code.get_matrix()


def modules(picture: Image.Image, count: int) -> list[list[bool]]:
    """The dark modules of the code at the left, each by the dot in its middle."""
    dark = picture.convert("L").point([255 * (value < 128) for value in range(256)])
    left, top, _, bottom = dark.crop((0, 0, 270, dark.height)).getbbox() or (0, 0, 0, 0)
    size = (bottom - top) / count
    at = [int((i + 0.5) * size) for i in range(count)]
    return [[bool(dark.getpixel((left + x, top + y))) for x in at] for y in at]


@pytest.mark.parametrize(("name", "place"), [("d" * 32, "desk 1 · lab"), ("desk-1", "计数器 27 · 上海办事大厅")])
def test_nothing_on_a_sticker_is_cut(name: str, place: str) -> None:
    picture = label.draw(name, place, "Hall display, colour LEDs 16 × 64", "02:00:00:00:00:01", "lab", parts.font())
    edge = label.DPI // 25  # a millimetre
    for side in ((0, 0, picture.width, edge), (0, picture.height - edge, picture.width, picture.height),
                 (picture.width - edge, 0, picture.width, picture.height)):  # fmt: skip
        assert picture.crop(side).convert("L").getextrema() == (255, 255)


def test_who_was_never_made_has_no_sticker(bench: Bench) -> None:
    assert "has no board for desk-77: make it with" in bench.fails("label", "desk-77", *bench.place)


# plans, and which board becomes what

PLANS = [
    (
        "name,desk\ndesk-1,1\n",
        ": its first line names columns, name and board and any of desk, layout, queues, printer",
    ),
    ("name,board,colour\na,desk-unit,red\n", ": its first line names columns"),
    ("name,board,desk,desk\ndesk-1,desk-unit,1,2\n", ": its first line names columns"),
    ("name,board,desk\n", " names no device."),
    ("name;board;desk\na;desk-unit;1\nb;desk-unit;1\n", ", line 3: a desk for desk 1 stands there twice."),
    ("name,board,desk\ndesk-1,desk-unit,1,\n", ", line 2: it has more cells than the first line."),
    ("name,board,desk\ndesk-1,desk-unit\n", ", line 2: it has fewer cells than the first line."),
    ("name,board\nwall-1,wallboard\n", ", line 2: A wallboard wants layout."),
    ("name,board,desk\ndesk-1,desk-unit,1\ndesk-1,desk-unit,2\n", ", line 3: desk-1 stands there twice."),
    ("name,board\ndesk-1,desk-unit\n", ", line 2: A desk wants desk."),
    ("name,board,desk\ndesk-1,toaster,1\n", ", line 2: No board 'toaster'; there are "),
    ("name,board,desk,lang\ndesk-1,desk-unit,1,fr\n", ", line 2: lang is one of en, zh, not fr."),
]


@pytest.mark.parametrize(("text", "sentence"), PLANS)
def test_a_plan_that_is_wrong_says_where(tmp_path: Path, text: str, sentence: str) -> None:
    plan = tmp_path / "wrong.csv"
    plan.write_text(text)
    with pytest.raises(Stop) as stopped:
        list(batch.planned(plan))
    assert str(stopped.value).startswith(f"{plan}{sentence}")


def test_a_plan_may_have_every_role(tmp_path: Path) -> None:
    text = "\ufeffname,board,desk,layout,queues,printer,lang\nwall-1,wallboard,,hall,,,zh\nd-1,dispenser,,,loans cash,front,\n"
    (tmp_path / "plan.csv").write_text(text)
    wall, dispenser = [order.wish for order in batch.planned(tmp_path / "plan.csv")]
    assert (wall.device, wall.role, wall.board, wall.lang) == ("wall-1", "wallboard", "hall", "zh")
    assert (dispenser.role, dispenser.queues, dispenser.printer) == ("dispenser", ("loans", "cash"), "front")


def test_a_board_goes_on_as_what_it_was_begun() -> None:
    orders = [ordered(f"desk-{n}", "desk-unit", None, {"desk": str(n)}) for n in range(1, 5)]
    ours = Found("ours", "esp32", device={"name": "desk-3", "site": "lab", "board": "desk-unit"})
    blank = Found("blank", "esp32")
    rows = [Row(name="desk-2", port="c", state="failed"), Row(name="desk-1", port="a", state="ready")]
    given = batch.assign(orders, {"a": blank, "b": ours, "c": blank, "d": "No chip answers."}, rows)
    assert {port: order.name for port, order in given.items()} == {
        "a": "desk-1",
        "b": "desk-3",
        "c": "desk-2",
        "d": "desk-4",
    }


def test_a_board_that_does_not_fit_is_taken_last() -> None:
    orders = [ordered(f"desk-{n}", "desk-unit", None, {"desk": str(n)}) for n in (1, 2, 3)]
    blank, other = Found("blank", "esp32"), {"name": "desk-9", "site": "lab", "board": "desk-unit"}
    found = {"a": "No chip answers.", "b": Found("silent", ""), "c": Found("blank", "esp32c3"), "d": blank}
    found |= {"e": Found("foreign", "esp32"), "f": Found("ours", "esp32", device=other), "g": blank}
    rows = [Row(name="desk-1", port="c", state="failed"), Row("02:00:00:00:00:01", "desk-2", port="g", state="failed")]
    given = batch.assign(orders, found, rows)
    assert {port: order.name for port, order in given.items()} == {"d": "desk-1", "e": "desk-3", "g": "desk-2"}
    wall = ordered("wall-1", "wallboard-matrix", None, {"board_layout": "hall"})
    assert batch.assign([*orders, wall], found, [])["c"] is wall
    few = {port: found[port] for port in ("a", "b", "c")}
    assert {port: order.name for port, order in batch.assign(orders, few, []).items()} == {
        "a": "desk-3",
        "b": "desk-1",
        "c": "desk-2",
    }


def test_ctrl_c_ends_a_batch_at_once_and_all_that_it_started(bench: Bench) -> None:
    made = [bench.board(f"ended-{n}") for n in range(2)]
    words = ["batch", *(port for _, port in made), "--image", bench.image, *bench.place, "--no-test", "--plan"]
    running = bench.start(*words, bench.file("two.csv", b"name,board,desk\ndesk-3,desk-unit,3\ndesk-4,desk-unit,4\n"))
    writes(*(board for board, _ in made))
    programs = children(running.pid)
    assert len(programs) >= len(made)
    is_stopped(running)
    assert not [pid for pid in programs if Path(f"/proc/{pid}").exists()]
    rows = [row for row in record.read(bench.state / "boards.csv") if row.name in ("desk-3", "desk-4")]
    assert {(row.name, row.state) for row in rows} == {("desk-3", "failed"), ("desk-4", "failed")}


def test_ctrl_c_is_heard_while_the_floor_is_waited_for(bench: Bench) -> None:
    board, port = bench.board("unheard", {})
    board.air.points = []
    plan = bench.file("one.csv", b"name,board,desk\ndesk-2,desk-unit,2\n")
    running = bench.start("batch", port, "--plan", plan, *bench.place, "--no-test")
    until(
        lambda: [row for row in record.read(bench.state / "boards.csv") if row.state == "written"], "it is written", 90
    )
    is_stopped(running)


def is_stopped(running: subprocess.Popen[str]) -> None:
    began = time.monotonic()
    running.send_signal(signal.SIGINT)
    out, said = end(running, 130)
    assert time.monotonic() - began < 10
    assert out == ""
    assert said.endswith("Stopped: boards may be half written. Do the same again; it goes on where it was.\n")
    assert "Traceback" not in said


# the record


def test_a_board_has_one_row_whatever_it_becomes(tmp_path: Path) -> None:
    path = tmp_path / "boards.csv"
    one, two = "02:00:00:00:00:01", "02:00:00:00:00:02"
    record.put(path, Row(name="desk-1", id="a"))
    record.put(path, Row(one, "desk-1", id="a", state="ready"))
    record.put(path, Row(two, "desk-2", id="b", state="failed", said='a, and\n"b"'))
    record.put(path, Row(two, "desk-1", id="c", state="ready"))
    rows = record.read(path)
    assert [(row.mac, row.name, row.state, row.said) for row in rows] == [
        (one, "desk-1", "replaced", ""),
        (two, "desk-1", "ready", ""),
    ]
    assert record.of(rows, name="desk-1") == rows[1]
    assert record.of(rows, mac=one) is None
    with path.open(newline="") as file:
        assert next(csv.reader(file)) == list(Row._fields)


def test_a_board_that_was_wiped_and_becomes_another_has_one_row(tmp_path: Path) -> None:
    path, one = tmp_path / "boards.csv", "02:00:00:00:00:01"
    record.put(path, Row(one, "desk-3", id="a", state="ready"))
    record.put(path, Row("", "desk-9", id="b"))
    record.put(path, Row(one, "desk-9", id="b", state="ready"))
    assert record.read(path) == [Row(one, "desk-9", id="b", state="ready")]


HEAD = ",".join(Row._fields)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b\n1,2\n", "is no record of boards: its columns are not mac, name"),
        ("hello\n", "is no record of boards"),
        (f"{HEAD}\nx,y\n", "is damaged in its row 2"),
    ],
)
def test_a_record_that_is_another_file_or_damaged_is_left_as_it_is(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "boards.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=sentence):
        record.put(path, Row("02:00:00:00:00:01"))
    assert path.read_text() == text


def test_a_damaged_record_is_said_before_anything_is_done(bench: Bench, tmp_path: Path) -> None:
    (bench.state / "boards.csv").rename(tmp_path / "boards.csv")
    (bench.state / "boards.csv").write_text("hello\n")
    try:
        port = bench.board("recorded")[1]
        to = ["--name", "unrecorded", "--desk", "4", "--board", "desk-unit"]
        said = bench.fails("provision", port, *to, "--image", bench.image, *bench.place)
        assert said.startswith(f"{bench.state / 'boards.csv'} is no record of boards")
        assert "unrecorded" not in floor_of(bench.state).devices
    finally:
        (tmp_path / "boards.csv").rename(bench.state / "boards.csv")


def test_rows_that_come_at_once_are_all_there(tmp_path: Path) -> None:
    path = tmp_path / "boards.csv"
    rows = [Row(f"02:00:00:00:00:{n:02x}", f"desk-{n}", state="ready") for n in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda row: record.put(path, row), rows))
    assert sorted(record.read(path)) == sorted(rows)
