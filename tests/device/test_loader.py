"""The ROM loader's protocol and the checks before a boot, without a serial port."""

import hashlib
import struct
import zlib
from functools import reduce
from operator import xor

import pytest

from hardware.virtual import boot, loader
from hardware.virtual.builtin import flash
from hardware.virtual.mcu import MCUS, mac, mac_crc

DATA = bytes(range(256)) * 8


class Cut(Exception):
    pass


def cut():
    raise Cut


@pytest.fixture
def chip(tmp_path):
    with flash.opened(str(tmp_path / "flash.bin"), 4 << 20, cut) as opened:
        yield opened


def ask(rom, op, data=b"", checksum=0):
    """The first reply: value, data, status."""
    packet = struct.pack("<BBHI", 0, op, len(data), checksum) + data
    packet = packet.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc")
    reply = rom.take(b"\xc0" + packet + b"\xc0").split(b"\xc0")[1]
    reply = reply.replace(b"\xdb\xdc", b"\xc0").replace(b"\xdb\xdd", b"\xdb")
    return struct.unpack_from("<I", reply, 4)[0], reply[8:-4], reply[-4:-2]


def block(rom, op, seq, data):
    return ask(rom, op, struct.pack("<IIII", len(data), seq, 0, 0) + data, reduce(xor, data, 0xEF))[2]


def begin(rom, op, size, blocks):
    assert ask(rom, op, struct.pack("<IIII", size, blocks, 1024, 0x10000))[2] == b"\0\0"


@pytest.mark.parametrize("name", MCUS)
def test_made_image_would_boot(name, chip):
    mcu = MCUS[name]
    chip.program(mcu.bootloader_offset, boot.micropython(mcu))
    assert boot.check(chip.read, mcu) == boot.Boot(0x200000, 0x200000)


@pytest.mark.parametrize(
    ("at", "says"), [(0x1000, "invalid header"), (0x1100, "Checksum"), (0x8004, "MD5"), (0x10100, "Checksum")]
)
def test_changed_byte_does_not_boot(chip, at, says):
    whole = bytearray(boot.micropython(MCUS["esp32"]))
    whole[at - 0x1000] ^= 1
    chip.program(0x1000, whole)
    with pytest.raises(boot.Invalid, match=says):
        boot.check(chip.read, MCUS["esp32"])


def test_writes_plain_and_compressed(chip):
    rom = loader.Loader(MCUS["esp32"], chip, mac("a"))
    begin(rom, loader.FLASH_BEGIN, len(DATA), 2)
    assert [block(rom, loader.FLASH_DATA, i, DATA[i * 1024 :][:1024]) for i in (0, 1)] == [b"\0\0"] * 2
    assert chip.read(0x10000, len(DATA)) == DATA
    begin(rom, loader.DEFL_BEGIN, 4096, 1)
    assert chip.read(0x10000, 4096) == flash.ERASED
    assert block(rom, loader.DEFL_DATA, 0, zlib.compress(DATA)) == b"\0\0"
    answer = ask(rom, loader.MD5, struct.pack("<IIII", 0x10000, len(DATA), 0, 0))[1]
    assert answer.decode() == hashlib.md5(DATA).hexdigest()
    assert ask(rom, loader.READ, struct.pack("<II", 0x10000, 64))[1] == DATA[:64]


def test_faults_on_the_line(chip):
    rom = loader.Loader(MCUS["esp32"], chip, mac("a"))
    begin(rom, loader.FLASH_BEGIN, 1024, 1)
    rom.corrupt_next_block = True
    assert block(rom, loader.FLASH_DATA, 0, DATA[:1024]) == bytes([1, loader.BAD_CHECKSUM])
    rom.drop_next = 3
    assert block(rom, loader.FLASH_DATA, 0, DATA[:1024]) == bytes([1, loader.INVALID])
    assert chip.read(0x10000, 1024) == flash.ERASED[:1024]
    assert block(rom, loader.FLASH_DATA, 0, DATA[:1024]) == b"\0\0"
    begin(rom, loader.FLASH_BEGIN, 1024, 1)
    rom.corrupt_next_write = True
    assert block(rom, loader.FLASH_DATA, 0, DATA[:1024]) == b"\0\0"
    answer = ask(rom, loader.MD5, struct.pack("<IIII", 0x10000, 1024, 0, 0))[1]
    assert answer.decode() != hashlib.md5(DATA[:1024]).hexdigest()


def test_power_cut_leaves_a_half_written_block(chip):
    rom = loader.Loader(MCUS["esp32"], chip, mac("a"))
    begin(rom, loader.FLASH_BEGIN, 1024, 1)
    chip.cut_after = 300
    with pytest.raises(Cut):
        block(rom, loader.FLASH_DATA, 0, DATA[:1024])
    assert chip.read(0x10000, 1024) == DATA[:300] + flash.ERASED[:724]


@pytest.mark.parametrize("name", MCUS)
@pytest.mark.parametrize("part", [2, 3])
@pytest.mark.parametrize("at", [0x3FF000, 0x400000, 0xFFFFFFF0])
def test_partition_outside_the_flash_does_not_boot(name, part, at, chip):
    whole = bytearray(boot.micropython(MCUS[name]))
    table = boot.TABLE_AT - MCUS[name].bootloader_offset
    struct.pack_into("<I", whole, table + part * 32 + 4, at)
    whole[table + 144 : table + 160] = hashlib.md5(whole[table : table + 128]).digest()
    chip.program(MCUS[name].bootloader_offset, whole)
    with pytest.raises(boot.Invalid, match="not within the flash"):
        boot.check(chip.read, MCUS[name])


@pytest.mark.parametrize("name", MCUS)
@pytest.mark.parametrize("size", [0x3F0000, 0x7FFFFFF0])
def test_segment_beyond_the_flash_does_not_boot(name, size, chip):
    whole = bytearray(boot.micropython(MCUS[name]))
    at = 0x10000 - MCUS[name].bootloader_offset
    struct.pack_into("<I", whole, at + 28, size)
    chip.program(MCUS[name].bootloader_offset, whole)
    with pytest.raises(boot.Invalid, match="longer than the flash"):
        boot.check(chip.read, MCUS[name])


@pytest.mark.parametrize("op", [loader.FLASH_END, loader.DEFL_END])
@pytest.mark.parametrize("word", [0, 1])
def test_end_leaves_the_loader(chip, op, word):
    rom = loader.Loader(MCUS["esp32"], chip, mac("a"))
    begin(rom, loader.FLASH_BEGIN, 0, 0)
    assert not rom.is_left
    assert ask(rom, op, struct.pack("<I", word))[2] == b"\0\0"
    assert rom.is_left


@pytest.mark.parametrize("name", MCUS)
def test_mac_is_the_boards_own(name, chip):
    mcu = MCUS[name]
    rom = loader.Loader(mcu, chip, mac("desk-1"))
    low, high = (ask(rom, loader.READ_REG, struct.pack("<I", mcu.efuse_mac + i))[0] for i in (0, 4))
    assert (high << 32 | low).to_bytes(8, "big")[2:] == mac("desk-1") != mac("desk-2")
    assert mac("desk-1")[0] & 3 == 2
    assert high >> 16 == (mac_crc(mac("desk-1")) if name == "esp32" else 0)


def test_crc_of_a_known_mac():
    assert mac_crc(b"123456789") == 0xA1  # the check value of CRC-8/MAXIM, which this is
