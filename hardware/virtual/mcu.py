"""The chips that a virtual board may have: what their ROM, registers and eFuses tell a flashing tool.

Addresses from Espressif's technical reference manuals; the values are those of one made-up specimen of each chip.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

MAC = bytes.fromhex(
    "024652420001"
)  # locally administered; every virtual board's, as a bench tells them apart by their ports
ROM_CLOCK_HZ = 40_000_000
SECURITY_API = 3


@dataclass(frozen=True)
class Mcu:
    name: str
    image_chip_id: int  # in the image's extended header
    bootloader_offset: int  # bytes from the flash's begin
    spi_base: int  # SPI1, which reads the flash
    spi_usr2_offset: int
    spi_w0_offset: int
    uart_divider: int  # register: UART clock / baud
    has_security_info: bool
    drom: int  # where data in flash is mapped
    iram: int  # where a bootloader's code may be loaded
    registers: Mapping[int, int] = field(default_factory=dict)  # all others read as 0


def _new(name: str, chip_id: int, efuse: int, minor: int, iram: int) -> Mcu:
    """A chip from the S3/C3 family: the MAC in eFuse block 1, the minor revision in its word 3."""
    block = efuse + 0x44
    words = {
        block: int.from_bytes(MAC[2:], "big"),
        block + 4: int.from_bytes(MAC[:2], "big"),
        block + 12: minor << 18,
    }
    return Mcu(name, chip_id, 0, 0x60002000, 0x20, 0x58, 0x60000014, True, 0x3C000000, iram, words)


MCUS = {
    "esp32": Mcu(
        "esp32", 0, 0x1000, 0x3FF42000, 0x24, 0x80, 0x3FF40014, False, 0x3F400000, 0x40080400,
        {
            0x40001000: 0x00F01D83,  # the word of ROM by which tools know it
            0x3FF5A004: int.from_bytes(MAC[2:], "big"),
            0x3FF5A008: int.from_bytes(MAC[:2], "big"),  # without the CRC in its upper half
            0x3FF5A00C: 1 << 15 | 1 << 13 | 1 << 9,  # revision bit 0, rated for 240 MHz, package D0WD
            0x3FF5A010: 128,  # CK8M_FREQ, with the calibration below: 40 MHz
            0x3FF5A014: 1 << 24 | 1 << 20,  # minor revision 1, revision bit 1
            0x3FF6607C: 1 << 31,  # revision bit 2
            0x3FF5F06C: 800 << 7,  # RTCCALICFG1
        },
    ),
    "esp32s3": _new("esp32s3", 9, 0x60007000, 2, 0x403C9700),
    "esp32c3": _new("esp32c3", 5, 0x60008800, 4, 0x403CC700),
}  # fmt: skip
