"""A desk's page does all that the keys do and more; the kiosk issues tickets without a script. In a real Chromium."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from edge import facts as f
from edge import requests as r
from edge.identity import hide
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
    house.put(r.PressKey(desk="1", key="ready"))
    tickets(house, "payments")
    house.put(r.CallTicket(desk="1", ticket="C001"))
    at_desk(page, house)
    page.locator("select[name=to]").select_option("desk:3")
    page.locator("input[name=back_s]").fill("40")
    house.put(r.PressKey(desk="1", key="ready"))
    expect(page.locator(".who")).to_have_attribute("data-presence", "serving")
    expect(page.locator("select[name=to]")).to_have_value("desk:3")
    expect(page.locator("input[name=back_s]")).to_have_value("40")
    expect(page.locator("input[name=back_s]")).to_be_focused()


def test_one_signs_in_by_pin(page: Page, house: House) -> None:
    (house.state / "site.key").write_text("a key of tests")
    house.configure(
        more=(f.AgentMet(agent="Agent9", name="Nina", pin_key=hide(house.state, "pin", "123451"), at_ms=0),)
    )
    at_desk(page, house)
    for pin, said in (("111111", "No agent has this PIN."), ("123451", "")):
        page.get_by_label("PIN").fill(pin)
        page.wait_for_timeout(650)
        page.get_by_role("button", name="Sign in by PIN").click()
        expect(page.locator("#answer")).to_have_text(said)
    expect(page.locator(".who .name")).to_contain_text("Nina")


def test_nothing_is_moved_before_it_is_said_where_to(page: Page, house: House) -> None:
    house.put(r.SignIn(agent="Agent1", desk="1"))
    house.put(r.PressKey(desk="1", key="ready"))
    tickets(house, "payments")
    house.put(r.CallTicket(desk="1", ticket="C001"))
    at_desk(page, house)
    page.get_by_role("button", name="Move").click()
    page.wait_for_timeout(300)
    assert "ContactMoved" not in house.facts()


def test_while_a_ticket_is_here_no_other_is_called(page: Page, house: House) -> None:
    house.put(r.SignIn(agent="Agent1", desk="1"))
    at_desk(page, house)
    tickets(house, "payments", "payments")
    call = page.get_by_role("button", name="Call", exact=True)
    expect(call.first).to_be_disabled()
    expect(call.first).to_have_attribute("title", "Press ready first.")
    house.put(r.PressKey(desk="1", key="ready"))
    expect(call.first).to_be_enabled()
    call.first.click()
    expect(call.first).to_be_disabled()
    expect(call.first).to_have_attribute("title", "End C001 first.")


def test_the_page_counts_the_recalls_and_leaves_the_last_one_out(page: Page, house: House) -> None:
    house.put(r.SignIn(agent="Agent1", desk="1"))
    house.put(r.PressKey(desk="1", key="ready"))
    tickets(house, "payments")
    house.put(r.CallTicket(desk="1", ticket="C001"))
    at_desk(page, house)
    again = page.get_by_role("button", name="Call again")
    for count in (1, 2, 3):
        page.wait_for_timeout(650)
        again.click()
        expect(page.locator(".ticket")).to_contain_text(f"called again: {count} of 3")
    expect(again).to_have_count(0)
    expect(page.get_by_role("button", name="Has not come")).to_be_visible()


def test_a_ticket_in_line_is_cancelled_by_asking_twice(page: Page, house: House) -> None:
    house.put(r.SignIn(agent="Agent1", desk="1"))
    at_desk(page, house)
    tickets(house, "payments")
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.locator("#really")).to_contain_text("Cancel C001?")
    assert "ContactLeft" not in house.facts()
    page.locator("#really-do").click()
    expect(page.locator("li", has_text="C001")).to_have_count(0)
    assert house.facts().count("ContactLeft") == 1


def test_a_reason_of_the_sites_own_and_technical_help(page: Page, house: House) -> None:
    house.configure(more=(f.ReasonNamed(reason="yoga", title="Yoga class", title_zh="瑜伽", at_ms=0),))
    house.put(r.SignIn(agent="Agent1", desk="1"))
    at_desk(page, house, lang="zh")
    page.locator("select[name=reason]").select_option(label="瑜伽")
    page.locator(".reasons button").click()
    expect(page.locator(".presence .reason")).to_have_text("瑜伽")
    page.wait_for_timeout(650)
    page.get_by_role("button", name="技术求助", exact=True).click()
    expect(page.get_by_role("button", name="取消技术求助")).to_be_visible()
    assert [fact.help for fact in house.journal() if isinstance(fact, f.HelpRaised)] == ["technical"]


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
    house.wait_web(lambda: "Full: " in page.request.get(f"{house.url}/kiosk?lang=en").text())
    page.goto(f"{house.url}/kiosk?lang=en")
    buttons = page.locator(".doors button")
    expect(buttons).to_have_count(2)
    expect(buttons.last).to_be_disabled()
    expect(buttons.last).to_contain_text("Full: 1 are waiting")
    buttons.first.click()
    page.wait_for_url("**/kiosk/tickets/**")
    expect(page.locator(".label")).to_have_text("C002")
    expect(page.locator("main")).to_contain_text("1 before you")
    house.put(r.SignIn(agent="Agent1", desk="1"))
    house.put(r.PressKey(desk="1", key="ready"))
    house.put(r.CallTicket(desk="1", ticket="C002"))
    house.wait_web(lambda: "Please go to desk 1" in page.request.get(page.url).text())
    assert (
        next(fact for fact in house.journal() if isinstance(fact, f.TicketIssued) and fact.label == "C002").lang == "en"
    )


def test_a_visitor_reads_the_queues_title(page: Page, house: House) -> None:
    """In the own language; where it has one only, that one."""
    titles = (("p1", "Payments and loans", "缴费与贷款"), ("p2", "Lost property", ""))
    more = [f.QueueOpened(queue=q, title=en, title_zh=zh, letter=q.upper(), at_ms=0) for q, en, zh in titles]
    house.configure(more=(*more, f.AgentMet(agent="x", queues=("p1", "p2"), at_ms=0)))
    house.wait_web(lambda: "缴费与贷款" in page.request.get(f"{house.url}/kiosk?lang=zh").text())
    page.goto(f"{house.url}/kiosk?lang=en")
    expect(page.locator(".doors .name")).to_have_text(["payments", "Payments and loans", "Lost property"])
    page.goto(f"{house.url}/kiosk?lang=zh")
    expect(page.locator(".doors .name")).to_have_text(["payments", "缴费与贷款", "Lost property"])
    page.get_by_text("缴费与贷款").click()
    page.wait_for_url("**/kiosk/tickets/**")
    expect(page.locator("main")).to_contain_text("您的号码 · 缴费与贷款")
    house.put(r.ShutQueue(queue="p1"))
    refused = page.request.post(
        f"{house.url}/kiosk/tickets",
        form={"queue": "p1", "lang": "en", "csrf": house.csrf()},
        headers={"Origin": house.url},
    )
    assert (refused.status, "Payments and loans takes no more tickets now." in refused.text()) == (409, True)


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
