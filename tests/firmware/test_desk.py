"""The desk unit on its bench: real firmware, real broker, an edge played by hand."""

import contextlib
import queue
import time
from collections.abc import Callable

import pytest

from edge import wire
from tests.firmware.bench import Desk, Site

MakeDesk = Callable[..., Desk]
HELD, PRESSES = 12, 36  # as many events as RAM holds, and more


def test_birth_then_press_then_confirmed_lamp(make_desk: MakeDesk) -> None:
    desk = make_desk(presence=None)
    edge, board = desk.edge, desk.board
    meta = edge.hear("$meta")
    assert (meta["role"], meta["boot"], meta["cause"], meta["id"]) == ("desk", 1, "pwron", "0123456789abcdef")
    assert edge.hear("$state") == {"state": "ready"}
    assert board.view.lost  # no view of this epoch yet
    rev = edge.lamp("not_ready")
    board.wait_confirmed("not_ready", 2)
    shown = edge.hear("shown")
    assert (shown["epoch"], shown["rev"]) == ("e1", rev) and shown["draw_ms"] < 100

    pressed = board.press("ready")
    board.wait_lamp(lambda view: view.pending and view.presence == "not_ready", 1, since=pressed)
    event = edge.hear("ev")
    assert event.pop("age_ms") < 100
    assert event == {"epoch": "e1", "boot": 1, "seq": 1, "first": 1, "kind": "press", "key": "ready", "press": "short"}
    edge.lamp("ready", seq=0)  # a view from before the decision
    assert edge.hear("shown")["rev"] == edge.rev
    assert board.view.pending
    edge.ack(1, 1)
    edge.lamp("ready", seq=1)
    board.wait_confirmed("ready", 2)
    assert edge.hear("shown")["rev"] == edge.rev


def test_every_key_short_and_long(make_desk: MakeDesk) -> None:
    desk = make_desk()
    for key in wire.KEYS:
        for press in wire.PRESSES:
            desk.board.press(key, press)
            event = desk.edge.hear("ev")
            assert (event["key"], event["press"]) == (key, press)
            desk.edge.ack(1, event["seq"])
            desk.edge.lamp("ready", seq=event["seq"])
            desk.board.wait_confirmed("ready", 2)


def test_long_help_is_silent(make_desk: MakeDesk) -> None:
    desk = make_desk()
    before = desk.board.seen
    desk.board.press("help", "long")
    event = desk.edge.hear("ev")
    assert (event["key"], event["press"]) == ("help", "long")
    desk.edge.ack(1, 1)
    desk.edge.lamp("ready", seq=1, verdict="refused")
    assert desk.edge.hear("shown")["rev"] == desk.edge.rev
    time.sleep(0.5)
    assert desk.board.seen == before


def test_help_is_seen_on_its_way(make_desk: MakeDesk) -> None:
    desk = make_desk()
    for help in ("raised", "acknowledged", "arrived", "none"):
        desk.edge.lamp("serving", help=help)
        desk.board.wait_lamp(lambda view, help=help: (view.presence, view.help) == ("serving", help), 2)


@pytest.mark.parametrize("verdict", ["refused", "expired", "unread"])
def test_no_is_flashed_once_and_then_the_truth_again(make_desk: MakeDesk, verdict: str) -> None:
    desk = make_desk()
    desk.board.press("recall")
    seq = desk.edge.hear("ev")["seq"]
    desk.edge.ack(1, seq)
    desk.edge.lamp("ready", seq=seq, verdict=verdict, why="Nobody to recall.")
    answered = desk.board.wait_lamp(lambda view: view.no, 2)
    assert desk.board.wait_confirmed("ready", 4, since=answered) - answered < 2
    again = time.monotonic()
    desk.edge.lamp("ready", seq=seq, verdict=verdict, why="Nobody to recall.")
    while desk.edge.hear("shown")["rev"] != desk.edge.rev:
        pass
    assert [pixels for at, pixels in desk.board.seen if at > again] == []


def test_a_view_that_is_sent_again_is_confirmed_again(make_desk: MakeDesk) -> None:
    desk = make_desk()
    for _ in range(3):
        desk.edge.rev = 6
        desk.edge.lamp("serving")
        assert desk.edge.hear("shown")["rev"] in (1, 7)


def test_pin_entry(make_desk: MakeDesk) -> None:
    desk = make_desk(presence="signed_out")
    edge, board = desk.edge, desk.board
    for i, key in enumerate(wire.KEYS[:3]):
        board.press(key)
        board.wait_lamp(lambda view, i=i: view.digits == i + 1, 2)
    board.press("recall", "long")  # a long press of any of them clears
    board.wait_lamp(lambda view: view.digits == 0, 2)
    assert edge.hears_nothing("ev", 0.1)
    board.press("help")  # help stays help
    assert edge.hear("ev")["key"] == "help"
    edge.ack(1, 1)
    edge.lamp("signed_out", seq=1, help="raised")
    for key in ("ready", "break", "wrap_up", "next", "recall", "ready"):
        board.press(key)
    event = edge.hear("ev")
    assert (event["kind"], event["pin"], event["seq"]) == ("pin", "123451", 2)
    board.wait_lamp(lambda view: view.pending and view.digits == 0, 2)
    edge.ack(1, 2)
    edge.lamp("not_ready", seq=2)
    board.wait_confirmed("not_ready", 2)


def test_pin_entry_times_out(make_desk: MakeDesk) -> None:
    desk = make_desk("import roles.desk as d; d.ENTRY_MS = 300", presence="signed_out")
    entered = desk.board.press("next")
    desk.board.wait_lamp(lambda view: view.digits == 1, 1, since=entered)
    assert 0.2 < desk.board.wait_confirmed("signed_out", 2) - entered < 1


def test_view_of_another_epoch_is_no_truth(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.edge.lamp("serving", epoch="e0")
    desk.board.wait_lamp(lambda view: view.lost, 2)
    desk.edge.lamp("serving")
    desk.board.wait_confirmed("serving", 2)


def test_new_epoch_is_greeted_once_and_gets_the_outbox(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.board.press("ready")
    assert desk.edge.hear("ev")["seq"] == 1  # not acknowledged
    desk.edge.beat("e2", spread_ms=200)
    assert desk.edge.hear("$meta") and desk.edge.hear("$state")
    event = desk.edge.hear("ev")
    assert (event["epoch"], event["seq"]) == ("e2", 1)
    desk.edge.ack(1, 1)
    desk.edge.lamp("ready", seq=1, epoch="e2")
    desk.board.wait_confirmed("ready", 2)
    desk.edge.beat("e2")
    assert desk.edge.hears_nothing("$meta", 0.4)


def test_nothing_is_sent_while_the_edge_is_lost(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.edge.lost()
    desk.board.wait_lamp(lambda view: view.lost and not view.pending, 2)
    desk.board.press("break")
    desk.board.wait_lamp(lambda view: view.lost and view.pending, 2)
    assert desk.edge.hears_nothing("ev", 0.5)
    desk.edge.beat()
    assert 400 < desk.edge.hear("ev")["age_ms"] < 3000


def test_frozen_edge_is_lost_after_twelve_seconds(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.edge.beat()
    beat = time.monotonic()
    lost = desk.board.wait_lamp(lambda view: view.lost, 15)
    assert abs(lost - beat - wire.BEAT_LOST_MS / 1000) < 0.5
    pictures = desk.board.seen
    time.sleep(2)
    frames = {pixels for _, pixels in desk.board.seen[len(pictures) :]}
    assert len(frames) == 2  # blinks
    desk.edge.beat()
    desk.board.wait_confirmed("ready", 2)


def test_outage_of_the_broker_keeps_order_and_ages(make_desk: MakeDesk, site: Site) -> None:
    desk = make_desk()
    site.stop()
    stopped = time.monotonic()
    lost = desk.board.wait_lamp(lambda view: view.lost, 2)
    assert lost - stopped < 0.5  # FIN is noticed at once
    pressed = []
    for key in ("break", "ready", "wrap_up"):
        pressed.append(desk.board.press(key))
        time.sleep(0.2)
    site.start()
    desk.edge.reconnect()
    desk.edge.beat("e2")
    for seq, (key, at) in enumerate(zip(("break", "ready", "wrap_up"), pressed, strict=True), 1):
        event = desk.edge.hear("ev", 20)
        assert (event["seq"], event["first"], event["key"]) == (seq, 1, key)
        assert abs(event["age_ms"] / 1000 - (time.monotonic() - at)) < 0.5


def test_identify_restart_and_what_it_cannot(make_desk: MakeDesk) -> None:
    desk = make_desk("import station; station.IDENTIFY_MS = 800")
    desk.edge.do("identify", "i1")
    assert desk.edge.hear("rsp") == {"id": "i1", "ok": True, "why": ""}
    lit = [pixels for _, pixels in desk.board.seen]
    time.sleep(0.6)  # both halves, and what is left of a half before
    assert any(all(any(pixel) for pixel in pixels) for pixels in lit + [p for _, p in desk.board.seen])
    desk.board.wait_confirmed("ready", 3)
    desk.edge.do("selftest", "s1")
    answer = desk.edge.hear("rsp")
    assert answer["ok"] and answer["why"].startswith("6 keys, lamp, flash "), answer
    desk.edge.do("rotate", "x1")
    assert desk.edge.hear("rsp") == {"id": "x1", "ok": False, "why": "A desk unit cannot do that yet."}
    desk.edge.do("restart", "r1")
    assert desk.edge.hear("rsp")["ok"]
    meta = desk.edge.hear("$meta", 10)
    assert (meta["boot"], meta["cause"]) == (2, "hard")


def test_nonsense_changes_nothing_and_is_counted(make_desk: MakeDesk) -> None:
    desk = make_desk("import wire; wire.HEALTH_MS = 1000")
    bad = (
        b"",
        b"[1",
        b"\xff\xfe",
        b'{"boot":1}',
        b'{"boot":1,"upto":-1}',
        b'{"boot":"1","upto":1}',
        b"{" * 900,
        b"x" * 2900,
    )
    for part in ("ack", "show/lamp", "do", "show/else"):
        for payload in bad:
            desk.edge.raw(part, payload)
    desk.edge.ack(1, 99)  # of the future
    desk.board.press("next")
    assert desk.edge.hear("ev")["seq"] == 1
    end = time.monotonic() + 5
    while (health := desk.edge.hear("health"))["dropped"] < 33 and time.monotonic() < end:
        pass
    assert health["dropped"] == 33
    assert health["outbox"] == 1 and health["heap_free"] > 10_000
    assert (health["net"], health["ap"], health["rssi"]) == ("virtual", "020000000001", -50)


DROPS = """
import wire
decode, names = wire.decode, []
def drop(part, raw):
    names.append(part)
    if part == "show/lamp" and names.count(part) == 2: raise wire.Nonsense("as where there is no memory")
    return decode(part, raw)
wire.decode = drop
"""


def test_a_view_that_was_dropped_is_not_confirmed_by_the_next(make_desk: MakeDesk) -> None:
    desk = make_desk(DROPS)
    edge = desk.edge
    while edge.hear("shown")["rev"] != edge.rev:
        pass
    rev = edge.lamp("hold")
    light = {"epoch": "e1", "rev": rev + 1, "percent": 50, "volume": 50}
    edge.raw("show/light", wire.encode("show/light", light))
    assert edge.hears_nothing("shown", 2.5)
    assert desk.board.view.presence == "ready"
    edge.rev = rev - 1  # as the edge does with what was not confirmed for 2 s
    edge.lamp("hold")
    desk.board.wait_confirmed("hold", 2)
    assert edge.hear("shown")["rev"] == rev + 1
    edge.raw("show/lamp", b"{}")  # and again, too soon for that
    edge.rev += 1
    edge.lamp("serving")
    assert edge.hear("shown", 1)["rev"] == edge.rev


def test_wifi_is_kept_when_only_the_broker_is_gone(make_desk: MakeDesk, site: Site) -> None:
    watch = "import network; w = network.WLAN.disconnect\ndef f(s):\n w(s); print('WIFI DROPPED')\nnetwork.WLAN.disconnect = f"
    desk = make_desk(watch)
    site.stop()
    desk.board.wait_lamp(lambda view: view.lost, 2)
    time.sleep(1.5)
    site.start()
    desk.edge.reconnect()
    desk.edge.beat()
    assert desk.edge.hear("$state", 20)
    assert desk.board.console.count("WIFI DROPPED") == 1  # once, before the first join


def test_heap_stays_under_sixty_kilobytes_with_a_full_outbox(make_desk: MakeDesk) -> None:
    watch = """
import asyncio, board, gc, machine, sys
for gpio in list(board.KEYS.values()) + [board.LAMP["pin"]]: machine.Pin(gpio)  # the stand-in's objects
del board, gpio, sys.modules["board"]
async def watch():
    most = 0
    while True:
        if gc.mem_alloc() - stand_ins > most:
            most = gc.mem_alloc() - stand_ins
            print("HEAP", most)
        await asyncio.sleep_ms(5)
asyncio.create_task(watch())
gc.collect()
stand_ins = gc.mem_alloc()  # of machine and the like, which on a chip are in the flash, and of this
"""
    desk = make_desk(watch)
    desk.edge.lost()
    desk.board.wait_lamp(lambda view: view.lost, 2)
    for number in range(PRESSES):
        desk.board.press(wire.KEYS[number % 6], hold_ms=40)
        time.sleep(0.1)
    desk.edge.beat()
    seq = 0
    with contextlib.suppress(queue.Empty):  # a write to flash may have taken longer than the next press
        while True:
            seq = desk.edge.hear("ev", 2)["seq"]
            desk.edge.ack(1, seq)
    assert HELD < seq <= PRESSES
    most = max(int(line.split()[1]) for line in desk.board.console.splitlines() if line.startswith("HEAP"))
    print(f"highest heap {most} bytes")
    assert most <= 60 * 1024


def test_boards_end_when_their_pins_go(site: Site, desk_tree, tmp_path) -> None:  # type: ignore[no-untyped-def]
    from edge.commands import boards
    from hardware.virtual import Board, Copper

    with Copper() as own:
        device = site.device()
        board = Board(device["name"], tmp_path / "b", own)
        boards.provision(board, desk_tree, device, site.ca_pem)
        board.power_on()
        board.wait_connected()
    board.wait_off(5)
