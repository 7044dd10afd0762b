"""The floor's page in a real Chromium, over a real core and web: what it shows and asks, and what it says when they are gone."""

import re
import signal
import time

from playwright.sync_api import expect

from edge.facts import QueueOpened
from edge.requests import AcknowledgeHelp, CallTicket, ChangePresence, IssueTicket, ObserveLine, RaiseHelp, SignIn
from tests.browser.conftest import NOT_REACHED, Open
from tests.browser.house import House

REFUSAL = ("409",)
SHOWN_S_MAX = 2.0


def test_a_fact_shows_without_reload(house: House, visit: Open) -> None:
    page = visit()
    page.evaluate("window.mark = 1")
    began = time.monotonic()
    house.put(SignIn(agent="Agent1", desk="1"))
    page.wait_for_selector('#desks > [data-desk="1"][data-agent="Agent1"]')
    assert time.monotonic() - began < SHOWN_S_MAX
    card = page.locator('#desks > [data-desk="1"]')
    expect(card.locator('[data-slot="name"]')).to_have_text("Ana Ruiz")
    expect(card.locator('[data-slot="presence"]')).to_have_text("Not ready")
    assert page.evaluate("window.mark") == 1


def test_ages_count_by_themselves(house: House, visit: Open) -> None:
    page = visit()
    house.put(IssueTicket(contact="W-1", queue="payments"))
    oldest = page.locator('#queues > [data-queue="payments"] [data-slot="oldest"]')
    expect(oldest).to_have_text("00:01")
    expect(oldest).to_have_text("00:02")


def test_help_is_walked_to_its_end_by_clicks(house: House, visit: Open) -> None:
    page = visit()
    house.put(SignIn(agent="Agent2", desk="2"))
    house.put(RaiseHelp(desk="2", help="safety"))
    card = page.locator('#helps > [data-desk="2"]')
    expect(card).to_contain_text("Safety help")
    expect(card).to_contain_text("Bo Lindqvist")
    expect(page.locator("#said")).to_have_text("Help wanted at desk 2: Bo Lindqvist")
    for button, state in (("Acknowledge", "acknowledged"), ("Arrived", "arrived")):
        card.get_by_role("button", name=button).click()
        expect(card).to_have_attribute("data-state", state)
        page.wait_for_timeout(700)  # a second click sooner is a double click
    card.get_by_role("button", name="Close").click()
    expect(card).to_have_count(0)
    expect(page.locator(".helps .none")).to_be_visible()
    assert [f for f in house.facts() if f.startswith("Help")] == [
        "HelpRaised",
        "HelpAcknowledged",
        "HelpArrived",
        "HelpClosed",
    ]


def test_a_double_click_is_one_wish(house: House, visit: Open) -> None:
    page = visit()
    house.put(RaiseHelp(desk="3"))
    page.locator('#helps > [data-desk="3"]').get_by_role("button", name="Acknowledge").dblclick()
    expect(page.locator('#helps > [data-desk="3"]')).to_have_attribute("data-state", "acknowledged")
    page.wait_for_timeout(300)
    assert "HelpArrived" not in house.facts()


def test_signing_in_and_out(house: House, visit: Open) -> None:
    page = visit()
    page.locator('#desks > [data-desk="4"]').get_by_role("button", name="Sign in").click()
    dialog = page.locator("#sign-in")
    expect(dialog).to_contain_text("Sign in at desk 4")
    page.keyboard.type("dana")
    house.put(SignIn(agent="Agent1", desk="1"))  # an update meanwhile
    page.wait_for_selector('#desks > [data-desk="1"][data-agent="Agent1"]')
    expect(page.locator("#sign-in-find")).to_be_focused()
    expect(page.locator("#sign-in-find")).to_have_value("dana")
    expect(dialog.locator("li")).to_have_count(1)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(dialog).not_to_be_visible()
    card = page.locator('#desks > [data-desk="4"][data-agent="Agent4"]')
    for button, presence in (("Ready", "ready"), ("Break", "not_ready")):
        page.wait_for_timeout(700)
        card.get_by_role("button", name=button).click()
        expect(card).to_have_attribute("data-presence", presence)
        expect(card.get_by_role("button", name=button)).to_be_focused()
    page.wait_for_timeout(700)
    card.get_by_role("button", name="Sign out").click()
    expect(page.locator('#desks > [data-desk="4"]')).to_have_attribute("data-presence", "signed_out")
    assert house.facts()[-1] == "AgentSignedOut"


def test_a_walk_in_is_entered(house: House, visit: Open) -> None:
    page = visit()
    card = page.locator('#queues > [data-queue="payments"]')
    expect(card).to_contain_text("Nobody waits")
    card.get_by_role("button", name="Enter a walk-in").click()
    expect(card.locator(".answer")).to_have_text("Entered as C001.")
    expect(card.locator('[data-slot="waiting"]')).to_have_text("1")
    assert house.facts()[-1] == "TicketIssued"


def test_a_queue_is_shut_and_opened_again(house: House, visit: Open) -> None:
    page = visit()
    card = page.locator('#queues > [data-queue="payments"]')
    expect(card.get_by_role("button", name="Reopen")).to_be_hidden()
    card.get_by_role("button", name="Shut").click()
    page.get_by_role("button", name="Leave it").click()
    page.wait_for_timeout(700)
    assert "QueueShut" not in house.facts()
    card.get_by_role("button", name="Shut").click()
    expect(page.locator("#really")).to_contain_text("Shut payments?")
    page.locator("#really-do").click()
    expect(card.get_by_role("button", name="Enter a walk-in")).to_be_hidden()
    expect(card.locator(".door")).to_have_text("payments takes no more tickets now.")
    expect(card.get_by_role("button", name="Shut")).to_be_hidden()
    page.wait_for_timeout(700)
    card.get_by_role("button", name="Reopen").click()
    expect(card.locator(".door")).to_be_hidden()
    assert house.facts()[-2:] == ["QueueShut", "QueueReopened"]


def test_a_refusal_is_shown_at_its_card(house: House, visit: Open) -> None:
    for lang, said in (("en", "Ana Ruiz already is ready."), ("zh", "Ana Ruiz 已是就绪。")):
        page = visit(lang, expect=REFUSAL)
        house.put(SignIn(agent="Agent1", desk="1"))
        house.put(ChangePresence(agent="Agent1", presence="ready"))
        card = page.locator('#desks > [data-desk="1"][data-presence="ready"]')
        card.locator('[data-do="ready"]').click()
        expect(card.locator(".answer")).to_have_text(said)


def test_the_page_says_so_when_the_web_dies(house: House, visit: Open) -> None:
    page = visit(expect=NOT_REACHED)
    house.kill("web")
    expect(page.locator("#banner")).to_have_text(
        re.compile(r"^Connection lost since \d\d:\d\d:\d\d – figures are old\.$")
    )
    expect(page.locator("body")).to_have_class("old")
    page.locator('#queues > [data-queue="payments"] [data-do="enter"]').click()
    expect(page.locator('#queues > [data-queue="payments"] .answer')).to_contain_text("Not reached")
    house.start_web()
    expect(page.locator("#state")).to_have_attribute("data-state", "live")
    expect(page.locator("#banner")).to_be_hidden()


def test_the_page_says_so_when_the_web_only_falls_silent(house: House, visit: Open) -> None:
    page = visit(expect=NOT_REACHED)
    assert house.web
    house.web.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    try:
        page.wait_for_selector('#state[data-state="lost"]')
        assert time.monotonic() - began < 10
    finally:
        house.web.send_signal(signal.SIGCONT)
    page.wait_for_selector('#state[data-state="live"]')


def test_the_page_says_so_when_the_core_dies(house: House, visit: Open) -> None:
    page = visit(expect=NOT_REACHED)
    house.kill("core")
    expect(page.locator("#banner")).to_contain_text("The floor's core is not answering; what you see is as of")
    page.locator('#queues > [data-queue="payments"] [data-do="enter"]').click()
    expect(page.locator('#queues > [data-queue="payments"] .answer')).to_contain_text("nothing was done")
    house.start_core()
    expect(page.locator("#state")).to_have_attribute("data-state", "live")
    house.put(RaiseHelp(desk="1"))
    expect(page.locator('#helps > [data-desk="1"]')).to_be_visible()


def test_names_are_text_never_markup(house: House, visit: Open) -> None:
    evil = "<img src=x onerror=window.hit=1><b>&amp;"
    script = "<script>window.hit=1</script>"
    house.configure(names=(evil,), more=(QueueOpened(queue=script, letter="X", at_ms=0),))
    house.put(SignIn(agent="Agent1", desk="1"))
    house.put(ChangePresence(agent="Agent1", presence="ready"))
    house.put(IssueTicket(contact="mine", queue=script))
    house.put(CallTicket(desk="1", ticket="mine"))
    page = visit()  # the server's picture, and then the page's own
    house.put(RaiseHelp(desk="1"))
    expect(page.locator('#helps > [data-desk="1"] [data-slot="name"]')).to_have_text(evil)
    card = page.locator('#desks > [data-desk="1"]')
    expect(card.locator('[data-slot="name"]')).to_have_text(evil)
    expect(card.locator('[data-slot="contact"]')).to_contain_text(script)
    assert page.evaluate("window.hit") is None


def test_the_first_picture_equals_the_live_one(house: House, visit: Open) -> None:
    """web/slots.py and static/cards.js say the same, in both languages."""
    fill(house)
    for lang in ("en", "zh"):
        page = visit(lang)
        live = page.evaluate(CARDS, page.evaluate("document.body.outerHTML"))
        first = page.evaluate(CARDS, page.request.get(f"{house.url}/floor?lang={lang}").text())
        assert first == live


CARDS = """html => [...new DOMParser().parseFromString(html, "text/html").querySelectorAll("main li")].map(card => [
    Object.entries(card.dataset).sort(),
    [...card.querySelectorAll("use")].map(use => use.getAttribute("href")),
    [...card.querySelectorAll("[data-slot]")].map(s => [s.dataset.slot, s.hidden, s.dataset.since ?? s.textContent])])"""


def test_the_chinese_page_has_no_english_left(house: House, visit: Open) -> None:
    fill(house)
    page = visit("zh")
    shown = page.locator("body").inner_text()
    for known in ("hall-7", "English", "support", "sales", "payments", "phones", "counter", "SIP/9", "tests"):
        shown = shown.replace(known, "")
    for name in ("Ana Ruiz", "Bo Lindqvist", "Dana Okafor", "Emre Kaya"):
        shown = shown.replace(name, "")
    assert re.findall(r"[A-Za-z]{2,}", re.sub(r"W-\w+", "", shown)) == []


def test_nothing_scrolls_sideways_on_a_phone(house: House, visit: Open) -> None:
    fill(house)
    for lang in ("en", "zh"):
        page = visit(lang, 390)
        assert page.evaluate("document.documentElement.scrollWidth") == 390


def fill(house: House) -> None:
    """Something of everything that can show."""
    for n in (1, 2, 3, 4):
        house.device(n)
        house.put(SignIn(agent=f"Agent{n}", desk=str(n)))
        house.press(n, "ready")
    for n in (1, 2, 3):
        house.put(IssueTicket(contact=f"W-{n}", queue="payments"))
    house.press(1, "next", seq=2)
    house.press(1, "break", seq=3)
    house.press(2, "recall", seq=2)  # refused
    house.press(3, "break", "long", seq=2)
    house.press(3, "help", seq=3)
    house.press(4, "help", "long", seq=2)
    house.put(AcknowledgeHelp(desk="3"))
    house.device(4, here=False)
    line = ObserveLine(source="log", lane="1", number=1, event="ADDMEMBER", call="NONE", queue="support", agent="SIP/9")
    assert "AgentSignedIn" in house.put(line)
