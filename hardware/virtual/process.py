"""Virtual boards as processes: MicroPython running the tree of a role in a folder of its own."""

import json
import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from hardware.virtual.pins import Pins

STAND_INS = Path(__file__).with_name("builtin")
RESET_CODE = 3  # as in builtin/machine.py
HARD_RESET = 2
ENDING_S = 5


class Process:
    """A running board. Restarts by itself when the firmware resets; `kill` is a power cut, `start` the power coming back."""

    def __init__(self, command: Sequence[str], folder: Path, environment: dict[str, str]) -> None:
        self._command, self.folder, self._environment = list(command), folder, environment
        self._lock = threading.Lock()
        self._is_wanted = False
        self.popen: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def pid(self) -> int:
        assert self.popen
        return self.popen.pid

    @property
    def output(self) -> str:
        """All that the firmware has printed."""
        return (self.folder / "board.out").read_text(errors="replace")

    def start(self, cause: int = 1) -> None:
        with self._lock:
            self._is_wanted = True
            self._spawn(cause)

    def kill(self) -> None:
        """Off, at once and without a word."""
        with self._lock:
            self._is_wanted = False
            if self.popen:
                self.popen.kill()
                self.popen.wait()

    def ended(self) -> None:
        """The board has closed its pins: collect it, and start it again if it asked for that."""
        with self._lock:
            if self.popen and self._is_wanted and self.popen.wait(ENDING_S) == RESET_CODE:
                self._spawn(HARD_RESET)

    def _spawn(self, cause: int) -> None:
        with open(self.folder / "board.out", "ab") as out:
            self.popen = subprocess.Popen(
                self._command,
                cwd=self.folder,
                env={**self._environment, "BOARD_CAUSE": str(cause)},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the parent; its end closes the pins, and that ends the board
            )


def start(
    tree: Path,
    folder: Path,
    device: Mapping[str, object],
    ca_pem: bytes,
    pins: Pins,
    heap_kb: int = 120,
    micropython: Sequence[str] = (),
    prelude: str = "",
) -> Process:
    """Start a board: `tree` as built by flash/tree.py, `folder` its flash memory (kept from start to start), `device` what
    edge/identity.py gives. `micropython` is the command that runs it, as `parts.find` gives it; `prelude` is MicroPython
    that runs between boot.py and main.py, with which a bench watches the heap or shortens a wait."""
    if not micropython:
        from edge import parts

        micropython = parts.find("micropython")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "device.json").write_text(json.dumps(device))
    (folder / "ca.pem").write_bytes(ca_pem)
    name = str(device["name"])
    environment = {
        "BOARD_NAME": name,
        "BOARD_PINS": str(pins.port),
        "MICROPYPATH": f"{STAND_INS}:{tree.resolve()}:.frozen",
        "PATH": os.environ.get("PATH", ""),
    }
    command = [*micropython, "-X", f"heapsize={heap_kb}K", "-c", f"import boot\n{prelude}\nimport main"]
    process = Process(command, folder, environment)
    pins.follow(name, process.ended)
    return process


def cpu_s(pids: Sequence[int]) -> float:
    """Processor seconds that these processes have used so far, by /proc/<pid>/stat (proc(5): utime, stime)."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def idle_percent(processes: Sequence[Process], seconds: float) -> float:
    """Percent of one core that the boards use together over so many seconds."""
    pids = [process.pid for process in processes]
    before, began = cpu_s(pids), time.monotonic()
    time.sleep(seconds)
    return 100 * (cpu_s(pids) - before) / (time.monotonic() - began)
