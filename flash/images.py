"""MicroPython's images that a site keeps: a folder with a file of their SHA-256, as sha256sum writes and checks it."""

import hashlib
import re
from pathlib import Path

from flash import whole
from flash.image import parse

SUMS = "SHA256SUMS"
FLASH_BYTES = 32 << 20  # of the largest board; whether one fits its own is asked when it is written
LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")


def sums(folder: Path) -> dict[str, str]:
    """File name to SHA-256, in the order in which they came; empty without such a file. ValueError if it is no such file."""
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    found = [LINE.fullmatch(line) for line in lines if line.strip()]
    if not all(found):
        raise ValueError(f"{folder / SUMS} is no list of SHA-256 and names")
    return {match[2]: match[1] for match in found if match}


def read(path: Path, said: str = "") -> bytes:
    """An image that is what it should be: by `said`, or by the SHA256SUMS beside it if that names it. ValueError if it is not,
    OSError if it cannot be read."""
    content = path.read_bytes()
    should = said.lower() or sums(path.parent).get(path.name, "")
    if should and should != sha256(content):
        raise ValueError(f"{path} is not what it was: its SHA-256 is {sha256(content)}, and should be {should}")
    return content


def judge(path: Path, said: str = "") -> tuple[bytes, str]:
    """An image and its chip. ValueError as `read`, or if it is none of an ESP32."""
    content = read(path, said)
    try:
        return content, parse(content, FLASH_BYTES).chip
    except ValueError as error:
        raise ValueError(f"{path} {error}") from error


def keep(path: Path, folder: Path, said: str = "") -> Path:
    """Take a copy into the folder; it is the one for its chip from now on. ValueError as `judge`."""
    content, _ = judge(path, said)
    kept = folder / path.name
    listed = {name: digest for name, digest in sums(folder).items() if name != path.name} | {path.name: sha256(content)}
    whole.put(kept, content)
    whole.put(folder / SUMS, "".join(f"{digest}  {name}\n" for name, digest in listed.items()).encode())
    return kept


def latest(folder: Path, chip: str) -> Path | None:
    """The image for a chip that was kept last. ValueError if one of them is not what it was."""
    for name in reversed(sums(folder)):
        if judge(folder / name)[1] == chip:
            return folder / name
    return None


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
