"""What a desk's lamp shows: eight pixels, told apart by which are lit, so that colour only helps.

Pixels 0 to 4 show the presence, pixel 5 that a press awaits its answer, pixels 6 and 7 how far help has come.
"""

PIXELS = 8

SHAPES = {  # five pixels; colour as red, green, blue, at most 64 so that the bar needs no supply of its own
    "signed_out": ("..#..", (12, 12, 12)),
    "ready": (".###.", (0, 48, 0)),
    "called": ("#.#.#", (48, 36, 0)),
    "serving": ("##.##", (0, 0, 64)),
    "hold": ("#...#", (0, 36, 36)),
    "wrap_up": ("...##", (36, 0, 36)),
    "not_ready": (".#.#.", (48, 0, 0)),
}
DIGITS = ("", "#....", "##...", "###..", "####.", "#####")  # how many are in; the sixth sends them
LOST = (("##..#", "#."), ("..##.", ".#"))  # presence and help pixels, changing places
SAYS_NO = ("refused", "expired", "unread")
NO = ("#..##", ".##..")  # shakes its head
STUCK = "#.##."  # a key is; shown for one beat of STUCK_BEATS, since the others go on
STUCK_BEATS = 8
HELP = {"none": "..", "raised": "#.", "acknowledged": ".#", "arrived": "##"}

DARK = (0, 0, 0)
DIGIT = (20, 20, 20)
AMBER = (64, 24, 0)
RED = (64, 0, 0)
WHITE = (40, 40, 40)
MAGENTA = (64, 0, 32)
BEAT_MS = 250  # between two beats of anything that blinks
LOST_BEATS = 2  # for each half: blinks at 1 Hz
CODE_OF = 8  # halves while the edge is lost: the last two of them say why, if somebody can do something about it
CODES = (  # with the words of trouble.py
    (".#...", "no network, no cable, no address"),
    ("#.#..", "wifi password"),
    ("...#.", "no name, no broker, broker silent, broker closed"),
    ("....#", "refused, certificate, captive portal"),
)


def pattern(presence, help, pending, lost, verdict, digits, beat, trouble=""):
    """The eight (red, green, blue). A `verdict` that is not in SAYS_NO shows nothing; `beat` counts BEAT_MS.

    What is lost is no truth: neither presence nor help is shown then, only that a press is kept, and now and then the `trouble`.
    """
    if lost:
        half = beat // LOST_BEATS
        bar, ends = LOST[half % 2]
        for code, words in CODES:
            if trouble and trouble in words and half % CODE_OF >= CODE_OF - 2:
                bar, ends = code, ".."
        return paint(bar, AMBER) + _pending(pending) + paint(ends, AMBER)
    bar, colour = SHAPES[presence]
    if verdict in SAYS_NO:
        bar, colour = NO[beat % 2], RED
    elif digits and not pending:
        bar, colour = DIGITS[digits], DIGIT
    return paint(bar, colour) + _pending(pending) + paint(HELP[help], MAGENTA)


def stuck(pixels):
    """What that picture is while a key is stuck, for a moment."""
    return paint(STUCK, AMBER) + pixels[5:]


def identify(beat):
    """Everything on, everything off: no state does that."""
    return (WHITE if beat % 2 else DARK,) * PIXELS


def paint(shape, colour):
    return tuple([colour if c == "#" else DARK for c in shape])


def _pending(pending):
    return (WHITE if pending else DARK,)
