"""Badges by an MFRC522 on SPI: the number of an ISO/IEC 14443A card near it.

Registers and commands by the data sheet (NXP, rev. 3.9, chapters 9 and 10); the conversation by ISO/IEC 14443-3, chapter 6.
"""

from time import sleep_ms, ticks_diff, ticks_ms

from micropython import const

from drivers import bus

COMMAND, COM_IRQ, ERROR, FIFO_DATA, FIFO_LEVEL, CONTROL, BIT_FRAMING = 0x01, 0x04, 0x06, 0x09, 0x0A, 0x0C, 0x0D  # 9.2
_MODE = const(0x11)
_TX_MODE = const(0x12)
_TX_CONTROL = const(0x14)
_TX_ASK = const(0x15)
_T_MODE = const(0x2A)
_T_PRESCALER = const(0x2B)
_T_RELOAD_H = const(0x2C)
_T_RELOAD_L = const(0x2D)
_VERSION = const(0x37)
_IDLE = const(0x00)  # 10.3
_TRANSCEIVE = const(0x0C)
SOFT_RESET = 0x0F
_START_SEND = const(0x80)
_FLUSH = const(0x80)
_TX_CRC = const(0x80)  # adds CRC_A to what is sent (9.3.2.3)
_BAD = const(0x1B)  # ErrorReg: buffer overflow, collision, parity or protocol error (9.3.1.7)
_RX_OR_IDLE = const(0x30)  # ComIrqReg (9.3.1.5)
_TIMER = const(0x01)
VERSIONS = (0x91, 0x92)  # 9.3.4.8
_WAIT_MS = const(10)  # for the chip's own timer of 2.5 ms, and to spare
REQUEST = b"\x26"  # REQA, seven bits
LEVELS = b"\x93\x95\x97"  # the cascade levels of a number of 4, 7 and 10 bytes (6.5.4)
_ASK, _SELECT = const(0x20), const(0x70)  # NVB: all of this level is asked for, or said
_LEVEL_BYTES = const(4)
_CASCADE = const(0x88)  # first byte of a level that is not the last
_RANDOM = const(0x08)  # first byte of a number of four that the card draws anew each time: it is nobody's


class Badge:
    """`facts`: those of an SPI part, and cs. RuntimeError if no such chip answers: a reader that is missing is a fault."""

    def __init__(self, facts):
        self._spi = bus.spi(facts)
        self._cs = bus.output(facts["cs"], 1)
        self._two = bytearray(2)
        self._set(COMMAND, SOFT_RESET)
        sleep_ms(50)  # 10.3.1.10 says not how long; the oscillator takes 38 µs more (8.8.2)
        if not self.version():
            raise RuntimeError("no MFRC522 answers")
        for register, data in (
            (_T_MODE, 0x80),  # the timer starts by itself at the end of a transmission,
            (_T_PRESCALER, 0xA9),  # counts every 25 µs (13.56 MHz / (2 × 169 + 1)),
            (_T_RELOAD_H, 0x00),
            (
                _T_RELOAD_L,
                0x64,
            ),  # and ends after 100: 2.5 ms. A card answers within 1 ms, and nothing else runs meanwhile
            (_TX_ASK, 0x40),  # 100 % ASK, as 14443A wants it
            (_MODE, 0x3D),  # CRC preset 0x6363
            (_TX_CONTROL, 0x83),  # both antenna drivers on
        ):
            self._set(register, data)

    def version(self):
        """What the chip says that it is; 0 when none answers."""
        version = self._get(_VERSION)
        return version if version in VERSIONS else 0

    def read(self):
        """The 4, 7 or 10 bytes of the card that lies there, or None: no card, several at once, or one with a random number."""
        if len(self._exchange(REQUEST, 7)) != 2:
            return None
        number = b""
        for level in LEVELS:
            answer = self._exchange(bytes((level, _ASK)), 0)
            check = 0
            for byte in answer:
                check ^= byte
            if len(answer) != _LEVEL_BYTES + 1 or check:
                return None
            if answer[0] != _CASCADE:
                is_random = not number and answer[0] == _RANDOM
                return None if is_random else number + answer[:_LEVEL_BYTES]
            number += answer[1:_LEVEL_BYTES]
            self._set(_TX_MODE, _TX_CRC)
            self._exchange(bytes((level, _SELECT)) + answer, 0)
            self._set(_TX_MODE, 0)
        return None

    def _exchange(self, data, last_bits):
        """Send, and give what came back; empty when nothing did or it was broken."""
        self._set(COMMAND, _IDLE)
        self._set(COM_IRQ, 0x7F)
        self._set(FIFO_LEVEL, _FLUSH)
        for byte in data:
            self._set(FIFO_DATA, byte)
        self._set(COMMAND, _TRANSCEIVE)
        self._set(BIT_FRAMING, _START_SEND | last_bits)
        came = self._wait()
        self._set(BIT_FRAMING, 0)
        if not came & _RX_OR_IDLE or self._get(ERROR) & _BAD:
            return b""
        return bytes([self._get(FIFO_DATA) for _ in range(min(self._get(FIFO_LEVEL), 64))])

    def _wait(self):
        since = ticks_ms()
        while ticks_diff(ticks_ms(), since) < _WAIT_MS:
            came = self._get(COM_IRQ)
            if came & (_RX_OR_IDLE | _TIMER):
                return came
        return 0

    def _set(self, register, data):
        """Address byte: bit 7 low to write, the register in bits 6 to 1 (8.1.2.3)."""
        self._two[0], self._two[1] = register << 1, data
        self._cs(0)
        self._spi.write(self._two)
        self._cs(1)

    def _get(self, register):
        self._two[0], self._two[1] = 0x80 | register << 1, 0
        self._cs(0)
        self._spi.write_readinto(self._two, self._two)
        self._cs(1)
        return self._two[1]
