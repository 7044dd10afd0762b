"""Views: what lamps and pages show, as pure projections of the floor."""

from collections.abc import Collection, Iterator
from typing import Any

from edge.figures import Sums, last_ms, service_level, share, total
from edge.floor import (
    Agent,
    Contact,
    Desk,
    Floor,
    Outside,
    Queue,
    Reason,
    aloud,
    asked,
    in_service,
    presence,
    ready_for,
    works_for,
)

WHY_CHARS_MAX = 80
NUMBER_CHARS_MAX = 12
RIVALS_SHOWN_MS = 120_000


def lamp(floor: Floor, desk: Desk, now_ms: int) -> dict[str, Any]:
    """`show/lamp` of a desk unit, but for epoch and rev (wire.SHAPES)."""
    agent = floor.agents.get(desk.agent)
    help = aloud(desk)
    return {
        "presence": presence(floor, agent) if agent else "signed_out",
        "age_s": max(0, now_ms - agent.since_ms) // 1000 if agent else None,
        "help": help[0].state if help else "none",
        "boot": desk.boot,
        "seq": desk.seq,
        "verdict": desk.verdict,
        "why": desk.why[:WHY_CHARS_MAX],
        "number": ticket.label[:NUMBER_CHARS_MAX] if (ticket := _ticket_at(floor, agent)) else "",
        "lang": unit.lang if (unit := floor.devices.get(desk.device)) else "en",
    }


def _ticket_at(floor: Floor, agent: Agent | None) -> Contact | None:
    """Of the visitor who is with the agent now."""
    tickets = [floor.contacts[c] for c in agent.contacts if floor.contacts[c].channel == "ticket"] if agent else []
    return tickets[-1] if tickets else None


def counter(floor: Floor, desk: Desk, lang: str) -> dict[str, Any]:
    """`show/counter`, but for epoch and rev. Visitors see the number that is called or served here, never why nobody serves."""
    agent = floor.agents.get(desk.agent)
    if agent is None:
        return {"number": "", "state": "closed", "announcement": 0, "lang": lang}
    ticket = _ticket_at(floor, agent)
    state = COUNTERS.get(presence(floor, agent), "away")
    return {
        "number": ticket.label[:NUMBER_CHARS_MAX] if ticket else "",
        "state": state,
        "announcement": ticket.announced if ticket and state == "called" else 0,
        "lang": lang,
    }


COUNTERS = {"ready": "open", "called": "called", "serving": "serving", "hold": "serving"}


def floor_page(floor: Floor, now_ms: int, day: tuple[int, int]) -> dict[str, Any]:
    """All that /floor shows. Times are ms since 1970 UTC, so that the page counts ages by itself; shares are 0…1 or None."""
    at_desks = [_desk(floor, desk) for desk in sorted(floor.desks.values(), key=_desk_order)]
    elsewhere = [a for a in floor.agents.values() if a.signed_in and not a.desk]
    return {
        "now_ms": now_ms,
        "seq": floor.seq,
        "desks": at_desks,
        "phones": [_agent(floor, agent) for agent in sorted(elsewhere, key=lambda a: a.agent)],
        "queues": [
            _queue(floor, queue, now_ms, day)
            for queue in sorted(floor.queues.values(), key=lambda q: (not q.letter, q.letter, q.queue))
        ],
        "help": sorted(_helps(floor), key=lambda h: (h["help"] != "safety", h["raised_ms"])),
        "agents": [
            {"agent": a.agent, "name": a.name or a.agent}
            for a in sorted(floor.agents.values(), key=lambda a: (a.name or a.agent, a.agent))
            if not a.signed_in
        ],
        "alarms": _alarms(floor, now_ms),
    }


def but_silent(page: dict[str, Any]) -> dict[str, Any]:
    """Of `floor_page` what is seen by those who are not to see safety help."""

    def spoken(helps: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [help for help in helps if help["help"] != "safety"]

    return page | {
        "desks": [desk | {"help": spoken(desk["help"])} for desk in page["desks"]],
        "help": spoken(page["help"]),
    }


def floor_staff(floor: Floor, queues: Collection[str]) -> frozenset[str]:
    """Agents who work for one of these queues."""
    known = [floor.queues[name] for name in queues if name in floor.queues]
    return frozenset(a.agent for a in floor.agents.values() if any(works_for(a, queue) for queue in known))


def of_queues(page: dict[str, Any], queues: Collection[str], staff: Collection[str]) -> dict[str, Any]:
    """Of `floor_page` what a tenant sees: its queues, and the names and states of those who work for them, but no reasons;
    nothing of others."""

    def agent(shown: dict[str, Any]) -> dict[str, Any]:
        contacts = [c for c in shown["contacts"] if c["queue"] in queues]
        return shown | {
            "contacts": contacts,
            "reason": "",
            "reason_titles": ["", ""],
            "allowed_until_ms": None,
            "planned": None,
        }

    desks = [desk for desk in page["desks"] if desk["agent"] and desk["agent"]["agent"] in staff]
    return page | {
        "desks": [desk | {"agent": agent(desk["agent"]), "help": [], "device": None, "refused": ""} for desk in desks],
        "phones": [agent(phone) for phone in page["phones"] if phone["agent"] in staff],
        "queues": [queue for queue in page["queues"] if queue["queue"] in queues],
        "help": [],
        "agents": [],
        "alarms": [],
        "attendance": None,
    }


def _helps(floor: Floor) -> Iterator[dict[str, Any]]:
    for desk in floor.desks.values():
        agent = floor.agents.get(desk.agent)
        for kind, help in desk.help.items():
            yield {
                "asked": asked(floor, desk, kind) if help.state == "raised" else "",
                "helper": help.helper,
                "desk": desk.desk,
                "name": agent.name or agent.agent if agent else "",
                "help": kind,
                "state": help.state,
                "raised_ms": help.raised_ms,
                "since_ms": help.since_ms,
            }


def _desk_order(desk: Desk) -> tuple[int, str]:
    """2 before 10."""
    return (int(desk.desk) if desk.desk.isdecimal() else 1 << 30), desk.desk


def _desk(floor: Floor, desk: Desk) -> dict[str, Any]:
    agent, device = floor.agents.get(desk.agent), floor.devices.get(desk.device)
    help = [
        {"help": k, "state": h.state, "raised_ms": h.raised_ms, "since_ms": h.since_ms} for k, h in desk.help.items()
    ]
    unit = {
        "name": desk.device,
        "online": bool(device and device.online),
        "since_ms": (device.since_ms or None) if device else None,  # None: never seen
    }
    if floor.broker_lost_ms is not None:
        unit |= {"online": False, "since_ms": floor.broker_lost_ms}
    return {
        "desk": desk.desk,
        "team": desk.team,
        "agent": _agent(floor, agent) if agent else None,
        "help": help,
        "device": unit if desk.device else None,
        "refused": desk.why if desk.verdict in ("refused", "expired") else "",
    }


def _agent(floor: Floor, agent: Agent) -> dict[str, Any]:
    contacts = [floor.contacts[c] for c in agent.contacts]
    reason = floor.reasons.get(agent.reason)
    return {
        "agent": agent.agent,
        "name": agent.name or agent.agent,
        "reason_titles": [reason.title, reason.title_zh] if reason else ["", ""],
        "allowed_until_ms": _allowed_until_ms(floor, agent, reason),
        "presence": presence(floor, agent),
        "reason": agent.reason,
        "since_ms": agent.since_ms,
        "after": _after(floor, agent),
        "contacts": [{"contact": c.label or c.contact, "queue": c.queue, "since_ms": c.since_ms} for c in contacts],
    }


def _allowed_until_ms(floor: Floor, agent: Agent, reason: Reason | None) -> int | None:
    """When the time that its reason has in a shift is used up; None where it has no such limit."""
    if reason is None or not reason.allowance_s or presence(floor, agent) != "not_ready":
        return None
    return agent.since_ms + 1000 * reason.allowance_s - agent.spent_ms.get(agent.reason, 0)


def _after(floor: Floor, agent: Agent) -> str:
    """What comes after the contact, or after a wrap-up in which more was asked for; "" where nothing does."""
    if presence(floor, agent) == "wrap_up":
        return agent.then
    return agent.own if agent.contacts else ""


ROLLING = (15, 30, 60)
TODAY = ("offered", "answered", "abandoned", "timed_out", "left_otherwise", "no_show")


def _queue(floor: Floor, queue: Queue, now_ms: int, day: tuple[int, int]) -> dict[str, Any]:
    today = total(floor.sums(queue.queue, *day))
    young = floor.young(queue, now_ms, day[0]) if queue.variant == "offered" else 0
    within, base = service_level(today, queue.variant, young)
    return {
        "queue": queue.queue,
        "letter": queue.letter,
        "waiting": len(queue.waiting),
        "oldest_ms": min(queue.waiting.values(), default=None),
        "serving": in_service(floor, [queue]),
        "ready": ready_for(floor, [queue]),
        "today": {name: getattr(today, name) for name in TODAY},
        "asa_s": asa_s(today),
        "service_level": {
            "variant": queue.variant,
            "target_s": queue.target_s,
            "under": queue.under,
            "numerator": within,
            "denominator": base,
            "share": share(within, base),
            "last": {minutes: _last(floor, queue, minutes, now_ms) for minutes in ROLLING},
        },
    }


def _last(floor: Floor, queue: Queue, minutes: int, now_ms: int) -> float | None:
    """The service level of those who entered in the last so many minutes."""
    young = floor.young(queue, now_ms, last_ms(minutes, now_ms)) if queue.variant == "offered" else 0
    return share(*service_level(total(floor.last(queue.queue, minutes, now_ms)), queue.variant, young))


def asa_s(sums: Sums) -> float | None:
    """Mean wait of the answered, seconds."""
    mean_ms = share(sums.wait_answered_ms, sums.answered)
    return None if mean_ms is None else mean_ms / 1000


def _outside(outside: Outside) -> str:
    if outside.sort == "cloud":
        return f"The cloud cannot be reached: {outside.why}."
    what = {"light": "stack light", "sign": "sign", "printer": "printer"}[outside.sort]
    return f"The {what} {outside.name} cannot be used: {outside.why}."


def _alarms(floor: Floor, now_ms: int) -> list[str]:
    lost = [f"{d.device} lost {d.lost_presses} presses." for d in floor.devices.values() if d.lost_presses]
    aside = [
        f"{d.set_aside} events of {d.device} could not be read and were set aside."
        for d in floor.devices.values()
        if d.set_aside
    ]
    lost += [
        f"Two boards are {d.device} and drive each other out: unplug one, or give it another name."
        for d in floor.devices.values()
        if d.rival_ms and now_ms - d.rival_ms < RIVALS_SHOWN_MS
    ]
    lost += [f"{d.device}: the key {d.stuck} is stuck, or held down." for d in floor.devices.values() if d.stuck]
    lost += [f"{d.device}: {d.said}" for d in floor.devices.values() if not d.is_sound and d.said]
    lost += [_outside(o) for o in floor.outside.values() if o.why]
    if floor.broker_lost_ms is not None:
        return ["No desk unit can be reached: the broker is away.", *lost, *aside]
    dark = [
        f"The display {d.device} cannot be reached."
        for d in floor.devices.values()
        if d.role not in ("", "desk") and d.born_role and not d.online
    ]
    other = [
        f"{d.device} says that it is another device than the site knows: {d.born_role}, not {d.role}."
        for d in floor.devices.values()
        if d.online and d.role and d.born_role != d.role
    ]
    return dark + other + lost + aside
