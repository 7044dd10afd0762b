"""What a device derives from its secret. Needed once, at the start."""

import binascii
import hashlib

HASH_BLOCK = 64


def password(secret):
    """Hex of HMAC-SHA256 (RFC 2104) under the device's secret: the secret itself never travels. edge/identity.py does the same."""
    raw = binascii.unhexlify(secret)
    key = raw + bytes(HASH_BLOCK - len(raw))
    inner = hashlib.sha256(bytes([b ^ 0x36 for b in key]) + b"mqtt").digest()
    outer = hashlib.sha256(bytes([b ^ 0x5C for b in key]) + inner).digest()
    return binascii.hexlify(outer).decode()
