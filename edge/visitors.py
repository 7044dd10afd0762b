"""Views of the devices at which visitors press: what a dispenser's doors and a rating pad show (wire.SHAPES)."""

from typing import Any

from edge import hours, lines
from edge.floor import Device, Floor, Queue, title_of
from edge.wire import DOORS_MAX

TITLE_CHARS_MAX = 24
NUMBER_CHARS_MAX = 12
WHY_CHARS_MAX = 80
Day = tuple[int, int]
NOT_THERE = {"title": "–", "state": "shut", "opens": "", "waiting": 0, "wait_min": None}


def dispenser(floor: Floor, device: Device, now_ms: int, day: Day) -> dict[str, Any]:
    """What it is, and what became of its last press."""
    answer = device.answer
    queue, known = floor.queues.get(answer.queue), floor.contacts.get(answer.contact)
    waits = known is not None and queue is not None and known.contact in queue.waiting
    wait_s = lines.wait_s(floor, queue, answer.ahead, now_ms, day) if queue and waits else None
    return {
        "lang": device.lang,
        "doors": min(len(device.queues), DOORS_MAX),
        "boot": answer.boot,
        "seq": answer.seq,
        "verdict": answer.verdict,
        "why": answer.why[:WHY_CHARS_MAX],
        "number": answer.label[:NUMBER_CHARS_MAX],
        "title": title_of(queue, device.lang)[:TITLE_CHARS_MAX] if queue else "",
        "ahead": answer.ahead,
        "wait_min": _minutes(wait_s),
        "slip": answer.slip,
    }


def doors(floor: Floor, device: Device, now_ms: int, day: Day) -> list[dict[str, Any]]:
    """One for each of its keys, in their order."""
    queues = [floor.queues.get(name) for name in device.queues[:DOORS_MAX]]
    return [_door(floor, queue, device.lang, now_ms, day) if queue else NOT_THERE for queue in queues]


def _door(floor: Floor, queue: Queue, lang: str, now_ms: int, day: Day) -> dict[str, Any]:
    door = lines.door(floor, queue, now_ms, day)
    return {
        "title": title_of(queue, lang)[:TITLE_CHARS_MAX],
        "state": door["bar"] or "open",
        "opens": _opens(floor.timezone, door["opens_ms"], now_ms),
        "waiting": door["waiting"],
        "wait_min": _minutes(door["wait_s"]),
    }


def _minutes(wait_s: int | None) -> int | None:
    """Whole ones, rounded up: nobody is promised less than was meant, and the display does not change each second."""
    return None if wait_s is None else -(-wait_s // 60)


def _opens(zone: str, opens_ms: int | None, now_ms: int) -> str:
    if opens_ms is None:
        return ""
    date, at = hours.day(zone, opens_ms), hours.clock(zone, opens_ms)
    return at if date == hours.day(zone, now_ms) else f"{date[5:]} {at}"


def rating(floor: Floor, device: Device, now_ms: int) -> dict[str, Any]:
    """What a pad asks now, and what became of its last press."""
    desk = floor.desks.get(device.desk)
    ask = desk.ask if desk else 0
    served = floor.rateable.get(ask)
    return {
        "lang": device.lang,
        "ask": ask if served else 0,
        "number": served.label[:NUMBER_CHARS_MAX] if served else "",
        "age_s": max(0, now_ms - served.ended_ms) // 1000 if served else None,
        "boot": device.answer.boot,
        "seq": device.answer.seq,
        "verdict": device.answer.verdict,
    }
