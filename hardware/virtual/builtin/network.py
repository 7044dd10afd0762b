"""Stand-in for `network` by the ESP32 port's network_wlan.c and network_lan.c: what is on the air and at the plug, the bench says.

Only joining is played: once joined, bytes go over the loopback, whatever becomes of the air afterwards.
"""

import json

import copper
from machine import Pin

STA_IF, AP_IF = 0, 1
STAT_BEACON_TIMEOUT, STAT_NO_AP_FOUND, STAT_WRONG_PASSWORD = 200, 201, 202
STAT_ASSOC_FAIL, STAT_HANDSHAKE_TIMEOUT = 203, 204
STAT_IDLE, STAT_CONNECTING, STAT_GOT_IP = 1000, 1001, 1010
ETH_INITIALIZED, ETH_STARTED, ETH_STOPPED, ETH_CONNECTED, ETH_DISCONNECTED, ETH_GOT_IP = 0, 1, 2, 3, 4, 5
PHY_LAN8710, PHY_LAN8720, PHY_IP101, PHY_RTL8201, PHY_DP83848, PHY_KSZ8041, PHY_KSZ8081 = 1, 2, 3, 4, 5, 6, 7


def _ask(*question):
    count = int.from_bytes(copper.send("v", 0, json.dumps(question).encode(), 2), "big")
    return json.loads(copper.more(count))


def _ifconfig(is_joined):
    own = "127.0.0.1" if is_joined else "0.0.0.0"
    return own, "255.0.0.0", own, own


class WLAN:
    IF_STA, IF_AP = 0, 1
    PM_NONE, PM_PERFORMANCE, PM_POWERSAVE = 0, 1, 2

    def __init__(self, interface=STA_IF):
        self._is_active = False
        self._wish = None
        self._config = {"reconnects": 0}

    def active(self, is_active=None):
        if is_active is None:
            return self._is_active
        self._is_active = bool(is_active)
        if not is_active:
            _ask("leave")

    def scan(self):
        if not self._is_active:
            raise OSError("STA must be active")
        return [(ap[0].encode(), bytes.fromhex(ap[1])) + tuple(ap[2:]) for ap in _ask("scan")]

    def connect(self, ssid="", passphrase="", *, bssid=None):
        if not self._is_active:
            raise OSError("Wifi Not Started")
        self._wish = ("join", ssid, passphrase or "", bssid.hex() if bssid else "")
        _ask(*self._wish)

    def disconnect(self):
        self._wish = None
        _ask("leave")

    def isconnected(self):
        return self._is_active and _ask("state")[0] == STAT_GOT_IP

    def status(self, what=None):
        status, rssi = _ask("state")
        if what == "rssi":
            if status != STAT_GOT_IP:
                raise OSError("Wifi Not Connected")
            return rssi
        if what is not None:
            raise ValueError("unknown status param")
        if self._wish and status < STAT_IDLE and not self._config["reconnects"]:
            _ask(*self._wish)  # it tries for ever, and tells nobody why
            return STAT_CONNECTING
        return status

    def config(self, *names, **values):
        self._config.update(values)
        return self._config[names[0]] if names else None

    def ifconfig(self):
        return _ifconfig(self.isconnected())


class LAN:
    def __init__(self, id=0, *, mdc, mdio, phy_type, phy_addr, power=None, reset=None, ref_clk=None, ref_clk_mode=None):
        if not all(isinstance(pin, Pin) for pin in (mdc, mdio, power or mdc, reset or mdc, ref_clk or mdc)):
            raise ValueError("expecting a pin")
        if ref_clk_mode not in (None, Pin.IN, Pin.OUT):
            raise TypeError("ref_clk_mode is Pin.IN or Pin.OUT")
        self._is_active = False

    def active(self, is_active=None):
        if is_active is None:
            return self._is_active
        if is_active and self._is_active:  # esp_eth_start gives ESP_ERR_INVALID_STATE
            raise OSError("ethernet enable failed")
        self._is_active = bool(is_active)

    def isconnected(self):
        return self.status() == ETH_GOT_IP

    def status(self):
        return _ask("cable") if self._is_active else ETH_INITIALIZED

    def ifconfig(self):
        return _ifconfig(self.isconnected())
