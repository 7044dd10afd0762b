"""Upkeep: what a start has to prove, restarts that lose no press, and orders of new firmware.

A start has to last a minute; new firmware on trial is kept by the edge's word, once it has been seen there.
"""

import asyncio
import gc
import os
import sys

import machine
from micropython import const

import boot

TRIAL_MINUTES = (
    10  # without the edge's word new firmware goes back, but is not condemned: the edge may ask for it again
)
_SAFE_MINUTES = const(10)  # then the role is tried once more
_EMPTY_MS = const(10_000)  # for what is held to be acknowledged before a restart; then it goes to flash
LOOK_MS = 250
_SAY_MS = const(300)  # for the last answer to get out


def minute(link, minutes):
    """To be called each minute until the start is proved, on trial, in safe mode, and while the birth tells how something ended: so
    many have passed since the start."""
    if link.order is None:  # else the record may be the next start's already
        _prove(link, minutes)
        if link.is_ready:
            _forget(link.meta)


def _prove(link, minutes):
    if boot.is_safe:
        if minutes >= _SAFE_MINUTES:
            link.outbox.save()
            once_more()
            machine.reset()
    elif boot.record["trial"]:
        if minutes >= TRIAL_MINUTES:
            link.outbox.save()
            boot.back(boot.record, "It did not reach the edge.")
            boot.keep()
            machine.reset()
    else:
        boot.proved()


def kept(link):
    """The edge has seen this firmware and keeps it. The sentence why not, or ""."""
    if boot.is_safe:
        return "This device is in safe mode."
    if link.order:
        return "Another update goes on."
    boot.proved()
    link.meta["trial"] = False
    return ""


def order(link, command):
    """Begin an update, unless it goes on already; it is answered when it has failed, or at once if there is nothing to do."""
    if command["build"] == link.meta["build"] and not boot.is_safe:
        link.reply({"id": command["id"], "ok": True, "why": ""})
    elif link.order is None and boot.record["trial"]:  # the other slot is the only good one
        link.reply({"id": command["id"], "ok": False, "why": "This device is on trial."})
    elif link.order is None:
        link.order = command
        asyncio.create_task(_update(link))
    elif link.order["build"] == command["build"]:
        link.order = command  # the edge asks again
    else:
        link.reply({"id": command["id"], "ok": False, "why": "Another update goes on."})


async def _update(link):
    gc.collect()
    import update

    gc.collect()  # what its loading left: a desk unit's heap has room for the code, but not for much besides
    why = await update.Update(link, link.order).run()
    if not why:
        await restart(link)
    link.reply({"id": link.order["id"], "ok": False, "why": why})
    link.order = None
    update.say_state(link, "safe" if boot.is_safe else "ready")  # after the answer: the edge orders again who is ready
    for name in ("update", "secret"):
        sys.modules.pop(name, None)
    gc.collect()


def once_more():
    """From safe mode: the next start tries the role; if it does not last, the one after that is in safe mode again."""
    boot.record["fails"] = boot.FAILS_MAX - 1
    boot.keep()


async def restart(link):
    """When what is held has been acknowledged, or after a while."""
    await asyncio.sleep_ms(_SAY_MS)
    for _ in range(_EMPTY_MS // LOOK_MS):
        if not (link.is_ready and link.outbox.held):
            break
        await asyncio.sleep_ms(LOOK_MS)
    link.outbox.save()
    if link.is_ready:
        _forget(link.meta)
    if boot.is_safe:
        once_more()
    machine.reset()


def _forget(meta):
    """What this birth tells has been told: the next one must not tell it again."""
    if meta["crash"]:
        try:
            os.remove(boot.CRASH)
        except OSError:  # it is gone already
            pass
    if boot.record["said"]:
        boot.record["said"] = ""
        boot.keep()
    meta["crash"] = meta["update"] = ""
