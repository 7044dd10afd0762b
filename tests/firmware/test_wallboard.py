"""The wallboard on its bench, as picture and as LED matrix."""

import time
from pathlib import Path

from tests.firmware.bench import Site
from tests.firmware.displays import Display, displaying, still

HEAP_KB_MAX = 98  # the aim is 90
WATCH_HEAP = """
import asyncio, gc, os
gc.collect()
before = gc.mem_alloc()
import copper, machine, network
gc.collect()
stand_ins = gc.mem_alloc() - before  # C on a chip, and not in its heap
async def watch():
    most = 0
    while True:
        most = max(most, gc.mem_alloc() - stand_ins)
        with open("heap.new", "w") as file:
            file.write(str(most))
        os.rename("heap.new", "heap")
        await asyncio.sleep_ms(20)
asyncio.create_task(watch())
"""
HEAD = (0, 0, 320, 28)


def place(number: int) -> tuple[int, int, int, int]:
    """One of six tiles on 320 by 240."""
    return 2 + 160 * ((number - 1) % 2), 30 + 70 * ((number - 1) // 2), 156, 66


def show_six(display: Display) -> int:
    display.board(6)
    display.tile(1, "waiting", "12")
    display.tile(2, "pay longest wait", age_s=67, level="warn")
    display.tile(3, "ready", "4")
    display.tile(4, "service level", "82", unit="%", kind="bar", share=820)
    display.tile(5, "answered", "–")
    return display.tile(6, "help", "2", level="alarm")


def test_a_grid_with_levels_and_a_counting_age(site: Site, tmp_path: Path) -> None:
    with displaying(site, tmp_path, "wallboard", WATCH_HEAP) as display:
        rev = show_six(display)
        assert display.shown(rev)["draw_ms"] < 1_000
        for number, value in ((1, "12"), (3, "4"), (4, "82"), (4, "%"), (5, "–"), (6, "2")):
            display.wait_text(value, place(number))
        for number, label in ((1, "waiting"), (4, "service level"), (6, "help")):
            display.wait_text(label, place(number))
        corners = [display.pixel(*place(number)[:2]) for number in (1, 2, 6)]
        assert len(set(corners)) == 3  # a warning has a bar at its left, an alarm is filled
        assert display.pixel(place(4)[0] + 100, 159) != display.pixel(place(4)[0] + 145, 159)  # 82 % of its bar
        at = [display.wait_text(text, place(2), 3) for text in ("01:09", "01:10")]
        assert 0.8 < at[1] - at[0] < 1.2
        display.tile(2, "pay longest wait", "–")
        display.wait_text("–", place(2))
        assert still(display, 1.5)
        assert int((tmp_path / "heap").read_text()) < HEAP_KB_MAX * 1024


def test_a_changed_value_costs_its_characters_only(site: Site, tmp_path: Path) -> None:
    with displaying(site, tmp_path, "wallboard") as display:
        show_six(display)
        display.shown(display.tile(2, "x", "1"))
        display.wait_text("1", place(2))  # the bench may be behind the bus
        before = display.screen.bytes_total
        display.shown(display.tile(1, "waiting", "13"))
        display.wait_text("13", place(1))
        assert display.screen.bytes_total - before < 6_000
        before = display.screen.bytes_total
        display.shown(display.tile(1, "waiting", "13"))
        assert display.screen.bytes_total == before


def test_stale_since_the_last_beat_and_true_again(site: Site, tmp_path: Path) -> None:
    with displaying(site, tmp_path, "wallboard") as display:
        show_six(display)
        display.wait_text("Floor", HEAD)
        display.edge.lost()
        display.wait_text("STALE SINCE 00:00", HEAD)
        display.wait_text("12", place(1), 0.1)
        assert still(display, 1.3)  # an age that nobody confirms does not run on
        display.edge.beat()
        display.wait_text("Floor", HEAD)
        display.edge.beat("e2")  # an edge that has started again: nothing is true until it has said so
        display.wait_text("STALE SINCE 00:00", HEAD)
        display.tile(1, "waiting", "99", epoch="e1")
        time.sleep(0.3)
        display.wait_text("STALE SINCE 00:00", HEAD, 0.1)


def test_a_notice_takes_the_titles_place_and_is_gone_again(site: Site, tmp_path: Path) -> None:
    with displaying(site, tmp_path, "wallboard") as display:
        show_six(display)
        display.wait_text("Floor", HEAD)
        display.shown(display.board(6, notice="Training at 14:00"))
        display.wait_text("Training at 14:00", HEAD)
        display.wait_text("12", place(1), 0.1)
        display.edge.lost()
        display.wait_text("STALE SINCE 00:00", HEAD)
        display.edge.beat()
        display.board(6, notice="The lines are long this afternoon, so please take breaks after 15:00")
        display.wait_text("The lines are long", HEAD, is_whole=False)
        display.wait_text("breaks after 15:00", HEAD, 9, is_whole=False)
        display.board(6)
        display.wait_text("Floor", HEAD)


def test_fewer_tiles_and_a_broken_one(site: Site, tmp_path: Path) -> None:
    with displaying(site, tmp_path, "wallboard") as display:
        show_six(display)
        display.shown(display.board(1))
        display.wait_text("12", (2, 30, 316, 208))
        display.edge.raw("show/tile/1", b'{"value":"7"}')
        display.edge.raw("show/tile/13", b"{}")
        display.shown(display.board(1))
        display.wait_text("12", (2, 30, 316, 208))
        display.edge.do("identify")
        assert display.edge.hear("rsp")["ok"] is True
        display.wait_text(display.edge.name)


def test_in_turn_on_the_matrix(site: Site, tmp_path: Path) -> None:
    with displaying(site, tmp_path, "wallboard-matrix") as display:
        display.board(3, lang="zh")
        display.tile(1, "pay", "12")
        display.tile(3, "服务水平", "82", short="LEVEL", unit="%", kind="bar", share=500)
        display.shown(display.tile(2, "等候", short="LONGEST", age_s=59))
        at = [display.wait_text(text, None, 12) for text in ("pay 12", "LONGEST", "01:03", "82%")]
        assert at == sorted(at)
        half = [True, True, False, False]  # of the bar in the lowest row
        display.face.wait_screen(lambda _: [display.pixel(x, 7) != bytes(3) for x in (0, 30, 34, 63)] == half, 2)
        display.edge.lost()
        display.wait_text("STALE", is_whole=False)
        display.wait_text("00:00", None, 9, is_whole=False)
        display.wait_text("pay 12")


def test_a_tile_that_has_not_come_makes_the_others_no_less_true(site: Site, tmp_path: Path) -> None:
    with displaying(site, tmp_path, "wallboard") as display:
        display.board(6)
        display.tile(3, "ready", "4")
        display.shown(display.tile(1, "waiting", "12"))
        display.wait_text("12", place(1))
        display.wait_text("4", place(3))
        assert display.pixel(4, 4) == display.pixel(315, 4) == bytes(3), "the head does not say that it is stale"
        x, y, width, height = place(2)
        assert {display.pixel(x + i, y + height // 2) for i in range(0, width, 4)} == {bytes(3)}


def test_a_tile_beyond_the_boards_count_is_not_shown(site: Site, tmp_path: Path) -> None:
    with displaying(site, tmp_path, "wallboard") as display:
        rev = show_six(display)
        display.shown(rev)
        display.wait_text("12", place(1))
        assert still(display, 0)
        before = display.screen.rgb()
        display.shown(display.tile(7, "of another layout", "99"))
        assert display.screen.rgb() == before
