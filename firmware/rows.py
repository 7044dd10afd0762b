"""Wallboard and hall display on LEDs that are one row of characters: what does not fit beside each other comes in turn."""

from micropython import const

import display
import screen as screens
import sketch as sketches
import words

_TURN_MS = const(3_000)  # a page with something that is to be read, and with its name
_WORD_MS = const(1_500)
_RUN_MS = const(15_000)  # at most, of one that runs


def wallboard(board, tiles, stale):
    """Gives ms to the next picture, as hall."""
    board.lay_out("row " + stale)
    screen = board.screen
    old = _timed(screen, [(stale, "stale", _WORD_MS, None)] if stale else [])
    pages = []
    wait_ms = None
    for tile in tiles:
        if tile:
            if tile.counts and not stale:
                wait_ms = display.sooner(wait_ms, tile.left_ms())
            looks = tile.value(bool(stale)), stale
            if tile.row is None or tile.row[0] != looks:
                tile.row = looks, _timed(screen, _pages(screen, tile, bool(stale)))
            for page in tile.row[1]:
                pages.extend(old)  # before each: nobody who passes by takes an old number for a new one
                pages.append(page)
    if not stale and board.notice:
        pages.extend(_timed(screen, [(board.notice, "normal", _TURN_MS, None)]))
    if not pages:
        pages = old or _timed(screen, [(_title(board), "normal", _TURN_MS, None)])
    return display.sooner(wait_ms, _turn(board, pages))


def hall(board, calls, stale, is_lit):
    """The number and its desk together where they fit, else in turn; the title while nobody is called."""
    number = calls["number"] if calls else ""
    board.lay_out("row " + stale + number + (calls["desk"] if calls and number else ""))
    level = "alarm" if is_lit else "normal"
    old = [(stale, "stale", _WORD_MS, None)] if stale else []
    pages = list(old)
    if calls and number:
        to = words.TO % calls["desk"]
        whole = number + to.replace(" ", "")
        parts = [number, to] if _run_ms(board.screen, whole) else [whole]
        pages = []
        for part in parts:
            pages.extend(old)
            pages.append((part, level, _TURN_MS, None))
    elif not stale:
        pages = [(board.notice or _title(board), "normal", _TURN_MS, None)]
    return _turn(board, _timed(board.screen, pages))


def _title(board):
    """Eight rows have no Chinese."""
    return board.title if board.screen.has(board.title) else "WELCOME"


def _pages(screen, tile, is_stale):
    """Label and value of a tile, together where they fit, else one after the other. A code has no room."""
    view = tile.view
    kind, level = view["kind"], view["level"]
    label = view["label"]
    if view["short"] and (not screen.has(label) or _run_ms(screen, label)):
        label = view["short"]
    if kind == "list":
        cells = view["text"].split("|")
        texts = [cells[i] + " " + cells[i + 1] for i in range(0, len(cells) - 1, 2)]
    elif kind == "call":
        texts = [view["value"] + words.TO.replace(" ", "") % view["desk"]] if view["value"] else []
    elif kind == "code":
        return []
    else:
        texts = [view["text"] if "text" in view else tile.value(is_stale) + view["unit"]]
    whole = label + " " + texts[0] if len(texts) == 1 and label else ""
    if whole and kind != "ticker" and not _run_ms(screen, whole, 7):
        texts, label = [whole], ""
    pages = [(label, level, _WORD_MS, None)] if label else []
    pages.extend([(text, level, _TURN_MS, view.get("share")) for text in texts])
    if kind == "trend":
        pages.append(("", level, _TURN_MS, view["points"].encode()))
    return pages


def _timed(screen, pages):
    """Pages are (text, level, ms, more); `more` is None, a bar's share or a trend's points. Each with its time: what does not fit
    runs through once."""
    return [(page, max(page[2], min(_run_ms(screen, page[0]), _RUN_MS))) for page in pages]


def _turn(board, pages):
    """One page after the other."""
    screen = board.screen
    width, height = screen.width, screen.height
    (text, level, _, more), left_ms = board.turn(pages)
    sketch = sketches.Sketch(screen, (0, 0, width, height), "red" if level == "alarm" else "black")
    ink = "black" if level == "alarm" else "amber" if level in ("stale", "warn") else "white"
    left = 0
    if level == "warn":  # told apart by its bar too
        left = min(height // 2, width // 32)
        sketch.add((0, 0, max(1, left // 2), height), "amber")
    if type(more) is bytes:
        across = max(1, (width - left) // max(1, len(more))) * len(more)
        sketch.add((width - across, 0, across, height), ink, sketches.columns, more)
    else:
        tall = 0 if more is None else height // 8
        gap = 1 if tall > 1 else 0
        sketch.line((left, 0, width - left, height - tall - gap), text, ink, screens.CENTRE, screens.FIGURE)
        sketch.add((left, height - tall, (width - left) * (more or 0) // 1_000, tall), ink)
    sketch.show()
    return left_ms


def _run_ms(screen, string, eighths=8):
    """How long such a figure takes to run through so much of the row once; 0 if it fits."""
    width = screen.width * eighths // 8
    face, scale, _, used = screen.fit(string, width, screen.height, screens.FIGURE)
    length = scale * face.width(string)
    step, every_ms = screen.pace(scale * used)
    return 0 if length <= width else screens.HOLD_MS + length * every_ms // step
