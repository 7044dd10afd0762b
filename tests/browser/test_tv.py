"""A board on a TV: the tiles of the wallboards, live, and since when they are stale."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from playwright.sync_api import expect as should

from edge import clock
from edge.clock import Played
from edge.facts import BoardLaidOut, QueueOpened
from edge.requests import Configure, IssueTicket, RaiseHelp, TakeNotice
from tests.browser.conftest import NOT_REACHED
from tests.browser.house import House

WITHIN_MS = 200  # from the commit to the page, as the wall is promised


@pytest.fixture
def tv(chromium: Browser, house: House) -> Iterator[Any]:
    pages: list[Page] = []
    wrong: list[str] = []

    def open_board(lang: str = "en", width: int = 1920, height: int = 1080, *, expect: tuple[str, ...] = ()) -> Page:
        page = chromium.new_page(viewport={"width": width, "height": height})
        pages.append(page)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "console",
            lambda m: wrong.append(m.text) if m.type == "error" and not any(e in m.text for e in expect) else None,
        )
        house.bring_in(page)
        page.goto(f"{house.url}/tv/phones?lang={lang}")
        page.wait_for_selector("#tiles[style]")
        return page

    yield open_board
    for page in pages:
        page.close()
    assert wrong == []


def values(page: Page) -> list[str]:
    return page.locator(".value").all_inner_texts()


def test_a_tile_follows_the_floor(house: House, tv: Any) -> None:
    page = tv()
    assert values(page) == ["0", "–", "0"]
    assert page.locator(".label").all_inner_texts() == ["support · Waiting", "Longest wait", "Help wanted"]
    page.evaluate(
        """() => new MutationObserver(() => { window.at ??= performance.timeOrigin + performance.now(); })
        .observe(document.querySelector("[data-key='3'] .value"), {childList: true, characterData: true, subtree: true})"""
    )
    asked_ms = time.time() * 1000
    house.put(RaiseHelp(desk="1"))
    should(page.locator("[data-key='3'] .value")).to_have_text("1")
    took_ms = page.evaluate("window.at") - asked_ms
    print(f"to the TV in {took_ms:.0f} ms (aim {WITHIN_MS})")
    assert took_ms < 10 * WITHIN_MS  # the bench measures; here it must only come by itself
    assert values(page)[2] == "1"
    assert page.locator("[data-key='3']").get_attribute("data-level") == "alarm"


def test_a_wait_counts_and_passes_its_target_by_itself(house: House, tv: Any) -> None:
    page = tv()
    house.put(IssueTicket(contact="A1", queue="support", at_ms=int(time.time() * 1000)))
    longest = page.locator("[data-key='2']")
    should(longest.locator(".value")).to_have_text("00:01")
    assert longest.get_attribute("data-level") == "normal"
    page.wait_for_selector("[data-key='2'][data-level='warn']", timeout=10_000)  # support's target is 3 s


def test_a_day_that_is_played_again_goes_by_its_own_clock(
    house: House, tv: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`floorboard replay-day` tells the web: from then on 60 times as fast, and at its end it stands."""
    day_ms, speed, goes_s = 1_772_640_000_000, 60, 6
    house.kill("web")
    begin_s = time.monotonic() + 3
    monkeypatch.setenv(clock.VARIABLE, json.dumps(Played(begin_s, day_ms, day_ms + 1000 * speed * goes_s, speed)))
    house.start_web()
    page = tv()
    said: list[tuple[float, int]] = []
    while time.monotonic() < begin_s + goes_s + 3:
        hours, minutes, seconds = map(int, page.locator("#clock").inner_text().split(":"))
        said.append((time.monotonic() - begin_s, 3600 * hours + 60 * minutes + seconds))
        time.sleep(0.1)
    first = day_ms // 1000 % 86_400
    for after_s, at_s in said:
        gone_s = min(goes_s, max(0.0, after_s))
        assert abs(at_s - first - speed * gone_s) < speed, f"{after_s:.1f} s after the beginning"
    assert {at_s - first for after_s, at_s in said if after_s > goes_s + 1} == {speed * goes_s}


def test_a_board_has_a_language_of_its_own(house: House, tv: Any) -> None:
    board = BoardLaidOut(at_ms=0, board="phones", title="电话", lang="zh", tiles=("waiting(support)",))
    support = QueueOpened(at_ms=0, queue="support", letter="A", title="Support desk", title_zh="客服")
    house.put(Configure(wanted=(board, support)))
    page = tv()
    page.goto(f"{house.url}/tv/phones")
    should(page.locator(".label")).to_have_text("客服 · 等候")
    page.goto(f"{house.url}/tv/phones?lang=en")
    should(page.locator(".label")).to_have_text("客服 · Waiting")


def test_it_says_since_when_it_is_stale(house: House, tv: Any) -> None:
    page = tv(expect=NOT_REACHED)
    house.kill("core")
    page.wait_for_selector("#stale:not([hidden])", timeout=15_000)
    assert page.locator("#stale").inner_text().startswith("Stale since ")
    house.start_core()
    page.wait_for_selector("#stale", state="hidden", timeout=15_000)
    house.kill("web")
    page.wait_for_selector("#stale:not([hidden])", timeout=15_000)
    assert "old" in (page.locator("body").get_attribute("class") or "")


def test_a_changed_layout_and_one_that_is_gone(house: House, tv: Any) -> None:
    page = tv(expect=("404",))
    house.put(Configure(wanted=(BoardLaidOut(at_ms=0, board="phones", title="Telefone", tiles=("help",)),)))
    should(page.locator(".tile")).to_have_count(1)
    assert page.locator("#title").inner_text() == "Telefone"


def test_a_notice_stands_above_the_tiles_until_its_time_is_over(house: House, tv: Any) -> None:
    page = tv()
    should(page.locator("#notice")).to_be_hidden()
    until_ms = int(time.time() * 1000) + 2_000
    house.put(TakeNotice(lane="l", number=1, id="n1", text="<b>培训</b> 14:00", until_ms=until_ms))
    should(page.locator("#notice")).to_have_text("<b>培训</b> 14:00")
    should(page.locator("#notice")).to_be_hidden(timeout=8_000)


def test_a_board_that_is_not_there(house: House, chromium: Browser) -> None:
    page = chromium.new_page()
    house.bring_in(page)
    answer = page.goto(f"{house.url}/tv/nowhere")
    assert answer is not None
    assert answer.status == 404
    should(page.get_by_role("link", name="phones")).to_have_attribute("href", "/tv/phones?lang=en")
    page.close()


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (1080, 1920), (800, 600)])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_digit_is_cut_on_any_screen(house: House, tv: Any, size: tuple[int, int], lang: str) -> None:
    house.put(IssueTicket(contact="A1", queue="support", at_ms=int(time.time() * 1000) - 4 * 3_600_000))
    page = tv(lang, *size)
    should(page.locator("[data-key='2'] .value")).to_contain_text("4:00")
    heights = page.evaluate("() => [...document.querySelectorAll('.tile')].map((e) => e.clientHeight / innerHeight)")
    assert min(heights) > 0.2, "three tiles fill the screen"
    cut = page.evaluate(
        """() => [...document.querySelectorAll(".figure, .value, .label")].filter((e) => {
            const [inner, outer] = [e.getBoundingClientRect(), e.closest(".tile").getBoundingClientRect()];
            const isWide = e.matches(".figure") && e.scrollWidth > e.clientWidth + 1;
            return isWide || inner.right > outer.right || inner.bottom > outer.bottom + 1;
        }).map((e) => e.textContent.trim())"""
    )
    assert cut == []


KINDS = (
    "service_level",
    "trend(offered, support)",
    "list(queues)",
    "call",
    'notice("Training at 14:00 in the blue room, please be there in time")',
    'qr("https://example.org/q/1", "Leave a number")',
    'ticker("Welcome. Please keep your ticket until you are called; it takes a few minutes. Thank you for your patience.")',
)


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (800, 600)])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_kind_of_tile_has_its_place(house: House, tv: Any, size: tuple[int, int], lang: str) -> None:
    board = BoardLaidOut(at_ms=0, board="phones", title="Kinds", lang=lang, tiles=KINDS)
    support = QueueOpened(at_ms=0, queue="support", letter="A", title="Support desk", title_zh="客服")
    house.put(Configure(wanted=(board, support)))
    house.put(IssueTicket(contact="A1", queue="support", at_ms=int(time.time() * 1000)))
    page = tv(lang, *size)
    should(page.locator(".tile")).to_have_count(len(KINDS))
    should(page.locator("[data-kind='list'] .drawn b").first).to_have_text("1")
    assert page.locator("[data-kind='code'] svg path").get_attribute("d")
    assert page.locator("[data-kind='trend'] svg path").get_attribute("d")
    assert page.locator("[data-kind='ticker'] .text.runs").count() == 1
    widths = page.evaluate("() => [...document.querySelectorAll('.tile')].map((e) => e.clientWidth / innerWidth)")
    assert max(widths) == widths[-1] > 0.9, "a ticker has the whole width"
    cut = page.evaluate(
        """() => [...document.querySelectorAll(".figure, .label, .drawn, [data-kind='notice'] .said")].filter((e) => {
            const [inner, outer] = [e.getBoundingClientRect(), e.closest(".tile").getBoundingClientRect()];
            const isOut = inner.right > outer.right + 1 || inner.bottom > outer.bottom + 1 || inner.top < outer.top - 1;
            return inner.height > 0 && isOut;
        }).map((e) => e.className + " " + e.closest(".tile").dataset.kind)"""
    )
    assert cut == []
