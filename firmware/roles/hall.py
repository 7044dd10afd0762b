"""The hall display: who is called to which desk, large, and the last called. Without the edge they stay, and it says since when."""

import wire

import display
import screen

TURN_MS = 3_000  # a line of the head, or a page on a row of LEDs
FLASH_MS = 5_000  # of a new announcement
COLUMNS, ROWS = 2, 3  # of the last called


class Hall(display.Display):
    """An announcement flashes once, by its number; the edge says when the next one has its turn."""

    KIND = "hall display"

    def __init__(self, link, screen, name):
        super().__init__(link, screen, name)
        self._board = self._calls = None  # the last show/board and show/hall, of whatever epoch
        self._flash = display.Flash(FLASH_MS)
        self._looks = {}  # the grounds of the head and of each line, as they stand there

    def show(self, part, view):
        if part == "show/board":
            self._board = view
        elif part == "show/hall":
            self._calls = view
            self._flash.take(view["announcement"], 1000 * min(view["age_s"] or 0, FLASH_MS // 1000))
            self.called(view["announcement"])
        else:
            raise wire.Nonsense("part")
        self.take(view)

    def picture(self):
        """What has not come yet is blank; what is of an older epoch is stale."""
        is_stale = not self.is_current(self._board) or not (self._calls is None or self.is_current(self._calls))
        stale = display.stale_since(self.link) if is_stale else ""
        is_lit, left_ms = self._flash.half()
        if is_stale:
            is_lit, left_ms = False, None  # a call that may be over calls nobody
        wait_ms = self._row(stale, is_lit) if self.screen.is_row else self._whole(stale, is_lit)
        return min(wait_ms or left_ms, left_ms or wait_ms) if wait_ms or left_ms else None

    # in a picture

    def _whole(self, stale, is_lit):
        if self.lay_out("hall"):
            self._looks.clear()
        wait_ms = self._head(stale)
        self._call(bool(stale), is_lit)
        for place in range(1, wire.LINES_MAX + 1):
            self._line(place)
        return wait_ms

    def _head(self, stale):
        """The title, or what takes its place: that all is stale, else a notice, in turn where it is too long."""
        width, height = self.screen.width, self.screen.height // 10
        margin = height // 8
        board = self._board
        notice = board["notice"] if board and not stale else ""
        colour, ground = ("black", "amber") if stale else ("black", "white") if notice else ("white", "black")
        self._ground("head", (0, 0, width, height), ground)
        inner = margin, margin, width - 2 * margin, height - 2 * margin
        lines = display.pieces(notice, screen.columns(inner)) if notice else [stale or self._title()]
        line, left_ms = self.turn([(line, TURN_MS) for line in lines])
        self.screen.text(inner, line, colour, ground)
        return left_ms

    def _call(self, is_stale, is_lit):
        """Number and desk, on light in every lit half: both can be read at each moment."""
        width, height = self.screen.width, self.screen.height
        margin, top = height // 60, height // 10 + height // 60
        inner, upper = width - 2 * margin, (height * 7 // 10 - margin - top) * 2 // 3
        lower = height * 7 // 10 - margin - top - upper
        calls = self._calls
        number = calls["number"] if calls else ""
        ink, ground = ("black", "amber") if is_lit else ("grey" if is_stale or not number else "amber", "black")
        self.screen.text((margin, top, inner, upper), number or "-", ink, ground)
        desk = screen.ARROW + " DESK " + calls["desk"] if calls and number else ""
        self.screen.text((margin, top + upper, inner, lower), desk, ink if is_lit or is_stale else "white", ground)

    def _line(self, place):
        """One of the last called, in columns, with a slate ground if there is one."""
        top, gap = self.screen.height * 7 // 10, max(1, self.screen.height // 120)
        width, height = self.screen.width // COLUMNS, (self.screen.height - top) // ROWS
        calls = self._calls
        number = calls["number%d" % place] if calls else ""
        x, y = (place - 1) // ROWS * width + gap, top + (place - 1) % ROWS * height + gap
        box = x, y, width - 2 * gap, height - 2 * gap
        ground = "slate" if number else "black"
        self._ground(place, box, ground)
        text = number + " " + screen.ARROW + " " + calls["desk%d" % place] if calls and number else ""
        self.screen.text((x + gap, y + gap, box[2] - 2 * gap, box[3] - 2 * gap), text, "white", ground)

    def _ground(self, what, box, colour):
        if self._looks.get(what, "black") != colour:
            self.screen.fill(box, colour)
        self._looks[what] = colour

    def _title(self):
        return self._board["title"] if self._board else self._name

    # on a row of LEDs

    def _row(self, stale, is_lit):
        """The number and its desk in turn, or together where they fit; then the title while nobody is called."""
        calls, most = self._calls, screen.columns((0, 0, self.screen.width, self.screen.height))
        number = calls["number"] if calls else ""
        self.lay_out("row " + stale + number + (calls["desk"] if calls and number else ""))
        pages = [(word, display.PAGE_MS) for word in stale.split()]
        if calls and number:
            whole = number + screen.ARROW + calls["desk"]
            parts = [whole] if len(whole) <= most else [number, screen.ARROW + calls["desk"]]
            for part in parts:
                pages.extend([(piece, TURN_MS) for piece in display.pieces(part, most)])
        elif not stale:
            notice = self._board["notice"] if self._board else ""
            pages = [(piece, TURN_MS) for piece in display.pieces((notice or self._title()).upper(), most)]
        text, left_ms = self.turn(pages or [("", TURN_MS)])
        inks = ("black", "red") if is_lit else ("white", "black")
        self.screen.text((0, 0, self.screen.width, self.screen.height), text, *inks)
        return left_ms


async def run(device, meta):
    await display.run(Hall, device, meta)
