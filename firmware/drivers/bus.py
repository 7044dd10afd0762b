"""The buses of a board, from the table of a part in its board file; each part has its bus for itself."""

import machine
from micropython import const

WS2812_NS = (
    400,
    850,
    800,
    450,
)  # of 0 high and low, 1 high and low: "Data transfer time", which allows 150 ns either way
DUTY_MAX = 65_535
_DIM_HZ = const(1_000)  # beyond what an eye or a camera sees


def spi(facts):
    """A machine.SPI in mode 0, most significant bit first, as all our parts read it. `facts`: spi, mhz, sck, mosi, miso if any."""
    pins = {name: machine.Pin(facts[name]) for name in ("sck", "mosi", "miso") if name in facts}
    return machine.SPI(facts["spi"], baudrate=facts["mhz"] * 1_000_000, polarity=0, phase=0, **pins)  # type: ignore[call-overload]


def i2c(facts):
    """A machine.I2C. `facts`: i2c, khz, scl, sda."""
    pins = {name: machine.Pin(facts[name]) for name in ("scl", "sda")}
    return machine.I2C(facts["i2c"], freq=facts["khz"] * 1_000, **pins)  # type: ignore[call-overload]


def output(gpio, level):
    """A pin that drives `level` from its first moment."""
    return machine.Pin(gpio, machine.Pin.OUT, value=level)


def dimmer(gpio):
    """A machine.PWM on what is lit while the pin is low; dark from its first moment."""
    return machine.PWM(machine.Pin(gpio), freq=_DIM_HZ, duty_u16=DUTY_MAX)
