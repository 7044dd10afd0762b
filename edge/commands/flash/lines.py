"""The serial ports that the floor itself uses, for its printers and the building: no board is behind them."""

from pathlib import Path
from urllib.parse import urlsplit

from edge.commands import Stop
from edge.commands.serving import ACCEPTED
from edge.settings import BadSettings, read


def used(state: Path) -> dict[str, str]:
    """Path of each, links followed, to what it is: {"/dev/ttyUSB3": "printer front"}. None where no floor has been served yet."""
    try:
        if not (state / ACCEPTED).exists():
            return {}
        settings = read(state / ACCEPTED)
    except OSError as error:
        raise Stop(f"Which ports the floor itself uses cannot be read from {state}: {error.strerror}.") from error
    except BadSettings as error:
        raise Stop(str(error)) from error
    found = {f"light {light.name}": light.at for light in settings.light}
    found |= {f"sign {sign.name}": sign.at for sign in settings.sign}
    found |= {f"printer {printer.name}": printer.at for printer in settings.printer}
    paths = {what: urlsplit(at).path for what, at in found.items() if at.startswith("serial:")}
    return {str(Path(path).resolve()): what for what, path in paths.items()}


def of(port: str, lines: dict[str, str]) -> str:
    """What the floor has at a port, "" if nothing."""
    return lines.get(str(Path(port).resolve()), "")


def check(port: str, state: Path) -> None:
    """Stop if the floor itself uses the port: to look at a board resets what is there, and writes to it."""
    line = "" if "://" in port else of(port, used(state))
    if line:
        raise Stop(f"At {port} is the floor's {line}, by its site's file; name the port of a board.")
