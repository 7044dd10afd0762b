"""The technicians' programs, esptool and mpremote as they come, run as programs that get what they send from memory only."""

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence

Heard = Callable[[str], object]


class Fault(Exception):
    """It cannot be done; the text is the one sentence that the technician sees."""


def run(
    name: str, words: Sequence[str], *, timeout_s: float, files: Sequence[int] = (), heard: Heard = lambda _: None
) -> tuple[int, str]:
    """Exit code, and all that it said; `heard` gets each line as it comes. However this ends, the program has ended."""
    program = subprocess.Popen(
        [sys.executable, "-m", name, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        pass_fds=files,
    )
    watch = threading.Timer(timeout_s, program.kill)
    watch.daemon = True
    watch.start()
    said = []
    try:
        assert program.stdout
        for line in program.stdout:
            said.append(line)
            heard(line)
        return program.wait(), "".join(said)
    finally:
        watch.cancel()
        program.kill()
        program.wait()


@contextlib.contextmanager
def in_memory(contents: Sequence[bytes]) -> Iterator[list[int]]:
    """Open files that have no name on any disk, since some hold secrets: whatever ends us, nothing of them stays."""
    with contextlib.ExitStack() as after:
        files = []
        for content in contents:
            file = after.enter_context(os.fdopen(os.memfd_create("floorboard"), "wb"))
            file.write(content)
            file.flush()
            files.append(file.fileno())
        yield files


def path(file: int) -> str:
    """By which the program that was given it opens it."""
    return f"/proc/self/fd/{file}"
