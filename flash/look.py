"""What is on a board: nothing that starts, MicroPython, ours, or somebody else's firmware; by what it says and answers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flash import files, ports

LISTEN_S = 8.0  # ROM, bootloader and MicroPython's start take less, also on a busy machine
ENOUGH_CHARS = 30_000
NOTHING_STARTS = re.compile(  # the ROM's and the bootloader's words
    r"invalid header: 0x|ROM: bootloader: |No bootable app partitions|load partition table error|flash read err"
)
DAMAGED = "The filesystem starting at sector"  # MicroPython's inisetup.py
STARTED = re.compile(r"Floorboard \S+ [^\n]*\n|>>> $")
OLD_ROMS = {"ets Jan  8 2013": "esp8266", "ets Jun  8 2016": "esp32", "ets Jul 29 2019": "esp32"}
NEW_ROM = re.compile(r"ESP-ROM:(esp32\w+)-")

WORDS = {
    "blank": "nothing that starts",
    "damaged": "MicroPython with a damaged file system",
    "empty": "MicroPython without a program",
    "micropython": "MicroPython with somebody's program",
    "foreign": "firmware that is neither MicroPython nor ours",
    "silent": "no chip, or firmware that says nothing",
}
FREE = ("blank", "damaged", "empty", "ours")  # what may be written over unasked
OWN_SOURCE = ("boot.py", "main.py")  # at the root; all else of ours is bytecode


@dataclass(frozen=True)
class Found:
    """`device` is what its device file says, without the secret; empty where there is none."""

    kind: str  # a key of WORDS, or "ours"
    chip: str  # as the ROM's first line tells it; empty if it was not heard
    mac: str = ""  # as MicroPython tells it
    firmware: str = ""
    micropython: str = ""  # its version
    crash: str = ""  # what ended our firmware last, as firmware/boot.py noted it
    device: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

    @property
    def is_of(self) -> str:
        """Which device it is: "desk-9 of site lab"; empty if it is none."""
        return f"{self.device['name']} of site {self.device['site']}" if self.device else ""

    @property
    def begun(self) -> str:
        """The same as the beginning of a sentence."""
        return f"{str(self)[0].upper()}{str(self)[1:]}"

    def __str__(self) -> str:
        if self.kind != "ours":
            return WORDS[self.kind]
        what = f"Floorboard {self.firmware}" if self.firmware else "half of Floorboard"  # cut off on the way
        if not self.device:
            return f"{what}, not provisioned"
        return f"{what} as {self.device['role']} {self.is_of}, board {self.device['board']}"


def look(port: str) -> Found:
    """Resets the board, and leaves a MicroPython at its prompt. Fault if there is no such port.

    Nobody's firmware is called foreign at first sight: a slow machine may have missed the moment to ask."""
    found = _seen(port)
    return found if found.kind != "foreign" else _seen(port)


def _seen(port: str) -> Found:
    said = ports.hear(port, _is_enough, LISTEN_S)
    chip = next((chip for words, chip in OLD_ROMS.items() if words in said), "")
    if match := NEW_ROM.search(said):
        chip = match[1]
    if DAMAGED in said:
        return Found("damaged", chip)
    if NOTHING_STARTS.search(said):
        return Found("blank", chip)
    answer = files.ask(port)
    if answer:
        return _judge(answer, chip)
    return Found("foreign" if said else "silent", chip)


def _judge(answer: dict[str, Any], chip: str) -> Found:
    there, device = answer["files"], answer["device"] or {}
    mac = bytes.fromhex(answer["mac"]).hex(":")
    firmware = answer["firmware"].rpartition(" ")[2].strip()  # the manifest's first line
    if firmware or _is_half_ours(there, device):
        return Found("ours", chip, mac, firmware, answer["micropython"], answer["crash"], device, there)
    is_empty = not _names(there) - {"boot.py"} and answer["plain_boot"]
    kind = "empty" if is_empty else "micropython"
    return Found(kind, chip, mac, micropython=answer["micropython"], files=there)


def _is_half_ours(there: Mapping[str, str], device: Mapping[str, str]) -> bool:
    """While files are brought no slot has its manifest: a device file of ours stands there, or bytecode in a slot and nobody's
    source."""
    if all(device.get(key) for key in ("site", "name", "role", "board")):
        return True
    is_begun = any(name.startswith(files.SLOTS) and name.endswith(".mpy") for name in there)
    return is_begun and not any(name.endswith(".py") and name not in OWN_SOURCE for name in there)


def _names(there: Mapping[str, str]) -> set[str]:
    return {name for name in there if not name.endswith("/")}


def _is_enough(said: str) -> bool:
    if len(said) > ENOUGH_CHARS or DAMAGED in said or STARTED.search(said):
        return True
    return bool(NOTHING_STARTS.search(said)) and said.endswith("\n")
