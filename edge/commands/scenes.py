"""What the gallery shows on each board: views of the edge, made up by hand, in English and in Chinese."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from edge import codes, wire

View = tuple[str, dict[str, Any]]
LANGS = wire.LANGS
POINTS = "  000134689=BDFHIGECA8764AFJNXTP"
LINK = codes.packed("https://example.org/q/1")


class Scene(NamedTuple):
    """Its name, its views, the moments after them at which it is looked at, and whether the edge is lost then. `keys` are pressed
    before, and a view with a `seq` answers the last of them."""

    name: str
    views: list[View]
    at_s: tuple[float, ...] = (0.3,)
    is_lost: bool = False
    keys: tuple[str, ...] = ()


def tile(label: str, value: str = "", kind: str = "number", **more: Any) -> dict[str, Any]:
    fields = {"kind": kind, "label": label, "short": "", "value": value, "unit": "", "age_s": None, "level": "normal"}
    return {**fields, **more}


SIX = {
    "en": [
        tile("waiting", "12"),
        tile("Payments longest wait", age_s=67, level="warn"),
        tile("service level", "82", "bar", unit="%", share=820),
        tile("offered", "37", "trend", points=POINTS),
        tile("mean wait", "26", unit="s"),
        tile("help", "2", level="alarm"),
    ],
    "zh": [
        tile("等候", "12"),
        tile("缴费 最长等候", age_s=67, level="warn"),
        tile("服务水平", "82", "bar", unit="%", share=820),
        tile("进线", "37", "trend", points=POINTS),
        tile("平均等候", "26", unit="秒"),
        tile("求助", "2", level="alarm"),
    ],
}
KINDS = {
    "en": [
        tile("last called", kind="list", text="A012|→ 3|B007|→ 1|A011|→ 12"),
        tile("waiting", kind="list", text="Payments|12|Loans and claims|3|Complaints|0"),
        tile("", kind="notice", text="Training at 14:00 in the blue room"),
        tile("called", "A012", "call", desk="3"),
        tile("Leave a number", kind="code", code=LINK),
        tile("abandoned", "7", level="warn"),
        tile("", kind="ticker", text="Welcome. Please keep your ticket until you are called; it takes a few minutes."),
    ],
    "zh": [
        tile("最近叫号", kind="list", text="A012|→ 3|B007|→ 1|A011|→ 12"),
        tile("等候", kind="list", text="缴费|12|贷款与理赔|3|投诉|0"),
        tile("", kind="notice", text="今天下午两点在蓝厅培训，请准时参加"),
        tile("叫号", "A012", "call", desk="3"),
        tile("留下号码", kind="code", code=LINK),
        tile("放弃", "7", level="warn"),
        tile("", kind="ticker", text="欢迎光临。请保管好您的号码票，听到叫号后请到相应柜台办理业务。"),
    ],
}
LONG = {
    "en": [
        tile("long name of some queue", "123456789012", unit="km"),
        *(tile(f"tile {n}", f"{n}00") for n in range(2, 13)),
    ],
    "zh": [
        tile("名字特别长的一个业务队列等候时间", "123456789012", unit="秒"),
        *(tile(f"第 {n} 项", f"{n}00") for n in range(2, 13)),
    ],
}
ROWS = {  # on one row of LEDs, one after the other
    "en": [
        tile("waiting", "12", short="WAIT"),
        tile("longest wait", age_s=67, level="warn", short="LONGEST"),
        tile("service level", "82", "bar", unit="%", share=820, short="LEVEL"),
        tile("offered", "37", "trend", points=POINTS, short="OFFERED"),
        tile("help", "2", level="alarm", short="HELP"),
        tile("called", "A012", "call", desk="3", short="CALL"),
    ],
    "zh": [
        tile("等候", "12", short="WAIT"),
        tile("最长等候", age_s=67, level="warn", short="LONGEST"),
        tile("服务水平", "82", "bar", unit="%", share=820, short="LEVEL"),
        tile("进线", "37", "trend", points=POINTS, short="OFFERED"),
        tile("求助", "2", level="alarm", short="HELP"),
        tile("叫号", "A012", "call", desk="3", short="CALL"),
    ],
}
TITLES = {"en": "Main hall", "zh": "一楼大厅"}
NOTICES = {"en": "Closed from 14:00", "zh": "下午两点停止办理"}
LAST = (("A011", "2"), ("B007", "1"), ("A010", "12"), ("A009", "2"), ("B006", "3"), ("A008", "1"))


def board(lang: str, tiles: list[dict[str, Any]], notice: str = "") -> list[View]:
    head = {"title": TITLES[lang], "tiles": len(tiles), "notice": notice, "lang": lang}
    return [("show/board", head), *((wire.tile(n), each) for n, each in enumerate(tiles, 1))]


def wallboard(lang: str, is_row: bool) -> Iterator[Scene]:
    if is_row:
        for each in ROWS[lang]:
            yield Scene(each["kind"] + " " + each["level"], board(lang, [each]), (0.3, 2.4, 5.4))
        yield Scene("stale", [], (0.3, 2.8), True)
        return
    yield Scene("six tiles", board(lang, SIX[lang]))
    yield Scene("the other kinds, a ticker below, a notice above", board(lang, KINDS[lang], NOTICES[lang]), (3.0,))
    for each in (SIX[lang][1], SIX[lang][3], KINDS[lang][4], KINDS[lang][0]):
        yield Scene("one " + each["kind"], board(lang, [each]))
    yield Scene("twelve, the first too long", board(lang, LONG[lang]), (3.5,))
    yield Scene("stale", board(lang, SIX[lang]), is_lost=True)


def hall(lang: str, is_row: bool) -> Iterator[Scene]:
    head = board(lang, [])
    yield Scene("nobody called", [*head, _calls(lang, 0, "", "")])
    yield Scene("a new call", [*head, _calls(lang, 7, "A012", "3", age_s=0)], (0.05, 0.3))
    yield Scene("a call", [*head, _calls(lang, 8, "A012", "3")])
    yield Scene("a long number", [*head, _calls(lang, 9, "ABCDEFGH1234", "12345678")], (0.3, 4.0) if is_row else (0.3,))
    yield Scene("stale", [], (0.3, 3.0) if is_row else (0.3,), True)


def counter(lang: str, is_row: bool) -> Iterator[Scene]:
    for state, number in (("open", ""), ("closed", ""), ("called", "B007"), ("serving", "A012"), ("away", "")):
        view = {"number": number, "state": state, "announcement": 0, "lang": lang}
        yield Scene(state, [("show/counter", view)], (0.1,))
    yield Scene("lost", [], (0.3, 3.0) if is_row else (0.3,), True)


DOORS = {
    "en": ("Payments", "Loans and claims", "Complaints", "Advice"),
    "zh": ("缴费", "贷款与理赔", "投诉", "咨询"),
}


def dispenser(lang: str, is_row: bool) -> Iterator[Scene]:
    states = (("open", "", 12, 25), ("open", "", 0, None), ("closed", "13:30", 0, None), ("full", "", 40, None))
    doors: list[View] = [
        (wire.door(n), {"title": title, "state": state, "opens": opens, "waiting": waiting, "wait_min": wait_min})
        for n, (title, (state, opens, waiting, wait_min)) in enumerate(zip(DOORS[lang], states, strict=True), 1)
    ]
    ticket = {"number": "A013", "title": DOORS[lang][0], "ahead": 12, "wait_min": 25, "slip": True, "verdict": "done"}
    yield Scene("what waits", [*doors, _dispenser(lang)], (4.5,))
    yield Scene("a ticket", [_dispenser(lang, **ticket)], keys=("1",))
    yield Scene("closed", [_dispenser(lang, verdict="refused")], keys=("3",))
    yield Scene("out of order", [], is_lost=True)


def _dispenser(lang: str, **fields: Any) -> View:
    none = {"boot": 0, "seq": 0, "verdict": "none", "why": "", "number": "", "title": "", "ahead": 0, "wait_min": None}
    return "show/dispenser", {"lang": lang, "doors": 4, **none, "slip": False, **fields}


def rating(lang: str, is_row: bool) -> Iterator[Scene]:
    view = {"lang": lang, "ask": 7, "number": "A012", "age_s": 0, "boot": 0, "seq": 0, "verdict": "none"}
    if lang == "zh":
        view["ask"] = 8
    yield Scene("a question", [("show/rating", view)])
    yield Scene("rated", [("show/rating", {**view, "verdict": "done"})], keys=("5",))
    yield Scene("out of order", [], (4.5,), is_lost=True)


def desk(lang: str, is_row: bool) -> Iterator[Scene]:
    yield Scene("signed out", [_lamp(lang, "signed_out", None)])
    yield Scene("a PIN", [], keys=("ready", "break", "next"))
    yield Scene("ready", [_lamp(lang, "ready", 65)])
    yield Scene("serving", [_lamp(lang, "serving", 754, number="A012")])
    why = {"en": "Nobody waits in your queues.", "zh": "您的业务没有人等候。"}[lang]
    yield Scene("refused", [_lamp(lang, "ready", 70, verdict="refused", why=why)], keys=("next",))
    yield Scene("lost", [], (6.5,), is_lost=True)


def _lamp(lang: str, presence: str, age_s: int | None, **fields: Any) -> View:
    none = {"help": "none", "boot": 0, "seq": 0, "verdict": "none", "why": "", "number": ""}
    return "show/lamp", {"presence": presence, "age_s": age_s, **none, "lang": lang, **fields}


def _calls(lang: str, id: int, number: str, desk: str, age_s: int = 60) -> View:
    fields: dict[str, Any] = {
        "announcement": id,
        "age_s": age_s if id else None,
        "number": number,
        "desk": desk,
        "lang": lang,
    }
    for place in range(1, wire.LINES_MAX + 1):
        fields[f"number{place}"], fields[f"desk{place}"] = LAST[place - 1] if id else ("", "")
    return "show/hall", fields


ROLES = {
    "wallboard": wallboard,
    "hall": hall,
    "counter": counter,
    "dispenser": dispenser,
    "rating": rating,
    "desk": desk,
}
