"""Tiles of other kinds than a number: trend, list, call, ticker, notice and QR code."""

import binascii

import wire
from micropython import const

import font
import paint
import screen as screens
import sketch as sketches
import tiles
import words

_SPACE = const(32)  # what comes after it is Chinese, and may be broken anywhere
_HANZI = const(0x2E7F)
_QUIET = const(2)  # modules round a QR code: ISO/IEC 18004 wants four, of which the ground at its sides gives two


def draw(screen, box, tile, is_stale):
    """As tiles.draw."""
    view = tile.view
    kind = view["kind"]
    if kind in ("notice", "code"):
        sketch = sketches.Sketch(screen, box, "white")
        if kind == "code":
            _code(sketch, tile.view["label"], tile.code, tile.across)
        else:
            _wrapped(sketch, sketches.inside(box), view["text"])
        return sketch.show()
    sketch = tiles.begin(screen, box, view)
    _, ink, label_ink, bar, _ = tiles.LOOKS[view["level"]]
    if kind == "trend":
        _trend(sketch, sketch.rest, tile.value(is_stale), view, ink, label_ink, bar)
    elif kind == "list":
        _list(sketch, sketch.rest, view["text"], ink)
    elif kind == "ticker":
        _ticker(sketch, sketch.rest, view["text"], ink)
    else:
        _call(sketch, sketch.rest, view["value"], words.TO % view["desk"], ink)
    return sketch.show()


def decoded(code):
    """(bits of the modules, how many there are in a row); wire.Nonsense for a code that is none."""
    across = wire.CODES[len(code)]
    try:
        bits = binascii.a2b_base64(code)
    except ValueError:
        raise wire.Nonsense("code")
    if 8 * len(bits) < across * across:
        raise wire.Nonsense("code")
    return bits, across


def _trend(sketch, box, value, view, ink, unit_ink, bar):
    """The value, and what it was: beside it, or below where there is room."""
    x, y, width, height = box
    count = max(1, len(view["points"]))
    if height < width // 2:
        across = max(1, width * 3 // 5 // count) * count
        left, place = width - across - sketches.pad(sketch.box), (x + width - across, y, across, height)
        sketches.figure(sketch, (x, y, left, height), value, view["unit"], ink, unit_ink, screens.LEFT)
    else:
        upper, low = sketches.split(box, height * 2 // 5)
        across = max(1, width // count) * count
        place = x + width - across, low[1] + 6, across, low[3] - 6
        sketches.figure(sketch, upper, value, view["unit"], ink, unit_ink, screens.LEFT)
    sketch.add(place, bar, sketches.columns, view["points"].encode())


def _list(sketch, box, text, ink):
    """A row of a left and a right text for each pair of cells; those that have no room are left out."""
    x, y, width, height = box
    cells = text.split("|")
    rows = min(len(cells) // 2, max(1, height // sketches.LABEL))
    tall = min(height // max(1, rows), 2 * sketches.LABEL_LARGE)
    line = sketches.LABEL if tall < sketches.LABEL_LARGE else sketches.LABEL_LARGE
    for row in range(rows):
        top = y + row * tall + (tall - line) // 2
        right = sketch.line((x + width // 2, top, width - width // 2, line), cells[2 * row + 1], ink, screens.RIGHT)
        sketch.line((x, top, right[0] - x - 6, line), cells[2 * row], "white", screens.LEFT)


def _call(sketch, box, number, to, ink):
    """Number and desk, beside each other where that makes them larger."""
    if not number:
        sketch.line(box, "–", ink)
    elif box[2] > 3 * box[3]:
        left = box[2] * 3 // 5
        sketch.line((box[0], box[1], left - 6, box[3]), number, "amber", screens.CENTRE, screens.FIGURE)
        sketch.line((box[0] + left, box[1], box[2] - left, box[3]), to, ink, screens.CENTRE, screens.FIGURE)
    else:
        upper, low = sketches.split(box, box[3] * 3 // 5)
        sketch.line(upper, number, "amber", screens.CENTRE, screens.FIGURE)
        sketch.line(sketches.less(low, max(4, low[3] // 5), True), to, ink, screens.CENTRE, screens.FIGURE)


def _ticker(sketch, box, text, ink):
    """It runs as soon as it does not fit, and does not become small before."""
    tall = (
        sketches.LABEL
        if box[3] < sketches.LABEL_LARGE
        else min(box[3] - box[3] % sketches.LABEL_LARGE, 2 * sketches.LABEL_LARGE)
    )
    sketch.line((box[0], box[1] + (box[3] - tall) // 2, box[2], tall), text, ink, screens.CENTRE, screens.RUNNING)


def _code(sketch, label, code, across):
    """Each module as large as fits in whole pixels, with at least _QUIET of them all round; its label beside it, or above."""
    x, y, width, height = sketch.box
    modules = across + 2 * _QUIET
    size = max(1, min(width, height) // modules)
    side, inner = size * modules, size * across
    left, top = x + (width - side) // 2, y + (height - side) // 2
    if label and width - side > 3 * sketches.LABEL_LARGE:
        left = x + width - side
        _wrapped(sketch, (x + 6, y, width - side - 6, height), label)
    elif label and height - side >= sketches.LABEL:
        top = y + height - side
        sketch.line((x + 3, y + 2, width - 6, min(height - side, sketches.LABEL_LARGE)), label, "black")
    place = left + size * _QUIET, top + size * _QUIET, inner, inner
    sketch.add(place, "black", _modules, code, across)


def _modules(canvas, x, y, width, height, ink, bits, across):
    size = width // across
    for at in range(across * across):
        if bits[at // 8] & 0x80 >> at % 8:
            canvas.fill_rect(x + at % across * size, y + at // across * size, size, size, ink)


def _wrapped(sketch, box, text):
    """Lines in the middle, as large as fits; what does not fit at all runs."""
    x, y, width, height = box
    for face, scale in sketch.screen.readable(text, height):
        lines, is_broken = pieces(text, face, width // scale)
        tall = scale * face.height
        is_ragged = len(lines) > 1 and width < 4 * tall
        if len(lines) * tall <= height and not is_broken and not (is_ragged and scale > 1):
            top = y + (height - len(lines) * tall) // 2
            for line in lines:
                across = scale * face.width(line)
                at = x + (width - across) // 2, top, across, tall
                sketch.add(at, "black", paint.TEXT, line, face, scale, 0)
                top += tall
            return
    sketch.line(box, text, "black")


def pieces(text, face, width):
    """The text in lines of at most that width, broken between words and within what has none, as Chinese; and whether a word had to
    be broken too."""
    made, start, last, x, is_broken = [], 0, 0, 0, False
    for i, code in enumerate(font.codes(text)):
        x += face.advance(code)
        if code == _SPACE or code > _HANZI:
            last = i
        if x > width and i > start:
            is_broken = is_broken or last <= start
            end = last if last > start else i
            made.append(text[start:end].strip())
            start = last = end
            x = face.width(text[start : i + 1].strip())
    made.append(text[start:].strip())
    return made, is_broken
