"""What stands before the firmware's start: the checks that ROM and bootloader make of a flash, and an image that passes them.

After ESP-IDF's "App Image Format" and "Partition Tables" pages; the bootloader's words after its source. `micropython` makes a
stand-in: its headers, sums and partitions are real, its code is a notice, and the MicroPython that a virtual board runs
is the host's.
"""

import hashlib
import struct
from collections.abc import Callable
from dataclasses import dataclass

from hardware.virtual.mcu import Mcu

MAGIC, CHECKSUM_SEED, SEGMENTS_MAX = 0xE9, 0xEF, 16
HEADER, SEGMENT, ENTRY, DESCRIPTION = "<BBBBIB3sHBHH4sB", "<II", "<HBBII16sI", "<II8s32s32s16s16s32s32sHHB3s72s"
IMAGE_BYTES_MAX = 1 << 22
TABLE_AT, TABLE_BYTES = 0x8000, 0xC00
ENTRY_MAGIC, TABLE_MD5 = 0x50AA, b"\xeb\xeb" + b"\xff" * 14
APP, DATA = 0, 1
NOTICE = b"STAND-IN, not MicroPython's code: a virtual board runs the host's MicroPython instead. "
LAYOUT = (  # MicroPython's partitions-4MiB.csv: label, type, subtype, offset, size
    (b"nvs", DATA, 2, 0x9000, 0x6000),
    (b"phy_init", DATA, 1, 0xF000, 0x1000),
    (b"factory", APP, 0, 0x10000, 0x1F0000),
    (b"vfs", DATA, 0x81, 0x200000, 0x200000),
)
Read = Callable[[int, int], bytes]


class Invalid(Exception):
    """With what the console says, lines ended by LF."""


@dataclass(frozen=True)
class Boot:
    vfs_at: int
    vfs_size: int


def check(read: Read, mcu: Mcu) -> Boot:
    """Where the filesystem is, if ROM and bootloader would start the application. Else Invalid.

    `read(offset, count)` raises ValueError for what is not within the flash."""
    try:
        return _check(read, mcu)
    except ValueError as outside:
        raise Invalid(f"E (80) esp_image: {outside}\n") from None


def _check(read: Read, mcu: Mcu) -> Boot:
    head = read(mcu.bootloader_offset, 4)
    if head[0] != MAGIC:
        raise Invalid(f"invalid header: {int.from_bytes(head, 'little'):#x}\n")
    if wrong := _image_fault(read, mcu.bootloader_offset, mcu):
        raise Invalid(f"ROM: bootloader: {wrong}\n")
    partitions = _partitions(read)
    apps = [at for _, kind, at, _ in partitions if kind == APP]
    if not apps:
        raise Invalid("E (80) boot: No bootable app partitions in the partition table\n")
    if wrong := _image_fault(read, apps[0], mcu):
        raise Invalid(
            f"E (80) esp_image: {wrong}\nE (80) boot: Factory app partition is not bootable\n"
            "E (80) boot: No bootable app partitions in the partition table\n"
        )
    for label, kind, at, size in partitions:
        if kind == DATA and label == b"vfs":
            return Boot(at, size)
    raise Invalid("stand-in: no data partition is labelled vfs\n")


def _image_fault(read: Read, at: int, mcu: Mcu) -> str:
    """What is wrong with the image there, as the bootloader words it; empty if nothing."""
    header = read(at, 24)
    magic, count, *_, chip, _, _, _, _, has_digest = struct.unpack(HEADER, header)
    if magic != MAGIC:
        return f"image at {at:#x} has invalid magic byte (nothing flashed here?)"
    if chip != mcu.image_chip_id:
        return f"mismatch chip ID, expected {mcu.image_chip_id}, found {chip}"
    if count > SEGMENTS_MAX:
        return f"image at {at:#x} segment count {count} exceeds max {SEGMENTS_MAX}"
    end, checksum = 24, CHECKSUM_SEED
    for _ in range(count):
        _, size = struct.unpack(SEGMENT, read(at + end, 8))
        if end + size > IMAGE_BYTES_MAX - at - 64:
            return f"segment at {end:#x} is longer than the flash: {size:#x}"
        checksum = _sum(read(at + end + 8, size), checksum)
        end += 8 + size
    end = end // 16 * 16 + 16
    whole = read(at, end)
    if whole[-1] != checksum:
        return f"Checksum failed. Calculated {checksum:#x} read {whole[-1]:#x}"
    if has_digest and read(at + end, 32) != hashlib.sha256(whole).digest():
        return "Image hash failed - image is corrupt"
    return ""


def _partitions(read: Read) -> list[tuple[bytes, int, int, int]]:
    """Label, type, offset, size of each."""
    table = read(TABLE_AT, TABLE_BYTES)
    found: list[tuple[bytes, int, int, int]] = []
    for i in range(0, TABLE_BYTES, 32):
        row = table[i : i + 32]
        if row == b"\xff" * 32 and found:
            return found
        if row[:16] == TABLE_MD5:
            if row[16:] != hashlib.md5(table[:i]).digest():  # noqa: S324 - the format's
                raise Invalid("E (60) flash_parts: MD5 checksum of the table does not match\n" + _NO_TABLE)
            continue
        magic, kind, _, at, size, label, _ = struct.unpack(ENTRY, row)
        if magic != ENTRY_MAGIC:
            raise Invalid(f"E (60) flash_parts: partition {i // 32} invalid magic number {magic:#x}\n{_NO_TABLE}")
        read(at + size - 1, 1)  # ValueError if it is not within the flash
        found.append((label.rstrip(b"\0"), kind, at, size))
    return found


_NO_TABLE = "E (60) boot: Failed to verify partition table\nE (60) boot: load partition table error!\n"


def micropython(mcu: Mcu) -> bytes:
    """A stand-in for MicroPython's release image: what is written at `mcu.bootloader_offset`."""
    text = lambda words, size: words.encode().ljust(size, b"\0")  # noqa: E731
    description = struct.pack(
        DESCRIPTION, 0xABCD5432, 0, b"", text("v1.25.0-stand-in", 32), text("micropython", 32), text("00:00:00", 16),
        text("Jan  1 2025", 16), text("stand-in", 32), b"", 0, 0xFFFF, 16, b"", b"",
    )  # fmt: skip
    bootloader = _image(mcu, [(mcu.iram, NOTICE * 64)])
    app = _image(mcu, [(mcu.drom + 0x20, description + NOTICE), (mcu.iram, NOTICE * 512)])
    whole = bytearray(b"\xff" * (0x10000 - mcu.bootloader_offset)) + app
    whole[: len(bootloader)] = bootloader
    table = b"".join(struct.pack(ENTRY, ENTRY_MAGIC, k, s, at, size, label, 0) for label, k, s, at, size in LAYOUT)
    table += TABLE_MD5 + hashlib.md5(table).digest()  # noqa: S324 - the format's
    start = TABLE_AT - mcu.bootloader_offset
    whole[start : start + len(table)] = table
    return bytes(whole)


def _image(mcu: Mcu, segments: list[tuple[int, bytes]]) -> bytes:
    entry = segments[-1][0]
    made = bytearray(
        struct.pack(HEADER, MAGIC, len(segments), 2, 0x20, entry, 0xEE, b"", mcu.image_chip_id, 0, 0, 0xFFFF, b"", 1)
    )
    checksum = CHECKSUM_SEED
    for at, data in segments:
        data += b"\0" * (-len(data) % 4)
        made += struct.pack(SEGMENT, at, len(data)) + data
        checksum = _sum(data, checksum)
    made += b"\0" * (15 - len(made) % 16) + bytes([checksum])
    return bytes(made + hashlib.sha256(made).digest())


def _sum(data: bytes, state: int) -> int:
    """XOR of all bytes."""
    whole = int.from_bytes(data, "little")
    size = 1 << max(len(data) - 1, 0).bit_length()
    while size > 1:
        size //= 2
        whole = (whole >> 8 * size) ^ (whole & ((1 << 8 * size) - 1))
    return state ^ whole
