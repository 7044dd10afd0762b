"""What is made from the board files is up to date, and says what they and the firmware say: page, parts lists, front panels."""

import csv
import io
import re
import xml.etree.ElementTree as ET
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest

from flash import tree
from hardware import panel, parts_list, sheet, supply, wiring
from hardware.front import EDGE, PAPERS, PRINTER, SCREW_IN, front
from hardware.pins import CHIPS, WORDS, way
from hardware.reading import distance_m
from hardware.virtual.page import words

BOARDS = sheet.boards()
SVG = "{http://www.w3.org/2000/svg}"
PAGE = (wiring.ROOT / wiring.PAGE).read_text(encoding="utf-8")
CHINESE = re.compile(r"^[\u4e00-\u9fff]+$")


def section(name: str) -> str:
    [found] = re.findall(rf"(?ms)^## {name}\n(.*?)(?=^## |\Z)", PAGE)
    return str(found)


def cells(text: str, head: str) -> list[list[str]]:
    """The rows of the table whose first column is called `head`."""
    lines = text.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"| {head} |")) + 2
    rows = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def test_all_is_up_to_date() -> None:
    made = wiring.made()
    there = {
        path.relative_to(wiring.ROOT).as_posix() for name in wiring.FOLDERS for path in (wiring.ROOT / name).iterdir()
    }
    assert there == set(made) - {wiring.PAGE}, "run `floorboard hardware draw`, and remove what belongs to no board"
    stale = [name for name, text in made.items() if (wiring.ROOT / name).read_bytes() != text.encode()]
    assert stale == [], "run `floorboard hardware draw`"


def test_what_is_out_of_date_is_made_anew(tmp_path: Path) -> None:
    assert len(wiring.write(tmp_path)) == 3 * len(BOARDS) + 1
    (tmp_path / wiring.PAGE).write_text("old", encoding="utf-8")
    assert wiring.write(tmp_path) == [tmp_path / wiring.PAGE]


@pytest.mark.parametrize("name", BOARDS)
def test_the_pins_of_the_page_are_those_of_the_firmware(name: str) -> None:
    module: dict[str, Any] = {}
    exec(tree.module(tree.read_board(name)), module)
    firmware = {
        f'{table}["{key}"]': value
        for table, content in module.items()
        if table.isupper() and isinstance(content, dict)
        for key, value in content.items()
        if key not in WORDS and way(table.lower(), key)
    }
    assert {row[0].strip("`"): int(row[1]) for row in cells(section(name), "pin")} == firmware


@pytest.mark.parametrize("name", BOARDS)
def test_each_pin_of_the_page_is_where_the_board_has_it(name: str) -> None:
    board = sheet.read(name)
    module = board.kind(board.module)
    for _, gpio, net, used, place in cells(section(name), "pin"):
        [pin] = [pin for pin in board.pins.values() if pin.gpio == int(gpio)]
        assert used == pin.way
        if place == "wired inside":
            assert module.inside[pin.key] == pin.gpio and not net
            continue
        terminal, number, side = re.findall(r"^(\w+), (\d+)(?:st|nd|rd|th) at the (left|right)$", place)[0]
        assert getattr(module, side)[int(number) - 1].split()[0] in (terminal, f"{terminal}/{gpio}")
        assert pin.key in board.nets[net]


@pytest.mark.parametrize("name", BOARDS)
def test_the_overview_says_what_a_board_is_for(name: str) -> None:
    board = sheet.read(name)
    [row] = [row for row in cells(PAGE, "board") if row[0] == f"[{board.title}](#{name})"]
    said = board.reading
    read = [f"{said.digit_mm} mm", f"{distance_m(board):g} m", f"a {said.place}"] if said else ["", "", ""]
    assert row[1:2] + row[3:6] == [CHIPS[board.chip].title, *read]


@pytest.mark.parametrize("name", BOARDS)
def test_the_sums_of_a_parts_list(name: str) -> None:
    board = sheet.read(name)
    rows = list(csv.DictReader(io.StringIO(parts_list.table(board))))
    *rows, total = rows
    cents = [round(100 * float(row["eur_each"])) * int(row["count"]) for row in rows]
    assert [round(100 * float(row["eur_all"])) for row in rows] == cents
    assert all(cents) and all(row["what"] and row["maker"] for row in rows)
    for row in rows:  # an order code, or else what to look for
        assert (row["maker"] == "any", bool(row["number"])) in {(True, False), (False, True)} and bool(
            row["spec"]
        ) != bool(row["number"])
    assert (total["names"], round(100 * float(total["eur_all"]))) == ("total", sum(cents))
    assert sum(int(row["count"]) for row in rows) == sum(part.count for part in board.parts.values())
    assert f"**{total['eur_all']}**" in section(name)
    assert [row[-1] for row in cells(PAGE, "board") if f"(#{name})" in row[0]] == [total["eur_all"]]


@pytest.mark.parametrize("name", BOARDS)
def test_a_parts_list_draws_what_its_supply_is_asked_for(name: str) -> None:
    board = sheet.read(name)
    rows = {row["names"]: row for row in csv.DictReader(io.StringIO(parts_list.table(board)))}
    first = supply.rails(board)[0]
    if first.volts == 5:
        assert sum(int(row["ma_all"] or 0) for row in rows.values()) == first.ma
    if name == "wallboard-led-16":
        panels = rows["left_upper right_upper left_lower right_lower"]
        assert (panels["ma_each"], panels["ma_all"]) == ("2000", "8000")


def test_what_visitors_press_is_as_large_as_the_note_says() -> None:
    board = sheet.read("dispenser")
    holes = [hole for hole in front(board).holes if hole.part.startswith("key_")]
    assert [hole.width for hole in holes] == [24] * 4 and min(hole.body[0] for hole in holes) >= 60
    assert all(two.x - one.x >= 60 for one, two in pairwise(holes))
    assert "12 mm" not in board.kind("key_1").what and "as large as a hand" in " ".join(board.notes)


@pytest.mark.parametrize("name", [name for name in BOARDS if "keys" in tree.read_board(name)])
def test_each_small_button_has_its_cap(name: str) -> None:
    board = sheet.read(name)
    small = sum(part.kind == "key" for part in board.parts.values())
    caps = [part for part in board.parts.values() if part.kind.startswith("key-cap")]
    assert sum(part.count * (5 if part.kind == "key-caps-rating" else 1) for part in caps) == small


@pytest.mark.parametrize("name", BOARDS)
def test_a_panel_has_room_for_everything(name: str) -> None:
    made = front(sheet.read(name))
    for hole in made.holes:
        wide, high = max(hole.width, hole.body[0]), max(hole.height, hole.body[1])
        assert hole.x - wide / 2 >= EDGE and hole.x + wide / 2 <= made.width - EDGE, hole
        assert hole.y - high / 2 >= EDGE and hole.y + high / 2 <= made.height - EDGE, hole
    for one, two in combinations(made.holes, 2):
        apart_x = abs(one.x - two.x) >= (max(one.width, one.body[0]) + max(two.width, two.body[0])) / 2
        apart_y = abs(one.y - two.y) >= (max(one.height, one.body[1]) + max(two.height, two.body[1])) / 2
        assert apart_x or apart_y, (one, two)
    corners = {(x, y) for x in (SCREW_IN, made.width - SCREW_IN) for y in (SCREW_IN, made.height - SCREW_IN)}
    assert set(made.screws) == corners


@pytest.mark.parametrize("name", BOARDS)
def test_a_panel_is_printed_in_millimetres(name: str) -> None:
    board = sheet.read(name)
    made, text = front(board), panel.draw(board)
    root = ET.fromstring(text)
    width, height = (float(root.attrib[side].removesuffix("mm")) for side in ("width", "height"))
    assert root.attrib["viewBox"] == f"0 0 {width:g} {height:g}"
    assert root.attrib["width"].endswith("mm") and root.attrib["height"].endswith("mm")
    short, long = PAPERS[made.paper]
    across, down = (long, short) if made.is_wide else (short, long)
    assert width + 2 * PRINTER <= across and height + 2 * PRINTER <= down
    assert f"@page {{ size: {made.paper} {'landscape' if made.is_wide else 'portrait'};" in text
    told = "".join("".join(one.itertext()) + " " for one in root.iter(f"{SVG}text"))
    assert (f"It is larger than A4: print it on {made.paper}" in told) == (made.paper != "A4")
    bars = [one.attrib["d"] for one in root.iter(f"{SVG}path") if "h100M" in one.attrib["d"]]
    assert len(bars) == 1 and bars[0].count("V") == 11
    outline = next(one for one in root.iter(f"{SVG}rect") if one.attrib.get("class") == "cut")
    assert (outline.attrib["width"], outline.attrib["height"]) == (f"{made.width:g}", f"{made.height:g}")
    for one in root.iter(f"{SVG}text"):
        assert float(one.attrib["y"]) <= height - 2, "".join(one.itertext())


@pytest.mark.parametrize("name", [name for name in BOARDS if "keys" in tree.read_board(name)])
def test_each_key_has_its_hole_and_its_legend(name: str) -> None:
    board = sheet.read(name)
    root = ET.fromstring(panel.draw(board))
    radius = {"key": "6.5", "key-large": "12"}[board.parts[f"key_{next(iter(board.tables['keys']))}"].kind]
    drills = [
        one for one in root.iter(f"{SVG}circle") if one.attrib.get("class") == "cut" and one.attrib["r"] == radius
    ]
    assert len(drills) == len(board.tables["keys"])
    said = ["".join(one.itertext()) for one in root.iter(f"{SVG}text")]
    for key in board.tables["keys"]:
        if board.role == "desk":
            assert set(words.WORDS[f"key.{key}"]) <= set(said)
            assert CHINESE.match(words.WORDS[f"key.{key}"][1])
        else:
            assert any(one.split()[0] == key for one in said)
    order = [hole.part for hole in front(board).holes if hole.part.startswith("key_")]
    assert order == [f"key_{key}" for key in board.tables["keys"]]


@pytest.mark.parametrize(
    ("name", "opening"),
    [
        ("wallboard", (58, 44)), ("wallboard-480", (84, 56)), ("desk-unit-plus", (23, 12)), ("counter-matrix", (128, 32)),
        ("hall-matrix", (256, 32)), ("wallboard-led", (320, 80)), ("hall-led-16", (640, 160)), ("desk-unit", (51, 8)),
    ],
)  # fmt: skip
def test_the_first_opening_is_as_large_as_what_looks_out_of_it(name: str, opening: tuple[int, int]) -> None:
    hole = next(hole for hole in front(sheet.read(name)).holes if hole.kind == "opening")
    assert (hole.width, hole.height) == opening
