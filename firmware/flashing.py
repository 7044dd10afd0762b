"""How an announcement flashes, so that those in the hall look up."""

from time import ticks_add, ticks_diff, ticks_ms

from micropython import const

_BLINK_MS = const(250)  # each half: 2 Hz


class Flash:
    """Of an announcement: for so long after its number came, once for each number."""

    def __init__(self, for_ms):
        self._for_ms, self._id, self._at = for_ms, 0, None

    def take(self, id, age_ms=0):
        """It stands on the display, and has done so for that long already; 0 is none."""
        if id != self._id:
            self._id = id
            self._at = ticks_add(ticks_ms(), -age_ms) if id else None

    def half(self):
        """(whether this is a lit half, ms until the other); (False, None) when it is over."""
        since_ms = 0 if self._at is None else ticks_diff(ticks_ms(), self._at)
        if self._at is None or since_ms >= self._for_ms:
            self._at = None
            return False, None
        return not since_ms // _BLINK_MS & 1, _BLINK_MS - since_ms % _BLINK_MS
