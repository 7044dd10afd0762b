"""The rules: `decide(floor, request)` says which facts a request earns, or refuses it with a sentence."""

from collections.abc import Callable
from typing import Any

from edge import requests as r
from edge.facts import Fact
from edge.floor import Floor
from edge.requests import Refused
from edge.rules import andon, devices, doors, exchange, outside, own, panel, serving, site, tickets, updates, who

__all__ = ["Refused", "decide"]


def due(floor: Floor, tick: r.Tick) -> list[Fact]:
    """What time alone does."""
    late = devices.expire(floor, tick) + outside.end_notices(floor, tick)
    late += andon.escalate(floor, tick.at_ms) + updates.late(floor, tick)
    return late + tickets.due(floor, tick) + serving.limited(floor, tick.at_ms)


_RULES: dict[type[r.Request], Callable[[Floor, Any], list[Fact]]] = {
    r.DeviceEvent: devices.event,
    r.SetAsideEvent: devices.set_aside,
    r.ObserveDevice: devices.observe,
    r.ObserveAnswer: devices.answer,
    r.ObserveBroker: devices.observe_broker,
    r.ObserveKeys: devices.observe_keys,
    r.AskDevice: devices.ask,
    r.RegisterDevice: devices.register,
    r.ForgetDevice: devices.forget,
    r.StartRollout: updates.start,
    r.StopRollout: updates.stop,
    r.ObserveOutside: outside.observe,
    r.ObserveOutsides: outside.observe_all,
    r.AskSlip: outside.ask_slip,
    r.ObserveSlip: outside.observe_slip,
    r.CancelSlip: outside.cancel_slip,
    r.TakeNotice: outside.take_notice,
    r.Tick: due,
    r.ObserveLine: exchange.observe,
    r.Configure: site.configure,
    r.SignIn: panel.sign_in,
    r.SignInWith: panel.sign_in_with,
    r.SignOut: panel.sign_out,
    r.ChangePresence: panel.change_presence,
    r.PlanShifts: panel.plan_shifts,
    r.RaiseHelp: andon.ask,
    r.AcknowledgeHelp: andon.acknowledge,
    r.ArriveAtHelp: andon.arrive,
    r.CloseHelp: andon.close,
    r.IssueTicket: tickets.issue,
    r.PressKey: tickets.press,
    r.CallTicket: tickets.call,
    r.MoveTicket: tickets.move,
    r.ParkTicket: tickets.park,
    r.ReturnTicket: tickets.give_back,
    r.CancelTicket: tickets.cancel,
    r.TakeOver: tickets.take_over,
    r.ConfirmOutcome: tickets.confirm,
    r.ShutQueue: tickets.shut,
    r.ReopenQueue: tickets.reopen,
    r.SkipNumbers: tickets.skip_numbers,
}


def decide(floor: Floor, request: r.Request) -> list[Fact]:
    """The facts that a request earns, none if it was decided before; Refused says why not. Reads the floor only."""
    if request.as_agent:
        own.check(floor, request)
    return _RULES[type(request)](floor, request)


def follow(floor: Floor, at_ms: int) -> list[Fact]:
    """What the rules do of their own accord once something has changed: call for a ready agent, send on who waits for nobody. Asked
    again until there is nothing more."""
    return (floor.idle and who.assign(floor, at_ms)) or doors.divert(floor, at_ms) or updates.go_on(floor, at_ms)
