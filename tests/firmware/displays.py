"""A display on its bench: its real firmware, a real broker, the edge played by hand, and what one can read on its screen."""

import json
import os
import shutil
import subprocess
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edge import parts, wire
from edge.commands import boards
from flash import tree
from hardware.virtual.copper import Copper
from hardware.virtual.face import Face
from tests.firmware.bench import SITE, Edge, Site
from tests.firmware.reading import Box, reads

ROOT = Path(__file__).parents[2]
BUILTIN = ROOT / "hardware" / "virtual" / "builtin"
SETTLED_S = 0.2


class Display:
    def __init__(self, edge: Edge, face: Face, hardware: str, process: subprocess.Popen[bytes], folder: Path) -> None:
        self.edge, self.face, self.hardware, self.process, self.folder = edge, face, hardware, process, folder
        assert face.screen
        self.screen = face.screen

    def show(self, part: str, epoch: str = "e1", **fields: object) -> int:
        """Send a view, retained as the edge does; gives its rev."""
        self.edge.rev += 1
        view = {"epoch": epoch, "rev": self.edge.rev, **fields}
        self.edge._say(wire.topic(SITE, self.edge.name, part), wire.encode(part, view), retain=True)
        return self.edge.rev

    def counter(self, number: str, state: str, **changes: Any) -> int:
        return self.show(
            "show/counter", **{"number": number, "state": state, "announcement": 0, "lang": "en", **changes}
        )

    def hall(self, announcement: int, number: str, desk: str, *lines: tuple[str, str], **changes: Any) -> int:
        fields = {"announcement": announcement, "age_s": 0 if announcement else None, "number": number, "desk": desk}
        fields["lang"] = "en"
        for place in range(1, wire.LINES_MAX + 1):
            fields[f"number{place}"], fields[f"desk{place}"] = lines[place - 1] if place <= len(lines) else ("", "")
        return self.show("show/hall", **{**fields, **changes})

    def board(self, tiles: int, title: str = "Floor", **changes: Any) -> int:
        return self.show("show/board", **{"title": title, "tiles": tiles, "notice": "", "lang": "en", **changes})

    def tile(self, place: int, label: str, value: str = "", **changes: Any) -> int:
        fields = {"kind": "number", "short": "", "unit": "", "age_s": None, "level": "normal", **changes}
        return self.show(wire.tile(place), label=label, value=value, **fields)

    def shown(self, rev: int) -> dict[str, Any]:
        """The confirmation of that rev or a later one."""
        while True:
            shown = self.edge.hear("shown")
            if shown["rev"] >= rev:
                return shown

    def pixel(self, x: int, y: int) -> bytes:
        at = 3 * (y * self.screen.width + x)
        return self.screen.rgb()[at : at + 3]

    def wait_text(self, text: str, box: Box | None = None, timeout_s: float = 15, is_whole: bool = True) -> float:
        """Until it is read (tests/firmware/reading.py); gives when its last byte came. Not whole: part of a text that runs."""
        try:
            return self.face.wait_screen(lambda screen: reads(screen, text, box, is_whole), timeout_s)
        except TimeoutError as late:
            (self.folder / "late.png").write_bytes(self.screen.png())
            raise TimeoutError(
                f"{text!r} in {box or 'the whole picture'}; what stood there is in {self.folder}/late.png"
            ) from late
        finally:
            assert self.face.faults == []


START = """\
import sys
exec(open("boot.py").read())
sys.path.insert(0, "{builtin}")
{prelude}
exec(open("main.py").read())
"""


@contextmanager
def displaying(site: Site, folder: Path, hardware: str, prelude: str = "", heap_kb: int = 136) -> Iterator[Display]:
    """A display of that board, which has greeted the edge; of its heap some 9 KB are stand-ins for what is C on a chip."""
    facts = tomllib.loads((ROOT / "hardware" / "boards" / f"{hardware}.toml").read_text(encoding="utf-8"))
    built = folder / "tree"
    tree.build(hardware, built)
    device = site.device(role=facts["role"], board=hardware)
    shutil.copytree(built, folder, dirs_exist_ok=True)
    (folder / "device.json").write_text(json.dumps({"networks": boards.NETWORKS, **device}))
    boards.put(boards.faces(facts), folder)
    (folder / "ca.pem").write_bytes(site.ca_pem)
    face, edge = Face(device["name"], facts), Edge(site, device["name"])
    edge.beat()
    code = START.format(builtin=BUILTIN, prelude=prelude)
    command = [*parts.find("micropython"), "-X", f"heapsize={heap_kb}K", "-c", code]
    with Copper() as copper, (folder / "out").open("wb") as out:
        copper.add(face)
        environment = {**os.environ, "BOARD_NAME": face.name, "BOARD_COPPER": str(copper.port)}
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=out)
        try:
            assert edge.hear("$state", 10) == {"state": "ready"}, (folder / "out").read_text()
            yield Display(edge, face, hardware, process, folder)
            assert face.faults == []
        finally:
            process.kill()
            process.wait()
            edge.close()


def still(display: Display, for_s: float) -> bool:
    """Nothing goes over the bus for so long, once the bench has read what came before."""
    before = -1
    while before != display.screen.bytes_total:
        before = display.screen.bytes_total
        time.sleep(SETTLED_S)
    time.sleep(for_s)
    return display.screen.bytes_total == before
