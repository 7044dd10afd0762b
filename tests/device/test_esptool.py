"""The unmodified esptool, as a program, against a virtual board's serial port: --no-stub, as nothing here runs a chip's code.

pyserial's RFC 2217 client sleeps some 0.2 s in each of esptool's commands, so a connection takes 20 s in which nobody computes:
all scenarios of this file that are asked for run at the same time, each with a board of its own, and each test waits for its own.
`./test tests/device/test_esptool.py --long` adds the whole bar (7 minutes): 1 MiB of random data written plain, verified,
and 20 KiB of either end read back; by the ROM's 64 bytes at a time, all of it would take an hour.
"""

import contextlib
import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from flash import filesystem, tree
from hardware.virtual import Board, Copper, boot
from hardware.virtual.mcu import mac

BOARDS = {"esp32": "desk-unit", "esp32c3": "wallboard-matrix", "esp32s3": "desk-unit-s3"}
MODELS = {
    "esp32": "ESP32-D0WD-V3 (revision v3.1)",
    "esp32c3": "ESP32-C3",
    "esp32s3": "ESP32-S3 (QFN56) (revision v0.2)",
}
RUN_S = 120
PLAIN = random.Random(1).randbytes(32 << 10)
MADE = b"".join(b"line %06d of a made-up log; " % (i // 7 * 7919 % 999983) for i in range(40_000))[: 1 << 20]
AT = 0x20_0000


class Bench:
    """One board, which is on, and what a technician needs for it."""

    def __init__(self, board: Board, folder: Path) -> None:
        self.board, self.folder, self.port = board, folder, board.open_port()
        board.power_on()

    def file(self, name: str, data: bytes) -> str:
        (self.folder / name).write_bytes(data)
        return str(self.folder / name)

    def start(self, *words: str) -> subprocess.Popen[str]:
        reset = ["--no-stub", "--before", "default-reset", "--after", "hard-reset", "--connect-attempts", "2"]
        line = [sys.executable, "-m", "esptool", "--chip", self.board.mcu.name, "--port", self.port, *reset, *words]
        return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def end(self, tool: subprocess.Popen[str], code: int = 0, timeout_s: float = RUN_S) -> str:
        try:
            said, _ = tool.communicate(timeout=timeout_s)
        finally:
            tool.kill()
        assert tool.returncode == code, said[-2000:]
        return said

    def run(self, *words: str, code: int = 0, timeout_s: float = RUN_S) -> str:
        return self.end(self.start(*words), code, timeout_s)

    def starts_download(self, *words: str) -> subprocess.Popen[str]:
        """The tool, once the board listens to it."""
        tool = self.start(*words)
        end = time.monotonic() + 60
        while not self.board.loader:
            assert time.monotonic() < end
            time.sleep(0.01)
        return tool


def identifies(bench: Bench) -> None:
    board = bench.board
    found = subprocess.run(
        [sys.executable, "-m", "esptool", "--no-stub", "--port", bench.port, "flash-id"],
        capture_output=True, text=True, timeout=RUN_S,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout
    assert MODELS[board.mcu.name] in found.stdout
    assert f"Detected flash size: {board.flash_bytes >> 20}MB" in found.stdout
    assert mac(board.name).hex(":") in found.stdout


def erases_regions_only(bench: Bench) -> None:
    bench.board.power_off()
    bench.board.write(AT, PLAIN)
    bench.board.power_on()
    bench.run("erase-region", hex(AT + 0x1000), "0x2000")
    assert bench.board.read(AT, len(PLAIN)) == PLAIN[:0x1000] + b"\xff" * 0x2000 + PLAIN[0x3000:]
    assert "does not support function erase_flash" in bench.run("erase-flash", code=2)


def writes_and_reads_plain(bench: Bench) -> None:
    said = bench.run("write-flash", "--no-compress", hex(AT), bench.file("plain", PLAIN))
    assert "Hash of data verified" in said
    assert bench.board.read(AT, len(PLAIN)) == PLAIN
    bench.run("read-flash", hex(AT + 1000), "2048", str(bench.folder / "back"))
    assert (bench.folder / "back").read_bytes() == PLAIN[1000:3048]


def writes_compressed(bench: Bench) -> None:
    began = time.monotonic()
    made = bench.file("made", MADE)
    said = bench.run("--baud", "460800", "write-flash", "--compress", hex(AT), made)
    assert "Changing baud rate to 460800" in said
    assert "Hash of data verified" in said
    print(f"1 MiB compressed: {time.monotonic() - began:.1f} s")
    assert bench.board.read(AT, len(MADE)) == MADE
    assert "erification successful" in bench.run("verify-flash", hex(AT), made)


def sees_a_wrong_checksum(bench: Bench) -> None:
    tool = bench.starts_download("--trace", "write-flash", "--no-compress", hex(AT), bench.file("plain", PLAIN[:4096]))
    assert bench.board.loader
    bench.board.loader.corrupt_next_block = True
    said = bench.end(tool)
    assert "retrying with" in said
    assert "Hash of data verified" in said
    assert bench.board.read(AT, 4096) == PLAIN[:4096]


def sees_silent_corruption(bench: Bench) -> None:
    plain = bench.file("plain", PLAIN[:4096])
    tool = bench.starts_download("write-flash", "--no-compress", hex(AT), plain)
    assert bench.board.loader
    bench.board.loader.corrupt_next_write = True
    assert "MD5 of file does not match" in bench.end(tool, code=2)
    assert "erification failed" in bench.run("verify-flash", hex(AT), plain, code=2)


def ends_when_bytes_are_lost(bench: Bench) -> None:
    tool = bench.starts_download("write-flash", "--no-compress", hex(AT), bench.file("plain", PLAIN))
    while tool.poll() is None:
        if bench.board.loader:
            bench.board.loader.drop_next = 3
        time.sleep(0.01)
    assert "A fatal error occurred: Failed to write to target flash" in bench.end(tool, code=2)
    assert bench.board.read(AT, len(PLAIN)) == b"\xff" * len(PLAIN)


def says_that_the_power_is_cut(bench: Bench) -> None:
    tool = bench.starts_download("write-flash", "--no-compress", hex(AT), bench.file("plain", PLAIN))
    bench.board.cut_power_after(len(PLAIN) + 10_000)
    said = bench.end(tool, code=2)
    assert "A fatal error occurred" in said
    assert "Hash of data verified" not in said
    assert not bench.board.is_on
    assert bench.board.read(AT, len(PLAIN)) == PLAIN[:10_000] + b"\xff" * (len(PLAIN) - 10_000)


def provisions(bench: Bench) -> None:
    """The technician's whole path, from a blank chip on."""
    board, hardware = bench.board, BOARDS[bench.board.mcu.name]
    board.wait_console("invalid header: 0xffffffff", 10)
    tree.build(hardware, bench.folder / "tree")
    built = [path for path in (bench.folder / "tree").rglob("*") if path.is_file()]
    files = {str(path.relative_to(bench.folder / "tree")): path.read_bytes() for path in built}
    role = tree.read_board(hardware)["role"]
    device = {"id": "x", "name": "north-7", "site": "lisbon", "role": role, "board": hardware, "zone": "a",
              "wifi_name": "none", "wifi_password": "none", "broker": "127.0.0.1", "port": 1, "password": "none"}  # fmt: skip
    system = filesystem.image({**files, "device.json": json.dumps(device).encode()}, 0x20_0000)
    image = bench.file("micropython", boot.micropython(board.mcu))
    said = bench.run(
        "write-flash", "--compress", hex(board.mcu.bootloader_offset), image, hex(AT), bench.file("vfs", system)
    )
    assert said.count("Hash of data verified") == 2
    board.wait_console("north-7 boot 1 (", 10)
    assert "Floorboard" in board.console


def stands_the_whole_bar(bench: Bench) -> None:
    data = random.Random(2).randbytes(1 << 20)
    began = time.monotonic()
    whole = bench.file("whole", data)
    assert "Hash of data verified" in bench.run("write-flash", "--no-compress", hex(AT), whole, timeout_s=400)
    written = time.monotonic()
    assert "erification successful" in bench.run("verify-flash", hex(AT), whole)
    for at in (0, (1 << 20) - 0x5000):
        back = bench.folder / "back"
        bench.run("read-flash", hex(AT + at), "0x5000", str(back), timeout_s=200)
        assert back.read_bytes() == data[at : at + 0x5000]
    print(f"1 MiB plain: {written - began:.0f} s; in all {time.monotonic() - began:.0f} s")


CHECKS = [identifies, erases_regions_only, writes_and_reads_plain, writes_compressed, provisions]
FAULTS = [sees_a_wrong_checksum, sees_silent_corruption, ends_when_bytes_are_lost, says_that_the_power_is_cut]
CASES = [(check, chip) for check in CHECKS for chip in BOARDS] + [(check, "esp32") for check in FAULTS]
Case = tuple[Callable[[Bench], None], str]


@pytest.fixture(scope="module")
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[Case, Future[None]]]:
    """All cases of this file that this session has selected, under way."""
    chosen = [item for item in request.session.items if item.path == request.path]
    cases = [item.callspec.params["case"] for item in chosen if isinstance(item, pytest.Function)]
    with Copper() as copper, ThreadPoolExecutor(len(cases)) as pool, contextlib.ExitStack() as after:

        def run(case: Case, folder: Path) -> None:
            board = Board(f"{case[0].__name__}-{case[1]}", folder, copper, BOARDS[case[1]])
            with made:
                after.callback(board.close_port)
                after.callback(board.power_off)
            case[0](Bench(board, folder))

        made = threading.Lock()
        yield {case: pool.submit(run, case, tmp_path_factory.mktemp(case[0].__name__)) for case in cases}


@pytest.mark.timeout(240)
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0].__name__}-{case[1]}")
def test_esptool(running: dict[Case, Future[None]], case: Case) -> None:
    running[case].result()


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("case", [(stands_the_whole_bar, "esp32")], ids=["esp32"])
def test_the_whole_bar(running: dict[Case, Future[None]], case: Case) -> None:
    running[case].result()
