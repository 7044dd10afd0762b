"""Each chip against bytes from its data sheet, and against every sequence that the sheet forbids."""

import io
import time
from typing import Any

import pytest
from PIL import Image

from hardware.virtual.face import Face, Nonsense

CS, DC, RST = 5, 21, 22
TFT = {"part": "ili9341", "width": 320, "height": 240, "spi": 2, "cs": CS, "dc": DC, "rst": RST}
ROW = {"part": "max7219", "width": 16, "height": 8, "spi": 2, "cs": CS}
LAMP = {"part": "ws2812", "pin": 4, "pixels": 2}
OPEN = [(0x11, b""), (0x3A, b"\x55"), (0x36, b"\x28"), (0x29, b"")]
FULL = [(0x2A, b"\x00\x00\x01\x3f"), (0x2B, b"\x00\x00\x00\xef"), (0x2C, b"")]
ONE = [(0x2A, b"\x00\x05\x00\x05"), (0x2B, b"\x00\x07\x00\x07")]


class Wires:
    """Time stands still unless a test moves it."""

    def __init__(self, **hardware: Any) -> None:
        self.face, self.at = Face("x", hardware), 1.0

    def take(self, kind: str, index: int, data: bytes) -> bytes:
        return self.face.take(kind, index, memoryview(data), self.at)

    def pin(self, gpio: int, level: int) -> None:
        self.take("o", gpio, bytes((level,)))

    def command(self, code: int, parameters: bytes = b"") -> None:
        self.at += 0.2
        self.pin(DC, 0)
        self.pin(CS, 0)
        self.take("s", 2, bytes((code,)))
        self.pin(DC, 1)
        if parameters:
            self.take("s", 2, parameters)
        self.pin(CS, 1)

    def frame(self, *data: int) -> None:
        self.pin(CS, 0)
        self.take("s", 2, bytes(data))
        self.pin(CS, 1)


def tft(commands: list[tuple[int, bytes]], part: str = "ili9341") -> Wires:
    wires = Wires(screen={**TFT, "part": part})
    for code, parameters in commands:
        wires.command(code, parameters)
    return wires


@pytest.mark.parametrize("part", ["ili9341", "st7796"])
def test_one_red_pixel(part: str) -> None:
    wires = tft([*OPEN, *ONE, (0x2C, b"\xf8\x00")], part)
    screen = wires.face.screen
    assert wires.face.faults == []
    assert screen is not None
    rgb = screen.rgb()
    at = 3 * (7 * 320 + 5)
    assert rgb[at : at + 3] == b"\xff\x00\x00"
    assert not any(rgb[:at] + rgb[at + 3 :])
    assert Image.open(io.BytesIO(screen.png())).getpixel((5, 7)) == (255, 0, 0)


@pytest.mark.parametrize("missing", [0x11, 0x29])
def test_dark_before_it_is_awake_and_on(missing: int) -> None:
    wires = tft([*(c for c in OPEN if c[0] != missing), *ONE, (0x2C, b"\xf8\x00")])
    assert wires.face.screen is not None
    assert not any(wires.face.screen.rgb())


@pytest.mark.parametrize(
    ("commands", "says"),
    [
        ([(0x99, b"")], "unknown command 0x99"),
        ([(0x2A, b"\x00\x00\x01")], "with 3 parameters"),
        ([(0x2A, b"\x00\x00\x01\x00\x00")], "too many parameters"),
        ([*OPEN, (0x2A, b"\x00\x00\x01\x40"), (0x2C, b"")], "outside 320×240"),
        ([*OPEN, (0x2B, b"\x00\x09\x00\x08"), (0x2C, b"")], "outside 320×240"),
        ([*OPEN, *ONE, (0x2C, b"\xf8\x00\x00\x00")], "2 bytes more than the window"),
        ([*OPEN, *ONE, (0x2C, b"\xf8")], "half a pixel"),
        ([(0x11, b""), *FULL], "COLMOD is 0x66"),
        ([*OPEN, (0x36, b"\x08"), *FULL], "MADCTL 0x08"),
    ],
)
def test_faults_of_a_tft(commands: list[tuple[int, bytes]], says: str) -> None:
    faults = tft(commands).face.faults
    assert len(faults) == 1
    assert faults[0].startswith("ili9341: ")
    assert says in faults[0]


def test_faults_of_a_tfts_wires() -> None:
    wires = Wires(screen=TFT)
    wires.take("s", 2, b"\x11")
    wires.pin(CS, 0)
    wires.pin(DC, 1)
    wires.take("s", 2, b"\x29")
    wires.pin(DC, 0)
    wires.pin(RST, 0)
    wires.take("s", 2, b"\x11")
    wires.pin(RST, 1)
    wires.take("s", 2, b"\x01\x11")
    wires.take("s", 1, b"\x11")
    wires.take("i", 0, b"\x3c\x00")
    said = ["CS is not low", "D/C was high", "reset pin is low", "less than 5 ms", "SPI 1: nothing", "I2C 0: nobody"]
    assert [want for want, fault in zip(said, wires.face.faults, strict=True) if want not in fault] == []


def test_a_full_picture_is_decoded_within_30_ms() -> None:
    wires, data = tft([*OPEN, *FULL]), bytes(range(256)) * 600
    wires.pin(CS, 0)
    began = time.perf_counter()
    for i in range(0, len(data), 7_680):
        wires.take("s", 2, data[i : i + 7_680])
    took_ms = 1000 * (time.perf_counter() - began)
    assert wires.face.faults == []
    assert took_ms < 30


def test_a_row_of_matrices() -> None:
    wires = Wires(screen=ROW)
    for register, data in ((0xC, 1), (0xB, 7), (0x9, 0), (0xA, 15)):
        wires.frame(register, data, register, data)
    wires.frame(1, 0x80, 1, 0x01)
    assert wires.face.faults == []
    screen = wires.face.screen
    assert screen is not None
    rgb = screen.rgb()
    assert [i for i in range(128) if any(rgb[3 * i : 3 * i + 3])] == [0, 15]
    wires.frame(0xC, 0, 0xC, 0)
    assert not any(screen.rgb())


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        ((1, 0, 1), "24 bits"),
        ((1, 0, 1, 0, 1, 0), "48 bits"),
        ((0x9, 1, 0, 0), "decode mode"),
        ((0xD, 1, 0, 0), "unknown register"),
    ],
)
def test_faults_of_a_row(frame: tuple[int, ...], says: str) -> None:
    wires = Wires(screen=ROW)
    wires.frame(*frame)
    assert len(wires.face.faults) == 1
    assert says in wires.face.faults[0]


def test_lamp_buzzer_and_light() -> None:
    wires = Wires(lamp=LAMP, buzzer={"pin": 25}, light={"pin": 34})
    face = wires.face
    wires.take("n", 4, bytes((1, 2, 3, 4, 5, 6)))
    assert face.lamp == ((2, 1, 3), (5, 4, 6))
    assert face.buzzer is not None
    assert face.light is not None
    wires.take("w", 25, (440).to_bytes(4, "big") + b"\x80\x00")
    assert face.buzzer.tone == 440
    wires.take("w", 25, (440).to_bytes(4, "big") + b"\x00\x00")
    assert [hz for _, hz in face.buzzer.history] == [440, None]
    face.light.level = 4_660
    assert wires.take("a", 34, b"") == b"\x12\x34"
    assert face.faults == []
    wires.take("n", 4, b"\x01\x02\x03\x04")
    wires.take("n", 9, b"\x01\x02\x03")
    wires.take("w", 9, bytes(6))
    wires.take("a", 9, b"")
    assert len(face.faults) == 4
    with pytest.raises(ValueError, match="65535"):
        face.light.level = 65_536
    with pytest.raises(Nonsense):
        wires.take("?", 0, b"")
