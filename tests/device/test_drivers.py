"""The firmware's drivers, unmodified on 32-bit MicroPython, against the chips: picture, tone, light, badge; and what goes wrong."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edge import parts
from hardware.virtual.chips.mfrc522 import crc_a
from hardware.virtual.copper import Copper
from hardware.virtual.face import Face

ROOT = Path(__file__).parents[2]
OLED = {"part": "ssd1306", "width": 128, "height": 64, "i2c": 0, "khz": 400, "scl": 22, "sda": 21}
LOW_OLED = {**OLED, "height": 32}
TALL = {
    "part": "st7796",
    "width": 480,
    "height": 320,
    "spi": 2,
    "mhz": 40,
    "sck": 18,
    "mosi": 23,
    "cs": 5,
    "dc": 21,
    "rst": 22,
}
BADGE = {"part": "mfrc522", "spi": 1, "mhz": 10, "sck": 14, "mosi": 13, "miso": 12, "cs": 15}
UID = bytes((0xDE, 0xAD, 0xBE, 0x01))

Run = Callable[..., tuple[Face, str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """run(code, prepare, **tables): the face and what was printed by `code`, with FACTS of the first table."""

    def run(code: str, prepare: Callable[[Face], None] = lambda face: None, **hardware: Any) -> tuple[Face, str]:
        face = Face("x", {"role": "desk", **hardware})
        prepare(face)
        with Copper() as copper:
            copper.add(face)
            environment = {
                "BOARD_NAME": "x",
                "BOARD_COPPER": str(copper.port),
                "BOARD_CAUSE": "1",
                "MICROPYPATH": f"{ROOT / 'hardware/virtual/builtin'}:{ROOT / 'firmware'}:.frozen",
            }
            facts = next(iter(hardware.values()))
            # the last exchange waits for its answer, so all before it has been taken when the process ends
            source = f"FACTS = {facts!r}\n{code}\nimport machine\nmachine.ADC(39).read_u16()\n"
            command = [*parts.find("micropython"), "-X", "heapsize=120K", "-c", source]
            done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=30)
            assert done.returncode == 0, done.stdout + done.stderr
        assert face.faults.pop() == "ADC on GPIO 39, where nothing is"
        return face, done.stdout

    return run


DRAW_OLED = """
from drivers import ssd1306
import framebuf
p = ssd1306.Picture(FACTS)
b = framebuf.FrameBuffer(p.pixels, p.width, p.height, framebuf.MONO_VLSB)
b.pixel(0, 0, 1)
b.pixel(p.width - 1, p.height - 1, 1)
b.fill_rect(10, 9, 3, 2, 1)
p.show()
p.on()
"""


@pytest.mark.parametrize("facts", [OLED, LOW_OLED])
def test_ssd1306(run: Run, facts: dict[str, Any]) -> None:
    face, _ = run(DRAW_OLED, screen=facts)
    assert face.faults == []
    assert face.screen
    pixels = face.screen.rgb()
    width, height = facts["width"], facts["height"]
    lit = {(i % width, i // width) for i in range(width * height) if pixels[3 * i]}
    assert lit == {(0, 0), (width - 1, height - 1), *((x, y) for x in (10, 11, 12) for y in (9, 10))}
    assert face.screen.image().size == (3 * width, 3 * height)


@pytest.mark.parametrize(
    ("write", "fault"),
    [
        (b"\x01\xae", "ssd1306: control byte 0x01: its lower six bits are 0"),
        (b"\x00\x21\x05\x04", "ssd1306: a window from 5 to 4 of 0 to 127: 21 05 04"),
        (b"\x00\x22\x00\x08", "ssd1306: a window from 0 to 8 of 0 to 7: 22 00 08"),
        (b"\x00\x90", "ssd1306: unknown command 0x90"),
        (b"\x00\x8d\x10\xaf", "ssd1306: display on without the charge pump: it stays dark"),
        (b"\x00\xa8\x1f", "ssd1306: a multiplex ratio of 32 rows where the part has 64"),
        (b"\x00\x20\x03", "ssd1306: addressing mode 3 of 0 to 2"),
    ],
)
def test_what_an_ssd1306_does_not_take(run: Run, write: bytes, fault: str) -> None:
    face, _ = run(f"import machine\nmachine.I2C(0).writeto(0x3C, {write!r})", screen=OLED)
    assert face.faults == [fault]


def test_nobody_answers_at_another_address(run: Run) -> None:
    code = "import machine\ntry:\n    machine.I2C(0).writeto(0x3D, b'x')\nexcept OSError as e:\n    print(e.errno)\n"
    face, said = run(code + "print(machine.I2C(0).scan())", screen=OLED)
    assert said.split() == ["19", "[60]"]
    assert face.faults == ["I2C 0: nobody answers at 0x3D"]


def test_st7796(run: Run) -> None:
    code = "import screen\ns = screen.start(FACTS)\ns.text((0, 0, s.width, s.height), 'A042', 'amber')\ns.flush()\n"
    face, _ = run(code, screen=TALL)
    assert face.faults == []
    assert face.screen
    assert len(face.screen.rgb()) == 480 * 320 * 3
    assert any(face.screen.rgb())


READ_BADGE = """
from drivers import mfrc522
b = mfrc522.Badge(FACTS)
print([b.read() for _ in range(4)])
"""


@pytest.mark.parametrize("more", ["", "085706", "085706a1b2c3"], ids=["4 bytes", "7 bytes", "10 bytes"])
def test_a_badge_is_read(run: Run, more: str) -> None:
    """A card that has answered takes the next request for nonsense, and is idle again: so every second reading finds it."""
    uid = UID + bytes.fromhex(more)
    face, said = run(READ_BADGE, lambda face: face.badge.present(uid), badge=BADGE)  # type: ignore[union-attr]
    assert face.faults == []
    assert said == f"{[uid, None, uid, None]}\n"


def test_a_number_that_a_card_draws_anew_each_time_is_nobodys(run: Run) -> None:
    uid = bytes.fromhex("08a1b2c3")
    face, said = run(READ_BADGE, lambda face: face.badge.present(uid), badge=BADGE)  # type: ignore[union-attr]
    assert (face.faults, said) == ([], "[None, None, None, None]\n")


def test_no_badge_lies_there(run: Run) -> None:
    face, said = run(READ_BADGE, badge=BADGE)
    assert (face.faults, said) == ([], "[None, None, None, None]\n")


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("b._set(0x0F, 1)", "mfrc522: address byte 0x1E names no register"),
        ("b._set(0x37, 1)", "mfrc522: register 0x37 is only to be read"),
        ("b._set(0x14, 0x80); b.read()", "mfrc522: sending while the antenna is off, or not with 100 % ASK"),
        ("b._set(0x0D, 0x80)", "mfrc522: StartSend without the Transceive command: "),
        ("[b._set(0x09, 0) for _ in range(65)]", "mfrc522: more than 64 bytes for its FIFO"),
        ("b._set(0x01, 0x0E)", "mfrc522: command 0xE is not played"),
        ("b._spi.write(b'x')", "SPI 1: nothing hears 78"),
    ],
)
def test_what_an_mfrc522_does_not_take(run: Run, code: str, fault: str) -> None:
    face, _ = run(f"from drivers import mfrc522\nb = mfrc522.Badge(FACTS)\n{code}", badge=BADGE)
    assert face.faults == [fault]


def test_a_missing_reader_is_told(run: Run) -> None:
    code = "from drivers import mfrc522\ntry:\n    mfrc522.Badge(FACTS)\nexcept RuntimeError as e:\n    print(e)\n"
    _, said = run(f"FACTS['cs'] = 2\n{code}", badge=BADGE)
    assert said == "no MFRC522 answers\n"


def test_a_selected_card_says_so_with_its_checksum() -> None:
    """CRC_A of ISO/IEC 14443-3, annex B: 00 00 gives A0 1E."""
    assert crc_a(b"\x00\x00") == b"\xa0\x1e"


def test_buzzer(run: Run) -> None:
    code = "from drivers import buzzer\nb = buzzer.Buzzer(FACTS)\nb.tone(2000)\nb.tone(440)\nb.tone(0)\n"
    face, _ = run(code, buzzer={"pin": 25})
    assert face.faults == []
    assert face.buzzer
    tones = [hz for _, hz in face.buzzer.history]
    assert [hz for i, hz in enumerate(tones) if i == 0 or hz != tones[i - 1]] == [None, 2000, 440, None]


def test_light(run: Run) -> None:
    def dusk(face: Face) -> None:
        assert face.light
        face.light.level = 1234

    face, said = run("from drivers import light\nprint(light.Light(FACTS).level())", dusk, light={"pin": 34})
    assert (face.faults, said) == ([], "1234\n")
