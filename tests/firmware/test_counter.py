"""The counter display on its bench, as picture and as LED matrix."""

import json
import time
from itertools import pairwise
from pathlib import Path

import pytest

from tests.firmware.bench import Site
from tests.firmware.displays import displaying, still
from tests.firmware.reading import reads

UPPER, LOWER = (10, 10, 300, 162), (10, 182, 300, 48)
WHOLE = (0, 0, 320, 240)
RESET_CODE = 3  # of a virtual board whose chip was reset by its firmware
STATES = [("closed", "", "CLOSED", None), ("open", "", "OPEN", None), ("serving", "A042", "A042", "SERVING")]


def test_number_and_state_on_the_picture(site: Site, tmp_path: Path) -> None:
    with displaying(site, tmp_path, "counter-display") as display:
        display.wait_text("EDGE LOST", UPPER)
        display.wait_text(display.edge.name, LOWER)
        colours = set()
        for state, number, above, below in STATES:
            rev = display.counter(number, state)
            shown = display.shown(rev)
            assert shown["draw_ms"] < 1_000
            display.wait_text(above, UPPER if below else WHOLE)
            if below:
                display.wait_text(below, LOWER)
            rgb = display.screen.rgb()
            colours.add(frozenset(rgb[i : i + 3] for i in range(0, 3 * 320 * 172, 3)))
        assert len(colours) == len(STATES)
        for state, word in (
            ("serving", "服务中"),
            ("called", "请到本柜台"),
            ("closed", "暂停服务"),
            ("away", "暂时离开"),
        ):
            display.shown(display.counter("" if state in ("closed", "away") else "A042", state, lang="zh"))
            display.wait_text(word)
        assert still(display, 1.2)
        display.edge.lost()
        display.wait_text("失去连接")


def test_a_call_flashes_at_two_hertz(site: Site, tmp_path: Path) -> None:
    with displaying(site, tmp_path, "counter-display") as display:
        display.counter("B7", "called")
        display.wait_text("B7", UPPER)
        grounds, end = [display.pixel(12, 184)], time.monotonic() + 2.0
        while time.monotonic() < end:
            if display.pixel(12, 184) != grounds[-1]:
                grounds.append(display.pixel(12, 184))
            time.sleep(0.01)
        assert 7 <= len(grounds) <= 10
        for _ in range(5):  # at every moment
            assert reads(display.screen, "B7", UPPER) or display.wait_text("B7", UPPER, 0.2)
            assert reads(display.screen, "CALLED", LOWER) or display.wait_text("CALLED", LOWER, 0.2)
        display.counter("B7", "serving")
        display.wait_text("SERVING", LOWER)
        assert still(display, 1)


def test_a_recall_flashes_anew(site: Site, tmp_path: Path) -> None:
    def is_light() -> bool:
        return display.pixel(12, 12) != bytes(3)

    def lights(for_s: float) -> int:
        """How often the number's ground turns light; the number stands there all the while."""
        seen, end = [is_light()], time.monotonic() + for_s
        while time.monotonic() < end:
            seen.append(is_light())
            time.sleep(0.01)
        display.wait_text("B7", UPPER)
        return sum(now and not before for before, now in pairwise([False, *seen]))

    with displaying(site, tmp_path, "counter-display") as display:
        display.counter("B7", "called", announcement=4)
        display.wait_text("B7", UPPER)
        assert 5 <= lights(4) <= 7
        assert lights(0.7) == 0, "the call goes on"
        display.shown(display.counter("B7", "called", announcement=4))
        assert lights(0.7) == 0, "it is still the same call"
        display.shown(display.counter("B7", "called", announcement=9))
        assert lights(0.7) >= 1, "a recall"


@pytest.mark.parametrize("hardware", ["counter-display", "counter-matrix"])
def test_no_number_without_the_edge_or_of_another_epoch(site: Site, tmp_path: Path, hardware: str) -> None:
    is_row = hardware == "counter-matrix"
    lost = "EDGE" if is_row else "EDGE LOST"
    with displaying(site, tmp_path, hardware) as display:
        display.shown(display.counter("A042", "serving"))
        display.wait_text("A042")
        display.edge.lost()
        display.wait_text(lost)
        display.counter("A043", "serving", epoch="e0")
        display.edge.beat()
        display.wait_text(lost)
        assert display.edge.hears_nothing("shown", 0.5)
        display.wait_text(lost)
        display.counter("A043", "serving")
        display.wait_text("A043")


def test_only_what_changed_goes_over_the_bus(site: Site, tmp_path: Path) -> None:
    with displaying(site, tmp_path, "counter-display") as display:
        display.shown(display.counter("A042", "serving"))
        display.wait_text("SERVING", LOWER)  # the bench may be behind the bus
        before = display.screen.bytes_total
        display.shown(display.counter("A043", "serving"))
        display.wait_text("A043", UPPER)
        assert display.screen.bytes_total - before < 20_000  # one of four figures
        before = display.screen.bytes_total
        display.edge.rev -= 1
        display.shown(display.counter("A043", "serving"))  # sent again: confirmed again, not drawn again
        assert display.screen.bytes_total == before


def test_missing_glyph_and_long_number(site: Site, tmp_path: Path) -> None:
    with displaying(site, tmp_path, "counter-display") as display:
        for number in ("äB1", "ABCDEFGH1234"):
            display.counter(number, "serving")
            display.wait_text(number, UPPER)


def test_on_the_matrix(site: Site, tmp_path: Path) -> None:
    with displaying(site, tmp_path, "counter-matrix") as display:
        for state, number, text in (("open", "", "OPEN"), ("closed", "", "SHUT"), ("serving", "A042", "A042")):
            display.shown(display.counter(number, state))
            display.wait_text(text)
        display.counter("B7", "called")
        at = [display.wait_text(text) for text in ("B7", "", "B7", "", "B7")]
        assert 0.8 < at[4] - at[0] < 1.3
        display.counter("A12345", "serving")  # too long for one row: it runs, no figure cut
        display.wait_text("A123", is_whole=False)
        display.wait_text("2345")
        display.edge.do("identify")
        assert display.edge.hear("rsp")["ok"] is True
        display.wait_text(display.edge.name[:4], is_whole=False)
        display.edge.do("rotate", "c2")
        assert display.edge.hear("rsp") == {"id": "c2", "ok": False, "why": "A counter display cannot do that yet."}


def test_nonsense_changes_nothing_on_the_glass(site: Site, tmp_path: Path) -> None:
    good = {"epoch": "e1", "rev": 2, "number": "A1", "state": "open", "announcement": 0, "lang": "en"}
    bad = ({}, {**good, "state": "shut"}, {**good, "number": 7}, {**good, "rev": -1}, {**good, "number": "x" * 99})
    with displaying(site, tmp_path, "counter-display", "import wire; wire.HEALTH_MS = 1000") as display:
        display.shown(display.counter("A042", "serving"))
        display.wait_text("SERVING", LOWER)
        before = display.screen.bytes_total
        for fields in bad:
            display.edge.raw("show/counter", json.dumps(fields).encode())
        display.edge.raw("show/counter", b"[" * 900)
        display.edge.raw("show/lamp", json.dumps(good).encode())
        end = time.monotonic() + 5
        while (health := display.edge.hear("health"))["dropped"] < len(bad) + 2 and time.monotonic() < end:
            pass
        assert health["dropped"] == len(bad) + 2
        assert display.screen.bytes_total == before
        display.counter("A043", "serving")
        display.wait_text("A043", UPPER)


def test_restart_is_answered_and_then_done(site: Site, tmp_path: Path) -> None:
    with displaying(site, tmp_path, "counter-matrix") as display:
        display.edge.do("restart", "r1")
        assert display.edge.hear("rsp") == {"id": "r1", "ok": True, "why": ""}
        assert display.process.wait(5) == RESET_CODE
