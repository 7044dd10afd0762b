"""Updates over the air on a virtual board: fetched, checked, tried, kept or undone; whatever happens, it comes up in a or b."""

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edge import wire
from edge.commands import boards
from edge.devices import updates
from flash import tree
from tests.firmware import builds
from tests.firmware.bench import Desk

FAST = "import wire\nwire.PIECE_PACE_MS = 0\n"
MINUTES = FAST + "wire.HEALTH_MS = 300\n"  # minutes are short
WATCH = """
import asyncio, gc
async def watch():
    most = 0
    while True:
        if gc.mem_alloc() - stand_ins > most:
            most = gc.mem_alloc() - stand_ins
            print("HEAP", most)
        await asyncio.sleep_ms(5)
asyncio.create_task(watch())
gc.collect()
stand_ins = gc.mem_alloc()
"""
BROKEN = "raise ValueError('no \"good\"')\n"
STRANGER = """
def password(secret): return "0" * 64
"""  # a password that the broker refuses


@pytest.fixture(scope="module")
def slot(desk_tree: Path) -> dict[str, bytes]:
    return tree.read(desk_tree / tree.SLOT)


Make = Callable[..., Desk]


def update(desk: Desk, build: builds.Build, **changes: object) -> None:
    builds.ask(desk.edge, builds.order(desk.device["secret"], build, **changes))


def state(desk: Desk) -> str:
    """The next one that it says itself, not its will."""
    while (said := desk.edge.hear("$state", builds.WAIT_S)["state"]) == "lost":
        pass
    return str(said)


def until_forgotten(desk: Desk) -> None:
    """How the last update and the last start ended has been told, and the record of it is gone."""
    while True:
        desk.edge.hear("health", builds.WAIT_S)
        files = boards.stored(desk.board)
        if "crash.txt" not in files and not json.loads(files["boot.json"])["said"]:
            return


def stored(desk: Desk) -> dict[str, bytes]:
    desk.board.power_off()
    return boards.stored(desk.board)


def test_new_firmware_comes_into_the_other_slot_is_tried_and_kept(make_desk: Make, slot: dict[str, bytes]) -> None:
    desk, build = make_desk(FAST), builds.build(slot, extra="X = 1\n")
    update(desk, build)
    wishes = []
    while True:
        part, said = desk.edge.next(("$state", "up", "$meta"), builds.WAIT_S)
        if part == "$meta":
            break
        if part == "up":
            wishes.append(said["file"])
            for _ in range(2):  # a piece that comes twice is not wished for twice
                builds.answer(desk.edge, build, said)
    extra = sorted([*(path for path in slot if path != tree.MANIFEST), "extra.mpy"]).index("extra.mpy") + 1
    assert wishes == [0] * len(range(0, len(build.manifest), updates.DATA_BYTES_MAX)) + [extra], "all else was copied"
    assert (said["slot"], said["build"], said["trial"], said["update"]) == ("b", build.id, True, "")
    update(desk, builds.build(slot))
    assert desk.edge.hear("rsp", 10)["why"] == "This device is on trial.", "the other slot is the only good one"
    desk.edge.do("keep", "k")
    assert desk.edge.hear("rsp") == {"id": "k", "ok": True, "why": ""}
    files = stored(desk)
    record = json.loads(files["boot.json"])
    assert (record["slot"], record["trial"], record["fails"]) == ("b", 0, 0)
    there = {name.removeprefix("b/"): raw for name, raw in files.items() if name.startswith("b/")}
    assert there == {**slot, "extra.mpy": there["extra.mpy"], tree.MANIFEST: build.manifest}


def test_a_desk_unit_has_room_for_it(make_desk: Make, slot: dict[str, bytes]) -> None:
    desk, build = make_desk(FAST + WATCH), builds.build(slot, extra="X = 1\n")
    update(desk, build)
    born = builds.serve(desk.edge, build, "$meta")
    assert born and born["trial"]
    said = desk.board.console.partition("SW_CPU_RESET")[0].splitlines()
    most = max(int(line.split()[1]) for line in said if line.startswith("HEAP"))
    print(f"highest heap {most} bytes")
    assert most <= 62 * 1024  # 60 and what the update itself takes while it lasts, at most


def test_a_dispenser_has_room_for_it(make_desk: Make, tmp_path: Path) -> None:
    """It has the largest role, and its screen goes on."""
    dispenser = make_desk(FAST, presence=None, board="dispenser", role="dispenser")
    assert dispenser.edge.hear("$state")["state"] == "ready"
    slot = tree.read(tmp_path / "tree" / tree.SLOT)
    build = builds.build(slot, "floorboard-1 dispenser dispenser 0.2.0", extra="X = 1\n")
    for number in range(1, 5):
        door = {"title": "Loans and claims", "state": "open", "opens": "", "waiting": 12, "wait_min": 25}
        view = {"epoch": "e1", "rev": number, **door}
        dispenser.edge.raw(wire.door(number), wire.encode(wire.door(number), view))
    update(dispenser, build)
    born = builds.serve(dispenser.edge, build, "$meta")
    assert born and born["trial"]
    assert "MemoryError" not in dispenser.board.console


def test_presses_go_on_while_it_comes_and_none_is_lost(make_desk: Make, slot: dict[str, bytes]) -> None:
    desk, build = make_desk(), builds.build(slot, extra="X = 1\n" * 400)
    update(desk, build)
    seen, pressed = [], 0
    while True:
        part, said = desk.edge.next(("up", "ev", "$meta", "$state"), builds.WAIT_S)
        if part == "$meta":
            break
        if part == "ev":
            seen.append((said["boot"], said["seq"]))
            desk.edge.ack(said["boot"], said["seq"])
        if part == "up":
            desk.board.press("ready")
            pressed += 1
            builds.answer(desk.edge, build, said)
    assert pressed >= 2
    assert sorted(set(seen)) == [(1, seq) for seq in range(1, pressed + 1)]


# what is wrong with the order or the build -> the device's sentence
REFUSALS: list[tuple[str, dict[str, Any], dict[str, object], str]] = [
    ("key", {}, {"mac": "0" * 64}, "The manifest is not signed for this device."),
    ("board", {"head": "floorboard-1 wallboard wallboard 0.2.0"}, {}, "It is for a wallboard."),
    ("form", {"head": "floorboard-2 desk-unit desk 0.2.0"}, {}, "The manifest is of another form."),
    ("version", {"head": "floorboard-1 desk-unit desk 0.2.0-rc1"}, {}, "0.2.0-rc1 is no version."),
    ("older", {"head": "floorboard-1 desk-unit desk 0.0.9"}, {}, "It is older than what runs."),
    ("manifest", {"spoilt": 0}, {}, "File 0 came with another hash."),
    ("outside", {"outside": "../main.py"}, {}, "The manifest names a file outside the slot."),
    ("back", {"taken_back": True}, {}, "The edge has taken it back."),
    ("hash", {"spoilt": 1}, {}, "File 1 came with another hash."),
]
LATE = ("hash",)  # refused when the other slot was begun; until then it stays whole, to fall back on


def test_what_is_refused_and_leaves_the_device_as_it_was(make_desk: Make, slot: dict[str, bytes]) -> None:
    desk = make_desk(FAST)
    desk.board.power_off()
    boards.write(desk.board, {**boards.stored(desk.board), **{f"b/{path}": raw for path, raw in slot.items()}})
    desk.board.power_on()
    assert desk.edge.hear("$meta", 10)["slot"] == "a"
    assert state(desk) == "ready"
    for name, made, changes, sentence in REFUSALS:
        build = builds.build(slot, made.get("head", builds.HEAD), **{"a" + name: "X = 1\n"})
        if "outside" in made:
            build = builds.of(build.manifest + b"0" * 64 + b" 4 " + made["outside"].encode() + b"\n", build.files)
        desk.edge.beat()  # on a slow day all of them take longer than an edge may be silent
        update(desk, build, **changes)
        assert state(desk) == "updating", name
        while True:
            part, said = desk.edge.next(("up", "rsp", "$state"), builds.WAIT_S)
            if part != "up":
                break
            if "taken_back" in made:
                desk.edge.raw("piece", updates.packed(build.id, 0, wire.NO_PIECE, b""))
            else:
                builds.answer(desk.edge, build, said, spoilt=made.get("spoilt"))
        assert said == {"id": "u1", "ok": False, "why": sentence}, (
            "the answer first: the edge orders again who is ready"
        )
        assert state(desk) == "ready", name
        assert ("b/manifest" in boards.stored(desk.board)) == (name not in LATE), name
        assert not {"b/new", "b/part"} & set(boards.stored(desk.board)), name
    desk.edge.lamp("hold")
    desk.board.wait_confirmed("hold", 5)


FULL = """
import os, outbox
outbox.GATHER_MS = 100
status = os.statvfs("/")
if "fill" not in os.listdir("/"):
    with open("fill", "wb") as file:
        for _ in range(status[3] - 44): file.write(bytes(status[0]))
"""  # what a slot takes but for the large file


def test_what_has_no_room_leaves_room_for_presses(make_desk: Make, slot: dict[str, bytes]) -> None:
    desk = make_desk(FAST + FULL)
    noise = "".join(hashlib.sha256(bytes([i])).hexdigest() for i in range(250))
    parts = ",".join(f"'{noise[i : i + 200]}{i}'" for i in range(0, len(noise), 200))
    build = builds.build(slot, aaa=f"X = ({parts},)\n" * 4)
    update(desk, build)
    said = builds.serve(desk.edge, build, "rsp")
    assert said and said["why"] == "The flash does not take it: error 28."
    desk.edge.lost()
    desk.board.press("ready")
    desk.board.press("help")
    time.sleep(2)
    assert "flash full" not in desk.board.console
    files = stored(desk)
    assert b'"help"' in files["outbox"]
    assert [name for name in files if name.startswith("b/")] == []


def test_older_firmware_is_taken_only_by_the_key_for_that(make_desk: Make, slot: dict[str, bytes]) -> None:
    desk = make_desk(FAST)
    build = builds.build(slot, "floorboard-1 desk-unit desk 0.0.9")
    forged = {**builds.order(desk.device["secret"], build), "older": True}
    builds.ask(desk.edge, forged)
    assert builds.serve(desk.edge, build, "rsp")["why"] == "The manifest is not signed for this device."
    builds.ask(desk.edge, builds.order(desk.device["secret"], build, older=True))
    assert builds.serve(desk.edge, build, "$meta")["build"] == build.id


def test_it_goes_on_after_a_lost_line_and_a_restart(make_desk: Make, slot: dict[str, bytes]) -> None:
    desk, build = make_desk(FAST), builds.build(slot, big="X = '%s'\n" % ("0123456789" * 1_000))
    update(desk, build)
    for _ in range(4):
        builds.answer(desk.edge, build, desk.edge.hear("up"))
    desk.edge.lost()
    desk.edge.beat("e2")
    last = desk.edge.hear("up", 10)
    builds.answer(desk.edge, build, last)
    last = desk.edge.hear("up")
    desk.board.power_off()
    desk.board.power_on()
    assert desk.edge.hear("$meta", 10)["slot"] == "a"
    update(desk, build)
    again = desk.edge.hear("up", 10)
    assert again == last, "what was there is not fetched again"
    builds.answer(desk.edge, build, again)
    assert builds.serve(desk.edge, build, "$meta")["build"] == build.id


SHORT = MINUTES + "if record['trial']: START_MS = 700\n"
# new firmware that is no good -> what the device says after it has gone back, and the crash's begin
UNDONE = [
    ("import", MINUTES, {"begin": BROKEN}, "It did not start.", "ValueError: no 'good'; File 'begin.py', in <module>"),
    ("hangs", SHORT, {"begin": "while True: pass\n"}, "It did not start.", ""),
    ("stranger", MINUTES, {"secret": STRANGER}, "It did not reach the edge.", ""),
]


@pytest.mark.parametrize(
    ("prelude", "sources", "why", "crash"), [row[1:] for row in UNDONE], ids=[row[0] for row in UNDONE]
)
def test_what_is_no_good_goes_back_by_itself_and_says_so(
    make_desk: Make, slot: dict[str, bytes], prelude: str, sources: dict[str, str], why: str, crash: str
) -> None:
    desk, build = make_desk(prelude), builds.build(slot, extra="X = 1\n", **sources)
    update(desk, build)
    born = builds.serve(desk.edge, build, "$meta")
    while born["build"] == build.id:  # on trial, and nobody keeps it
        assert born["trial"]
        born = desk.edge.hear("$meta", builds.WAIT_S)
    assert (born["slot"], born["trial"]) == ("a", False)
    assert born["update"].startswith(why)
    assert born["crash"].startswith(crash)
    desk.edge.lost()  # told once: the next birth says nothing of it
    desk.edge.beat("e2")
    until_forgotten(desk)


def test_the_start_before_does_not_judge_the_one_that_it_has_ordered(make_desk: Make, slot: dict[str, bytes]) -> None:
    """A device that is up for long is given new firmware, and waits for an acknowledgement before it starts anew."""
    desk, build = make_desk(MINUTES), builds.build(slot, extra="X = 1\n")
    for _ in range(12):
        desk.edge.hear("health")
    desk.edge.beat()
    desk.board.press("ready")
    update(desk, build)
    quiet = 0
    while quiet < 4:
        part, said = desk.edge.next(("up", "health"), builds.WAIT_S)
        quiet = quiet + 1 if part == "health" else 0
        if part == "up":
            builds.answer(desk.edge, build, said)
    desk.edge.ack(1, 1)
    assert desk.edge.hear("$meta", builds.WAIT_S)["trial"]


def test_a_start_is_proved_after_an_update_that_was_refused(make_desk: Make, slot: dict[str, bytes]) -> None:
    """It was under way when the start was a minute old."""
    desk, build = make_desk(MINUTES), builds.build(slot, extra="X = 1\n")
    update(desk, build)
    assert desk.edge.hear("up", 10)["file"] == 0
    for _ in range(3):
        desk.edge.hear("health")
    desk.edge.raw("piece", updates.packed(build.id, 0, wire.NO_PIECE, b""))
    assert desk.edge.hear("rsp", 10)["why"] == "The edge has taken it back."
    for _ in range(3):
        desk.edge.hear("health")
    assert json.loads(stored(desk)["boot.json"])["fails"] == 0


def test_one_that_was_not_kept_is_tried_again_without_fetching(make_desk: Make, slot: dict[str, bytes]) -> None:
    desk, build = make_desk(MINUTES), builds.build(slot, extra="X = 1\n")
    update(desk, build)
    assert builds.serve(desk.edge, build, "$meta")["trial"]
    while desk.edge.hear("$meta", builds.WAIT_S)["trial"]:
        pass
    update(desk, build)
    part, said = desk.edge.next(("up", "$meta"), builds.WAIT_S)
    assert (part, said["trial"], said["update"]) == ("$meta", True, "")


def test_after_failed_starts_it_is_in_safe_mode_which_an_update_ends(
    make_desk: Make, slot: dict[str, bytes], site: Any
) -> None:
    """The role is broken in both slots."""
    desk = make_desk(FAST)
    desk.board.power_off()
    bad = {"roles/desk.mpy": builds.compiled("roles/desk", BROKEN)}
    files = boards.stored(desk.board)
    for name in ("a", "b"):
        files |= {f"{name}/{path}": raw for path, raw in {**slot, **bad}.items()}
    record = {"boot": 7, "slot": "a", "fails": 4, "trial": 0, "said": ""}
    boards.write(desk.board, {**files, "boot.json": json.dumps(record).encode()})
    desk.board.power_on()
    born = desk.edge.hear("$meta", builds.WAIT_S)
    assert state(desk) == "safe"
    assert (born["boot"], born["crash"][:11]) == (9, "ValueError:")
    assert desk.board.lamp is not None
    assert [any(pixel) for pixel in desk.board.lamp] == [True, *[False] * 6, True], (
        "the bar's two ends: no other state does that"
    )
    desk.edge.do("identify")
    assert desk.edge.hear("rsp")["ok"]
    build = builds.build(slot)
    update(desk, build)
    born = builds.serve(desk.edge, build, "$meta")
    assert (born["trial"], born["build"]) == (True, build.id)
    assert state(desk) == "ready"


@pytest.mark.parametrize("how", ["time", "restart"])
def test_safe_mode_tries_the_role_again(make_desk: Make, how: str) -> None:
    desk = make_desk(MINUTES if how == "time" else "")
    desk.board.power_off()
    record = {"boot": 7, "slot": "a", "fails": 9, "trial": 0, "said": ""}
    boards.write(desk.board, {**boards.stored(desk.board), "boot.json": json.dumps(record).encode()})
    desk.board.power_on()
    assert state(desk) == "safe"
    if how == "restart":
        desk.edge.do("restart")
    assert state(desk) == "ready"
