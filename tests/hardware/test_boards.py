"""The board files: all of them good, each rule broken once, and what is made from them up to date."""

import json
import tomllib
import xml.etree.ElementTree as ET
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from edge.__main__ import main
from flash import tree
from hardware import check, sheet, supply, wiring
from hardware.drawing import draw
from hardware.layout import NAMES, Picture, layout
from hardware.pins import CHIPS
from hardware.reading import distance_m

ROOT = Path(__file__).parents[2]
BOARDS = sheet.boards()
HARDWARE_PAGE = (ROOT / "docs" / "hardware.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", BOARDS)
def test_a_board_is_good(name: str) -> None:
    assert [str(finding) for finding in check.check(name)] == []


BAD = [
    # board, what it says, what it should not say, and what is found then
    ("desk-unit", "ready = 16", "ready = 24", "keys.ready: the ESP32 has no GPIO 24 (ESP-IDF Programming Guide"),
    (
        "desk-unit", "ready = 16", "ready = 12",
        "keys.ready: GPIO 12 is a strapping pin: its level at a reset decides the voltage of the flash: high keeps most ",
    ),
    (
        "wallboard", "cs = 17", "cs = 5",
        "screen.cs: GPIO 5 is a strapping pin: its level at a reset decides the timing of SDIO (ESP32 Series",
    ),
    ("desk-unit", "ready = 16", "ready = 9", "keys.ready: GPIO 9 belongs to the module's flash ("),
    ("desk-unit", "ready = 16", "ready = 3", "keys.ready: GPIO 3 is UART0: console, and the way to write firmware ("),
    ("desk-unit", "pin = 4", "pin = 34", "lamp.pin: GPIO 34 can only be an input (ESP32 Series Datasheet, “IO_MUX”;"),
    (
        "desk-unit", "ready = 16", "ready = 34",
        "keys.ready: GPIO 34 has no pull-up inside; its net needs a resistor to 3.3 V (",
    ),
    (
        "desk-unit", "ready = 16", "ready = 37",
        "keys.ready: GPIO 37 is on no terminal of the ESP32-DevKitC V4 (hardware/parts.toml).",
    ),
    ("desk-unit", "ready = 16", "ready = 17", "keys.break: GPIO 17 is taken already, by keys.ready."),
    (
        "desk-unit", "[lamp]", "[light]\npin = 27\n[lamp]",
        "light.pin: GPIO 27 is measured by ADC2, which cannot be used with Wi-Fi (",
    ),
    ("desk-unit", "[lamp]", "[light]\npin = 23\n[lamp]", "light.pin: GPIO 23 cannot measure ("),
    (
        "wallboard-matrix", "cs = 10", "cs = 9",
        "screen.cs: GPIO 9 is a strapping pin: its level at a reset decides whether it starts or waits for a download (",
    ),
    ("wallboard-matrix", "cs = 10", "cs = 13", "screen.cs: GPIO 13 belongs to the module's flash ("),
    ("wallboard-matrix", "cs = 10", "cs = 19", "screen.cs: GPIO 19 is the chip's own USB ("),
    (
        "wallboard-matrix", "cs = 10", "cs = 21",
        "screen.cs: GPIO 21 is UART0: console, and the way to write firmware (ESP32-C3 Series Datasheet, “IO MUX”).",
    ),
    ("wallboard-matrix", "cs = 10", "cs = 22", "screen.cs: the ESP32-C3 has no GPIO 22 ("),
    (
        "wallboard", 'part = "ili9341"', 'part = "ili9342"',
        "screen.part: no part 'ili9342' in hardware/parts.toml; there are ili9341, max7219, ssd1306, st7796, ws2812.",
    ),
    (
        "wallboard", 'part = "ili9341"', 'part = "max7219"',
        "screen: none of the board's parts is one; it would be a max7219-4.",
    ),
    (
        "desk-unit", 'kind = "ws2812-bar-8"', 'kind = "bar"',
        "parts.bar: no kind 'bar' in hardware/parts.toml; there are esp32-devkitc-v4, ",
    ),
    ("desk-unit", "pixels = 8", "pixels = 16", "lamp.pixels: is 16, and bar has 8."),
    ("wallboard-matrix", "count = 2", "count = 3", "screen.width: is 64 × 8, which rows with 768 LEDs do not make."),
    ("wallboard-matrix", "count = 2", "count = 0", "parts.rows.count: must be at least 1, not 0."),
    ("desk-unit", 'chip = "esp32"', 'chip = "esp8266"', "chip: no chip 'esp8266'; there are esp32, esp32c3, esp32s3."),
    (
        "desk-unit", 'chip = "esp32"', 'chip = "esp32c3"',
        "parts.module: carries an esp32, and the board's chip is esp32c3.",
    ),
    (
        "desk-unit", "[lamp]", "[lamps]",
        "lamps: the firmware has no such table; there are keys, lamp, screen, badge, buzzer, light.",
    ),
    ("desk-unit", "pixels = 8", "pixel = 8", "lamp.pixel: no driver of the firmware reads this key."),
    ("desk-unit", "pixels = 8", 'pixels = "8"', "lamp.pixels: must be a whole number, not '8'."),
    ("desk-unit", "ready = 16", 'ready = "GPIO16"', "keys.ready: must be the number of a GPIO, not 'GPIO16'."),
    ("desk-unit", 'LAMP = ["lamp.pin", "shifter.1A"]\n', "", "lamp.pin: no net leads to this pin."),
    ("desk-unit", '"shifter.1OE", ', "", "parts.shifter: its 1OE is not wired."),
    ("desk-unit", '"lamp.pin", ', "", "nets.LAMP: a wire has two ends or more."),
    ("desk-unit", '"lamp.pin"', '"lamp.pins"', "nets.LAMP: there is no terminal or pin 'lamp.pins'."),
    (
        "desk-unit", '"lamp.pin"', '"module.IO4"',
        'nets.LAMP: module.IO4: name the pin by the key that says what it is for, as in "lamp.pin".',
    ),
    ("desk-unit", '"shifter.2A", ', '"bar.5V", "shifter.2A", ', "nets.GND: bar.5V is on the net 5V already."),
    (
        "desk-unit", '"shifter.1A"]', '"bar.DIN"]',
        "nets.LAMP: bar.DIN needs 3.5 V to see a high level, and gets 3.3 V; put a level shifter between.",
    ),
    (
        "desk-unit", '"shifter.1Y", "bar.DIN"', '"shifter.1Y", "bar.DIN", "keys.help"',
        "nets.LAMP_5V: drives keys.help to 5 V, and a pin of the chip stands 3.6 V (",
    ),
    (
        "wallboard", '"supply.PLUG", "module.USB"', '"supply.PLUG", "display.SDO"',
        "parts.module: nothing feeds its 3V3, which takes 3 to 3.6 V.",
    ),
    (
        "wallboard", "3V3 = [", '5V = ["module.5V", "display.LED"]\n3V3 = [',
        "nets.5V: display.LED takes 3 to 3.6 V, and its net carries 5 V.",
    ),
    (
        "wallboard-led", "ma = 3000", "ma = 9000",
        "nets.5V: its parts draw 9510 mA (module 500, shifter 10, panel 9000), and supply.+ gives 4000 mA at most.",
    ),
    (
        "counter-matrix", "ma = 400", "ma = 800",
        "nets.5V: its parts draw 1310 mA (module 500, shifter 10, row 800), and module.5V gives 1000 mA at most.",
    ),
    (
        "wallboard-matrix", "MOSI = [", 'USB = ["usb.PLUG", "module.USB"]\nMOSI = [',
        "nets.5V: is fed twice, by module.5V and supply.+; take one away.",
    ),
    (
        "desk-unit", '5V = ["module.5V", ', '5V = ["module.5V", "keys.ready", ',
        "nets.5V: carries 5 V, and keys.ready, a pin of the chip, stands 3.6 V (",
    ),
    (
        "desk-unit", '"module.GND", "bar.GND",', '"module.GND", "bar.GND", "lamp.pin",',
        "nets.GND: is ground, and lamp.pin is a pin.",
    ),
    ("desk-unit", '"key_ready.A"]', '"key_ready.A", "key_ready.B"]', "parts.key_ready: both its ends are on the net READY."),
    ("desk-unit", '"key_ready.A"]', '"key_ready.A", "keys.break"]', "nets.READY: joins the pins keys.ready and keys.break; "),
    ("desk-unit", "[keys]", "[keys", "is not TOML: expected ']' at the end of a table declaration (at line "),
    ("desk-unit", "title = ", "name = ", "lacks the key title."),
    ("desk-unit", 'kind = "ws2812-bar-8"', 'what = "bar"', "parts.bar: has the unknown key what."),
    ("desk-unit", "flash_mb = 4", 'flash_mb = "4"', "flash_mb: must be of type int, not str."),
    ("desk-unit", '["lamp.pin", "shifter.1A"]', '["lamp.pin", 1]', "nets.LAMP[1]: must be of type str, not int."),
    ("wallboard-led", "ma = 3000", "mhz = 3", "screen.ma: must say how much the driver may let the LEDs draw."),
    ("wallboard-led-16", "width = 64", "width = 48", "screen.width: is 48 × 16, which left_upper and right_upper and "),
    ("wallboard", 'place = "desk"', 'place = "hall"', "reading.place: digits of 17 mm are read from 3.4 m, and a hall wants 10 m."),
    ("wallboard", 'place = "desk"', 'place = "roof"', "reading.place: must be one of desk, counter, room, hall, not 'roof'."),
    ("wallboard", "digit_mm = 17", "digit_mm = 44", "reading.digit_mm: must be 1 to 43, since its picture is 43 mm high, not 44."),
    ("wallboard", "digit_mm = 17", "digit_mm = 1.7", "reading.digit_mm: must be of type int, not float."),
    ("desk-unit", "[parts]", '[reading]\ndigit_mm = 3\nplace = "desk"\n[parts]', "reading: there is no screen that is read."),
    ("desk-unit", "flash_mb = 4", "flash_mb = 4\nvolts = 5", "volts: is neither a table of the firmware nor one of "),
]  # fmt: skip


@pytest.mark.parametrize(("name", "good", "bad", "sentence"), BAD)
def test_each_rule_has_its_sentence(name: str, good: str, bad: str, sentence: str) -> None:
    text = (sheet.BOARDS / f"{name}.toml").read_text(encoding="utf-8")
    assert good in text
    text = text.replace(good, bad, 1)
    if '"key_ready.A", "key_ready.B"' in text:
        text = text.replace('"key_ready.B", "key_break.B"', '"key_break.B"', 1)
    if "usb.PLUG" in text:
        text = text.replace("[parts]", '[parts]\nusb = { kind = "usb-5v-2a" }', 1)
    said = [str(finding) for finding in check.check_bytes(name, text.encode())]
    assert any(one.startswith(f"hardware/boards/{name}.toml: {sentence}") for one in said), said
    assert all(one.endswith(".") and "\n" not in one for one in said)


def test_psram_takes_its_pins() -> None:
    from hardware.pins import OUTPUT, objections

    assert objections(CHIPS["esp32"], 16, OUTPUT, has_psram=False) == []
    assert "PSRAM" in objections(CHIPS["esp32"], 16, OUTPUT, has_psram=True)[0][0]
    assert "flash" in objections(CHIPS["esp32s3"], 26, OUTPUT, has_psram=False)[0][0]


def test_what_a_regulator_passes_on_weighs_on_what_feeds_it() -> None:
    rails = {".".join(rail.giver): rail for rail in supply.rails(sheet.read("wallboard"))}
    assert {name: (rail.ma, rail.limit_ma) for name, rail in rails.items()} == {
        "supply.PLUG": (600, 2000),
        "module.5V": (600, 1000),
        "module.3V3": (600, 800),
    }


def test_the_made_files_are_up_to_date() -> None:
    made = wiring.made()
    there = {path.name for path in wiring.FOLDER.iterdir()}
    assert there == set(made), "run `floorboard hardware draw`, and remove what belongs to no board"
    stale = [name for name, text in made.items() if (wiring.FOLDER / name).read_text(encoding="utf-8") != text]
    assert stale == [], "run `floorboard hardware draw`"


EVERYTHING = """
title = "Everything"
chip = "esp32"
role = "desk"
flash_mb = 4
[screen]
part = "ssd1306"
width = 128
height = 64
i2c = 0
khz = 400
scl = 22
sda = 21
[badge]
part = "mfrc522"
spi = 2
mhz = 10
sck = 18
mosi = 23
miso = 19
cs = 17
[buzzer]
pin = 25
[light]
pin = 34
[reading]
digit_mm = 5
place = "desk"
[parts]
module = { kind = "esp32-devkitc-v4" }
supply = { kind = "usb-5v-2a" }
picture = { kind = "ssd1306-0in96" }
reader = { kind = "mfrc522" }
sound = { kind = "buzzer" }
eye = { kind = "photoresistor" }
below_eye = { kind = "resistor-10k" }
[nets]
USB = ["supply.PLUG", "module.USB"]
3V3 = ["module.3V3", "picture.VCC", "reader.3V3", "reader.RST", "eye.1"]
GND = ["module.GND", "picture.GND", "reader.GND", "sound.2", "below_eye.2"]
SCL = ["screen.scl", "picture.SCL"]
SDA = ["screen.sda", "picture.SDA"]
SCK = ["badge.sck", "reader.SCK"]
MOSI = ["badge.mosi", "reader.MOSI"]
MISO = ["badge.miso", "reader.MISO"]
CS = ["badge.cs", "reader.SDA"]
BUZZER = ["buzzer.pin", "sound.1"]
LIGHT = ["light.pin", "eye.2", "below_eye.1"]
"""


def from_the_left() -> str:
    """The desk unit with keys on the board's left side, one on an input-only pin with its resistor."""
    text = (ROOT / "hardware" / "boards" / "desk-unit.toml").read_text(encoding="utf-8")
    for key, before, pin in (("ready", 16, 34), ("break", 17, 25), ("recall", 21, 13), ("help", 22, 33)):
        text = text.replace(f"{key} = {before}\n", f"{key} = {pin}\n")
    text = text.replace("[parts]", '[parts]\npull = { kind = "resistor-10k" }')
    return text.replace('"key_ready.A"]', '"key_ready.A", "pull.1"]\n3V3 = ["module.3V3", "pull.2"]')


DRAWN = {name: sheet.read(name) for name in BOARDS} | {
    "everything": sheet.parse("everything", EVERYTHING.encode()),
    "from-the-left": sheet.parse("from-the-left", from_the_left().encode()),
}


@pytest.mark.parametrize("name", ["everything", "from-the-left"])
def test_what_the_drivers_know_can_be_a_board(name: str) -> None:
    assert check.judge(DRAWN[name]) == []


def pieces(picture: Picture) -> list[tuple[str, float, float, float, float]]:
    """(net, from x, from y, to x, to y) of each straight piece, from the upper left."""
    found = []
    for net, points in picture.lines:
        for (ax, ay), (bx, by) in pairwise(points):
            found.append((net, min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)))
    return found


@pytest.mark.parametrize("name", DRAWN)
def test_wires_are_straight_and_apart_and_run_over_no_box(name: str) -> None:
    picture = layout(DRAWN[name])
    lines = pieces(picture)
    assert lines
    for net, ax, ay, bx, by in lines:
        assert ax == bx or ay == by, f"{net} is not level or upright"
        for box in picture.boxes:
            is_within = ax < box.x + box.width and bx > box.x and ay < box.y + box.height and by > box.y
            assert not is_within, f"{net} runs over {box.part}"
        for spot in (
            spot for box in picture.boxes for spot in box.spots if spot.net and spot.side in ("left", "right")
        ):
            near, far = sorted((spot.x, spot.x + (NAMES - 2) * (1 if spot.side == "right" else -1)))
            is_over_name = ax < far and bx > near and ay < spot.y - 3 and by > spot.y - 13
            assert not is_over_name, f"{net} runs over the name at {spot.part}.{spot.label}"
    for (net, ax, ay, bx, by), (other, cx, cy, dx, dy) in combinations(lines, 2):
        is_parallel = (ax == bx and cx == dx and ax == cx) or (ay == by and cy == dy and ay == cy)
        if net != other and is_parallel:
            assert max(ax, cx) > min(bx, dx) or max(ay, cy) > min(by, dy), f"{net} lies on {other}"
    for one, two in combinations(picture.boxes, 2):
        apart_x = one.x + one.width <= two.x or two.x + two.width <= one.x
        apart_y = one.y + one.height <= two.y or two.y + two.height <= one.y
        assert apart_x or apart_y, f"{one.part} stands on {two.part}"


@pytest.mark.parametrize("name", DRAWN)
def test_every_wired_terminal_is_drawn_once_and_reached(name: str) -> None:
    board = DRAWN[name]
    picture = layout(board)
    spots = [spot for box in picture.boxes for spot in box.spots if spot.net]
    assert sorted((spot.part, spot.label) for spot in spots) == sorted(board.wired)
    ends = {(net, x, y) for net, points in picture.lines for x, y in (points[0], points[-1])}
    assert [spot for spot in spots if (spot.net, spot.x, spot.y) not in ends] == []
    root = ET.fromstring(draw(board))
    texts = {"".join(one.itertext()) for one in root.iter("{http://www.w3.org/2000/svg}text")}
    assert set(board.nets) <= texts


@pytest.mark.parametrize("name", BOARDS)
def test_the_device_gets_pins_only(name: str) -> None:
    source = tree.module(tree.read_board(name))
    names = {line.partition(" = ")[0] for line in source.splitlines() if " = " in line}
    tables = tomllib.loads((sheet.BOARDS / f"{name}.toml").read_text(encoding="utf-8")).keys()
    assert names == {table.upper() for table in tables} - {"PARTS", "NETS", "NOTES", "READING"}


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def floorboard(*args: str) -> tuple[int, str]:
        code = main(["hardware", *args])
        said = capsys.readouterr()
        return code, said.out or said.err

    code, said = floorboard("check", "--json")
    answer = json.loads(said)
    assert (code, answer["ok"], [one["board"] for one in answer["boards"]]) == (0, True, BOARDS)
    assert {one["board"]: one["read_from_m"] for one in answer["boards"]}["wallboard-led-16"] == 32
    assert floorboard("check", "--board", "wallboard")[1].startswith(
        "wallboard: good; digits of 17 mm, read from 3.4 m, for a desk; 600 of 2000 mA from supply PLUG, "
    )
    code, said = floorboard("check", "--board", "toaster")
    assert (code, said[:45]) == (2, "floorboard: No board 'toaster'; there are cou")
    assert floorboard("draw", "--out", str(tmp_path))[1].count("\n") == 2 * len(BOARDS)
    assert "up to date" in floorboard("draw", "--out", str(tmp_path))[1]


@pytest.mark.parametrize("name", BOARDS)
def test_the_page_says_from_where_it_is_read(name: str) -> None:
    board = sheet.read(name)
    [row] = [line for line in HARDWARE_PAGE.splitlines() if f"[{name}.svg]" in line]
    said = board.reading
    cells = [f"{said.digit_mm} mm", f"{distance_m(board):g} m", f"a {said.place}"] if said else ["", "", ""]
    assert [cell.strip() for cell in row.split("|")][1:6] == [board.title, CHIPS[board.chip].title, *cells]


def test_a_bad_board_is_told_and_not_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet, "BOARDS", tmp_path)
    text = (ROOT / "hardware" / "boards" / "wallboard.toml").read_text(encoding="utf-8")
    (tmp_path / "wallboard.toml").write_text(text.replace("cs = 17", "cs = 5"), encoding="utf-8")
    sentence = "hardware/boards/wallboard.toml: screen.cs: GPIO 5 is a strapping pin: "
    assert main(["hardware", "check"]) == 1
    assert capsys.readouterr().out.startswith(sentence)
    assert main(["hardware", "check", "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert [one["key"] for one in answer["boards"][0]["findings"]] == ["screen.cs"]
    assert main(["hardware", "draw", "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.startswith(f"floorboard: Nothing was drawn: {sentence}")
    assert not (tmp_path / "out").exists()
