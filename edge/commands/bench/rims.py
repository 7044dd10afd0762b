"""`floorboard bench rims`: what outside worlds that are dead, slow or gone in mid-word cost a press, and what sound ones take."""

import argparse
import asyncio
import itertools
import json
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from pymodbus.pdu import ModbusPDU
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from edge import settings
from edge.asking import Asking
from edge.cloud import Cloud
from edge.commands import command, whole
from edge.commands.bench.cuts import cuts
from edge.commands.bench.press import press_all
from edge.commands.house import House, free_port, say
from edge.commands.hub import Hub
from edge.commands.serving import Child
from edge.facts import ContactAbandoned, ContactEntered, DeskOpened, Fact
from edge.gains import Gains
from edge.journal import Journal
from edge.requests import AskSlip
from edge.settings import tables

DESKS, PRESSES_PER_DESK_S = 12, 4
ROUNDS = 3  # of without and with, in turn
SETTLE_S = 3.0  # after the rims' process came or went
SLOW_S = 30.0
HELPS = 60  # to see on a light
ANSWER_S = 5.0
FACTS = 100_000  # to send up
UP_S_MAX = 300.0


def add(benches: Any) -> None:
    rims = command(
        benches,
        "rims",
        "Measure press to lamp without rims and, in turn, with broken ones; a sound light's answer; facts up to the cloud.",
        """floorboard bench rims --json
        floorboard bench rims --seconds 30 --facts 500000 --json""",
    )
    rims.add_argument("--seconds", type=whole, default=10, help=f"of each of the {2 * ROUNDS} turns (%(default)s)")
    rims.add_argument("--facts", type=whole, default=FACTS, help="to send up (%(default)s)")
    rims.add_argument("--json", action="store_true", help="one JSON line (always so)")
    rims.set_defaults(run=run)


class Broken(threading.Thread):
    """An outside world of the worst kind: a port where each connection in turn says nothing for SLOW_S, is closed at once, or has
    the beginning of an answer and then an end."""

    def __init__(self) -> None:
        super().__init__(name="broken", daemon=True)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self._hows = itertools.cycle((self._slow, self._gone, self._in_mid_word))
        self.start()

    def run(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=next(self._hows), args=(peer,), daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _slow(self, peer: socket.socket) -> None:
        time.sleep(SLOW_S)
        peer.close()

    def _gone(self, peer: socket.socket) -> None:
        peer.close()

    def _in_mid_word(self, peer: socket.socket) -> None:
        try:
            peer.recv(64)
            peer.sendall(b"\x00\x01\x00")
        except OSError:
            pass
        peer.close()


def run(args: argparse.Namespace) -> int:
    figures = {**_presses(args.seconds), **_light(), **_cloud(args.facts)}
    print(json.dumps(figures))
    return 0 if figures["cloud_lost"] == figures["cloud_doubled"] == 0 else 1


def _presses(seconds: int) -> dict[str, Any]:
    """Press to lamp, in turns without the rims' process and with one whose every outside world is broken or dead."""
    broken, dead = Broken(), free_port()
    tables = [f'[cloud]\nnats = "nats://127.0.0.1:{broken.port}"\n']
    for number, port in enumerate((broken.port, broken.port, broken.port, dead), 1):
        tables.append(f'[[light]]\nname = "light-{number}"\nat = "tcp://127.0.0.1:{port}"\nunit = {number}\n')
        tables.append(f'[[printer]]\nname = "printer-{number}"\nat = "tcp://127.0.0.1:{port}"\n')
    waits_ms: dict[bool, list[float]] = {False: [], True: []}
    rate = DESKS * PRESSES_PER_DESK_S
    with House(DESKS, tables="".join(tables)) as house:
        for desk in house.boards:
            house.sign_in(desk)
        _ask_slips(house)
        for number, is_with in itertools.product(range(ROUNDS), (False, True)):
            if is_with:
                house.serving.begin("rims")
            else:
                house.serving.children["rims"].stop()
            time.sleep(SETTLE_S)
            say(f"pressing {'with' if is_with else 'without'} broken rims ({number + 1} of {ROUNDS})")
            pressers, _ = press_all(house, 1 / PRESSES_PER_DESK_S, seconds * PRESSES_PER_DESK_S, rate)
            waits_ms[is_with] += [wait for presser in pressers for wait in presser.waits_ms]
            if any(presser.unconfirmed for presser in pressers):
                raise RuntimeError("a press was not confirmed")
        house.serving.begin("rims")
    broken.close()
    without, with_ = cuts(waits_ms[False]), cuts(waits_ms[True])
    return {
        "press_lamp_p50_ms": without["p50_ms"],
        "press_lamp_p99_ms": without["p99_ms"],
        "press_lamp_broken_rims_p50_ms": with_["p50_ms"],
        "press_lamp_broken_rims_p99_ms": with_["p99_ms"],
        "ratio": round(with_["p99_ms"] / without["p99_ms"], 2),
        "presses": sum(map(len, waits_ms.values())),
    }


def _ask_slips(house: House) -> None:
    """A job for each printer, so that each is tried again and again."""
    core, deadline = Asking(house.state), time.monotonic() + UP_S_MAX
    for printer in house.settings.printer:
        while "refused" in core.ask(AskSlip(job=printer.name, printer=printer.name, slip="test", by="bench")):
            if time.monotonic() > deadline:
                raise RuntimeError(f"the floor does not know {printer.name}")
            time.sleep(0.1)


class Unit(threading.Thread):
    """A sound Modbus unit over TCP that notes when each write came."""

    def __init__(self) -> None:
        super().__init__(name="unit", daemon=True)
        self.port, self.writes_s = free_port(), [0.0]
        self._up = threading.Event()
        self.start()
        self._up.wait(ANSWER_S)

    def run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        blocks = [SimData(0, count=16, values=0, datatype=DataType.REGISTERS)]
        device = SimDevice(1, simdata=blocks)
        server = ModbusTcpServer(device, address=("127.0.0.1", self.port), trace_pdu=self._note)
        await server.serve_forever(background=True)
        self._up.set()
        await asyncio.Event().wait()

    def _note(self, is_sent: bool, pdu: ModbusPDU) -> ModbusPDU:
        if not is_sent and "Write" in type(pdu).__name__:
            self.writes_s.append(time.monotonic())
        return pdu

    def wait_write(self, since_s: float) -> float:
        while self.writes_s[-1] < since_s:
            if time.monotonic() - since_s > ANSWER_S:
                raise RuntimeError("the light was not written")
            time.sleep(0.0005)
        return next(at for at in self.writes_s if at >= since_s)


def _light() -> dict[str, Any]:
    """From the pin of the help key to the write at a stack light's unit."""
    unit = Unit()
    with House(1, tables=f'[[light]]\nname = "light"\nat = "tcp://127.0.0.1:{unit.port}"\n') as house:
        house.sign_in(1)
        time.sleep(SETTLE_S)
        say(f"asking for help {HELPS} times")
        waits_ms = []
        for _ in range(HELPS):
            pressed_s = house.boards[1].press("help")
            waits_ms.append(1000 * (unit.wait_write(pressed_s) - pressed_s))
            time.sleep(0.1)
    found = cuts(waits_ms)
    return {"register_write_p50_ms": found["p50_ms"], "register_write_p99_ms": found["p99_ms"]}


def _cloud(facts: int) -> dict[str, Any]:
    """A journal from its first row to PostgreSQL, through NATS and a receiver in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="floorboard-") as folder, Hub() as hub:
        state = Path(folder)
        say(f"writing {facts:,} facts")
        _fill(state, facts)
        site = settings.Settings(site="bench", cloud=tables.Cloud(nats=hub.nats))
        say("sending them up")
        with _receiving(hub):
            began_s = time.monotonic()
            cloud = Cloud(site, state, lambda *_: None)
            cloud.start()
            _wait_rows(hub, facts)
            took_s = time.monotonic() - began_s
            cloud.stop()
            rows, seqs, same = _compare(hub, state)
    return {
        "cloud_facts_per_s": int(seqs / took_s),
        "cloud_facts": facts,
        "cloud_lost": facts - same,
        "cloud_doubled": rows - seqs,
    }


def _compare(hub: Hub, state: Path) -> tuple[int, int, int]:
    """Rows in PostgreSQL, how many numbers they have, and how many of the journal's rows stand there as they are."""
    journal = Journal(state / "journal.db", read_only=True)
    with psycopg.connect(hub.postgres, autocommit=True) as sql:
        above = sql.execute("select seq, noted_ms, fact::text from floorboard.journal").fetchall()
    there = set(above)
    same = sum(1 for row in journal.rows(0, len(above) + 1) if tuple(row) in there)
    journal.close()
    return len(above), len({seq for seq, _, _ in above}), same


def _fill(state: Path, number: int) -> None:
    """Contacts that enter and give up, so many facts."""
    journal, made = Journal(state / "journal.db"), 0
    while made < number:
        batch: list[Fact] = [DeskOpened(desk="1", at_ms=made)]
        for at_ms in range(made, made + 5_000):
            batch.append(ContactEntered(contact=f"c{at_ms}", queue="payments", at_ms=at_ms, by="exchange"))
            batch.append(ContactAbandoned(contact=f"c{at_ms}", wait_ms=1_000, at_ms=at_ms + 1_000, by="exchange"))
        batch = batch[: number - made]
        journal.append(made, made, batch, Gains())
        made += len(batch)
    journal.close()


@contextmanager
def _receiving(hub: Hub) -> Iterator[None]:
    receiver = Child("receive", hub.receive_line)
    try:
        yield
    finally:
        receiver.stop()


def _wait_rows(hub: Hub, number: int) -> None:
    """Until all are there, or no more come."""
    deadline = time.monotonic() + UP_S_MAX
    with psycopg.connect(hub.postgres, autocommit=True) as sql:
        while time.monotonic() < deadline:
            with suppress(psycopg.errors.UndefinedTable):
                row = sql.execute("select count(distinct seq) from floorboard.journal").fetchone()
                if row and row[0] >= number:
                    return
            time.sleep(0.05)
