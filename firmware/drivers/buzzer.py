"""A passive buzzer on a pin: a square wave by PWM, silent when its duty is 0."""

import machine
from micropython import const

_HALF = const(32_768)  # of 65,536: the loudest


class Buzzer:
    """`facts`: pin."""

    def __init__(self, facts):
        self._pwm = machine.PWM(machine.Pin(facts["pin"]), freq=1_000, duty_u16=0)

    def tone(self, hz, volume=100):
        """Sound at `hz` until told otherwise; 0 is silence. `volume` in percent: an ear goes by its square."""
        if hz:
            self._pwm.freq(hz)
        self._pwm.duty_u16(_HALF * volume * volume // 10_000 if hz else 0)
