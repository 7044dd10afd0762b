"""Dispenser and rating pad on their benches: one press is one ticket, one ticket one rating; and what they say to none."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.firmware.bench import Site
from tests.firmware.displays import Display, displaying

NOTHING = {"boot": 0, "seq": 0, "verdict": "none", "why": "", "number": "", "title": "", "ahead": 0, "wait_min": None}


def dispenser(display: Display, **changes: Any) -> int:
    return display.show("show/dispenser", **{**NOTHING, "lang": "en", "doors": 2, "slip": False, **changes})


def doors(display: Display, **changes: Any) -> None:
    door = {"title": "Payments", "state": "open", "opens": "", "waiting": 3, "wait_min": 4}
    display.show("show/door/1", **door)
    display.show("show/door/2", **{**door, "title": "Loans", "waiting": 0, "wait_min": None, **changes})


def rating(display: Display, ask: int, **changes: Any) -> int:
    fields = {"lang": "en", "ask": ask, "number": "A017" if ask else "", "age_s": 0 if ask else None}
    return display.show("show/rating", **{**fields, "boot": 0, "seq": 0, "verdict": "none", **changes})


def lit(display: Display) -> str:
    return "".join("#" if any(pixel) else "." for pixel in display.face.lamp or ())


def until(true: Callable[[], object], timeout_s: float = 4) -> None:
    end = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def boot(display: Display) -> int:
    return int(display.edge.hear("ev")["boot"])


def test_a_press_becomes_a_number_and_a_chime(site: Site, tmp_path: Path) -> None:
    with displaying(site, tmp_path, "dispenser", "import roles.dispenser as d; d.TICKET_MS = 900") as display:
        edge, face = display.edge, display.face
        dispenser(display)
        doors(display)
        until(lambda: lit(display) == "##......")
        edge.hear("shown")
        for _ in range(3):  # a nervous finger
            face.press("1", gap_ms=60)
        event = edge.hear("ev")
        assert (event["kind"], event["door"], event["seq"]) == ("take", 1, 1)
        assert event["age_ms"] < 1000
        until(lambda: lit(display) == ".....#..")
        face.press("2")  # another wish, but the first is not answered yet
        assert edge.hears_nothing("ev", 0.3)
        edge.ack(event["boot"], 1)
        rev = dispenser(display, boot=event["boot"], seq=1, verdict="done", number="A017", title="Payments", ahead=3)
        until(lambda: lit(display) == "########")
        assert face.buzzer and [hz for _, hz in list(face.buzzer.history) if hz][:1] == [784]
        assert display.shown(rev)
        until(lambda: lit(display) == "##......")
        time.sleep(0.3)
        dispenser(display, boot=event["boot"], seq=1, verdict="done", number="A017", title="Payments", ahead=2)
        assert lit(display) == "##......", "an answer is shown once"
        face.press("2")
        assert edge.hear("ev")["door"] == 2


def test_what_gives_no_ticket_is_said(site: Site, tmp_path: Path) -> None:
    with displaying(site, tmp_path, "dispenser", "import roles.dispenser as d; d.NO_MS = 600") as display:
        dispenser(display)
        doors(display, state="closed", opens="09:00")
        until(lambda: lit(display) == "#.......")
        display.face.press("2")
        event = display.edge.hear("ev")
        display.edge.ack(event["boot"], 1)
        seen: set[str] = set()
        dispenser(display, boot=event["boot"], seq=1, verdict="refused", why="Loans is closed; it opens at 09:00.")
        until(lambda: seen.add(lit(display)[:5]) or seen >= {"#..##", ".##.."})
        until(lambda: lit(display) == "#.......")


def test_without_the_edge_there_is_no_press_to_be_lost_or_doubled(site: Site, tmp_path: Path) -> None:
    with displaying(site, tmp_path, "dispenser") as display:
        dispenser(display)
        doors(display)
        until(lambda: lit(display) == "##......")
        display.edge.lost()
        until(lambda: lit(display)[:5] in ("##..#", "..##."))
        for key in "1212":
            display.face.press(key)
        time.sleep(0.3)  # the last of them is seen before the edge is back
        display.edge.beat()
        until(lambda: lit(display) == "##......")
        assert display.edge.hears_nothing("ev", 0.5)
        display.face.press("1")
        assert display.edge.hear("ev")["seq"] == 1


def test_one_rating_for_what_is_asked(site: Site, tmp_path: Path) -> None:
    with displaying(site, tmp_path, "rating-pad", "import roles.rating as r; r.THANKS_MS = 1200") as display:
        edge, face = display.edge, display.face
        rev = rating(display, 0)
        display.shown(rev)
        face.press("5")
        assert edge.hears_nothing("ev", 0.2), "nobody is asked"
        rating(display, 7)
        until(lambda: lit(display) == "#####...")
        for key in "45":
            face.press(key)
        event = edge.hear("ev")
        assert (event["kind"], event["ask"], event["score"]) == ("rate", 7, 4)
        until(lambda: lit(display) == "########")
        edge.ack(event["boot"], 1)
        rating(display, 0, boot=event["boot"], seq=1, verdict="done")
        until(lambda: lit(display) == "........")
        assert edge.hears_nothing("ev", 0.2)
        rating(display, 8)
        edge.lost()
        until(lambda: lit(display)[:5] in ("##..#", "..##."))
        face.press("1")
        edge.beat()
        event = edge.hear("ev")
        assert (event["ask"], event["score"], event["seq"]) == (8, 1, 2), "it is kept for its own ticket"
        assert event["age_ms"] is not None


def test_a_question_that_nobody_answers_goes_to_sleep(site: Site, tmp_path: Path) -> None:
    with displaying(site, tmp_path, "rating-pad") as display:
        rating(display, 7, age_s=58)
        until(lambda: lit(display) == "#####...")
        until(lambda: lit(display) == "........")
        rating(display, 8, age_s=0, lang="zh")
        until(lambda: lit(display) == "#####...")


@pytest.mark.parametrize("hardware", ["dispenser", "rating-pad"])
def test_identify_and_self_test(site: Site, tmp_path: Path, hardware: str) -> None:
    with displaying(site, tmp_path, hardware, "import station; station.IDENTIFY_MS = 500") as display:
        display.edge.do("identify", "i1")
        assert display.edge.hear("rsp") == {"id": "i1", "ok": True, "why": ""}
        until(lambda: lit(display) == "########")
        time.sleep(0.6)
        display.edge.do("selftest", "s1")
        answer = display.edge.hear("rsp", 10)
        assert answer["ok"] and "keys, lamp, screen" in answer["why"], answer


def test_a_counter_display_rings_once_for_each_announcement(site: Site, tmp_path: Path) -> None:
    with displaying(site, tmp_path, "counter-display", heap_kb=144) as display:
        for announcement, state in ((3, "called"), (3, "called"), (0, "serving"), (4, "called"), (4, "called")):
            display.shown(display.counter("A017" if announcement else "", state, announcement=announcement))
        heard: list[int] = []

        def rung() -> int:
            assert display.face.buzzer
            heard[:] = [hz for _, hz in list(display.face.buzzer.history) if hz]
            return len(heard) >= 2 and display.face.buzzer.tone is None

        until(rung)
        time.sleep(0.6)
        rung()
        assert heard == [784, 587], "what stood there at the start has rung before, and what is sent again is no call"
