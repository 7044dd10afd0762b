"""The serial protocol of the chips' ROM loader over a flash, without I/O.

After the "Serial Protocol" page of esptool's documentation, in the ROM's dialect: four status bytes, errors 5 to 11, a FLASH_END
that leaves the loader; and after esptool's source, which erases at FLASH_BEGIN, takes the MD5 as 32 hex digits and reads 64 bytes
at a time. Uploads to RAM are refused: nothing here runs the chip's code, so no flasher stub either.
"""

import functools
import hashlib
import operator
import struct
import zlib

from hardware.virtual.builtin.flash import SECTOR, Flash
from hardware.virtual.mcu import ROM_CLOCK_HZ, SECURITY_API, Mcu

FLASH_BEGIN, FLASH_DATA, FLASH_END, SYNC, WRITE_REG, READ_REG, SET_PARAMS, ATTACH = 2, 3, 4, 8, 9, 10, 11, 13
READ, BAUD, DEFL_BEGIN, DEFL_DATA, DEFL_END, MD5, SECURITY = 14, 15, 16, 17, 18, 19, 20
INVALID, FAILED, BAD_CHECKSUM, WRITE_ERROR, READ_ERROR, READ_LENGTH, DEFLATE = (
    5,
    6,
    7,
    8,
    9,
    10,
    11,
)  # the status's second byte
HELLO = b"\x07\x07\x12\x20" + b"\x55" * 32
HELLO_VALUE = 0x20120707  # not 0, which is the stub's
END, ESCAPE = 0xC0, 0xDB
FRAME_BYTES_MAX = 1 << 16
REPLIES = 8  # to SYNC, and to what it does not know
READ_BYTES = 64
SPI_START = 1 << 18
FLASH_MAKER = 0x4020  # XMC, which Espressif's modules have and esptool looks for; then log2 of the size
SFDP = int.from_bytes(b"SFDP", "little")  # all of that table that anybody asks for
MIN_SHAPE = {WRITE_REG: 16, READ_REG: 4, SET_PARAMS: 24, ATTACH: 8, READ: 8, BAUD: 8, MD5: 16, SYNC: 36,
             FLASH_BEGIN: 16, FLASH_DATA: 16, FLASH_END: 4, DEFL_BEGIN: 16, DEFL_DATA: 16, DEFL_END: 4, SECURITY: 0}  # fmt: skip


class _Refused(Exception):
    """With a status."""


class Loader:
    """A test may set, each for the next block of data: `corrupt_next_block` (a bit changes on the line, so the checksum fails),
    `corrupt_next_write` (a bit of two bytes changes on the way into the flash, unseen even by their sum), `drop_next` (so many
    bytes are lost on the line)."""

    def __init__(self, mcu: Mcu, flash: Flash, mac: bytes) -> None:
        self.corrupt_next_block = self.corrupt_next_write = False
        self.drop_next = 0
        self.is_left = (
            False  # after FLASH_END, whose word 0 reboots and 1 runs the code: the caller starts what the flash holds
        )
        self.baud = 115_200
        self._mcu, self._flash = mcu, flash
        self._registers = mcu.fused(mac)
        self._frame: bytearray | None = None
        self._is_escaped = False
        self._at = self._block = self._blocks = self._seq = 0
        self._inflate: zlib._Decompress | None = None

    def take(self, data: bytes) -> bytes:
        """Bytes from the line → bytes of all replies. Raises what the flash's cut raises."""
        return b"".join(self._answer(frame) for frame in self._frames(data))

    def _frames(self, data: bytes) -> list[bytes]:
        done = []
        for byte in data:
            if byte == END:
                if self._frame:
                    done.append(bytes(self._frame))
                    self._frame = None
                else:
                    self._frame = bytearray()
                self._is_escaped = False
            elif self._frame is None or len(self._frame) >= FRAME_BYTES_MAX:
                self._frame = None
            elif self._is_escaped:
                self._frame.append({0xDC: END, 0xDD: ESCAPE}.get(byte, byte))
                self._is_escaped = False
            elif byte == ESCAPE:
                self._is_escaped = True
            else:
                self._frame.append(byte)
        return done

    def _answer(self, frame: bytes) -> bytes:
        if len(frame) < 8 or frame[0] != 0:
            return b""
        _, op, size, checksum = struct.unpack_from("<BBHI", frame)
        if op not in MIN_SHAPE or (op == SECURITY and not self._mcu.has_security_info):
            return _reply(0, 0, b"", INVALID) * REPLIES
        data = frame[8:]
        if op in (FLASH_DATA, DEFL_DATA):
            data = self._line(data)
        if len(data) != size or size < MIN_SHAPE[op]:
            return _reply(op, 0, b"", INVALID)
        try:
            value, result = self._do(op, data, checksum)
        except _Refused as refused:
            return _reply(op, 0, b"", refused.args[0])
        return _reply(op, value, result) * (REPLIES if op == SYNC else 1)

    def _line(self, data: bytes) -> bytes:
        if self.drop_next:
            data, self.drop_next = data[: -self.drop_next], 0
        if self.corrupt_next_block:
            data, self.corrupt_next_block = data[:-1] + bytes([data[-1] ^ 1]), False
        return data

    def _do(self, op: int, data: bytes, checksum: int) -> tuple[int, bytes]:
        value, result = 0, b""
        if op == SYNC:
            if data != HELLO:
                raise _Refused(INVALID)
            value = HELLO_VALUE
        elif op == READ_REG:
            value = self._read_register(*struct.unpack("<I", data))
        elif op == WRITE_REG:
            self._write_registers(data)
        elif op in (FLASH_BEGIN, DEFL_BEGIN):
            self._begin(op, *struct.unpack_from("<IIII", data))
        elif op in (FLASH_DATA, DEFL_DATA):
            self._data(op, data, checksum)
        elif op in (FLASH_END, DEFL_END):
            self.is_left = True
        elif op == BAUD:
            self.baud = struct.unpack("<II", data)[0] or self.baud
        elif op in (READ, MD5):
            result = self._look(op, *struct.unpack_from("<II", data))
        elif op == SECURITY:
            result = struct.pack("<I8xII", 0, self._mcu.image_chip_id, SECURITY_API)
        return value, result

    def _begin(self, op: int, size: int, blocks: int, block: int, at: int) -> None:
        start, end = at // SECTOR * SECTOR, -(-(at + size) // SECTOR) * SECTOR
        if end > self._flash.size:
            raise _Refused(FAILED)
        self._at, self._blocks, self._block, self._seq = at, blocks, block, 0
        self._inflate = zlib.decompressobj() if op == DEFL_BEGIN else None
        if size:
            self._flash.erase(start, end - start)

    def _data(self, op: int, data: bytes, checksum: int) -> None:
        size, seq = struct.unpack_from("<II", data)
        piece = data[16:]
        if size != len(piece) or size > self._block:
            raise _Refused(INVALID)
        if functools.reduce(operator.xor, piece, 0xEF) != checksum:
            raise _Refused(BAD_CHECKSUM)
        if seq >= self._blocks or (self._inflate is None) == (op == DEFL_DATA):
            raise _Refused(FAILED)
        if self._inflate:
            if seq != self._seq:
                raise _Refused(FAILED)
            try:
                piece = self._inflate.decompress(piece, self._flash.size - self._at + 1)
            except zlib.error:
                raise _Refused(DEFLATE) from None
            self._seq, at = seq + 1, self._at
            self._at += len(piece)
        else:
            at = self._at + seq * self._block
        self._program(at, piece)

    def _program(self, at: int, piece: bytes) -> None:
        if at + len(piece) > self._flash.size:
            raise _Refused(WRITE_ERROR)
        if len(piece) > 1 and self.corrupt_next_write:
            piece, self.corrupt_next_write = bytes([piece[0] ^ 1, piece[1] ^ 1]) + piece[2:], False
        self._flash.program(at, piece)

    def _look(self, op: int, at: int, size: int) -> bytes:
        if op == READ and size > READ_BYTES:
            raise _Refused(READ_LENGTH)
        if at + size > self._flash.size:
            raise _Refused(READ_ERROR)
        found = self._flash.read(at, size)
        return found.ljust(READ_BYTES, b"\0") if op == READ else hashlib.md5(found).hexdigest().encode()  # noqa: S324 - the ROM's

    def _read_register(self, at: int) -> int:
        if at == self._mcu.uart_divider:
            return ROM_CLOCK_HZ // self.baud
        return self._registers.get(at, 0)

    def _write_registers(self, data: bytes) -> None:
        for at, value, mask, _delay_us in struct.iter_unpack("<IIII", data[: len(data) // 16 * 16]):
            spi = at - self._mcu.spi_base
            if spi == 0 and value & SPI_START:
                self._spi(self._registers.get(self._mcu.spi_base + self._mcu.spi_usr2_offset, 0) & 0xFF)
            elif 0 < spi < 0x100:
                self._registers[at] = (self._registers.get(at, 0) & ~mask) | (value & mask)

    def _spi(self, command: int) -> None:
        """RDID gives the flash's id, SFDP its table's first word; its status registers are 0 and stay so."""
        answers = {0x9F: FLASH_MAKER | (self._flash.size.bit_length() - 1) << 16, 0x5A: SFDP}
        self._registers[self._mcu.spi_base + self._mcu.spi_w0_offset] = answers.get(command, 0)


def _reply(op: int, value: int, data: bytes, error: int = 0) -> bytes:
    body = data + bytes([bool(error), error, 0, 0])
    packet = struct.pack("<BBHI", 1, op, len(body), value) + body
    return b"\xc0" + packet.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc") + b"\xc0"
