"""What a floor does when its broker is killed and comes back: how spread they sign in, and whether anyone is left behind."""

import os
import re
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from edge.commands.house import House, say

BACK_S = 120.0  # and 0.1 s for each board
LOOK_S = 0.25
TELL_S = 10.0
SAYS = """
connection_messages true
log_dest file {path}
log_timestamp true
"""
INSTEAD = ("connection_messages", "log_dest")  # of what edge/broker.py writes
CAME = re.compile(r"^(\d+): New connection from ", re.MULTILINE)
SIGNED_IN = re.compile(r"^(\d+): New client connected from \S+ as fb-(\S+) \(", re.MULTILINE)
REFUSED = re.compile(r"^\d+: .*not authorised", re.MULTILINE | re.IGNORECASE)


class Log(NamedTuple):
    """What the broker noted since its restart: the second of each connection, and of each device's last sign-in."""

    connections: list[int]
    sign_ins: list[tuple[int, str]]
    refused: int


def restart(house: House) -> tuple[dict[str, Any], bool]:
    """Kill the broker; its watch starts it again, and now it notes who comes. The figures, and whether all are back."""
    conf, log = house.state / "mosquitto.conf", house.state.parent / "broker.log"
    lines = [line for line in conf.read_text().splitlines() if not line.startswith(INSTEAD)]
    conf.write_text("\n".join(lines) + SAYS.format(path=log))
    say("killing the broker")
    killed_s = time.monotonic()
    os.kill(house.serving.children["broker"].pid, signal.SIGKILL)
    names = {board.name for board in house.box.boards.values()}
    left, told = _wait(house, killed_s, log, names)
    took_s = time.monotonic() - killed_s
    seen = told_by(log)
    counts = Counter(second for second, _ in seen.sign_ins)
    figures = {
        "all_ready_s": None if left else round(took_s, 1),
        "left_behind": len(left),
        "sign_ins": len(seen.sign_ins),
        "sign_ins_max_per_s": max(counts.values(), default=0),
        "signing_in_s": max(counts, default=0) - min(counts, default=0) + 1,
        "connections": len(seen.connections),
        "connections_max_per_s": max(Counter(seen.connections).values(), default=0),
        "cut_short": len(seen.connections) - len(seen.sign_ins),
        "refused": seen.refused,
        "ready_max_per_s": max(Counter(int(at) for at in told.values()).values(), default=0),
    }
    if left:
        say(f"left behind: {', '.join(sorted(left)[:10])}")
    return figures, not left


def _wait(house: House, killed_s: float, log: Path, names: set[str]) -> tuple[set[str], dict[str, float]]:
    """Who is not back in time, and when each desk unit's lamp was true again, s after the kill."""
    ready: dict[str, float] = {}
    end, told_s = killed_s + BACK_S + len(names) / 10, killed_s
    lost: set[str] = set()
    while True:
        time.sleep(LOOK_S)
        now = time.monotonic()
        for board in house.boards.values():
            if board.name in ready or board.view is None:
                continue
            if board.view.lost:
                lost.add(board.name)
            elif board.name in lost:
                ready[board.name] = board.seen[-1][0] - killed_s
        signed_in = {name for _, name in told_by(log).sign_ins} if log.exists() else set()
        left = {board.name for board in house.boards.values() if board.name not in ready} | (names - signed_in)
        if not left or now > end:
            return left, ready
        if now - told_s > TELL_S:
            told_s = now
            say(f"{len(names) - len(left)} of {len(names)} boards are back after {now - killed_s:.0f} s")


def told_by(log: Path) -> Log:
    text = log.read_text(encoding="utf-8", errors="replace")
    return Log(
        [int(at) for at in CAME.findall(text)],
        [(int(at), name) for at, name in SIGNED_IN.findall(text) if name != "edge"],
        len(REFUSED.findall(text)),
    )
