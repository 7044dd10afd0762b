"""What virtual boards cost the machine."""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol


class Running(Protocol):
    @property
    def pid(self) -> int: ...


def cpu_s(pids: Sequence[int]) -> float:
    """Processor seconds that these processes have used so far, by /proc/<pid>/stat (proc(5): utime, stime)."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def idle_percent(boards: Sequence[Running], seconds: float) -> float:
    """Percent of one core that the boards use together over so many seconds."""
    pids = [board.pid for board in boards]
    before, began = cpu_s(pids), time.monotonic()
    time.sleep(seconds)
    return 100 * (cpu_s(pids) - before) / (time.monotonic() - began)
