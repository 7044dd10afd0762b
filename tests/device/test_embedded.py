"""pytest-embedded against a virtual board's serial port, in a pytest of its own as Espressif's users run it.

With the service `esp` it connects by esptool without a stub, learns the chip and resets it. What needs the stub, and so a real
board: `erase_flash`, `--erase-all`, and all that the service `idf` writes.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hardware.virtual import Board

MakeBoard = Callable[..., Board]
MAIN = b"print('Floorboard stands in boot', 7)\n"
SERIAL = """
import time

def test_board_boots(dut):
    for _ in range(2):
        dut.serial.proc.dtr, dut.serial.proc.rts = False, True
        time.sleep(0.1)
        dut.serial.proc.rts = False
        dut.expect(r"rst:0x1 \\(POWERON", timeout=10)
        dut.expect_exact("Floorboard stands in boot 7", timeout=10)
    dut.write("print(6 * 7)\\r")
    dut.expect_exact("42", timeout=10)
"""
ESP = """
def test_board_boots(dut):
    assert dut.serial.target == "TARGET"
    dut.expect(r"rst:0x1 \\(POWERON", timeout=10)
    found = dut.expect(r"Floorboard stands in boot (\\d+)", timeout=10)
    assert found.group(1) == b"7"
    dut.serial.hard_reset()
    dut.expect(r"rst:0x1 \\(POWERON", timeout=10)
    dut.expect_exact("Floorboard stands in boot 7", timeout=10)
"""
FAILS = """
def test_board_boots(dut):
    dut.expect_exact("never said", timeout=1)
"""


def run(board: Board, folder: Path, test: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "inner").mkdir()
    (folder / "inner" / "test_inner.py").write_text(test)
    (folder / "inner" / "pytest.ini").write_text("[pytest]\n")
    line = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--port", board.open_port(), *options]
    return subprocess.run(line, cwd=folder / "inner", capture_output=True, text=True, timeout=100)


@pytest.mark.parametrize("hardware", ["desk-unit", "wallboard-matrix"])
def test_esp_connects_and_resets(make_board: MakeBoard, tmp_path: Path, hardware: str) -> None:
    board = make_board(files={"main.py": MAIN}, hardware=hardware)
    board.power_on()
    test = ESP.replace("TARGET", board.mcu.name)
    done = run(board, tmp_path, test, "--embedded-services", "esp,serial", "--skip-autoflash", "y", "--baud", "115200")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert "1 passed" in done.stdout
    assert "waiting for download" in board.console


def test_serial_connects_and_resets(make_board: MakeBoard, tmp_path: Path) -> None:
    board = make_board(files={"main.py": MAIN})
    board.power_on()
    done = run(board, tmp_path, SERIAL, "--embedded-services", "serial")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert "1 passed" in done.stdout


def test_what_is_not_said_fails(make_board: MakeBoard, tmp_path: Path) -> None:
    board = make_board(files={"main.py": MAIN})
    board.power_on()
    done = run(board, tmp_path, FAILS, "--embedded-services", "serial")
    assert done.returncode == 1
    assert "1 failed" in done.stdout
