"""Our own Modbus server: the live figures as input registers, for whatever a building has that reads them."""

import asyncio
import sys
import threading
from collections.abc import Callable, Mapping

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from edge.lights import QUEUES_AT, STRIDE

READ_INPUT_REGISTERS = 4
END_S = 2.0
AGAIN_S = 5.0  # somebody else has the port


class Server(threading.Thread):
    """Lives until `stop`. `values` is asked at each reading, in this thread, and gives registers by number; one that it does not
    have is an illegal address, and whoever writes or reads anything else is told that the function is illegal."""

    def __init__(self, bind: str, port: int, queues: int, values: Callable[[], Mapping[int, int]]) -> None:
        super().__init__(name="modbus", daemon=True)
        self._address, self._values = (bind, port), values
        self._size = QUEUES_AT + STRIDE * queues
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending = asyncio.Event()

    def run(self) -> None:
        asyncio.run(self._serve())

    def stop(self) -> None:
        if self._loop:
            self._loop.call_soon_threadsafe(self._ending.set)
            self.join(END_S)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        words = [SimData(0, count=self._size, values=0, datatype=DataType.REGISTERS)]
        server = ModbusTcpServer(SimDevice(0, simdata=words, action=self._read), address=self._address)
        said = False
        while not self._ending.is_set():
            try:
                await server.serve_forever(background=True)
            except RuntimeError:  # so says pymodbus when it cannot listen
                if not said:
                    print("modbus: {} port {} cannot be had; trying again.".format(*self._address), file=sys.stderr)
                said = True
                await _set_or_s(self._ending, AGAIN_S)
            else:
                await self._ending.wait()
                await server.shutdown()

    async def _read(
        self,
        function: int,
        first: int,
        address: int,
        count: int,
        registers: list[int],
        wanted: list[int] | list[bool] | None,
    ) -> ExcCodes | None:
        if function != READ_INPUT_REGISTERS or wanted is not None:
            return ExcCodes.ILLEGAL_FUNCTION
        values = self._values()
        if any(number not in values for number in range(address, address + count)):
            return ExcCodes.ILLEGAL_ADDRESS
        for number in range(address, address + count):
            registers[number - first] = values[number]
        return None


async def _set_or_s(event: asyncio.Event, wait_s: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), wait_s)
    except TimeoutError:
        pass
