"""What boards and counter displays show of a floor, tile by tile."""

import pytest

from edge import boards, labels, tiles, views, wire
from edge import facts as f
from edge.floor import Board
from edge.tiles import parse
from tests.rules.scene import NOW_MS, Scene

DAY = (NOW_MS - 3_600_000, NOW_MS + 3_600_000)
S = 1000


def tile(scene: Scene, text: str, now_ms: int = NOW_MS) -> tuple[object, ...]:
    """(value, unit, since_ms, level) of one tile."""
    [shown] = boards.show(scene.floor, Board("b", tiles=(text,)), now_ms, DAY)
    return shown[1:5]


def test_an_empty_floor(scene: Scene) -> None:
    for name in (*tiles.LIVE[:-1], *tiles.OF_TIME):
        dash = name in ("longest_wait", "service_level", "asa")
        assert tile(scene, name)[0] == ("–" if dash else "0"), name
    assert tile(scene, "help") == ("0", "", None, "normal")
    assert tile(scene, "waiting(nowhere)") == ("–", "", None, "normal")


@pytest.mark.parametrize(("waited_s", "level"), [(20, "normal"), (21, "warn"), (60, "warn"), (61, "alarm")])
def test_a_wait_warns_past_its_queues_target(scene: Scene, waited_s: int, level: str) -> None:
    entered_ms = NOW_MS - waited_s * S
    scene.waiting("A1", at_ms=entered_ms)
    scene.waiting("A2", at_ms=NOW_MS)
    assert tile(scene, "waiting(payments)") == ("2", "", None, level)
    assert tile(scene, "longest_wait(payments)") == ("", "", entered_ms, level)
    assert tile(scene, "longest_wait") == ("", "", entered_ms, level)
    assert tile(scene, "waiting(support)") == ("0", "", None, "normal")


def test_a_service_level_of_two_queues_is_summed_not_averaged(scene: Scene) -> None:
    scene.signed_in()
    for n, (queue, wait_s) in enumerate([("payments", 1)] * 3 + [("support", 99)]):
        scene.waiting(f"A{n}", queue=queue)
        scene.given(
            f.ContactAnswered(contact=f"A{n}", agent="ana", wait_ms=wait_s * S, at_ms=NOW_MS),
            f.ContactEnded(contact=f"A{n}", at_ms=NOW_MS),
        )
    assert tile(scene, "service_level(payments)") == ("100", "%", None, "normal")
    assert tile(scene, "service_level(support)") == ("0", "%", None, "alarm")
    assert tile(scene, "service_level") == ("75", "%", None, "warn")
    assert tile(scene, "asa") == ("26", "s", None, "normal")  # 25.5
    assert tile(scene, "answered") == ("4", "", None, "normal")


def test_help_but_never_the_silent_kind(scene: Scene) -> None:
    scene.signed_in()
    scene.given(f.HelpRaised(desk="1", help="safety", at_ms=NOW_MS))
    assert tile(scene, "help") == ("0", "", None, "normal")
    scene.given(f.HelpRaised(desk="2", at_ms=NOW_MS))
    assert tile(scene, "help") == ("1", "", None, "alarm")
    scene.given(f.HelpAcknowledged(desk="2", at_ms=NOW_MS))
    assert tile(scene, "help") == ("1", "", None, "warn")
    scene.given(f.HelpRaised(desk="2", help="technical", at_ms=NOW_MS))
    assert tile(scene, "help") == ("2", "", None, "alarm")


def test_ready_and_serving(scene: Scene) -> None:
    scene.signed_in()
    assert tile(scene, "ready(payments)")[0] == "1"
    assert tile(scene, "ready(support)")[0] == "0"
    scene.serving()
    assert (tile(scene, "ready")[0], tile(scene, "serving")[0], tile(scene, "waiting")[0]) == ("0", "1", "0")


@pytest.mark.parametrize(
    ("text", "en", "zh", "short"),
    [
        ("waiting(payments)", "Payments waiting", "缴费 等候", "A WAIT"),
        ("waiting", "waiting", "等候", "WAIT"),
        ("service_level(payments, 15 min)", "Payments level 15 min", "缴费 15 分钟服务水平", "A LEVEL"),
        ("trend(offered, nowhere)", "nowhere offered", "nowhere 进线", "OFFERED"),
        ("list(calls)", "last called", "最近叫号", "CALLS"),
        ('qr("https://a.b", "Leave a number")', "Leave a number", "Leave a number", ""),
        ('notice("Hi")', "", "", ""),
        (
            "service_level(a very long name of a queue)",
            "a very lon service level",
            "a very long name of 服务水平",
            "LEVEL",
        ),
    ],
)
def test_labels(scene: Scene, text: str, en: str, zh: str, short: str) -> None:
    scene.given(f.QueueOpened(queue="payments", letter="A", title="Payments", title_zh="缴费", at_ms=NOW_MS))
    told = [labels.label(scene.floor, parse(text), lang) for lang in ("en", "zh")]
    assert (*told, labels.short(scene.floor, parse(text))) == (en, zh, short)
    assert max(map(len, told)) <= tiles.LABEL_CHARS_MAX


def more(scene: Scene, text: str, now_ms: int = NOW_MS) -> object:
    """(kind, what it has besides) of one tile, as the wire takes it."""
    [shown] = boards.show(scene.floor, Board("b", tiles=(text,)), now_ms, DAY)
    fields = {"label": "", "short": "", "value": shown.value, "unit": "", "age_s": None, "level": shown.level}
    wire.encode("show/tile", {"epoch": "e", "rev": 1, "kind": shown.kind, **fields, **shown.more})
    return shown.kind, *shown.more.values()


def test_kinds_have_what_the_wire_wants(scene: Scene) -> None:
    assert more(scene, "service_level") == ("number",), "no bar of nothing"
    assert more(scene, "call") == ("call", "")
    assert more(scene, "list(calls)") == ("list", "")
    scene.signed_in()
    for n, wait_s in enumerate((1, 99, 1, 1)):
        scene.waiting(f"A{n}", at_ms=NOW_MS)
        scene.given(
            f.ContactAnswered(contact=f"A{n}", agent="ana", wait_ms=wait_s * S, at_ms=NOW_MS),
            f.ContactEnded(contact=f"A{n}", at_ms=NOW_MS),
        )
    scene.waiting("W1", queue="support")
    assert more(scene, "service_level(payments)") == ("bar", 750)
    assert more(scene, 'ticker("Hello")') == ("ticker", "Hello")
    assert more(scene, "list(queues)") == ("list", "support|1|payments|0")
    assert more(scene, 'qr("https://example.org/1")')[0] == "code"  # type: ignore[index]
    kind, points = more(scene, "trend(offered, payments)")  # type: ignore[misc]
    quarters = 1 + (NOW_MS - DAY[0]) // boards.INTERVAL_MS
    assert (kind, points.strip(" 0")) == ("trend", wire.POINT_MOST)
    assert len(points) == wire.POINTS_MAX and abs(len(points.lstrip(" ")) - quarters) <= 1, (
        "before the day there is nothing"
    )
    assert more(scene, "trend(service_level)")[1].strip() == "N"  # type: ignore[index]  # three quarters of 40 steps
    scene.called("A17")
    assert more(scene, "call") == ("call", "1")
    assert more(scene, "list(calls)") == ("list", "A17|→ 1")


def test_a_list_is_cut_between_rows(scene: Scene) -> None:
    for n in range(9):
        scene.given(f.QueueOpened(queue=f"q|{n}", title="末" * 60, at_ms=NOW_MS))
    _, text = more(scene, "list(queues)")  # type: ignore[misc]
    rows = text.split("|")
    assert len(rows) == 2 * boards.ROWS_MAX
    assert set(rows[1::2]) == {"0"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        *(
            (text, "is no tile")
            for text in ("", "speed", "waiting()", "waiting(a", "help(payments)", "Waiting", "call(1)")
        ),
        ("trend", "is no trend; as in"),
        ("trend(waiting)", "what a moment has, as waiting, leaves no trend"),
        ("list(agents)", "of calls, queues"),
        ("list(calls, payments)", "is no list"),
        ("ticker(Welcome)", "double ones inside"),
        ('notice("a", "b")', "is no notice"),
        ('ticker("a\tb")', "that no display shows"),
        ('ticker("%s")' % ("x" * 151), "has 151 characters; it takes 150 at most"),
        ('qr("%s")' % ("x" * 54), "a QR code takes 53 bytes at most, not 54"),
        ('qr("x", "%s")' % ("x" * 25), "the label .* has 25 characters"),
    ],
)
def test_what_is_no_tile(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse(text)


def test_a_counter_says_what_visitors_may_know(scene: Scene) -> None:
    def shown() -> tuple[str, str]:
        view = views.counter(scene.floor, scene.floor.desks["1"], "en")
        return view["number"], view["state"]

    assert shown() == ("", "closed")
    scene.signed_in("not_ready", "break")
    assert shown() == ("", "away")
    scene.given(f.PresenceChanged(agent="ana", presence="ready", at_ms=NOW_MS))
    assert shown() == ("", "open")
    scene.called("A1")
    assert shown() == ("A1", "called")
    scene.given(f.ServingBegan(contact="A1", at_ms=NOW_MS))
    assert shown() == ("A1", "serving")
    scene.given(f.ContactHeld(contact="A1", at_ms=NOW_MS))
    assert shown() == ("A1", "serving")
    scene.given(f.ContactEnded(contact="A1", at_ms=NOW_MS))
    scene.called("C-77", channel="call")
    assert shown() == ("", "serving"), "a caller's number is nobody's business"
