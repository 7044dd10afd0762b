"""Starts the role that device.json names, or safe mode, with the boot's number and the cause of the reset."""

import asyncio
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


def run():
    """Run the role for ever; give up, in one sentence on the console, when this board has not been told what it is."""
    try:
        with open("device.json") as file:
            device = json.load(file)
    except OSError:
        print("Floorboard", FIRMWARE, "is not provisioned: there is no device.json on this board.")
        return
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
    }
    role = __import__("roles." + device["role"], None, None, ("run",))
    asyncio.run(role.run(device, meta))
