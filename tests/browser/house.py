"""A floor for the browser's tests: a core and a web as real processes over one state folder."""

import json
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from playwright.sync_api import Page

from edge.accounts import Accounts, cookie_name
from edge.commands.house import free_port
from edge.exchange import Reading, read
from edge.facts import AgentMet, BoardLaidOut, DeskOpened, DeviceRegistered, Fact, QueueOpened
from edge.journal import Journal
from edge.requests import Configure, DeviceEvent, ObserveDevice, Request, Wanted

ROOT = Path(__file__).resolve().parents[2]
UP_S = 60
NAMES = ("Ana Ruiz", "Bo Lindqvist", "陈晓", "Dana Okafor", "Emre Kaya", "Fatou Diallo", "李静", "Hana Sato")


class House:
    """Starts nothing by itself; `close` ends what was started."""

    def __init__(self, folder: Path, zone: str = "UTC") -> None:
        self.state, self.port, self.zone = folder, free_port(), zone
        self.url = f"http://127.0.0.1:{self.port}"
        self._site = folder / "site.toml"
        self._site.write_text(f'site = "hall-7"\ntimezone = "{zone}"\n[web]\nport = {self.port}\n')
        self.accounts = Accounts(folder)
        self.accounts.add("tests", "admin", "tests")
        self.cookie = self.begin("tests")
        self._csrf = ""
        self.core: subprocess.Popen[bytes] | None = None
        self.web: subprocess.Popen[bytes] | None = None

    def start_core(self) -> None:
        line = [sys.executable, "-m", "tests.browser.core_process", str(self.state)]
        self.core = subprocess.Popen(line, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.core.stdout and self.core.stdout.readline() == b"up\n"

    def start_web(self) -> None:
        line = [sys.executable, "-m", "edge", "web", "--site", str(self._site), "--state", str(self.state)]
        self.web = subprocess.Popen(line, cwd=ROOT)
        deadline = time.monotonic() + UP_S
        while True:
            try:
                self.get("/api/floor")
                return
            except (urllib.error.URLError, ConnectionError):
                assert time.monotonic() < deadline and self.web.poll() is None, "the web did not come up"
                time.sleep(0.05)

    def wait_web(self, true: Callable[[], bool]) -> None:
        """The web sees what the core did a moment later."""
        deadline = time.monotonic() + UP_S
        while not true():
            assert time.monotonic() < deadline, "the web did not see it"
            time.sleep(0.05)

    def kill(self, name: str, how: signal.Signals = signal.SIGKILL) -> float:
        """Seconds until it had ended."""
        process: subprocess.Popen[bytes] | None = getattr(self, name)
        assert process
        began = time.monotonic()
        process.send_signal(how)
        process.wait(UP_S)
        return time.monotonic() - began

    def put(self, request: Request) -> str:
        """What the core made of it."""
        assert self.core and self.core.stdin and self.core.stdout
        self.core.stdin.write(msgspec.json.encode(request) + b"\n")
        self.core.stdin.flush()
        return self.core.stdout.readline().decode().strip()

    def begin(self, account: str) -> str:
        """A session of that account, as a Cookie header says it."""
        return f"{cookie_name('hall-7', self.port)}={self.accounts.begin(account)}"

    def bring_in(self, page: Page, cookie: str = "") -> None:
        """The browser's page has a session, the tests' own unless another is given."""
        name, _, value = (cookie or self.cookie).partition("=")
        page.context.add_cookies([{"name": name, "value": value, "url": self.url}])

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.request(path), timeout=5) as answer:
            return json.loads(answer.read())

    def request(self, path: str, body: bytes | None = None, **headers: str) -> urllib.request.Request:
        """As the tests' own session asks; header names with _ for -."""
        named = {"Cookie": self.cookie} | {name.replace("_", "-"): value for name, value in headers.items()}
        return urllib.request.Request(self.url + path, body, named)

    def csrf(self) -> str:
        """What the pages of the tests' own session say with each request."""
        if not self._csrf:
            with urllib.request.urlopen(self.request("/kiosk"), timeout=5) as answer:
                found = re.search(r'name="csrf" value="(\w+)"', answer.read().decode())
            assert found
            self._csrf = found[1]
        return self._csrf

    def post(self, body: bytes, **headers: str) -> tuple[int, Any]:
        """(status, answer) of /api/ask; header names with _ for -."""
        named = {"Content_Type": "application/json", "X_CSRF_Token": self.csrf()} | headers
        request = self.request("/api/ask", body, **named)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def journal(self) -> list[Fact]:
        journal = Journal(self.state / "journal.db", read_only=True)
        facts = [fact for _, _, fact in journal.read()]
        journal.close()
        return facts

    def facts(self) -> list[str]:
        return [type(fact).__name__ for fact in self.journal()]

    def configure(self, desks: int = 4, names: tuple[str, ...] = NAMES, more: tuple[Wanted, ...] = ()) -> None:
        queues = [
            ("support", "A", 3, "answered"),
            ("sales", "B", 5, "answered_or_left"),
            ("payments", "C", 20, "answered"),
        ]
        wanted: list[Wanted] = [
            QueueOpened(at_ms=0, queue=q, letter=letter, target_s=s, variant=v) for q, letter, s, v in queues
        ]
        wanted += [DeskOpened(at_ms=0, desk=str(n), team="phones" if n < 4 else "counter") for n in range(1, desks + 1)]
        wanted += [
            AgentMet(at_ms=0, agent=f"Agent{n}", name=name, queues=("payments",)) for n, name in enumerate(names, 1)
        ]
        wanted += [
            BoardLaidOut(at_ms=0, board="phones", title="Phones", tiles=("waiting(support)", "longest_wait", "help"))
        ]
        wanted += [DeviceRegistered(at_ms=0, device=f"desk-{n}", role="desk", desk=str(n)) for n in range(1, desks + 1)]
        self.put(Configure(wanted=(*wanted, *more)))

    def press(self, desk: int, key: str, press: str = "short", seq: int = 1) -> str:
        return self.put(
            DeviceEvent(
                device=f"desk-{desk}", id=f"{desk:016x}", boot=1, seq=seq, first=1, age_ms=0, key=key, press=press
            )
        )

    def device(self, desk: int, *, here: bool = True) -> str:
        birth = (
            {"firmware": "1.0", "hardware": "virtual", "role": "desk", "boot": 1, "id": f"{desk:016x}"} if here else {}
        )
        return self.put(ObserveDevice(device=f"desk-{desk}", **birth))  # type: ignore[arg-type]

    def replay(self, record: Path) -> None:
        """The exchange's record, as if it had ended a moment ago."""
        lines = [line.split("|", 1) for line in record.read_text().splitlines()]
        shift = int(time.time()) - int(lines[-1][0]) - 1
        moved = [f"{int(at) + shift}|{rest}\n".encode() for at, rest in lines]
        for observed in read(moved, Reading(), target_s=20):
            self.put(observed)

    def close(self) -> None:
        self.accounts.close()
        for process in (self.web, self.core):
            if process and process.poll() is None:
                process.kill()
                process.wait()
            for pipe in (process.stdin, process.stdout) if process else ():
                if pipe:
                    pipe.close()
