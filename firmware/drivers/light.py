"""A light sensor on an analogue pin: a photoresistor above a fixed resistor, so that more light is more volts."""

import machine


class Light:
    """`facts`: pin."""

    def __init__(self, facts):
        self._adc = machine.ADC(machine.Pin(facts["pin"]), atten=machine.ADC.ATTN_11DB)

    def level(self):
        """0 (dark) to 65535; what is bright depends on the room and the resistor, so it is a site's matter to say."""
        return self._adc.read_u16()
