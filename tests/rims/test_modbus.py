"""Modbus with real units over TCP and over a serial line: lights and signs units that fail, our own server."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pymodbus.client import ModbusTcpClient

from edge import facts as f
from edge.building import Building, line
from edge.commands.house import free_port
from edge.floor import Floor
from edge.fold import apply
from edge.lights import Light, light, registers, sign
from edge.requests import ObserveOutside
from edge.settings import Settings
from edge.settings.tables import LightTable, Modbus, QueueTable, SignTable
from tests.rims.units import over_serial, over_tcp

NOW_MS = 1_795_352_200_000
DAY = (NOW_MS - 3_600_000, NOW_MS + 3_600_000)


def floor() -> Floor:
    """Two desks of two teams, two queues, nobody waiting."""
    made = Floor()
    for fact in (
        f.QueueOpened(queue="pay", target_s=20, at_ms=0),
        f.QueueOpened(queue="sales", target_s=60, at_ms=0),
        f.DeskOpened(desk="1", team="front", at_ms=0),
        f.DeskOpened(desk="2", team="back", at_ms=0),
    ):
        apply(made, fact)
    return made


def enter(made: Floor, contact: str, queue: str, at_ms: int) -> None:
    apply(made, f.ContactEntered(contact=contact, queue=queue, at_ms=at_ms))


LIGHTS = [
    # what happens                                             team     queues      the light
    ([], "", (), Light(False, False, True)),
    ([f.HelpRaised(desk="1", at_ms=0)], "", (), Light(True, False, False)),
    ([f.HelpRaised(desk="1", at_ms=0)], "front", (), Light(True, False, False)),
    ([f.HelpRaised(desk="1", at_ms=0)], "back", (), Light(False, False, True)),
    ([f.HelpRaised(desk="1", help="safety", at_ms=0)], "", (), Light(False, False, True)),
    ([f.HelpRaised(desk="1", help="technical", at_ms=0)], "", (), Light(True, False, False)),
    ([f.HelpRaised(desk="1", at_ms=0), f.HelpAcknowledged(desk="1", at_ms=0)], "", (), Light(True, False, False)),
]


@pytest.mark.parametrize(("facts", "team", "queues", "wanted"), LIGHTS)
def test_what_a_light_shows(facts: list[f.Fact], team: str, queues: tuple[str, ...], wanted: Light) -> None:
    made = floor()
    for fact in facts:
        apply(made, fact)
    assert light(made, team, queues, NOW_MS) == wanted


def test_a_line_is_long_by_its_own_queues_target() -> None:
    made = floor()
    enter(made, "a", "sales", NOW_MS - 30_000)
    assert not light(made, "", (), NOW_MS).long
    enter(made, "b", "pay", NOW_MS - 20_000)
    assert not light(made, "", (), NOW_MS).long
    assert light(made, "", (), NOW_MS + 1) == Light(False, True, False)
    assert light(made, "", ("sales",), NOW_MS + 1) == Light(False, False, True)


def test_what_a_sign_shows() -> None:
    made = floor()
    enter(made, "a", "sales", NOW_MS)
    assert [sign(made, tile, NOW_MS, DAY) for tile in ("waiting", "waiting(pay)", "waiting(gone)", "help")] == [
        1,
        0,
        0,
        0,
    ]


def test_the_register_map() -> None:
    made = floor()
    enter(made, "a", "sales", NOW_MS - 65_400)
    apply(made, f.HelpRaised(desk="1", at_ms=0))
    apply(made, f.HelpRaised(desk="2", help="safety", at_ms=0))
    found = registers(made, ["pay", "sales", "gone"], NOW_MS, DAY, 70_000, 3)
    assert [found[n] for n in range(10)] == [1, 70_000 - 65_536, 3, 3, 1, 65, 0, 0, 1, 0]
    assert [found[n] for n in range(120, 129)] == [1, 65, 0, 0, 1, 0, 0, 65_535, 65_535]
    assert [found[n] for n in range(140, 149)] == [0, 0, 0, 0, 0, 0, 0, 65_535, 65_535]
    assert set(found) == {*range(10), *range(100, 109), *range(120, 129), *range(140, 149)}


def test_a_register_is_the_walls_service_level() -> None:
    """By `offered`, who waits for less than the target is not held against it."""
    made = floor()
    apply(made, f.AgentMet(agent="ana", at_ms=0))
    apply(made, f.AgentSignedIn(agent="ana", at_ms=0))
    apply(made, f.QueueOpened(queue="pay", target_s=20, variant="offered", at_ms=0))
    for contact, entered_ms in (("a", NOW_MS - 60_000), ("b", NOW_MS - 5_000)):
        enter(made, contact, "pay", entered_ms)
    apply(made, f.ContactAnswered(contact="a", agent="ana", wait_ms=0, at_ms=NOW_MS - 60_000))
    assert registers(made, ["pay"], NOW_MS, DAY, 0, 0)[107] == 1000


class Rim:
    """The rim, shown a floor by hand; `whys` is what it told last of each."""

    def __init__(self, settings: Settings) -> None:
        self.floor, self.told = floor(), []
        self.building = Building(settings, self._tell)
        self.building.start()
        self.show()

    def _tell(self, request: Any) -> None:
        assert isinstance(request, ObserveOutside)
        self.told.append(request)  # type: ignore[attr-defined]

    @property
    def whys(self) -> dict[str, str]:
        return {each.name: each.why for each in self.told}  # type: ignore[attr-defined]

    def show(self, *facts: f.Fact) -> None:
        for fact in facts:
            apply(self.floor, fact)
        self.building.show(self.floor, facts)


@contextmanager
def showing(**tables: Any) -> Iterator[Rim]:
    rim = Rim(Settings(site="s", queue=(QueueTable("pay"), QueueTable("sales")), **tables))
    try:
        yield rim
    finally:
        rim.building.stop()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "BEAT_S", 1.0)
    monkeypatch.setattr(line, "ANSWER_S", 0.5)


def until(true: Callable[[], Any], what: str = "", wait_s: float = 10) -> float:
    end = time.monotonic() + wait_s
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.005)
    return time.monotonic()


def at(port: int) -> str:
    return f"tcp://127.0.0.1:{port}"


HELP, NO_HELP = f.HelpRaised(desk="1", at_ms=0), f.HelpClosed(desk="1", at_ms=0)


def test_a_light_and_a_sign_follow_the_floor_and_only_what_changes_is_written() -> None:
    port = free_port()
    with over_tcp(port, (1, 2)) as units:
        table = LightTable("l", at(port), beat=3)
        with showing(light=(table,), sign=(SignTable("n", at(port), unit=2, register=5),)) as rim:
            until(lambda: units.coils[1][:3] == [False, False, True], "fine")
            until(lambda: set(rim.whys.values()) == {""}, "told")
            before = len(units.writes)
            rim.show(HELP)
            until(lambda: units.coils[1][:3] == [True, False, False], "help")
            changed = [number for _, unit, function, number in units.writes[before:] if unit == 1 and function == 5]
            assert changed[:2] == [0, 2], "what is lit comes before what goes out"
            enter(rim.floor, "a", "pay", NOW_MS)
            rim.show()
            until(lambda: units.registers[2][5] == 1, "one waits")
            beats = units.registers[1][3]
            until(lambda: (rim.show(), units.registers[1][3] > beats + 1)[1], "it beats")  # type: ignore[func-returns-value]


def test_a_unit_that_was_off_is_missed_and_right_again() -> None:
    port = free_port()
    with over_tcp(port) as units, showing(light=(LightTable("l", at(port)),)) as rim:
        until(lambda: rim.whys.get("l") == "", "there")
        units.stop()
        until(lambda: rim.whys["l"], "missed")
        assert rim.whys["l"].startswith(("unit 1 at 127.0.0.1", "127.0.0.1"))
        rim.show(HELP)
        units.coils[1] = [False] * 8  # it was off
        units.start()
        until(lambda: units.coils[1][:3] == [True, False, False], "right again", 20)
        until(lambda: rim.whys["l"] == "", "told")


def answering(how: Callable[[socket.socket], None]) -> int:
    """A port where each connection is treated so."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            peer, _ = listener.accept()
            threading.Thread(target=how, args=(peer,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return int(listener.getsockname()[1])


def slow(peer: socket.socket) -> None:
    time.sleep(30)
    peer.close()


def in_mid_word(peer: socket.socket) -> None:
    peer.recv(64)
    peer.sendall(b"\x00\x01\x00\x00")
    peer.close()


def nonsense(peer: socket.socket) -> None:
    while request := peer.recv(64):
        peer.sendall(request[:2] + b"\x00\x00\x00\x06" + request[6:8] + b"\x00\x07\x12\x34")


@pytest.mark.parametrize(
    ("how", "why"),
    [
        (slow, "unit 1 at {} does not answer within 0 s"),
        (in_mid_word, "{} hangs up"),
        (nonsense, "unit 1 answers nonsense about coil 2"),
        (None, "{} cannot be reached"),
    ],
)
def test_each_kind_of_failure_is_said_and_delays_no_other(how: Any, why: str) -> None:
    bad, good = answering(how) if how else free_port(), free_port()
    with over_tcp(good) as units, showing(light=(LightTable("bad", at(bad)), LightTable("good", at(good)))) as rim:
        until(lambda: rim.whys.get("bad"), "missed")
        assert rim.whys["bad"] == why.format(f"127.0.0.1:{bad}")
        for fact, lit in ((HELP, True), (NO_HELP, False)):
            rim.show(fact)
            shown = time.monotonic()
            assert until(lambda lit=lit: units.coils[1][0] == lit) - shown < 0.5  # type: ignore[misc]


def test_a_coil_that_the_unit_does_not_have_is_named() -> None:
    port = free_port()
    with over_tcp(port), showing(light=(LightTable("l", at(port), long=900),)) as rim:
        until(lambda: rim.whys.get("l"), "refused")
        assert rim.whys["l"] == "unit 1 refuses coil 900: illegal data address"


def test_units_on_one_serial_line_and_a_dead_one_among_them() -> None:
    with over_serial((1, 3)) as (path, units):
        url = f"serial://{path}?baud=19200"
        tables = tuple(LightTable(f"l{number}", url, unit=number) for number in (1, 2, 3))
        with showing(light=tables) as rim:
            until(lambda: all(units.coils[n][2] for n in (1, 3)), "both are fine")
            whys = {"l1": "", "l2": f"unit 2 at {path} does not answer within 0 s", "l3": ""}
            until(lambda: rim.whys == whys, "the one between is missed")
            rim.show(HELP)
            until(lambda: units.coils[1][0] and units.coils[3][0], "the others go on", 4)


def test_our_own_server_is_read_and_not_written() -> None:
    port = free_port()
    with showing(modbus=Modbus(port=port)) as rim:
        enter(rim.floor, "a", "pay", time.time_ns() // 1_000_000 - 5_000)
        rim.show()
        client = ModbusTcpClient("127.0.0.1", port=port, timeout=2)
        until(client.connect, "it listens")
        first = client.read_input_registers(0, count=10).registers
        assert (first[0], first[3], first[4], first[5]) == (1, 2, 1, 5)
        assert client.read_input_registers(100, count=9).registers[:2] == [1, 5]
        for answer in (
            client.read_holding_registers(0),
            client.read_coils(0),
            client.write_register(0, 7),
            client.write_coil(0, True),
        ):
            assert (answer.isError(), answer.exception_code) == (True, 1), answer
        for number in (10, 99, 109, 139, 4000):
            assert client.read_input_registers(number).exception_code == 2, number
        with socket.create_connection(("127.0.0.1", port)) as stranger:
            stranger.sendall(b"GET / HTTP/1.1\r\n\r\n" * 20 + bytes(range(256)))
            assert client.read_input_registers(4).registers == [1]
        client.close()


def test_a_real_floor_lights_a_real_light(tmp_path: Path) -> None:
    from edge.asking import Asking, Away
    from edge.commands.serving import Serving, floor_of
    from edge.requests import RaiseHelp

    port, site, state = free_port(), tmp_path / "site.toml", tmp_path / "state"
    site.write_text(
        f'site = "lab"\n[broker]\nport = {free_port()}\n[web]\nport = {free_port()}\n[[desk]]\nnumber = "1"\nteam = "front"\n'
        f'[[light]]\nname = "front"\nteam = "front"\nat = "{at(port)}"\n'
    )

    def raised() -> bool:
        try:
            return "facts" in Asking(state).ask(RaiseHelp(desk="1"))
        except Away:
            return False

    def why() -> str:
        known = floor_of(state).outside.get("front")
        return known.why if known else "not seen yet"

    with over_tcp(port) as units, Serving(site, state):
        until(lambda: units.coils[1][2], "fine", 20)
        until(raised, "help")
        until(lambda: units.coils[1][:3] == [True, False, False], "lit")
        until(lambda: why() == "", "known")
        units.stop()
        until(why, "missed", 30)
        units.start()
        until(lambda: why() == "", "back", 30)
