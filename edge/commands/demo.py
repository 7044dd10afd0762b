"""`floorboard demo` and `floorboard check`: the whole house on loopback, to watch or to prove."""

import argparse
import json
import random
import secrets
import statistics
import subprocess
import threading
import time
import urllib.error
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from edge import parts
from edge.commands import command, count, end_as_by_ctrl_c, end_in_peace, port, whole
from edge.commands.box import PAGE_PORT
from edge.commands.house import ACCOUNT, RECORD, UP_S, House, free_port, is_free, name, pin, say
from edge.commands.hub import Hub
from edge.commands.serving import Child
from edge.figures import total

WEB_PORT = 8080
GAP_S_MAX = 3.0  # the record has pauses of minutes
HANDS_S = 4.0
WAITING_MAX = 8  # then nobody comes in until somebody was called
RATE_EVERY = 3  # of their moves is a visitor's, at the rating pad
ROUNDS = 40  # presses at each desk in a check
OUTCOMES = {
    "offered": ("ENTERQUEUE",),
    "answered": ("CONNECT",),
    "abandoned": ("ABANDON",),
    "timed_out": ("EXITWITHTIMEOUT",),
}


def add(commands: Any) -> None:
    demo = command(
        commands,
        "demo",
        "Run a whole floor on this machine: broker, core, web, virtual boards and a recorded exchange, until Ctrl-C.",
        """floorboard demo
        floorboard demo --desks 12 --counters 4 --walls 2 --halls 2 --port 9000
        floorboard demo --cloud""",
    )
    demo.add_argument("--desks", type=whole, default=6, help="virtual desk units (%(default)s)")
    demo.add_argument(
        "--counters", type=count, default=2, help="virtual counter displays, at the last desks (%(default)s)"
    )
    demo.add_argument("--walls", type=count, default=2, help="virtual wallboards (%(default)s)")
    demo.add_argument("--halls", type=count, default=1, help="virtual hall displays (%(default)s)")
    demo.add_argument(
        "--port",
        type=port,
        default=WEB_PORT,
        help="of the web page (%(default)s, or a free one if it is taken)",
    )
    demo.add_argument("--cloud", action="store_true", help="a hub beside it: NATS, PostgreSQL and their receiver")
    demo.set_defaults(run=run_demo)
    check = command(
        commands,
        "check",
        "Prove the whole house once on free ports: record in, presses in, confirmed lamps and figures out, as one JSON line.",
        """floorboard check
        floorboard check | jq .press_lamp_p99_ms""",
    )
    check.set_defaults(run=run_check)


def run_demo(args: argparse.Namespace) -> int:
    end_as_by_ctrl_c()
    web_port = args.port if is_free(args.port) else free_port()
    if web_port != args.port:
        say(f"port {args.port} is taken; using {web_port}")
    with ExitStack() as ends:
        tables, cloud = _cloud(ends) if args.cloud else ("", "")
        house = ends.enter_context(
            House(
                args.desks,
                min(args.counters, args.desks),
                args.walls,
                args.halls,
                entrance=True,
                web_port=web_port,
                tables=tables,
            )
        )
        notes = {f"desk-{n}": f"{name(n)} · PIN {' '.join(pin(n))}" for n in house.boards}
        for played in _played(house):
            notes[f"desk-{played}"] += " · plays_itself"  # a word of the page, which says it in its language
        page = house.box.serve_page(PAGE_PORT if is_free(PAGE_PORT) else free_port(), notes)
        for play, who in ((_play_exchange, "recorded calls"), (_play_hands, "visitors and agents")):
            threading.Thread(target=_until_ending, args=(house, play, who), daemon=True).start()
        house.accounts.add("demo", "admin", ACCOUNT)
        password = secrets.token_urlsafe(9)
        house.accounts.enter(house.accounts.link("demo", ACCOUNT), password)
        print(
            f"\n  Floorboard is up\n\n    sign in as   demo, password {password}\n\n"
            f"    the floor    {house.url}/floor\n    a TV         {house.url}/tv/floor\n"
            f"    the hall     {house.url}/hall/hall\n"
            f"    the kiosk    {house.url}/kiosk\n    desk 4       {house.url}/desk/4\n"
            f"    the boards   {page}\n{cloud}\n"
            f"  Other commands try it by its state:\n\n    .venv/bin/floorboard device list --state {house.state}\n\n"
            "  Ctrl-C ends it and leaves nothing behind.\n",
            flush=True,
        )
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            end_in_peace()
            say("ending")
    return 0


def _cloud(ends: ExitStack) -> tuple[str, str]:
    """A hub with its receiver: the table that joins a house to it, and what its user may try."""
    say("starting NATS and PostgreSQL")
    hub = ends.enter_context(Hub())
    ends.callback(Child("receive", hub.receive_line).stop)
    return (
        f'[cloud]\nnats = "{hub.nats}"\n',
        (
            f'    the cloud    .venv/bin/floorboard cloud status --postgres "{hub.postgres}"\n'
            f'                 .venv/bin/floorboard cloud notice "Training at 14:00" --site demo --nats {hub.nats}\n'
        ),
    )


def _play_exchange(house: House) -> None:
    """The record: once as if it had just been, then again and again at the pace of the record."""
    lines = [line.split("|") for line in RECORD.read_text().splitlines()]
    times = [int(line[0]) for line in lines]
    shift = int(time.time()) - times[-1] - 1
    with house.queue_log.open("a") as file:
        file.writelines(_again(line, int(line[0]) + shift, 0) for line in lines)
        loop = 0
        while True:
            loop += 1
            for before, line in zip([times[0], *times], lines, strict=False):
                if house.ending.wait(min(GAP_S_MAX, int(line[0]) - before)):
                    return
                file.write(_again(line, int(time.time()), loop))
                file.flush()


def _again(line: list[str], at_s: int, loop: int) -> str:
    call = line[1] if line[1] in ("NONE", "MANAGER") else f"{line[1]}-{loop}"
    return "|".join([str(at_s), call, *line[2:]]) + "\n"


def _play_hands(house: House) -> None:
    """Agents who come, work, go on break and ask for help, and visitors who come in."""
    chance = random.Random()
    for desk, board in house.boards.items():
        house.sign_in(desk)
        board.press("ready")
    played = _played(house)
    key = "help"
    for number in range(1, 1_000_000):
        house.boards[chance.choice(played)].press(key)
        if number % RATE_EVERY == 0:
            house.box.boards["rating-1"].press(chance.choice("34555"))
        if number % 2 and sum(queue["waiting"] for queue in house.get("/api/floor")["queues"]) < WAITING_MAX:
            if number % 4 == 1:
                house.box.boards["dispenser-1"].press(chance.choice("112"))
            else:
                house.ask(ask="IssueTicket", contact=f"C{house.visitor()}", queue="payments")
        if house.ending.wait(HANDS_S):
            return
        key = chance.choices(("ready", "next", "wrap_up", "break", "help"), (4, 5, 2, 1, 1))[0]


def _played(house: House) -> list[int]:
    """The desks whose keys the demo presses; the first three are the visitor's, where there are more."""
    return list(house.boards)[3:] or list(house.boards)


def _until_ending(house: House, play: Callable[[House], None], who: str) -> None:
    """Whoever plays begins anew after a hiccup of the floor, and is stopped by the end alone."""
    while not house.ending.is_set():
        try:
            play(house)
        except (OSError, ValueError) as error:
            if not house.ending.is_set():
                was_silent = isinstance(error, TimeoutError | urllib.error.URLError)
                why = "got no answer from the floor and go on later" if was_silent else f"go on later: {error}"
                say(f"The demo's {who} {why}.")
            house.ending.wait(HANDS_S)


def run_check(args: argparse.Namespace) -> int:
    end_as_by_ctrl_c()
    versions = _versions()
    with House() as house:
        house.queue_log.write_bytes(RECORD.read_bytes())
        expected = _count_record(RECORD)
        say("replaying the record")
        counts = _wait_counts(house, expected)
        say("pressing keys")
        waits_ms = _press(house)
        ready = sum(1 for desk in house.get("/api/floor")["desks"] if desk["device"]["online"])
    cuts = statistics.quantiles(waits_ms, n=100)
    figures = {
        "press_lamp_p50_ms": round(cuts[49], 2),
        "press_lamp_p99_ms": round(cuts[98], 2),
    }
    print(json.dumps({**figures, **counts, "devices_ready": ready, **versions}))
    held = counts == expected and ready == len(house.boards) and len(waits_ms) == ROUNDS * ready
    if not held:
        say(f"not all held: the record has {expected}")
    return 0 if held else 1


def _count_record(path: Path) -> dict[str, int]:
    """By plainly counting lines, apart from the reader."""
    events = [line.split("|")[4] for line in path.read_text().splitlines()]
    return {name: sum(events.count(event) for event in names) for name, names in OUTCOMES.items()}


def _wait_counts(house: House, expected: dict[str, int]) -> dict[str, int]:
    """The outcomes as the figures have them, once they stand as expected or no longer move."""
    deadline = time.monotonic() + UP_S
    while True:
        journal = house.journal()
        whole = total(sums for _, _, sums in journal.derived.figures())
        journal.close()
        counts = {name: getattr(whole, name) for name in OUTCOMES}
        if counts == expected or time.monotonic() > deadline:
            return counts
        time.sleep(0.1)


def _press(house: House) -> list[float]:
    """Milliseconds from pin to confirmed lamp. TimeoutError, and so a failed check, when a lamp stays out."""
    for desk in house.boards:
        house.sign_in(desk)
    waits_ms = []
    for number in range(ROUNDS):
        key, presence = (("ready", "ready"), ("break", "not_ready"))[number % 2]
        for board in house.boards.values():
            pressed = board.press(key)
            waits_ms.append((board.wait_confirmed(presence, 10, since=pressed) - pressed) * 1000)
    return waits_ms


def _versions() -> dict[str, str | int]:
    mosquitto = subprocess.run([*parts.find("mosquitto"), "-h"], capture_output=True, text=True).stdout.split()
    tell = "import sys; print('.'.join(map(str, sys.implementation[1][:3])), len(bin(sys.maxsize)) - 1)"
    micropython = subprocess.run(
        [*parts.find("micropython"), "-c", tell], capture_output=True, text=True
    ).stdout.split()
    return {
        "mosquitto": mosquitto[2],
        "micropython": micropython[0],
        "word_bits": int(micropython[1]),
    }
