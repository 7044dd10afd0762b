"""Every kind of tile on its bench, in both languages and sizes: what one reads, and what it costs on the bus."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from edge import codes
from tests.firmware.bench import Site
from tests.firmware.displays import Display, displaying
from tests.firmware.reading import layers, stands

BOARDS = {"wallboard": (316, 208), "wallboard-480": (476, 280)}  # a single tile's size
RATIO_MAX = 1.1  # of all bus bytes over two for each pixel of the tile
LINK = "https://example.org/q/1"
POINTS = " " * 8 + "0123456789:;<=>?@ABCDEFX"
KINDS: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({"label": "waiting", "value": "12"}, ("waiting", "12")),
    ({"label": "等候", "value": "13"}, ("等候", "13")),
    ({"label": "service level", "value": "82", "unit": "%", "kind": "bar", "share": 820}, ("82", "%")),
    ({"label": "平均等候", "value": "26", "unit": "秒", "level": "warn"}, ("平均等候", "26", "秒")),
    ({"label": "offered", "value": "37", "kind": "trend", "points": POINTS}, ("offered", "37")),
    ({"label": "help", "value": "2", "level": "alarm"}, ("help", "2")),
    ({"label": "last called", "kind": "list", "text": "A012|→ 3|B007|→ 1"}, ("last called", "A012", "→ 3", "B007")),
    ({"label": "等候", "kind": "list", "text": "缴费|12|贷款与理赔|0"}, ("缴费", "12", "贷款与理赔")),
    ({"label": "called", "value": "A012", "kind": "call", "desk": "3"}, ("A012", "→ 3")),
    ({"label": "", "kind": "notice", "text": "下午培训"}, ("下午培训",)),
    ({"label": "二维码", "kind": "code", "code": codes.packed(LINK)}, ("二维码",)),
]


def spent(display: Display, place: int, fields: dict[str, Any], texts: tuple[str, ...]) -> int:
    """Bytes on the bus from the tile that stands there to this one, once it can be read."""
    before = display.screen.bytes_total
    display.shown(display.tile(place, **fields))
    for text in texts:
        display.wait_text(text)
    time.sleep(0.05)  # the bench may be behind the bus
    return display.screen.bytes_total - before


@pytest.mark.parametrize("hardware", BOARDS)
def test_every_kind_is_read_and_costs_its_tile_at_most(site: Site, tmp_path: Path, hardware: str) -> None:
    width, height = BOARDS[hardware]
    most = RATIO_MAX * 2 * width * height
    with displaying(site, tmp_path, hardware, "import wire; wire.BEAT_LOST_MS = 60_000") as display:
        display.shown(display.board(1))
        for fields, texts in KINDS:
            assert 0 < spent(display, 1, fields, texts) <= most, fields
        assert any(stands(rows, pattern(size), 0) for rows in layers(display.screen) for size in range(2, 12)), LINK
        spent(display, 1, KINDS[0][0], KINDS[0][1])
        assert spent(display, 1, {**KINDS[0][0], "value": "13"}, ("13",)) < 0.5 * most, "one figure"
        bar = KINDS[2][0]
        spent(display, 1, bar, ("82",))
        assert spent(display, 1, {**bar, "share": 830}, ("82",)) < 0.02 * most, "the end of its bar"


def pattern(size: int) -> tuple[str, ...]:
    """The rows of the code with so many pixels for each module."""
    return tuple("".join("01"[dark] * size for dark in row) for row in codes.modules(LINK) for _ in range(size))


def test_twelve_tiles_and_what_is_too_long_for_them(site: Site, tmp_path: Path) -> None:
    with displaying(site, tmp_path, "wallboard") as display:
        display.board(12)
        for place in range(1, 12):
            rev = display.tile(place, f"tile {place}", f"{place}00")
        display.shown(rev)
        for place in (1, 4, 11):
            display.wait_text(f"{place}00")
            display.wait_text(f"tile {place}")
        display.shown(display.tile(12, "a number", "123456789012", unit="km"))
        display.wait_text("12345", is_whole=False)
        display.wait_text("89012", None, 8, is_whole=False)  # it has run so far; nothing is cut for good
        before, began = display.screen.bytes_total, time.monotonic()
        time.sleep(1)
        frames = (time.monotonic() - began) * 1000 / 80 + 2
        assert 0 < display.screen.bytes_total - before < frames * 2 * 100 * 30, (
            "a bounded redraw rate, of its line alone"
        )


def test_a_ticker_has_the_width_below_and_a_broken_code_changes_nothing(site: Site, tmp_path: Path) -> None:
    long = "Welcome. Please keep your ticket until you are called to a desk"
    with displaying(site, tmp_path, "wallboard") as display:
        display.board(3, lang="zh")
        display.tile(1, "waiting", "1")
        display.tile(3, "", kind="ticker", text=long)
        display.shown(display.tile(2, "ready", "2"))
        display.wait_text("Welcome.", (0, 206, 320, 34), is_whole=False)
        display.wait_text("called to", (0, 206, 320, 34), 9, is_whole=False)
        display.wait_text("1", (0, 28, 320, 90))
        fields = {
            "epoch": "e1",
            "rev": 99,
            "label": "",
            "short": "",
            "value": "",
            "unit": "",
            "age_s": None,
            "level": "normal",
        }
        bad = {**fields, "kind": "code", "code": "=" * 76}
        display.edge.raw("show/tile/1", json.dumps(bad, separators=(",", ":")).encode())
        display.shown(display.tile(2, "ready", "3"))
        display.wait_text("1", (0, 28, 320, 90))
        display.edge.lost()
        display.wait_text("自 00:00 起已过时")


def test_without_fonts_or_with_a_broken_one_it_goes_on_in_the_built_in_face(site: Site, tmp_path: Path) -> None:
    spoil = 'import os\nfor name in os.listdir("fonts"):\n    open("fonts/" + name, "wb").write(b"FBF1 no font")\n'
    with displaying(site, tmp_path, "wallboard", spoil) as display:
        display.board(1)
        display.shown(display.tile(1, "waiting", "12"))
        display.wait_text("12")
        display.wait_text("waiting")
        display.edge.do("selftest")
        assert "fonts/big32.fbf is no font" in display.edge.hear("rsp", 10)["why"]
