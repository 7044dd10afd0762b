"""Lines of text one above the other, and words in a screen's language: what devices with keys show."""


def lines(screen, *lines):
    """Each (share of the height, text, ink); they fill the screen."""
    width, whole = screen.width, sum([share for share, _, _ in lines])
    margin, y = width // 40, 0
    for share, string, ink in lines:
        height = screen.height * share // whole
        screen.text((margin, y + 1, width - 2 * margin, height - 2), string, ink)
        y += height


def wrapped(string, columns, most):
    """At most so many lines of so many characters, between words where that is possible; the last one takes the rest."""
    made: list = []
    while len(string) > columns and len(made) < most - 1:
        at = string.rfind(" ", 0, columns + 1)
        at = columns if at <= 0 else at
        made.append(string[:at])
        string = string[at:].strip()
    return made + [string]


def say(screen, lang, pair):
    """Of (English, Chinese) what this screen can."""
    return pair[1] if lang == "zh" and screen.has(pair[1]) else pair[0]
