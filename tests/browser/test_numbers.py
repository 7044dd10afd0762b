"""Numbers in the browser and by the API: what stands behind one, agents' time, what each reader may see, and what no wall shows."""

import json
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from edge import requests as r
from edge.facts import AgentMet, BoardLaidOut, QueueOpened, ReasonNamed, ShiftPart, ShiftPlanned, TeamFormed
from tests.browser.conftest import Open
from tests.browser.house import House


def get(house: House, path: str, cookie: str = "") -> tuple[int, str]:
    named = {"Cookie": cookie} if cookie else {}
    try:
        with urllib.request.urlopen(house.request(path, **named), timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def api(house: House, path: str, cookie: str = "") -> tuple[int, Any]:
    status, text = get(house, f"/api/v1{path}", cookie)
    return status, json.loads(text)


@pytest.fixture
def busy(house: House) -> House:
    """Ana has served one of payments and is at her second; a third waits, and one of sales; bo is at prayer."""
    house.configure(
        more=(
            ReasonNamed(at_ms=0, reason="prayer", title="Prayer", title_zh="祈祷", allowance_s=60),
            AgentMet(at_ms=0, agent="Agent1", name="Ana Ruiz", queues=("payments",)),
            AgentMet(at_ms=0, agent="Agent2", name="Bo Lindqvist", queues=("sales",)),
            QueueOpened(at_ms=0, queue="payments", letter="C", tenant="bank"),
            QueueOpened(at_ms=0, queue="sales", letter="B", tenant="shop", under=True),
            BoardLaidOut(at_ms=0, board="wall", tiles=("service_level(payments, 15 min)", "ready", "help")),
        )
    )
    for request in (
        r.SignIn(agent="Agent1", desk="1"),
        r.SignIn(agent="Agent2", desk="2"),
        r.ChangePresence(agent="Agent2", presence="not_ready", reason="prayer"),
        *(r.IssueTicket(queue=queue) for queue in ("payments", "payments", "payments", "sales")),
        r.PressKey(desk="1", key="ready"),
        r.PressKey(desk="1", key="next"),
        r.PressKey(desk="1", key="ready"),
        r.PressKey(desk="1", key="next"),
    ):
        house.put(request)
    house.wait_web(lambda: house.get("/api/floor")["queues"][-1]["today"]["answered"] == 2)
    return house


def test_a_click_on_a_number_shows_what_stands_behind_it(busy: House, visit: Open) -> None:
    page = visit("en")
    page.locator('[data-queue="payments"] [data-why="service_level"]').click()
    expect(page.locator("#why-value")).to_have_text("100.0 % = 2 ÷ 2")
    expect(page.locator("#why-terms")).to_have_text("“answered” within 20 s: answered within the target ÷ answered")
    expect(page.locator("#why-rows tbody tr")).to_have_count(2)
    expect(page.locator("#why-rows tbody tr").first).to_contain_text("C001")
    page.locator("#why-close").click()
    page.locator('[data-queue="payments"] [data-why="waiting"]').click()
    expect(page.locator("#why-rows tbody tr")).to_have_count(1)
    expect(page.locator("#why-rows tbody tr").first).to_contain_text("C003")
    page.keyboard.press("Escape")
    page.locator('[data-queue="payments"] [data-why="service_level:15"]').click()
    expect(page.locator("#why-heading")).to_have_text("payments · Service level · 15 min")
    expect(page.locator("#why-value")).to_have_text("100.0 % = 2 ÷ 2")


def test_a_target_that_a_wait_must_be_under_says_so(busy: House, visit: Open) -> None:
    page = visit("en")
    sales = page.locator('[data-queue="sales"]')
    expect(sales.locator(".variant")).to_have_text("“answered” in under 20 s")
    sales.locator('[data-why="service_level"]').click()
    expect(page.locator("#why-terms")).to_contain_text("“answered” in under 20 s: ")
    expect(visit("zh").locator('[data-queue="sales"] .variant')).to_have_text("“按接起”，不到 20 秒")


def test_it_is_said_in_chinese_too(busy: House, visit: Open) -> None:
    page = visit("zh", 390)
    page.locator('[data-queue="payments"] [data-why="offered"]').click()
    expect(page.locator("#why-what")).to_have_text("所有进线")
    expect(page.locator("#why-rows tbody tr").first).to_contain_text("已接起")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_reason_has_its_title_and_its_allowance(busy: House, visit: Open) -> None:
    for lang, title in (("en", "Prayer"), ("zh", "祈祷")):
        desk = visit(lang).locator('#desks [data-desk="2"]')
        expect(desk).to_contain_text(title)
        assert desk.get_attribute("data-allowed")
        expect(desk).not_to_have_class("over")
    page = visit("en")
    page.evaluate("Date.now = ((now) => () => now() + 120000)(Date.now)")
    page.locator('#desks [data-desk="2"].over').wait_for()


def test_a_program_asks_what_stands_behind_a_number(busy: House) -> None:
    status, told = api(busy, f"/explain?number={quote('service_level(payments, today)')}")
    assert (status, told["numerator"], told["denominator"], len(told["rows"])) == (200, 2, 2, 2)
    journal = busy.journal()
    for row in told["rows"]:
        first = journal[row["journal"][0] - 1]
        assert (first.contact, type(first).__name__) == (row["contact"], "TicketIssued")  # type: ignore[attr-defined]
    assert api(busy, f"/explain?number={quote('service_level(payments)')}&target_s=0")[1]["terms"][0]["target_s"] == 0
    told = api(busy, f"/explain?number={quote('service_level(payments)')}&under=true")[1]
    assert told["terms"][0]["under"] is True
    status, told = api(busy, "/report?by=tenant,queue&every=day")
    assert {(row["tenant"], row["queue"], row["offered"]) for row in told["rows"]} == {
        ("bank", "payments", 3),
        ("shop", "sales", 1),
    }
    status, told = api(busy, "/time-chart?by=agent")
    assert {(row["agent"], row["state"], row["reason"]) for row in told["rows"]} >= {("Agent2", "not_ready", "prayer")}


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/explain?number=nix", "'nix' is no number; as in service_level"),
        ("/explain?number=asa(nix)", "There is no queue nix here."),
        ("/explain?numbr=asa", "There is no field numbr here."),
        ("/explain?number=asa&rows=x", "rows is a whole number."),
        ("/report?by=mood", "There is no mood to go by: there are queue, agent"),
        ("/explain?number=offered(2020-01-01..2026-01-01)", "That is more than 92 days: ask for less at once."),
        ("/report?every=minute", "There is no part minute: there are interval, hour, day, month."),
        ("/report?from=2020-01-01..2026-01-01", "That is more than 92 days: ask for less at once."),
        ("/report?variant=best", "There is no variant best: there are answered"),
        ("/report?under=maybe", "under is true or false."),
        ("/report?from=9999-12-31", "'9999-12-31' is no time; say today"),
        ("/report?from=0001-01-01..0001-01-02", "'0001-01-01..0001-01-02' is no time; say today"),
        ("/explain?number=offered(9999-12)", "'9999-12' is no time; say today"),
        ("/time-chart?by=queue", "There is no queue to go by"),
        ("/time-chart?by=kind", "There is no kind to go by: there are agent, team, vendor, tenant."),
        ("/time-chart?from=someday", "'someday' is no time; say today"),
    ],
)
def test_what_cannot_be_told_says_why(house: House, path: str, error: str) -> None:
    status, told = api(house, path)
    assert status == 400
    assert told["error"].startswith(error)


def test_a_tenants_numbers_are_its_own(busy: House) -> None:
    busy.accounts.add("bank", "viewer", "tests", queues=("payments",))
    cookie = busy.begin("bank")
    assert api(busy, f"/explain?number={quote('offered')}", cookie)[1]["numerator"] == 3
    assert api(busy, f"/explain?number={quote('offered(sales)')}", cookie) == (
        400,
        {"error": "There is no queue sales here."},
    )
    assert {row["queue"] for row in api(busy, "/report?by=queue", cookie)[1]["rows"]} == {"payments"}
    rows = api(busy, "/time-chart?by=agent", cookie)[1]["rows"]
    assert {row["agent"] for row in rows} == {"Agent1"}
    everything = json.dumps([rows, json.loads(get(busy, "/api/floor", cookie)[1])])
    assert "prayer" not in everything and "Bo" not in everything
    busy.put(r.ChangePresence(agent="Agent1", presence="not_ready", reason="prayer"))
    busy.wait_web(lambda: "prayer" in get(busy, "/api/floor")[1].split("Ana Ruiz")[1])
    assert "prayer" not in get(busy, "/api/floor", cookie)[1].lower(), "that one is not ready, and not why"


@pytest.mark.parametrize(
    ("role", "status"), [("agent", 403), ("technician", 403), ("display", 403), ("supervisor", 200)]
)
def test_who_may_look_behind_a_number(busy: House, role: str, status: int) -> None:
    busy.accounts.add(role, role, "tests", agent="Agent1" if role == "agent" else "")
    cookie = busy.begin(role)
    for path in ("/api/v1/explain?number=offered", "/api/v1/report", "/api/v1/time-chart", "/time", "/time/picture"):
        assert get(busy, path, cookie)[0] == status, path
    if role == "technician":
        assert 'id="why"' not in get(busy, "/floor", cookie)[1]


def test_no_wall_shows_a_reason_or_a_name(busy: House) -> None:
    walls = [get(busy, path)[1] for path in ("/tv/wall", "/hall/wall", "/kiosk", "/api/v1/calls", "/api/v1/queues")]
    for text in (text.lower() for text in walls):
        assert all(hidden not in text for hidden in ("prayer", "lindqvist", "ruiz")), text[:300]


def test_the_page_of_agents_time(busy: House, visit: Open) -> None:
    page = visit("en")
    page.get_by_role("link", name="Agents' time").click()
    chart = page.locator("img.chart")
    expect(chart).to_be_visible()
    assert chart.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    page.get_by_label("By").select_option("agent")
    page.get_by_label("When").fill("yesterday")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".none")).to_have_text("Nobody was signed in then.")
    status, rows = get(busy, "/time/picture?by=agent&format=csv")
    assert (
        status == 200
        and rows.startswith("from,agent,state,reason,paid,time_s,share\n")
        and "Agent2,not_ready,prayer" in rows
    )
    assert "祈祷" in get(busy, "/time/picture?by=agent&lang=zh")[1]
    assert "is no time" in get(busy, "/time?from=someday")[1]


def test_help_that_is_for_me_stands_out(busy: House, visit: Open) -> None:
    busy.configure(more=(TeamFormed(at_ms=0, team="phones", supervisors=("tests", "other")),))
    busy.put(r.RaiseHelp(desk="1"))
    page = visit("en")
    expect(page.locator(".help.mine")).to_have_count(1)
    expect(page.locator(".help.mine")).to_contain_text("for tests")


PAGED = """
window.told = [];
window.Notification = class {
  static permission = "default";
  static requestPermission() { Notification.permission = "granted"; return Promise.resolve("granted"); }
  constructor(title, options) { this.title = title; window.told.push({ title, ...options }); }
  close() { window.told.push({ closed: this.title }); }
};
document.hasFocus = () => false;
"""


def test_a_page_that_nobody_looks_at_tells_of_help_without_a_sound(busy: House, visit: Open) -> None:
    busy.configure(more=(TeamFormed(at_ms=0, team="phones", supervisors=("tests",)),))
    page = visit("en")
    page.evaluate(PAGED)
    busy.put(r.RaiseHelp(desk="2"))
    expect(page.locator(".help")).to_have_count(1)
    assert page.evaluate("told") == [], "not before it is allowed"
    page.locator("#pager").click()
    expect(page.locator("#pager")).to_be_hidden()
    busy.put(r.RaiseHelp(desk="1", help="safety"))
    busy.wait_web(lambda: page.evaluate("told.length") == 2)
    told = page.evaluate("told")
    assert {(each["title"], each["body"], each["silent"]) for each in told} == {
        ("Help wanted", "Desk 2 · Bo Lindqvist", True),
        ("Safety help – silent", "Desk 1 · Ana Ruiz", True),
    }
    busy.put(r.AcknowledgeHelp(desk="1", help="safety"))
    busy.wait_web(lambda: page.evaluate("told.length") == 3)
    assert page.evaluate("told[2]") == {"closed": "Safety help – silent"}
    busy.configure(more=(TeamFormed(at_ms=0, team="phones", supervisors=("other", "tests")),))
    busy.put(r.RaiseHelp(desk="1", help="technical"))
    expect(page.locator(".help")).to_have_count(3)
    assert "Technical help wanted" not in str(page.evaluate("told")), "that is for another to answer"


def test_who_is_not_as_planned_is_shown(busy: House, visit: Open) -> None:
    now_ms = time.time_ns() // 1_000_000
    today = f"{datetime.now(UTC):%Y-%m-%d}"

    def shift(agent: str, activity: str) -> ShiftPlanned:
        part = ShiftPart(now_ms - 60_000, now_ms + 3_600_000, activity)
        return ShiftPlanned(agent=agent, day=today, parts=(part,), at_ms=0)

    page = visit("en")
    expect(page.locator("#attendance")).to_be_hidden()
    busy.put(r.PlanShifts(shifts=(shift("Agent1", "work"), shift("Agent2", "meal"), shift("Agent3", "work"))))
    expect(page.locator("#attendance-now")).to_have_text("2 of 3 rostered are here; missing: 陈晓")
    expect(page.locator('#desks [data-desk="2"] .planned')).to_contain_text("planned: meal until ")
    expect(page.locator('#desks [data-desk="1"] .planned')).to_be_hidden()
    page.locator('[data-why="adherence"]').click()
    expect(page.locator("#why-heading")).to_have_text("Adherence")
    expect(page.locator("#why-rows tbody tr").first).to_contain_text("Agent1")
    assert visit("zh").locator("#attendance-now").inner_text() == "在岗 2 人，排班 3 人；缺：陈晓"
    busy.accounts.add("bank", "viewer", "tests", queues=("payments",))
    seen = json.loads(get(busy, "/api/floor", busy.begin("bank"))[1])
    assert seen["attendance"] is None and all(desk["agent"]["planned"] is None for desk in seen["desks"])
