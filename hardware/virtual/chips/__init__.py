"""Chips as their data sheets describe them: bytes from an unmodified driver in, a picture, a colour or a tone out."""

from collections.abc import Callable

Fault = Callable[[str], None]


def hexed(data: bytes | bytearray | memoryview, most: int = 8) -> str:
    """For a sentence: the first bytes in hex."""
    return bytes(data[:most]).hex(" ") + (" …" if len(data) > most else "")
