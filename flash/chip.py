"""A chip's ROM, by esptool: which chip it is, and what is written to its flash.

Virtual boards have no stub, as nothing in them runs a chip's code; so the ROM does all there, and compression must be asked for.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flash import program
from flash.program import Fault

BAUD = 460_800  # what every USB bridge and the ROM can do
IDENTIFY_S, WRITE_S = 90.0, 900.0
FACTS = {
    "chip": r"Connected to (\S+) on",
    "model": r"Chip type:\s+(.+)",
    "mac": r"MAC:\s+([0-9a-f:]{17})",
    "size": r"Detected flash size: (\d+)MB",
}
PERCENT = re.compile(r"Writing at .* (\d+\.\d)%")
NEXT = re.compile(r"Writing '.*' at (0x[0-9a-f]+)")
STANDS = re.compile(r"'.*' at (0x[0-9a-f]+) already in flash, skipping write")


@dataclass(frozen=True)
class Chip:
    chip: str  # as in hardware/boards: "esp32c3"
    model: str
    mac: str
    flash_mb: int  # 0: not asked


def identify(port: str) -> Chip:
    """Leaves the chip reset. Fault if nothing there answers as an ESP32 does."""
    return _facts(_esptool(port, "auto", ["flash-id"], IDENTIFY_S))


def erase(port: str, chip: str) -> None:
    """The whole flash. ROMs have no command for it, but one for regions."""
    _esptool(port, chip, ["erase-region", "0x0", "ALL"], WRITE_S, after="no-reset")


def write(port: str, chip: str, pieces: Mapping[int, bytes], tell: Callable[[float], object]) -> Chip:
    """Each piece at its offset, in this order; `tell` hears from 0 to 1. Leaves the chip reset.

    What stands there already is not written again; the rest is read back by its MD5. Fault names what went wrong; if the chip is
    another one, nothing was written."""
    total, now = sum(map(len, pieces.values())), next(iter(pieces))

    def heard(line: str) -> None:
        nonlocal now
        if match := NEXT.search(line) or STANDS.search(line):
            now = int(match[1], 16)
        share = 1.0 if STANDS.search(line) else float(match[1]) / 100 if (match := PERCENT.match(line)) else None
        if share is not None:
            before = sum(len(pieces[at]) for at in list(pieces)[: list(pieces).index(now)])
            tell((before + share * len(pieces[now])) / total)

    with program.in_memory(list(pieces.values())) as files:
        where = [word for at, file in zip(pieces, files, strict=True) for word in (hex(at), program.path(file))]
        said = _esptool(
            port, chip, ["write-flash", "--compress", "--skip-flashed", *where], WRITE_S, files=files, heard=heard
        )
    if said.count("Hash of data verified") + len(STANDS.findall(said)) != len(pieces):
        raise Fault("What was written could not be verified; write it again.")
    return _facts(said)


def _esptool(
    port: str,
    chip: str,
    words: list[str],
    timeout_s: float,
    *,
    after: str = "hard-reset",
    files: list[int] | None = None,
    heard: program.Heard = lambda _: None,
) -> str:
    speed = ["--no-stub"] if port.startswith("rfc2217:") else ["--baud", str(BAUD)]
    line = [*speed, "--chip", chip, "--port", port, "--connect-attempts", "3", "--after", after, *words]
    code, said = program.run("esptool", line, timeout_s=timeout_s, files=files or [], heard=heard)
    if code:
        raise Fault(_fault(port, words[0], said))
    return said


def _fault(port: str, action: str, said: str) -> str:
    """What esptool's words come to, and what to do: how far it came is told by what it has said before."""
    what = _why(said)
    if other := re.search(r"This chip is (\S+), not (\S+?)\.", said):
        return f"Wrong chip: this board has an {other[1]}, and an {other[2]} is wanted; nothing was written."
    if "the port is busy" in said:
        return (
            f"Port {port} cannot be opened: another program has it, or it is gone; close that program, and do it again."
        )
    if size := re.search(r"will not fit in (\d+) bytes of flash", said):
        return f"The image is larger than this board's flash of {int(size[1]) >> 20} MB; nothing was written."
    if "Writing at" in said:
        return f"The write failed on the way ({what}); the board is only half written, so write it again."
    if "Erasing" in said and action == "erase-region":
        return f"The flash was not erased to its end ({what}); do the same again."
    if "Erasing" in said:
        return f"The write failed ({what}); write it again."
    if "Connected to" in said:
        return f"The chip at {port} answers, but not to the end ({what}); nothing was written, so do the same again."
    return (
        f"No chip answers at {port} ({what}): check cable and power; on a board without automatic reset"
        " hold BOOT while it is plugged in."
    )


def _why(said: str) -> str:
    """Its error, or else its last line."""
    why = re.search(r"A (?:fatal|serial exception) error occurred:\s*(.+)", said)
    what = why[1].partition(". ")[0] if why else said.strip().rpartition("\n")[2] or "it took too long"
    return " ".join(what.split()).rstrip(".")


def _facts(said: str) -> Chip:
    found = {name: match[1].strip() for name, text in FACTS.items() if (match := re.search(text, said))}
    chip = found.get("chip", "").lower().replace("-", "")
    return Chip(chip, found.get("model", ""), found.get("mac", ""), int(found.get("size", 0)))
