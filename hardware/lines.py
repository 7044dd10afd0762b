"""On which line of a TOML file each key stands, and each element of an array: tomllib does not tell.

The file is known to be good TOML. Keys are written as findings have them: "keys.ready", "parts.rows.count", "nets.GND[3]"; a table
stands where its header does, or else its first key.
"""

import re
from collections import deque
from collections.abc import Iterator, Mapping

TOKEN = re.compile(
    r'(?P<quoted>"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\')'
    r"|(?P<comment>#[^\n]*)"
    r"|(?P<mark>[\[\]{}=,\n])"
    r"|(?P<bare>[^\s\[\]{}=,#\"']+)",
    re.DOTALL,
)

Tokens = deque[tuple[str, str, int]]  # kind, text, line


def lines(text: str) -> dict[str, int]:
    """Key to line, from 1."""
    found: dict[str, int] = {}
    tokens = deque(_tokens(text))
    table = ""
    while tokens:
        kind, mark, line = tokens[0]
        if (kind, mark) == ("mark", "["):
            table = _header(tokens)
            found.setdefault(table, line)
        elif (kind, mark) == ("mark", "\n"):
            tokens.popleft()
        else:
            _entry(tokens, table, found)
    return found


def line_of(found: Mapping[str, int], key: str) -> int:
    """The line of a key; if it is not in the file, of what it would stand in; 1 if that is not there either."""
    while key and key not in found:
        key = re.sub(r"(\[\d+\]|\.?[^.\[]+)$", "", key)
    return found.get(key, 1)


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    line, counted = 1, 0
    for match in TOKEN.finditer(text):
        line += text.count("\n", counted, match.start())
        counted = match.start()
        kind = match.lastgroup or ""
        if kind != "comment":
            yield kind, match[0], line


def _header(tokens: Tokens) -> str:
    words: list[str] = []
    while tokens and tokens[0][1] != "\n":
        words += _words(*tokens.popleft()[:2])
    return ".".join(words)


def _entry(tokens: Tokens, table: str, found: dict[str, int]) -> None:
    """A key, its sign and its value, and all that is in it."""
    line = tokens[0][2]
    key = table
    words: list[str] = []
    while tokens[0][1] != "=":
        words += _words(*tokens.popleft()[:2])
    tokens.popleft()
    for word in words:
        key = f"{key}.{word}".lstrip(".")
        found.setdefault(key, line)
    _value(tokens, key, found)


def _value(tokens: Tokens, key: str, found: dict[str, int]) -> None:
    kind, opening, _ = tokens.popleft()
    if (kind, opening) == ("mark", "["):
        number = 0
        while _goes_on(tokens, "]"):
            found[f"{key}[{number}]"] = tokens[0][2]
            _value(tokens, f"{key}[{number}]", found)
            number += 1
    elif (kind, opening) == ("mark", "{"):
        while _goes_on(tokens, "}"):
            _entry(tokens, key, found)
    while kind == "bare" and tokens and tokens[0][0] == "bare":  # a date and its time
        tokens.popleft()


def _goes_on(tokens: Tokens, closing: str) -> bool:
    """Whether another element comes; commas, line ends and the closing bracket are taken away."""
    while tokens[0][0] == "mark" and tokens[0][1] in (",", "\n"):
        tokens.popleft()
    if tokens[0][:2] == ("mark", closing):
        tokens.popleft()
        return False
    return True


def _words(kind: str, text: str) -> list[str]:
    """Of a piece of a key, which its points part; none of a bracket."""
    if kind == "mark":
        return []
    return [text[1:-1]] if kind == "quoted" else [word for word in text.split(".") if word]
