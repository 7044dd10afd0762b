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
    """At most so many lines of so many Latin characters, or half as many Chinese ones, between words where that is possible; the
    last one takes the rest."""
    made: list = []
    end = _fitting(string, columns)
    while end < len(string) and len(made) < most - 1:
        at = string.rfind(" ", 0, end + 1)
        at = end if at <= 0 else at
        made.append(string[:at])
        string = string[at:].strip()
        end = _fitting(string, columns)
    return made + [string]


def _fitting(string, columns):
    """How many of its characters stand in so many columns."""
    count = 0
    for byte in string.encode():
        if byte & 0xC0 != 0x80:  # the first byte of a character; three or more are as wide as high
            columns -= 1 + (byte >= 0xE0)
            if columns < 0:
                break
            count += 1
    return count


def say(screen, lang, pair):
    """Of (English, Chinese) what this screen can."""
    return pair[1] if lang == "zh" and screen.has(pair[1]) else pair[0]
