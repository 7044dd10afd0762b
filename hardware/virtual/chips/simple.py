"""Parts of one pin: the buzzer, and the light sensor."""

import threading
from collections import deque

HISTORY_MAX = 256
LEVEL_MAX = 65_535


class Buzzer:
    def __init__(self) -> None:
        self.tone: int | None = None  # Hz
        self.history: deque[tuple[float, int | None]] = deque(maxlen=HISTORY_MAX)  # (monotonic time, Hz)

    def pwm(self, hz: int, duty: int, at: float) -> None:
        """`duty` of 65,536; 0 is silence."""
        self.tone = hz if duty else None
        self.history.append((at, self.tone))


class Light:
    def __init__(self) -> None:
        self._level, self._lock = LEVEL_MAX // 2, threading.Lock()

    @property
    def level(self) -> int:
        return self._level

    @level.setter
    def level(self, level: int) -> None:
        """What ADC.read_u16 gives: 0 (dark) to 65,535. ValueError beyond."""
        if not 0 <= level <= LEVEL_MAX:
            raise ValueError(f"light from 0 to {LEVEL_MAX}, not {level}")
        with self._lock:
            self._level = level
