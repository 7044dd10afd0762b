"""Events kept until the edge acknowledges them, in order, each with the age it has when it is sent.

In RAM; and, while the line is down, on flash too (spill.py).
"""

from collections import namedtuple
from time import ticks_diff

import wire
from micropython import const

# In RAM; when full the oldest goes, and if it does not lie on flash `first` moves on and the edge books PressesLost.
_HELD_MAX = const(12)
_READ_AT_ONCE = const(4)  # from flash
_SILENCE_MS = const(2_000)  # after the last sending, without an acknowledgement that moves: all again
# Ticks wrap after 2^30 ms and compare within 2^29; by then an event's time is told otherwise.
_AGE_KNOWN_MS = const(1 << 28)
GATHER_MS = 2_000  # after a press, before it is written to flash: a broker that restarts costs no write
SECRETS = {"pin": "111111", "badge": "00000000"}  # what flash is given instead: late ones sign nobody in


# `fields` is what an `ev` of its kind carries besides, shared between equal events; `at` its ticks, or, of another boot or long
# ago, the moment by the edge's clock (clock.py), or None.
Event = namedtuple("Event", ("boot", "seq", "at", "kind", "fields"))


class Outbox:
    """Go-back-N: at most SEND_AHEAD_MAX on the way; an acknowledgement that does not move, or silence, starts again.

    `held` is what RAM has, oldest first. While `unread`, flash has more: older than all of it but for the first `_read`.
    """

    def __init__(self, boot, spill, clock):
        self.boot = boot
        self.seq = 0  # of the newest event
        self.held = []
        self.dropped = 0  # events that no longer fitted
        self.spill, self.clock = spill, clock
        self.unread = spill.count > 0
        self._read = self._minutes = 0
        self._marks = spill.marks  # boot: seq of the last that was acknowledged
        self._draining = 0  # the boot of which that was
        self._saved = 0  # seq up to which this boot's events lie on flash
        self._ahead = 0  # how many of `held` are on the way
        self._sent_at = 0
        self._repeated = False  # since the last acknowledgement that moved: once is enough

    def add(self, kind, fields, now):
        """Keep an event and give its seq."""
        if len(self.held) >= _HELD_MAX:
            self._let_go()
        self.seq += 1
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
            if self._draining not in (0, boot) and self.spill.count:  # the edge remembers only so many boots
                self.spill.note((self._draining, self._marks[self._draining]))
            self._draining = boot
            self._marks[boot] = self.held[count - 1].seq
            self.held = self.held[count:]
            self._ahead, self._read = max(0, self._ahead - count), max(0, self._read - count)
            self._repeated = False
            if not self.held and not self.unread and self.spill.count:
                self.spill.clear()
        elif self._ahead and not self._repeated and boot == self.held[0].boot:
            self._ahead, self._repeated = 0, True

    def again(self):
        """Nothing is on the way any more: a new session, or a new epoch."""
        self._ahead, self._repeated = 0, False

    def wait_ms(self, now):
        """0: something may be sent now; more: look again after so long; None: nothing to do until an event or ack comes."""
        while self.unread and not self._read:
            self._more()
        if self._ahead < self._window():
            return 0
        if not self._ahead:
            return None
        left = _SILENCE_MS - ticks_diff(now, self._sent_at)
        if left > 0:
            return left
        self.again()
        return 0

    def next(self, epoch, now):
        """The payload of the next event to send; it counts as on the way from now on."""
        payload = self._payload(self.held[self._ahead], self._first(self._ahead), epoch, now)
        self._ahead += 1
        self._sent_at = now
        return payload

    def forget_ticks(self, now):
        """To be called each minute: an event whose age ticks will soon no longer tell keeps its moment, if that is known."""
        self._minutes += 1
        for i, event in enumerate(self.held):
            if type(event.at) is int and not 0 <= ticks_diff(now, event.at) < _AGE_KNOWN_MS:
                self.held[i] = Event(event.boot, event.seq, self.clock.moment(event.at), event.kind, event.fields)

    # on flash

    def spill_wait_ms(self, now):
        """Until what only RAM has may be written to flash; None: there is nothing."""
        unsaved = min(len(self.held), self.seq - self._saved)
        if not unsaved:
            return None
        at = self.held[-unsaved].at
        gather_ms = GATHER_MS - ticks_diff(now, at) if type(at) is int else 0
        return max(0, self.spill.wait_ms(now), min(GATHER_MS, gather_ms))

    def save(self):
        """Write what only RAM has; if flash takes it not, all goes on as before."""
        unsaved = min(len(self.held), self.seq - self._saved)
        if unsaved and self.spill.append(self.held[-unsaved:], self._record):
            self._saved = self.seq

    def _record(self, event):
        at = (self.clock.moment(event.at) or event.at) if type(event.at) is int else event.at
        if event.kind in SECRETS:  # without its moment it is late for sure
            return [event.boot, event.seq, None, event.kind, {event.kind: SECRETS[event.kind]}]
        return [event.boot, event.seq, at, event.kind, event.fields]

    def _let_go(self):
        """Of the oldest: of all that flash has too; if it has none of them, they are written now, for else they would be lost."""
        count = self._read
        if not count and self.held[0].seq > self._saved:
            self.save()
        while count < len(self.held) and self.held[count].boot == self.boot and self.held[count].seq <= self._saved:
            count += 1
        if count:
            self.unread, self._read = True, 0
            self.spill.again()
        else:
            count = 1
            self.dropped += 1
        self.held = self.held[count:]
        self._ahead = max(0, self._ahead - count)

    def _more(self):
        """Read on: what was acknowledged is passed over, and so is what RAM has. A start whose number could not be kept had a high
        one (boot.far), so numbers say nothing of order."""
        end = self.held[0].seq if self.held else self._saved + 1

        def is_wanted(boot, seq):
            return seq > self._marks.get(boot, 0) and (boot != self.boot or seq < end)

        events = self.spill.read(is_wanted, self._event, _READ_AT_ONCE)
        self.unread = len(events) == _READ_AT_ONCE
        events = [event for event in events if self._is_sound(event)]
        self.held = events + self.held
        self._read = len(events)
        if not self.held and not self.unread and self.spill.count:
            self.spill.clear()

    def _event(self, boot, seq, at, kind, fields):
        if type(at) is int and (boot != self.boot or self._minutes * 60_000 > _AGE_KNOWN_MS):
            at = None
        return Event(boot, seq, at, kind, fields)

    def _is_sound(self, event):
        """Other firmware may have written it."""
        try:
            self._payload(event, event.seq, "", 0)
            return True
        except (wire.Nonsense, KeyError, TypeError):
            self.spill.torn += 1
            return False

    # what is sent

    def _window(self):
        """How many of `held` may be on the way. Behind what was lost in the midst nothing goes out before all older is decided, for
        its `first` says that nothing older is held; and what has a moment waits for the time."""
        most = min(self._read if self.unread else len(self.held), wire.SEND_AHEAD_MAX)
        for i in range(most):
            at = self.held[i].at
            if at and type(at) is not int and not self.clock.is_sure:
                return i
            if i and self._first(i) == self.held[i].seq and self.held[i].boot == self.held[i - 1].boot:
                return i
        return most

    def _first(self, i):
        """The seq with which the unbroken row begins that the event is in."""
        while i and self.held[i - 1].boot == self.held[i].boot and self.held[i - 1].seq == self.held[i].seq - 1:
            i -= 1
        return self.held[i].seq

    def _payload(self, event, first, epoch, now):
        is_ticks = type(event.at) is int
        fields = {
            "epoch": epoch,
            "boot": event.boot,
            "seq": event.seq,
            "first": first,
            "age_ms": ticks_diff(now, event.at) if is_ticks else event.at and self.clock.age_ms(event.at, now),
            "kind": event.kind,
        }
        fields.update(event.fields)
        return wire.encode("ev", fields)
