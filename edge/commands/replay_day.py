"""`floorboard replay-day`: a past day on virtual walls, TV pages and the floor's page, from a journal that is only read."""

import argparse
import math
import secrets
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from edge import broker, clock, identity
from edge.accounts import Accounts
from edge.clock import Played
from edge.commands import Stop, command, end_as_by_ctrl_c, end_in_peace, port
from edge.commands.box import PAGE_PORT, Box
from edge.commands.house import UP_S, free_port, is_free, say
from edge.commands.reading import day, journal, source
from edge.commands.serving import BEHIND, Child
from edge.core import Core
from edge.devices import Devices
from edge.facts import BoardLaidOut, DeviceRegistered
from edge.floor import Device, Floor
from edge.fold import apply
from edge.journal import Journal
from edge.panel import Door
from edge.past import Past, past, read
from edge.settings import Settings, parse
from edge.spans import local

WEB_PORT = 8080
BOARDS_MAX = 16
LEAD_S = 2.0  # from the web's start to the clock's
LOOK_S = 0.25
ROLES = ("wallboard", "hall", "counter")
TILES = ("waiting", "longest_wait", "serving", "ready", "answered", "service_level")
"""Of a journal without boards: a record that `floorboard replay` has read."""
WHO = "replay"


def add(commands: Any) -> None:
    parser = command(
        commands,
        "replay-day",
        "Play a past day again on virtual walls and TV pages, until Ctrl-C. The floor's state is only read, and may be served\n"
        "meanwhile.",
        """floorboard replay-day 2026-11-20 --speed 60
        floorboard replay-day 2026-11-20 --from 14:00 --speed 10 --state /var/lib/floorboard
        floorboard replay-day 2026-11-20 --journal 2026.db --speed 600 --end""",
    )
    parser.add_argument("date", metavar="DATE", help="a day of the site's time zone, as in 2026-11-20")
    parser.add_argument("--speed", type=_speed, default=60.0, metavar="N", help="so many times as fast as it was (60)")
    parser.add_argument(
        "--from", dest="first", type=_time, metavar="HH:MM", help="begin there (when the first of the day did anything)"
    )
    parser.add_argument("--end", action="store_true", help="end with the day, rather than leave its last picture")
    parser.add_argument(
        "--port", type=port, default=WEB_PORT, help="of the web page (%(default)s, or a free one if it is taken)"
    )
    source(parser)
    parser.set_defaults(run=run)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = math.nan
    if not 0 < speed < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return speed


def _time(text: str) -> tuple[int, int]:
    try:
        at = datetime.strptime(text, "%H:%M")  # noqa: DTZ007 - no day yet
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time of day, as in 14:00") from None
    return at.hour, at.minute


def run(args: argparse.Namespace) -> int:
    end_as_by_ctrl_c()
    chosen, zone = _choose(args)
    with ExitStack() as ends:
        try:
            children, core = _start(ends, args, chosen)
            _follow(args, chosen, zone, _ticks(children, core))
        except KeyboardInterrupt:
            say("ending")
        finally:
            end_in_peace()
    return 0


def _start(ends: ExitStack, args: argparse.Namespace, chosen: Past) -> tuple[list[Child], threading.Thread]:
    """All that shows the day, as processes and the core's thread; its clock runs from when all are there."""
    clock.play(Played(math.inf, chosen.from_ms, chosen.to_ms, args.speed))
    folder = Path(tempfile.mkdtemp(prefix="floorboard-"))
    ends.callback(shutil.rmtree, folder, ignore_errors=True)
    web_port = args.port if is_free(args.port) else free_port()
    settings, password = _prepare(folder, chosen.floor, web_port)
    box = ends.enter_context(Box(settings, folder))
    names = [device.device for device in chosen.floor.devices.values() if device.role]
    line = broker.configure(folder, settings.site, names, settings.broker.port)
    children = [_begin(ends, "broker", line)]
    core = _core(ends, folder, settings, chosen)
    displays = _displays(chosen.floor)
    say(f"starting {len(displays)} boards")
    for device in displays:
        box.plug_in(device.device, device.role)
    box.wait(UP_S)
    page = box.serve_page(PAGE_PORT if is_free(PAGE_PORT) else free_port(), {})
    clock.play(Played(time.monotonic() + LEAD_S, chosen.from_ms, chosen.to_ms, args.speed))
    ours = [sys.executable, "-m", "edge", "web", "--site", str(folder / "site.toml"), "--state", str(folder)]
    children.append(_begin(ends, "web", [*BEHIND, *ours]))
    _wait_web(web_port)
    print(_addresses(args, chosen.floor, web_port, password, page), flush=True)
    return children, core


def _choose(args: argparse.Namespace) -> tuple[Past, tzinfo]:
    """What is to be played. Stop if there is nothing."""
    with journal(args) as opened:
        zone = ZoneInfo(opened.load().timezone)
        span = day(args.date, zone)
        if span.from_ms > clock.now_ms():
            raise Stop(f"{args.date} is yet to come.")
        say("reading the journal up to that day")
        floor, told, first_ms = read(opened.read(), span)
    if first_ms is None:
        raise Stop("There is nothing in this journal yet.")
    if first_ms >= span.to_ms:
        raise Stop(f"This journal begins on {local(first_ms, zone):%Y-%m-%d}: it has nothing of {args.date}.")
    from_ms = None
    if args.first:
        hour, minute = args.first
        at = local(span.from_ms, zone).replace(hour=hour, minute=minute)
        from_ms = int(at.timestamp() * 1000)
    found = past(floor, told, from_ms)
    if found is None:
        after = f" after {local(from_ms, zone):%H:%M}" if from_ms is not None else ""
        raise Stop(f"Nobody did anything on {args.date}{after}.")
    _furnish(found.floor)
    return found, zone


def _furnish(floor: Floor) -> None:
    """A board, and a wallboard for each, where the floor has none. The journal's own numbers go on as they are."""
    seq = floor.seq
    floor.site = floor.site or WHO
    if not floor.boards:
        apply(floor, BoardLaidOut(at_ms=0, board="floor", title="Floor", tiles=TILES))
    if not any(device.role == "wallboard" for device in floor.devices.values()):
        for board in floor.boards:
            apply(floor, DeviceRegistered(at_ms=0, device=f"wall-{board}"[:32], role="wallboard", board=board))
    floor.touched.clear()
    floor.seq = seq


def _displays(floor: Floor) -> list[Device]:
    """Those that are plugged in: of each board and desk the first, then the others, up to BOARDS_MAX."""
    before: Counter[tuple[str, str, str]] = Counter()
    ranked: list[tuple[int, int, Device]] = []
    for device in floor.devices.values():
        if device.role in ROLES:
            place = device.role, device.board, device.desk
            ranked.append((before[place], len(ranked), device))
            before[place] += 1
    chosen = [device for _, _, device in sorted(ranked)][:BOARDS_MAX]
    if len(chosen) < len(ranked):
        say(f"the site has {len(ranked)} displays; {BOARDS_MAX} of them are shown")
    return chosen


def _prepare(folder: Path, floor: Floor, web_port: int) -> tuple[Settings, str]:
    """A state of its own, whose journal begins with the floor as it was then; the settings, and the password of WHO."""
    site = folder / "site.toml"
    site.write_text(
        f'site = "{floor.site}"\ntimezone = "{floor.timezone}"\n[broker]\nport = {free_port()}\n[web]\nport = {web_port}\n'
    )
    settings = parse(site.read_bytes(), site)
    identity.prepare(folder, [settings.broker.host])
    begun = Journal(folder / "journal.db")
    begun.checkpoint(floor)
    begun.close()
    accounts, password = Accounts(folder), secrets.token_urlsafe(9)
    accounts.add(WHO, "supervisor", WHO)
    accounts.enter(accounts.link(WHO, WHO), password)
    accounts.close()
    return settings, password


def _core(ends: ExitStack, folder: Path, settings: Settings, chosen: Past) -> threading.Thread:
    """In a thread of this process, with the devices and the panel's door, by which the web follows it."""
    core = Core(Journal(folder / "journal.db"), take=chosen.take, deadline=chosen.deadline)
    devices = Devices(core, settings, folder)
    door = Door(folder / "core.sock", core, devices.health)
    core.sources.append(door)
    core.rims += [devices, door]
    devices.start()

    def play() -> None:
        try:
            core.run()
        finally:
            devices.stop()

    thread = threading.Thread(target=play, name="core", daemon=True)
    ends.callback(core.journal.close)
    ends.callback(thread.join)
    ends.callback(core.stop)
    thread.start()
    return thread


def _begin(ends: ExitStack, name: str, line: list[str]) -> Child:
    child = Child(name, line)
    ends.callback(child.stop)
    return child


def _wait_web(web_port: int) -> None:
    deadline = time.monotonic() + UP_S
    while is_free(web_port):
        if time.monotonic() > deadline:
            raise Stop(f"The web did not answer within {UP_S:.0f} s; what it said stands above.")
        time.sleep(0.05)


def _addresses(args: argparse.Namespace, floor: Floor, web_port: int, password: str, page: str) -> str:
    url = f"http://127.0.0.1:{web_port}"
    halls = {device.board for device in floor.devices.values() if device.role == "hall"}
    rows = [("the floor", f"{url}/floor")]
    rows += [("a TV", f"{url}/tv/{board}") for board in floor.boards]
    rows += [("the hall", f"{url}/hall/{board}") for board in floor.boards if board in halls]
    rows += [("the boards", page)]
    lines = "".join(f"    {name:12} {address}\n" for name, address in rows)
    return (
        f"\n  {args.date} is played again, {args.speed:g} times as fast\n\n"
        f"    sign in as   {WHO}, password {password}\n\n{lines}\n  Ctrl-C ends it and leaves nothing behind.\n"
    )


def _ticks(children: list[Child], core: threading.Thread) -> Iterator[int]:
    """What time it is on the walls, again and again, while whatever shows it is tended. Stop if it cannot go on."""
    while core.is_alive() and False not in [child.tend() for child in children]:
        yield clock.now_ms()
        time.sleep(LOOK_S)
    raise Stop("It cannot go on; what was wrong stands above.")


def _follow(args: argparse.Namespace, chosen: Past, zone: tzinfo, ticks: Iterator[int]) -> None:
    """Say what time it is on the walls; until the day is over, or for ever."""
    is_seen = sys.stderr.isatty()
    hour = ""
    with Progress(
        TextColumn("  {task.description}"), BarColumn(), console=Console(stderr=True), disable=not is_seen
    ) as bar:
        task = bar.add_task("", total=chosen.to_ms - chosen.from_ms)
        for at_ms in ticks:
            at = local(at_ms, zone)
            bar.update(task, completed=at_ms - chosen.from_ms, description=f"{at:%Y-%m-%d %H:%M:%S}")
            if f"{at:%H}" != hour and not is_seen:
                say(f"{at:%H:%M}")
            hour = f"{at:%H}"
            if at_ms >= chosen.to_ms and not chosen.left:
                break
    say(f"{args.date} is over" + ("" if args.end else ": its last picture stands until Ctrl-C"))
    while not args.end:
        next(ticks)
