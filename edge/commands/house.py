"""A whole house on loopback in a temporary folder: broker, core, web and virtual desk units. Demo, check and benches run it."""

import json
import random
import secrets
import shutil
import socket
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from edge import wire
from edge.accounts import Accounts, cookie_name
from edge.commands import Stop
from edge.commands.box import Box
from edge.commands.serving import Serving, floor_of
from edge.journal import Journal
from edge.rights import SCOPES
from edge.settings import Settings, read
from hardware import virtual
from hardware.virtual.face import GAP_MS

RECORD = Path(__file__).with_name("asterisk22.queue_log")
UP_S = 60.0
STARTING_MAX = 100  # boards that have not found the edge yet
TELL_EACH = 200
PORTS = (20_000, 32_000)
ACCOUNT = "demo-hands"
MEMBERS = {f"Local/a{n}@agents/n": f"Agent{n}" for n in (1, 2, 3)}
NAMES = ("Ana Ruiz", "Bo Lindqvist", "陈晓", "Dana Okafor", "Emre Kaya", "Fatou Diallo")


def say(text: str) -> None:
    print(f"floorboard: {text}\n", end="", file=sys.stderr, flush=True)  # in one piece: threads say it too


def free_port() -> int:
    """A loopback port that nobody has, from below those that Linux gives to whoever connects: it is still free when it is used."""
    while True:
        port = random.randrange(*PORTS)
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def pin(desk: int) -> str:
    """Six digits of 1 to 5, another for each desk up to 15,625."""
    digits = ""
    for _ in range(6):
        desk, digit = divmod(desk, 5)
        digits = str(digit + 1) + digits
    return digits


def name(desk: int) -> str:
    """Of the agent who sits there."""
    return NAMES[desk - 1] if desk <= len(NAMES) else f"Agent {desk}"


TILES = ("waiting", "longest_wait(payments)", "ready", "service_level(support)", "answered", "help")
LINES = ["payments", "advice"]
HALL_TILES = ("waiting(payments)", "longest_wait(payments)")


def site_toml(
    desks: int, counters: int, walls: int, web_port: int, queue_log: Path, *, halls: int = 0, entrance: bool = False
) -> str:
    """Settings of a site with so many desks, counter displays at the last of them, wallboards and hall displays; the first three
    desks' agents are those of the bundled record. `entrance`: a dispenser, and a rating pad at the last desk."""
    tables = [
        f'site = "demo"\n[broker]\nport = {free_port()}\n[web]\nport = {web_port}',
        f"[exchange]\nqueue_log = {json.dumps(str(queue_log))}\n[exchange.members]",
        *(f"{json.dumps(interface)} = {json.dumps(agent)}" for interface, agent in MEMBERS.items()),
        '[[queue]]\nname = "support"\nletter = "A"\ntarget_s = 3\nvariant = "answered"',
        '[[queue]]\nname = "sales"\nletter = "B"\ntarget_s = 5\nvariant = "answered_or_left"',
        '[[queue]]\nname = "payments"\nletter = "C"\ntarget_s = 20',
    ]
    for n in range(1, desks + 1):
        tables.append(f'[[desk]]\nnumber = "{n}"\nteam = "{"phones" if n <= 3 else "counter"}"')
        tables.append(f'[[device]]\nname = "desk-{n}"\ndesk = "{n}"')
        tables.append(
            f'[[agent]]\nid = "Agent{n}"\nname = "{name(n)}"\npin = "{pin(n)}"\nqueues = {json.dumps(LINES[: 1 + entrance])}'
        )
    tables.append(f'[[board]]\nname = "floor"\ntitle = "Floor"\ntiles = {json.dumps(TILES)}')
    tables.append(f'[[board]]\nname = "hall"\ntitle = "Welcome"\ntiles = {json.dumps(HALL_TILES)}')
    at_counters = range(desks - counters + 1, desks + 1)
    tables += [f'[[device]]\nname = "counter-{n}"\nrole = "counter"\ndesk = "{n}"' for n in at_counters]
    tables += [f'[[device]]\nname = "wall-{n}"\nrole = "wallboard"\nboard = "floor"' for n in range(1, walls + 1)]
    tables += [f'[[device]]\nname = "hall-{n}"\nrole = "hall"\nboard = "hall"' for n in range(1, halls + 1)]
    if entrance:
        tables.append('[[queue]]\nname = "advice"\nletter = "D"\ntitle = "Advice"\ntitle_zh = "咨询"')
        tables.append(f'[[device]]\nname = "dispenser-1"\nrole = "dispenser"\nqueues = {json.dumps(LINES)}')
        tables.append(f'[[device]]\nname = "rating-1"\nrole = "rating"\ndesk = "{desks}"')
    return "\n".join(tables) + "\n"


class House:
    """A context: on entry all is up and every desk unit has greeted; on exit all has ended and the folder is gone."""

    def __init__(
        self,
        desks: int = 6,
        counters: int = 0,
        walls: int = 0,
        halls: int = 0,
        *,
        entrance: bool = False,
        web_port: int = 0,
        tables: str = "",
        before: Callable[[Path], None] | None = None,
        behind: bool = False,
    ) -> None:
        """`behind`: boards have what the edge leaves them. `entrance`: with a dispenser and a rating pad. `tables`: of the
        site's file, besides those that every house has. `before(state)` is called before anything starts."""
        self._numbers, self._web_port, self._ends = (desks, counters, walls), web_port or free_port(), ExitStack()
        self._halls, self._tables, self._before, self._entrance = halls, tables, before, entrance
        self._behind, self.ending = behind, threading.Event()
        self._visitors = 0
        self.boards: dict[int, virtual.Board] = {}
        self.token = ""  # of the house's own account, which may everything
        self.settings: Settings
        self.accounts: Accounts
        self.state: Path
        self.queue_log: Path
        self.url = f"http://127.0.0.1:{self._web_port}"

    def __enter__(self) -> "House":
        with self._ends:
            folder = Path(tempfile.mkdtemp(prefix="floorboard-"))
            self._ends.callback(shutil.rmtree, folder, ignore_errors=True)
            self.state, self.queue_log = folder / "state", folder / "queue_log"
            site = folder / "site.toml"
            text = site_toml(*self._numbers, self._web_port, self.queue_log, halls=self._halls, entrance=self._entrance)
            site.write_text(text + self._tables, encoding="utf-8")
            self.settings = read(site)
            self.state.mkdir(mode=0o700)
            self.accounts = Accounts(self.state)
            self._ends.callback(self.accounts.close)
            self.accounts.add(ACCOUNT, "admin", ACCOUNT)
            self.token = self.accounts.add_token(
                ACCOUNT, "presses keys and brings in visitors while this demo runs", tuple(SCOPES)
            )
            if self._before:
                self._before(self.state)
            box = Box(self.settings, self.state, self._behind)
            self.box = self._ends.enter_context(box)  # unplugged after the broker has ended
            say("starting broker, core and web")
            self.serving = self._ends.enter_context(Serving(site, self.state))
            self._wait_web()
            say(f"starting {len(self.settings.device)} boards")
            self._plug_in()
            self._ends = self._ends.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.ending.set()
        self._ends.close()

    def _plug_in(self) -> None:
        """A hundred at a time: more handshakes at once than this machine can do in time would all fail."""
        devices = self.settings.device
        for number, device in enumerate(devices):
            board = self.box.plug_in(device.name, device.role)
            if device.role == "desk":
                self.boards[int(device.desk)] = board
            self.box.wait(UP_S, STARTING_MAX)
            if number and number % TELL_EACH == 0:
                say(f"{number} of {len(devices)} boards are started")
        self.box.wait(UP_S + len(devices) / 10)
        self._wait_online()

    def _wait_online(self) -> None:
        """A display that draws may still not have found the edge."""
        deadline = time.monotonic() + UP_S
        while away := [d.device for d in floor_of(self.state).devices.values() if not d.online]:
            if time.monotonic() > deadline:
                said = self.box.boards[away[0]].console[-400:]
                raise Stop(f"{away[0]} did not greet the edge within {UP_S:.0f} s; it said: {said}")
            time.sleep(0.05)

    def _wait_web(self) -> None:
        deadline = time.monotonic() + UP_S
        while True:
            try:
                self.get("/api/floor")
                return
            except (urllib.error.URLError, ConnectionError):
                if time.monotonic() > deadline:
                    raise Stop(f"The web did not answer within {UP_S:.0f} s; what it said stands above.") from None
                time.sleep(0.05)

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.request(path), timeout=5) as answer:
            return json.loads(answer.read())

    def ask(self, **request: str) -> Any:
        """As the page does: POST /api/ask."""
        with urllib.request.urlopen(self.request("/api/ask", json.dumps(request).encode()), timeout=5) as answer:
            return json.loads(answer.read())

    def request(self, path: str, body: bytes | None = None) -> urllib.request.Request:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        return urllib.request.Request(self.url + path, body, headers)

    def session(self, role: str) -> str:
        """The cookie of a screen that has come in."""
        name = f"{role}-{secrets.token_hex(4)}"
        self.accounts.add(name, role, ACCOUNT)
        secret = self.accounts.enter(self.accounts.link(name, ACCOUNT))
        return f"{cookie_name(self.settings.site, self._web_port)}={secret}"

    def journal(self) -> Journal:
        return Journal(self.state / "journal.db", read_only=True)

    def visitor(self) -> int:
        """The number of the next one who comes in."""
        self._visitors += 1
        return self._visitors

    def sign_in(self, desk: int) -> None:
        """By PIN at the keys, as an agent does; nothing if somebody is signed in."""
        board = self.boards[desk]
        if board.view.presence != "signed_out":
            return
        for entered, digit in enumerate(pin(desk), 1):
            since = board.press(wire.KEYS[int(digit) - 1], gap_ms=GAP_MS)
            if entered < len(pin(desk)):
                board.wait_lamp(lambda view, n=entered: view.digits == n, UP_S, since)  # type: ignore[misc]
        board.wait_lamp(
            lambda view: view.presence not in (None, "signed_out") and not view.pending,
            UP_S,
        )
