"""`floorboard flash`: the technicians' command line, from a board on the bench to a device on the floor."""

from typing import Any

from edge.commands import command
from edge.commands.flash import acceptance, batch, floor, labels, looking, provision, repair, write


def add(commands: Any) -> None:
    flash = command(
        commands,
        "flash",
        "Find boards, see what is on them, write them, make them devices of this floor.",
        """floorboard flash list
        floorboard flash identify /dev/ttyUSB0
        floorboard flash keep ESP32_GENERIC-20250911-v1.26.1.bin
        floorboard flash provision /dev/ttyUSB0 --name desk-9 --desk 9 --board desk-unit --wifi wifi.toml
        floorboard flash batch /dev/ttyUSB0 /dev/ttyUSB1 --board desk-unit --wifi wifi.toml""",
    )
    actions = flash.add_subparsers(title="actions", metavar="ACTION", required=True)
    for module in (looking, write, provision, batch, acceptance, labels, repair, floor):
        module.add(actions)
