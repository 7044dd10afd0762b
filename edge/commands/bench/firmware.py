"""`floorboard bench firmware`: each role's heap, the display bus's bytes, and how fast messages come to a picture."""

import argparse
import json
import statistics
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from edge import parts, wire
from edge.commands import command, whole
from edge.commands.bench import bus, heap
from edge.commands.bench.cuts import cuts
from edge.commands.bench.stand import Silent, Stand
from edge.commands.box import HARDWARE
from edge.commands.house import say
from flash import tree

MESSAGES = 100_000
AT_ONCE = 2  # boards that are measured side by side: a heap is as large on a busy machine
TELL = "import sys; print('.'.join([str(n) for n in sys.implementation[1][:3]]), 64 if sys.maxsize > 2**32 else 32)"
ASYNCIO = """
import gc
gc.collect()
before = gc.mem_alloc()
import asyncio
asyncio.Event, asyncio.Lock, asyncio.wait_for_ms
gc.collect()
print(gc.mem_alloc() - before)
"""


def add(benches: Any) -> None:
    firmware = command(
        benches,
        "firmware",
        "Measure the firmware on 32-bit MicroPython: each role's heap over a busy floor's messages and the smallest that does, the"
        " bytes on a wallboard's bus, and how fast a message is a picture.",
        """floorboard bench firmware --json
        floorboard bench firmware --messages 2000 --role desk --json""",
    )
    firmware.add_argument("--messages", type=whole, default=MESSAGES, help="to each role (%(default)s)")
    firmware.add_argument("--role", choices=wire.ROLES, action="append", help="only this one (all); may be repeated")
    firmware.add_argument("--json", action="store_true", help="one JSON line (always so)")
    firmware.set_defaults(run=run_firmware)


def run_firmware(args: argparse.Namespace) -> int:
    roles, missing = args.role or list(wire.ROLES), []
    for role in roles:
        if role not in HARDWARE:
            say(f"no board has the role {role} yet, so it is not measured")
            missing.append(role)
    boards = {role: HARDWARE[role][0] for role in roles if role in HARDWARE}
    with Stand([*boards.values(), *(f"bus-{part}" for part in bus.PANELS)]) as stand:
        figures = _versions() | {"mpy_kb": mpy_kb()} | _bus(stand)
        say(f"{args.messages:,} messages to each of {', '.join(boards)}")
        figures["roles"], silent = _roles(stand, boards, args.messages)
    print(json.dumps(figures | {"messages": args.messages}))
    return 1 if silent or missing else 0


def _bus(stand: Stand) -> dict[str, Any]:
    """Alone, since time is measured."""
    found = {}
    for part in bus.PANELS:
        say(f"measuring the bus of a wallboard with {part}")
        found[part] = bus.measure(stand, part)
    smaller = found["ili9341"]
    waits = cuts(smaller.message_ms)
    return {
        "tile_bus_ratio": {part: round(each.ratio, 3) for part, each in found.items()},
        "first_picture_ms": round(smaller.first_picture_ms, 1),
        "message_to_bus_ms": waits["p50_ms"],
        "message_to_bus_p99_ms": waits["p99_ms"],
        "messages_per_s": round(1000 / statistics.mean(smaller.message_ms), 1),
    }


def _roles(stand: Stand, boards: dict[str, str], messages: int) -> tuple[dict[str, Any], bool]:
    """By role its figures, or the sentence that says why there are none; and whether there is such a one."""
    asyncio_bytes = int(_micropython(ASYNCIO))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        waiting = {
            role: pool.submit(_role, stand, role, hardware, messages, asyncio_bytes)
            for role, hardware in boards.items()
        }
        try:
            found = {role: future.result() for role, future in waiting.items()}
        finally:  # after Ctrl-C the pool waits for its threads, and they for nothing more
            stand.ending.set()
            pool.shutdown(wait=False, cancel_futures=True)
    return found, any("why" in figures for figures in found.values())


def _role(stand: Stand, role: str, hardware: str, messages: int, asyncio_bytes: int) -> dict[str, Any]:
    try:
        used = heap.used(stand, role, hardware, messages)
        least = heap.least_bytes(stand, role, hardware) - used.stand_ins
    except Silent as silent:
        say(f"{role}: {silent}")
        return {"why": str(silent)}
    figures = {
        "heap_used_kb": _kb(used.most + asyncio_bytes),
        "heap_min_kb": _kb(least + asyncio_bytes),
        "growth_kb": _kb(used.growth),
        "messages_per_s": round(messages / used.seconds, 1),
        "board": hardware,
    }
    say(f"{role}: {figures}")
    return figures


def mpy_kb() -> float:
    """Of all roles together: every .mpy that a device of any role may hold, the board's own file counted once."""
    sizes: dict[str, int] = {}
    with tempfile.TemporaryDirectory(prefix="floorboard-") as folder:
        for board in tree.boards():
            tree.build(board, Path(folder, board))
            files = tree.read(Path(folder, board))
            sizes |= {path: len(data) for path, data in files.items() if path.endswith(".mpy")}
    return _kb(sum(sizes.values()))


def _versions() -> dict[str, Any]:
    version, bits = _micropython(TELL).split()
    return {"micropython": version, "word_bits": int(bits)}


def _micropython(code: str) -> str:
    line = [*parts.find("micropython"), "-X", "heapsize=200K", "-c", code]
    return subprocess.run(line, capture_output=True, text=True, check=True, timeout=30).stdout


def _kb(count: int) -> float:
    return round(count / 1024, 1)
