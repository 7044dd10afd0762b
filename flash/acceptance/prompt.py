"""MicroPython's raw prompt on a board's console: our lines run there, with the firmware's own modules, while the firmware rests.

The chip's watchdog cannot be stopped, so it is set anew and fed with each question: whatever ends us, the board restarts by itself.
"""

import json
import re
import time
from typing import Any

import pexpect  # type: ignore[import-untyped]

from flash.acceptance.result import Bad

ENTER_S, TRY_S, START_S, RUN_S = 16.0, 1.0, 2.0, 15.0
PIECE_BYTES, PIECE_S = 256, 0.01  # as mpremote sends: a UART's buffer is small
LOOK_S = 0.01  # pexpect reads a file here, which is always ready: without a pause it would take a core
RAW = rb"raw REPL; CTRL-B to exit\r\n>"
WATCHDOG = "import json, machine\ndog = machine.WDT(timeout=90000)\n"
SILENT = "MicroPython does not answer at its prompt: press EN (RST) on the board, check the cable, and do it again."


class Stumbled(Bad):
    """What was run on the board raised something."""


class Prompt:
    """The board's, just after a soft reset: boot.py has run, main.py has not. `dut` is pytest-embedded's."""

    def __init__(self, dut: Any) -> None:
        self._dut = calm(dut)
        self._enter()
        self.run(WATCHDOG)

    def _enter(self) -> None:
        end = time.monotonic() + ENTER_S
        has_reset = False
        while True:
            self._dut.write(b"\r\x03\x03")  # twice: the first one may end a wait for something
            time.sleep(0.1)
            self._dut.write(b"\r\x01")
            try:
                self._dut.expect(RAW, timeout=TRY_S)
                break
            except pexpect.TIMEOUT as late:
                if time.monotonic() > end:
                    raise Bad(SILENT) from late
                if time.monotonic() > end - ENTER_S / 2 and not has_reset:
                    has_reset = True
                    reset(self._dut)
                    time.sleep(START_S)
        self._dut.write(b"\x04")
        hear(self._dut, rb"soft reboot[^>]*" + RAW, RUN_S, SILENT)

    def ask(self, source: str, timeout_s: float = RUN_S) -> Any:
        """What it prints last, which is JSON."""
        self.begin(source)
        return self.end(timeout_s)

    def run(self, source: str) -> None:
        self.begin(source)
        self._said(RUN_S)

    def begin(self, source: str) -> None:
        """Let it run; `end` gives what came of it."""
        data = ("" if source == WATCHDOG else "dog.feed()\n").encode() + source.encode()
        for i in range(0, len(data), PIECE_BYTES):
            self._dut.write(data[i : i + PIECE_BYTES])
            time.sleep(PIECE_S)
        self._dut.write(b"\x04")
        hear(self._dut, rb"OK", RUN_S, SILENT)

    def end(self, timeout_s: float = RUN_S) -> Any:
        said = self._said(timeout_s)
        return json.loads(said.rpartition("\n")[2])

    def _said(self, timeout_s: float) -> str:
        match = hear(self._dut, re.compile(rb"(.*?)\x04(.*?)\x04>", re.DOTALL), timeout_s, SILENT)
        said, error = (text.decode(errors="replace").replace("\r\n", "\n").strip() for text in match.groups())
        if error:
            raise Stumbled(f"The board's own program ended with {error.rpartition(chr(10))[2]}.")
        return said


def calm(dut: Any) -> Any:
    """The same, and it lets others have the processor while it waits."""
    dut.pexpect_proc.delayafterread = LOOK_S
    return dut


def hear(dut: Any, pattern: Any, timeout_s: float, sentence: str) -> Any:
    """The match. Bad with the sentence if it does not come."""
    try:
        return dut.expect(pattern, timeout=timeout_s)
    except pexpect.TIMEOUT as late:
        raise Bad(sentence) from late


def reset(dut: Any) -> None:
    """By the wire that pulls EN down; GPIO0 stays high, so that the flash is booted."""
    line = calm(dut).serial.proc
    line.dtr, line.rts = False, True
    time.sleep(0.1)
    line.rts = False
