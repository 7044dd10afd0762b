"""The fold: `apply(floor, fact)` is how each fact changes the floor. Deterministic, in place, and never refusing."""

from collections.abc import Callable
from typing import Any

from edge import facts as f
from edge.floor import LANES_MAX, Desk, Floor
from edge.fold import andon, contacts, devices, outside, people, ratings, site, tickets, updates


def apply(floor: Floor, fact: f.Fact) -> None:
    """Fold one fact in. KeyError on a fact that contradicts the floor: then the journal is damaged, or a rule is wrong."""
    _FOLDS[type(fact)](floor, fact)
    floor.seq += 1
    if fact.event is not None:
        source, lane, number = fact.event
        lanes = floor.marks.setdefault(source, {})
        lanes[lane] = number
        if len(lanes) > LANES_MAX and source in floor.devices:
            del lanes[next(iter(lanes))]
        if desk := floor.desk_of(source):
            _verdict(desk, fact, lane, number)
            floor.touched.add(desk.desk)
        elif (known := floor.devices.get(source)) and known.role in VISITORS:
            boot = int(lane.rpartition(":")[2])
            devices.answered(known, fact, boot, number, _VERDICTS.get(type(fact), "done"))
            floor.touched.add(known.desk)


VISITORS = ("dispenser", "rating")
"""Roles of devices whose keys visitors press."""


def _verdict(desk: Desk, fact: f.Fact, lane: str, seq: int) -> None:
    """What the lamp answers to the last decided press."""
    desk.boot, desk.seq, desk.pressed_ms = int(lane.rpartition(":")[2]), seq, fact.at_ms
    desk.verdict, desk.why = _VERDICTS.get(type(fact), "done"), getattr(fact, "why", "")


def _nothing(floor: Floor, fact: f.Fact) -> None:
    """A fact of the record alone."""


_VERDICTS: dict[type[f.Fact], str] = {
    f.PressRefused: "refused",
    f.PinRefused: "refused",
    f.PressExpired: "expired",
    f.EventSetAside: "unread",
    f.PressesLost: "none",
}
_FOLDS: dict[type[f.Fact], Callable[[Floor, Any], None]] = {
    f.SiteNamed: site.site_named,
    f.CalendarSet: site.calendar_set,
    f.CalendarRemoved: site.calendar_removed,
    f.CallingRuleSet: site.calling_rule_set,
    f.CallingRuleRemoved: site.calling_rule_removed,
    f.QueueOpened: site.queue_opened,
    f.QueueRemoved: site.queue_removed,
    f.TeamFormed: site.team_formed,
    f.TeamDisbanded: site.team_disbanded,
    f.ReasonNamed: site.reason_named,
    f.ReasonRemoved: site.reason_removed,
    f.DeskOpened: site.desk_opened,
    f.DeskRemoved: site.desk_removed,
    f.AgentMet: site.agent_met,
    f.AgentRemoved: site.agent_removed,
    f.BoardLaidOut: site.board_laid_out,
    f.BoardRemoved: site.board_removed,
    f.DeviceRegistered: site.device_registered,
    f.DeviceRevoked: site.device_revoked,
    f.AgentSignedIn: people.signed_in,
    f.AgentSignedOut: people.signed_out,
    f.PresenceChanged: people.presence_changed,
    f.WrapUpExtended: people.wrap_up_extended,
    f.ShiftPlanned: people.shift_planned,
    f.QueueJoined: people.queue_joined,
    f.QueueLeft: people.queue_left,
    f.QueuePaused: people.queue_paused,
    f.QueueUnpaused: people.queue_unpaused,
    f.RingUnanswered: _nothing,
    f.HelpRaised: andon.raised,
    f.HelpEscalated: andon.escalated,
    f.HelpAcknowledged: andon.acknowledged,
    f.HelpArrived: andon.arrived,
    f.HelpClosed: andon.closed,
    f.ContactEntered: contacts.entered,
    f.ContactAnswered: contacts.answered,
    f.ServingBegan: ratings.serving_began,
    f.ContactHeld: contacts.held,
    f.ContactResumed: contacts.resumed,
    f.ContactEnded: ratings.contact_ended,
    f.ContactAbandoned: contacts.abandoned,
    f.ContactTimedOut: contacts.timed_out,
    f.ContactLeft: contacts.left_otherwise,
    f.TicketIssued: tickets.issued,
    f.TicketCalled: tickets.called,
    f.TicketRecalled: tickets.recalled,
    f.NoShowNoted: tickets.no_show,
    f.ServingEnded: ratings.serving_ended,
    f.ContactMoved: tickets.moved,
    f.ContactParked: tickets.parked,
    f.ContactReturned: tickets.returned,
    f.ContactWidened: tickets.widened,
    f.OwnerChanged: tickets.owner_changed,
    f.OutcomeConfirmed: tickets.confirmed,
    f.OutcomeLapsed: tickets.lapsed,
    f.TicketRated: ratings.rated,
    f.QueueShut: tickets.queue_shut,
    f.QueueReopened: tickets.queue_reopened,
    f.NumbersSkipped: tickets.numbers_skipped,
    f.RolloutStarted: updates.started,
    f.UpdateAsked: updates.asked,
    f.UpdateDone: updates.done,
    f.UpdateFailed: updates.failed,
    f.RolloutStopped: updates.stopped,
    f.RolloutDone: updates.rollout_done,
    f.DeviceCame: devices.came,
    f.DeviceLost: devices.lost,
    f.BrokerLost: devices.broker_lost,
    f.BrokerCame: devices.broker_came,
    f.OutsideCame: outside.came,
    f.OutsideLost: outside.lost,
    f.OutsideRemoved: outside.removed,
    f.SlipAsked: outside.slip_asked,
    f.SlipPrinted: outside.slip_over,
    f.SlipCancelled: outside.slip_over,
    f.NoticeTaken: outside.notice_taken,
    f.NoticeEnded: outside.notice_ended,
    f.DeviceAsked: devices.asked,
    f.DeviceAnswered: devices.command_answered,
    f.DeviceAskExpired: devices.command_over,
    f.KeysStuck: devices.keys_stuck,
    f.PressTaken: _nothing,
    f.PressRefused: _nothing,
    f.PinRefused: people.pin_refused,
    f.PressExpired: _nothing,
    f.PressesLost: devices.presses_lost,
    f.EventSetAside: devices.set_aside,
}
