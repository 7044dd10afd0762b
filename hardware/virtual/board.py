"""A board made of software: power, reset and boot lines, flash, console, and MicroPython if the flash holds what a boot needs."""

import asyncio
import os
import signal
import socket
import subprocess
import threading
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from hardware.virtual import boot, rom, watch
from hardware.virtual.builtin import flash
from hardware.virtual.copper import Copper
from hardware.virtual.face import Face
from hardware.virtual.loader import Loader
from hardware.virtual.mcu import MCUS, mac
from hardware.virtual.port import Port

BOARDS = Path(__file__).parents[1] / "boards"
BUILTIN = Path(__file__).with_name("builtin")
POWER_ON, HARD_RESET, WDT_RESET, SOFT_RESET = 1, 2, 3, 5  # machine.reset_cause()
RESETS_HARD, RESETS_SOFT, RESETS_SOFT_RAW = 3, 4, 5  # how the process ends, as in builtin/start.py
UNARMED = b"\xff\xff\xff\xff"
STRAPS_S = 0.150  # from EN's rise to the sampling of GPIO0: esptool over RFC 2217 sets its lines some 50 ms apart
WATCHDOG_S = 1.0  # a chip's is shorter; nothing here happens more often
INTERRUPT_S = 0.2  # MicroPython's Unix port ends at a second SIGINT while one waits
BROKEN_OFF_S = (
    2.0  # MicroPython's Unix port ends if a SIGINT comes while it collects garbage; a chip is at its prompt then
)
CONSOLE_BYTES_MAX = 1 << 18
INTERRUPT = b"\x03"
NONE: Mapping[str, Any] = MappingProxyType({})


class _PowerCut(Exception):
    """In the middle of a write by the ROM's loader."""


class Board(Face):
    """Any thread may call. `folder` is its memory and stays from start to start; `prelude` is MicroPython that runs between boot.py
    and main.py, with which a bench watches the heap or shortens a wait; `changes` take the place of what its file says;
    `behind`: it stands back behind the edge on a machine that has a thousand of them."""

    def __init__(
        self,
        name: str,
        folder: Path,
        copper: Copper,
        hardware: str = "desk-unit",
        *,
        heap_kb: int = 144,  # an ESP32 has some 130, and the stand-ins take 38 of these
        micropython: Sequence[str] = (),
        prelude: str = "",
        changes: Mapping[str, Any] = NONE,
        behind: bool = False,
    ) -> None:
        facts = {**tomllib.loads((BOARDS / f"{hardware}.toml").read_text(encoding="utf-8")), **changes}
        super().__init__(name, facts)
        if not micropython:
            from edge import parts

            micropython = parts.find("micropython")
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.flash_file, self.mcu = folder, folder / "flash.bin", MCUS[facts["chip"]]
        self.flash_bytes: int = facts["flash_mb"] << 20
        self.serial_out: Callable[[bytes], object] | None = None  # called in the boards' thread: must not wait
        self.loader: Loader | None = None  # while in download mode
        self._chip: str = facts["chip"]
        self._behind = behind
        self._command = [*micropython, "-X", f"heapsize={heap_kb}K", "-c", "import start; start.run()"]
        self._environment = {
            "PATH": os.environ.get("PATH", ""),
            "MICROPYPATH": f"{BUILTIN}:.frozen",
            "BOARD_BUILTIN": str(BUILTIN),
            "BOARD_NAME": name,
            "BOARD_COPPER": str(copper.port),
            "BOARD_MACHINE": f"virtual {facts['title']} with {facts['chip'].upper()}",
            "BOARD_FLASH": str(self.flash_file.resolve()),
            "BOARD_FLASH_BYTES": str(self.flash_bytes),
            "BOARD_CUT": str((folder / "cut.left").resolve()),
            "BOARD_PRELUDE": prelude,
        }
        (folder / "cut.left").write_bytes(UNARMED)
        self._popen: subprocess.Popen[bytes] | None = None
        self._console, self._said = bytearray(), threading.Condition()
        self._wire: socket.socket | None = None  # the process's standard input and output
        self._is_on = self._is_speaking = self._is_interrupt_due = False
        self._interrupted_at = 0.0
        self._en = self._gpio0 = True
        self._due: asyncio.TimerHandle | None = None
        self._port: Port | None = None
        copper.add(self)

    # what a person and a bench do

    @property
    def is_on(self) -> bool:
        return self._is_on

    @property
    def pid(self) -> int:
        assert self._popen, f"{self.name} has not run yet"
        return self._popen.pid

    @property
    def console(self) -> str:
        """The last 256 KiB that it has said, from all its starts."""
        with self._said:
            return self._console.decode(errors="replace")

    def wait_console(self, text: str, timeout_s: float) -> str:
        """The console once it holds the text. TimeoutError shows the end of what it said instead."""
        with self._said:
            if not self._said.wait_for(lambda: text.encode() in self._console, timeout_s):
                raise TimeoutError(
                    f"{self.name} did not say {text!r} but …{self._console[-400:].decode(errors='replace')!r}"
                )
            return self._console.decode(errors="replace")

    def wait_off(self, timeout_s: float) -> None:
        """Until the power that `cut_power_after` cuts is off."""
        with self._said:
            if not self._said.wait_for(lambda: not self._is_on, timeout_s):
                raise TimeoutError(f"{self.name} is still on")

    def power_on(self, cause: int = POWER_ON) -> None:
        """`cause` is what machine.reset_cause() gives then."""
        watch.call(self._power_on, cause)

    def power_off(self) -> None:
        """At once and without a word."""
        watch.call(self._power_off)

    def cut_power_after(self, count: int) -> None:
        """Cut it in the middle of a write, when so many more bytes of the flash have been erased or programmed."""
        if self.loader:
            self._loaded.cut_after = count
        with (self.folder / "cut.left").open("r+b") as file:
            file.write(count.to_bytes(4, "little"))

    def read(self, at: int, count: int) -> bytes:
        with self._flash() as chip:
            return chip.read(at, count)

    def write(self, at: int, data: bytes) -> None:
        """Straight into the flash, from a sector's begin on, as a factory's programmer does; only while the board is off."""
        if self._is_on:
            raise RuntimeError(f"{self.name} is on; its flash is written through the serial port then")
        with self._flash() as chip:
            for i in range(0, len(data), flash.SECTOR):
                piece = data[i : i + flash.SECTOR]
                if len(piece) < flash.SECTOR:
                    piece += chip.read(at + i + len(piece), flash.SECTOR - len(piece))
                chip.put(at + i, piece)

    def open_port(self) -> str:
        """The URL of its serial port, which is there as long as the board's USB bridge is plugged in: on or off."""
        if not self._port:
            self._port = Port(self)
        return self._port.url

    def close_port(self) -> None:
        if self._port:
            self._port.close()
            self._port = None

    # what the serial port's wires do

    def serial_in(self, data: bytes) -> None:
        watch.soon(self._serial_in, data)

    def lines(self, dtr: bool, rts: bool) -> None:
        """True is asserted. The usual two transistors: RTS alone pulls EN down, DTR alone GPIO0."""
        watch.soon(self._lines, dtr, rts)

    # all below runs in the boards' thread

    def _power_on(self, cause: int) -> None:
        if not self._is_on:
            self._is_on = True
            if self._en:
                self._start(cause)

    def _power_off(self) -> None:
        self._stop()
        self._is_on = False
        with self._said:
            self._said.notify_all()

    def _lines(self, dtr: bool, rts: bool) -> None:
        was, self._en, self._gpio0 = self._en, dtr or not rts, rts or not dtr
        if self._is_on and was and not self._en:
            self._stop()
        elif self._is_on and self._en and not was:
            self._due = watch.loop().call_later(STRAPS_S, self._start, POWER_ON)

    def _serial_in(self, data: bytes) -> None:
        if self.loader:
            try:
                self._say(self.loader.take(data))
            except _PowerCut:
                self._power_off()
                return
            if self.loader.is_left:
                self._stop()
                self._boot(rom.SOFTWARE, HARD_RESET)
        elif self._wire:
            try:
                self._wire.send(data)
            except OSError:  # full, as a UART's buffer may be, or just ended
                return
            if INTERRUPT in data:
                self._is_interrupt_due = True
                self._interrupt()

    def _interrupt(self) -> None:
        """SIGINT, but not before MicroPython is there to take it, and not a second one while the first may wait."""
        now = time.monotonic()
        if self._is_interrupt_due and self._popen and self._is_speaking:
            self._is_interrupt_due = False
            if now - self._interrupted_at > INTERRUPT_S:
                self._interrupted_at = now
                self._popen.send_signal(signal.SIGINT)

    def _start(self, cause: int) -> None:
        """EN has risen, or the power come: look at GPIO0 and go where it says."""
        self._due = None
        if self._gpio0:
            self._boot(rom.POWER_ON, cause)
            return
        self._say_text(rom.download(self._chip))
        self._loaded = self._flash()
        self.loader = Loader(self.mcu, self._loaded, mac(self.name))

    def _boot(self, reason: int, cause: int) -> None:
        """ROM and bootloader: run what the flash holds, or say what is wrong with it until somebody writes another."""
        self._due = None
        self._say_text(rom.flash_boot(self._chip, reason))
        try:
            with self._flash() as chip:
                found = boot.check(chip.read, self.mcu)
        except boot.Invalid as invalid:
            self._say_text(str(invalid))
            self._due = watch.loop().call_later(WATCHDOG_S, self._boot, rom.WATCHDOG, cause)
            return
        self._environment |= {"BOARD_VFS_AT": str(found.vfs_at), "BOARD_VFS_BYTES": str(found.vfs_size)}
        self._spawn(cause, rom.ENTRY[self._chip])

    def _spawn(self, cause: int, hello: str, is_raw: bool = False) -> None:
        """`hello` is said by the process itself: from then on it can be interrupted."""
        self._wire, theirs = socket.socketpair()
        self._wire.setblocking(False)
        self._is_speaking = self._is_interrupt_due = False
        self._interrupted_at = 0.0
        mode = {"BOARD_CAUSE": str(cause), "BOARD_HELLO": hello, "BOARD_REPL": "raw" if is_raw else "friendly"}
        mode["BOARD_HELD_DOWN"] = " ".join(map(str, self.held_down))
        with theirs:
            self._popen = subprocess.Popen(
                self._command,
                cwd=self.folder,
                env=self._environment | mode,
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=theirs.fileno(),
                # Ctrl-C is for the parent. In its session, for Linux gives each session as much of the processor as any other, and
                # a thousand boards would leave a thousandth to the edge beside them.
                process_group=0,
            )
        if self._behind:
            os.sched_setscheduler(self._popen.pid, os.SCHED_IDLE, os.sched_param(0))
        watch.loop().add_reader(self._wire, self._hear)

    def _hear(self) -> None:
        assert self._wire
        try:
            came = self._wire.recv(65536)
        except ConnectionError:  # it ended with our bytes unread
            came = b""
        if came:
            self._say(came.replace(b"\n", b"\r\n"))
            self._is_speaking = True
            self._interrupt()
        else:
            self._ended()

    def _ended(self) -> None:
        assert self._popen
        code = self._popen.wait()
        self._stop()
        if code == RESETS_HARD:
            self._boot(rom.SOFTWARE, HARD_RESET)
        elif code == -signal.SIGALRM:  # builtin/machine.py's WDT
            self._boot(rom.WATCHDOG, WDT_RESET)
        elif code in (RESETS_SOFT, RESETS_SOFT_RAW):
            self._spawn(SOFT_RESET, "MPY: soft reboot\n", code == RESETS_SOFT_RAW)
        elif time.monotonic() - self._interrupted_at < BROKEN_OFF_S:
            self._spawn(SOFT_RESET, "", is_raw=True)
        else:
            self._power_off()

    def _stop(self) -> None:
        """Nothing goes on: the process has ended, no loader listens, nothing is due."""
        if self._due:
            self._due.cancel()
        if self._wire:
            watch.loop().remove_reader(self._wire)
            self._wire.close()
        if self._popen:
            self._popen.kill()
            self._popen.wait()
        if self.loader:
            self._loaded.close()
        self._due = self._wire = self.loader = None

    def _say_text(self, text: str) -> None:
        self._say(text.replace("\n", "\r\n").encode())

    def _say(self, data: bytes) -> None:
        with self._said:
            self._console += data
            del self._console[:-CONSOLE_BYTES_MAX]
            self._said.notify_all()
        if self.serial_out and data:
            self.serial_out(data)

    def _flash(self) -> flash.Flash:
        return flash.opened(str(self.flash_file), self.flash_bytes, self._cut)

    def _cut(self) -> None:
        raise _PowerCut
