"""Starts the role that device.json names, or safe mode, with the boot's number and the cause of the reset."""

import binascii
import hashlib
import json

import machine

import boot

FIRMWARE = "0.1.0"
CAUSES = ("PWRON_RESET", "HARD_RESET", "WDT_RESET", "DEEPSLEEP_RESET", "SOFT_RESET")


def reset_cause():
    cause = machine.reset_cause()
    for name in CAUSES:
        if getattr(machine, name, None) == cause:
            return name[:-6].lower()
    return "unknown"


def build():
    """Which firmware this is: 16 hex digits of its manifest's SHA-256."""
    with open(boot.slot + boot.MANIFEST, "rb") as file:
        return binascii.hexlify(hashlib.sha256(file.read()).digest())[:16].decode()


def prepare():
    """(module of the role, device file, `$meta`); None, and a sentence on the console, if this board was never provisioned."""
    try:
        with open("device.json") as file:
            device = json.load(file)
    except OSError:
        print("Floorboard", FIRMWARE, "is not provisioned: there is no device.json on this board.")
        return None
    number, cause = boot.record["boot"], reset_cause()
    print("Floorboard", FIRMWARE, device["role"], device["name"], "boot", number, "(" + cause + ")")
    meta = {
        "firmware": FIRMWARE,
        "hardware": device["board"],
        "role": device["role"],
        "boot": number,
        "cause": cause,
        "slot": boot.slot,
        "id": device["id"],
        "build": build(),
        "trial": bool(boot.record["trial"]) and not boot.is_safe,
        "crash": boot.crash(),
        "update": boot.record["said"],
    }
    name = "safe" if boot.is_safe else "roles." + device["role"]
    return __import__(name, None, None, ("run",)), device, meta
