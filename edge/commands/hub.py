"""A hub on loopback, for the demo, the bench and the tests: nats-server and PostgreSQL as processes, in a folder of their own."""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from edge import parts
from edge.commands import Stop
from edge.commands.house import free_port

USER = "floorboard"
UP_S, END_S = 30.0, 10.0
ORDINARY = "nobody"  # PostgreSQL refuses to run as root


class Hub:
    """A context: both are started on the way in, ended on the way out, and their data is gone. `kill` and `start` are for tests."""

    def __init__(self) -> None:
        self.nats_port, self.postgres_port = free_port(), free_port()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._ends = ExitStack()

    @property
    def nats(self) -> str:
        return f"nats://127.0.0.1:{self.nats_port}"

    @property
    def postgres(self) -> str:
        """By a socket in a folder that is ours alone: whoever comes in may do everything."""
        return f"host={self.folder} port={self.postgres_port} user={USER} dbname=postgres"

    @property
    def receive_line(self) -> list[str]:
        """The command of a receiver between the two."""
        return [sys.executable, "-m", "edge", "receive", "--nats", self.nats, "--postgres", self.postgres]

    def __enter__(self) -> "Hub":
        with self._ends:
            self.folder = Path(tempfile.mkdtemp(prefix="floorboard-hub-"))
            self._ends.callback(shutil.rmtree, self.folder, ignore_errors=True)
            ordinary = _ordinary(self.folder) if os.geteuid() == 0 else []
            self._ends.callback(self._stop)
            data = str(self.folder / "postgres")
            _make_database(data, ordinary)
            self._lines = {
                "nats": [
                    *("--", *parts.find("nats-server")),
                    *("-js", "-sd", str(self.folder / "nats"), "-a", "127.0.0.1", "-p", str(self.nats_port)),
                ],
                "postgres": [
                    *(*ordinary, "--", *parts.find("postgresql"), "-D", data, "-p", str(self.postgres_port)),
                    *("-c", "listen_addresses=", "-c", f"unix_socket_directories={self.folder}"),
                ],
            }
            for name in self._lines:
                self.start(name)
            self._ends = self._ends.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.close()

    def start(self, name: str) -> None:
        """And wait until it listens. PostgreSQL that was killed has to be started more than once, until its children have ended."""
        deadline = time.monotonic() + UP_S
        while True:
            process = self.processes.get(name)
            if process is None or process.poll() is not None:
                with (self.folder / f"{name}.log").open("ab") as log:
                    line = ["setpriv", "--pdeathsig", "KILL", *self._lines[name]]  # it ends with us, however we end
                    self.processes[name] = subprocess.Popen(
                        line, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
                    )
            try:
                self._knock(name)
                return
            except OSError:
                if time.monotonic() > deadline:
                    raise Stop(f"{name} did not start: {self._said(name)}") from None
                time.sleep(0.05)

    def _knock(self, name: str) -> None:
        if name == "nats":
            socket.create_connection(("127.0.0.1", self.nats_port), 1).close()
        else:
            with socket.socket(socket.AF_UNIX) as door:
                door.connect(f"{self.folder}/.s.PGSQL.{self.postgres_port}")

    def kill(self, name: str) -> None:
        self.processes[name].kill()
        self.processes[name].wait()

    def _said(self, name: str) -> str:
        lines = (self.folder / f"{name}.log").read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def _stop(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _make_database(data: str, ordinary: list[str]) -> None:
    line = ["setpriv", "--pdeathsig", "KILL", *ordinary, "--", *parts.beside("postgresql", "initdb")]
    made = subprocess.run(
        [*line, "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if made.returncode:
        raise Stop(f"PostgreSQL's initdb failed: {(made.stderr or made.stdout).strip().splitlines()[-1]}")


def _ordinary(folder: Path) -> list[str]:
    """What makes setpriv run a program as a user who is not root, and who owns the folder."""
    user = pwd.getpwnam(ORDINARY)
    os.chown(folder, user.pw_uid, user.pw_gid)
    return [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
