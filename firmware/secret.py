"""What a device derives from its secret, which itself never travels: HMAC-SHA256 (RFC 2104). edge/identity.py does the same.

Imported at the start and during an update, and forgotten.
"""

import binascii
import hashlib

from micropython import const

_HASH_BLOCK = const(64)


class Keyed:
    """As hashlib's: `update` any number of times, then `digest` once. The key is at most a block."""

    def __init__(self, key):
        self._key = key + bytes(_HASH_BLOCK - len(key))
        self._inner = hashlib.sha256(bytes([b ^ 0x36 for b in self._key]))
        self.update = self._inner.update

    def digest(self):
        outer = hashlib.sha256(bytes([b ^ 0x5C for b in self._key]))
        outer.update(self._inner.digest())
        return outer.digest()


def derived(secret, label):
    """A key of 32 bytes: of the secret's 64 hex digits."""
    keyed = Keyed(binascii.unhexlify(secret))
    keyed.update(label)
    return keyed.digest()


def password(secret):
    """Hex: what signs in to the broker."""
    return binascii.hexlify(derived(secret, b"mqtt")).decode()
