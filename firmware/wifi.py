"""Wi-Fi: of the networks in the device file the strongest access point, and another one when that grows weak."""

import asyncio

import network
from micropython import const

from trouble import Closed

JOIN_MS = 15_000  # association, four-way handshake and DHCP
STEP_MS = 250
_TRIES = const(3)  # access points, before the backoff
LOOK_MS = 60_000  # between two looks at the signal; that it is gone, a ping tells sooner
_WEAK_DBM = const(-75)
_WEAK_LOOKS = const(2)  # in a row, before it looks for another: a door that opens is no reason
_BETTER_DB = const(8)
SCAN_PAUSE_LOOKS = 5  # between two searches: each takes the radio off its channel for some 2 s
PASSWORD = (
    15,
    202,
    204,
)  # status: the four-way handshake ran out, authentication failed, handshake timeout; esp_wifi_types.h


class Wifi:
    """`networks` is a list of {"ssid", "passphrase"}."""

    def __init__(self, networks):
        self._networks = networks
        self._wlan = network.WLAN(network.WLAN.IF_STA)
        self.ap = ""  # BSSID of the access point that was chosen, in hex
        self.name = ""  # of its network
        self._bssid = b""  # of an access point that an earlier start has joined we know nothing
        self._left = b""  # one that led nowhere: it is taken last
        self._weak = self._pause = 0

    @property
    def is_joined(self):
        return self._wlan.isconnected()

    def rssi(self):
        try:
            return self._wlan.status("rssi")
        except OSError:  # not joined
            return 0

    async def join(self):
        """Left alone while it is joined: a broker that is gone is no reason to drop it. Closed with what stood in the way."""
        if self.is_joined:
            return
        self._wlan.active(True)
        self._wlan.config(
            pm=self._wlan.PM_NONE, reconnects=1
        )  # a press waits for no beacon; and a refusal is told, not tried again
        why = Closed("no network", "none of ours is on the air")
        known = self._known()
        for _ in range(min(_TRIES, len(known))):
            _, ssid, passphrase, bssid = known.pop(0)
            try:
                await self._connect(ssid, passphrase, bssid)
                return
            except Closed as closed:
                why = closed
            if why.args[0] == "wifi password":  # its other points will hardly take it: the other network first
                known = [ap for ap in known if ap[1] != ssid] + [ap for ap in known if ap[1] == ssid]
        raise why

    def leave(self):
        """The access point that is joined leads nowhere: the next join takes another one, if there is one."""
        self._left = self._bssid
        self._wlan.disconnect()

    async def stay(self):
        """For ever, while it is joined: comes back when it no longer is. Moves to an access point that is much better."""
        while True:
            await asyncio.sleep_ms(LOOK_MS)
            rssi = self.rssi()
            if not rssi:
                return
            self._pause = max(0, self._pause - 1)
            self._weak = self._weak + 1 if rssi < _WEAK_DBM else 0
            if self._weak >= _WEAK_LOOKS and not self._pause:
                self._weak, self._pause = 0, SCAN_PAUSE_LOOKS
                await self._roam()

    async def _roam(self):
        best = self._known()[:1]
        if best and best[0][0] >= self.rssi() + _BETTER_DB and best[0][3] != self._bssid:
            print("Wi-Fi: from %d dBm to %d dBm" % (self.rssi(), best[0][0]))
            try:
                await self._connect(*best[0][1:])
            except Closed:  # it is no longer joined then, and joins whatever there is
                pass

    def _known(self):
        """[(RSSI, ssid, passphrase, BSSID)] of our networks' access points, the strongest first. A network must tell its name."""
        try:
            seen = self._wlan.scan()
        except OSError:  # the driver is busy
            return []
        names = {one["ssid"].encode(): one for one in self._networks}
        known = [(ap[3], names[ap[0]]["ssid"], names[ap[0]]["passphrase"], ap[1]) for ap in seen if ap[0] in names]
        return sorted(known, key=lambda each: (each[3] == self._left, -each[0]))

    async def _connect(self, ssid, passphrase, bssid):
        wlan = self._wlan
        wlan.disconnect()
        self._bssid, self.name, self.ap = bssid, ssid, bssid.hex()
        wlan.connect(ssid, passphrase, bssid=bssid)
        for _ in range(JOIN_MS // STEP_MS):
            await asyncio.sleep_ms(STEP_MS)
            if wlan.isconnected():
                return
            status = wlan.status()
            if status != network.STAT_CONNECTING:
                break
        wlan.disconnect()
        if status in PASSWORD:
            raise Closed("wifi password", ssid)
        if status == network.STAT_CONNECTING:
            raise Closed("no address", ssid)
        raise Closed("no network", "%s: %d" % (ssid, status))
