"""A passive buzzer on a pin: a square wave by PWM, silent when its duty is 0."""

import machine

HALF = 32_768  # of 65,536: the loudest


class Buzzer:
    """`facts`: pin."""

    def __init__(self, facts):
        self._pwm = machine.PWM(machine.Pin(facts["pin"]), freq=1_000, duty_u16=0)

    def tone(self, hz):
        """Sound at `hz` until told otherwise; 0 is silence."""
        if hz:
            self._pwm.freq(hz)
        self._pwm.duty_u16(HALF if hz else 0)
