"""Power, flash and boot: what runs is what the flash holds, and a cut of the power leaves a file system."""

import random
import time
from collections.abc import Callable

import pytest

from edge.commands import boards
from hardware.virtual import Board

MakeBoard = Callable[..., Board]
COUNTS = b"""
import os
while True:
    try:
        with open("boot.count") as file:
            count = int(file.read())
    except OSError:
        count = 0
    with open("boot.count.new", "w") as file:
        file.write(str(count + 1))
    os.rename("boot.count.new", "boot.count")
    with open("upload", "wb") as file:
        file.write(bytes([count & 255]) * 3000)
"""


def test_files_run_from_the_flash_and_survive_power_off(make_board: MakeBoard) -> None:
    main = b"with open('kept', 'a') as file: file.write('x')\nprint('main', len(open('kept').read()))\n"
    board = make_board(files={"boot.py": b"print('boot')\n", "main.py": main})
    began = time.monotonic()
    board.power_on()
    said = board.wait_console(">>> ", 5)
    assert time.monotonic() - began < 2
    assert said.index("rst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n") < said.index("boot\r\nmain 1\r\n")
    board.power_off()
    assert boards.stored(board)["kept"] == b"x"
    board.power_on()
    board.wait_console("main 2\r\n", 5)


def test_a_blank_flash_is_said_again_and_again(make_board: MakeBoard) -> None:
    board = make_board()
    board.power_on()
    said = board.wait_console("rst:0x10 (RTCWDT_RTC_RESET)", 5)
    assert "invalid header: 0xffffffff" in said
    assert "MicroPython" not in said
    board.power_off()
    length = len(board.console)
    time.sleep(1.2)
    assert len(board.console) == length


@pytest.mark.parametrize("at", [0x1000, 0x1020, 0x8000, 0x10000, 0x10100])
def test_one_wrong_byte_keeps_it_from_booting(make_board: MakeBoard, at: int) -> None:
    board = make_board(files={"main.py": b"print('runs')\n"})
    sector = bytearray(board.read(at & ~4095, 4096))
    sector[at & 4095] ^= 0x40
    board.write(at & ~4095, bytes(sector))
    board.power_on()
    assert "runs" not in board.wait_console("RTCWDT_RTC_RESET", 5)


def test_the_loader_gives_way_to_the_firmware(make_board: MakeBoard) -> None:
    board = make_board(files={"main.py": b"print('runs')\n"})
    board.lines(dtr=False, rts=True)
    board.power_on()
    board.lines(dtr=True, rts=False)
    board.wait_console("waiting for download", 5)
    assert "runs" not in board.console
    for packet in (b"\0\x02\x10\0" + bytes(20), b"\0\x04\x04\0" + bytes(8)):
        board.serial_in(b"\xc0" + packet + b"\xc0")
    board.wait_console("runs\r\n", 5)


def test_main_that_ends_or_fails_leaves_the_console(make_board: MakeBoard) -> None:
    board = make_board(files={"main.py": b"1/0\n"})
    board.power_on()
    said = board.wait_console(">>> ", 5)
    assert 'File "main.py", line 1, in <module>\r\nZeroDivisionError' in said
    assert "start.py" not in said


def test_resets_and_their_causes(make_board: MakeBoard) -> None:
    board = make_board(files={"main.py": b"import machine\nprint('cause', machine.reset_cause())\n"})
    board.power_on()
    board.wait_console("cause 1", 5)
    board.serial_in(b"\x04")
    said = board.wait_console("cause 5", 5)
    assert "MPY: soft reboot\r\n" in said
    board.serial_in(b"import machine\rmachine.reset()\r")
    said = board.wait_console("cause 2", 5)
    assert "rst:0xc (SW_CPU_RESET)" in said
    before = said.count("cause 1")
    board.lines(dtr=False, rts=True)
    board.lines(dtr=False, rts=False)
    end = time.monotonic() + 5
    while board.console.count("cause 1") == before:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_blank_file_system_is_made_and_a_torn_one_is_not(make_board: MakeBoard) -> None:
    board = make_board(files={})
    board.write(boards.VFS_AT, b"\xff" * boards.VFS_BYTES)
    board.power_on()
    board.wait_console("Performing initial setup", 5)
    board.wait_console(">>> ", 5)
    board.power_off()
    assert list(boards.stored(board)) == ["boot.py"]
    board.write(boards.VFS_AT, b"\x00" * 8192)
    board.power_on()
    board.wait_console("looks corrupt", 5)


def test_power_cut_at_any_byte_leaves_a_file_system(make_board: MakeBoard) -> None:
    board = make_board(files={"boot.py": b"", "main.py": COUNTS})
    chance, counted = random.Random(3), 0
    for _ in range(60):
        board.cut_power_after(chance.randrange(1, 60_000))
        board.power_on()
        board.wait_off(10)
        files = boards.stored(board)
        now = int(files.get("boot.count", b"0"))
        assert now >= counted
        assert files["main.py"] == COUNTS
        counted = now
    assert counted > 60


def test_flash_clears_bits_only_until_erased(make_board: MakeBoard) -> None:
    board = make_board()
    with board._flash() as chip:
        chip.program(5000, b"\xf0")
        chip.program(5000, b"\x3c")
        assert chip.read(4999, 3) == b"\xff\x30\xff"
        chip.erase(4096, 4096)
        assert chip.read(4999, 3) == b"\xff\xff\xff"
        with pytest.raises(ValueError, match="not within the flash"):
            chip.program(board.flash_bytes - 1, b"xx")
    assert board.flash_file.stat().st_blocks * 512 < 100_000


def test_a_watchdog_that_is_not_fed_resets_the_board(make_board: Callable[..., Board]) -> None:
    main = b"import machine\nprint('cause', machine.reset_cause())\nif machine.reset_cause() == 1:\n"
    main += b"    dog = machine.WDT(timeout=300)\n    for _ in range(3): dog.feed()\n    while True: pass\n"
    board = make_board(files={"main.py": main})
    board.power_on()
    said = board.wait_console(f"cause {WATCHDOG_CAUSE}", 10)
    assert said.index("cause 1") < said.index("WDT") < said.index(f"cause {WATCHDOG_CAUSE}")


WATCHDOG_CAUSE = 3  # machine.WDT_RESET


LITTER = b"print('busy')\nwhile True:\n    litter = [bytes(20) for _ in range(500)]\n"


def test_ctrl_c_while_garbage_is_collected_ends_at_a_prompt(make_board: MakeBoard) -> None:
    """It ends MicroPython's Unix port."""
    made = [make_board(f"desk-{n}", {"main.py": LITTER}) for n in range(4)]
    for _ in range(5):
        for board in made:
            board.power_off()
            board._console.clear()
            board.power_on()
        for board in made:
            board.wait_console("busy", 20)
            board.serial_in(b"\x03")
        for board in made:
            board.wait_console(">", 10)
    assert all(board.is_on for board in made)
