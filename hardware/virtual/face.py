"""What a person before a board does and sees: keys, lamp, screen, badge, buzzer, light, and every fault on its wires."""

import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from hardware.virtual.air import Air
from hardware.virtual.chips import hexed
from hardware.virtual.chips.dcs import Dcs
from hardware.virtual.chips.max7219 import Max7219
from hardware.virtual.chips.mfrc522 import Mfrc522
from hardware.virtual.chips.screen import Screen
from hardware.virtual.chips.simple import Buzzer, Light
from hardware.virtual.chips.ssd1306 import Ssd1306
from hardware.virtual.chips.ws2812 import Ws2812
from hardware.virtual.reading import View, read

SEEN_MAX = 256  # lamp pictures that a board remembers
FAULTS_MAX = 256
HOLD_MS = 30  # of a short press: longer than the firmware's debounce, so that the release decides
AGAIN_MS = 550  # from its release to its next one, with no other between: longer than the firmware takes for one press
GAP_MS = 50  # from a key's release to its next press: longer than the firmware's debounce, which a hand never outruns
LONG_MS = 800  # wire.LONG_MS, which the tests compare
SCREENS: dict[str, type[Screen]] = {
    "ili9341": Dcs,
    "st7796": Dcs,
    "max7219": Max7219,
    "ssd1306": Ssd1306,
    "ws2812": Ws2812,
}

Pixels = tuple[tuple[int, int, int], ...]


class Nonsense(Exception):
    """A board sent what no board sends; it is dropped."""


class Face:
    """`hardware` is the parsed board file. Any thread may call."""

    def __init__(self, name: str, hardware: Mapping[str, Any]) -> None:
        self.name, self.hardware = name, hardware
        self.connects = 0  # how often it has started
        self.faults: list[str] = []
        self.air = Air()
        self._bus: socket.socket | None = None
        self._pins: socket.socket | None = None
        self._changed = threading.Condition()
        self._seen: deque[tuple[float, Pixels]] = deque(maxlen=SEEN_MAX)
        self._levels: dict[int, int] = {}
        self._released: dict[str, float] = {}
        self._last = ""  # key that was pressed
        self._held: set[int] = set()  # GPIO of keys that a finger holds down
        facts = hardware.get("screen")
        if facts and facts["part"] not in SCREENS:
            raise ValueError(f"no virtual screen {facts['part']}; there are {', '.join(SCREENS)}")
        self.screen: Screen | None = SCREENS[facts["part"]](facts, self.fault) if facts else None
        self.buzzer = Buzzer() if "buzzer" in hardware else None
        self.badge = Mfrc522(self.fault) if "badge" in hardware else None
        self.light = Light() if "light" in hardware else None

    @property
    def is_connected(self) -> bool:
        return self._bus is not None and self._pins is not None

    @property
    def lamp(self) -> Pixels | None:
        """The last pixels (red, green, blue), or None before the first."""
        return self._seen[-1][1] if self._seen else None

    @property
    def view(self) -> Any:
        """What the lamp says, a `View` of reading.py, or None."""
        return read(self.lamp) if self.lamp else None

    @property
    def seen(self) -> list[tuple[float, Pixels]]:
        """The last pictures with the monotonic time at which each had come."""
        with self._changed:
            return list(self._seen)

    @property
    def held_down(self) -> list[int]:
        with self._changed:
            return sorted(self._held)

    def press(self, key: str, press: str = "short", hold_ms: int | None = None, *, gap_ms: int | None = None) -> float:
        """Press and release. Gives time.monotonic() of the edge that decides: the release of a short press, and for a long
        one the moment at which it had been held for LONG_MS. `gap_ms`: so long after its last release, else as a calm hand."""
        if gap_ms is None:
            gap_ms = AGAIN_MS if key == self._last else GAP_MS
        self._last = key
        time.sleep(max(0.0, self._released.get(key, 0.0) + gap_ms / 1000 - time.monotonic()))
        down = self.level(key, 0)
        usual_ms = LONG_MS + HOLD_MS if press == "long" else HOLD_MS
        time.sleep((usual_ms if hold_ms is None else hold_ms) / 1000)
        self._released[key] = self.level(key, 1)
        return down + LONG_MS / 1000 if press == "long" else self._released[key]

    def level(self, key: str, level: int) -> float:
        """Move one pin; gives time.monotonic() just before. ConnectionError if the board does not run or does not read."""
        gpio = self.hardware["keys"][key]
        with self._changed:
            self._held = self._held - {gpio} if level else self._held | {gpio}
            if self._pins is None:
                raise ConnectionError(f"{self.name} is not running")
            now = time.monotonic()
            try:
                self._pins.send(b"p %d %d\n" % (gpio, level))
            except BlockingIOError:
                raise ConnectionError(f"{self.name} does not read its pins") from None
            return now

    def wait_connected(self, timeout_s: float = 20) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: self.is_connected, timeout_s):
                raise TimeoutError(f"board {self.name} did not start within {timeout_s} s")

    def wait_lamp(self, predicate: Callable[[Any], bool], timeout_s: float, since: float = 0.0) -> float:
        """Wait until the lamp's view fits; gives time.monotonic() at which the first such picture since `since` had come.

        Without `since` only the present picture and later ones count. TimeoutError says what the lamp showed instead.
        """
        end = time.monotonic() + timeout_s
        with self._changed:
            while True:
                pictures = [p for p in self._seen if p[0] >= since] if since else list(self._seen)[-1:]
                for at, pixels in pictures:
                    view = read(pixels)
                    if view is not None and predicate(view):
                        return at
                if not self._changed.wait(end - time.monotonic()):
                    raise TimeoutError(f"{self.name} shows {self.view}")

    def wait_confirmed(self, presence: str, timeout_s: float, since: float = 0.0) -> float:
        """`wait_lamp` for the edge-confirmed lamp of a presence: not pending, not lost, no digits."""
        wanted = View(presence, None, False, False, False, 0)
        return self.wait_lamp(lambda view: view._replace(help=None) == wanted, timeout_s, since)

    def wait_screen(self, predicate: Callable[[Any], bool], timeout_s: float, since: float = 0.0) -> float:
        """Wait until the screen fits, by bytes that came at `since` or later; gives time.monotonic() of its last byte."""
        if not self.screen:
            raise ValueError(f"{self.name} has no screen")
        end = time.monotonic() + timeout_s
        with self._changed:
            while not (self.screen.seen_at >= since and predicate(self.screen)):
                if not self._changed.wait(end - time.monotonic()):
                    raise TimeoutError(
                        f"{self.name}'s screen did not come to show it; last byte at {self.screen.seen_at:.3f}"
                    )
            return self.screen.seen_at

    def fault(self, text: str) -> None:
        if len(self.faults) < FAULTS_MAX:
            self.faults.append(text)

    def _gone(self) -> None:
        """The board's bus has closed; called in a thread of its own, since it may have to wait for a process."""

    # what the copper calls, in its thread

    def attach(self, peer: socket.socket, is_bus: bool) -> None:
        with self._changed:
            if is_bus:
                self._bus, self._pins = peer, None
                self._levels = {}  # a chip that starts drives nothing
                self.connects += 1
            else:
                self._pins = peer
            self._changed.notify_all()

    def detach(self, peer: socket.socket) -> None:
        with self._changed:
            was_bus = peer is self._bus
            if was_bus:
                self._bus = None
            if peer is self._pins:
                self._pins = None
            self._changed.notify_all()
        if was_bus:
            threading.Thread(target=self._gone, daemon=True).start()

    def take(self, kind: str, index: int, data: memoryview, at: float) -> bytes:
        """One frame; gives what the board waits for. Raises Nonsense."""
        with self._changed:
            answer = self._take(kind, index, data, at)
            self._changed.notify_all()
            return answer

    def _take(self, kind: str, index: int, data: memoryview, at: float) -> bytes:
        if kind == "o" and len(data) == 1 and data[0] < 2:
            self._output(index, data[0], at)
        elif kind == "n":
            self._shifted(index, data, at)
        elif kind in ("s", "x"):
            answer = self._spi(index, data, at)
            return answer if kind == "x" else b""
        elif (kind == "i" and data) or (kind == "r" and len(data) == 3):
            return self._i2c(kind, index, data, at)
        elif kind == "w" and len(data) == 6:
            hz, duty = int.from_bytes(data[:4], "big"), int.from_bytes(data[4:], "big")
            if self.buzzer and index == self.hardware["buzzer"]["pin"]:
                self.buzzer.pwm(hz, duty, at)
            elif self.screen and index == self.hardware["screen"].get("bl"):
                self.screen.backlight = 100 - round(100 * duty / 65_535)  # lit while low
                self.screen.rev += 1
            else:
                self.fault(f"PWM on GPIO {index}, where nothing hears it")
        elif kind == "v":
            return self._air(bytes(data))
        elif kind == "a" and not data:
            if self.light and index == self.hardware["light"]["pin"]:
                return self.light.level.to_bytes(2, "big")
            self.fault(f"ADC on GPIO {index}, where nothing is")
            return b"\x00\x00"
        else:
            raise Nonsense(f"a frame that no board sends: {kind!r} {index} {hexed(data)}")
        return b""

    def _air(self, question: bytes) -> bytes:
        try:
            return self.air.take(question)
        except (ValueError, TypeError) as error:
            raise Nonsense(str(error)) from error

    def _output(self, gpio: int, level: int, at: float) -> None:
        before, self._levels[gpio] = self._levels.get(gpio), level
        facts = self.hardware.get("screen", {})
        if self.screen and gpio == facts.get("rst"):
            self.screen.reset(level)
        if self.screen and gpio == facts.get("cs") and level != before:
            self.screen.select(not level, at)
        if self.badge and gpio == self.hardware["badge"]["cs"] and level != before:
            self.badge.select(not level)

    def _shifted(self, gpio: int, data: memoryview, at: float) -> None:
        """WS2812, a bar or a picture: 24 bits a pixel, green, red, blue (WorldSemi, "Composition of 24bit data")."""
        if isinstance(self.screen, Ws2812) and gpio in self.screen.pins:
            self.screen.shifted(gpio, data, at)
            return
        facts = self.hardware.get("lamp")
        if not facts or gpio != facts["pin"]:
            self.fault(f"WS2812 bytes on GPIO {gpio}, where no lamp is")
            return
        if len(data) % 3 or len(data) > 3 * facts["pixels"]:
            self.fault(f"ws2812: {len(data)} bytes for {facts['pixels']} pixels of three: {hexed(data)}")
        count = min(len(data) // 3, facts["pixels"])
        came = tuple((data[i + 1], data[i], data[i + 2]) for i in range(0, 3 * count, 3))
        self._seen.append((at, came + (self.lamp or ())[count:]))

    def _i2c(self, kind: str, bus: int, data: memoryview, at: float) -> bytes:
        """Acknowledged by the part whose address it is; a scan asks with nothing behind the address."""
        if isinstance(self.screen, Ssd1306) and (bus, data[0]) == (self.hardware["screen"]["i2c"], self.screen.address):
            if kind == "r":
                self.fault("ssd1306: reading by I2C is not played")
                return b"\x00"
            if len(data) > 1:
                self.screen.told(data[1:], at)
            return b"\x01"
        if len(data) > 1:
            self.fault(f"I2C {bus}: nobody answers at 0x{data[0]:02X}")
        return b"\x00"

    def _spi(self, bus: int, data: memoryview, at: float) -> bytes:
        """What a full-duplex exchange brings back: of parts that only listen, zeros."""
        badge = self.hardware.get("badge", {})
        if self.badge and badge["spi"] == bus and not self._levels.get(badge["cs"], 1):
            return self.badge.exchange(data)
        self._draw(bus, data, at)
        return bytes(len(data))

    def _draw(self, bus: int, data: memoryview, at: float) -> None:
        facts = self.hardware.get("screen", {})
        if not self.screen or facts.get("spi") != bus:
            self.fault(f"SPI {bus}: nothing hears {hexed(data)}")
        elif self._levels.get(facts["cs"], 1):
            self.fault(f"{facts['part']}: bytes {hexed(data)} while CS is not low")
        else:
            self.screen.write(data, self._levels.get(facts.get("dc", -1), 0), at)
