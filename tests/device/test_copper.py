"""The copper: unmodified drivers on real 32-bit MicroPython, and boards that send nonsense."""

import socket
import subprocess
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from edge import parts
from hardware.virtual.copper import Copper
from hardware.virtual.face import Face

ROOT = Path(__file__).parents[2]
SCREEN = (
    "import screen, machine\ns = screen.start(FACTS)\ns.text((0, 0, s.width, s.height), 'A042', 'amber')\ns.flush()\n"
)


def face_of(hardware: str) -> Face:
    return Face("x", tomllib.loads((ROOT / "hardware" / "boards" / f"{hardware}.toml").read_text(encoding="utf-8")))


def run(copper: Copper, code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        "BOARD_NAME": "x",
        "BOARD_COPPER": str(copper.port),
        "BOARD_CAUSE": "2",
        "MICROPYPATH": f"{ROOT / 'hardware/virtual/builtin'}:{ROOT / 'firmware'}:.frozen",
    }
    command = [*parts.find("micropython"), "-X", "heapsize=120K", "-c", code]
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=30)


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("hardware", ["counter-display", "counter-matrix", "wallboard", "wallboard-matrix"])
def test_the_firmwares_own_drivers_draw_without_a_fault(hardware: str, tmp_path: Path) -> None:
    face = face_of(hardware)
    with Copper() as copper:
        copper.add(face)
        done = run(copper, f"FACTS = {dict(face.hardware['screen'])!r}\n{SCREEN}machine.reset()", tmp_path)
        assert done.returncode == 3, done.stdout + done.stderr
        screen = face.screen
        assert screen is not None
        until(lambda: any(screen.rgb()))  # the wires' last bytes may be read after the process has ended
        assert face.connects == 1
        assert face.faults == []
        assert face.wait_screen(lambda screen: screen.rev > 0, 1) == face.screen.seen_at


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_bug_in_a_chip_ends_every_board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    face = face_of("counter-display")
    with Copper() as copper:
        copper.add(face)
        monkeypatch.setattr(face, "take", lambda *_: 1 // 0)
        done = run(copper, f"FACTS = {dict(face.hardware['screen'])!r}\n{SCREEN}", tmp_path)
        assert done.returncode == 1
        assert not face.is_connected


MACHINE = """
import machine, neopixel
n = neopixel.NeoPixel(machine.Pin(4), 8)
n.fill((1, 2, 3))
n.write()
assert machine.Pin(4) is machine.Pin(4) and machine.reset_cause() == 2
spi = machine.SPI(2)
spi.deinit()
try:
    spi.write(b"x")
    assert False
except OSError:
    pass
try:
    machine.I2C(0).readfrom_mem(0x3C, 0, 2)
    assert False
except OSError as error:
    assert error.errno == 19
machine.soft_reset()
"""


def test_the_stand_in_machine(tmp_path: Path) -> None:
    face = face_of("desk-unit")
    with Copper() as copper:
        copper.add(face)
        done = run(copper, MACHINE, tmp_path)
        assert done.returncode == 4, done.stdout + done.stderr
        assert face.lamp == ((1, 2, 3),) * 8
        assert face.faults == ["I2C 0: nobody answers at 0x3C"]


def test_a_press_reaches_a_pin(tmp_path: Path) -> None:
    code = "import machine, asyncio\nf = asyncio.ThreadSafeFlag()\np = machine.Pin(16, machine.Pin.IN, machine.Pin.PULL_UP)\n"
    code += (
        "p.irq(lambda pin: f.set(), machine.Pin.IRQ_FALLING)\nmachine.Pin(2, machine.Pin.OUT)\nasyncio.run(f.wait())\n"
    )
    face = face_of("desk-unit")
    process = None
    with Copper() as copper:
        copper.add(face)
        environment = {
            "BOARD_NAME": "x",
            "BOARD_COPPER": str(copper.port),
            "MICROPYPATH": f"{ROOT / 'hardware/virtual/builtin'}:.frozen",
        }
        process = subprocess.Popen([*parts.find("micropython"), "-c", code], env=environment, cwd=tmp_path)
        try:
            face.wait_connected(5)
            time.sleep(0.3)  # for the handler to be there
            face.level("ready", 0)
            assert process.wait(5) == 0
        finally:
            process.kill()
            process.wait()
    with pytest.raises(ConnectionError, match="not running"):
        face.level("ready", 1)


@pytest.mark.parametrize("nonsense", [b"?\x00\x00\x00", b"o\x04\x00\x01\x07", b"w\x04\x00\x00"])
def test_a_board_that_sends_nonsense_is_dropped(nonsense: bytes) -> None:
    face = face_of("desk-unit")
    with Copper() as copper:
        copper.add(face)
        with socket.create_connection(("127.0.0.1", copper.port), timeout=5) as board:
            board.sendall(b"b\x00\x00\x01x")
            assert board.recv(1) == b"."
            board.sendall(nonsense)
            assert board.recv(1) == b""
        assert len(face.faults) == 1
        with socket.create_connection(("127.0.0.1", copper.port), timeout=5) as stranger:
            stranger.sendall(b"b\x00\x00\x01y")
            assert stranger.recv(1) == b""
        until(lambda: copper.strangers == 1)
