"""The edge's commands to a device, imported for each: they come seldom."""

import asyncio

from station import once


def do(station, command):
    """Begin it, and answer, at once or when it is done."""
    why, link = "", station.link
    if command["cmd"] == "identify":
        station.identify()
    elif command["cmd"] == "restart":
        asyncio.create_task(once("upkeep").restart(link))
    elif command["cmd"] == "selftest" and station.testing in ("", command["id"]):
        if not station.testing:  # else the same command came again
            station.testing = command["id"]
            asyncio.create_task(_test(station))
        return
    elif command["cmd"] == "selftest":
        why = "Another self-test goes on."
    elif command["cmd"] == "keep":
        why = once("upkeep").kept(link)
    elif command["cmd"] == "update":
        once("upkeep").order(link, command)
        return
    else:
        why = "A " + station.KIND + " cannot do that yet."
    link.reply({"id": command["id"], "ok": not why, "why": why})


async def _test(station):
    ok, why = await once("selftest").run(station)
    id, station.testing = station.testing, ""
    station.link.reply({"id": id, "ok": ok, "why": why})
