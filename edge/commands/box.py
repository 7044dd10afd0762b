"""A box of virtual boards at one floor: provisioned, plugged in, and on a page where their keys are pressed."""

import resource
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from flask import Request, request
from waitress.server import create_server

from edge import identity, parts
from edge.commands import Stop, boards
from edge.settings import Settings
from hardware.virtual import Board, Copper, page
from web import origin

HARDWARE = {  # of each role; the second and fourth of it are the other kind
    "desk": ("desk-unit",),
    "counter": ("counter-display", "counter-matrix"),
    "hall": ("hall-display", "hall-matrix"),
    "wallboard": ("wallboard", "wallboard-matrix"),
    "dispenser": ("dispenser",),
    "rating": ("rating-pad",),
}
VIRTUAL = "virtual-"  # so the id of a virtual board begins
PAGE_PORT = 8081
LOOK_S = 0.05
PAGE_THREADS = page.PAGES_MAX + 8


class Box:
    """A context: whatever was plugged in is unplugged on exit, and its folder gone. `state` is the floor's own."""

    def __init__(self, settings: Settings, state: Path, behind: bool = False) -> None:
        self.boards: dict[str, Board] = {}
        self._settings, self._state, self._behind = settings, state, behind
        self._trees: dict[str, Path] = {}
        self._starting: list[Board] = []
        self._ends = ExitStack()

    def __enter__(self) -> "Box":
        with self._ends:
            _many_files()
            self._folder = Path(tempfile.mkdtemp(prefix="floorboard-boards-"))
            self._ends.callback(shutil.rmtree, self._folder, ignore_errors=True)
            self._copper = self._ends.enter_context(Copper())
            self._ends.callback(self._unplug)
            self._micropython = parts.find("micropython")
            self._ends = self._ends.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.close()

    def plug_in(self, name: str, role: str) -> Board:
        """A board of that role with a device file for this floor, as a technician would leave it; its power on."""
        kinds = HARDWARE[role]
        hardware = kinds[sum(1 for board in self.boards.values() if board.hardware["role"] == role) % len(kinds)]
        device = identity.device_file(
            self._state,
            site=self._settings.site,
            name=name,
            role=role,
            host=self._settings.broker.host,
            port=self._settings.broker.port,
            provisioning_id=VIRTUAL + secrets.token_hex(4),
            board=hardware,
        )
        folder, micropython = self._folder / name, self._micropython
        board = Board(name, folder, self._copper, hardware, micropython=micropython, behind=self._behind)
        boards.provision(board, self._tree(hardware), device, (self._state / "ca.crt").read_bytes())
        self.boards[name] = board
        self._starting.append(board)
        board.power_on()
        return board

    def plug_in_blank(self, name: str, hardware: str) -> tuple[Board, Path]:
        """A board of which the flash is empty, its power on; and the image that stands in for MicroPython on it."""
        board = Board(name, self._folder / name, self._copper, hardware, micropython=self._micropython)
        image = self._folder / f"micropython-{board.mcu.name}.bin"
        image.write_bytes(boards.stand_in(board.mcu.name))
        self.boards[name] = board
        board.power_on()
        return board, image

    def wait(self, timeout_s: float, most_starting: int = 0) -> None:
        """Until each, but for so many, has found the edge. Stop says which did not, and what it said last."""
        deadline = time.monotonic() + timeout_s
        while len(self._starting) > most_starting:
            self._starting = [board for board in self._starting if not is_there(board)]
            if time.monotonic() > deadline:
                late = self._starting[0]
                raise Stop(f"{late.name} did not find the edge in {timeout_s:.0f} s; it said: {late.console[-400:]}")
            if len(self._starting) > most_starting:
                time.sleep(LOOK_S)

    def serve_page(self, port: int, notes: Mapping[str, str], ports: Mapping[str, str] = page.NO_PORTS) -> str:
        """Serve the page of the boards on loopback until the process ends; gives its address. `notes` says beside a board what its
        trainee must know; `ports` are the serial ports that are open."""
        app = page.create(self.boards, notes, _check, ports)
        app.before_request(lambda: origin.check_host(request, "localhost"))
        app.after_request(origin.add_headers)
        server = create_server(
            app, host="127.0.0.1", port=port, threads=PAGE_THREADS, connection_limit=4 * PAGE_THREADS, ident=None
        )
        threading.Thread(target=server.run, name="page of boards", daemon=True).start()
        return f"http://127.0.0.1:{port}/"

    def _tree(self, hardware: str) -> Path:
        if hardware not in self._trees:
            self._trees[hardware] = self._folder / f"tree-{hardware}"
            boards.build(hardware, self._trees[hardware])
        return self._trees[hardware]

    def _unplug(self) -> None:
        for board in self.boards.values():
            board.power_off()


def is_there(board: Board) -> bool:
    """A desk unit has found the edge; a display has drawn something."""
    if board.hardware["role"] == "desk":
        return board.view is not None and not board.view.lost
    return board.screen is not None and board.screen.rev > 0


def _check(asked: Request) -> None:
    """There is nobody to sign in: whoever is on this machine may press, no other page."""
    origin.check_json(asked)
    origin.check_origin(asked, must=True)


def _many_files() -> None:
    """Each board takes three of our files: as many as the kernel lets us have."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
