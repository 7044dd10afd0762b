"""Real Modbus units for the tests: pymodbus's server over TCP, and over a pair of pseudo-terminals joined as a serial line is."""

import asyncio
import os
import select
import threading
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pymodbus.framer import FramerType
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

COILS, REGISTERS = 8, 8


class Units:
    """A server with some units; `coils` and `registers` of each as they stand now. `stop` and `start` are its plug."""

    def __init__(self, make: Callable[[list[SimDevice]], Any], numbers: tuple[int, ...] = (1,)) -> None:
        self._make, self.numbers = make, numbers
        self.coils = {number: [False] * COILS for number in numbers}
        self.registers = {number: [0] * REGISTERS for number in numbers}
        self.writes: list[tuple[float, int, int, int]] = []  # when, unit, function, number
        self.start()

    def start(self) -> None:
        self._up, self._ending = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        assert self._up.wait(5)

    def stop(self) -> None:
        self._ending.set()
        self._thread.join(5)

    async def _serve(self) -> None:
        server = self._make([self._device(number) for number in self.numbers])
        await server.serve_forever(background=True)
        self._up.set()
        while not self._ending.is_set():
            await asyncio.sleep(0.01)
        await server.shutdown()

    def _device(self, unit: int) -> SimDevice:
        async def act(
            function: int, first: int, address: int, count: int, now: list[int], wanted: list[int] | list[bool] | None
        ) -> None:
            if wanted is not None:
                self.writes.append((time.monotonic(), unit, function, address))
                kept: list[Any] = self.coils[unit] if function in (5, 15) else self.registers[unit]
                kept[address : address + count] = [type(kept[0])(value) for value in wanted[:count]]

        bits = [SimData(0, count=1, values=[False] * 16, datatype=DataType.BITS)]
        words = [SimData(0, count=REGISTERS, values=0, datatype=DataType.REGISTERS)]
        return SimDevice(unit, simdata=(bits, bits, words, words), action=act)


@contextmanager
def over_tcp(port: int, numbers: tuple[int, ...] = (1,)) -> Iterator[Units]:
    def make(devices: list[SimDevice]) -> ModbusTcpServer:
        return ModbusTcpServer(devices, address=("127.0.0.1", port))

    units = Units(make, numbers)
    try:
        yield units
    finally:
        units.stop()


@contextmanager
def over_serial(numbers: tuple[int, ...]) -> Iterator[tuple[str, Units]]:
    """The path of our end, and the units at the other."""
    ours, ours_path = _terminal()
    theirs, theirs_path = _terminal()
    ending = threading.Event()

    def join() -> None:
        while not ending.is_set():
            for end in select.select([ours, theirs], [], [], 0.05)[0]:
                frame = os.read(end, 256)
                if end == theirs or frame[0] in numbers:  # nobody hears the others
                    os.write(theirs if end == ours else ours, frame)

    joint = threading.Thread(target=join, daemon=True)
    joint.start()

    def make(devices: list[SimDevice]) -> ModbusSerialServer:
        return ModbusSerialServer(devices, framer=FramerType.RTU, port=theirs_path, baudrate=19_200)

    units = Units(make, numbers)
    try:
        yield ours_path, units
    finally:
        units.stop()
        ending.set()
        joint.join()
        for end in (ours, theirs):
            os.close(end)


def _terminal() -> tuple[int, str]:
    master, slave = os.openpty()
    tty.setraw(slave)
    path = os.ttyname(slave)
    return master, path  # the slave stays open, so that the master is never without one
