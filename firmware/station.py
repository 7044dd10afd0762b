"""What every role needs to stand on: the link made from the device file, and the health record each minute."""

import asyncio
import binascii
import gc
import hashlib
from time import ticks_ms

import network
import tls
import wire

import link as links
import mqtt
import outbox

HASH_BLOCK = 64


def link(device, meta):
    """A Link for a device file's contents; the site's certificate is ca.pem beside it."""
    context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    context.verify_mode = tls.CERT_REQUIRED  # type: ignore[attr-defined]  # the stubs lack it
    with open("ca.pem", "rb") as file:
        context.load_verify_locations(file.read())
    device["password"] = password(device["secret"])
    wlan = network.WLAN(network.WLAN.IF_STA)
    return links.Link(wlan, device, mqtt.Session(context), meta, outbox.Outbox(meta["boot"]))


def password(secret):
    """Hex of HMAC-SHA256 (RFC 2104) under the device's secret: the secret itself never travels. edge/identity.py does the same."""
    raw = binascii.unhexlify(secret)
    key = raw + bytes(HASH_BLOCK - len(raw))
    inner = hashlib.sha256(bytes([b ^ 0x36 for b in key]) + b"mqtt").digest()
    outer = hashlib.sha256(bytes([b ^ 0x5C for b in key]) + inner).digest()
    return binascii.hexlify(outer).decode()


async def report(link):
    """Every minute: the health record, and the housekeeping that needs no other clock."""
    minutes = 0
    while True:
        await asyncio.sleep_ms(wire.HEALTH_MS)
        minutes += 1
        link.outbox.forget_ages(ticks_ms())
        link.health(health(link, minutes * (wire.HEALTH_MS // 1000)))


def health(link, up_s):
    late_ms, link.late_ms = link.late_ms, 0
    return {
        "up_s": up_s,
        "rssi": max(-127, min(0, link.rssi())),
        "heap_free": gc.mem_free(),
        "loop_ms": late_ms,
        "outbox": len(link.outbox.held),
        "dropped": link.dropped,
    }
