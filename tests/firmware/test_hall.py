"""The hall display on its bench, as picture and as LED matrix."""

import time
from pathlib import Path

from tests.firmware.bench import Site
from tests.firmware.displays import Display, displaying, still
from tests.firmware.test_wallboard import HEAP_KB_MAX, WATCH_HEAP

HEAD, NUMBER, DESK = (0, 0, 320, 28), (0, 30, 320, 74), (0, 106, 320, 58)
FLASH_S = 5
CALLED = (("A011", "2"), ("B007", "1"), ("A010", "12"), ("A009", "2"), ("B006", "3"), ("A008", "1"))


def line(place: int) -> tuple[int, int, int, int]:
    """Where one of the last called stands."""
    return 4 + 160 * ((place - 1) // 3), 170 + 24 * ((place - 1) % 3), 152, 21


def show(display: Display, announcement: int, number: str, desk: str, *lines: tuple[str, str], age_s: int = 0) -> int:
    display.board(0, "Welcome")
    return display.hall(announcement, number, desk, *lines, age_s=age_s if announcement else None)


def test_number_desk_and_the_last_called(site: Site, tmp_path: Path) -> None:
    with displaying(site, tmp_path, "hall-display", WATCH_HEAP) as display:
        assert display.shown(show(display, 0, "", ""))["draw_ms"] < 1_000
        display.wait_text("Welcome", HEAD)
        display.wait_text("–", NUMBER)
        display.shown(show(display, 7, "A012", "3", *CALLED))
        display.wait_text("A012", NUMBER)
        display.wait_text("→ DESK 3", DESK)
        for place, (number, desk) in enumerate(CALLED, 1):
            display.wait_text(f"{number} → {desk}", line(place))
        display.board(0, "Welcome", notice="Closed from 14:00")
        display.wait_text("Closed from 14:00", HEAD)
        display.wait_text("A012", NUMBER)
        display.shown(display.hall(7, "A012", "3", *CALLED, age_s=60, lang="zh"))
        display.wait_text("→ 3 号柜台", DESK)
        assert int((tmp_path / "heap").read_text()) < HEAP_KB_MAX * 1024


def flashes(display: Display, for_s: float) -> int:
    """How often the call's ground turns light from now on; its number stands there all the while."""
    corner, count, end = 5, 0, time.monotonic() + for_s
    was_lit = display.pixel(corner, 30) != bytes(3)
    while time.monotonic() < end:
        is_lit = display.pixel(corner, 30) != bytes(3)
        count += is_lit and not was_lit
        was_lit = is_lit
        time.sleep(0.01)
    display.wait_text("A012", NUMBER)
    return count


def test_it_flashes_once_for_each_announcement(site: Site, tmp_path: Path) -> None:
    with displaying(site, tmp_path, "hall-display") as display:
        show(display, 7, "A012", "3")
        display.wait_text("A012", NUMBER)
        assert 8 <= flashes(display, FLASH_S + 1) <= 11
        assert still(display, 1)
        display.shown(show(display, 7, "A012", "3", ("B001", "1")))
        assert flashes(display, 0.7) == 0, "the same announcement"
        display.shown(show(display, 8, "A012", "3", ("B001", "1")))
        assert flashes(display, 0.7) >= 1, "a recall"
        display.shown(show(display, 9, "A012", "3", age_s=60))
        assert flashes(display, 0.7) == 0, "old when it came: the display has just started"


def test_it_rings_for_a_new_call_and_not_for_one_that_is_over(site: Site, tmp_path: Path) -> None:
    def tones() -> int:
        assert display.face.buzzer
        return len([hz for _, hz in list(display.face.buzzer.history) if hz])

    with displaying(site, tmp_path, "hall-display") as display:
        display.shown(show(display, 6, "A011", "3"))
        display.shown(show(display, 7, "A012", "3", age_s=5))  # its line was down when it was called
        display.wait_text("A012", NUMBER)
        time.sleep(0.5)
        assert tones() == 0
        display.shown(show(display, 8, "A013", "1", age_s=4))
        end = time.monotonic() + 5
        while not tones():
            assert time.monotonic() < end
            time.sleep(0.02)


def test_what_a_new_call_costs_on_the_bus(site: Site, tmp_path: Path) -> None:
    with displaying(site, tmp_path, "hall-display") as display:
        display.shown(show(display, 7, "A012", "3", *CALLED, age_s=60))
        display.wait_text("A012", NUMBER)
        assert still(display, 0)
        before = display.screen.bytes_total
        display.shown(show(display, 8, "A013", "3", *CALLED, age_s=60))
        display.wait_text("A013", NUMBER)
        assert display.screen.bytes_total - before < 30_000  # one of four figures
        before = display.screen.bytes_total
        display.edge.rev -= 1
        display.shown(display.hall(8, "A013", "3", *CALLED, age_s=60))
        assert display.screen.bytes_total == before


def test_stale_it_stays_and_calls_nobody(site: Site, tmp_path: Path) -> None:
    with displaying(site, tmp_path, "hall-display") as display:
        show(display, 7, "A012", "3", *CALLED)
        display.wait_text("A012", NUMBER)
        display.edge.lost()
        display.wait_text("STALE SINCE 00:00", HEAD)
        assert still(display, 1)
        display.wait_text("A012", NUMBER)
        display.wait_text("A011 → 2", line(1))
        display.edge.beat("e2")
        display.wait_text("STALE SINCE 00:00", HEAD)
        display.hall(8, "A013", "1", epoch="e1")
        time.sleep(0.3)
        display.wait_text("STALE SINCE 00:00", HEAD)
        display.board(0, "Welcome", epoch="e2")
        display.hall(8, "A014", "1", epoch="e2")
        display.wait_text("Welcome", HEAD)
        display.wait_text("A014", NUMBER)
        display.wait_text("", line(1))


def test_nonsense_changes_nothing_and_a_long_number_is_whole(site: Site, tmp_path: Path) -> None:
    with displaying(site, tmp_path, "hall-display") as display:
        display.shown(show(display, 7, "ABCDEFGH1234", "12345678", ("ABCDEFGH1234", "12"), age_s=60))
        display.wait_text("ABCDEFGH1234", NUMBER)
        display.wait_text("→ DESK 12345678", DESK)
        display.wait_text("ABCDEFGH1234 → 12", line(1))
        before = display.screen.bytes_total
        display.edge.raw("show/hall", b'{"epoch":"e1","rev":9}')
        display.edge.raw("show/counter", b'{"epoch":"e1","rev":9,"number":"A","state":"open","announcement":0}')
        display.edge.do("rotate", "c2")
        assert display.edge.hear("rsp") == {"id": "c2", "ok": False, "why": "A hall display cannot do that yet."}
        assert display.screen.bytes_total == before


def test_on_the_matrix(site: Site, tmp_path: Path) -> None:
    with displaying(site, tmp_path, "hall-matrix") as display:
        display.shown(show(display, 0, "", ""))
        display.wait_text("Welcome")
        display.shown(show(display, 7, "A012", "3"))
        display.wait_text("A012→3")
        display.shown(show(display, 8, "A0123456789", "21", age_s=60))
        display.wait_text("A01234567", is_whole=False)
        display.wait_text("→ 21", None, 9)
        display.edge.lost()
        for word in ("STALE", "00:00", "A01234567"):
            display.wait_text(word, None, 9, is_whole=False)
