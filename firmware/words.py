"""A display's own words: English, and Chinese where its board's language is that and its screen has the characters."""

TO = "→ %s"


def say(screen, lang, english, chinese):
    return chinese if lang == "zh" and screen.has(chinese.replace("%s", "")) else english
