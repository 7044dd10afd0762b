"""The printer rim: what the floor holds for a printer goes on paper, one thread for each printer.

A job is a fact, and so is its end: paper that is out or a printer that is dead delays nothing, and no job is lost.
"""

from collections.abc import Callable, Sequence

from edge.facts import Fact
from edge.floor import Floor
from edge.printing.printer import Printer
from edge.requests import Request
from edge.settings import Settings


class Printing:
    """Lives from `start` to `stop`; `show` from the replica's thread."""

    def __init__(self, settings: Settings, tell: Callable[[Request], None]) -> None:
        self._printers = [Printer(table, settings.site, settings.zone, tell) for table in settings.printer]

    def start(self) -> None:
        for printer in self._printers:
            printer.start()

    def show(self, floor: Floor, facts: Sequence[Fact]) -> None:
        for printer in self._printers:
            printer.show(floor)

    def stop(self) -> None:
        for printer in self._printers:
            printer.stop()
