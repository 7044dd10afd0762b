"""The self-test: each part of the board file is tried, and what was found is said in a line, faults first."""

import asyncio
import gc
import os

import board
from micropython import const

STEP_MS = 400
COLOURS = (  # the lamp and the screen show each, whole
    ("red", (48, 0, 0)),
    ("green", (0, 48, 0)),
    ("blue", (0, 0, 48)),
    ("white", (48, 48, 48)),
)
_CHARS_MAX = const(240)


async def run(station):
    """(whether nothing is wrong, the line)"""
    faults, found = list(station.parts.faults) if station.parts else [], []
    if station.keys:
        if station.keys.stuck:
            faults.append("Stuck: " + station.keys.stuck + ".")
        found.append("%d keys" % len(board.KEYS))
    for colour in COLOURS:
        station.test(colour)
        await asyncio.sleep_ms(STEP_MS)
    station.test(None)
    found.extend([name.lower() for name in ("LAMP", "SCREEN") if hasattr(board, name)])
    if station.parts:
        _parts(station.parts, faults, found)
    screen = getattr(getattr(station, "glance", station), "screen", None)
    if screen and not screen.is_there:
        faults.append("The screen does not answer.")
    faces = getattr(getattr(station, "screen", None), "faces", None)
    if faces:
        faults.extend(faces.faults)
        found.append("%d faces" % len(faces.fonts))
    status = os.statvfs("/")
    found.append("flash %d of %d KB free" % (status[0] * status[3] >> 10, status[1] * status[2] >> 10))
    found.append("%s %d dBm" % (station.link.net.name, station.link.net.rssi()))
    gc.collect()
    found.append("heap %d KB free" % (gc.mem_free() >> 10))
    return not faults, " ".join(faults + [", ".join(found) + "."])[:_CHARS_MAX]


def _parts(parts, faults, found):
    if parts.badge:
        version = parts.badge.version()
        if version:
            found.append("badge reader %x" % version)
        else:
            faults.append("The badge reader no longer answers.")
    if parts.dimmer:
        found.append("light %d" % parts.dimmer.light.level())
    if parts.chime:
        parts.chime.ring()
        found.append("buzzer")
