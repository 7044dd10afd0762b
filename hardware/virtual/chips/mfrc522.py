"""MFRC522 (NXP, rev. 3.9) on SPI, and an ISO/IEC 14443A card with a number of 4, 7 or 10 bytes before it.

Registers by chapter 9, commands by chapter 10, the card by ISO/IEC 14443-3, chapter 6. Time stands still: an answer, or the end of
the chip's timer when there is none, is there at once. Crypto1 and everything after SELECT but the card's SAK are left out.
"""

import threading

from hardware.virtual.chips import Fault, hexed

COMMAND, COM_IRQ, DIV_IRQ, ERROR, FIFO_DATA, FIFO_LEVEL, BIT_FRAMING = 0x01, 0x04, 0x05, 0x06, 0x09, 0x0A, 0x0D
TX_MODE, TX_CONTROL, TX_ASK, CRC_HIGH, CRC_LOW, T_MODE, VERSION = 0x12, 0x14, 0x15, 0x21, 0x22, 0x2A, 0x37
RESERVED = (0x00, 0x0F, 0x10, 0x1A, 0x1B, 0x1E, 0x20, 0x23, 0x25, 0x30, *range(0x3C, 0x40))  # table 20
RESET = {COMMAND: 0x20, COM_IRQ: 0x14, TX_CONTROL: 0x80, VERSION: 0x92}  # chapter 9, "reset value"
IDLE, CALC_CRC, TRANSCEIVE, SOFT_RESET = 0x0, 0x3, 0xC, 0xF
START_SEND, FLUSH, SET, TX_CRC = 0x80, 0x80, 0x80, 0x80
TIMER_IRQ, RX_IRQ, TX_IRQ, CRC_IRQ = 0x01, 0x20, 0x40, 0x04
FIFO_BYTES, OVERFLOW = 64, 0x10
REQA, WUPA, SELECTS = 0x26, 0x52, (0x93, 0x95, 0x97)  # those of the cascade levels
CASCADE = b"\x88"
ATQA = {4: b"\x04\x00", 7: b"\x44\x00", 10: b"\x84\x00"}  # by the number's bytes
MORE, SAK = b"\x04", b"\x08"  # another level follows, or that was all


def crc_a(data: bytes) -> bytes:
    """CRC_A, its lower byte first (ISO/IEC 14443-3, annex B)."""
    crc = 0x6363
    for byte in data:
        byte ^= crc & 0xFF
        byte = (byte ^ byte << 4) & 0xFF
        crc = crc >> 8 ^ byte << 8 ^ byte << 3 ^ byte >> 4
    return crc.to_bytes(2, "little")


class Mfrc522:
    """`present` and `remove` from any thread; the rest is the copper's."""

    def __init__(self, fault: Fault) -> None:
        self._fault, self._lock = lambda text: fault(f"mfrc522: {text}"), threading.Lock()
        self._uid: bytes | None = None
        self._level: int | None = None  # of the card that has answered REQA: at which it waits for anticollision
        self._address: int | None = None  # of the frame that goes on
        self._reset()

    def present(self, uid: bytes) -> None:
        """Lay a card on it. ValueError if its number has not 4, 7 or 10 bytes."""
        if len(uid) not in ATQA:
            raise ValueError(f"a number of 4, 7 or 10 bytes, not {uid.hex()}")
        with self._lock:
            self._uid, self._level = uid, None

    def remove(self) -> None:
        with self._lock:
            self._uid = None

    def select(self, is_low: bool) -> None:
        """A frame begins or ends with the chip select."""
        self._address = None

    def exchange(self, data: memoryview) -> bytes:
        """Bytes within a frame: to write, an address and its data; to read, addresses, each answered one byte later (8.1.2)."""
        answer = bytearray()
        with self._lock:
            for byte in data:
                if self._address is None:
                    answer.append(0)
                    self._address = byte
                elif self._address & 0x80:
                    answer.append(self._read(self._register(self._address)))
                    self._address = byte | 0x80
                else:
                    answer.append(0)
                    self._write(self._register(self._address), byte)
        return bytes(answer)

    def _register(self, address: int) -> int:
        register = address >> 1 & 0x3F
        if address & 1 or register in RESERVED:
            self._fault(f"address byte 0x{address:02X} names no register")
        return register

    def _reset(self) -> None:
        self._registers = bytearray(0x40)
        self._fifo = bytearray()
        for register, value in RESET.items():
            self._registers[register] = value

    def _read(self, register: int) -> int:
        if register == FIFO_DATA:
            return self._fifo.pop(0) if self._fifo else 0
        return len(self._fifo) if register == FIFO_LEVEL else self._registers[register]

    def _write(self, register: int, value: int) -> None:
        if register == FIFO_DATA:
            if len(self._fifo) == FIFO_BYTES:
                self._registers[ERROR] |= OVERFLOW
                self._fault("more than 64 bytes for its FIFO")
            else:
                self._fifo.append(value)
        elif register == FIFO_LEVEL:
            if value & FLUSH:
                self._fifo.clear()
                self._registers[ERROR] &= ~OVERFLOW
        elif register in (COM_IRQ, DIV_IRQ):  # bit 7 says whether the marked bits are set or cleared (9.3.1.5)
            marked = value & 0x7F
            self._registers[register] = self._registers[register] & ~marked | (marked if value & SET else 0)
        elif register in (ERROR, VERSION, CRC_HIGH, CRC_LOW):
            self._fault(f"register 0x{register:02X} is only to be read")
        else:
            self._registers[register] = value
            self._act(register, value)

    def _act(self, register: int, value: int) -> None:
        if register == COMMAND and value & 0x0F == SOFT_RESET:
            self._reset()
        elif register == COMMAND and value & 0x0F == CALC_CRC:
            low, high = crc_a(bytes(self._fifo))
            self._registers[CRC_LOW], self._registers[CRC_HIGH] = low, high
            self._registers[DIV_IRQ] |= CRC_IRQ
        elif register == COMMAND and value & 0x0F not in (IDLE, TRANSCEIVE):
            self._fault(f"command 0x{value & 0x0F:X} is not played")
        elif register == BIT_FRAMING and value & START_SEND:
            self._send(value & 0x07)

    def _send(self, last_bits: int) -> None:
        sent, self._fifo = bytes(self._fifo), bytearray()
        self._registers[COM_IRQ] |= TX_IRQ
        if self._registers[COMMAND] & 0x0F != TRANSCEIVE:
            self._fault(f"StartSend without the Transceive command: {hexed(sent)}")
            return
        if self._registers[TX_CONTROL] & 3 != 3 or self._registers[TX_ASK] != 0x40:
            self._fault("sending while the antenna is off, or not with 100 % ASK")
        if self._registers[TX_MODE] & TX_CRC:
            sent += crc_a(sent)
        answer = self._card(sent, last_bits)
        if answer:
            self._fifo += answer
            self._registers[COM_IRQ] |= RX_IRQ
        elif self._registers[T_MODE] & 0x80:
            self._registers[COM_IRQ] |= TIMER_IRQ

    def _card(self, sent: bytes, last_bits: int) -> bytes:
        """What the card says; nothing when there is none, or to what it does not expect, which makes it idle again (6.3)."""
        if self._uid is None:
            return b""
        level, self._level = self._level, None
        if level is None:
            if last_bits == 7 and sent in (bytes((REQA,)), bytes((WUPA,))):
                self._level = 0
                return ATQA[len(self._uid)]
            return b""
        is_last = len(self._uid) == 4 + 3 * level
        part = self._uid[3 * level :] if is_last else CASCADE + self._uid[3 * level : 3 * level + 3]
        part += bytes((part[0] ^ part[1] ^ part[2] ^ part[3],))
        if not last_bits and sent == bytes((SELECTS[level], 0x20)):
            self._level = level
            return part
        selected = bytes((SELECTS[level], 0x70)) + part
        if last_bits or sent != selected + crc_a(selected):
            return b""
        if is_last:
            return SAK + crc_a(SAK)
        self._level = level + 1
        return MORE + crc_a(MORE)
