"""The outbox with its flash, over starts, torn writes and full files: on MicroPython, a file of the host in LittleFS's place."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from edge import parts

PLAY = """
import json, sys
import clock, outbox, spill, wire
for name, value in CHANGES.items(): setattr(spill, name, value)
out, edge, now = [], {}, 0
def start(boot):
    global box, told
    told = clock.Clock()
    box = outbox.Outbox(boot, spill.Spill(), told)
def drain():
    "What the edge decides: each of a lane's next, as edge/rules/devices.py does."
    got, rounds = [], 0
    box.again()
    while box.wait_ms(now) == 0 and rounds < 2000:
        touched = []
        while box.wait_ms(now) == 0:
            rounds += 1
            event = json.loads(box.next("e1", now))
            mark = max(edge.get(event["boot"], 0), event["first"] - 1)
            if event["seq"] == mark + 1:
                mark += 1
                got.append([event["boot"], event["seq"], event["age_ms"], event.get("key") or event[event["kind"]]])
            edge[event["boot"]] = mark
            touched.append(event["boot"])
        for boot in touched: box.acknowledged(boot, edge[boot])
    return got
for step in STEPS:
    what, args = step[0], step[1:]
    if what == "start": start(*args)
    elif what == "beat": told.beat(args[0], args[1], now)
    elif what == "press":
        for _ in range(args[0]): box.add("press", {"key": "ready", "press": "short"}, now)
    elif what == "pin": box.add("pin", {"pin": "123451"}, now)
    elif what == "after": now += args[0]
    elif what == "save": box.save()
    elif what == "wait": out.append(box.spill_wait_ms(now))
    elif what == "drain": out.append(drain())
    elif what == "some":
        box.again()
        for _ in range(args[0]): box.next("e1", now) if box.wait_ms(now) == 0 else None
        box.acknowledged(args[1], args[2])
        edge[args[1]] = args[2]
    elif what == "tear":
        with open("outbox", "rb") as file: kept = file.read()
        with open("outbox", "wb") as file: file.write(kept[:args[0]] if args[0] < 0 else kept[:args[0]] + b"?" + kept[args[0] + 1:])
    elif what == "state": out.append([len(box.held), box.dropped, box.spill.count, box.spill.writes, box.spill.torn])
    elif what == "fault": out.append(box.spill.fault)
print("GIVE" + json.dumps(out))
"""


def presses(boot: int, seqs: range, age_ms: int | None) -> list[list[Any]]:
    return [[boot, seq, age_ms, "ready"] for seq in seqs]


TABLE: dict[str, tuple[list[tuple[Any, ...]], list[Any]]] = {
    "after a pulled plug, with the ages that the edge's clock tells": (
        [("start", 1), ("beat", 9000, 86_399_000), ("after", 500), ("press", 2), ("save",), ("start", 2),
         ("beat", 9001, 60_000), ("press", 1), ("after", 100), ("drain",), ("state",)],
        [presses(1, range(1, 3), 60_600) + presses(2, range(1, 2), 100), [0, 0, 0, 3, 0]],
    ),
    "an age that nobody knows is unknown": (
        [("start", 1), ("press", 1), ("save",), ("start", 2), ("beat", 9001, 0), ("drain",)],
        [presses(1, range(1, 2), None)],
    ),
    "twelve days stand for all that is longer": (
        [("start", 1), ("beat", 9000, 0), ("press", 1), ("save",), ("start", 2), ("beat", 9900, 5), ("drain",)],
        [presses(1, range(1, 2), 1_036_800_000)],
    ),
    "an edge whose clock went back": (
        [("start", 1), ("beat", 9000, 5000), ("press", 1), ("save",), ("start", 2), ("beat", 9000, 10), ("drain",)],
        [presses(1, range(1, 2), 0)],
    ),
    "an edge whose clock was set back: who knows how long ago it was": (
        [("start", 1), ("beat", 9000, 5011), ("press", 1), ("save",), ("start", 2), ("beat", 9000, 10), ("drain",),
         ("start", 3), ("beat", 9900, 0), ("press", 1), ("save",), ("start", 4), ("beat", 9001, 5), ("drain",)],
        [presses(1, range(1, 2), None), presses(3, range(1, 2), None)],
    ),
    "more than memory holds goes through the flash, in order": (
        [("start", 1), ("beat", 9000, 0), *[("press", 10), ("save",)] * 12, ("press", 5), ("state",), ("drain",), ("state",)],
        [[5, 0, 120, 12, 0], presses(1, range(1, 126), 0), [0, 0, 0, 13, 0]],
    ),
    "a floor of boots, older ones first": (
        [step for boot in range(1, 6) for step in (("start", boot), ("press", 3), ("save",))]
        + [("start", 6), ("press", 2), ("drain",), ("state",)],
        [[row for boot in range(1, 6) for row in presses(boot, range(1, 4), None)] + presses(6, range(1, 3), 0),
         [0, 0, 0, 11, 0]],
    ),
    "a torn last record is left out, and all whole ones are kept": (
        [("start", 1), ("press", 5), ("save",), ("tear", -3), ("start", 2), ("press", 1), ("save",), ("start", 3), ("drain",),
         ("state",)],
        [presses(1, range(1, 5), None) + presses(2, range(1, 2), None), [0, 0, 0, 4, 1]],
    ),
    "one that is spoilt in the midst is lost alone": (
        [("start", 1), ("press", 9), ("save",), ("tear", 200), ("start", 2), ("drain",)],
        [presses(1, range(1, 4), None) + presses(1, range(5, 10), None)],
    ),
    "what was acknowledged before the plug was pulled comes again, and is decided once": (
        [("start", 1), ("press", 12), ("save",), ("start", 2), ("some", 8, 1, 5), ("start", 3), ("drain",)],
        [presses(1, range(6, 13), None)],
    ),
    "of a lane that was done with nothing comes again": (
        [("start", 1), ("press", 2), ("save",), ("start", 2), ("press", 2), ("save",), ("start", 3), ("some", 2, 1, 2),
         ("some", 1, 2, 1), ("start", 4), ("state",), ("drain",)],
        [[0, 0, 4, 3, 0], presses(2, range(2, 3), None)],
    ),
    "a start whose number is far above, since it could not be kept": (
        [("start", 5), ("press", 2), ("save",), ("start", 400_000_000), ("press", 3), ("save",), ("start", 6), ("press", 2),
         ("save",), ("some", 2, 5, 2), ("some", 2, 400_000_000, 2), ("start", 7), ("press", 1), ("drain",), ("state",)],
        [presses(400_000_000, range(3, 4), None) + presses(6, range(1, 3), None) + presses(7, range(1, 2), 0), [0, 0, 0, 7, 0]],
    ),
    "a secret does not lie on the flash": (
        [("start", 1), ("beat", 9000, 0), ("pin",), ("save",), ("start", 2), ("beat", 9000, 9), ("drain",)],
        [[[1, 1, None, "111111"]]],
    ),
    "few writes: after two seconds, together, then as the ration allows": (
        [("start", 1), ("wait",), ("press", 1), ("wait",), ("after", 1500), ("press", 1), ("wait",), ("after", 500), ("wait",)]
        + [("save",), ("wait",)]
        + [("press", 1), ("save",)] * 9
        + [("press", 1), ("after", 2000), ("wait",), ("after", 58_000), ("wait",)],
        [None, 2000, 500, 0, None, 58_000, 0],
    ),
    "none is lost for the ration's sake": (
        [("start", 1), ("press", 100), ("drain",)],
        [presses(1, range(1, 101), 0)],
    ),
    "a full file says so, and memory goes on, its newest": (
        [("start", 1), ("press", 12), ("save",), ("press", 30), ("save",), ("fault",), ("press", 10), ("state",), ("drain",),
         ("fault",), ("state",)],
        ["flash full", [12, 28, 12, 1, 0], presses(1, range(1, 13), 0) + presses(1, range(41, 53), 0), "", [0, 28, 0, 2, 0]],
    ),
}  # fmt: skip


def play(tree: Path, folder: Path, steps: list[tuple[Any, ...]], **changes: object) -> Any:
    code = f"STEPS = {steps!r}\nCHANGES = {changes!r}\n{PLAY}"
    command = [*parts.find("micropython"), "-X", "heapsize=400K", "-c", code]
    environment = {**os.environ, "MICROPYPATH": f"{tree}/a:.frozen"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.rpartition("GIVE")[2])


@pytest.mark.parametrize("name", TABLE)
def test_outbox_on_flash(desk_tree: Path, tmp_path: Path, name: str) -> None:
    steps, expected = TABLE[name]
    changes = {"FILE_BYTES_MAX": 500} if "full file" in name else {}
    assert play(desk_tree, tmp_path, steps, **changes) == expected
