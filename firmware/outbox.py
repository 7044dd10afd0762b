"""Events kept in RAM until the edge acknowledges them, in order, each with the age it has when it is sent."""

from collections import namedtuple
from time import ticks_diff

import wire

HELD_MAX = 64  # when full the oldest goes, `first` moves on, and the edge books PressesLost
SILENCE_MS = 2_000  # after the last sending, without an acknowledgement that moves: all again
AGE_KNOWN_MS = 1 << 28  # ticks wrap after 2^30 ms and compare within 2^29; older ages are given up well before


# `fields` is what an `ev` of its kind carries besides, shared between equal events; `at` its ticks, None when too long ago.
Event = namedtuple("Event", ("boot", "seq", "at", "kind", "fields"))


class Outbox:
    """Go-back-N: at most SEND_AHEAD_MAX on the way; an acknowledgement that does not move, or silence, starts again."""

    def __init__(self, boot):
        self.boot = boot
        self.seq = 0  # of the newest event
        self.held = []  # oldest first
        self.dropped = 0  # events that no longer fitted
        self._ahead = 0  # how many of `held` are on the way
        self._sent_at = 0
        self._repeated = False  # since the last acknowledgement that moved: once is enough

    def add(self, kind, fields, now):
        """Keep an event and give its seq."""
        self.seq += 1
        if len(self.held) == HELD_MAX:
            self.held.pop(0)
            self.dropped += 1
            self._ahead = max(0, self._ahead - 1)
        self.held.append(Event(self.boot, self.seq, now, kind, fields))
        return self.seq

    def acknowledged(self, boot, upto):
        """The edge has decided all of `boot` up to `upto`. Nonsense if it acknowledges what was never sent."""
        if boot == self.boot and upto > self.seq:
            raise wire.Nonsense("ack of the future")
        count = 0
        while count < len(self.held) and self.held[count].boot == boot and self.held[count].seq <= upto:
            count += 1
        if count:
            self.held = self.held[count:]
            self._ahead = max(0, self._ahead - count)
            self._repeated = False
        elif self._ahead and not self._repeated and boot == self.held[0].boot:
            self._ahead, self._repeated = 0, True

    def again(self):
        """Nothing is on the way any more: a new session, or a new epoch."""
        self._ahead, self._repeated = 0, False

    def wait_ms(self, now):
        """0: something may be sent now; more: look again after so long; None: nothing to do until an event or ack comes."""
        if self._ahead < min(len(self.held), wire.SEND_AHEAD_MAX):
            return 0
        if not self._ahead:
            return None
        left = SILENCE_MS - ticks_diff(now, self._sent_at)
        if left > 0:
            return left
        self.again()
        return 0

    def next(self, epoch, now):
        """The payload of the next event to send; it counts as on the way from now on."""
        event = self.held[self._ahead]
        self._ahead += 1
        self._sent_at = now
        fields = {
            "epoch": epoch,
            "boot": event.boot,
            "seq": event.seq,
            "first": next(held.seq for held in self.held if held.boot == event.boot),
            "age_ms": None if event.at is None else ticks_diff(now, event.at),
            "kind": event.kind,
        }
        fields.update(event.fields)
        return wire.encode("ev", fields)

    def forget_ages(self, now):
        """To be called each minute: an age that the clock will soon no longer tell becomes unknown."""
        for i, event in enumerate(self.held):
            if event.at is not None and not 0 <= ticks_diff(now, event.at) < AGE_KNOWN_MS:
                self.held[i] = Event(event.boot, event.seq, None, event.kind, event.fields)
