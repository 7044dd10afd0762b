"""How facts of devices change the floor."""

from typing import Any

import msgspec

from edge import facts as f
from edge.floor import Answer, Command, Device, Floor
from edge.fold import updates

RIVAL_MS = 60_000
"""Two boards under one name drive each other out; one that was provisioned anew comes once."""


def came(floor: Floor, fact: f.DeviceCame) -> None:
    device = floor.devices.setdefault(fact.device, Device(fact.device))
    if not device.online or device.boot != fact.boot or device.id != fact.id:
        device.since_ms = fact.at_ms
    if device.id not in ("", fact.id):  # another board: what was said of the one before does not hold of it
        device.crash, device.crash_boot, device.crash_ms = "", 0, 0
        device.stuck, device.is_sound, device.lost_presses = "", True, 0
        if fact.at_ms - device.came_ms < RIVAL_MS:
            device.rival_ms = fact.at_ms
    device.came_ms = fact.at_ms
    device.online, device.id, device.boot, device.born_role = (
        True,
        fact.id,
        fact.boot,
        fact.role,
    )
    device.hardware, device.firmware, device.cause = (
        fact.hardware,
        fact.firmware,
        fact.cause,
    )
    device.build, device.slot, device.trial, device.state = fact.build, fact.slot, fact.trial, fact.state
    device.update = fact.update
    if fact.crash and (fact.crash, fact.boot) != (device.crash, device.crash_boot):
        device.crash, device.crash_boot, device.crash_ms = fact.crash, fact.boot, fact.at_ms
    updates.here(floor, fact.device)


def lost(floor: Floor, fact: f.DeviceLost) -> None:
    device = floor.devices[fact.device]
    device.online, device.since_ms = False, fact.at_ms
    updates.here(floor, fact.device)


def asked(floor: Floor, fact: f.DeviceAsked) -> None:
    floor.commands[fact.id] = Command(fact.device, fact.cmd, fact.until_ms)


def command_over(floor: Floor, fact: Any) -> None:
    del floor.commands[fact.id]


def command_answered(floor: Floor, fact: f.DeviceAnswered) -> None:
    command = floor.commands.pop(fact.id)
    device = floor.devices.get(command.device)
    if device:
        device.answered, device.said = fact.id, fact.why
        if command.cmd == "selftest":
            device.is_sound = fact.ok
        if command.cmd == "keep" and fact.ok:
            device.trial = False
            updates.here(floor, device.device)


def keys_stuck(floor: Floor, fact: f.KeysStuck) -> None:
    floor.devices[fact.device].stuck = fact.keys


def answered(device: Device, fact: f.Fact, boot: int, seq: int, verdict: str) -> None:
    """What a dispenser or a rating pad is told of its last press. A ticket and its slip are facts of one press."""
    if isinstance(fact, f.SlipAsked):
        device.answer = msgspec.structs.replace(device.answer, slip=True)
    elif isinstance(fact, f.TicketIssued):
        device.answer = Answer(boot, seq, verdict, "", fact.contact, fact.label, fact.queue, fact.ahead)
    else:
        device.answer = Answer(boot, seq, verdict, getattr(fact, "why", ""))


def presses_lost(floor: Floor, fact: f.PressesLost) -> None:
    floor.devices.setdefault(fact.device, Device(fact.device)).lost_presses += fact.count


def set_aside(floor: Floor, fact: f.EventSetAside) -> None:
    if fact.event is not None:
        floor.devices.setdefault(fact.event[0], Device(fact.event[0])).set_aside += 1


def broker_lost(floor: Floor, fact: f.BrokerLost) -> None:
    floor.broker_lost_ms = fact.at_ms


def broker_came(floor: Floor, fact: f.BrokerCame) -> None:
    floor.broker_lost_ms = None
