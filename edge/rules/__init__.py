"""The rules: `decide(floor, request)` says which facts a request earns, or refuses it with a sentence."""

from collections.abc import Callable
from typing import Any

from edge import requests as r
from edge.facts import Fact
from edge.floor import Floor
from edge.requests import Refused
from edge.rules import devices, exchange, outside, panel, site

__all__ = ["Refused", "decide"]

_RULES: dict[type[r.Request], Callable[[Floor, Any], list[Fact]]] = {
    r.DeviceEvent: devices.event,
    r.SetAsideEvent: devices.set_aside,
    r.ObserveDevice: devices.observe,
    r.ObserveAnswer: devices.answer,
    r.ObserveBroker: devices.observe_broker,
    r.AskDevice: devices.ask,
    r.RegisterDevice: devices.register,
    r.ObserveOutside: outside.observe,
    r.ObserveOutsides: outside.observe_all,
    r.AskSlip: outside.ask_slip,
    r.ObserveSlip: outside.observe_slip,
    r.CancelSlip: outside.cancel_slip,
    r.TakeNotice: outside.take_notice,
    r.Tick: lambda floor, tick: devices.expire(floor, tick) + outside.end_notices(floor, tick),
    r.ObserveLine: exchange.observe,
    r.Configure: site.configure,
    r.SignIn: panel.sign_in,
    r.SignOut: panel.sign_out,
    r.ChangePresence: panel.change_presence,
    r.EnterContact: panel.enter_contact,
    r.RaiseHelp: panel.raise_help,
    r.AcknowledgeHelp: panel.acknowledge_help,
    r.ArriveAtHelp: panel.arrive_at_help,
    r.CloseHelp: panel.close_help,
}


def decide(floor: Floor, request: r.Request) -> list[Fact]:
    """The facts that a request earns, none if it was decided before; Refused says why not. Reads the floor only."""
    return _RULES[type(request)](floor, request)
