"""The edge's time on a device, by its beats: so that what lies on flash has an age after a reset."""

from time import ticks_diff, ticks_ms

from micropython import const

_DAY_MS = const(86_400_000)
_AHEAD_MS = const(5_000)  # by so much a clock may go back without being set: between two beats
_DAYS_TOLD = const(12)  # of an age, for all that are longer: its milliseconds stay a small integer


class Clock:
    """A moment is (days since 2000-01-01, milliseconds of that day), UTC."""

    def __init__(self):
        self._now, self._at = None, ticks_ms()
        self.is_sure = False  # else it may be late by the time between two beats

    def beat(self, day, ms, now, is_fresh=True):
        """The edge's own time, which came at those ticks. One that the broker retained is better than none."""
        if is_fresh or self._now is None:
            self._now, self._at = (day, ms), now
        self.is_sure = self.is_sure or is_fresh

    def moment(self, at):
        """Of those ticks; None while no beat has come since the start."""
        if self._now is None:
            return None
        ms = self._now[1] + ticks_diff(at, self._at)
        return self._now[0] + ms // _DAY_MS, ms % _DAY_MS

    def age_ms(self, moment, now):
        """At those ticks; None while the time is not known, or if it lies ahead since the edge's clock was set back."""
        if self._now is None:
            return None
        day, ms = self.moment(now)
        days = day - moment[0]
        if days >= _DAYS_TOLD:
            return _DAYS_TOLD * _DAY_MS
        age_ms = days * _DAY_MS + ms - moment[1]
        return None if age_ms < -_AHEAD_MS else max(0, age_ms)

    def roll(self, now):
        """To be called each minute: ticks wrap, so what they are counted from must not be long ago."""
        self._now, self._at = self.moment(now), now
