"""Files that are the old one or the new one, whatever happens while they are written."""

import os
from pathlib import Path


def put(path: Path, content: bytes) -> None:
    """OSError if it cannot be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    with new.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
