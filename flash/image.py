"""What MicroPython's image file says of itself: for which chip it is, and where its file system lies.

After ESP-IDF's "App Image Format" and "Partition Tables" pages. An image without a partition `vfs`, as MicroPython makes them since
its pull request 17337, puts it behind the last partition, up to the flash's end.
"""

import functools
import hashlib
import operator
import struct
from dataclasses import dataclass

CHIPS = {0: "esp32", 2: "esp32s2", 5: "esp32c3", 9: "esp32s3", 13: "esp32c6"}  # esp_chip_id_t
BOOTLOADER_AT = {"esp32": 0x1000, "esp32s2": 0x1000}  # of the others 0
MAGIC, TABLE_AT, TABLE_BYTES = 0xE9, 0x8000, 0xC00
PROGRAM = 0  # type of a partition
ENTRY, ENTRY_MAGIC = "<HBBII16sI", b"\xaa\x50"
BLOCK_BYTES = 4_096
HEADER_BYTES, HASHED_AT, CHECKSUM = 24, 23, 0xEF  # of a program


@dataclass(frozen=True)
class Image:
    chip: str
    data: bytes
    at: int  # where it is written
    vfs_at: int
    vfs_bytes: int

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def parse(data: bytes, flash_bytes: int) -> Image:
    """ValueError if it is no image of a MicroPython for a flash of that size; its text goes on from "the file"."""
    chip = chip_of(data)
    at = BOOTLOADER_AT.get(chip, 0)
    parts = _partitions(data[TABLE_AT - at :][:TABLE_BYTES])
    if not parts:
        raise ValueError(
            "holds no partition table; of MicroPython's files take the one that is written to an erased flash"
        )
    programs = [start for start, _, kind in parts.values() if kind == PROGRAM]
    for start in (at, *programs[:1]):
        _check_whole(data[start - at :])
    vfs_at, vfs_bytes, _ = parts.get("vfs", (0, 0, 0))
    if not vfs_at:
        vfs_at = max(start + size for start, size, _ in parts.values())
        vfs_bytes = (flash_bytes - vfs_at) // BLOCK_BYTES * BLOCK_BYTES
    if vfs_at < at + len(data) or vfs_bytes <= 0 or vfs_at + vfs_bytes > flash_bytes:
        raise ValueError(f"does not fit a flash of {flash_bytes >> 20} MB")
    return Image(chip, data, at, vfs_at, vfs_bytes)


def chip_of(data: bytes) -> str:
    """ValueError as `parse`, if it is none for a chip that is known here."""
    if len(data) < 24 or data[0] != MAGIC:
        raise ValueError("is no image of an ESP32's flash")
    chip = CHIPS.get(struct.unpack_from("<H", data, 12)[0], "")
    if not chip:
        raise ValueError("is for a chip that is not known here")
    return chip


def _check_whole(program: bytes) -> None:
    """ValueError if a program's segments do not end within it, or their checksum or SHA-256 is another."""
    at, check = HEADER_BYTES, CHECKSUM
    for _ in range(program[1] if program[:1] == bytes([MAGIC]) else 0):
        (size,) = struct.unpack_from("<I", program[at + 4 : at + 8].ljust(4, b"\xff"))
        check = functools.reduce(operator.xor, program[at + 8 : at + 8 + size], check)
        at += 8 + size
    end = at // 16 * 16 + 16  # the checksum is the last byte of sixteen
    is_hashed = program[HASHED_AT : HASHED_AT + 1] == b"\1"
    if end + 32 * is_hashed > len(program) or program[end - 1] != check:
        raise ValueError("is not whole: a program in it breaks off, or was changed; load it down again")
    if is_hashed and hashlib.sha256(program[:end]).digest() != program[end : end + 32]:
        raise ValueError("is not whole: a program in it was changed; load it down again")


def _partitions(table: bytes) -> dict[str, tuple[int, int, int]]:
    """Offset, size and type of each, by label."""
    found = {}
    for i in range(0, len(table) - 31, 32):
        if table[i : i + 2] != ENTRY_MAGIC:
            break
        _, kind, _, at, size, label, _ = struct.unpack_from(ENTRY, table, i)
        found[label.rstrip(b"\0").decode("ascii", "replace")] = (at, size, kind)
    return found
