"""Serial ports: which there are, whether one can be opened, and what the board behind it says after a reset."""

import codecs
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import serial
from serial.tools import list_ports

from flash import program
from flash.program import Fault

BAUD = 115_200  # of ROM, bootloader and MicroPython
RESET_S = 0.1  # EN low
BRIDGES = {  # USB vendors of what ESP32 boards have
    0x10C4: "CP210x",
    0x1A86: "CH340 or CH910x",
    0x0403: "FTDI",
    0x303A: "the chip's own USB",
}


def listed() -> list[dict[str, Any]]:
    """Each serial port of this machine with what the system knows of it; those that may be a board first."""
    rows = [
        {
            "port": port.device,
            "bridge": BRIDGES.get(port.vid or 0, ""),
            "usb": f"{port.vid:04x}:{port.pid:04x}" if port.vid is not None else "",
            "description": "" if port.description in (None, "n/a") else port.description,
            "serial": port.serial_number or "",
        }
        for port in list_ports.comports()
    ]
    return sorted(rows, key=lambda row: (not row["bridge"], not row["usb"], row["port"]))


def hear(port: str, is_enough: Callable[[str], bool], timeout_s: float) -> str:
    """Reset the board; what its console says then, until it is enough or the time is over. Fault if there is no such port."""
    said = ""

    def tell(text: str) -> bool:
        nonlocal said
        said += text
        return is_enough(said)

    follow(port, tell, time.monotonic() + timeout_s)
    return said


def follow(port: str, tell: Callable[[str], object], end: float) -> None:
    """Reset the board; `tell` gets what its console says, as it comes, until it gives True or time.monotonic() is at `end`.

    Fault if there is no such port."""
    if "://" not in port and not Path(port).exists():
        raise Fault(f"There is no port {port}; `floorboard flash list` shows those that there are.")
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    try:
        line = serial.serial_for_url(port, BAUD, timeout=0.1, do_not_open=True)
        line.dtr = line.rts = False  # GPIO0 stays high: the flash is booted
        with line:
            line.rts = True
            time.sleep(RESET_S)
            line.rts = False
            while time.monotonic() < end:
                program.check()
                text = decoder.decode(line.read(4096)).replace("\r", "")
                if text and tell(text) is True:
                    return
    except (OSError, ValueError) as error:  # pyserial's SerialException is an OSError
        why = str(error).rpartition("] ")[2]
        what = "are its virtual boards still there?" if "://" in port else "is it in use, or not yours to use?"
        raise Fault(f"Port {port} cannot be opened ({why}): {what}") from error
