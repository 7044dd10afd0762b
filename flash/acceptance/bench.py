"""One board on the bench while it is accepted: its port, its file, the floor, hands, and what has been found so far."""

import platform
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flash import ports, tree
from flash.acceptance import floor, hands, plan, turns
from flash.acceptance.asked import FACTS
from flash.acceptance.prompt import Prompt
from flash.acceptance.result import NOT_RUN, Bad, Result, Test
from flash.program import Fault

BACK_S = 60.0


class Bench:
    """Of one session. Bad if the floor does not know the device, or nobody is there to press."""

    def __init__(self, option: Any) -> None:
        self.port, self.name, self.state = option.port, option.device, Path(option.state)
        if not (self.state / "core.sock").exists():
            raise Bad(f"The edge is not reached at {self.state}: is `floorboard serve` running there?")
        self.floor = floor.Floor(self.state, self.name)
        self.tests: dict[str, Test] = {}
        self.said: dict[str, str] = {}
        self.seconds: dict[str, float] = {}
        self.known: dict[str, Any] = {}  # what the board says of itself, of asked.FACTS
        self.at_prompt = False
        try:
            self._first = self.floor.look()
            self.facts = self._facts()
            self.hands = hands.of(option.hands, self.port, self.name, self.state / turns.HANDS)
        except Bad:
            self.close()
            raise

    def _facts(self) -> dict[str, Any]:
        board = self._first["device"]["hardware"]
        if not board:
            raise Bad(f"The floor has never seen {self.name}: do `floorboard flash provision` first.")
        try:
            return tree.read_board(board)
        except ValueError as error:
            raise Bad(f"{self.name} says that it is {board!r}, and {error}.") from error

    def prompt(self, dut: Any) -> Prompt:
        """The board's prompt, and at the first time what it is. Bad if it is another device."""
        made = Prompt(dut)
        self.at_prompt = True
        if not self.known:
            self.known = made.ask(FACTS)
            self.known["mac"] = bytes.fromhex(self.known["mac"]).hex(":")
            if self.known["name"] != self.name:
                raise Bad(
                    f"The board at {self.port} is {self.known['name']}, not {self.name}: name the other port or device."
                )
        return made

    def leave(self) -> None:
        """A board that stands at its prompt is no device."""
        if self.at_prompt:
            self.at_prompt = False
            try:
                ports.hear(self.port, bool, 1.0)
            except Fault:  # the cable was pulled: its watchdog does it
                pass

    def come_back(self) -> None:
        """From its prompt to the floor. Bad if it does not."""
        if self.at_prompt:
            before = self.floor.look()["device"]["boot"]
            self.leave()
            if not self.floor.until(lambda seen: seen["device"]["boot"] > before, BACK_S):
                raise Bad(f"It has not come back to the floor within {BACK_S:.0f} s: look at its console.")

    def close(self) -> None:
        self.floor.__exit__()

    def row(self, name: str) -> dict[str, Any]:
        return asdict(self.tests[name])

    def result(self, why: str = "") -> Result:
        try:
            seen = self.floor.look()
        except Bad:
            seen = self._first
        tests = tuple(self.tests.get(step.name, Test(step.name, NOT_RUN, 0.0, "")) for step in plan.of(self.facts))
        return of(self.name, self.port, tests, self.known, seen, why)


def of(name: str, port: str, tests: tuple[Test, ...], known: dict[str, Any], seen: dict[str, Any], why: str) -> Result:
    """`known` as the board says it, `seen` as the floor does."""
    device, zone = seen["device"], ZoneInfo(seen["zone"])
    return Result(
        device=name,
        port=port,
        tests=tests,
        board=device["hardware"],
        title=tree.read_board(device["hardware"])["title"] if device["hardware"] else "",
        mac=known.get("mac", ""),
        firmware=device["firmware"],
        build=device["build"],
        micropython=known.get("micropython", ""),
        site=seen["site"],
        at=datetime.now(zone).strftime("%Y-%m-%d %H:%M %Z"),
        station=platform.node(),
        why=why,
    )
