"""Who may come in and what they may: every role at every door, over HTTP and in a browser."""

import hashlib
import hmac
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from edge import requests as r
from edge.rights import NO, RIGHTS, ROLES, Who
from edge.settings import Settings
from tests.browser.house import House
from web.api import WISHES
from web.app import create
from web.guard import ANYBODY, BY_REQUEST, FILTERED, NEEDS

GOOD = "correct horse battery"
PLACES = {  # of each right that is a page, one
    "kiosk": "/kiosk",
    "boards": "/tv/phones",
    "floor": "/floor",
    "desk": "/desk/1",
    "doors": "/api/v1/queues",
    "lines": "/api/v1/tickets",
    "accounts": "/accounts",
}


def account(house: House, role: str, name: str = "", **more: Any) -> str:
    """The cookie of one that has come in."""
    name = name or f"the-{role}"
    given = {"agent": {"agent": "Agent1"}, "viewer": {"queues": ("support",)}}.get(role, {}) | more
    house.accounts.add(name, role, "tests", **given)
    return house.begin(name)


def get(house: House, path: str, cookie: str, **headers: str) -> tuple[int, str]:
    return _send(house.request(path, Cookie=cookie, **headers))


def post(house: House, path: str, said: object, cookie: str, **headers: str) -> tuple[int, Any]:
    named = {"Content_Type": "application/json", "Cookie": cookie, "X_CSRF_Token": csrf(cookie)} | headers
    status, text = _send(house.request(path, json.dumps(said).encode(), **named))
    return status, json.loads(text)


def csrf(cookie: str) -> str:
    """As web.guard makes it; a screen has no page on which it stands."""
    secret = cookie.partition("=")[2].encode()
    return hmac.digest(secret, b"csrf", hashlib.sha256).hex()[:32] if secret else ""


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


_browser = urllib.request.build_opener(_Stay())


def _send(request: urllib.request.Request) -> tuple[int, str]:
    try:
        with _browser.open(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_every_route_says_what_it_needs(tmp_path: Path) -> None:
    app = create(Settings(site="lab"), tmp_path)
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == NEEDS.keys()
    assert set(NEEDS.values()) - {ANYBODY, BY_REQUEST} == {right for right in RIGHTS if right.islower()} - {
        "priority",
        "safety",
    }
    assert {name for name in RIGHTS if name[0].isupper()} == {wish.asks.__name__ for wish in WISHES}
    assert set(r.Panel.__args__) == {wish.asks for wish in WISHES}  # type: ignore[attr-defined]


@pytest.mark.parametrize("role", ROLES)
def test_a_role_sees_and_asks_what_the_table_says(house: House, role: str) -> None:
    cookie, own = account(house, role), Who("x", role, "Agent1")
    for right, path in PLACES.items():
        assert get(house, path, cookie)[0] == (200 if own.may(right) else 403), path
    _, document = get(house, "/api/v1/openapi.json", cookie)
    schemas = json.loads(document)["components"]["schemas"]
    for wish in WISHES:
        name = wish.asks.__name__
        said = {field: _some(schemas[name]["properties"][field]) for field in schemas[name].get("required", ())}
        status, told = post(house, "/api/v1" + wish.path.replace("<", "").replace(">", ""), said, cookie)
        assert (status == 403) == (own.may(name) == NO), (name, told)
        assert status in (200, 201, 403, 409), told


def _some(schema: dict[str, Any]) -> Any:
    return schema["enum"][0] if "enum" in schema else {"string": "x", "integer": 1}[schema["type"]]


def test_nobody_sees_nothing(house: House) -> None:
    for path in PLACES.values():
        status, text = get(house, path, "")
        assert (status, json.loads(text)) == (401, {"error": "Sign in first."}) if "/api" in path else status == 303, (
            path
        )
    assert get(house, "/live", "") == (200, "event: out\ndata: {}\n\n")
    assert post(house, "/api/ask", {"ask": "ShutQueue", "queue": "sales"}, "")[0] == 401
    assert post(house, "/api/v1/queues/sales/shut", {}, "")[0] == 401
    assert post(house, "/api/v1/queues/sales/shut", {}, house.cookie, Cookie="floorboard-hall-7-1=x")[0] == 401
    status, text = get(house, "/kiosk/tickets/x", "")
    assert (status, "There is no such ticket" in text) == (404, True), (
        "not a page to sign in on: it may be a visitor's telephone"
    )
    assert "QueueShut" not in house.facts()


def test_an_agent_touches_their_own_alone(house: House) -> None:
    bo = account(house, "agent", "bo", agent="Agent2")
    house.put(r.SignIn(agent="Agent1", desk="1"))
    house.put(r.IssueTicket(queue="payments", contact="mine"))
    house.put(r.IssueTicket(queue="sales", contact="theirs"))
    asked = {"ask": "IssueTicket", "queue": "sales", "priority": 3}
    for path, said in (("/api/ask", asked), ("/api/v1/tickets", {"queue": "sales", "position": 1})):
        assert post(house, path, said, bo) == (403, {"error": "That is not for bo, whose role is agent."})
    for path, said, why in (
        ("/desks/2/sign-in", {"agent": "Agent1"}, "That is Ana Ruiz's to ask for, or a supervisor's."),
        ("/agents/Agent1/sign-out", {}, "That is Ana Ruiz's to ask for, or a supervisor's."),
        ("/desks/1/keys", {"key": "ready"}, "You are not signed in at desk 1."),
        ("/desks/1/help", {}, "You are not signed in at desk 1."),
        ("/tickets/theirs/cancel", {}, "B001 is not yours: ask its agent, or a supervisor."),
        ("/tickets/theirs/park", {"back_s": 60}, "B001 is not yours: ask its agent, or a supervisor."),
    ):
        assert post(house, "/api/v1" + path, said, bo) == (409, {"error": why})
    assert post(house, "/api/v1/desks/2/sign-in", {"agent": "Agent2"}, bo)[0] == 200
    why = "B001 is not yours: ask its agent, or a supervisor."
    assert post(house, "/api/v1/desks/2/call", {"ticket": "theirs"}, bo) == (409, {"error": why})
    house.put(r.MoveTicket(ticket="mine", agent="Agent1"))
    why = "C001 is not yours: ask Ana Ruiz, or a supervisor."
    assert post(house, "/api/v1/desks/2/call", {"ticket": "mine"}, bo) == (409, {"error": why})
    house.put(r.MoveTicket(ticket="mine", queue="payments"))
    for path, said in (
        ("/desks/2/keys", {"key": "ready"}),
        ("/desks/2/keys", {"key": "next"}),
        ("/desks/2/keys", {"key": "ready"}),
        ("/tickets/mine/park", {"back_s": 60}),
        ("/tickets/mine/return", {}),
        ("/tickets/mine/cancel", {}),
    ):
        status, told = post(house, "/api/v1" + path, said, bo)
        assert status == 200, told
        assert {fact.get("by") for fact in told["facts"]} <= {"bo", "rules", None}


def test_silent_help_is_for_supervisors_and_their_pagers(house: House) -> None:
    for kind in ("technical", "safety"):
        house.put(r.RaiseHelp(desk="1", help=kind))  # type: ignore[arg-type]
    house.wait_web(lambda: len(house.get("/api/floor")["help"]) == 2)
    pager = house.accounts.add_token("tests", "pager", ("see",))
    seen = {
        "supervisor": {"Cookie": account(house, "supervisor")},
        "pager": {"Cookie": "", "Authorization": f"Bearer {pager}"},
        "technician": {"Cookie": account(house, "technician")},
    }
    for who, named in seen.items():
        hears = who != "technician"
        for path in ("/api/v1/floor", "/api/floor"):
            kinds = {help["help"] for help in json.loads(_send(house.request(path, **named))[1])["help"]}
            assert kinds == ({"technical", "safety"} if hears else {"technical"}), (who, path)
        page = "" if who == "pager" else _send(house.request("/floor", **named))[1]
        assert ('data-help="technical safety"' in page) == ('data-help="safety"' in page) == (who == "supervisor")
        with urllib.request.urlopen(house.request("/live", **named), timeout=5) as stream:
            heard = b"".join(stream.readline() for _ in range(6))
        assert b"technical" in heard and (b"safety" in heard) == hears, who
    desk = json.loads(get(house, "/api/v1/desks/1", account(house, "agent"))[1])
    assert (desk["help"], desk["technical"]) == ("none", True), "nor does the desk itself show it"
    assert "safety" not in get(house, "/api/v1/floor", account(house, "viewer"))[1]


def test_a_tenant_sees_its_own_queues_and_their_staff(house: House) -> None:
    cookie = account(house, "viewer", queues=("payments",))
    house.put(r.IssueTicket(queue="payments"))
    house.put(r.IssueTicket(queue="sales"))
    house.put(r.SignIn(agent="Agent1", desk="1"))
    house.put(r.RaiseHelp(desk="1"))
    house.wait_web(lambda: house.get("/api/floor")["help"] != [])
    assert {endpoint for endpoint, need in NEEDS.items() if need in ("floor", "figures")} == set(FILTERED)
    assert "sales" not in get(house, "/floor?lang=en", cookie)[1]
    api, plain = (json.loads(get(house, f"/api{part}/floor", cookie)[1]) for part in ("/v1", ""))
    assert api["now_ms"] >= plain["now_ms"], "a program hears what time it is"
    assert api | {"now_ms": 0} == plain | {"now_ms": 0}
    page = json.loads(get(house, "/api/floor", cookie)[1])
    assert [queue["queue"] for queue in page["queues"]] == ["payments"]
    assert [desk["agent"]["name"] for desk in page["desks"]] == ["Ana Ruiz"]
    assert (page["help"], page["alarms"], page["agents"], page["desks"][0]["device"]) == ([], [], [], None)
    stream = urllib.request.urlopen(house.request("/live", Cookie=cookie), timeout=5)
    heard = b"".join(stream.readline() for _ in range(6))
    stream.close()
    assert b"payments" in heard and b"sales" not in heard
    house.accounts.add("acme", "viewer", "tests", queues=("support",))
    assert json.loads(get(house, "/api/floor", house.begin("acme"))[1])["desks"] == []


def test_a_program_asks_by_its_token(house: House) -> None:
    def ask(token: str, path: str, said: object | None = None) -> tuple[int, Any]:
        body = None if said is None else json.dumps(said).encode()
        status, text = _send(
            house.request(path, body, Cookie="", Authorization=f"Bearer {token}", Content_Type="application/json")
        )
        return status, json.loads(text)

    house.accounts.add("gate", "visitor", "tests")
    kiosk = house.accounts.add_token("gate", "kiosk", ("tickets", "see"))
    assert ask(kiosk, "/api/v1/tickets", {"queue": "sales"})[0] == 201
    assert ask(kiosk, "/api/v1/queues")[0] == 200
    assert ask(kiosk, "/api/v1/tickets", {"queue": "sales", "priority": 1}) == (
        403,
        {"error": "That is not for gate, whose role is visitor."},
    )
    assert ask(kiosk, "/api/v1/desks/1/call", {"ticket": "B001"})[0] == 403
    token = house.accounts.add_token("tests", "gate", ("tickets",))
    status, told = ask(token, "/api/v1/tickets", {"queue": "payments"})
    assert (status, told["label"]) == (201, "C001")
    assert [fact.by for fact in house.journal() if type(fact).__name__ == "TicketIssued"] == [
        "gate/kiosk",
        "tests/gate",
    ]
    lacks = {"error": "This token lacks the scope queues."}
    assert ask(token, "/api/v1/queues/payments/shut", {}) == (403, lacks)
    assert ask(token, "/api/v1/tickets", {"queue": "payments", "priority": 1}) == (403, lacks)
    assert ask(token, "/api/v1/queues")[0] == 403
    assert ask(token + "x", "/api/v1/tickets", {"queue": "payments"}) == (
        401,
        {"error": "This token is not good, or no longer."},
    )
    session = house.cookie.partition("=")[2]
    assert ask(session, "/api/v1/queues")[0] == 401, "a session is no token"
    house.accounts.remove_token(next(t.id for t in house.accounts.tokens() if t.name == "tests"))
    assert ask(token, "/api/v1/tickets", {"queue": "payments"})[0] == 401


def test_what_the_site_opens_is_open(house: House) -> None:
    house.kill("web")
    site = house.state / "site.toml"
    site.write_text(site.read_text() + 'open = ["display", "visitor"]\n')
    house.start_web()
    for right, path in PLACES.items():
        assert (get(house, path, "")[0] == 200) == (right in ("boards", "doors", "kiosk")), path
    form = urllib.parse.urlencode({"queue": "payments"}).encode()
    assert _send(house.request("/kiosk/tickets", form, Cookie="", Origin="http://evil.example"))[0] == 403
    assert _send(house.request("/kiosk/tickets", form, Cookie="", Origin=house.url))[0] == 303
    (issued,) = [fact for fact in house.journal() if type(fact).__name__ == "TicketIssued"]
    assert issued.by == "anyone"
    assert post(house, "/api/v1/tickets", {"queue": "payments", "priority": 100}, "")[0] == 401


def test_wrong_passwords_make_the_next_try_wait(house: House) -> None:
    house.accounts.add("ana", "supervisor", "tests")
    house.accounts.enter(house.accounts.link("ana", "tests"), GOOD)

    def try_as(name: str, password: str) -> tuple[int, str]:
        form = urllib.parse.urlencode({"name": name, "password": password}).encode()
        return _send(house.request("/sign-in", form, Cookie="", Origin=house.url))

    for _ in range(5):
        status, text = try_as("ana", "wrong")
        assert (status, "Name or password is wrong." in text) == (403, True)
    status, text = try_as("ana", GOOD)
    assert (status, "Too many wrong tries: wait " in text) == (403, True), "even the right one"
    assert try_as("bo", "wrong")[0] == 403, "others need not wait"


def test_behind_a_proxy_that_is_known_the_cookie_goes_by_tls_alone(house: House) -> None:
    house.accounts.add("ana", "supervisor", "tests")
    house.accounts.enter(house.accounts.link("ana", "tests"), GOOD)
    form = urllib.parse.urlencode({"name": "ana", "password": GOOD}).encode()
    said = {"X_Forwarded_Proto": "https", "X_Forwarded_For": "192.0.2.7", "Origin": house.url}

    def cookie() -> str:
        with pytest.raises(urllib.error.HTTPError) as sent:
            _browser.open(house.request("/sign-in", form, Cookie="", **said))
        return str(sent.value.headers["Set-Cookie"])

    assert "Secure" not in cookie(), "anybody can say that"
    house.kill("web")
    site = house.state / "site.toml"
    site.write_text(site.read_text() + 'proxy = "127.0.0.1"\n')
    house.start_web()
    assert "Secure" in cookie()


def test_a_stranger_holds_no_thread(house: House) -> None:
    began = time.monotonic()
    assert get(house, "/kiosk/tickets/x?seq=999999999", "")[0] == 404
    assert time.monotonic() - began < 1


def test_another_language_forgets_not_where_one_wanted_to_go(page: Page, house: House) -> None:
    page.goto(f"{house.url}/desk/2?lang=en")
    page.locator("a.language").click()
    expect(page.locator("input[name=next]")).to_have_value("/desk/2?lang=en")
    expect(page.locator("h2")).to_contain_text("登录")


def test_where_one_wanted_to_go_is_here(house: House) -> None:
    house.accounts.add("ana", "supervisor", "tests")
    house.accounts.enter(house.accounts.link("ana", "tests"), GOOD)
    for wanted, place in (
        ("/desk/1?lang=zh", "/desk/1?lang=zh"),
        ("//evil.example/x", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/floor\r\nSet-Cookie: x=y", "/"),
    ):
        form = urllib.parse.urlencode({"name": "Ana", "password": GOOD, "next": wanted}).encode()
        with pytest.raises(urllib.error.HTTPError) as sent:
            _browser.open(house.request("/sign-in", form, Cookie="", Origin=house.url))
        assert (sent.value.code, sent.value.headers["Location"]) == (303, place)
        cookie = sent.value.headers["Set-Cookie"]
        assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Max-Age" not in cookie


@pytest.fixture
def page(chromium: Browser, house: House) -> Iterator[Page]:
    page = chromium.new_page(viewport={"width": 1100, "height": 900}, locale="en-GB")
    page.set_default_timeout(10_000)
    yield page
    page.close()


def test_the_first_administrator_makes_a_supervisor_and_a_screen(page: Page, house: House, chromium: Browser) -> None:
    code = house.accounts.first()
    assert code
    page.goto(f"{house.url}/floor?lang=en")
    expect(page.locator("form")).to_contain_text("Nobody can sign in yet")
    page.get_by_text("I have a code").click()
    page.get_by_label("Code").fill(code.lower())
    page.get_by_text("Go on").click()
    page.get_by_label("Password").fill(GOOD)
    page.get_by_label("Once more").fill(GOOD + "x")
    page.locator("button.first").click()
    expect(page.locator(".answer")).to_have_text("The two passwords are not the same.")
    page.get_by_label("Password").fill(GOOD)
    page.get_by_label("Once more").fill(GOOD)
    page.locator("button.first").click()
    page.wait_for_url("**/floor**")
    page.get_by_role("link", name="Accounts").click()
    page.locator("input[name=name]").fill("hall-tv")
    new = page.locator("form", has_text="Make it")
    new.locator("select[name=role]").select_option("viewer")
    page.get_by_text("Make it").click()
    expect(page.get_by_role("alert")).to_have_text("A viewer's account wants the queues that it sees.")
    expect(new.locator("select[name=role]")).to_have_value("viewer")
    expect(new.locator("input[name=name]")).to_have_value("hall-tv")
    new.locator("select[name=role]").select_option("display")
    page.get_by_text("Make it").click()
    link = page.locator(".secret").text_content()
    assert link and link.startswith(house.url + "/enter/")
    screen = chromium.new_page()
    screen.goto(link + "?lang=en")
    screen.locator("button.first").click()
    screen.get_by_text("Phones").first.click()
    screen.wait_for_selector("#tiles li")
    page.goto(f"{house.url}/accounts?lang=en")
    row = page.locator("tr", has_text="hall-tv")
    row.get_by_text("Change", exact=True).click()
    row.locator("select[name=role]").select_option("visitor")
    row.get_by_text("Change it now").click()
    expect(row).to_contain_text("Kiosk")
    screen.wait_for_url("**/sign-in**")
    row.get_by_text("Remove", exact=True).click()
    row.get_by_text("Really remove hall-tv").click()
    expect(page.locator("tr", has_text="hall-tv")).to_have_count(0)
    screen.close()
    page.get_by_role("button", name="Sign out of the page").click()
    page.wait_for_url("**/sign-in**")
    page.goto(f"{house.url}/floor")
    page.wait_for_url("**/sign-in**")


def test_a_token_is_shown_once(page: Page, house: House) -> None:
    house.bring_in(page)
    house.accounts.add("gate", "visitor", "tests")
    page.goto(f"{house.url}/accounts?lang=zh")
    page.locator("input[name=label]").fill("大门")
    page.locator("select[name=of]").select_option("gate")
    page.locator("input[value=desks]").check()
    page.get_by_text("创建令牌").click()
    expect(page.get_by_role("alert")).to_have_text("gate 的角色是 visitor，权限 desks 对它没有用。")
    page.locator("input[value=desks]").uncheck()
    page.locator("input[value=see]").check()
    page.get_by_text("创建令牌").click()
    token = page.locator(".secret").text_content()
    assert token and house.accounts.who(token) == Who("gate", "visitor", scopes=("see",), program="大门")
    page.goto(f"{house.url}/accounts?lang=en")
    assert token not in page.content()
    page.locator("tr", has_text="大门").get_by_role("button").click()
    assert house.accounts.who(token) is None


def test_one_changes_the_own_password_and_the_other_sessions_end(page: Page, house: House) -> None:
    house.accounts.add("ana", "supervisor", "tests")
    house.accounts.enter(house.accounts.link("ana", "tests"), GOOD)
    elsewhere = house.begin("ana")
    house.bring_in(page, house.begin("ana"))
    page.goto(f"{house.url}/password?lang=en")
    for old, said in ((GOOD + "x", "Name or password is wrong."), (GOOD, "")):
        page.get_by_label("The present one").fill(old)
        page.get_by_label("The new one").fill(GOOD + "2")
        page.get_by_label("Once more").fill(GOOD + "2")
        page.locator("button.first").click()
        if said:
            expect(page.locator(".answer")).to_have_text(said)
    page.wait_for_url("**/floor**")
    assert get(house, "/floor", elsewhere)[0] == 303
    assert house.accounts.sign_in("ana", GOOD + "2")


def test_an_agent_comes_to_the_own_desk(page: Page, house: House) -> None:
    house.bring_in(page, account(house, "agent", "bo", agent="Agent2"))
    house.put(r.SignIn(agent="Agent1", desk="1"))
    house.wait_web(lambda: house.get("/api/floor")["desks"][0]["agent"] is not None)
    page.goto(f"{house.url}/?lang=en")
    expect(page.locator(".choose a")).to_have_count(3)
    page.locator(".choose a").first.click()
    expect(page.locator("select[name=agent] option")).to_have_text(["Bo Lindqvist"])
    page.wait_for_selector('#state[data-state="live"]')
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("#who .name")).to_contain_text("Bo Lindqvist")
    page.goto(f"{house.url}/desk/1?lang=en")
    expect(page.locator(".theirs")).to_have_text("Ana Ruiz works here.")
    expect(page.locator(".keys")).to_be_hidden()
    page.goto(f"{house.url}/")
    page.wait_for_url("**/desk/2")
    page.goto(f"{house.url}/floor?lang=en")
    expect(page.locator("h1")).to_have_text("That is not for bo, whose role is agent.")


def test_the_kiosk_goes_back_by_itself_and_a_telephone_stays(page: Page, house: House) -> None:
    form = urllib.parse.urlencode({"queue": "payments", "csrf": house.csrf(), "key": "k"}).encode()
    assert _send(house.request("/kiosk/tickets", form))[0] == 303
    after = re.compile(r'http-equiv="refresh" content="([^"]*)"')
    _, kiosk = get(house, "/kiosk/tickets/kiosk-k?lang=en", house.cookie)
    _, telephone = get(house, "/kiosk/tickets/kiosk-k?lang=en", "")
    assert (after.findall(kiosk), after.findall(telephone)) == (["12; url=/kiosk?lang=en"], ["8"])
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{house.url}/kiosk/tickets/kiosk-k?lang=en")
    box = page.locator(".label").bounding_box()
    size = page.locator(".label").evaluate("node => parseFloat(getComputedStyle(node).fontSize)")
    assert box and box["height"] < 1.5 * size, "the number is on one line"
    assert page.evaluate("document.documentElement.scrollWidth") == 390
