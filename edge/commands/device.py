"""`floorboard device`: what the floor knows of its devices, for a technician."""

import argparse
import json
import textwrap
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from edge.asking import Asking, Away, Unsure
from edge.commands import Stop, command, state
from edge.commands.serving import floor_of
from edge.floor import Device, Floor

NOTE_CHARS = 52
CRASH_CHARS = 400  # a device cuts it there: firmware/boot.py
WEAK_DBM = -75  # below it Wi-Fi begins to lose packets
LAN = "lan"  # firmware/lan.py's name for its network
Health = dict[str, dict[str, Any]]


def add(commands: Any) -> None:
    device = command(
        commands,
        "device",
        "Show what the floor knows of its devices: firmware, signal, memory, last start, last crash.",
        """floorboard device list --state state
        floorboard device show desk-3 --state state --json""",
    )
    actions = device.add_subparsers(title="actions", metavar="ACTION", required=True)
    listed = command(
        actions,
        "list",
        "One line for each device.",
        "floorboard device list --state state",
    )
    shown = command(actions, "show", "All that is known of one device.", "floorboard device show desk-3 --state state")
    shown.add_argument("name", metavar="NAME", help="of the device")
    for parser, run in ((listed, run_list), (shown, run_show)):
        state(parser)
        parser.add_argument("--json", action="store_true", help="one JSON object")
        parser.set_defaults(run=run)


def run_list(args: argparse.Namespace) -> int:
    floor, health = floor_of(args.state), _health(args.state)
    devices = [device for device in floor.devices.values() if device.role]
    if args.json:
        print(json.dumps({"devices": [_row(device, health) for device in devices]}, ensure_ascii=False))
        return 0
    for device in sorted(devices, key=lambda device: device.device):
        runs = f"{device.firmware:8} {device.build[:8]:8}"
        signal = _signal(_present(device, health))
        print(f"{device.device:16} {device.role:10} {now_of(device):9} {runs} {signal:8} {_note(device)}".rstrip())
    return 0


def run_show(args: argparse.Namespace) -> int:
    floor, health = floor_of(args.state), _health(args.state)
    device = floor.devices.get(args.name)
    if device is None:
        raise Stop(f"There is no device {args.name}.")
    if args.json:
        print(json.dumps(_row(device, health), ensure_ascii=False))
        return 0
    for word, said in [*_said(floor, device), *_well(floor, _present(device, health))]:
        if said:
            print(f"{word:12} {said}")
    return 0


def now_of(device: Device) -> str:
    """What it is, in a word."""
    return device.state if device.online else "lost" if device.id else "never"


def _health(state: Path) -> Health:
    """Of all devices, as they said last; nothing if the floor is not served."""
    try:
        return Asking(state).health()
    except (Away, Unsure):
        return {}


def _present(device: Device, health: Health) -> dict[str, Any]:
    """What it said last, if it is there now; else nothing, since nothing of it need hold."""
    return health.get(device.device, {}) if device.online else {}


def _row(device: Device, health: Health) -> dict[str, Any]:
    """As JSON: with `health` as docs/wire.md has it and `at_ms`, or null."""
    return {**msgspec.to_builtins(device), "health": _present(device, health) or None}


def _signal(health: dict[str, Any]) -> str:
    if not health:
        return ""
    return LAN if health["net"] == LAN else f"{health['rssi']} dBm"


def _well(floor: Floor, health: dict[str, Any]) -> list[tuple[str, str]]:
    if not health:
        return []
    weak = ", weak: bring it nearer to an access point" if health["net"] != LAN and health["rssi"] < WEAK_DBM else ""
    at = f" at {health['ap']}" if health["ap"] else ""
    kept = f"{health['outbox']} waiting, {health['spilled']} of them on flash" if health["outbox"] else ""
    return [
        ("network", f"{health['net']}{at}, {_signal(health)}{weak}" if health["net"] != LAN else "cable"),
        ("memory", f"{health['heap_free'] // 1024} KB free"),
        ("loop", f"{health['loop_ms']} ms late at worst" if health["loop_ms"] else ""),
        ("presses", kept),
        ("trouble", f"{health['why']}, last" if health["why"] else ""),
        ("up", f"{health['up_s'] // 3600} h {health['up_s'] // 60 % 60} min (told {_at(floor, health['at_ms'])})"),
    ]


def _note(device: Device) -> str:
    text = "; ".join(text for text in ("on trial" if device.trial else "", _crash(device)) if text)
    return textwrap.shorten(text, NOTE_CHARS, placeholder=" …")


def _crash(device: Device) -> str:
    """Whole words."""
    is_cut = len(device.crash) >= CRASH_CHARS and " " in device.crash
    return f"{device.crash.rsplit(' ', 1)[0]} …" if is_cut else device.crash


def _said(floor: Floor, device: Device) -> list[tuple[str, str]]:
    trial = " on trial" if device.trial else ""
    update = floor.rollout.updates.get(device.device) if floor.rollout else None
    return [
        ("device", f"{device.device}, {device.role} {device.desk or device.board}".rstrip()),
        ("is", f"{now_of(device)}, since {_at(floor, device.since_ms)}" if device.since_ms else now_of(device)),
        (
            "firmware",
            f"{device.firmware} in slot {device.slot}{trial}, build {device.build}" if device.firmware else "",
        ),
        ("board", device.hardware),
        ("start", f"{device.boot}, {device.cause}" if device.boot else ""),
        ("crash", f"{_crash(device)} (told {_at(floor, device.crash_ms)})" if device.crash else ""),
        ("update", " ".join(text for text in (update.state if update else "", device.update) if text)),
        ("lost presses", str(device.lost_presses or "")),
    ]


def _at(floor: Floor, at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1000, ZoneInfo(floor.timezone)).strftime("%Y-%m-%d %H:%M:%S")
