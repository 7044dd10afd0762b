"""Stand-in for `machine` on MicroPython's Unix port, by the ESP32's documented interface: what a driver drives goes to the bench.

Kept out: electrical detail (drive, hold, SPI modes on the wire), timers, sleep. Ctrl-C and pins do what they do on a chip, except
that a pin moves only between two turns of asyncio's loop.
"""

import asyncio
import hashlib
import os
import struct

import copper

PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5
RESET_CODE, SOFT_RESET_CODE = 3, 4  # the process's end that asks to be started again
ENODEV = 19
HELD_DOWN = (os.getenv("BOARD_HELD_DOWN") or "").split()  # GPIO that a finger holds down at the start
GPIO_MAX = 48  # of an ESP32-S3
CHUNK = 32_768  # bytes of SPI in a frame


class Pin:
    """One object for each GPIO, as on the chip: a second Pin(4) is the first."""

    IN, OUT, OPEN_DRAIN = 1, 3, 7
    PULL_DOWN, PULL_UP = 1, 2
    IRQ_RISING, IRQ_FALLING = 1, 2
    _known = {}  # noqa: RUF012 - MicroPython has no typing

    def __new__(cls, gpio, *args, **kwargs):
        if isinstance(gpio, Pin):
            return gpio
        if not 0 <= gpio <= GPIO_MAX:
            raise ValueError("invalid pin")
        if gpio not in cls._known:
            pin = cls._known[gpio] = object.__new__(cls)
            pin.gpio, pin._mode, pin._level, pin._driven = gpio, cls.IN, None, None
            pin._latch = pin._trigger = 0
            pin._handler = None
        return cls._known[gpio]

    def __init__(self, gpio, mode=-1, pull=-1, value=None, drive=None, hold=None):
        self.init(mode, pull, value)

    def init(self, mode=-1, pull=-1, value=None, drive=None, hold=None):
        if value is not None:
            self._latch = 1 if value else 0
        if mode != -1:
            self._mode = mode
            if mode == self.IN:
                self._driven = None
        if pull != -1 and self._level is None:
            self._level = int(pull == self.PULL_UP and str(self.gpio) not in HELD_DOWN)
        self._drive()

    def _drive(self):
        if self._mode != self.IN and self._driven != self._latch:
            self._driven = self._latch
            copper.bit("o", self.gpio, self._latch)

    def value(self, level=None):
        if level is None:
            return self._latch if self._mode == self.OUT else self._level or 0
        self._latch = 1 if level else 0
        self._drive()

    def __call__(self, level=None):
        return self.value(level)

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    def irq(self, handler=None, trigger=3):
        self._handler, self._trigger = handler, trigger
        return self

    def moved(self, level):
        before, self._level = self._level, level
        if before is None or before == level or not self._handler:
            return
        if self._trigger & (self.IRQ_FALLING if level < before else self.IRQ_RISING):
            self._handler(self)


class SPI:
    MSB, LSB = 0, 1

    def __init__(self, id, baudrate=1_000_000, polarity=0, phase=0, bits=8, firstbit=0, sck=None, mosi=None, miso=None):
        self._id, self._is_open = id, False
        self.init(baudrate, polarity, phase, bits, firstbit)

    def init(self, baudrate=1_000_000, polarity=0, phase=0, bits=8, firstbit=0, sck=None, mosi=None, miso=None):
        if bits != 8 or firstbit != self.MSB or baudrate <= 0:
            raise ValueError("this stand-in sends eight bits, the highest first")
        self._is_open = True

    def deinit(self):
        self._is_open = False

    def _check(self):
        if not self._is_open:
            raise OSError("SPI is not initialised")

    def write(self, data):
        self._check()
        view = memoryview(data)
        for i in range(0, len(view), CHUNK):
            copper.send("s", self._id, view[i : i + CHUNK])

    def write_readinto(self, data, into):
        self._check()
        if len(data) != len(into):
            raise ValueError("buffers must be the same length")
        source, target = memoryview(data), memoryview(into)
        for i in range(0, len(source), CHUNK):
            piece = source[i : i + CHUNK]
            target[i : i + len(piece)] = copper.send("x", self._id, piece, len(piece))

    def readinto(self, into, write=0):
        self.write_readinto(bytes([write]) * len(into), into)

    def read(self, count, write=0):
        got = bytearray(count)
        self.readinto(got, write)
        return bytes(got)


SoftSPI = SPI


class I2C:
    def __init__(self, id=-1, scl=None, sda=None, freq=400_000, timeout=50_000):
        self._id = id & 0xFF  # the one made of software is 255

    def _write(self, address, data):
        if copper.send("i", self._id, bytes((address,)) + data, 1) != b"\x01":
            raise OSError(ENODEV)

    def writeto(self, address, data, stop=True):
        self._write(address, bytes(data))
        return len(data)

    def writevto(self, address, vector, stop=True):
        return self.writeto(address, b"".join([bytes(each) for each in vector]))

    def writeto_mem(self, address, memory, data, *, addrsize=8):
        self._write(address, memory.to_bytes(addrsize // 8, "big") + data)

    def readfrom(self, address, count, stop=True):
        got = copper.send("r", self._id, struct.pack(">BH", address, count), 1)
        if got != b"\x01":
            raise OSError(ENODEV)
        return copper.more(count)

    def readfrom_into(self, address, into, stop=True):
        into[:] = self.readfrom(address, len(into))

    def readfrom_mem(self, address, memory, count, *, addrsize=8):
        self._write(address, memory.to_bytes(addrsize // 8, "big"))
        return self.readfrom(address, count)

    def readfrom_mem_into(self, address, memory, into, *, addrsize=8):
        into[:] = self.readfrom_mem(address, memory, len(into), addrsize=addrsize)

    def scan(self):
        return [each for each in range(0x08, 0x78) if copper.send("i", self._id, bytes((each,)), 1) == b"\x01"]


class SoftI2C(I2C):
    def __init__(self, scl, sda, *, freq=400_000, timeout=50_000):
        super().__init__(-1)


class PWM:
    def __init__(self, dest, freq=None, duty_u16=None, duty=None):
        self._gpio, self._freq, self._duty = Pin(dest).gpio, 5_000, 32_768
        self.init(freq, duty_u16, duty)

    def init(self, freq=None, duty_u16=None, duty=None):
        self._freq = freq or self._freq
        if duty is not None:
            duty_u16 = duty * 64
        if duty_u16 is not None:
            self._duty = min(duty_u16, 65_535)
        self._tell(self._duty)

    def _tell(self, duty):
        copper.send("w", self._gpio, struct.pack(">IH", self._freq, duty))

    def freq(self, hz=None):
        if hz is None:
            return self._freq
        if hz <= 0:
            raise ValueError("freqency must be above 0")
        self.init(freq=hz)

    def duty_u16(self, duty=None):
        if duty is None:
            return self._duty
        self.init(duty_u16=duty)

    def duty(self, duty=None):
        if duty is None:
            return self._duty // 64
        self.init(duty=duty)

    def deinit(self):
        self._tell(0)


class ADC:
    ATTN_0DB, ATTN_2_5DB, ATTN_6DB, ATTN_11DB = 0, 1, 2, 3
    FULL_UV = (950_000, 1_250_000, 1_750_000, 3_100_000)  # nearly what an ESP32 calls 65535 at each

    def __init__(self, pin, *, atten=0):
        self._gpio, self._atten = Pin(pin).gpio, atten

    def atten(self, atten):
        self._atten = atten

    def read_u16(self):
        return int.from_bytes(copper.send("a", self._gpio, b"", 2), "big")

    def read_uv(self):
        return self.read_u16() * self.FULL_UV[self._atten] // 65_535


class WDT:
    """The kernel's own timer: when it is not fed, SIGALRM ends the process, and the host makes of that a reset by the watchdog."""

    def __init__(self, id=0, timeout=5_000):
        if timeout < 1:
            raise ValueError("WDT timeout too short")
        self._timer = struct.pack("llll", 0, 0, timeout // 1000, timeout % 1000 * 1000)
        self.feed()

    def feed(self):
        if _setitimer(0, self._timer, None):
            raise OSError("no timer for the watchdog")


class _Flag(asyncio.Event):
    """`asyncio.ThreadSafeFlag` without the polling: here pins move between two tasks' turns, never within one."""

    def wait(self):
        yield from super().wait()
        self.clear()


def reset_cause():
    return int(os.getenv("BOARD_CAUSE") or PWRON_RESET)


def reset():
    copper.end(RESET_CODE)


def soft_reset():
    raise SystemExit(SOFT_RESET_CODE)


def unique_id():
    """The MAC, as on an ESP32: hardware/virtual/mcu.py makes the same of the name."""
    return b"\x02" + hashlib.sha256(copper.name).digest()[:5]


def freq(hz=None):
    return 160_000_000 if hz is None else None


def idle():
    pass


def bitstream(pin, encoding, timing, data):
    """What shifts out a WS2812's bits; their timing is not played."""
    copper.send("n", pin.gpio, data)


def _moved(gpio, level):
    pin = Pin._known.get(gpio)
    if pin:
        pin.moved(level)


_setitimer = copper.libc.func("i", "setitimer", "iPp")
asyncio.ThreadSafeFlag = _Flag
asyncio.create_task(copper.listen(_moved))
