"""What a technician has before him in the tests: a floor that is served, and virtual boards with serial ports."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from edge.commands import boards
from edge.commands.house import free_port
from flash import tree
from hardware.virtual import Board, Copper, boot
from hardware.virtual.mcu import MCUS
from tests.system.test_devices import until

ROOT = Path(__file__).parents[2]
DESKS = 4
WIFI = "correct horse battery"
RUN_S = 400  # of four boards that are made and tested, on a busy machine


class Bench:
    """A floor that is served, and what a technician has before him."""

    def __init__(self, folder: Path, copper: Copper, desks: int = DESKS) -> None:
        self.folder, self.site, self.state = folder, folder / "site.toml", folder / "state"
        self.desks, self._copper = desks, copper
        self._boards: list[Board] = []
        tables = (
            "".join(f'[[desk]]\nnumber = "{n}"\n' for n in range(1, desks + 1))
            + '[[board]]\nname = "hall"\ntiles = ["waiting"]\n'
        )
        self.site.write_text(f'site = "lab"\n[broker]\nport = {free_port()}\n[web]\nport = {free_port()}\n{tables}')
        self.place = ["--state", str(self.state)]
        (folder / "left").mkdir()
        self.image = self.file("esp32.bin", boot.micropython(MCUS["esp32"]))
        self.trees: dict[str, dict[str, bytes]] = {}
        for name in ("desk-unit", "wallboard-matrix"):
            tree.build(name, folder / f"tree-{name}")
            self.trees[name] = tree.read(folder / f"tree-{name}")
        self.open = self.file("open.toml", f'ssid = "x"\npassword = "{WIFI}"\n'.encode())
        self.wifi = self.file("wifi.toml", f'ssid = "Floor 2"\npassword = "{WIFI}"\n'.encode(), 0o600)

    def file(self, name: str, content: bytes, mode: int = 0o644) -> str:
        (self.folder / name).write_bytes(content)
        (self.folder / name).chmod(mode)
        return str(self.folder / name)

    def board(
        self, name: str, files: dict[str, bytes] | None = None, hardware: str = "desk-unit", flash_mb: int = 4
    ) -> tuple[Board, str]:
        """On, and its port; blank without files."""
        board = Board(name, self.folder / name, self._copper, hardware, changes={"flash_mb": flash_mb})
        self._boards.append(board)
        if files is not None:
            boards.write(board, files)
        board.power_on()
        return board, board.open_port()

    def start(self, *words: str) -> subprocess.Popen[str]:
        line = [sys.executable, "-m", "edge", "flash", *words]
        environment = {**os.environ, "TMPDIR": str(self.folder / "left")}
        pipe = subprocess.PIPE
        return subprocess.Popen(
            line, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe, stdin=subprocess.DEVNULL, text=True
        )

    def run(self, *words: str, code: int = 0) -> tuple[str, str]:
        return end(self.start(*words), code)

    def answer(self, *words: str) -> dict[str, Any]:
        """Of --json: the last line on standard output."""
        out, _ = self.run(*words, "--json")
        return json.loads(out.splitlines()[-1])

    def fails(self, *words: str) -> str:
        """The one sentence."""
        out, said = self.run(*words, code=2)
        assert out == ""
        assert "Traceback" not in said
        [sentence] = [line for line in said.splitlines() if not line.endswith((" …", " %"))]
        return sentence.removeprefix("floorboard: ")

    def close(self) -> None:
        for board in self._boards:
            board.power_off()
            board.close_port()


def end(running: subprocess.Popen[str], code: int = 0) -> tuple[str, str]:
    try:
        out, said = running.communicate(timeout=RUN_S)
    finally:
        running.kill()
    assert running.returncode == code, out + said
    return out, said


def writes(*boards: Board) -> None:
    """esptool has asked each of them which chip it is, and listens again, to write it."""
    asked = {board: until(lambda board=board: board.loader, "it is asked for its chip", 120) for board in boards}  # type: ignore[misc]
    for board, loader in asked.items():
        until(lambda board=board, loader=loader: board.loader not in (None, loader), "it is written", 120)  # type: ignore[misc]


def board_file(board: Board, name: str) -> bytes:
    board.power_off()
    try:
        return boards.stored(board)[name]
    finally:
        board.power_on()


def shell(*secrets: str) -> list[str]:
    """The command lines of this machine that hold one of these."""
    lines = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                lines.append((entry / "cmdline").read_bytes().decode(errors="replace"))
            except OSError:
                continue  # it has just ended
    return [line for line in lines if any(secret in line for secret in secrets)]


def holding(folder: Path, *secrets: str) -> list[Path]:
    """The files in there that hold one of these."""
    found = []
    for place, _, names in os.walk(folder):  # passes over what goes meanwhile
        for path in (Path(place, name) for name in names):
            try:
                content = path.read_bytes()
            except OSError:
                continue
            found += [path for secret in secrets if secret.encode() in content]
    return found


def children(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
            except OSError:
                continue
            if int(parent) == pid:
                found.append(int(entry.name))
    return found
