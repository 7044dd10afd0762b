"""The technicians' programs, esptool and mpremote as they come, run as programs that get what they send from memory only."""

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence

Heard = Callable[[str], object]
_running: set[subprocess.Popen[str]] = set()
ending = threading.Event()  # set: all threads come to their end, and start nothing more


class Fault(Exception):
    """It cannot be done; the text is the one sentence that the technician sees."""


def run(
    name: str, words: Sequence[str], *, timeout_s: float, files: Sequence[int] = (), heard: Heard = lambda _: None
) -> tuple[int, str]:
    """Exit code, and all that it said; `heard` gets each line as it comes. However this ends, the program has ended."""
    check()
    program = subprocess.Popen(
        [sys.executable, "-m", name, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        pass_fds=files,
    )
    _running.add(program)
    if ending.is_set():  # since the check above
        program.kill()
    watch = threading.Timer(timeout_s, program.kill)
    watch.daemon = True
    watch.start()
    said = []
    try:
        assert program.stdout
        for line in program.stdout:
            said.append(line)
            heard(line)
        code = program.wait()
    finally:
        watch.cancel()
        program.kill()
        program.wait()
        _running.discard(program)
    if code and said and said[-1].rstrip().endswith(f"No module named {name}"):
        raise Fault(f"{name} is not installed here: do `./run --setup` first.")
    return code, "".join(said)


def check() -> None:
    """Fault if all come to their end."""
    if ending.is_set():
        raise Fault("It was stopped.")


def end_all() -> None:
    """Of all threads, until `ending` is cleared: a command that is ended leaves nothing that it started."""
    ending.set()
    for program in list(_running):
        program.kill()


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
