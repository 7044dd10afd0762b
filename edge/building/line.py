"""One Modbus line and its units: a TCP address or a serial port, written to by a thread of its own.

A unit that fails waits longer and longer, so that on a serial line it costs the others one timeout now and then.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from pymodbus.client import ModbusSerialClient, ModbusTcpClient
from pymodbus.exceptions import ConnectionException, ModbusException
from pymodbus.framer import FramerType
from pymodbus.pdu import ExceptionResponse, ModbusPDU

ANSWER_S = 2.0
BEAT_S = 10.0  # so often everything is written anew: a unit that was off is right again
AGAIN_S_MIN, AGAIN_S_MAX = 1.0, 15.0
BAUD = 19_200
PARITIES = {"none": "N", "even": "E", "odd": "O"}
REFUSALS = {  # Modbus Application Protocol V1.1b3, section 7
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    6: "busy",
    11: "nobody behind the gateway",
}

Cell = tuple[Literal["coil", "register"], int]
"""What is written: the kind, and its number."""


class Fails(Exception):
    """A unit does not do as it should; a fragment of a sentence says how."""


@dataclass
class Unit:
    """`wanted` may be replaced from any thread; the rest is the line's."""

    name: str
    number: int
    told: Callable[[str], None]  # with why it fails, "" when it does not
    beat: int | None = None  # a register that counts
    wanted: Mapping[Cell, int] = field(default_factory=dict)
    written: dict[Cell, int] = field(default_factory=dict)
    beats: int = 0
    beat_at: float = 0.0
    again_at: float = 0.0
    again_s: float = AGAIN_S_MIN

    def due(self, now: float, is_beating: bool) -> list[tuple[Cell, int]]:
        """What is to be written: what changed, and everything at each beat; what is to be lit before what goes out."""
        if now < self.again_at or not self.wanted:
            return []
        is_beat = now >= self.beat_at
        cells = [(cell, value) for cell, value in self.wanted.items() if is_beat or self.written.get(cell) != value]
        if is_beat and is_beating and self.beat is not None:
            cells.append((("register", self.beat), (self.beats + 1) & 0xFFFF))
        return sorted(cells, key=lambda each: not each[1])

    def next_s(self) -> float:
        return max(self.again_at, self.beat_at)


class Line(threading.Thread):
    """Lives until `stop`."""

    def __init__(self, at: str) -> None:
        super().__init__(name=at, daemon=True)
        self.units: list[Unit] = []
        self.heard_at = 0.0  # monotonic, when the floor was last seen to be the present
        self._place, self._client = client(at)
        self._news, self._ending = threading.Event(), False

    def wake(self) -> None:
        self._news.set()

    def stop(self) -> None:
        self._ending = True
        self._news.set()

    def run(self) -> None:
        while not self._ending:
            for unit in self.units:
                self._tend(unit)
            wait_s = min(unit.next_s() for unit in self.units) - time.monotonic()
            self._news.wait(max(0.05, wait_s))
            self._news.clear()
        self._client.close()

    def _tend(self, unit: Unit) -> None:
        now = time.monotonic()
        cells = unit.due(now, now - self.heard_at < BEAT_S)
        if not cells:
            return
        try:
            for cell, value in cells:
                self._write(unit, cell, value)
        except Fails as fails:
            unit.written.clear()
            unit.beat_at, unit.again_at = 0.0, time.monotonic() + unit.again_s
            unit.again_s = min(AGAIN_S_MAX, 2 * unit.again_s)
            self._client.close()  # so that no late answer is taken for the next one's
            unit.told(str(fails))
            return
        unit.written = dict(cells) if now >= unit.beat_at else {**unit.written, **dict(cells)}
        if now >= unit.beat_at:
            unit.beats, unit.beat_at = unit.beats + 1, now + BEAT_S
        unit.again_s = AGAIN_S_MIN
        unit.told("")

    def _write(self, unit: Unit, cell: Cell, value: int) -> None:
        kind, number = cell
        try:
            if not self._client.connect():
                raise Fails(f"{self._place} cannot be reached")
            if kind == "coil":
                answer = self._client.write_coil(number, bool(value), device_id=unit.number)
            else:
                answer = self._client.write_register(number, value, device_id=unit.number)
        except ConnectionException as error:
            raise Fails(f"{self._place} hangs up") from error
        except UnicodeError as error:
            raise Fails(f"{self._place} is no address") from error
        except (ModbusException, OSError) as error:
            raise Fails(f"unit {unit.number} at {self._place} does not answer within {ANSWER_S:.0f} s") from error
        _check(unit, cell, value, answer)


def _check(unit: Unit, cell: Cell, value: int, answer: ModbusPDU) -> None:
    what = f"{cell[0]} {cell[1]}"
    if isinstance(answer, ExceptionResponse):
        why = REFUSALS.get(answer.exception_code, f"exception {answer.exception_code}")
        raise Fails(f"unit {unit.number} refuses {what}: {why}")
    echoed = list(answer.bits[:1]) if cell[0] == "coil" else list(answer.registers)
    if answer.isError() or (answer.address, echoed) != (cell[1], [value]):
        raise Fails(f"unit {unit.number} answers nonsense about {what}")


def client(at: str) -> tuple[str, ModbusTcpClient | ModbusSerialClient]:
    """What a human calls it, and the client, not yet connected."""
    url = urlsplit(at)
    if url.scheme == "tcp":
        assert url.hostname and url.port
        return f"{url.hostname}:{url.port}", ModbusTcpClient(url.hostname, port=url.port, timeout=ANSWER_S, retries=0)
    said = parse_qs(url.query)
    baud, parity = int(said.get("baud", [BAUD])[0]), PARITIES[said.get("parity", ["none"])[0]]
    serial = ModbusSerialClient(
        url.path, framer=FramerType.RTU, baudrate=baud, parity=parity, timeout=ANSWER_S, retries=0
    )
    return url.path, serial
