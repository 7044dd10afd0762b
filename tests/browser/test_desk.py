"""A desk's page does all that the keys do and more; the kiosk issues tickets without a script. In a real Chromium."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from edge import facts as f
from edge import requests as r
from tests.browser.house import House


@pytest.fixture
def page(chromium: Browser, house: House) -> Iterator[Page]:
    page = chromium.new_page(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page.set_default_timeout(10_000)
    house.bring_in(page)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" and "409" not in m.text else None)
    yield page
    page.close()
    assert wrong == []


def tickets(house: House, *queues: str) -> None:
    for queue in queues:
        house.put(r.IssueTicket(queue=queue))


def at_desk(page: Page, house: House, desk: int = 1, lang: str = "en") -> None:
    page.goto(f"{house.url}/desk/{desk}?lang={lang}")
    page.wait_for_selector('#state[data-state="live"]')


def press(page: Page, name: str) -> None:
    """A button by its words; another click follows when the page has taken it."""
    page.wait_for_timeout(650)  # a second click within it is a double click
    page.get_by_role("button", name=name, exact=True).first.click()


def test_a_day_at_a_desk_without_a_desk_unit(page: Page, house: House) -> None:
    tickets(house, "payments", "payments", "payments")
    at_desk(page, house)
    page.locator("select[name=agent]").select_option("Agent1")
    press(page, "Sign in")
    expect(page.locator(".who")).to_have_attribute("data-presence", "not_ready")
    for button, presence, label in (
        ("Ready", "ready", ""),
        ("Next", "called", "C001"),
        ("Call again", "called", "C001"),
        ("The customer has come", "serving", "C001"),
        ("Hold", "hold", "C001"),
        ("Go on", "serving", "C001"),
        ("End, and next", "called", "C002"),
        ("The customer has come", "serving", "C002"),
        ("End, then wrap-up", "wrap_up", "C002"),
        ("Next", "called", "C003"),
        ("Has not come", "ready", ""),
        ("Break", "not_ready", ""),
    ):
        press(page, button)
        expect(page.locator(".who")).to_have_attribute("data-presence", presence)
        expect(page.locator("#mine .label")).to_have_text([label] if label else [])
    assert [a for a in house.facts() if a in ("TicketCalled", "NoShowNoted", "ContactEnded")] == [
        *("TicketCalled", "ContactEnded", "TicketCalled", "ContactEnded", "TicketCalled", "NoShowNoted")
    ]


def test_more_than_the_keys_do(page: Page, house: House) -> None:
    house.put(r.SignIn(agent="Agent1", desk="1"))
    house.put(r.PressKey(desk="1", key="ready"))
    house.put(r.SignIn(agent="Agent2", desk="2"))
    tickets(house, "support", "payments", "payments")
    at_desk(page, house)
    page.locator("#lines li", has_text="C002").get_by_role("button", name="Call").click()  # a chosen one
    expect(page.locator("#mine .label")).to_have_text("C002")
    page.locator("select[name=to]").select_option("queue:support")
    page.locator("select[name=place]").select_option("front")
    press(page, "Move")
    expect(page.locator("#mine .label")).to_have_count(0)
    expect(page.locator(".line", has_text="support").locator("li b")).to_have_text(["C002", "A001"])
    press(page, "Next")
    expect(page.locator("#mine .label")).to_have_text("C001")
    press(page, "Park")
    expect(page.locator(".line", has_text="Parked").locator("li b")).to_have_text("C001")
    press(page, "Bring back")
    expect(page.locator(".line", has_text="payments").locator("li b").first).to_have_text("C001")


def test_a_refusal_is_said_in_the_pages_language(page: Page, house: House) -> None:
    house.put(r.SignIn(agent="Agent3", desk="1"))
    house.put(r.PressKey(desk="1", key="ready"))
    at_desk(page, house, lang="zh")
    press(page, "下一位")
    expect(page.locator("#answer")).to_have_text("无人等候。")


def test_what_was_chosen_stays_while_the_floor_goes_on(page: Page, house: House) -> None:
    house.put(r.SignIn(agent="Agent1", desk="1"))
    tickets(house, "payments")
    house.put(r.CallTicket(desk="1", ticket="C001"))
    at_desk(page, house)
    page.locator("select[name=to]").select_option("desk:3")
    page.locator("select[name=back_s]").focus()
    house.put(r.PressKey(desk="1", key="ready"))
    expect(page.locator(".who")).to_have_attribute("data-presence", "serving")
    expect(page.locator("select[name=to]")).to_have_value("desk:3")
    expect(page.locator("select[name=back_s]")).to_be_focused()


def test_a_desk_that_is_not_there(page: Page, house: House) -> None:
    answer = page.request.get(f"{house.url}/desk/99")
    assert answer.status == 404


# The kiosk


def open_doors(house: House) -> None:
    """One more, with a single place, and somebody for it. What is no agent's has no door."""
    loans = f.QueueOpened(queue="loans", letter="L", places=1, skill="loans", at_ms=0)
    house.configure(more=(loans, f.AgentMet(agent="Agent9", skills={"loans": 1}, at_ms=0)))


def test_a_visitor_takes_a_ticket(page: Page, house: House) -> None:
    open_doors(house)
    tickets(house, "payments", "loans")
    house.wait_web(lambda: "is full" in page.request.get(f"{house.url}/kiosk?lang=en").text())
    page.goto(f"{house.url}/kiosk?lang=en")
    buttons = page.locator(".doors button")
    expect(buttons).to_have_count(2)
    expect(buttons.last).to_be_disabled()
    expect(buttons.last).to_contain_text("loans is full: 1 are waiting.")
    buttons.first.click()
    page.wait_for_url("**/kiosk/tickets/**")
    expect(page.locator(".label")).to_have_text("C002")
    expect(page.locator("main")).to_contain_text("1 before you")
    house.put(r.SignIn(agent="Agent1", desk="1"))
    house.put(r.CallTicket(desk="1", ticket="C002"))
    house.wait_web(lambda: "Please go to desk 1" in page.request.get(page.url).text())
    assert (
        next(fact for fact in house.journal() if isinstance(fact, f.TicketIssued) and fact.label == "C002").lang == "en"
    )


def test_a_button_pressed_twice_gives_one_ticket(page: Page, house: House) -> None:
    open_doors(house)
    page.goto(f"{house.url}/kiosk?lang=zh")
    key = page.locator("input[name=key]").get_attribute("value")
    assert key
    form = {"queue": "payments", "lang": "zh", "key": key, "csrf": house.csrf()}
    for _ in range(2):
        answer = page.request.post(f"{house.url}/kiosk/tickets", form=form, headers={"Origin": house.url})
        assert "您的号码" in answer.text()
    assert house.facts().count("TicketIssued") == 1


def test_a_refused_visitor_reads_why(page: Page, house: House) -> None:
    open_doors(house)
    page.goto(f"{house.url}/kiosk?lang=zh")
    house.put(r.ShutQueue(queue="payments"))
    page.locator(".doors button").first.click()
    expect(page.locator(".banner")).to_have_text("未能取号: payments 目前不再取号。")


def test_another_page_cannot_take_tickets(page: Page, house: House) -> None:
    open_doors(house)
    answer = page.request.post(
        f"{house.url}/kiosk/tickets",
        form={"queue": "payments", "csrf": house.csrf()},
        headers={"Origin": "http://elsewhere.example"},
    )
    assert answer.status == 403
    assert "TicketIssued" not in house.facts()
