"""Rules for what visitors press: a ticket at a dispenser, a rating at the pad of a desk. docs/tickets.md says why.

A dispenser gives one ticket for an event, however often the event is sent; one that comes too late gives none, for
whoever pressed has seen that nothing came. A rating may come late, since it names what was asked, but its press may not.
"""

from edge import facts as f
from edge import requests as r
from edge.floor import Device, Floor, title_of
from edge.requests import Refused
from edge.rules import outside, tickets
from edge.wire import AGE_MS_MAX, LATE_MS, RATE_MS


def press(floor: Floor, device: Device, request: r.DeviceEvent) -> list[f.Fact]:
    """Facts of an event of such a device; a refusal is one."""
    why = _late(request)
    if why:
        return [f.PressExpired(desk=device.desk, press=name(request), why=why, at_ms=request.at_ms)]
    try:
        return _rate(floor, device, request) if request.score else _take(floor, device, request)
    except Refused as refusal:
        return [f.PressRefused(desk=device.desk, press=name(request), why=str(refusal), at_ms=request.at_ms)]


def may(device: Device, request: r.DeviceEvent) -> bool:
    """An event of its own kind."""
    return bool(request.door) if device.role == "dispenser" else bool(request.score) and device.role == "rating"


def name(request: r.DeviceEvent) -> str:
    return f"rate {request.score}" if request.score else f"take {request.door}"


def _late(request: r.DeviceEvent) -> str:
    if request.score:
        return "" if request.age_ms is None or request.age_ms <= AGE_MS_MAX else "More than a day ago."
    return "" if request.age_ms is not None and request.age_ms <= LATE_MS else "Too long ago: press again."


def _take(floor: Floor, device: Device, request: r.DeviceEvent) -> list[f.Fact]:
    if request.door > len(device.queues):
        raise Refused("This key gives no tickets.")
    wish = r.IssueTicket(queue=device.queues[request.door - 1], lang=device.lang, at_ms=request.at_ms)  # type: ignore[arg-type]
    (issued,) = tickets.issue(floor, wish)
    assert isinstance(issued, f.TicketIssued)
    printer = floor.outside.get(device.printer)
    if printer is None or printer.sort != "printer":
        return [issued]
    title = title_of(floor.queues[issued.queue], device.lang)
    slip = r.AskSlip(
        job=f"ticket-{issued.contact}",
        printer=device.printer,
        slip="ticket",
        lang=device.lang,  # type: ignore[arg-type]
        text="\n".join((issued.label, title, str(issued.ahead))),
        at_ms=request.at_ms,
    )
    return [issued, *outside.ask_slip(floor, slip)]


def _rate(floor: Floor, device: Device, request: r.DeviceEvent) -> list[f.Fact]:
    served = floor.rateable.get(request.asked)
    if served is None or served.desk != device.desk:
        raise Refused("That is not asked here.")
    if served.score:
        raise Refused("It is rated already.")
    if request.at_ms > served.ended_ms + RATE_MS:
        raise Refused("It is too late to rate that.")
    rated = f.TicketRated(
        contact=served.contact,
        queue=served.queue,
        desk=served.desk,
        ask=request.asked,
        score=request.score,
        at_ms=request.at_ms,
    )
    return [rated]
