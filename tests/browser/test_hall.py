"""A hall's page for a TV: each call its turn, its flash and its words, once, whatever comes between."""

import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route
from playwright.sync_api import expect as should

from edge.facts import BoardLaidOut
from edge.hall import HALL_SHOWN_MS
from edge.requests import ChangePresence, IssueTicket, PressKey, SignIn
from tests.browser.conftest import NOT_REACHED
from tests.browser.house import House
from tests.system.test_devices import until

SHOWN_MS = 800  # of each call, where a test would wait too long else
WATCH = """
window.spoken = []; window.seen = []; window.flashes = 0;
const speech = {
  speak(said) { window.spoken.push([said.text, said.lang]); setTimeout(() => said.onend(), 50); },
  cancel() {},
};
Object.defineProperty(window, "speechSynthesis", {value: speech});
addEventListener("DOMContentLoaded", () => {
  const call = document.getElementById("call");
  if (!call) return;
  const note = () => window.seen.at(-1)?.[0] !== call.dataset.id && window.seen.push([call.dataset.id, performance.now()]);
  new MutationObserver(note).observe(call, {attributes: true});
  call.addEventListener("animationstart", (event) => event.target === call && window.flashes++);
});
"""
TILES = ("waiting(payments)", "longest_wait(payments)")


@pytest.fixture
def house(house: House) -> House:
    boards = [("hall", "Welcome", "en"), ("zh", "欢迎光临", "zh")]
    laid = [BoardLaidOut(at_ms=0, board=b, title=title, tiles=TILES, lang=lang) for b, title, lang in boards]  # type: ignore[arg-type]
    house.configure(more=tuple(laid))
    house.wait_web(lambda: "/hall/zh" in _boards(house))
    return house


def _boards(house: House) -> str:
    with urllib.request.urlopen(house.request("/boards"), timeout=5) as answer:
        return str(answer.read(), "utf-8")


@pytest.fixture
def hall(chromium: Browser, house: House) -> Iterator[Callable[..., Page]]:
    pages: list[Page] = []
    wrong: list[str] = []

    def quicker(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(
            response=answer, body=answer.text().replace('data-shown-ms="5000"', f'data-shown-ms="{SHOWN_MS}"')
        )

    def open_hall(
        board: str = "hall", width: int = 1920, height: int = 1080, *, whole: bool = False, expect: tuple[str, ...] = ()
    ) -> Page:
        page = chromium.new_page(viewport={"width": width, "height": height})
        pages.append(page)
        page.add_init_script(WATCH)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "console",
            lambda m: wrong.append(m.text) if m.type == "error" and not any(e in m.text for e in expect) else None,
        )
        if not whole:
            page.route(f"{house.url}/hall/*", quicker)
        house.bring_in(page)
        page.goto(f"{house.url}/hall/{board}")
        page.wait_for_selector("#tiles[style]")
        return page

    yield open_hall
    for page in pages:
        page.close()
    assert wrong == []


def call(house: House, desk: int) -> None:
    """Whoever waits first is called to that desk."""
    now_ms = int(time.time() * 1000)
    if house.put(SignIn(agent=f"Agent{desk}", desk=str(desk), at_ms=now_ms)).startswith("["):
        house.put(ChangePresence(agent=f"Agent{desk}", presence="ready", at_ms=now_ms))
    house.put(IssueTicket(queue="payments", at_ms=now_ms))
    house.put(PressKey(desk=str(desk), key="next", at_ms=int(time.time() * 1000)))


def recall(house: House, desk: int) -> None:
    house.put(PressKey(desk=str(desk), key="recall", at_ms=int(time.time() * 1000)))


def seen(page: Page) -> list[str]:
    return [id for id, _ in page.evaluate("window.seen") if id != "0"]


def lines(page: Page) -> list[str]:
    return [text.replace("\n", " ") for text in page.locator("#lines li").all_inner_texts()]


def test_a_call_its_desk_and_the_last_called(house: House, hall: Any) -> None:
    page = hall()
    should(page.locator("#nobody")).to_have_text("Your number will stand here when it is called.")
    should(page.locator("#before")).to_be_hidden()
    for desk in (1, 2):
        call(house, desk)
    should(page.locator("#number")).to_have_text("C002")
    should(page.locator("#desk")).to_have_text("→ Desk 2")
    should(page.locator("#nobody")).to_be_hidden()
    assert lines(page) == ["C001 → Desk 1"]
    assert page.locator("#tiles .value").first.inner_text() == "0"
    assert page.locator("#title").inner_text() == "Welcome"


def test_four_at_once_are_all_shown_each_for_its_time(house: House, hall: Any) -> None:
    page = hall()
    for desk in (1, 2, 3, 4):
        call(house, desk)
    page.wait_for_selector("#call[data-id='4']", timeout=15_000)
    at = dict(page.evaluate("window.seen"))
    assert seen(page) == ["1", "2", "3", "4"]
    assert all(at[str(n + 1)] - at[str(n)] >= SHOWN_MS - 20 for n in (1, 2, 3))
    page.wait_for_timeout(2 * SHOWN_MS)
    should(page.locator("#number")).to_have_text("C004")  # the last one stays


def test_its_time_is_five_seconds(house: House, hall: Any) -> None:
    page = hall(whole=True)
    for desk in (1, 2):
        call(house, desk)
    page.wait_for_selector("#call[data-id='2']", timeout=15_000)
    at = dict(page.evaluate("window.seen"))
    assert HALL_SHOWN_MS - 50 < at["2"] - at["1"] < HALL_SHOWN_MS + 1_500


@pytest.mark.parametrize(
    ("board", "lang", "said"),
    [("hall", "en-GB", "C001, desk 1"), ("zh", "zh-CN", "请 C001 到 1 号柜台")],
)
def test_each_announcement_is_spoken_once_when_somebody_wants_it(
    house: House, hall: Any, board: str, lang: str, said: str
) -> None:
    page = hall(board)
    call(house, 2)
    page.wait_for_selector("#call[data-id='1']")
    page.wait_for_timeout(1_500)
    assert page.evaluate("window.spoken") == [], "nobody has clicked yet"
    page.locator("#sound").click()
    assert page.locator("#sound").get_attribute("aria-pressed") == "true"
    should(page.locator("#sound")).to_have_text("Sound off" if lang == "en-GB" else "关闭声音")
    call(house, 1)
    recall(house, 2)
    page.wait_for_selector("#call[data-id='3']", timeout=15_000)
    until(lambda: len(page.evaluate("window.spoken")) >= 2)
    page.wait_for_timeout(1_500)
    first, second = said.replace("C001", "C002"), said.replace("desk 1", "desk 2").replace("1 号", "2 号")
    assert page.evaluate("window.spoken") == [[first, lang], [second, lang]]
    page.locator("#sound").click()
    recall(house, 1)
    page.wait_for_selector("#call[data-id='4']", timeout=15_000)
    page.wait_for_timeout(1_500)
    assert len(page.evaluate("window.spoken")) == 2


def test_a_recall_flashes_again(house: House, hall: Any) -> None:
    page = hall()
    call(house, 1)
    page.wait_for_selector("#call[data-id='1']")
    until(lambda: page.evaluate("window.flashes") == 1)
    recall(house, 1)
    page.wait_for_selector("#call[data-id='2']")
    until(lambda: page.evaluate("window.flashes") == 2)
    should(page.locator("#number")).to_have_text("C001")
    assert lines(page) == []


def test_none_is_left_out_or_repeated_when_the_connection_was_lost(house: House, hall: Any) -> None:
    page = hall(expect=NOT_REACHED)
    call(house, 1)
    page.wait_for_selector("#call[data-id='1']")
    house.kill("web")
    page.wait_for_selector("#stale:not([hidden])", timeout=15_000)
    for desk in (2, 3):
        call(house, desk)
    house.start_web()
    page.wait_for_selector("#stale", state="hidden", timeout=15_000)
    page.wait_for_selector("#call[data-id='3']", timeout=15_000)
    assert seen(page) == ["1", "2", "3"]
    page.wait_for_timeout(2 * SHOWN_MS)
    assert page.evaluate("window.flashes") == 3


def test_a_page_loaded_anew_goes_on_where_it_was(house: House, hall: Any) -> None:
    page = hall(whole=True)
    for desk in (1, 2, 3):
        call(house, desk)
    page.wait_for_selector("#call[data-id='2']", timeout=15_000)
    page.reload()
    should(page.locator("#number")).to_have_text("C002")
    assert lines(page) == ["C001 → Desk 1"]
    page.wait_for_selector("#call[data-id='3']", timeout=15_000)
    assert seen(page) == ["2", "3"]
    until(lambda: page.evaluate("window.flashes") == 1)


def test_a_screen_that_comes_late_begins_with_what_is_new(house: House, hall: Any) -> None:
    call(house, 1)
    time.sleep(HALL_SHOWN_MS / 1000 + 0.2)
    for desk in (2, 3):
        call(house, desk)
    page = hall(whole=True)
    page.wait_for_selector("#call[data-id='3']", timeout=15_000)
    assert seen(page)[-2:] == ["2", "3"]
    assert page.evaluate("window.flashes") == 2


def test_language_and_a_board_that_is_not_there(house: House, hall: Any, chromium: Browser) -> None:
    page = hall("zh")
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    should(page.locator("#nobody")).to_have_text("叫到您时，您的号码会显示在这里。")
    other = chromium.new_page()
    house.bring_in(other)
    other.goto(f"{house.url}/hall/zh?lang=en")
    should(other.locator("#nobody")).to_have_text("Your number will stand here when it is called.")
    answer = other.goto(f"{house.url}/hall/nowhere")
    assert answer is not None
    assert answer.status == 404
    should(other.get_by_role("link", name="hall")).to_have_attribute("href", "/hall/hall?lang=en")
    other.close()


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (1080, 1920), (800, 600)])
@pytest.mark.parametrize("board", ["hall", "zh"])
def test_nothing_is_cut_on_any_screen(house: House, hall: Any, size: tuple[int, int], board: str) -> None:
    for desk in (1, 2, 3, 4):
        call(house, desk)
    page = hall(board, *size)
    page.wait_for_selector("#call[data-id='4']", timeout=15_000)
    should(page.locator("#lines li")).to_have_count(3)
    large = page.evaluate("parseFloat(getComputedStyle(document.getElementById('number')).fontSize) / innerHeight")
    assert large > 0.11, "readable from afar"
    cut = page.evaluate(
        """() => [...document.querySelectorAll("#number, #desk, #lines b, #lines span, #title, #tiles .value")].filter((e) => {
            const around = e.closest("#call, li, header, .tile").getBoundingClientRect(), own = e.getBoundingClientRect();
            const isOut = own.left < around.left || own.right > around.right + 1 || own.bottom > around.bottom + 1;
            return isOut || e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflow === "hidden";
        }).map((e) => e.textContent.trim())"""
    )
    assert cut == []
