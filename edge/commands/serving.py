"""Broker, core, web and, where something is outside, the rims as processes: each started again within a second when it ends."""

import fcntl
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, TextIO

import msgspec

from edge import broker, identity
from edge.commands import Stop
from edge.floor import Floor
from edge.journal import Journal
from edge.settings import BadSettings, Settings, parse, raw, read

ACCEPTED = "site.toml"  # in the state: what the floor lives by
STARTED = "started.toml"  # beside it: as it was when `serve` was started
AT_START = (  # what only a start takes in
    *("site", "timezone", "broker", "web", "exchange"),
    *("modbus", "light", "sign", "printer", "cloud"),
)
AGAIN_S = 0.3
LOOK_S = 0.05
END_S = 5.0
HOPELESS = 2  # of ours: said in a sentence, and the same at each start
QUICK_S = 2.0  # an end so soon after the start is a failed start …
AGAIN_S_MAX = 5.0  # … and is tried again ever more slowly
UNSAID = (  # of the broker's lines
    "unexpected eof while reading",  # a device went without a word: the floor notes it
    "Mosquitto should not be run as root",
)

BEHIND = (
    "nice",
    "-n",
    "5",
)  # a page can wait for a press: measured by `bench tickets`, p99 20 ms without and 14 ms with it


class Child:
    """A process that is started again when it ends, until `stop`; it ends with its parent, however that ends. Lines of its standard
    error that hold one of `unsaid` are not passed on."""

    def __init__(self, name: str, line: Sequence[str], unsaid: Sequence[str] = ()) -> None:
        self.name, self.starts = name, 0
        self._unsaid = unsaid
        self._passing: threading.Thread | None = None
        self._line = ["setpriv", "--pdeathsig", "TERM", "--", *line]
        self._ending = False
        self._started, self._again_s, self._due = 0.0, 0.0, 0.0
        self._start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def _start(self) -> None:
        self.starts += 1
        self._started, self._due = time.monotonic(), 0.0
        self._process = subprocess.Popen(
            self._line,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            stderr=subprocess.PIPE if self._unsaid else None,
            encoding="utf-8",
            errors="backslashreplace",
            process_group=0,  # Ctrl-C is for us, who end them in order. One session, so that Linux weighs them by their niceness
        )
        if self._process.stderr:
            self._passing = threading.Thread(
                target=self._pass_on, args=(self._process.stderr,), name=self.name, daemon=True
            )
            self._passing.start()

    def _pass_on(self, lines: IO[str]) -> None:
        """To its end, also when nobody hears us any more: a process whose pipe is full stands still."""
        with lines:
            for line in lines:
                if not any(unsaid in line for unsaid in self._unsaid):
                    with suppress(OSError, ValueError):
                        print(line, end="", file=sys.stderr, flush=True)

    def tend(self) -> bool:
        """False if it ended in a way that another start cannot mend."""
        code, now = self._process.poll(), time.monotonic()
        if code is None or self._ending:
            return True
        if not self._due:
            was_quick = now - self._started < QUICK_S and code > 0
            self._again_s = min(AGAIN_S_MAX, 2 * self._again_s + AGAIN_S) if was_quick else 0.0
            self._due = now + self._again_s
            print(f"floorboard: {self.name} ended ({code}); starting it again", file=sys.stderr)
        if code == HOPELESS:
            return False
        if now >= self._due:
            self._start()
        return True

    def stop(self) -> None:
        self._ending = True
        self._process.terminate()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._passing:
            self._passing.join(END_S)


class Serving:
    """The processes, as a context: started on the way in, ended on the way out."""

    def __init__(self, site: Path, state: Path) -> None:
        self._state = state
        self._site = site
        self.settings: Settings
        self.hopeless = threading.Event()
        self._lock: TextIO | None = None
        self._stopping = threading.Event()
        self.children: dict[str, Child] = {}

    def __enter__(self) -> "Serving":
        state = self._state
        self._lock = _own(state)
        self.settings = settings = accept(self._site, state)
        for key, place in (("broker", settings.broker), ("web", settings.web), ("modbus", settings.modbus)):
            if place:
                _probe(key, place.port, place.bind)
        identity.prepare(state, [settings.broker.host])
        line = broker.configure(
            state,
            settings.site,
            _devices(settings, state),
            settings.broker.port,
            bind=settings.broker.bind,
        )
        self.children["broker"] = Child("broker", line, UNSAID)
        for name in ("core", "web", *(["rims"] if settings.outside or settings.modbus else [])):
            self.begin(name)
        self._tender = threading.Thread(target=self._tend, name="tender", daemon=True)
        self._tender.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        self._tender.join()
        for child in reversed(self.children.values()):
            child.stop()
        if self._lock:
            self._lock.close()

    def wait_up(self) -> bool:
        """Until core and web let one in; False if that is hopeless."""
        web = self.settings.web
        kind = socket.AF_INET6 if ":" in web.bind else socket.AF_INET
        while not (is_served(self._state) and _answers(kind, (web.bind, web.port))):
            if self.hopeless.wait(LOOK_S):
                return False
        return True

    def begin(self, name: str) -> None:
        """One of core, web and rims, anew."""
        ours = [sys.executable, "-m", "edge", name, "--site", str(self._state / ACCEPTED), "--state", str(self._state)]
        self.children[name] = Child(name, ours if name == "core" else [*BEHIND, *ours])

    def _tend(self) -> None:
        """Popen's pdeathsig is bound to the thread that forked, so a restart from here lives as long as this thread: to the end."""
        while not self._stopping.wait(AGAIN_S):
            for child in self.children.values():
                if not child.tend():
                    self.hopeless.set()
                    return


def accept(site: Path, state: Path) -> Settings:
    """The site's file, and a copy of it in `state` that the floor lives by: a file that somebody is in the middle of
    editing keeps no floor from coming back. BadSettings if neither is good."""
    try:
        kept = raw(site)
        settings = parse(kept, site)
    except BadSettings as bad:
        if not (state / ACCEPTED).exists():
            raise
        print(f"floorboard: {bad} The floor stays as it was, by {state / ACCEPTED}.", file=sys.stderr)
        kept = raw(state / ACCEPTED)
        settings = parse(kept, state / ACCEPTED)
    for name in (ACCEPTED, STARTED):
        identity.write_private(state / name, kept)
    return settings


def living(site: Path, state: Path) -> Settings:
    """What core and web live by: the file, and of what only a start takes in what `serve` was started with."""
    settings = read(site)
    if site != state / ACCEPTED or not (state / STARTED).exists():
        return settings
    started = read(state / STARTED)
    return msgspec.structs.replace(settings, **{name: getattr(started, name) for name in AT_START})


def _devices(settings: Settings, state: Path) -> list[str]:
    """Those of the file, and those that the journal knows besides."""
    names = dict.fromkeys(settings.devices)
    if (state / "journal.db").exists():
        names |= dict.fromkeys(device.device for device in floor_of(state).devices.values() if device.role)
    return list(names)


def floor_of(state: Path) -> Floor:
    """The floor as its journal has it, served or not. Stop if there is none, or it is damaged."""
    try:
        (state / "journal.db").stat()
    except FileNotFoundError:
        raise Stop(f"There is no journal in {state}; name the state that `floorboard serve` was given.") from None
    except OSError as error:
        raise Stop(f"The journal in {state} cannot be read: {error.strerror}.") from error
    try:
        journal = Journal(state / "journal.db", read_only=True)
        floor = journal.load()
    except sqlite3.DatabaseError as error:
        raise Stop(f"The journal in {state} cannot be opened: {error}.") from error
    journal.close()
    return floor


def _own(state: Path) -> TextIO:
    """The state directory, made private and locked, so that a second floor on it changes nothing."""
    try:
        state.mkdir(parents=True, exist_ok=True)
        state.chmod(0o700)
        lock = (state / "serve-lock").open("w")
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise Stop(f"A floor is already served from {state}.") from error
    except OSError as error:
        raise Stop(f"{state} cannot be used: {error.strerror}.") from error
    return lock


def is_served(state: Path) -> bool:
    """A core answers there."""
    return _answers(socket.AF_UNIX, str(state / "core.sock"))


def _answers(family: socket.AddressFamily, address: str | tuple[str, int]) -> bool:
    with socket.socket(family) as door:
        return door.connect_ex(address) == 0


def _probe(key: str, port: int, bind: str) -> None:
    try:
        socket.create_server((bind, port), family=socket.AF_INET6 if ":" in bind else socket.AF_INET).close()
    except OSError as error:
        raise Stop(f"{key}.bind and {key}.port: {bind} port {port} cannot be had: {error.strerror}.") from error
