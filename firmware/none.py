"""In the outbox's place on a board without keys and badges: it makes no events, and their code would only take its heap."""

import wire


class Outbox:
    """As outbox.Outbox with its Spill and its Clock, of which nothing is ever kept."""

    seq = dropped = count = writes = torn = 0
    held = ()
    unread = False
    fault = ""

    def __init__(self, boot):
        self.boot = boot
        self.spill = self.clock = self

    def acknowledged(self, boot, upto):
        """Nonsense if it is of an event, which was never made."""
        if boot == self.boot and upto:
            raise wire.Nonsense("ack of the future")

    def wait_ms(self, now):
        return None

    def spill_wait_ms(self, now):
        return None

    def beat(self, day, ms, at, is_fresh=True):
        pass

    def roll(self, now):
        pass

    def forget_ticks(self, now):
        pass

    def again(self):
        pass

    def save(self):
        pass
