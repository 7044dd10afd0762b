"""The counter display: the number that is served here, and whether the counter is open. It shows only what is true."""

import wire
from micropython import const

import display
import flashing
import screen as screens
import sketch as sketches
import words

STATES = {  # colour, and words: English, of four letters for one row of LEDs, Chinese
    "closed": ("grey", "CLOSED", "SHUT", "暂停服务"),
    "open": ("green", "OPEN", "OPEN", "空闲"),
    "called": ("amber", "CALLED", "CALL", "请到本柜台"),
    "serving": ("blue", "SERVING", "BUSY", "服务中"),
    "away": ("red", "AWAY", "AWAY", "暂时离开"),
}
_BAND = const(5)  # the state's word has one fifth of the height
_ANEW_MS = const(3_000)  # a new call or a recall: the number itself flashes
_PAGE_MS = const(2_000)


class Counter(display.Display):
    """Number above, state below; one row of LEDs shows the number while there is one. A call flashes, and a recall does so anew."""

    KIND = "counter display"

    def __init__(self, link, screen, name):
        super().__init__(link, screen, name)
        self._view = None  # the last show/counter, of whatever epoch
        self._anew = flashing.Flash(_ANEW_MS)

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
            self._lost(view["lang"] if view else "en")
            return None
        is_inverse, left_ms = self._anew.half()
        is_on = True
        if left_ms is None and view["state"] == "called":
            is_on, left_ms = self.blink()
        if self.screen.is_row:
            return display.sooner(left_ms, self._row(view, is_on, is_inverse))
        self._whole(view, is_on, is_inverse)
        return left_ms

    def _whole(self, view, is_on, is_inverse):
        """A call flashes in colour and on its word's bar, so that its number can be read at every moment; a number that is served
        has its word on a bar of light. Without a number the word stands alone."""
        number, state = view["number"], view["state"]
        self.lay_out("whole" if number else "word")
        colour, word, _, chinese = STATES[state]
        word = words.say(self.screen, view["lang"], word, chinese)
        if not number:
            self.screen.text(self._inner, word, colour)
            return
        is_flash = state == "called" and is_on
        inks = ("black", colour) if is_inverse else ("white" if is_flash else colour, "black")
        upper, lower = self._boxes()
        self.screen.text(upper, number, *inks)
        is_bar = state == "serving" or is_flash
        sketch = sketches.Sketch(self.screen, lower, colour if is_bar else "black")
        gap = 0 if word == chinese else lower[3] // 8  # which has room enough of its own
        box = lower[0] + gap, lower[1] + gap, lower[2] - 2 * gap, lower[3] - 2 * gap
        sketch.line(box, word, "black" if is_bar else colour, screens.CENTRE, screens.FIGURE)
        sketch.show()

    def _row(self, view, is_on, is_inverse):
        """One row has no room for a bar: a call goes dark and comes again; what is new is dark on light in between."""
        number, state = view["number"], view["state"]
        colour, _, short, chinese = STATES[state]
        shown = [number] if number else []
        if not number or state not in ("called", "serving"):
            shown.append(words.say(self.screen, view["lang"], short, chinese))
        self.lay_out(state + number)
        text, left_ms = self.turn([(each, _PAGE_MS) for each in shown])
        self.screen.text(self._box, text if is_on else "", *(("black", colour) if is_inverse else (colour, "black")))
        return left_ms

    def _lost(self, lang):
        self.lay_out("lost")
        word = words.say(self.screen, lang, "EDGE LOST", "失去连接")
        why = "" if self.link.last_beat else self.link.trouble  # for who sets it up; visitors need not know
        if self.screen.is_row:
            self.screen.text(self._box, why or word, "amber")
            return
        upper, lower = self._boxes()
        self.screen.text(upper, word, "amber")
        self.screen.text(lower, why or self._name, "grey")

    @property
    def _box(self):
        return 0, 0, self.screen.width, self.screen.height

    @property
    def _inner(self):
        margin = self.screen.height // 8
        return margin, margin, self.screen.width - 2 * margin, self.screen.height - 2 * margin

    def _boxes(self):
        """The number's and the word's, with a margin all round and between."""
        width, height = self.screen.width, self.screen.height
        margin, band = height // 24, height // _BAND
        upper = height - band - 3 * margin
        return (
            (margin, margin, width - 2 * margin, upper),
            (margin, upper + 2 * margin, width - 2 * margin, band),
        )


async def run(device, meta):
    await display.run(Counter, device, meta)
