"""Rules for what is outside: who answers there, a printer's jobs, the cloud's notices."""

from edge import facts as f
from edge import requests as r
from edge.floor import Floor
from edge.requests import Refused

CLOUD = "cloud:"  # the source of the events that notices are; no device has such a name


def observe(floor: Floor, request: r.ObserveOutside) -> list[f.Fact]:
    known = floor.outside.get(request.name)
    if known and (known.sort, known.why) == (request.sort, request.why):
        return []
    told = {"name": request.name, "sort": request.sort, "at_ms": request.at_ms, "by": request.by}
    return [f.OutsideLost(why=request.why, **told) if request.why else f.OutsideCame(**told)]  # type: ignore[arg-type]


def observe_all(floor: Floor, request: r.ObserveOutsides) -> list[f.Fact]:
    gone = [name for name in floor.outside if name not in request.names]
    return [f.OutsideRemoved(name=name, at_ms=request.at_ms, by=request.by) for name in gone]


def ask_slip(floor: Floor, request: r.AskSlip) -> list[f.Fact]:
    """A job waits even while its printer is lost; one for a printer that the site does not have is refused."""
    printers = sorted(name for name, known in floor.outside.items() if known.sort == "printer")
    if request.printer not in printers:
        raise Refused(f"There is no printer {request.printer}; the site has {', '.join(printers) or 'none'}.")
    if request.job in floor.slips:
        return []
    asked = f.SlipAsked(
        job=request.job,
        printer=request.printer,
        slip=request.slip,
        lang=request.lang,
        text=request.text,
        at_ms=request.at_ms,
        by=request.by,
    )
    return [asked]


def observe_slip(floor: Floor, request: r.ObserveSlip) -> list[f.Fact]:
    if request.job not in floor.slips:
        return []  # told twice, or cancelled while it was being printed
    return [f.SlipPrinted(job=request.job, at_ms=request.at_ms, by=request.by)]


def cancel_slip(floor: Floor, request: r.CancelSlip) -> list[f.Fact]:
    if request.job not in floor.slips:
        raise Refused(f"The job {request.job} does not wait: it is printed, or never was.")
    return [f.SlipCancelled(job=request.job, at_ms=request.at_ms, by=request.by)]


def take_notice(floor: Floor, request: r.TakeNotice) -> list[f.Fact]:
    """A notice that comes after its time stands in the journal, and on no wall."""
    if request.id in floor.noticed:
        return []
    is_next = request.number > floor.mark(
        CLOUD, request.lane
    )  # or the hub has lost the end of its stream, and counts anew
    event = (CLOUD, request.lane, request.number) if is_next else None
    told = {"id": request.id, "at_ms": request.at_ms, "by": request.by}
    taken = f.NoticeTaken(text=request.text, until_ms=request.until_ms, event=event, **told)  # type: ignore[arg-type]
    return [taken, f.NoticeEnded(**told)] if request.until_ms <= request.at_ms else [taken]  # type: ignore[arg-type]


def end_notices(floor: Floor, request: r.Tick) -> list[f.Fact]:
    """Each at its own deadline, whenever that was noticed."""
    return [
        f.NoticeEnded(id=notice.id, at_ms=notice.until_ms, by="clock")
        for notice in floor.notices.values()
        if notice.until_ms <= request.at_ms
    ]
