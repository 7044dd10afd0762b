"""Whose turn it is, among boards of one floor that are accepted at the same time: a file that is locked."""

import contextlib
import fcntl
import time
from collections.abc import Iterator
from pathlib import Path

from flash.acceptance.result import Bad

WAIT_S, LOOK_S = 1800.0, 0.2  # a batch of twenty boards has its updates one after the other
ROLLOUT, HANDS = "acceptance-rollout.lock", "acceptance-hands.lock"  # in the state


@contextlib.contextmanager
def taken(path: Path) -> Iterator[None]:
    """While it is ours. Bad if others keep it too long."""
    with path.open("w") as lock:
        end = time.monotonic() + WAIT_S
        while not _has(lock.fileno()):
            if time.monotonic() > end:
                raise Bad(
                    f"Other boards that are accepted at this floor have kept {path.name} for {WAIT_S / 60:.0f} min."
                )
            time.sleep(LOOK_S)
        yield


def _has(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
