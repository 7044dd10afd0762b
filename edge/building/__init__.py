"""The building rim: stack lights and numeric signs by Modbus, and a Modbus server of our own for whatever else reads."""

import logging
import threading
import time
from collections.abc import Callable, Sequence

from edge import clock
from edge.building.line import Line, Unit
from edge.building.server import Server
from edge.facts import Fact
from edge.figures import local_day
from edge.floor import Floor
from edge.lights import light, registers, sign
from edge.requests import ObserveOutside, Request
from edge.settings import Settings
from edge.settings.tables import LightTable, SignTable

logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)  # what fails is told to the floor, once
Tell = Callable[[Request], None]


class Building:
    """Lives from `start` to `stop`; `show` from the replica's thread."""

    def __init__(self, settings: Settings, tell: Tell) -> None:
        self._settings, self._tell = settings, tell
        self._lines: dict[str, Line] = {}
        self._lights = [(table, self._unit(table, "light")) for table in settings.light]
        self._signs = [(table, self._unit(table, "sign")) for table in settings.sign]
        self._lock = threading.Lock()
        self._registers: dict[int, int] = {}
        self._heard_at, self._began = 0.0, time.monotonic()
        self._server = None
        if settings.modbus:
            bind, port = settings.modbus.bind, settings.modbus.port
            self._server = Server(bind, port, len(settings.queue), self._values)

    def start(self) -> None:
        for line in self._lines.values():
            line.start()
        if self._server:
            self._server.start()

    def show(self, floor: Floor, facts: Sequence[Fact]) -> None:
        now_ms = clock.now_ms()
        day = local_day(now_ms, self._settings.zone)
        for table, unit in self._lights:
            lit = light(floor, table.team, table.queues, now_ms)
            unit.wanted = {
                ("coil", table.help): lit.help,
                ("coil", table.long): lit.long,
                ("coil", table.fine): lit.fine,
            }
        for sign_table, unit in self._signs:
            unit.wanted = {("register", sign_table.register): sign(floor, sign_table.tile, now_ms, day)}
        for line in self._lines.values():
            line.heard_at = time.monotonic()
            line.wake()
        if self._server:
            queues = [queue.name for queue in self._settings.queue]
            with self._lock:
                self._registers = registers(floor, queues, now_ms, day, 0, 0)
                self._heard_at = time.monotonic()

    def stop(self) -> None:
        for line in self._lines.values():
            line.stop()
        if self._server:
            self._server.stop()

    def _unit(self, table: LightTable | SignTable, sort: str) -> Unit:
        if table.at not in self._lines:
            self._lines[table.at] = Line(table.at)
        line = self._lines[table.at]
        unit = Unit(table.name, table.unit, self._teller(table.name, sort), getattr(table, "beat", None))
        line.units.append(unit)
        return unit

    def _teller(self, name: str, sort: str) -> Callable[[str], None]:
        """What is the same as before is not told again."""
        before: list[str | None] = [None]

        def told(why: str) -> None:
            if why != before[0]:
                before[0] = why
                self._tell(ObserveOutside(name=name, sort=sort, why=why, by="rims"))  # type: ignore[arg-type]

        return told

    def _values(self) -> dict[int, int]:
        """Of this moment: the beat goes on while we are there, and so does the time since the core was heard."""
        now = time.monotonic()
        with self._lock:
            if not self._registers:
                return {}
            heard_s = min(0xFFFF, int(now - self._heard_at))
            return {**self._registers, 1: int(now - self._began) & 0xFFFF, 2: heard_s}
