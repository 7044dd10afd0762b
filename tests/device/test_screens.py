"""What each screen's driver does by the byte: WS2812 matrices, several rows of MAX7219, and brightness of them all."""

from typing import Any

import pytest

from hardware.virtual.chips.max7219 import Max7219
from hardware.virtual.chips.ws2812 import Ws2812
from hardware.virtual.face import Face
from tests.device.test_drivers import OLED, TALL, Run, run

__all__ = ["run"]

PANEL = {"part": "ws2812", "width": 32, "height": 8, "pin": 16, "ma": 3_000}
JOINED = {**PANEL, "width": 64, "height": 16, "ma": 8_000}
FOUR = {**JOINED, "pin2": 17, "pin3": 18, "pin4": 19}
ROWS = {"part": "max7219", "width": 16, "height": 16, "spi": 2, "mhz": 10, "sck": 18, "mosi": 23, "cs": 17, "ma": 320}
DIM = {**TALL, "bl": 16}

DOTS = """
from drivers import ws2812
m = ws2812.Matrix(FACTS)
m.on()
def dot(x, y, high, low):
    m.window(x, y, 1, 1)
    m.write(bytes((high, low)))
for x, y in PLACES:
    dot(x, y, 0xF8, 0x00)
m.show()
"""


def leds(face: Face) -> Ws2812:
    assert isinstance(face.screen, Ws2812)
    return face.screen


def lit(screen: Ws2812) -> set[tuple[int, int]]:
    return {(x, y) for y in range(screen.height) for x in range(screen.width) if any(screen.levels(x, y))}


@pytest.mark.parametrize("facts", [PANEL, JOINED, FOUR])
def test_each_pixel_of_a_matrix_is_where_it_was_drawn(run: Run, facts: dict[str, Any]) -> None:
    width, height = facts["width"], facts["height"]
    places = {
        (0, 0),
        (width - 1, 0),
        (0, height - 1),
        (width - 1, height - 1),
        (1, 2),
        (2, 1),
        (31, 7),
        (width // 2, 5),
    }
    face, _ = run(f"PLACES = {places!r}\n{DOTS}", screen=facts)
    assert face.faults == []
    assert lit(leds(face)) == places
    assert leds(face).levels(1, 2) == (255, 0, 0)
    assert leds(face).image().size == (10 * width, 10 * height)


def test_columns_go_down_and_up_in_turn(run: Run) -> None:
    """WorldSemi's bytes, by hand: the ninth pixel of the chain is at the foot of the second column."""
    face, _ = run(f"PLACES = [(1, 7), (0, 7)]\n{DOTS}", screen=PANEL)
    chain = leds(face)._levels
    assert [i // 3 for i in range(len(chain)) if chain[i]] == [7, 8]
    assert bytes(chain[24:27]) == b"\x00\xff\x00", "green, red, blue"


def test_only_panels_that_changed_are_sent(run: Run) -> None:
    more = f"PLACES = [(0, 0)]\n{DOTS}\nm.show()\ndot(40, 9, 0, 31)\nm.show()\ndot(40, 9, 0, 31)\nm.show()\n"
    face, _ = run(more, screen=FOUR)
    # each once when it is switched on, the first again for its dot, the last for the other
    assert leds(face).writes == {16: 2, 17: 1, 18: 1, 19: 2}
    face, _ = run(more, screen=JOINED)
    assert leds(face).writes == {16: 3}


FILL = """
from drivers import ws2812
m = ws2812.Matrix(FACTS)
m.window(0, 0, m.width, m.height)
m.write(bytes((HIGH, LOW)) * (m.width * m.height))
m.on()
m.brightness(PERCENT)
"""


@pytest.mark.parametrize(
    ("facts", "high", "low", "percent", "level"),
    [
        (PANEL, 0xF8, 0x00, 100, (131, 0, 0)),  # 256 reds want 5.2 A beside the chips' 0.26 A
        (PANEL, 0xFF, 0xFF, 100, (44, 44, 44)),  # whites want 15.4 A: 3 A are what there is
        (PANEL, 0xFF, 0xFF, 10, (25, 25, 25)),
        (PANEL, 0xFF, 0xFF, 1, (2, 2, 2)),
        (PANEL, 0xFF, 0xFF, 0, (0, 0, 0)),
        (FOUR, 0xFF, 0xFF, 100, (29, 29, 29)),
        (PANEL, 0xFD, 0xA0, 10, (25, 13, 0)),  # amber keeps its colour
        (PANEL, 0x19, 0x05, 100, (0, 0, 0)),  # slate, the ground of a tile, stays dark
    ],
)
def test_a_matrix_keeps_to_its_supply(
    run: Run, facts: dict[str, Any], high: int, low: int, percent: int, level: tuple[int, int, int]
) -> None:
    face, _ = run(f"HIGH, LOW, PERCENT = {high}, {low}, {percent}\n{FILL}", screen=facts)
    assert face.faults == []
    assert leds(face).ma <= facts["ma"]
    found = leds(face).levels(3, 3)  # a sixteenth below what the supply would give, at most
    assert all(b * 15 // 16 - 1 <= a <= b + 1 for a, b in zip(found, level, strict=True)), found


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("bytes(768 + 3)", "ws2812: 771 bytes for 256 pixels of three: 00 00 00 00 00 00 00 00 …"),
        ("b'1234'", "ws2812: 4 bytes for 256 pixels of three: 31 32 33 34"),
        ("b'\\xff' * 768", "ws2812: draws 15923 mA, and its supply has 3000 for it"),
    ],
)
def test_what_a_matrix_does_not_take(run: Run, code: str, fault: str) -> None:
    face, _ = run(f"import machine\nmachine.bitstream(machine.Pin(16), 0, (400, 850, 800, 450), {code})", screen=PANEL)
    assert face.faults == [fault]


def test_a_matrix_draws_text_in_colours(run: Run) -> None:
    code = "import screen\ns = screen.start(FACTS)\ns.text((0, 0, 32, 8), 'A12', 'amber')\ns.flush()\n"
    face, _ = run(code, screen=PANEL)
    assert face.faults == []
    colours = {leds(face).levels(x, y) for x, y in lit(leds(face))}
    assert len(lit(leds(face))) > 30
    assert colours == {(255, 130, 0)}


BAR = """
from drivers import bar
b = bar.Bar(FACTS)
b.show([(0, 48, 0), (64, 24, 0)] + [(0, 0, 0)] * 6)
b.brightness(10)
b.brightness(0)
"""


def test_a_bar_is_dimmed_and_what_is_lit_stays_lit(run: Run) -> None:
    face, _ = run(BAR, lamp={"part": "ws2812", "pin": 4, "pixels": 8})
    assert face.faults == []
    assert [pixels[:2] for _, pixels in face.seen] == [
        ((0, 48, 0), (64, 24, 0)),
        ((0, 5, 0), (7, 3, 0)),
        ((0, 0, 0), (0, 0, 0)),
    ]


CHAIN = """
from drivers import max7219
m = max7219.Matrix(FACTS)
for x, y in PLACES:
    m.pixels[y * m.width // 8 + x // 8] |= 0x80 >> x % 8
m.show()
m.on()
m.brightness(PERCENT)
"""


@pytest.mark.parametrize(("percent", "intensity", "is_on"), [(100, 7, 1), (50, 3, 1), (1, 0, 1), (0, 0, 0)])
def test_rows_of_max7219(run: Run, percent: int, intensity: int, is_on: int) -> None:
    """320 mA for four modules: a duty of 15 in 32, half of the 1.28 A that they would draw."""
    places = {(0, 0), (15, 0), (0, 7), (0, 8), (15, 15), (7, 8), (8, 7)}
    face, _ = run(f"PLACES, PERCENT = {places!r}, {percent}\n{CHAIN}", screen={**ROWS, "ma": 600})
    assert face.faults == []
    assert isinstance(face.screen, Max7219)
    assert {(module.intensity, module.is_on) for module in face.screen.modules} == {(intensity, is_on)}
    pixels = face.screen.rgb()
    assert {(i % 16, i // 16) for i in range(256) if pixels[3 * i]} == (places if is_on else set())


def test_a_row_draws_only_what_changed(run: Run) -> None:
    face, _ = run(f"PLACES, PERCENT = [], 100\n{CHAIN}\nbefore = 1\nm.show()\n", screen=ROWS)
    assert face.screen
    quiet = face.screen.bytes_total
    face, _ = run(f"PLACES, PERCENT = [], 100\n{CHAIN}\nm.pixels[0] = 1\nm.show()\nm.show()\n", screen=ROWS)
    assert face.screen
    assert face.screen.bytes_total - quiet == 2 * 4


LIT = "import screen\ns = screen.start(FACTS)\ns._driver.brightness({})\n"


@pytest.mark.parametrize(("percent", "backlight"), [(100, 100), (30, 30), (0, 0)])
def test_a_backlight(run: Run, percent: int, backlight: int) -> None:
    face, _ = run(LIT.format(percent), screen=DIM)
    assert face.faults == []
    assert face.screen
    assert face.screen.backlight == backlight
    face.screen.rgb()


def test_a_backlight_is_dark_until_there_is_a_picture(run: Run) -> None:
    face, _ = run("from drivers import dcs\np = dcs.Panel(FACTS)\n", screen=DIM)
    assert face.screen
    assert face.screen.backlight == 0
    assert not any(face.screen.image().tobytes())


@pytest.mark.parametrize(("percent", "contrast", "is_on"), [(100, 255, True), (40, 102, True), (0, 0, False)])
def test_contrast_of_an_ssd1306(run: Run, percent: int, contrast: int, is_on: bool) -> None:
    face, _ = run(LIT.format(percent), screen=OLED)
    assert face.faults == []
    screen: Any = face.screen
    assert (screen._registers[0x81][0], screen.is_on) == (contrast, is_on)
