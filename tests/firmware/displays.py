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

ROOT = Path(__file__).parents[2]
BUILTIN = ROOT / "hardware" / "virtual" / "builtin"
Box = tuple[int, int, int, int]
FONT = """
import framebuf, json
bits = bytearray(8)
cell = framebuf.FrameBuffer(bits, 8, 8, framebuf.MONO_HLSB)
font = {}
for code in range(32, 127):
    cell.fill(0)
    cell.text(chr(code), 0, 0, 1)
    font[chr(code)] = list(bits)
print(json.dumps(font))
"""
SETTLED_S = 0.2
ARROW = [0, 0x18, 0x0C, 0xFE, 0xFE, 0x0C, 0x18, 0]
MISSING = [0x7E, 0x42, 0x42, 0x42, 0x42, 0x42, 0x7E, 0]
_font: dict[str, list[int]] = {}


class Display:
    def __init__(self, edge: Edge, face: Face, hardware: str, process: subprocess.Popen[bytes]) -> None:
        self.edge, self.face, self.hardware, self.process = edge, face, hardware, process
        assert face.screen
        self.screen = face.screen

    def show(self, part: str, epoch: str = "e1", **fields: object) -> int:
        """Send a view, retained as the edge does; gives its rev."""
        self.edge.rev += 1
        view = {"epoch": epoch, "rev": self.edge.rev, **fields}
        self.edge._say(wire.topic(SITE, self.edge.name, part), wire.encode(part, view), retain=True)
        return self.edge.rev

    def counter(self, number: str, state: str, **changes: Any) -> int:
        return self.show("show/counter", **{"number": number, "state": state, "announcement": 0, **changes})

    def hall(self, announcement: int, number: str, desk: str, *lines: tuple[str, str], **changes: Any) -> int:
        fields = {"announcement": announcement, "age_s": 0 if announcement else None, "number": number, "desk": desk}
        for place in range(1, wire.LINES_MAX + 1):
            fields[f"number{place}"], fields[f"desk{place}"] = lines[place - 1] if place <= len(lines) else ("", "")
        return self.show("show/hall", **{**fields, **changes})

    def board(self, tiles: int, title: str = "Floor", **changes: Any) -> int:
        return self.show("show/board", **{"title": title, "tiles": tiles, "notice": "", **changes})

    def tile(self, place: int, label: str, value: str = "", **changes: Any) -> int:
        fields = {"unit": "", "age_s": None, "level": "normal", **changes}
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

    def wait_text(self, text: str, box: Box | None = None, timeout_s: float = 4) -> float:
        try:
            return self.face.wait_screen(lambda screen: reads(screen, text, box), timeout_s)
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
def displaying(site: Site, folder: Path, hardware: str, prelude: str = "", heap_kb: int = 120) -> Iterator[Display]:
    """A display of that board, which has greeted the edge."""
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
            yield Display(edge, face, hardware, process)
            assert face.faults == []
        finally:
            process.kill()
            process.wait()
            edge.close()


def reads(screen: Any, text: str, box: Box | None = None) -> bool:
    """Whether just this stands in the box, in the font's pixels enlarged by whole numbers; its corner pixel is the ground."""
    x, y, width, height = box or (0, 0, screen.width, screen.height)
    rgb = screen.rgb()
    lines = [rgb[3 * (row * screen.width + x) : 3 * (row * screen.width + x + width)] for row in range(y, y + height)]
    ground = lines[-1][-3:]
    ink = _crop([[line[3 * i : 3 * i + 3] != ground for i in range(width)] for line in lines])
    plain = _crop([[bool(_glyph(c)[row] & 0x80 >> i) for c in text for i in range(8)] for row in range(8)])
    if not ink or not plain:
        return ink == plain
    across, down = len(ink[0]) // len(plain[0]), len(ink) // len(plain)
    return ink == [[bit for bit in row for _ in range(across)] for row in plain for _ in range(down)]


def _crop(rows: list[list[bool]]) -> list[list[bool]]:
    rows = rows[next((i for i, row in enumerate(rows) if any(row)), len(rows)) :]
    while rows and not any(rows[-1]):
        rows.pop()
    lit = [any(row[i] for row in rows) for i in range(len(rows[0]))] if rows else []
    return [row[lit.index(True) : len(lit) - lit[::-1].index(True)] for row in rows]


def _glyph(c: str) -> list[int]:
    if not _font:
        done = subprocess.run([*parts.find("micropython"), "-c", FONT], capture_output=True, check=True, timeout=10)
        _font.update(json.loads(done.stdout))
    return ARROW if c == "→" else _font.get(c, MISSING)


def still(display: Display, for_s: float) -> bool:
    """Nothing goes over the bus for so long, once the bench has read what came before."""
    before = -1
    while before != display.screen.bytes_total:
        before = display.screen.bytes_total
        time.sleep(SETTLED_S)
    time.sleep(for_s)
    return display.screen.bytes_total == before
