"""The chips that a virtual board may have: what their ROM, registers and eFuses tell a flashing tool.

Addresses as esptool's source has them for each chip; the values are those of one made-up specimen of each.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

ROM_CLOCK_HZ = 40_000_000
SECURITY_API = 3
MAC_CRC_POLYNOMIAL = 0x8C  # reflected, as ESP-IDF's esp_rom_efuse_mac_address_crc8 has it


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
    efuse_mac: int  # register: the MAC's lower 4 bytes; the next one holds its upper 2
    has_mac_crc: bool  # above the upper 2
    registers: Mapping[int, int] = field(default_factory=dict)  # all others read as 0

    def fused(self, mac: bytes) -> dict[int, int]:
        """The registers of a specimen with this MAC."""
        upper = int.from_bytes(mac[:2], "big") | (mac_crc(mac) << 16 if self.has_mac_crc else 0)
        return {**self.registers, self.efuse_mac: int.from_bytes(mac[2:], "big"), self.efuse_mac + 4: upper}


def mac(board: str) -> bytes:
    """The MAC of the board of that name: locally administered, unicast, always the same."""
    return b"\x02" + hashlib.sha256(board.encode()).digest()[:5]


def mac_crc(mac: bytes) -> int:
    """As ESP-IDF checks it before it takes an ESP32's MAC from its eFuses."""
    crc = 0
    for byte in mac:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (MAC_CRC_POLYNOMIAL if crc & 1 else 0)
    return crc


def _new(name: str, chip_id: int, efuse: int, minor: int, iram: int) -> Mcu:
    """A chip from the S3/C3 family: the MAC in eFuse block 1, the minor revision in its word 3."""
    block = efuse + 0x44
    words = {block + 12: minor << 18}
    return Mcu(
        name, chip_id, 0, 0x60002000, 0x20, 0x58, 0x60000014, True, 0x3C000000, iram, block, False, words
    )  # fmt: skip


MCUS = {
    "esp32": Mcu(
        "esp32", 0, 0x1000, 0x3FF42000, 0x24, 0x80, 0x3FF40014, False, 0x3F400000, 0x40080400, 0x3FF5A004, True,
        {
            0x40001000: 0x00F01D83,  # the word of ROM by which tools know it
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
