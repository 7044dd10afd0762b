"""Who may sign in at the broker, kept in line with the floor while it runs: Mosquitto's dynamic-security commands."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from edge import broker, identity

COMMANDS = broker.CONTROL
ANSWERS = COMMANDS + "/response"
LIST = b'{"commands":[{"command":"listClients"}]}'
THERE = "already exists"  # how the plugin answers what a broker's start has done already
GONE = "not found"


def commands(come: Iterable[str], gone: Iterable[str], site: str, state: Path) -> list[bytes]:
    """One message for each command that lets these devices in, those no more: the broker takes packets of 3 KiB at most."""
    made: list[dict[str, Any]] = []
    for name in come:
        role, client = broker.device_rules(site, name)
        password = identity.password(identity.device_secret(state, name))
        made += [{"command": "createRole", **role}, {"command": "createClient", **client, "password": password}]
    for name in gone:
        made += [{"command": "deleteClient", "username": name}, {"command": "deleteRole", "rolename": name}]
    return [json.dumps({"commands": [each]}, separators=(",", ":")).encode() for each in made]


def listed(answer: bytes | bytearray) -> set[str] | None:
    """The devices whom the broker lets in, of the answer to LIST; None of another answer."""
    responses = _responses(answer)
    lists = [each["data"]["clients"] for each in responses if each.get("command") == "listClients" and "data" in each]
    return set(lists[0]) - {"edge"} if lists else None


def refusals(answer: bytes | bytearray) -> list[str]:
    """What of an answer is an error, as sentences; that something is so already is none."""
    wrong = [(each.get("command", "a command"), each["error"]) for each in _responses(answer) if "error" in each]
    return [
        f"The broker refused {command}: {why}."
        for command, why in wrong
        if THERE not in why.lower() and GONE not in why.lower()
    ]


def _responses(answer: bytes | bytearray) -> list[dict[str, Any]]:
    """The plugin's own words, as mosquitto_ctrl reads them too; a broker that says anything else is none of ours."""
    responses: list[dict[str, Any]] = json.loads(answer)["responses"]
    return responses
