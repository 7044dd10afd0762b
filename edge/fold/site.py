"""How facts of what a site has change the floor: queues, desks, agents, boards, registered devices."""

from edge import facts as f
from edge.floor import Agent, Board, Calendar, CallingRule, Desk, Device, Floor, Queue, Reason, Team
from edge.fold import updates
from edge.fold.contacts import watch
from edge.gains import Terms

TERMS_MAX = 8
SITE = "site"  # who says so: only what its file has brought does its file take away


def site_named(floor: Floor, fact: f.SiteNamed) -> None:
    for name in ("site", "timezone", "help_s", "brightness", "volume", "quiet"):
        setattr(floor, name, getattr(fact, name))
    floor.is_lit |= bool(fact.brightness or fact.quiet or fact.volume != 100)


def calendar_set(floor: Floor, fact: f.CalendarSet) -> None:
    floor.calendars[fact.calendar] = Calendar(fact.calendar, fact.week, fact.closed, fact.open, fact.by == SITE)


def calendar_removed(floor: Floor, fact: f.CalendarRemoved) -> None:
    del floor.calendars[fact.calendar]


def calling_rule_set(floor: Floor, fact: f.CallingRuleSet) -> None:
    floor.callings[fact.rule] = CallingRule(fact.rule, fact.first, fact.share, fact.by == SITE)


def calling_rule_removed(floor: Floor, fact: f.CallingRuleRemoved) -> None:
    del floor.callings[fact.rule]


def team_formed(floor: Floor, fact: f.TeamFormed) -> None:
    floor.teams[fact.team] = Team(fact.team, fact.vendor, fact.tenant, fact.supervisors, fact.by == SITE)


def team_disbanded(floor: Floor, fact: f.TeamDisbanded) -> None:
    del floor.teams[fact.team]


def reason_named(floor: Floor, fact: f.ReasonNamed) -> None:
    floor.reasons[fact.reason] = Reason(
        fact.reason, fact.title, fact.title_zh, fact.paid, fact.allowance_s, fact.by == SITE
    )


def reason_removed(floor: Floor, fact: f.ReasonRemoved) -> None:
    del floor.reasons[fact.reason]


def queue_opened(floor: Floor, fact: f.QueueOpened) -> None:
    queue = floor.queues.setdefault(fact.queue, Queue(fact.queue))
    for name in QUEUE_SETTINGS:
        setattr(queue, name, getattr(fact, name))
    queue.of_site = fact.by == SITE
    held = (fact.at_ms, fact.target_s, fact.under, fact.short_s)
    if not queue.terms or queue.terms[-1][1:] != held[1:]:
        queue.terms = [*queue.terms[-TERMS_MAX:], held]
    floor.gains.terms.append(Terms(fact.at_ms, fact.queue, fact.target_s, fact.under, fact.short_s, fact.variant))
    for contact in queue.waiting:
        watch(floor, floor.contacts[contact])


QUEUE_SETTINGS = (
    *(name for name in f.QueueOpened.__struct_fields__ if name not in ("queue", *f.Fact.__struct_fields__)),
    "tenant",
)


def queue_removed(floor: Floor, fact: f.QueueRemoved) -> None:
    del floor.queues[fact.queue]


def desk_opened(floor: Floor, fact: f.DeskOpened) -> None:
    desk = floor.desks.setdefault(fact.desk, Desk(fact.desk))
    desk.team, desk.of_site = fact.team, fact.by == SITE
    if desk.agent:
        floor.agents[desk.agent].shown = None
    floor.touched.add(fact.desk)


def desk_removed(floor: Floor, fact: f.DeskRemoved) -> None:
    del floor.desks[fact.desk]
    floor.touched.discard(fact.desk)


def agent_met(floor: Floor, fact: f.AgentMet) -> None:
    agent = floor.agents.setdefault(fact.agent, Agent(fact.agent))
    agent.name, agent.queues = fact.name, fact.queues
    agent.pin_key, agent.badge_key = fact.pin_key, fact.badge_key
    agent.skills, agent.calling, agent.team, agent.shown = fact.skills, fact.calling, fact.team, None
    agent.of_site = fact.by == SITE
    if agent.desk:
        floor.touched.add(agent.desk)


def agent_removed(floor: Floor, fact: f.AgentRemoved) -> None:
    del floor.agents[fact.agent]


def board_laid_out(floor: Floor, fact: f.BoardLaidOut) -> None:
    floor.boards[fact.board] = Board(fact.board, fact.title, fact.tiles, fact.lang, fact.by == SITE)


def board_removed(floor: Floor, fact: f.BoardRemoved) -> None:
    del floor.boards[fact.board]


def device_registered(floor: Floor, fact: f.DeviceRegistered) -> None:
    device = floor.devices.setdefault(fact.device, Device(fact.device))
    _take_away(floor, device)
    device.role, device.desk, device.board, device.of_site = fact.role, fact.desk, fact.board, fact.by == SITE
    device.queues, device.printer, device.lang = fact.queues, fact.printer, fact.lang
    desk = floor.desks.get(device.desk)
    if desk is None:
        return
    if device.role == "desk":
        desk.device = device.device
    elif device.role == "rating":
        desk.pads.append(device.device)
    else:
        desk.displays.append(device.device)
    floor.touched.add(desk.desk)


def device_revoked(floor: Floor, fact: f.DeviceRevoked) -> None:
    """Its lanes' marks stay: registered again, it may still hold presses that were decided."""
    _take_away(floor, floor.devices.pop(fact.device))
    floor.commands = {id: c for id, c in floor.commands.items() if c.device != fact.device}
    updates.revoked(floor, fact.device)


def _take_away(floor: Floor, device: Device) -> None:
    """From the desk at which it stood, if nothing else has taken its place there."""
    desk = floor.desks.get(device.desk)
    if desk is None:
        return
    if desk.device == device.device:
        desk.device = ""
    for named in (desk.displays, desk.pads):
        if device.device in named:
            named.remove(device.device)
    floor.touched.add(desk.desk)
