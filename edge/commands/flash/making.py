"""From a board on the bench to a device that the floor sees, by the steps that are still to be done."""

import functools
import re
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from edge import clock, identity
from edge.commands import Stop
from edge.commands.flash import writing
from edge.commands.flash.floor import reached, tell, try_out
from edge.commands.progress import Telling
from edge.commands.serving import floor_of
from edge.requests import RegisterDevice
from flash import chip, files, image, look, ports, program, record, tree
from flash.look import Found
from flash.program import Fault
from flash.record import Row

RECORD = "boards.csv"  # in the state
ID_BYTES = 8
NO_WAY = re.compile(r"No way to the edge: ([^\n]+)\n")
HEAR_S = 20.0  # for a board to start and find no way
ONLINE_S, LOOK_S = 90.0, 0.3  # a board joins a Wi-Fi, and greets spread over the floor's devices


@dataclass(frozen=True)
class Order:
    """What a board is to become: `board` is a file of hardware/boards."""

    wish: RegisterDevice
    board: str

    @property
    def name(self) -> str:
        return self.wish.device

    @property
    def place(self) -> str:
        return self.wish.desk or self.wish.board or ",".join(self.wish.queues)


class Maker:
    """What all boards of one command share; several threads may call `make`. Stop if no floor is served from `state`."""

    def __init__(
        self,
        state: Path,
        networks: Callable[[str, str, str], Sequence[Mapping[str, str]]],
        *,
        file: Path | None = None,
        sha256: str = "",
        force: bool = False,
    ) -> None:
        """`networks(port, board, host)` gives the Wi-Fi of a device file; `file` is MicroPython, else that which the site keeps."""
        self.state, self.record = state, state / RECORD
        self.settings = reached(state)[1]
        self._networks, self._file, self._sha256, self._force = networks, file, sha256, force
        self._building = threading.Lock()
        self._image = functools.cache(self._read_image)
        self._tree = functools.cache(writing.built)

    def prepare(self, order: Order, port: str) -> None:
        """Find out what can be found out before anybody waits. Stop says what is wrong."""
        rows_of(self.state)
        self.micropython(order.board)
        try_out(floor_of(self.state), order.wish)
        self._networks(port, order.board, self.settings.broker.host)

    def micropython(self, board: str) -> image.Image | None:
        with self._building:
            return self._image(board)

    def tree(self, board: str) -> dict[str, bytes]:
        with self._building:
            return self._tree(board)

    def _read_image(self, board: str) -> image.Image | None:
        if self._file:
            return writing.read_image(self._file, board, self._sha256)
        return writing.kept_image(self.state, board, self._sha256)

    def look(self, order: Order, port: str, steps: Telling) -> Found:
        """What is on the board. Stop if it must not be written over."""
        steps.step("hearing what it says")
        return self.judge(order, port, steps, look.look(port))

    def judge(self, order: Order, port: str, steps: Telling, found: Found) -> Found:
        """The same, with what its chip says of itself where all is to be written. Stop if the board must not become that."""
        facts = writing.board_facts(order.board)
        becomes = f"{order.name} of site {self.settings.site}"
        writing.check(found, facts["chip"], port, force=self._force, becomes=becomes, board=order.board)
        device = floor_of(self.state).devices.get(order.name)
        if device and device.online and not self._is_it(order, found) and not self._force:
            raise Stop(
                f"{order.name} is on the floor, and is another board: unplug that one, wait half a minute, or use --force."
            )
        micropython = self.micropython(order.board)
        if not micropython and found.kind not in ("empty", "ours"):
            raise Stop(
                f"At {port} is {found}; name MicroPython's image with --image FILE, or keep one with `floorboard flash keep`."
            )
        if not micropython or self._is_it(order, found):
            return found
        steps.step("asking the chip")
        return writing.fitting(found, port, order.board, micropython)

    def would(self, order: Order, found: Found) -> list[str]:
        """What `make` would do, in the infinitive."""
        micropython, device = self.micropython(order.board), floor_of(self.state).devices.get(order.name)
        contents = self.tree(order.board)
        steps = [] if device else [f"register {order.name} ({order.wish.role} {order.place}) with the edge"]
        if self._is_to_be_written(order, found):
            kilobytes = sum(map(len, contents.values())) >> 10
            steps.append(f"write MicroPython and {len(contents) + 2} files of {kilobytes} KB as one image")
        else:
            if micropython:
                steps.append("compare MicroPython, and write it if it is another")
            changed = files.differing(found.files, contents)[0]
            steps.append(f"bring {len(changed)} of {len(contents)} files, and the device file if it differs")
        return [*steps, "wait until the floor sees it"]

    def make(self, order: Order, port: str, steps: Telling, found: Found) -> Row:
        """Do what is still to be done to a board that `look` found so, and note it in the record. Stop or Fault says why not."""
        began = time.monotonic()
        steps.step("registering it with the edge")
        tell(self.state, order.wish)
        row = self._begun(order, port, found)
        try:
            row, boot = self._written(order, port, steps, found, row)
            record.put(self.record, row)
            steps.step("waiting until the floor sees it")
            self._wait(order, port, row.id, boot)
        except (Stop, Fault) as why:
            record.put(self.record, row._replace(state="failed", said=str(why)))
            raise
        row = row._replace(state="ready", seconds=f"{time.monotonic() - began:.0f}", at=_now())
        record.put(self.record, row)
        return row

    def _begun(self, order: Order, port: str, found: Found) -> Row:
        """Its row."""
        is_it = self._is_it(order, found)
        id = found.device["id"] if is_it else self._unused(order, found.mac) or secrets.token_hex(ID_BYTES)
        row = Row(
            found.mac, order.name, order.wish.role, order.place, order.board, found.chip, id, port=port, at=_now()
        )
        before = record.of(rows_of(self.state), mac=found.mac) if is_it else None
        micropython = self.micropython(order.board)
        if before and before.id == id and (not micropython or before.image == micropython.sha256):
            row = row._replace(tested=before.tested)
        record.put(self.record, row)
        return row

    def _unused(self, order: Order, mac: str) -> str:
        """The id with which this board was begun and never written whole, else "": what stands of it need not be written again.

        One that may have started with an id never gets it anew: once wiped it counts its starts from 1 again, and the presses of
        its former life must be told apart."""
        begun = record.of(rows_of(self.state), mac=mac) if mac else None
        device = floor_of(self.state).devices.get(order.name)
        is_unused = begun and not begun.firmware and not (device and device.id == begun.id)
        return begun.id if begun and is_unused and (begun.name, begun.board) == (order.name, order.board) else ""

    def _written(self, order: Order, port: str, steps: Telling, found: Found, row: Row) -> tuple[Row, int]:
        """Its row, and the number of the start that the floor saw last before."""
        micropython = self.micropython(order.board)
        file = self._device(order, port, row.id)
        contents = tree.provisioned(self.tree(order.board), file, (self.state / "ca.crt").read_bytes())
        row = row._replace(firmware=tree.version(), state="written")
        if micropython:
            row = row._replace(image=micropython.sha256)
        if micropython and self._is_to_be_written(order, found):
            made = writing.write(steps, port, micropython, contents, erase=found.kind not in look.FREE)
            return row._replace(mac=made.mac, chip=made.chip), 0
        if micropython:
            steps.step("comparing MicroPython")
            chip.write(port, micropython.chip, {micropython.at: micropython.data}, steps.at)
            found = look.look(port)
            if not self._is_it(order, found):  # its file system lay elsewhere
                return self._written(order, port, steps, found, row._replace(id=secrets.token_hex(ID_BYTES), tested=""))
        steps.step("bringing what differs")
        brought = files.bring(port, found.files, contents, steps.at)
        device = floor_of(self.state).devices[order.name]
        files.restart(port)
        boot = device.boot if device.id == row.id else 0
        return row._replace(mac=found.mac, tested="" if brought else row.tested), boot

    def _is_to_be_written(self, order: Order, found: Found) -> bool:
        """As one image: whatever is not this device already, if there is MicroPython to write."""
        return self.micropython(order.board) is not None and not self._is_it(order, found)

    def _is_it(self, order: Order, found: Found) -> bool:
        it = f"{order.name} of site {self.settings.site}", order.board
        return found.kind == "ours" and (found.is_of, found.device.get("board")) == it and bool(found.device.get("id"))

    def _device(self, order: Order, port: str, id: str) -> dict[str, Any]:
        """The device file."""
        broker = self.settings.broker
        device = identity.device_file(
            self.state,
            site=self.settings.site,
            name=order.name,
            role=order.wish.role,
            host=broker.host,
            port=broker.port,
            provisioning_id=id,
            board=order.board,
        )
        return {**device, "networks": self._networks(port, order.board, broker.host)}

    def _wait(self, order: Order, port: str, id: str, boot: int) -> None:
        """Until the floor has heard it greet with this provisioning, in a later start; else Stop says what its console says."""
        name, end = order.name, time.monotonic() + ONLINE_S
        while time.monotonic() < end:
            program.check()
            device = floor_of(self.state).devices.get(name)
            if device and device.online and device.id == id and device.boot > boot:
                if device.state == "safe":
                    raise Stop(
                        f"{name} is on the floor in safe mode: `floorboard flash logs {port}` says what ended its firmware."
                    )
                return
            time.sleep(LOOK_S)
        cable = (
            " Is its Ethernet cable in a port without PoE?" if "ethernet" in writing.board_facts(order.board) else ""
        )
        said = ports.hear(port, lambda said: bool(NO_WAY.search(said) or look.NOTHING_STARTS.search(said)), HEAR_S)
        why = NO_WAY.search(said)
        if look.NOTHING_STARTS.search(said):
            raise Stop(f"{name} is written, and nothing starts on it: is that MicroPython's image for this chip?")
        raise Stop(
            f"{name} is written and registered, but the floor has not seen it for {ONLINE_S:.0f} s. "
            + (f"It says: {why[1]}." if why else f"`floorboard flash logs {port}` shows its console.")
            + cable
        )


def rows_of(state: Path) -> list[Row]:
    """Of the record. Stop if it is none."""
    try:
        return record.read(state / RECORD)
    except (OSError, ValueError) as error:
        raise Stop(f"{error}.") from error


def _now() -> str:
    return datetime.fromtimestamp(clock.now_ms() // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
