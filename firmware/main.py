"""Starts the role that device.json names, with the boot counter and the cause of the reset."""

import asyncio
import json
import os
import random

import machine

FIRMWARE = "0.1.0"
COUNTER = "boot.count"
CAUSES = ("PWRON_RESET", "HARD_RESET", "WDT_RESET", "DEEPSLEEP_RESET", "SOFT_RESET")


def count_boot():
    """This boot's number: one more than the last. Written beside and renamed, so that a power cut leaves one or the other."""
    try:
        with open(COUNTER) as file:
            boot = int(file.read()) + 1
    except OSError:  # never started: provisioning gave it an id of its own, so 1 is free
        boot = 1
    except ValueError:  # unreadable: no boot may be used twice, so go on far above
        boot = (1 << 28) + random.getrandbits(28)
    with open(COUNTER + ".new", "w") as file:
        file.write(str(boot))
    os.rename(COUNTER + ".new", COUNTER)
    return boot


def reset_cause():
    cause = machine.reset_cause()
    for name in CAUSES:
        if getattr(machine, name, None) == cause:
            return name[:-6].lower()
    return "unknown"


def start():
    """Run the role for ever; give up, in one sentence on the console, when this board has not been told what it is."""
    try:
        with open("device.json") as file:
            device = json.load(file)
    except OSError:
        print("Floorboard", FIRMWARE, "is not provisioned: there is no device.json on this board.")
        return
    boot, cause = count_boot(), reset_cause()
    print("Floorboard", FIRMWARE, device["role"], device["name"], "boot", boot, "(" + cause + ")")
    meta = {
        "firmware": FIRMWARE,
        "hardware": device["board"],
        "role": device["role"],
        "boot": boot,
        "cause": cause,
        "slot": "a",
        "id": device["id"],
    }
    role = __import__("roles." + device["role"], None, None, ("run",))
    asyncio.run(role.run(device, meta))


start()
