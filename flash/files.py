"""The files on a board that runs MicroPython, by mpremote: what is there, and what is brought when it differs."""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Any

from flash import program
from flash.program import Fault

ASK_S, SEND_S = 60.0, 900.0  # a board's fonts are a megabyte, at some 5 KB a second
FORGET = """
import sys
if "boot" in sys.modules:
    sys.modules["boot"].proved()
"""  # failed starts and a trial were the old files'
PATIENT = """
import machine
machine.WDT(timeout=3_600_000)
"""  # our firmware's watchdog runs on at the prompt, and would bite after half a minute
SLOTS, MANIFEST = ("a/", "b/"), "/manifest"
QUESTION = """
import binascii, hashlib, json, machine, os, sys
files, buffer = {}, bytearray(512)
def look(path):
    for entry in os.ilistdir(path or "/"):
        name = path + entry[0]
        if entry[1] == 0x4000:
            files[name + "/"] = ""
            look(name + "/")
            continue
        made = hashlib.sha256()
        with open(name, "rb") as file:
            while True:
                count = file.readinto(buffer)
                if not count:
                    break
                made.update(memoryview(buffer)[:count])
        files[name] = binascii.hexlify(made.digest()).decode()
def line(name, begin):
    try:
        with open(name) as file:
            for text in file:
                if text.startswith(begin):
                    return text
    except OSError:
        return ""
    return ""
look("")
device = None
if "device.json" in files:
    with open("device.json") as file:
        try:
            held = json.load(file)
            device = {key: held.get(key, "") for key in ("site", "name", "role", "board", "id")}
        except ValueError:
            pass
is_plain = True
if "boot.py" in files:
    with open("boot.py") as file:
        is_plain = all([text.startswith("#") or not text.strip() for text in file])
mac = binascii.hexlify(machine.unique_id()).decode()
slot = "a"
if "boot.json" in files:
    with open("boot.json") as file:
        try:
            slot = json.load(file)["slot"]
        except (ValueError, KeyError, TypeError):
            pass
firmware = line(slot + "/manifest", "floorboard-") or line("a/manifest", "floorboard-") or line("b/manifest", "floorboard-")
if "boot" in sys.modules:
    boot = sys.modules["boot"]
    if boot.record["fails"] and not boot.record["trial"]:
        boot.record["fails"] = max(0, boot.record["fails"] - 3)
        boot.keep()
crash = ""
if "crash.txt" in files:
    with open("crash.txt") as file:
        crash = file.read(400)
micropython = "%d.%d.%d" % sys.implementation[1][:3]
told = {"files": files, "device": device, "firmware": firmware, "plain_boot": is_plain, "mac": mac}
told.update({"crash": crash, "micropython": micropython})
print(json.dumps(told))
"""  # The secret in device.json stays on the board. Three failed starts are ours: the one that was cut, this one, and what boot.py
# counts for the question itself.


def ask(port: str) -> dict[str, Any] | None:
    """{"files": {path: SHA-256, folder/: ""}, "device", "firmware", "plain_boot", "mac", "crash", "micropython"}, or None if no
    MicroPython answers.

    The board stands at its prompt then, until a reset."""
    code, said = program.run("mpremote", ["connect", port, "exec", QUESTION], timeout_s=ASK_S)
    try:
        answer = json.loads(said.strip().rpartition("\n")[2]) if code == 0 else None
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def bring(
    port: str, there: Mapping[str, str], wanted: Mapping[str, bytes], tell: Callable[[float], object]
) -> list[str]:
    """Send what differs from what is `there` (of `ask`), check all by hash; gives the paths sent, last those with secrets.

    What of ours is wanted no more goes: an old module would be imported, an old slot started. A slot's manifest goes first and
    comes last, so that it never stands in half a slot. Fault if it did not arrive."""
    changed, stale = differing(there, wanted)
    if not changed and not stale and "boot.json" not in there:
        return []
    folders = sorted({f"{folder}/" for name in changed for folder in _folders(name)} - set(there))
    with program.in_memory([wanted[name] for name in changed]) as files:
        steps = [["exec", PATIENT]]
        steps += [["fs", "rm", f":{name}"] for name in changed if name.endswith(MANIFEST) and name in there]
        steps += [["fs", "mkdir", f":{folder[:-1]}"] for folder in folders]
        steps += [["fs", "cp", program.path(file), f":{name}"] for name, file in zip(changed, files, strict=True)]
        steps += [["fs", "rm", f":{name}"] for name in stale]
        if "boot.json" in there:
            steps.append(["exec", FORGET])
        line, sent = ["connect", port, *_chained(steps)], 0

        def heard(text: str) -> None:
            nonlocal sent
            sent += text.startswith(("cp ", "rm ", "mkdir "))
            tell(min(1.0, sent / len(steps)))

        code, said = program.run("mpremote", line, timeout_s=SEND_S, files=files, heard=heard)
    now = (ask(port) or {}).get("files", {}) if code == 0 else {}
    if differing(now, wanted)[0]:
        why = said.strip().rpartition("\n")[2] or "it took too long"
        raise Fault(f"The files did not arrive whole ({why if code else 'another hash'}); do it again.")
    return changed


def differing(there: Mapping[str, str], wanted: Mapping[str, bytes]) -> tuple[list[str], list[str]]:
    """What is to be sent, and what is to go, each in the order in which that is done."""
    names = sorted(wanted, key=lambda name: (name == "device.json", name.endswith(MANIFEST), name))
    stale = [name for name in there if _is_ours(name) and name not in wanted]
    stale.sort(key=lambda name: not name.endswith(MANIFEST))
    return [name for name in names if there.get(name) != _hash(wanted[name])], stale


def restart(port: str) -> None:
    code, said = program.run("mpremote", ["connect", port, "reset"], timeout_s=ASK_S)
    if code:
        raise Fault(f"The board did not restart ({said.strip().rpartition(chr(10))[2]}); pull its plug.")


def _is_ours(name: str) -> bool:
    return name.endswith((".mpy", ".fbf")) or (name.startswith(SLOTS) and not name.endswith("/"))


def _chained(steps: list[list[str]]) -> list[str]:
    return [word for step in steps for word in (*step, "+")][:-1]


def _folders(name: str) -> list[str]:
    return [str(folder) for folder in PurePosixPath(name).parents if folder.name]


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
