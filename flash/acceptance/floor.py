"""The floor as an acceptance sees it: a program of the edge's beside us, asked and answering in lines of JSON."""

import contextlib
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from flash import tree
from flash.acceptance import turns
from flash.acceptance.result import Bad

LOOK_S = 0.2


class Floor:
    """A context. `look()` is the device, its desk and the last rollout, just now."""

    def __init__(self, state: Path, device: str) -> None:
        self._state, self._numbers = state, itertools.count(1)
        line = [sys.executable, "-m", "edge.commands.flash.accepting", "--state", str(state), "--device", device]
        self._program = subprocess.Popen(  # in a group of its own: it answers until we have ended, also after Ctrl-C
            line,
            cwd=tree.ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            process_group=0,
        )

    def __enter__(self) -> "Floor":
        return self

    def __exit__(self, *_: object) -> None:
        self._program.kill()
        self._program.communicate()

    def ask(self, do: str, **more: object) -> dict[str, Any]:
        """Bad if the floor cannot or will not, with its sentence."""
        stdin, stdout = self._program.stdin, self._program.stdout
        assert stdin
        assert stdout
        number = next(self._numbers)  # Ctrl-C may have left an answer that nobody read
        try:
            stdin.write(json.dumps({"number": number, "do": do, **more}) + "\n")
            stdin.flush()
            lines = map(json.loads, stdout)
            answer: dict[str, Any] | None = next((line for line in lines if line["number"] == number), None)
        except BrokenPipeError:
            answer = None
        if answer is None:
            raise Bad("What asks the floor has ended: is the state folder right, and yours to read?")
        if "wrong" in answer:
            raise Bad(answer["wrong"])
        return answer

    def look(self) -> dict[str, Any]:
        return self.ask("look")

    def until(self, is_so: Callable[[dict[str, Any]], Any], timeout_s: float) -> dict[str, Any] | None:
        """The floor once it is so, or None."""
        end = time.monotonic() + timeout_s
        while True:
            seen = self.look()
            if is_so(seen):
                return seen
            if time.monotonic() > end:
                return None
            time.sleep(LOOK_S)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """While no other acceptance rolls something out, as a floor has one rollout at a time. Bad if somebody else does."""
        with turns.taken(self._state / turns.ROLLOUT):
            rollout = self.look()["rollout"]
            if rollout and rollout["state"] == "open":
                raise Bad(
                    f"{rollout['rollout']} of {rollout['version']} is under way on this floor, so nothing was tried: do it again"
                    " when `floorboard firmware status` says that it is done."
                )
            yield
