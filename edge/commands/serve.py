"""`floorboard serve`: broker, core and web as processes of their own, each started again within a second when it ends."""

import argparse
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from edge import broker, identity
from edge.commands import command
from edge.core import Core
from edge.devices import Devices
from edge.exchange import Follow
from edge.journal import Journal
from edge.panel import Door
from edge.settings import Settings, configure, read

AGAIN_S = 0.3
END_S = 5.0
BUG = 70  # EX_SOFTWARE of sysexits.h


def add(commands: Any) -> None:
    serve = command(
        commands,
        "serve",
        "Run the floor: broker, core and web, until Ctrl-C or SIGTERM.",
        "floorboard serve --site /etc/floorboard/site.toml --state /var/lib/floorboard",
    )
    serve.set_defaults(run=run_serve)
    core = command(
        commands,
        "core",
        "Run the core alone (serve does it for you).",
        "floorboard core --state /var/lib/floorboard",
    )
    core.set_defaults(run=run_core)
    web = command(
        commands,
        "web",
        "Run the web alone (serve does it for you).",
        "floorboard web --state /var/lib/floorboard",
    )
    web.set_defaults(run=run_web)
    for parser in (serve, core, web):
        parser.add_argument(
            "--site",
            type=Path,
            default=Path("/etc/floorboard/site.toml"),
            metavar="TOML",
            help="the site's settings (%(default)s)",
        )
        parser.add_argument(
            "--state",
            type=Path,
            default=Path("/var/lib/floorboard"),
            metavar="DIR",
            help="journal, keys and sockets (%(default)s)",
        )


def run_serve(args: argparse.Namespace) -> int:
    with Serving(args.site, args.state):
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        threading.Event().wait()
    return 0


def run_core(args: argparse.Namespace) -> int:
    settings = read(args.site)
    core = Core(Journal(args.state / "journal.db"))
    devices = Devices(core, settings, args.state)
    core.rims += [devices, Door(args.state / "core.sock", core)]
    core.put(configure(settings, lambda pin: identity.pin_key(args.state, pin)))
    exchange = settings.exchange
    follow = Follow(
        core,
        Path(exchange.queue_log),
        target_s=exchange.target_s,
        members=exchange.members,
    )
    for end in (signal.SIGTERM, signal.SIGINT):
        signal.signal(end, lambda *_: core.stop())
    threading.excepthook = _end
    devices.start()
    if exchange.queue_log:
        follow.start()
    core.run()
    devices.stop()
    return 0


def _end(bug: threading.ExceptHookArgs) -> None:
    """A bug in any thread ends the process, which is started again, rather than leave half of it running."""
    threading.__excepthook__(bug)
    os._exit(BUG)


def run_web(args: argparse.Namespace) -> int:
    from web.serve import serve  # only this process needs Flask

    serve(read(args.site), args.state)
    return 0


class Child:
    """A process that is started again when it ends, until `stop`; it ends with its parent, however that ends."""

    def __init__(self, name: str, line: Sequence[str]) -> None:
        self.name, self.starts = name, 0
        self._line = ["setpriv", "--pdeathsig", "TERM", "--", *line]
        self._ending = False
        self._start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def _start(self) -> None:
        self.starts += 1
        self._process = subprocess.Popen(
            self._line,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            start_new_session=True,  # Ctrl-C is for us, who end them in order
        )

    def tend(self) -> None:
        code = self._process.poll()
        if code is not None and not self._ending:
            print(
                f"floorboard: {self.name} ended ({code}); starting it again",
                file=sys.stderr,
            )
            self._start()

    def stop(self) -> None:
        self._ending = True
        self._process.terminate()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Serving:
    """The three processes, as a context: started on the way in, ended on the way out."""

    def __init__(self, site: Path, state: Path) -> None:
        self._site, self._state = site, state
        self._settings: Settings = read(site)
        self._stopping = threading.Event()
        self.children: dict[str, Child] = {}

    def __enter__(self) -> "Serving":
        settings, state = self._settings, self._state
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        identity.prepare(state, [settings.broker.host])
        line = broker.configure(
            state,
            settings.site,
            settings.devices,
            settings.broker.port,
            bind=settings.broker.bind,
        )
        self.children["broker"] = Child("broker", line)
        for name in ("core", "web"):
            ours = [
                sys.executable,
                "-m",
                "edge",
                name,
                "--site",
                str(self._site),
                "--state",
                str(state),
            ]
            self.children[name] = Child(name, ours)
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
        for name in ("web", "core", "broker"):
            self.children[name].stop()

    def _tend(self) -> None:
        """Popen's pdeathsig is bound to the thread that forked, so a restart from here lives as long as this thread: to the end."""
        while not self._stopping.wait(AGAIN_S):
            for child in self.children.values():
                child.tend()
