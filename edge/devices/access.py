"""Who may sign in at the broker, kept in line with the floor while it runs: Mosquitto's dynamic-security commands."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from edge import broker, identity
from edge.facts import DeviceRegistered, DeviceRevoked, Fact

COMMANDS = broker.CONTROL
ANSWERS = COMMANDS + "/response"
THERE = "already exists"  # how the plugin answers what a broker's start has done already
GONE = "not found"


def commands(facts: Iterable[Fact], site: str, state: Path) -> list[bytes]:
    """One message for each command that these facts ask for, in their order: the plugin takes a packet of 3 KiB at most here."""
    made: list[dict[str, Any]] = []
    for fact in facts:
        if isinstance(fact, DeviceRegistered):
            role, client = broker.device_rules(site, fact.device)
            made += [
                {"command": "createRole", **role},
                {
                    "command": "createClient",
                    **client,
                    "password": identity.password(identity.device_secret(state, fact.device)),
                },
            ]
        elif isinstance(fact, DeviceRevoked):
            made += [
                {"command": "deleteClient", "username": fact.device},
                {"command": "deleteRole", "rolename": fact.device},
            ]
    return [json.dumps({"commands": [each]}, separators=(",", ":")).encode() for each in made]


def refusals(answer: bytes | bytearray) -> list[str]:
    """What of an answer is an error, as sentences; that something is so already is none."""
    try:
        said = json.loads(answer)["responses"]
        wrong = [(each["command"], each["error"]) for each in said if "error" in each]
    except (ValueError, KeyError, TypeError) as error:
        return [f"The broker answered {answer[:80]!r} to a change of its rules: {error!r}."]
    return [
        f"The broker refused {command}: {why}."
        for command, why in wrong
        if THERE not in why.lower() and GONE not in why.lower()
    ]
