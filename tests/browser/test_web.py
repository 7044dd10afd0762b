"""The web without a browser: who may ask, what the answers are, and how it begins and ends."""

import ast
import json
import signal
import socket
import time
import urllib.error
import urllib.request
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from edge import facts as f
from edge.core import Ask, Core, unheard
from edge.journal import Journal
from edge.requests import Configure, RaiseHelp
from edge.settings import Settings
from tests.browser.house import House
from web import words, words_of_accounts, words_of_numbers, words_of_tickets
from web.pictures import Pictures
from web.slots import Texts

RULES = Path(__file__).resolve().parents[2] / "edge" / "rules"
ENTER = b'{"ask": "IssueTicket", "contact": "W-1", "queue": "payments", "by": "somebody else"}'


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": None}, 200),  # the page of this session has said its word
        ({"X_CSRF_Token": "0" * 32}, 403),
        ({"X_CSRF_Token": None}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
        ({"Host": "evil.example", "Origin": "http://evil.example"}, 421),  # a name that was pointed at us
    ],
)
def test_only_our_own_page_may_ask(house: House, headers: dict[str, str | None], status: int) -> None:
    meant = {"Origin": house.url, "X_CSRF_Token": house.csrf()} | headers
    sent = {
        name: value if value is not None else "" for name, value in meant.items() if value is not None or "CSRF" in name
    }
    assert house.post(ENTER, **sent)[0] == status
    assert ("TicketIssued" in house.facts()) == (status == 200)


@pytest.mark.parametrize(
    ("body", "status", "key"),
    [
        (b'{"ask": "SignIn", "agent": "nobody", "desk": "1"}', 409, "error"),
        (b'{"ask": "SignIn", "agent": 7, "desk": "1"}', 400, "error"),
        (b'{"ask": "Configure", "wanted": []}', 400, "error"),
        (b'{"ask": "DeviceEvent"}', 400, "error"),
        (b'{"follow": true}', 400, "error"),
        (b"[1]", 400, "error"),
        (b"{", 400, "error"),
        (b'{"ask": "\xff"}', 400, "error"),
        (b'{"ask": "SignIn", "agent": "' + b"x" * 5000 + b'"}', 413, "error"),
    ],
)
def test_answers(house: House, body: bytes, status: int, key: str) -> None:
    answered, told = house.post(body, Origin=house.url)
    assert (answered, next(iter(told))) == (status, key)
    assert (
        house.post(ENTER, Origin=house.url)[1]["facts"][0]["kind"] == "TicketIssued"
    )  # and nothing is the worse for it


def test_who_asked_is_said_by_the_server(house: House) -> None:
    house.post(ENTER, Origin=house.url)
    rows = [fact for fact in house.journal() if type(fact).__name__ == "TicketIssued"]
    assert [fact.by for fact in rows] == ["tests"]


def test_a_core_that_is_away_is_503(house: House) -> None:
    assert house.post(ENTER, Origin=house.url)[0] == 200
    house.kill("core")
    assert house.post(ENTER, Origin=house.url) == (
        503,
        {"error": "The floor's core is not answering: nothing was done."},
    )


def test_the_web_may_be_there_before_the_core(tmp_path: Path) -> None:
    house = House(tmp_path)
    try:
        (tmp_path / "journal.db").touch()  # the core has just begun to make it
        house.start_web()
        assert house.get("/api/floor")["away_ms"] is not None
        house.start_core()
        house.configure()
        wait(lambda: len(house.get("/api/floor")["desks"]) == 4)
        wait(lambda: house.get("/api/floor")["away_ms"] is None)
    finally:
        house.close()


def test_a_core_that_hangs_is_away_too(house: House) -> None:
    """It still accepts, since the kernel does that; it only says nothing."""
    assert house.core
    wait(lambda: house.get("/api/floor")["away_ms"] is None)
    house.core.send_signal(signal.SIGSTOP)
    try:
        wait(lambda: house.get("/api/floor")["away_ms"] is not None)
    finally:
        house.core.send_signal(signal.SIGCONT)
    wait(lambda: house.get("/api/floor")["away_ms"] is None)


def test_sixty_live_pages_starve_nobody_and_sigterm_ends_all_within_a_second(house: House) -> None:
    pages = [listen(house) for _ in range(60)]
    for page in pages:
        hear(page, b'"desks":[')
    house.put(RaiseHelp(desk="1"))
    began = time.monotonic()
    for page in pages:
        hear(page, b'"state":"raised"')
    assert time.monotonic() - began < 2
    assert house.post(ENTER, Origin=house.url)[0] == 200
    assert house.kill("web", signal.SIGTERM) < 1
    assert house.web and house.web.returncode == 0


def test_a_page_that_does_not_read_holds_up_neither_others_nor_the_end(house: House) -> None:
    listen(house)
    listen(house)
    for number in range(30):
        house.post(ENTER.replace(b"W-1", b"W-%d" % number), Origin=house.url)
    wait(lambda: house.get("/api/floor")["queues"][2]["waiting"] == 30)
    assert house.kill("web", signal.SIGTERM) < 1.5


def test_headers_and_error_pages(house: House) -> None:
    with urllib.request.urlopen(house.request("/?lang=zh")) as answer:
        assert answer.url == house.url + "/floor?lang=zh"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    with pytest.raises(urllib.error.HTTPError) as missing:
        urllib.request.urlopen(house.request("/no<b>where?lang=zh"))
    assert missing.value.code == 404
    assert "没有这个页面" in missing.value.read().decode()


def test_every_sentence_of_the_rules_has_its_chinese() -> None:
    texts = Texts("zh", 0, ZoneInfo("UTC"))
    said = (*RULES.glob("*.py"), *(RULES.parent / "accounts").glob("*.py"))
    sentences = [s for path in said for s in _sentences(ast.parse(path.read_text()))]
    assert len(sentences) > 25
    assert [s for s in sentences if texts.sentence(s) == s] == []


def _sentences(tree: ast.AST) -> list[str]:
    """What is refused with, and why a press is too late; a value in it stands as a word that can be one."""
    found = []
    for node in ast.walk(tree):
        value = None
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Refused", "BadAccount") and node.args:
            value = node.args[0]
        elif isinstance(node, ast.Constant) and str(node.value).endswith("press again."):
            value = node
        if isinstance(value, ast.Constant):
            found.append(str(value.value))
        elif isinstance(value, ast.JoinedStr):
            parts = [str(p.value) if isinstance(p, ast.Constant) else _word(p) for p in value.values]
            found.append("".join(parts))
    return found


def _word(part: ast.expr) -> str:
    text = ast.unparse(part)
    return "acknowledged" if "{state" in text else "not ready" if "presence" in text else "X1"


def test_no_word_stands_twice() -> None:
    text = Path(words.__file__).read_text(encoding="utf-8")
    keys = [*words_of_tickets.WORDS, *words_of_accounts.WORDS, *words_of_numbers.WORDS]
    assert [key for key in keys if f'    "{key}": (' in text] == []
    assert len(keys) == len(set(keys))


def test_both_languages_have_every_word() -> None:
    for key, (english, chinese) in words.WORDS.items():
        assert english, key
        assert chinese, key
        assert english.count("{}") == chinese.count("{}"), key


def listen(house: House) -> socket.socket:
    page = socket.create_connection(("127.0.0.1", house.port), timeout=5)
    page.sendall(f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{house.port}\r\nCookie: {house.cookie}\r\n\r\n".encode())
    return page


def hear(page: socket.socket, what: bytes) -> None:
    heard = b""
    while what not in heard:
        piece = page.recv(65536)
        assert piece, json.dumps(heard[-200:].decode())
        heard += piece


def wait(so: object, timeout_s: float = 10) -> None:
    deadline = time.monotonic() + timeout_s
    while not so():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_clock_that_was_set_back_is_an_alarm(tmp_path: Path) -> None:
    core = Core(Journal(tmp_path / "journal.db"))
    wish = Configure(wanted=(f.QueueOpened(queue="q", at_ms=0),))
    core.step([Ask(wish, unheard)], time.time_ns() // 1_000_000 + 3_599_000)
    core.journal.close()
    pictures = Pictures(Settings(site="lab"), tmp_path)
    pictures.start()
    try:
        wait(lambda: pictures.picture.floor[0]["queues"])
        said = (
            "The machine's clock was set back: the floor's time is up to 60 min ahead of it, and gets even by itself."
        )
        assert pictures.picture.floor[0]["alarms"][0] == said
        assert Texts("zh", 0, ZoneInfo("UTC")).sentence(said) == "系统时钟被调回：现场时间最多快 60 分钟，将自行追平。"
    finally:
        pictures.stop()
