"""The desk unit's rules: one table, presence × key × press → action, and the actions.

docs/desk-keys.md is made from the table. An action returns the facts that it earns; none means that things already are so.
"""

from collections.abc import Callable

from edge import facts as f
from edge.floor import Agent, Contact, Desk, Floor, presence, sat
from edge.requests import Refused
from edge.rules import serving, who
from edge.wire import AGE_MS_MAX, LATE_MS

Action = Callable[[Floor, Desk, int], list[f.Fact]]


def press(floor: Floor, desk: Desk, key: str, kind: str, at_ms: int) -> list[f.Fact]:
    """Facts of a press that is not too late for what it does; Refused otherwise. Who sat there then has pressed."""
    then = floor.agents.get(sat(desk, at_ms))
    if then and then.agent != desk.agent and key != "help":
        return _gone(then, key, kind, at_ms)
    agent = floor.agents.get(desk.agent) if then or key == "help" else None
    state = presence(floor, agent) if agent else "signed_out"
    if agent and key in ("next", "recall") and at_ms < _newest_ms(floor, agent):
        raise Refused("Something newer has happened: press again.")
    column = ("ready", "break", "wrap_up", "next", "recall", "help").index(key)
    return (SHORT if kind == "short" else LONG)[state][column](floor, desk, at_ms)


def _gone(agent: Agent, key: str, kind: str, at_ms: int) -> list[f.Fact]:
    """A late press of somebody who has left the desk since: the agent's own state was that, and nothing changes now."""
    if (key, kind) not in OWN:
        raise Refused("Too long ago: somebody else has come since, or nobody is here.")
    presence, reason = OWN[key, kind]
    return [f.PresenceChanged(agent=agent.agent, presence=presence, reason=reason, at_ms=at_ms)]


OWN: dict[tuple[str, str], tuple[f.Own, str]] = {
    ("ready", "short"): ("ready", ""),
    ("break", "short"): ("not_ready", "break"),
    ("break", "long"): ("not_ready", "meal"),
    ("wrap_up", "short"): ("wrap_up", ""),
    ("wrap_up", "long"): ("not_ready", "back_office"),
}
"""The agent's own state that a press wishes for."""


def too_late(key: str, age_ms: int | None) -> str:
    """Why a press no longer acts; "" when it does. Presence is booked up to a day back, help acts at any age. `key` is "" for a PIN
    or a badge: who sat there minutes ago may be gone."""
    if key == "help":
        return ""
    if key in ("next", "recall", ""):
        return "" if age_ms is not None and age_ms <= LATE_MS else "Too long ago: press again."
    return "" if age_ms is None or age_ms <= AGE_MS_MAX else "More than a day ago: press again."


def _agent(floor: Floor, desk: Desk) -> Agent:
    return floor.agents[desk.agent]


def _newest_ms(floor: Floor, agent: Agent) -> int:
    """Since when the desk has been as it is: an older press was not meant for that."""
    return max([agent.own_since_ms, *(floor.contacts[c].since_ms for c in agent.contacts)])


def _contact(floor: Floor, desk: Desk) -> Contact:
    """The contact whose state shows as the agent's presence."""
    agent = _agent(floor, desk)
    shown = presence(floor, agent)
    return next(c for c in map(floor.contacts.__getitem__, agent.contacts) if c.state == shown)


def _own(floor: Floor, desk: Desk, at_ms: int, own: f.Own, reason: str = "") -> list[f.Fact]:
    return serving.own(floor, _agent(floor, desk), at_ms, own, reason)


def _nobody(floor: Floor, desk: Desk, at_ms: int) -> list[f.Fact]:
    raise Refused(f"Nobody is signed in at desk {desk.desk}.")


def _ready(floor: Floor, desk: Desk, at_ms: int) -> list[f.Fact]:
    return _own(floor, desk, at_ms, "ready")


def _wrap_up(floor: Floor, desk: Desk, at_ms: int) -> list[f.Fact]:
    return _own(floor, desk, at_ms, "wrap_up")


def _break(floor: Floor, desk: Desk, at_ms: int) -> list[f.Fact]:
    return _own(floor, desk, at_ms, "not_ready", "break")


def _meal(floor: Floor, desk: Desk, at_ms: int) -> list[f.Fact]:
    return _own(floor, desk, at_ms, "not_ready", "meal")


def _back_office(floor: Floor, desk: Desk, at_ms: int) -> list[f.Fact]:
    return _own(floor, desk, at_ms, "not_ready", "back_office")


def _sign_out(floor: Floor, desk: Desk, at_ms: int) -> list[f.Fact]:
    agent = _agent(floor, desk)
    if at_ms < agent.own_since_ms:
        raise Refused("Something newer has happened: sign out again.")
    return [*serving.wrapped_up(floor, agent, at_ms), f.AgentSignedOut(agent=agent.agent, at_ms=at_ms)]


def _busy(floor: Floor, desk: Desk, at_ms: int) -> list[f.Fact]:
    raise Refused("End the contact before signing out.")


def _end(floor: Floor, desk: Desk, at_ms: int, then: f.Own) -> list[f.Fact]:
    """A ticket ends here; a call ends when it is hung up, so there the key says what comes after it."""
    contact, agent = _contact(floor, desk), _agent(floor, desk)
    if contact.channel == "call" or at_ms < contact.since_ms:
        return _own(floor, desk, at_ms, then)
    after = serving.after(floor, agent, at_ms, then)
    wraps = then == "wrap_up" and at_ms >= agent.own_since_ms  # something newer is another wish
    return [serving.end(floor, contact, at_ms, wrap_up=wraps), *after]


def _end_ready(floor: Floor, desk: Desk, at_ms: int) -> list[f.Fact]:
    """Where each contact has its wrap-up, that comes first."""
    queue = floor.queues[_contact(floor, desk).queue]
    return _end(floor, desk, at_ms, "wrap_up" if queue.wrap_up_s else "ready")


def _end_wrap_up(floor: Floor, desk: Desk, at_ms: int) -> list[f.Fact]:
    return _end(floor, desk, at_ms, "wrap_up")


def _next(floor: Floor, desk: Desk, at_ms: int) -> list[f.Fact]:
    agent = _agent(floor, desk)
    contact = who.next_contact(floor, agent, at_ms)
    if contact is None:
        raise Refused("Nobody is waiting.")
    return [*_ready(floor, desk, at_ms), who.call(floor, contact, agent, at_ms)]


def _end_next(floor: Floor, desk: Desk, at_ms: int) -> list[f.Fact]:
    if _contact(floor, desk).channel == "call":
        raise Refused("The call goes on: hang up first.")
    agent = _agent(floor, desk)
    contact = who.next_contact(floor, agent, at_ms)
    calling = [who.call(floor, contact, agent, at_ms)] if contact else []
    ready = _ready(floor, desk, at_ms) if agent.own == "not_ready" else []  # takes back what was asked for
    return [*_end(floor, desk, at_ms, "ready"), *ready, *calling]


def _serve(floor: Floor, desk: Desk, at_ms: int) -> list[f.Fact]:
    contact = _contact(floor, desk)
    if at_ms < contact.since_ms:
        return _ready(floor, desk, at_ms)
    return [f.ServingBegan(contact=contact.contact, at_ms=at_ms)]


def _come_or_not(floor: Floor, desk: Desk, at_ms: int) -> list[f.Fact]:
    raise Refused("Called: press ready when the customer comes, hold next when nobody does.")


def _no_show(floor: Floor, desk: Desk, at_ms: int) -> list[f.Fact]:
    return serving.no_show(floor, _contact(floor, desk), at_ms)


def _recall(floor: Floor, desk: Desk, at_ms: int) -> list[f.Fact]:
    return serving.recall(floor, _contact(floor, desk), at_ms)


def _hold(floor: Floor, desk: Desk, at_ms: int) -> list[f.Fact]:
    contact = _contact(floor, desk)
    if contact.channel == "call":
        raise Refused("Calls are held at the telephone.")
    return [f.ContactHeld(contact=contact.contact, at_ms=at_ms)]


def _resume(floor: Floor, desk: Desk, at_ms: int) -> list[f.Fact]:
    return [f.ContactResumed(contact=_contact(floor, desk).contact, at_ms=at_ms)]


def _on_break(floor: Floor, desk: Desk, at_ms: int) -> list[f.Fact]:
    raise Refused("Not ready: press ready first.")


def _uncalled(floor: Floor, desk: Desk, at_ms: int) -> list[f.Fact]:
    raise Refused("Nobody is called at this desk.")


def _unserved(floor: Floor, desk: Desk, at_ms: int) -> list[f.Fact]:
    raise Refused("Nobody is being served at this desk.")


def _is_served(floor: Floor, desk: Desk, at_ms: int) -> list[f.Fact]:
    raise Refused("The customer has come and is being served.")


def _is_held(floor: Floor, desk: Desk, at_ms: int) -> list[f.Fact]:
    raise Refused("The customer is on hold: hold recall to go on.")


def _help(floor: Floor, desk: Desk, at_ms: int) -> list[f.Fact]:
    asked = desk.help.get("supervisor")
    if asked is None:
        return [f.HelpRaised(desk=desk.desk, agent=sat(desk, at_ms), at_ms=at_ms)]
    if at_ms < asked.raised_ms:  # it was to ask for what somebody has asked for since, and takes nothing back
        return []
    return [f.HelpClosed(desk=desk.desk, at_ms=at_ms)]


def _safety(floor: Floor, desk: Desk, at_ms: int) -> list[f.Fact]:
    if "safety" in desk.help:
        return []
    return [f.HelpRaised(desk=desk.desk, agent=sat(desk, at_ms), help="safety", at_ms=at_ms)]


# fmt: off
SHORT: dict[str, tuple[Action, ...]] = {
    #              ready        break    wrap_up       next          recall      help
    "signed_out": (_nobody,     _nobody, _nobody,      _nobody,      _nobody,    _help),
    "ready":      (_ready,      _break,  _wrap_up,     _next,        _uncalled,  _help),
    "called":     (_serve,      _break,  _come_or_not, _come_or_not, _recall,    _help),
    "serving":    (_end_ready,  _break,  _end_wrap_up, _end_next,    _is_served, _help),
    "hold":       (_end_ready,  _break,  _end_wrap_up, _is_held,     _is_held,   _help),
    "wrap_up":    (_ready,      _break,  _wrap_up,     _next,        _uncalled,  _help),
    "not_ready":  (_ready,      _break,  _wrap_up,     _on_break,    _uncalled,  _help),
}
LONG: dict[str, tuple[Action, ...]] = {
    #              ready        break    wrap_up       next          recall      help
    "signed_out": (_nobody,     _nobody, _nobody,      _nobody,      _nobody,    _safety),
    "ready":      (_sign_out,   _meal,   _back_office, _uncalled,    _unserved,  _safety),
    "called":     (_busy,       _meal,   _back_office, _no_show,     _unserved,  _safety),
    "serving":    (_busy,       _meal,   _back_office, _is_served,   _hold,      _safety),
    "hold":       (_busy,       _meal,   _back_office, _is_served,   _resume,    _safety),
    "wrap_up":    (_sign_out,   _meal,   _back_office, _uncalled,    _unserved,  _safety),
    "not_ready":  (_sign_out,   _meal,   _back_office, _uncalled,    _unserved,  _safety),
}
# fmt: on
