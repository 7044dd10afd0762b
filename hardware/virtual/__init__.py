"""A board made of software: the real firmware under MicroPython, with stand-ins only for the copper."""

from hardware.virtual.board import Board
from hardware.virtual.copper import Copper
from hardware.virtual.face import Face

__all__ = ["Board", "Copper", "Face"]
