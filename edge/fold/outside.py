"""How facts of what is outside change the floor: lights, signs, printers and their jobs, the cloud and its notices."""

from typing import Any

from edge import facts as f
from edge.floor import NOTICED_MAX, Floor, Notice, Outside, Slip


def came(floor: Floor, fact: f.OutsideCame) -> None:
    floor.outside[fact.name] = Outside(fact.name, fact.sort, fact.at_ms)


def lost(floor: Floor, fact: f.OutsideLost) -> None:
    before = floor.outside.get(fact.name)
    since_ms = before.since_ms if before and before.why else fact.at_ms  # another reason is no other loss
    floor.outside[fact.name] = Outside(fact.name, fact.sort, since_ms, fact.why)


def removed(floor: Floor, fact: f.OutsideRemoved) -> None:
    del floor.outside[fact.name]


def slip_asked(floor: Floor, fact: f.SlipAsked) -> None:
    floor.slips[fact.job] = Slip(fact.job, fact.printer, fact.slip, fact.lang, fact.text, fact.at_ms)


def slip_over(floor: Floor, fact: Any) -> None:
    del floor.slips[fact.job]


def notice_taken(floor: Floor, fact: f.NoticeTaken) -> None:
    floor.notices[fact.id] = Notice(fact.id, fact.text, fact.until_ms)
    floor.noticed[fact.id] = None
    if len(floor.noticed) > NOTICED_MAX:
        del floor.noticed[next(iter(floor.noticed))]


def notice_ended(floor: Floor, fact: f.NoticeEnded) -> None:
    del floor.notices[fact.id]
