"""The page of virtual boards: lamps and pictures of real firmware, keys that are held and let go, plugs that are pulled."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page
from playwright.sync_api import expect as should

from edge.commands.house import House, free_port, pin


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with House(2, 2, 1) as house:
        house.page = house.box.serve_page(free_port(), {"desk-1": "PIN 1 1 1 1 1 2"})  # type: ignore[attr-defined]
        yield house


@pytest.fixture
def page(house: House, chromium: Browser) -> Iterator[Page]:
    wrong: list[str] = []
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    page.goto(house.page + "?lang=en")  # type: ignore[attr-defined]
    page.wait_for_selector("[data-board='desk-1'] .lamp i.lit")
    yield page
    page.close()
    assert wrong == []


def board(page: Page, name: str) -> Any:
    return page.locator(f"[data-board='{name}']")


def test_keys_are_pressed_with_a_finger_and_the_lamp_answers(house: House, page: Page) -> None:
    desk = board(page, "desk-1")
    should(desk.locator(".note")).to_have_text("PIN 1 1 1 1 1 2")
    keys = ("ready", "break", "wrap_up", "next", "recall")
    for entered, digit in enumerate(pin(1), 1):
        desk.locator(f"[data-key='{keys[int(digit) - 1]}']").click(delay=60)
        if entered < 6:
            house.boards[1].wait_lamp(lambda view, n=entered: view.digits == n, 10)  # type: ignore[misc]
    house.boards[1].wait_confirmed("not_ready", 10)
    desk.locator("[data-key='ready']").click(delay=60)
    house.boards[1].wait_confirmed("ready", 10)
    should(desk.locator(".lamp i").nth(2)).to_have_class("lit")
    should(desk.locator(".says")).to_have_text("Ready")
    lit = [pixel.get_attribute("class") == "lit" for pixel in desk.locator(".lamp i").all()]
    assert lit == [False, True, True, True, False, False, False, False]
    desk.locator("[data-key='help']").click(delay=1000)  # held: silent, and only supervisors see it
    should(desk.locator(".says")).to_have_text("Ready")
    should(page.locator("#lost")).to_be_hidden()
    helps = [help["help"] for help in house.get("/api/floor")["help"]]
    assert helps == ["safety"]


def test_what_a_call_shows_on_the_counter_display(house: House, page: Page) -> None:
    counter = board(page, "counter-1").locator(".screen")
    should(counter).to_be_visible()
    house.sign_in(2)
    house.boards[2].press("ready")
    house.ask(ask="IssueTicket", contact="A7", queue="payments")
    house.boards[2].press("next")
    house.boards[2].wait_confirmed("called", 10)
    shown = board(page, "counter-2").locator(".screen")
    should(shown).to_be_visible()
    with urllib.request.urlopen(f"{house.page}board/counter-2/screen.png") as answer:  # type: ignore[attr-defined]
        picture = Image.open(BytesIO(answer.read()))
    assert picture.getbbox()
    for name, faults in ((name, each.faults) for name, each in house.box.boards.items()):
        assert faults == [], name


def test_a_plug_is_pulled_and_put_back(house: House, page: Page) -> None:
    wall = board(page, "wall-1")
    wall.get_by_role("button", name="Pull the plug").click()
    should(wall).to_have_class("off")
    assert not house.box.boards["wall-1"].is_on
    wall.get_by_role("button", name="Plug in").click()
    should(wall).not_to_have_class("off")
    house.box.boards["wall-1"].wait_console("boot 2", 10)


def test_a_page_that_hears_nothing_says_so_and_comes_back(house: House, chromium: Browser) -> None:
    """Each answer of the stream is an error for a while, as from a proxy: the browser's own EventSource gives up on that."""
    page = chromium.new_page()
    page.route("**/live?*", lambda route: route.fulfill(status=502))
    page.goto(house.page + "?lang=en")  # type: ignore[attr-defined]
    should(page.locator("#lost")).to_be_visible(timeout=10_000)
    page.unroute("**/live?*")
    should(page.locator("#lost")).to_be_hidden(timeout=10_000)
    page.wait_for_selector("[data-board='desk-1'] .lamp i.lit")
    page.close()


@pytest.mark.parametrize(
    ("path", "body", "origin", "code"),
    [
        ("board/desk-1/level", {"key": "ready", "level": 1}, "http://evil.example", 403),
        ("board/desk-1/power", {"on": False}, "http://evil.example", 403),
        ("board/desk-1/level", {"key": "self-destruct", "level": 1}, None, 400),
        ("board/desk-1/level", {"key": "ready", "level": 7}, None, 400),
        ("board/desk-1/level", [1], None, 400),
        ("board/nobody/level", {"key": "ready", "level": 1}, None, 404),
    ],
)
def test_nonsense_and_other_pages_are_refused(
    house: House, path: str, body: Any, origin: str | None, code: int
) -> None:
    url: str = house.page  # type: ignore[attr-defined]
    headers = {"Content-Type": "application/json", "Origin": origin or url.rstrip("/")}
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(url + path, json.dumps(body).encode(), headers), timeout=5)
    assert refused.value.code == code


def test_in_chinese_nothing_is_left_in_english(house: House, page: Page) -> None:
    page.goto(house.page + "?lang=zh")  # type: ignore[attr-defined]
    says = board(page, "desk-2").locator(".says")
    should(says).not_to_be_empty()
    words = page.locator("h1, h2 small, header p, .keys button, footer, .says").all_inner_texts()
    assert words
    assert not [word for word in words if any("a" <= c.lower() <= "z" for c in word.replace("English", ""))]
