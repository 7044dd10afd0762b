"""A desk's lamp read back from its pixels, by which of them are lit alone. What they were made from is in firmware/lamp.py."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

FIRMWARE = Path(__file__).parents[2] / "firmware"


def firmware(name: str) -> ModuleType:
    """A module of the firmware that CPython can run too: `lamp`."""
    spec = importlib.util.spec_from_file_location(f"firmware_{name}", FIRMWARE / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


lamp = firmware("lamp")


class View(NamedTuple):
    """`presence` is None where no truth is shown; `trouble` is the words one of which is meant by the code that is lit, or ""."""

    presence: str | None
    help: str | None
    pending: bool
    lost: bool
    no: bool
    digits: int
    trouble: str = ""
    stuck: bool = False  # a key is


def read(pixels: Sequence[Sequence[int]]) -> View | None:
    """None for a picture that `lamp.pattern` does not make."""
    lit = "".join(["#" if any(pixel) else "." for pixel in pixels])
    bar, pending, ends = lit[:5], lit[5] == "#", lit[6:]
    if (bar, ends) in lamp.LOST:
        return View(None, None, pending, True, False, 0)
    help = next((name for name, shape in lamp.HELP.items() if shape == ends), None)
    trouble = next((words for code, words in lamp.CODES if code == bar), "")
    if trouble:
        return View(None, None, pending, True, False, 0, trouble) if help == "none" else None
    if bar == lamp.STUCK:
        return View(None, help, pending, False, False, 0, stuck=True)
    if bar in lamp.NO:
        return View(None, help, pending, False, True, 0)
    if bar in lamp.DIGITS:
        return None if pending else View("signed_out", help, False, False, False, lamp.DIGITS.index(bar))
    for name, (shape, _) in lamp.SHAPES.items():
        if shape == bar:
            return View(name, help, pending, False, False, 0)
    return None


def confirmed(pixels: Sequence[Sequence[int]]) -> str | None:
    """The presence that the edge has confirmed, or None while anything else is shown: pending, lost, no, digits."""
    view = read(pixels)
    if view is None or view.pending or view.lost or view.no or view.digits:
        return None
    return view.presence
