"""Stand-in for `network`: a station that the loopback has already joined."""


class WLAN:
    IF_STA = 0

    def __init__(self, interface):
        self._is_active = self._is_joined = False

    def active(self, is_active=None):
        if is_active is None:
            return self._is_active
        self._is_active = is_active

    def connect(self, ssid="", passphrase=""):
        self._is_joined = self._is_active

    def disconnect(self):
        self._is_joined = False

    def isconnected(self):
        return self._is_joined

    def status(self, what):
        return -50
