"""The counter display: which number is served here, and whether the counter is open. It shows only what is true."""

import wire

import display
import screen

STATES = {  # colour, word, and a word of four letters for one row of LEDs
    "closed": ("grey", "CLOSED", "SHUT"),
    "open": ("green", "OPEN", "OPEN"),
    "called": ("amber", "CALLED", "CALL"),
    "serving": ("blue", "SERVING", "BUSY"),
    "away": ("red", "AWAY", "AWAY"),
}
BAND = 5  # the state's word has one fifth of the height
ANEW_MS = 3_000  # a new call or a recall: the number itself flashes


class Counter(display.Display):
    """Number above, state below; one row of LEDs shows the number while there is one. A call flashes, and a recall does so anew."""

    KIND = "counter display"

    def __init__(self, link, screen, name):
        super().__init__(link, screen, name)
        self._view = None  # the last show/counter, of whatever epoch
        self._anew = display.Flash(ANEW_MS)

    def show(self, part, view):
        if part != "show/counter":
            raise wire.Nonsense("part")
        self._view = view
        self._anew.take(view["announcement"])
        self.called(view["announcement"])
        self.take(view)

    def picture(self):
        view = self._view
        if view is None or not self.is_current(view):
            return self._lost()
        colour, word, short = STATES[view["state"]]
        is_inverse, left_ms = self._anew.half()
        is_anew, is_on = left_ms is not None, True
        if not is_anew and view["state"] == "called":
            is_on, left_ms = self.blink()
        if self.screen.is_row:
            wait_ms = self._row(view["number"], short, view["state"], colour, is_on, is_inverse)
            return left_ms if wait_ms is None else min(wait_ms, left_ms or wait_ms)
        self._whole(view["number"], word, view["state"], colour, is_on, is_inverse)
        return left_ms

    def _whole(self, number, word, state, colour, is_on, is_inverse):
        """A call flashes in colour and on its word's bar, so that its number can be read at every moment; a number that is served
        has its word on a bar of light."""
        self.lay_out("whole")
        upper, lower = self._boxes()
        is_flash = state == "called" and is_on
        inks = ("black", colour) if is_inverse else ("white" if is_flash else colour, "black")
        self.screen.text(upper, number or word, *inks)
        is_bar = number and (state == "serving" or is_flash)
        self.screen.text(lower, word if number else "", *(("black", colour) if is_bar else (colour, "black")))

    def _row(self, number, short, state, colour, is_on, is_inverse):
        """One row has no room for a bar: a call goes dark and comes again; what is new is dark on light in between."""
        shown = display.pieces(number, screen.columns(self._box)) if number else []
        if not number or state not in ("called", "serving"):
            shown.append(short)
        self.lay_out(state + number)
        text, left_ms = self.turn([(piece, display.PAGE_MS) for piece in shown])
        self.screen.text(self._box, text if is_on else "", *(("black", colour) if is_inverse else (colour, "black")))
        return left_ms

    def _lost(self):
        self.lay_out("lost")
        if self.screen.is_row:
            text, left_ms = self.turn([("EDGE", display.PAGE_MS), ("LOST", display.PAGE_MS)])
            self.screen.text(self._box, text, "amber")
            return left_ms
        upper, lower = self._boxes()
        gap = upper[1]
        half = (upper[3] - gap) // 2
        self.screen.text((upper[0], upper[1], upper[2], half), "EDGE", "amber")
        self.screen.text((upper[0], upper[1] + half + gap, upper[2], half), "LOST", "amber")
        self.screen.text(lower, self._name, "grey")
        return None

    @property
    def _box(self):
        return 0, 0, self.screen.width, self.screen.height

    def _boxes(self):
        """The number's and the word's, with a margin all round and between."""
        width, height = self.screen.width, self.screen.height
        margin, band = height // 24, height // BAND
        upper = height - band - 3 * margin
        return (
            (margin, margin, width - 2 * margin, upper),
            (margin, upper + 2 * margin, width - 2 * margin, band),
        )


async def run(device, meta):
    await display.run(Counter, device, meta)
