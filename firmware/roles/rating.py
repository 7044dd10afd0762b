"""The rating pad: asks the visitor whose service at its desk has just ended, thanks, and sleeps. One rating a ticket, by nobody."""

from time import ticks_add, ticks_diff, ticks_ms

import wire
from micropython import const

import lamp
import visitor

AGAIN_MS = 500
_ASK_MS = const(60_000)  # from the end of the service
THANKS_MS = 4_000
WORDS = {
    "ask": ("How was it?", "您满意吗？"),
    "scale": ("1 bad - 5 good", "1 差 - 5 好"),
    "lost": ("out of order", "暂停使用"),
    "thanks": ("Thank you!", "谢谢！"),
}


class Rating(visitor.Visitor):
    KIND = "rating pad"

    def __init__(self, link, screen, name, bar):
        super().__init__(link, screen, name, bar)
        self._asked_until = None
        self._rated = 0  # what was asked when it was rated

    def show(self, part, view):
        if part != "show/rating":
            raise wire.Nonsense("part")
        if not self.view or view["ask"] != self.view["ask"]:
            self._asked_until = (
                ticks_add(ticks_ms(), _ASK_MS - 1000 * min(view["age_s"] or 0, 60)) if view["ask"] else None
            )
        self.view = view
        if self.is_answered:
            self.seq = 0
        self.take(view)

    @property
    def is_asking(self):
        """Also when the edge is lost meanwhile: what is pressed then goes to the same ticket."""
        if self._asked_until is not None and ticks_diff(self._asked_until, ticks_ms()) <= 0:
            self._asked_until = None
        return self._asked_until is not None and self.view["ask"] != self._rated

    def wish(self, name):
        if not self.is_asking:
            return None
        self._rated = self.view["ask"]
        self.stand(THANKS_MS)
        return "rate", {"ask": self._rated, "score": int(name)}

    def picture(self):
        left_ms = self.left_ms()
        if left_ms is not None:
            self.lay_out("thanks")
            self.lines((1, self.say(WORDS["thanks"]), "green"))
            return left_ms
        if self.is_asking:
            self.lay_out("ask")
            self.lines(
                (1, self.say(WORDS["ask"]), "white"),
                (1, self.view["number"], "amber"),
                (1, self.say(WORDS["scale"]), "grey"),
            )
            return max(1, ticks_diff(self._asked_until, ticks_ms()))
        self.lay_out("lost" if self.is_lost else "asleep")
        if self.is_lost:
            self.lines((1, self.say(WORDS["lost"]), "amber"))
        return None

    def light(self, beat):
        """Five pixels for the five keys while it asks; all of them for thanks; dark while it sleeps."""
        if self.until is not None:
            return lamp.paint("########", visitor.GREEN)
        return lamp.paint("#####...", lamp.WHITE) if self.is_asking else lamp.paint("........", lamp.WHITE)


async def run(device, meta):
    await visitor.run(Rating, device, meta, AGAIN_MS)
