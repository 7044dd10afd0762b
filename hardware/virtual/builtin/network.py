"""Stand-in for `network`: a station that the loopback has already joined."""

STA_IF, AP_IF = 0, 1
STAT_BEACON_TIMEOUT, STAT_NO_AP_FOUND, STAT_WRONG_PASSWORD, STAT_ASSOC_FAIL, STAT_HANDSHAKE_TIMEOUT = (
    200,
    201,
    202,
    203,
    204,
)
STAT_IDLE, STAT_CONNECTING, STAT_GOT_IP = 1000, 1001, 1010
MADE_UP_RSSI = -50


class WLAN:
    IF_STA, IF_AP = 0, 1
    PM_NONE, PM_PERFORMANCE, PM_POWERSAVE = 0, 1, 2

    def __init__(self, interface=STA_IF):
        self._is_active = self._is_joined = False
        self._config = {}

    def active(self, is_active=None):
        if is_active is None:
            return self._is_active
        self._is_active = bool(is_active)
        self._is_joined = self._is_joined and self._is_active

    def connect(self, ssid="", passphrase="", *, bssid=None):
        self._is_joined = self._is_active

    def disconnect(self):
        self._is_joined = False

    def isconnected(self):
        return self._is_joined

    def status(self, what=None):
        if what == "rssi":
            return MADE_UP_RSSI
        if what is not None:
            raise ValueError("unknown status param")
        return STAT_GOT_IP if self._is_joined else STAT_IDLE

    def config(self, *names, **values):
        self._config.update(values)
        return self._config[names[0]] if names else None

    def ifconfig(self):
        own = "127.0.0.1" if self._is_joined else "0.0.0.0"
        return own, "255.0.0.0", own, own
