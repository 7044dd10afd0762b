"""What a desk unit has under the hand beside its keys, on its bench: badge, chime, light, self-test; and keys that are stuck."""

import time
from collections.abc import Callable

import pytest

from edge import wire
from edge.commands import boards
from hardware.virtual import Board
from tests.firmware.bench import SITE, Desk

MakeDesk = Callable[..., Desk]
PLUS = "desk-unit-plus"
UID = bytes.fromhex("04a1b2c3")
FAST = "import badges, dimmer; badges.LOOK_MS = dimmer.LOOK_MS = 20"


def light(desk: Desk, percent: int, volume: int, epoch: str = "e1") -> None:
    desk.edge.rev += 1
    view = {"epoch": epoch, "rev": desk.edge.rev, "percent": percent, "volume": volume}
    desk.edge._say(wire.topic(SITE, desk.edge.name, "show/light"), wire.encode("show/light", view), retain=True)


def tones(board: Board) -> list[int]:
    assert board.buzzer
    return [hz for _, hz in list(board.buzzer.history) if hz]


def until(true: Callable[[], object], timeout_s: float = 5) -> None:
    end = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def brightest(board: Board) -> int:
    return max(level for pixel in board.lamp or () for level in pixel)


def test_a_badge_is_told_once_as_long_as_it_lies_there(make_desk: MakeDesk) -> None:
    desk = make_desk(FAST, presence="signed_out", board=PLUS)
    edge, reader = desk.edge, desk.board.badge
    assert reader
    desk.board.press("next")  # a digit, which the badge takes the place of
    desk.board.wait_lamp(lambda view: view.digits == 1, 2)
    for seq in (1, 2):
        reader.present(UID)
        event = edge.hear("ev")
        assert (event["kind"], event["badge"], event["seq"]) == ("badge", "04a1b2c3", seq)
        desk.board.wait_lamp(lambda view: view.pending and view.digits == 0, 2)
        edge.ack(1, seq)
        edge.lamp("signed_out", seq=seq, verdict="refused", why="No agent has this badge.")
        desk.board.wait_lamp(lambda view: view.no, 2)
        assert edge.hears_nothing("ev", 0.4)
        reader.remove()
        time.sleep(0.3)
    assert desk.board.faults == []


def test_a_call_rings_once_unless_it_is_quiet(make_desk: MakeDesk) -> None:
    desk = make_desk(FAST, board=PLUS)
    board, edge = desk.board, desk.edge
    ring = [784, 587]
    assert board.buzzer
    edge.lamp("called")
    until(lambda: tones(board) == ring and board.buzzer and board.buzzer.tone is None)
    edge.lamp("called")  # sent again
    for presence in ("serving", "hold", "ready"):
        edge.lamp(presence)
    board.wait_confirmed("ready", 2)
    board.press("help", "long")
    edge.ack(1, edge.hear("ev")["seq"])
    edge.lamp("ready", help="none", seq=1)
    light(desk, 100, 0)
    edge.lamp("called")
    board.wait_confirmed("called", 2)
    time.sleep(0.3)
    assert tones(board) == ring, "quiet hours, and help that is silent"
    edge.lamp("ready")
    light(desk, 100, 50)
    edge.lamp("called")
    until(lambda: tones(board) == 2 * ring)
    assert board.faults == []


def test_the_lamp_is_dimmed_by_the_clock_and_by_the_room(make_desk: MakeDesk) -> None:
    desk = make_desk(FAST, board=PLUS, before=lambda board: setattr(board.light, "level", 65_535))
    board = desk.board
    assert board.light
    full = brightest(board)
    light(desk, 50, 100)
    until(lambda: brightest(board) == full // 2)
    assert desk.edge.hear("shown")["rev"] <= desk.edge.rev
    light(desk, 1, 100, "e0")  # of another edge
    board.light.level = 0
    until(lambda: brightest(board) == -(-full // 10))
    assert board.view.presence == "ready", "its shape stays"
    seen = len(board.seen)
    for level in (3_000, 0, 4_000, 1_000):  # hands that pass
        board.light.level = level
        time.sleep(0.1)
    assert len(board.seen) == seen
    board.light.level = 65_535
    until(lambda: brightest(board) == full // 2)


def says_stuck(board: Board) -> bool:
    stuck = [True, False, True, True, False]
    return any([bool(sum(p)) for p in pixels][:5] == stuck for _, pixels in board.seen)


def test_a_stuck_key_is_told_shown_and_in_nobodys_way(make_desk: MakeDesk) -> None:
    def hold(board: Board) -> None:
        with pytest.raises(ConnectionError):
            board.level("recall", 0)

    desk = make_desk("import wire; wire.HEALTH_MS = 300", before=hold)
    edge, board = desk.edge, desk.board
    while edge.hear("health")["stuck"] != "recall":
        pass
    assert edge.hears_nothing("ev", 1.0), "it calls nobody"
    until(lambda: says_stuck(board))
    board.press("ready")
    assert edge.hear("ev")["key"] == "ready"
    edge.ack(1, 1)
    edge.lamp("ready", seq=1)
    edge.do("selftest")
    answer = edge.hear("rsp", 10)
    assert not answer["ok"] and answer["why"].startswith("Stuck: recall. 6 keys, lamp, flash ")
    board.level("recall", 1)
    while edge.hear("health")["stuck"]:
        pass
    board.press("recall")
    assert edge.hear("ev")["key"] == "recall"


def test_who_holds_help_for_long_is_not_shown(make_desk: MakeDesk) -> None:
    """It is the silent call; the edge is told that the key is stuck, as of any."""
    desk = make_desk("import keys; keys.STUCK_MS = 1_500; import wire; wire.HEALTH_MS = 300")
    desk.board.level("help", 0)
    assert desk.edge.hear("ev")["press"] == "long"
    desk.edge.ack(1, 1)
    while desk.edge.hear("health", 15)["stuck"] != "help":
        pass
    time.sleep(2.5)  # longer than from one sign to the next
    assert desk.board.view.presence == "ready" and not says_stuck(desk.board)
    desk.board.level("recall", 0)  # of any other it is shown as ever
    while desk.edge.hear("health", 15)["stuck"] == "help":
        pass
    until(lambda: says_stuck(desk.board))


def test_a_nervous_finger_calls_once(make_desk: MakeDesk) -> None:
    desk = make_desk()
    for gap_ms in (0, 60, 60, 60):
        desk.board.press("next", gap_ms=gap_ms)
    assert desk.edge.hear("ev")["key"] == "next"
    assert desk.edge.hears_nothing("ev", 0.4)
    desk.edge.ack(1, 1)
    desk.board.press("next", "long", gap_ms=60)  # whatever was before, who holds it means it
    assert desk.edge.hear("ev")["press"] == "long"


def test_the_self_test_walks_every_part(make_desk: MakeDesk) -> None:
    desk = make_desk(FAST, board=PLUS, before=lambda board: setattr(board.light, "level", 65_535))
    for id in ("s1", "s1", "s2"):  # sent again at a greeting it is the same one; another has to wait
        desk.edge.do("selftest", id)
    assert desk.edge.hear("rsp") == {"id": "s2", "ok": False, "why": "Another self-test goes on."}
    answer = desk.edge.hear("rsp", 10)
    assert answer["id"] == "s1"
    for part in ("6 keys", "lamp, screen", "badge reader 92", "light ", "buzzer", " KB free", "dBm", "heap"):
        assert part in answer["why"], answer
    assert answer["ok"] and tones(desk.board)
    whole = {pixels[0] for _, pixels in desk.board.seen if len(set(pixels)) == 1}
    assert {(48, 0, 0), (0, 48, 0), (0, 0, 48), (48, 48, 48)} <= whole
    desk.board.wait_confirmed("ready", 2)


def test_a_reader_that_does_not_answer_is_a_fault_and_the_rest_works(make_desk: MakeDesk) -> None:
    desk = make_desk("import drivers.mfrc522 as m; m.VERSIONS = ()", board=PLUS)
    desk.edge.do("selftest", "s1")
    answer = desk.edge.hear("rsp", 10)
    assert not answer["ok"] and answer["why"].startswith("No badge reader answers. 6 keys")
    desk.board.press("ready")
    assert desk.edge.hear("ev")["key"] == "ready"


def is_lit(board: Board) -> bool:
    return bool(board.screen and any(board.screen.rgb()))


def test_a_screen_that_is_dead_or_loose_is_a_fault_and_the_rest_works(make_desk: MakeDesk) -> None:
    screens = []

    def take(board: Board) -> None:
        screens.append(board.screen)
        board.screen = None

    desk = make_desk(FAST, board=PLUS, before=take)
    desk.edge.do("selftest", "s1")
    answer = desk.edge.hear("rsp", 10)
    assert not answer["ok"] and answer["why"].startswith("The screen does not answer. 6 keys"), answer
    desk.board.press("ready")
    assert desk.edge.hear("ev")["key"] == "ready"
    desk.edge.ack(1, 1)
    desk.edge.lamp("serving", seq=1, number="A017")
    desk.board.wait_confirmed("serving", 2)
    for presence in ("hold", "wrap_up"):
        desk.board.screen = screens[0]
        until(lambda: is_lit(desk.board))
        take(desk.board)
        screens[0]._memory[:] = bytes(len(screens[0]._memory))  # its power was off
        screens[0].is_on = False
        missed = len(desk.board.faults)
        desk.edge.lamp(presence, seq=1, age_s=None)  # nothing on it moves by itself
        desk.board.wait_confirmed(presence, 2)
        until(lambda missed=missed: len(desk.board.faults) > missed)  # type: ignore[misc]
    desk.board.screen = screens[0]
    until(lambda: is_lit(desk.board))
    assert set(desk.board.faults) == {"I2C 0: nobody answers at 0x3C"}
    assert desk.board.connects == 1


def test_safe_mode_needs_no_screen(make_desk: MakeDesk) -> None:
    record = b'{"boot": 7, "slot": "a", "fails": 5, "trial": 0, "said": ""}'

    def take(board: Board) -> None:
        board.screen = None
        boards.write(board, {**boards.stored(board), "boot.json": record})

    desk = make_desk(presence=None, board=PLUS, before=take)
    assert desk.edge.hear("$state", 10)["state"] == "safe"


def test_the_small_screen_says_what_the_lamp_cannot(make_desk: MakeDesk) -> None:
    desk = make_desk(FAST + "; import glance; glance.WHY_MS = 500", board=PLUS)
    board, edge = desk.board, desk.edge
    assert board.screen
    pictures = set()

    def changed() -> bool:
        assert board.screen
        pictures.add(board.screen.rgb())
        return len(pictures) > seen

    seen = 0
    for change in (
        lambda: edge.lamp("called", number="A017"),
        lambda: edge.lamp("serving", number="A017", age_s=65),
        lambda: edge.lamp("serving", number="A017", age_s=65, lang="zh"),
        lambda: edge.lamp("not_ready"),
        edge.lost,
    ):
        change()
        until(changed)
        seen = len(pictures)
    edge.beat()
    edge.lamp("signed_out", age_s=None)  # nothing moves
    board.wait_confirmed("signed_out", 2)
    time.sleep(1.3)
    edge.lamp("serving", number="A017", age_s=10)
    board.wait_confirmed("serving", 2)
    time.sleep(0.3)  # the screen comes after the lamp
    before = board.screen.rgb()
    until(lambda: board.screen and board.screen.rgb() != before)  # its time runs
    board.press("recall")
    edge.ack(1, edge.hear("ev")["seq"])
    edge.lamp("serving", seq=1, verdict="refused", why="The customer has come and is being served.", number="A017")
    until(changed)
    assert board.faults == []
