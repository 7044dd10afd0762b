"""A board made of software: the real firmware under MicroPython, with stand-ins only for the copper."""

from hardware.virtual.pins import Board, Pins
from hardware.virtual.process import Process, idle_percent, start

__all__ = ["Board", "Pins", "Process", "idle_percent", "start"]
