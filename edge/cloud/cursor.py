"""How far a journal has gone up, kept beside it: under which incarnation, into which stream, up to which row."""

import hashlib
import os
import secrets
from pathlib import Path

import msgspec


class Cursor(msgspec.Struct):
    incarnation: str
    stream: str = ""  # when it was made: one that was made anew knows nothing of us
    upto: int = 0  # rows that the hub has confirmed
    last: str = ""  # a digest of the last of them: a journal that was put back has another

    @classmethod
    def new(cls) -> "Cursor":
        """For a journal that was never sent, or that has been put back from a backup: it may go on otherwise than before."""
        return cls(secrets.token_hex(4))


def read(path: Path) -> Cursor:
    """A new one if there is none, or it is damaged: then all goes up again, as another incarnation."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Cursor)
    except (FileNotFoundError, msgspec.MsgspecError):
        return Cursor.new()


def write(path: Path, cursor: Cursor) -> None:
    """Whole or not at all. It may be older than the truth after a power cut; then a few rows go up again."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(msgspec.json.encode(cursor))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def digest(fact: str) -> str:
    return hashlib.sha256(fact.encode()).hexdigest()[:16]
