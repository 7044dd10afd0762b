"""What is on the air around a board, and what hangs at its Ethernet plug: the bench's part of builtin/network.py.

Numbers are those that MicroPython's ESP32 port gives: reasons of esp_wifi_types.h up to 205, its own from 1000 on.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

HANDSHAKE_RAN_OUT, BEACON_TIMEOUT, NO_AP_FOUND = 15, 200, 201
IDLE, CONNECTING, GOT_IP = 1000, 1001, 1010
ETH_STARTED, ETH_CONNECTED, ETH_GOT_IP = 1, 3, 5
OPEN, WPA2 = 0, 3  # scan's security
NAME = "virtual"  # of the network that is there if nobody says otherwise


@dataclass(frozen=True)
class Point:
    """An access point. `refusal` is what the chip tells of a wrong passphrase: the handshake that ran out, or 202."""

    ssid: str = NAME
    passphrase: str = ""
    rssi: int = -50
    bssid: str = "020000000001"
    channel: int = 6
    hidden: bool = False
    refusal: int = HANDSHAKE_RAN_OUT


class Air:
    """Set `points`, `has_addresses` and `has_cable` at any time, from any thread. A board has lost the point that is gone."""

    def __init__(self) -> None:
        self.points: Sequence[Point] = (Point(),)
        self.has_addresses = self.has_cable = True
        self.join_s = 0.0  # from the wish to its outcome
        self.joined: list[str] = []  # BSSIDs, in order, of all that succeeded
        self.scans = 0
        self._wish: tuple[str, str, str] | None = None
        self._due_s = 0.0
        self._point: Point | None = None
        self._status = IDLE

    def take(self, question: bytes) -> bytes:
        """The answer to one frame of builtin/network.py, after two bytes of its length. ValueError for one that it never sends."""
        what, *rest = json.loads(question)
        answers: dict[str, Callable[..., Any]] = {
            "scan": self._scan,
            "join": self._join,
            "leave": self._leave,
            "state": self._state,
            "cable": self._cable,
        }
        if what not in answers:
            raise ValueError(f"no board asks the air for {what!r}")
        answer = json.dumps(answers[what](*rest)).encode()
        return len(answer).to_bytes(2, "big") + answer

    def _scan(self) -> list[list[Any]]:
        self.scans += 1
        return [
            ["" if p.hidden else p.ssid, p.bssid, p.channel, p.rssi, WPA2 if p.passphrase else OPEN, p.hidden]
            for p in self.points
        ]

    def _join(self, ssid: str, passphrase: str, bssid: str) -> None:
        self._wish, self._due_s, self._point = (ssid, passphrase, bssid), time.monotonic() + self.join_s, None

    def _leave(self) -> None:
        self._wish = self._point = None
        self._status = IDLE

    def _state(self) -> tuple[int, int]:
        """Status and RSSI."""
        if self._point:
            here = next((p for p in self.points if p.bssid == self._point.bssid), None)
            self._point = here
            if here is None:
                self._status = BEACON_TIMEOUT
        elif self._wish and time.monotonic() >= self._due_s:
            self._status = self._outcome(*self._wish)
        elif self._wish:
            self._status = CONNECTING
        return self._status, self._point.rssi if self._point else 0

    def _outcome(self, ssid: str, passphrase: str, bssid: str) -> int:
        heard = [p for p in self.points if p.ssid == ssid and bssid in ("", p.bssid)]
        point = max(heard, key=lambda p: p.rssi, default=None)
        if point and point.passphrase == passphrase and not self.has_addresses:
            return CONNECTING
        self._wish = None
        if point is None:
            return NO_AP_FOUND
        if point.passphrase != passphrase:
            return point.refusal
        self._point = point
        self.joined.append(point.bssid)
        return GOT_IP

    def _cable(self) -> int:
        if not self.has_cable:
            return ETH_STARTED
        return ETH_GOT_IP if self.has_addresses else ETH_CONNECTED
