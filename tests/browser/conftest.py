"""A floor with a core, a web and a real Chromium; a page fails its test if its console reports an error."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from edge import parts
from tests.browser.house import House

FLAGS = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync "
    "--disable-dev-shm-usage"
).split()
NOT_REACHED = ("net::ERR_", "503")  # what Chromium itself notes when a test has killed the web or the core

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=parts.find("chromium")[0], args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    try:
        house.start_core()
        house.configure()
        house.start_web()
        yield house
    finally:
        house.close()


@pytest.fixture
def visit(chromium: Browser, house: House) -> Iterator[Open]:
    """visit(lang, width, expect=...): the floor's page, once it is live; `expect` are console errors that the test provokes."""
    pages: list[Page] = []
    wrong: list[str] = []

    def open_page(lang: str = "en", width: int = 1280, *, expect: tuple[str, ...] = ()) -> Page:
        page = chromium.new_page(viewport={"width": width, "height": 800}, locale="en-GB")
        pages.append(page)
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "console",
            lambda m: wrong.append(m.text) if m.type == "error" and not any(e in m.text for e in expect) else None,
        )
        house.bring_in(page)
        page.goto(f"{house.url}/floor?lang={lang}")
        page.wait_for_selector('#state[data-state="live"], #state[data-state="away"]')
        return page

    yield open_page
    for page in pages:
        page.close()
    assert wrong == []
