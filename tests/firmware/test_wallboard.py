"""The wallboard on its bench, as picture and as LED matrix."""

import time
from pathlib import Path

from tests.firmware.bench import Site
from tests.firmware.displays import Display, displaying, still

HEAP_KB_MAX = 90
WATCH_HEAP = """
import asyncio, gc
gc.collect()
before = gc.mem_alloc()
import copper, machine, network
gc.collect()
stand_ins = gc.mem_alloc() - before  # C on a chip, and not in its heap
async def watch():
    most = 0
    while True:
        most = max(most, gc.mem_alloc() - stand_ins)
        with open("heap", "w") as file:
            file.write(str(most))
        await asyncio.sleep_ms(20)
asyncio.create_task(watch())
"""


def place(number: int) -> tuple[int, int, int, int]:
    """Where the value of one of six tiles stands."""
    return 10 + 160 * ((number - 1) % 2), 46 + 72 * ((number - 1) // 2), 140, 44


def show_six(display: Display) -> int:
    display.board(6)
    display.tile(1, "waiting", "12")
    display.tile(2, "payments longest wait", age_s=67, level="warn")
    display.tile(3, "ready", "4")
    display.tile(4, "service level", "82", unit="%")
    display.tile(5, "answered", "–")
    return display.tile(6, "help", "2", level="alarm")


def test_a_grid_with_levels_and_a_counting_age(site: Site, tmp_path: Path) -> None:
    with displaying(site, tmp_path, "wallboard", WATCH_HEAP) as display:
        rev = show_six(display)
        assert display.shown(rev)["draw_ms"] < 100
        for number, value in ((1, "12"), (3, "4"), (4, "82%"), (5, "-"), (6, "2")):
            display.wait_text(value, place(number))
        grounds = [display.pixel(x, 46) for x in (4, 164)]
        assert grounds[0] != grounds[1]  # the bar of a warning
        assert display.pixel(170, 170 + 60) != display.pixel(10, 170 + 60)  # an alarm is filled
        at = [display.wait_text(text, place(2), 3) for text in ("01:09", "01:10")]
        assert 0.8 < at[1] - at[0] < 1.2
        display.tile(2, "payments longest wait", "–")
        display.wait_text("-", place(2))
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
    head = 3, 3, 310, 18
    with displaying(site, tmp_path, "wallboard") as display:
        show_six(display)
        display.wait_text("Floor", head)
        display.edge.lost()
        display.wait_text("STALE SINCE 00:00", head)
        display.wait_text("12", place(1), 0.1)
        assert still(display, 1.3)  # an age that nobody confirms does not run on
        display.edge.beat()
        display.wait_text("Floor", head)
        display.edge.beat("e2")  # an edge that has started again: nothing is true until it has said so
        display.wait_text("STALE SINCE 00:00", head)
        display.tile(1, "waiting", "99", epoch="e1")
        time.sleep(0.3)
        display.wait_text("STALE SINCE 00:00", head, 0.1)


def test_a_notice_takes_the_titles_place_and_is_gone_again(site: Site, tmp_path: Path) -> None:
    head = 3, 3, 310, 18
    with displaying(site, tmp_path, "wallboard") as display:
        show_six(display)
        display.wait_text("Floor", head)
        display.shown(display.board(6, notice="Training at 14:00"))
        display.wait_text("Training at 14:00", head)
        display.wait_text("12", place(1), 0.1)
        display.edge.lost()
        display.wait_text("STALE SINCE 00:00", head)
        display.edge.beat()
        display.board(6, notice="The lines are long this afternoon, so please take breaks after 15:00")
        display.wait_text("The lines are long this afternoon, so", head)
        display.wait_text("please take breaks after 15:00", head, 6)
        display.board(6)
        display.wait_text("Floor", head)


def test_fewer_tiles_and_a_broken_one(site: Site, tmp_path: Path) -> None:
    with displaying(site, tmp_path, "wallboard") as display:
        show_six(display)
        display.shown(display.board(1))
        display.wait_text("12", (10, 46, 300, 190))
        display.edge.raw("show/tile/1", b'{"value":"7"}')
        display.edge.raw("show/tile/13", b"{}")
        display.shown(display.board(1))
        display.wait_text("12", (10, 46, 300, 190))
        display.edge.do("identify")
        assert display.edge.hear("rsp")["ok"] is True
        display.wait_text(display.edge.name)


def test_in_turn_on_the_matrix(site: Site, tmp_path: Path) -> None:
    with displaying(site, tmp_path, "wallboard-matrix") as display:
        display.board(2)
        display.tile(1, "pay", "12")
        display.shown(display.tile(2, "longest wait", age_s=59))
        texts = ("PAY 12", "LONGEST", "WAIT", "01:04")
        at = [display.wait_text(text, None, 12) for text in texts]
        assert at[0] < at[1] < at[2] < at[3]
        display.edge.lost()
        display.wait_text("STALE")
        display.wait_text("SINCE")
        display.wait_text("00:00")
        display.wait_text("PAY 12")


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
