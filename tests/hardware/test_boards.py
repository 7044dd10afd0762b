"""The board files: all of them good, each rule broken once, and what is made from them up to date."""

import json
import re
import tomllib
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest

from edge import wire
from edge.__main__ import main
from flash import tree
from hardware import check, kinds, lines, sheet, supply
from hardware.drawing import draw
from hardware.layout import NAMES, Picture, layout
from hardware.pins import ASKS, CHIPS, pins
from tests.hardware.mistakes import MISTAKES, MISWIRED

ROOT = Path(__file__).parents[2]
BOARDS = sheet.boards()


@pytest.mark.parametrize("name", BOARDS)
def test_a_board_is_good(name: str) -> None:
    assert [str(finding) for finding in check.check(name)] == []


def seeded(name: str, good: str, bad: str) -> str:
    """The text of a board file with a mistake in it, and with what makes it that mistake only."""
    text = (sheet.BOARDS / f"{name}.toml").read_text(encoding="utf-8")
    assert good in text
    text = text.replace(good, bad, 1)
    if '"key_ready.A", "key_ready.B"' in text:
        text = text.replace('"key_ready.B", "key_break.B"', '"key_break.B"', 1)
    if "usb.PLUG" in text:
        text = text.replace("[parts]", '[parts]\nusb = { kind = "usb-5v-2a" }', 1)
    return text


@pytest.mark.parametrize(("name", "good", "bad", "at", "sentence", "source", "remedy"), MISTAKES)
def test_each_mistake_is_found_at_its_line(
    name: str, good: str, bad: str, at: str, sentence: str, source: str, remedy: str
) -> None:
    text = seeded(name, good, bad)
    [line] = [number for number, said in enumerate(text.splitlines(), 1) if said.strip().startswith(at)]
    found = check.check_bytes(name, text.encode())
    said = [str(finding) for finding in found]
    begin = f"hardware/boards/{name}.toml:{line}: {sentence}"
    [one] = [finding for finding in found if str(finding).startswith(begin)] or [None]
    assert one, said
    assert one.source.startswith(source) and one.remedy.startswith(remedy), one
    assert str(one) == f"{begin.partition(': ')[0]}: " + "".join(
        [f"{one.key}: " if one.key else "", one.text, f" ({one.source})" if one.source else "", f". {one.remedy}."]
    )
    assert all(finding.remedy and finding.line and "\n" not in str(finding) for finding in found)


@pytest.mark.parametrize(("name", "edits", "at", "sentence", "remedy"), MISWIRED)
def test_each_wire_that_leads_elsewhere_is_found(
    name: str, edits: tuple[tuple[str, str], ...], at: str, sentence: str, remedy: str
) -> None:
    text = (sheet.BOARDS / f"{name}.toml").read_text(encoding="utf-8")
    for good, bad in edits:
        assert good in text, good
        text = text.replace(good, bad, 1)
    [line] = [number for number, said in enumerate(text.splitlines(), 1) if said.strip().startswith(at)]
    found = check.check_bytes(name, text.encode())
    begin = f"hardware/boards/{name}.toml:{line}: {sentence}"
    [one] = [finding for finding in found if str(finding).startswith(begin)] or [None]
    assert one and one.remedy.startswith(remedy), [str(finding) for finding in found]
    assert all(finding.remedy and finding.line and "\n" not in str(finding) for finding in found)


# Which way round two legs are, what an unused buffer does, and which 5 V feeds a capacitor.
HARMLESS = re.compile(
    r"(\w+)\.[12AB] for \1\.[12AB]|screen.bl for backlight.B|.*shifter\.4(OE|A) to .*|shifter\.4OE for shifter\.4A"
)


def rewired(board: sheet.Board) -> Iterator[tuple[str, sheet.Board]]:
    """Each end of a wire left out, put on every other net, and exchanged for every other end."""
    ends = [(net, end) for net, texts in board.nets.items() for end in texts]
    for net, end in ends:
        rest = {**board.nets, net: tuple(one for one in board.nets[net] if one != end)}
        yield f"{end} to nothing", replace(board, nets=rest)
        for other in board.nets:
            if other != net:
                yield f"{end} to {other}", replace(board, nets={**rest, other: (*rest[other], end)})
    for (net, end), (other, theirs) in combinations(ends, 2):
        if net != other:
            swap = {end: theirs, theirs: end}
            nets = {name: tuple(swap.get(one, one) for one in texts) for name, texts in board.nets.items()}
            yield f"{end} for {theirs}", replace(board, nets=nets)


@pytest.mark.parametrize("name", ["wallboard", "wallboard-480", "counter-matrix"])
def test_no_end_of_a_wire_can_be_elsewhere_unseen(name: str) -> None:
    unseen = [what for what, board in rewired(sheet.read(name)) if check.judge(board) == []]
    assert [what for what in unseen if not HARMLESS.fullmatch(what)] == []


def test_a_key_may_be_at_gpio_36_of_a_board_that_has_its_network_by_cable() -> None:
    board = sheet.read("desk-unit-lan")
    assert board.tables["keys"]["ready"] == 36 and check.judge(board) == []
    said = (
        (sheet.BOARDS / "desk-unit-lan.toml")
        .read_text(encoding="utf-8")
        .replace("[ethernet]", "[light]\npin = 39\n[ethernet]")
    )
    assert any(
        "ADC1" in one.text for one in check.check_bytes("desk-unit-lan", said.encode()) if one.key == "keys.ready"
    )


def test_parts_may_share_a_bus_and_a_reset_may_hang_on_the_modules_own() -> None:
    text = (sheet.BOARDS / "dispenser.toml").read_text(encoding="utf-8")
    badge = '[badge]\npart = "mfrc522"\nspi = 2\nmhz = 10\nsck = 18\nmosi = 23\nmiso = 19\ncs = 27\n\n[buzzer]'
    for good, bad in (
        ("mhz = 40", "mhz = 10"),
        ("[buzzer]", badge),
        ("rst = 22\n", ""),
        ('"screen.rst"', '"module.EN"'),
        ("beeper = {", 'reader = { kind = "mfrc522" }\nbeeper = {'),
        ('"module.3V3", ', '"module.3V3", "reader.3V3", "reader.RST", '),
        ('"module.GND", ', '"module.GND", "reader.GND", '),
        ('"screen.sck", ', '"screen.sck", "badge.sck", "reader.SCK", '),
        ('"screen.mosi", ', '"screen.mosi", "badge.mosi", "reader.MOSI", '),
        ('"screen.miso", ', '"screen.miso", "badge.miso", "reader.MISO", '),
        ("BEEP = [", 'BADGE = ["badge.cs", "reader.SDA"]\nBEEP = ['),
    ):
        assert good in text, good
        text = text.replace(good, bad, 1)
    assert [str(one) for one in check.check_bytes("dispenser", text.encode())] == []
    grounded = text.replace('"reader.GND", ', '"reader.GND", "module.EN", ', 1).replace(
        '"module.EN", "display', '"display', 1
    )
    assert any("module.EN must be high" in one.text for one in check.check_bytes("dispenser", grounded.encode()))


def test_what_the_roles_ask_for_is_what_the_wire_knows() -> None:
    assert ASKS["desk"][1] == wire.KEYS and set(ASKS) == set(check.ROLES)
    assert ASKS["dispenser"][1] == tuple(str(n + 1) for n in range(wire.DOORS_MAX))
    assert ASKS["rating"][1] == tuple(str(n + 1) for n in range(wire.SCORE_MAX))


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [row[:3] for row in MISTAKES if row[6].startswith("Free for it") and "[" not in row[2] and row[2].count("=") == 1],
)
def test_each_pin_that_would_do_does(name: str, good: str, bad: str) -> None:
    [finding] = [one for one in check.check_bytes(name, seeded(name, good, bad).encode()) if "GPIO" in one.remedy[:20]]
    offered = pins(finding.remedy.partition("GPIO ")[2].replace(", ", " ").replace(" and ", " ").replace("–", "-"))
    assert offered
    key = finding.key.partition(".")[2]
    now = re.search(rf"(?m)^{key} = .*$", seeded(name, good, bad))
    assert now
    for gpio in offered:
        assert check.check_bytes(name, seeded(name, good, bad).replace(now[0], f"{key} = {gpio}", 1).encode()) == []


def test_a_file_that_cannot_be_read_has_its_line_too() -> None:
    [finding] = check.check_bytes("x", b'title = "x"\nchip = "\xff"\n')
    assert str(finding) == "hardware/boards/x.toml:2: is not UTF-8 at byte 20. Save it as UTF-8."
    [finding] = check.check_bytes("x", b'title = "x"\nchip = "esp32"\n[keys')
    assert (finding.line, finding.text[:11]) == (3, "is not TOML")


LINED = """a = 1 # b = 2
b.c = "x # y = 'z'"
"d e" = [1,
  # [
  ["]", 'k = 1'], { f = 1,
  g = [ 2 ] } ]
[h."i"] # ]
j = '''
k = 1
'''
l = 1979-05-27 07:32:00
m = "\\"n"
"""


def test_every_key_and_element_has_its_line() -> None:
    assert lines.lines(LINED) == {
        "a": 1, "b": 2, "b.c": 2, "d e": 3, "d e[0]": 3, "d e[1]": 5, "d e[1][0]": 5, "d e[1][1]": 5, "d e[2]": 5, "d e[2].f": 5,
        "d e[2].g": 6, "d e[2].g[0]": 6, "h.i": 7, "h.i.j": 8, "h.i.l": 11, "h.i.m": 12,
    }  # fmt: skip
    assert [lines.line_of(lines.lines(LINED), key) for key in ("h.i.j.x", "d e[2].z", "d e[9]", "z", "")] == [
        8,
        5,
        3,
        1,
        1,
    ]


@pytest.mark.parametrize("path", [*sorted(sheet.BOARDS.glob("*.toml")), kinds.CATALOGUE], ids=lambda path: path.stem)
def test_the_lines_of_every_file(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = lines.lines(text)

    def keys(facts: Any, at: str) -> Iterator[str]:
        for key, fact in facts.items() if isinstance(facts, dict) else enumerate(facts):
            here = f"{at}[{key}]" if isinstance(facts, list) else f"{at}.{key}".lstrip(".")
            yield here
            if isinstance(fact, dict | list):
                yield from keys(fact, here)

    assert set(found) == set(keys(tomllib.loads(text), ""))
    for key, line in found.items():
        name = re.sub(r"\[\d+\]", "", key).rpartition(".")[2]
        assert name in text.splitlines()[line - 1] or key.endswith("]"), f"{key} is not on line {line}"


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


EVERYTHING = """
title = "Everything"
chip = "esp32"
role = "counter"
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
def test_what_draws_an_ampere_has_thick_wires_of_its_own(name: str) -> None:
    board, picture = DRAWN[name], layout(DRAWN[name])
    heavy = [part for rail in supply.rails(board)[:1] for part, ma in rail.shares if rail.ma > 3000 and ma >= 1000]
    assert bool(heavy) == name.endswith(("-led", "-led-16"))
    spots = {(spot.part, spot.label): (spot.x, spot.y) for box in picture.boxes for spot in box.spots if spot.net}
    ends = [{points[0], points[-1]} for _, points in picture.thick]
    wanted = [
        {spots["supply", ours], spots[part, theirs]} for part in heavy for ours, theirs in (("+", "5V"), ("−", "GND"))
    ]
    assert sorted(map(sorted, ends)) == sorted(map(sorted, wanted))
    assert draw(board).count('stroke-width="5.2"') == len(picture.thick)


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_names_the_paper_on_which_it_can_be_read(name: str) -> None:
    text = draw(DRAWN[name])
    root = ET.fromstring(text)
    [(size, mm)] = re.findall(r"@page \{ size: (A\d)(?: landscape)?; .*svg \{ width: (\d+)mm;", text)
    sizes = [float(px) for px in re.findall(r"font-size: ([\d.]+)px", text)]
    pt = min(sizes) * int(mm) / float(root.attrib["width"]) / 0.3528
    assert pt >= 5.9 and f">to print on {size}<" in text
    assert size == "A4" or pt * 188 / 275 < 6.1


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
    assert floorboard("draw", "--out", str(tmp_path))[1].count("\n") == 3 * len(BOARDS) + 1
    assert "up to date" in floorboard("draw", "--out", str(tmp_path))[1]


def test_a_bad_board_is_told_and_not_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet, "BOARDS", tmp_path)
    text = (ROOT / "hardware" / "boards" / "wallboard.toml").read_text(encoding="utf-8")
    (tmp_path / "wallboard.toml").write_text(text.replace("cs = 17", "cs = 5"), encoding="utf-8")
    sentence = "hardware/boards/wallboard.toml:16: screen.cs: GPIO 5 is a strapping pin: "
    assert main(["hardware", "check"]) == 1
    assert capsys.readouterr().out.startswith(sentence)
    assert main(["hardware", "check", "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    [finding] = answer["boards"][0]["findings"]
    assert {**finding, "text": "", "remedy": finding["remedy"][:12]} == {
        "file": "hardware/boards/wallboard.toml", "line": 16, "key": "screen.cs", "text": "",
        "source": "ESP32 Series Datasheet, “Strapping Pins”", "remedy": "Free for it:",
    }  # fmt: skip
    assert main(["hardware", "draw", "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.startswith(f"floorboard: Nothing was drawn: {sentence}")
    assert not (tmp_path / "out").exists()
