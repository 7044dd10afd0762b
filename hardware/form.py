"""What is found wrong with a file: where, what and what would do; and TOML read into values, or else such a finding."""

import re
import tomllib
from dataclasses import dataclass
from typing import Any

import msgspec

from hardware.lines import line_of, lines

SHOWN = "docs/hardware.md, “A board file”, shows how it is written"
OUR_WORDS = (
    ("Object missing required field ", "lacks the key "),
    ("Object contains unknown field", "has the unknown key"),
    ("`", ""),
    ("Expected", "must be of type"),
    (", got", ", not"),
)


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: where, what, the document that says so if one does, and what would do instead."""

    file: str
    line: int  # 0 if the file cannot be read
    key: str
    text: str
    source: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        where = ": ".join(part for part in (f"{self.file}:{self.line}" if self.line else self.file, self.key) if part)
        said = f"{where}: {self.text}{f' ({self.source})' if self.source else ''}."
        return f"{said} {self.remedy}." if self.remedy else said


class BadSheet(Exception):
    """A file that cannot be understood at all; carries the one Finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


def toml(raw: bytes, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(raw.decode())
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        text = f"is not UTF-8 at byte {error.start}"
        raise BadSheet(Finding(file, line, "", text, remedy="Save it as UTF-8")) from error
    except tomllib.TOMLDecodeError as error:
        said = re.search(r"at line (\d+)", str(error))
        line = int(said[1]) if said else raw.count(b"\n") + 1
        text = f"is not TOML: {str(error)[0].lower()}{str(error)[1:]}"
        raise BadSheet(Finding(file, line, "", text, remedy=SHOWN)) from error


class Form:
    """A file's lines, and what is said of its form."""

    def __init__(self, file: str, text: str) -> None:
        self.file, self.lines = file, lines(text)

    def bad(self, key: str, text: str) -> BadSheet:
        return BadSheet(Finding(self.file, line_of(self.lines, key), key, text, remedy=SHOWN))

    def convert(self, facts: Any, kind: Any, key: str = "") -> Any:
        """`facts` as a `kind`; BadSheet says in our words what msgspec found, `key` being where the facts stand."""
        try:
            return msgspec.convert(facts, kind)
        except msgspec.ValidationError as error:
            what, _, where = str(error).partition(" - at `$")
            for theirs, ours in OUR_WORDS:
                what = what.replace(theirs, ours)
            where = (key + where.strip("`")).lstrip(".").replace("[...]", "")
            raise self.bad(where, what) from error
