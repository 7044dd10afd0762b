"""Rules for devices: each event decided once, in order; births and losses; commands and their answers."""

from typing import Any

import msgspec

from edge import facts as f
from edge import requests as r
from edge.floor import Agent, Desk, Device, Floor
from edge.requests import Refused
from edge.rules import desk as keys
from edge.rules import updates, visitors
from edge.wire import DOORS_MAX

WRONG_PINS_MAX = 5
LOCKED_MS = 5 * 60_000
ANSWERED_MS = 60_000


def event(floor: Floor, request: r.DeviceEvent) -> list[f.Fact]:
    """Facts of an event if it is the next of its lane, else none: docs/wire.md, "Events". It is never refused by an
    exception: a refused press is a fact."""
    mark = floor.mark(request.device, request.lane)
    gap = request.first - 1 - mark
    lost: list[f.Fact] = []
    if gap > 0:
        mark = request.first - 1
        key = (request.device, request.lane, mark)
        lost = [
            f.PressesLost(
                device=request.device,
                count=gap,
                at_ms=request.at_ms,
                by=_by(request),
                event=key,
            )
        ]
    if request.seq != mark + 1:
        return lost
    desk = floor.desk_of(request.device)
    if desk and request.at_ms < desk.pressed_ms:  # ages jitter with the line; the order of a device's presses does not
        request = msgspec.structs.replace(request, at_ms=desk.pressed_ms)
    known = floor.devices.get(request.device)
    if known and visitors.may(known, request):
        facts = visitors.press(floor, known, request)
    elif desk and not (request.door or request.score):
        facts = _decided(floor, desk, request)
    else:
        facts = [_refused(request, "", "This device has no desk." if not desk else "A desk unit gives no tickets.")]
    stamp = {"by": _by(request), "event": request.origin}
    unknown = {"age_unknown": True} if request.age_ms is None else {}
    return lost + [msgspec.structs.replace(fact, **stamp, **unknown) for fact in facts]


def _by(request: r.DeviceEvent) -> str:
    return "device:" + request.device


def _decided(floor: Floor, desk: Desk, request: r.DeviceEvent) -> list[f.Fact]:
    name = _name(request)
    late = keys.too_late(request.key, request.age_ms)
    if late:
        return [f.PressExpired(desk=desk.desk, press=name, why=late, at_ms=request.at_ms)]
    try:
        if request.pin_key or request.badge_key:
            facts = _proven(floor, desk, request)
        else:
            facts = keys.press(floor, desk, request.key, request.press, request.at_ms)
    except Refused as refusal:
        return [_refused(request, desk.desk, str(refusal))]
    return facts or [f.PressTaken(desk=desk.desk, press=name, at_ms=request.at_ms)]


def _name(request: r.DeviceEvent) -> str:
    if request.door or request.score:
        return visitors.name(request)
    if request.pin_key or request.badge_key:
        return "pin" if request.pin_key else "badge"
    return f"{request.key} {request.press}"


def _refused(request: r.DeviceEvent, desk: str, why: str) -> f.Fact:
    return f.PressRefused(desk=desk, press=_name(request), why=why, at_ms=request.at_ms)


def _proven(floor: Floor, desk: Desk, request: r.DeviceEvent) -> list[f.Fact]:
    agent, why_not = whose(floor, request.pin_key, request.badge_key)
    return proven(floor, desk, agent, why_not, request.at_ms)


def whose(floor: Floor, pin_key: str, badge_key: str) -> tuple[Agent | None, str]:
    """The agent whose PIN it is, or without one whose badge; and the sentence for nobody's."""
    if pin_key:
        return next((a for a in floor.agents.values() if a.pin_key == pin_key), None), "No agent has this PIN."
    return next((a for a in floor.agents.values() if a.badge_key == badge_key), None), "No agent has this badge."


def proven(floor: Floor, desk: Desk, agent: Agent | None, why_not: str, at_ms: int) -> list[f.Fact]:
    """Whose PIN or badge it is signs in. PINs are six digits of five: so that none is found by trying, a desk takes none for a
    while after a few that are nobody's."""
    if at_ms < desk.locked_until_ms:
        minutes = -(-(desk.locked_until_ms - at_ms) // 60_000)
        raise Refused(f"Too many wrong PINs: wait {minutes} min.")
    if agent:
        return sign_in(floor, agent.agent, desk.desk, at_ms)
    locks = desk.wrong_pins + 1 >= WRONG_PINS_MAX
    return [f.PinRefused(desk=desk.desk, why=why_not, locked_until_ms=at_ms + LOCKED_MS if locks else 0, at_ms=at_ms)]


def sign_in(floor: Floor, agent: str, desk: str, at_ms: int) -> list[f.Fact]:
    """By PIN or at the page; an agent on the phone sits down, one at another desk is refused."""
    known, place = floor.agents.get(agent), floor.desks.get(desk)
    if known is None:
        raise Refused(f"There is no agent {agent}.")
    if place is None:
        raise Refused(f"There is no desk {desk}.")
    if place.agent == agent:
        return []
    if place.agent:
        raise Refused(f"{floor.agents[place.agent].name or place.agent} is signed in at desk {desk}.")
    if known.desk:
        raise Refused(f"{known.name or agent} is signed in at desk {known.desk}.")
    return [f.AgentSignedIn(agent=agent, desk=desk, at_ms=at_ms)]


def set_aside(floor: Floor, request: r.SetAsideEvent) -> list[f.Fact]:
    if request.seq != floor.mark(request.device, request.lane) + 1:
        return []
    key = (request.device, request.lane, request.seq)
    return [
        f.EventSetAside(
            raw=request.raw,
            error=request.error,
            at_ms=request.at_ms,
            by="site",
            event=key,
        )
    ]


def observe(floor: Floor, request: r.ObserveDevice) -> list[f.Fact]:
    """A birth that says nothing new, and the loss of a device that was not there, are no facts."""
    known = floor.devices.get(request.device)
    if not request.firmware:
        gone = known is not None and known.online
        return [f.DeviceLost(device=request.device, at_ms=request.at_ms, by=request.by)] if gone else []
    fields = {name: getattr(request, name) for name in _BIRTH}
    if known and known.online and known.born_role == request.role and _is_so(known, fields):
        return []
    birth = f.DeviceCame(
        device=request.device,
        role=request.role,
        at_ms=request.at_ms,
        by=request.by,
        **fields,
    )
    return [birth, *updates.born(floor, request)]


_BIRTH = ("firmware", "hardware", "boot", "cause", "id", "build", "slot", "trial", "crash", "update", "state")


def _is_so(known: Device, fields: dict[str, Any]) -> bool:
    return all(getattr(known, name) == value for name, value in fields.items() if name != "crash" or value)


def observe_broker(floor: Floor, request: r.ObserveBroker) -> list[f.Fact]:
    if request.is_there == (floor.broker_lost_ms is None):
        return []
    return [(f.BrokerCame if request.is_there else f.BrokerLost)(at_ms=request.at_ms, by="clock")]


def forget(floor: Floor, request: r.ForgetDevice) -> list[f.Fact]:
    known = floor.devices.get(request.device)
    if known is None:
        raise Refused(f"There is no device {request.device}.")
    if known.of_site:
        raise Refused(f"{request.device} is in the site's file: take it out there.")
    return [f.DeviceRevoked(device=request.device, at_ms=request.at_ms, by=request.by)]


def register(floor: Floor, request: r.RegisterDevice) -> list[f.Fact]:
    """None if it stands there so already: provisioned anew it is the same device."""
    _there(floor, request)
    known = floor.devices.get(request.device)
    if known and known.role not in ("", request.role):
        raise Refused(f"{request.device} is a {known.role} already: give this one another name.")
    if known and all(getattr(known, name) == getattr(request, name) for name in PLACE):
        return []
    if known and known.of_site:
        raise Refused(f"{request.device} is in the site's file as another device; change it there.")
    unit = floor.desks[request.desk].device if request.role == "desk" else ""
    if unit and unit != request.device:
        raise Refused(f"Desk {request.desk} has its desk unit already: {unit}.")
    fields = {name: getattr(request, name) for name in ("device", *PLACE, "at_ms", "by")}
    return [f.DeviceRegistered(**fields)]


PLACE = ("role", "desk", "board", "queues", "printer", "lang")
"""What is said of a device that is registered."""


def _there(floor: Floor, request: r.RegisterDevice) -> None:
    """Refused if what it shall stand at, show or give tickets for is not there."""
    if request.role in ("wallboard", "hall") and request.board not in floor.boards:
        raise Refused(f"There is no board {request.board}.")
    if request.role in ("desk", "counter", "rating") and request.desk not in floor.desks:
        raise Refused(f"There is no desk {request.desk}.")
    unknown = next((queue for queue in request.queues if queue not in floor.queues), "")
    if unknown:
        raise Refused(f"There is no queue {unknown}.")
    if request.role == "dispenser" and not 0 < len(request.queues) <= DOORS_MAX:
        raise Refused(f"A dispenser gives tickets of 1 to {DOORS_MAX} queues.")


def observe_keys(floor: Floor, request: r.ObserveKeys) -> list[f.Fact]:
    known = floor.devices.get(request.device)
    if known is None or known.stuck == request.keys:
        return []
    return [f.KeysStuck(device=request.device, keys=request.keys, at_ms=request.at_ms, by=request.by)]


def ask(floor: Floor, request: r.AskDevice) -> list[f.Fact]:
    if request.device not in floor.devices:
        raise Refused(f"There is no device {request.device}.")
    asked = f.DeviceAsked(
        id=f"ask-{floor.seq + 1}",
        device=request.device,
        cmd=request.cmd,
        until_ms=request.at_ms + ANSWERED_MS,
        at_ms=request.at_ms,
        by=request.by,
    )
    return [asked]


def answer(floor: Floor, request: r.ObserveAnswer) -> list[f.Fact]:
    """Of a command, or of an order of new firmware."""
    command = floor.commands.get(request.id)
    update = updates.answered(floor, request)
    if command is None or command.device != request.device:
        return update
    answered = f.DeviceAnswered(
        id=request.id,
        ok=request.ok,
        why=request.why,
        at_ms=request.at_ms,
        by=request.by,
    )
    return [answered, *update]


def expire(floor: Floor, request: r.Tick) -> list[f.Fact]:
    """What is due; each fact carries its deadline, not the moment at which it was noticed."""
    due = [(c.until_ms, id) for id, c in floor.commands.items() if c.until_ms <= request.at_ms]
    return [f.DeviceAskExpired(id=id, at_ms=until_ms, by="clock") for until_ms, id in sorted(due)]
