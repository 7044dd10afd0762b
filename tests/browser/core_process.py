"""A core of its own for the browser's tests: journal and panel door, and on standard input any request, one JSON object a line."""

import os
import queue
import sys
import threading
from pathlib import Path

import msgspec

from edge import requests as r
from edge.core import Core, Outcome
from edge.journal import Journal
from edge.panel import Door

WISH = msgspec.json.Decoder(
    r.Panel | r.Configure | r.ObserveLine | r.ObserveDevice | r.DeviceEvent | r.TakeNotice | r.PlanShifts  # type: ignore[arg-type]
)


def main(state: Path) -> None:
    threading.excepthook = _end
    core = Core(Journal(state / "journal.db"))
    door = Door(state / "core.sock", core, {})
    core.sources.append(door)
    core.rims.append(door)
    threading.Thread(target=_listen, args=(core,), daemon=True).start()
    print("up", flush=True)
    core.run()


def _end(bug: threading.ExceptHookArgs) -> None:
    threading.__excepthook__(bug)
    os._exit(1)


def _listen(core: Core) -> None:
    heard: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
    for line in sys.stdin.buffer:
        request = WISH.decode(line)
        core.put(msgspec.structs.replace(request, at_ms=request.at_ms or core.now_ms()), heard.put)
        outcome = heard.get()
        print([type(fact).__name__ for fact in outcome] if isinstance(outcome, list) else repr(outcome), flush=True)
    core.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
