"""What goes wrong on the way to the edge: each has its word on the console and its picture on the lamp (docs/failures.md)."""

import contextlib
import datetime
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from edge import identity, wire
from edge.commands import boards
from hardware.virtual import Board
from hardware.virtual.air import Point
from hardware.virtual.reading import lamp
from tests.firmware.bench import Desk, Site
from tests.firmware.reading import reads
from tests.firmware.test_client import CONNACK, greet

MakeDesk = Callable[..., Desk]
SOON = (  # waits of a minute in seconds
    "import link, mqtt, wifi, lamp; link.BACKOFF_MS_MAX = 500; mqtt.OPEN_MS = mqtt.ANSWER_MS = 700; mqtt.PING_MS = 300;"
    "wifi.JOIN_MS = 800; wifi.STEP_MS = 50; wifi.LOOK_MS = 100; wifi.SCAN_PAUSE_LOOKS = 30; lamp.CODE_OF = 4"
)
OURS = [{"ssid": "floor", "passphrase": "right horse"}, {"ssid": "cellar", "passphrase": "battery staple"}]
NEAR = Point("floor", "right horse", -60, "0200000000a1")
FAR = Point("floor", "right horse", -80, "0200000000a2")
CELLAR = Point("cellar", "battery staple", -70, "0200000000b1")
FOREIGN = Point("cafe", "", -30, "0200000000c1")


HANGS = """
import alive, lamp
alive.WATCHDOG_MS, alive.ROUND_MS = 1500, 300
def identify(beat):
    while True: pass
lamp.identify = identify
"""
QUICK = """
import asyncio, alive, roles.desk
alive.ROUND_MS, alive.PATIENCE_MS = 200, 900
async def animate(self):
    alive.expect("lamp", None, 900)
    %s
roles.desk.Desk.animate = animate
"""


def code(word: str) -> str:
    """What the lamp's codes mean that has this word among them."""
    return next(words for _, words in lamp.CODES if word in words)


def start(make_desk: MakeDesk, prelude: str = SOON, air: dict[str, Any] | None = None, **changes: object) -> Desk:
    """A desk unit that has not found its edge yet."""

    def before(board: Board) -> None:
        for name, value in (air or {}).items():
            setattr(board.air, name, value)

    return make_desk(prelude, presence=None, before=before, **changes)


def says(desk: Desk, word: str) -> None:
    """On the console; and on the lamp, with the edge lost."""
    desk.board.wait_console(f"No way to the edge: {word}", 8)
    desk.board.wait_lamp(lambda view: view.lost and view.trouble == code(word.partition(":")[0]), 8)


def comes_back(desk: Desk, presses: int = 0) -> None:
    """And has brought so many presses."""
    while desk.edge.hear("$state", 15)["state"] != "ready":
        pass
    desk.edge.ack(1, presses)
    desk.edge.lamp("ready", seq=presses)
    desk.board.wait_confirmed("ready", 5)


# Wi-Fi


@pytest.mark.parametrize(
    ("air", "word"),
    [
        ({"points": [FOREIGN]}, "no network"),
        ({"points": []}, "no network"),
        ({"points": [Point("floor", "changed", refusal=15)]}, "wifi password: floor"),
        ({"points": [Point("floor", "changed", refusal=202)]}, "wifi password: floor"),
        ({"points": [NEAR], "has_addresses": False}, "no address: floor"),
    ],
)
def test_no_wifi(make_desk: MakeDesk, air: dict[str, Any], word: str) -> None:
    desk = start(make_desk, air=air, networks=OURS)
    says(desk, word.partition(":")[0])
    assert word in desk.board.console
    desk.board.press("help")
    desk.board.wait_lamp(lambda view: view.pending and view.lost, 2)
    desk.board.air.points, desk.board.air.has_addresses = [NEAR], True
    comes_back(desk, 1)


def test_the_strongest_of_ours_is_taken_and_the_next_if_it_refuses(make_desk: MakeDesk) -> None:
    changed = Point("floor", "changed", -40, "0200000000a9")
    desk = start(make_desk, air={"points": [FOREIGN, FAR, CELLAR, changed]}, networks=OURS)
    comes_back(desk)
    assert desk.board.air.joined == [CELLAR.bssid]


def test_a_network_that_refuses_its_password_does_not_hide_the_other(make_desk: MakeDesk) -> None:
    changed = [Point("floor", "changed", -40 - n, f"0200000000a{n}") for n in range(3, 6)]
    never = SOON + "; link.LEAVE_TRIES = 1000"
    desk = start(make_desk, never, air={"points": [*changed, CELLAR]}, networks=OURS)
    comes_back(desk)
    assert desk.board.air.joined == [CELLAR.bssid]


def test_an_access_point_that_leads_nowhere_is_left_for_another(make_desk: MakeDesk) -> None:
    """Its guests are let through to nothing, or its cable is out."""
    desk = start(make_desk, SOON + "; link.LEAVE_TRIES = 3", air={"points": [NEAR, FAR]}, networks=OURS, port=1)
    says(desk, "no broker")
    wait(lambda: desk.board.air.joined[:3] == [NEAR.bssid, FAR.bssid, NEAR.bssid])


def test_it_roams_to_what_is_much_better_and_rests_then(make_desk: MakeDesk) -> None:
    desk = start(make_desk, air={"points": [NEAR]}, networks=OURS)
    comes_back(desk)
    air = desk.board.air
    scans = air.scans
    weak = Point(NEAR.ssid, NEAR.passphrase, -76, NEAR.bssid)
    air.points = [weak, Point("floor", "right horse", -69, FAR.bssid)]  # 7 dB better: not worth a move
    wait(lambda: air.scans == scans + 1)
    desk.board.press("ready")
    assert desk.edge.hear("ev")["seq"] == 1
    air.points = [weak, Point("floor", "right horse", -60, FAR.bssid)]
    time.sleep(1)
    assert air.scans == scans + 1 and air.joined == [NEAR.bssid]  # it searches again after a while only
    wait(lambda: air.joined == [NEAR.bssid, FAR.bssid])
    desk.board.press("break")
    assert desk.edge.hear("ev")["age_ms"] < 3000
    assert desk.edge.hears_nothing("$meta", 0.3)  # the session went on


def test_wifi_lost_in_the_midst(make_desk: MakeDesk) -> None:
    desk = start(make_desk, air={"points": [NEAR]}, networks=OURS)
    comes_back(desk)
    desk.board.air.points = []
    says(desk, "no network")
    desk.board.press("break")
    pressed = time.monotonic()
    desk.board.air.points = [FAR]
    event = desk.edge.hear("ev", 10)
    assert event["key"] == "break" and abs(event["age_ms"] / 1000 - (time.monotonic() - pressed)) < 1


def test_by_cable(make_desk: MakeDesk) -> None:
    soon = SOON + "\nimport lan; lan.JOIN_MS = 500; lan.LOOK_MS = 100"
    air = {"has_cable": False, "points": [NEAR]}
    desk = start(make_desk, soon, air=air, board="desk-unit-lan", networks=[])
    says(desk, "no cable")
    desk.board.air.has_addresses, desk.board.air.has_cable = False, True
    says(desk, "no address")
    desk.board.air.has_addresses = True
    comes_back(desk)
    desk.board.air.has_cable = False
    says(desk, "no cable")
    desk.board.air.has_cable = True
    comes_back(desk)
    assert desk.board.air.joined == [] and desk.board.console.count("Floorboard 0") == 1


def test_a_network_whose_driver_is_at_a_loss(make_desk: MakeDesk) -> None:
    fails = """
import network
def active(self, is_active=None): raise OSError("Wifi Internal Error")
network.WLAN.active = active
"""
    desk = start(make_desk, SOON + fails, air={"points": [NEAR]}, networks=OURS)
    says(desk, "no network: Wifi Internal Error")
    assert desk.board.console.count("Floorboard 0") == 1


SCREENS = [  # board, role, and what stands on its screen while a password is wrong
    ("wallboard", "wallboard", "NO EDGE: wifi password"),
    ("hall-display", "hall", "NO EDGE: wifi password"),
    ("counter-display", "counter", "wifi password"),
    ("desk-unit-plus", "desk", "wifi password"),
]


@pytest.mark.parametrize(("board", "role", "text"), SCREENS)
def test_a_screen_says_why_it_never_found_its_edge(make_desk: MakeDesk, board: str, role: str, text: str) -> None:
    air = {"points": [Point("floor", "changed")]}
    desk = start(make_desk, air=air, networks=OURS, board=board, role=role)
    desk.board.wait_screen(lambda screen: reads(screen, text, None, False), 15)
    desk.board.air.points = []
    other = text.replace("wifi password", "no network")
    desk.board.wait_screen(lambda screen: reads(screen, other, None, False), 15)
    desk.board.air.points = [NEAR]
    while desk.edge.hear("$state", 15)["state"] != "ready":
        pass
    desk.board.wait_screen(lambda screen: not reads(screen, other, None, False), 5)
    assert desk.board.faults == []


def test_safe_mode_says_why_too(make_desk: MakeDesk) -> None:
    record = b'{"boot": 7, "slot": "a", "fails": 5, "trial": 0, "said": ""}'

    def before(board: Board) -> None:
        boards.write(board, {**boards.stored(board), "boot.json": record})
        board.air.points = []

    desk = make_desk(SOON, None, before=before, board="counter-display", role="counter", networks=OURS)
    desk.board.wait_screen(lambda screen: reads(screen, "SAFE no network"), 15)


# brokers


class Broker:
    """Accepts every connection and does `talk` to it, until it is closed."""

    def __init__(self, talk: Callable[[socket.socket], None]) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._talk = talk
        self._peers: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        for each in (self._listener, *self._peers):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _serve(self) -> None:
        while True:
            try:
                self._peers.append(self._listener.accept()[0])
            except OSError:
                return
            threading.Thread(target=self._serve_one, args=[self._peers[-1]], daemon=True).start()

    def _serve_one(self, peer: socket.socket) -> None:
        with contextlib.suppress(OSError, AssertionError):
            self._talk(peer)


@pytest.fixture
def broker(site: Site) -> Iterator[Callable[..., Broker]]:
    made: list[Broker] = []

    def make(talk: Callable[[Any], None], *, tls: tuple[Path, Path] | None = None) -> Broker:
        """With `tls`, certificate and key, `talk` comes after the handshake."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if tls:
            context.load_cert_chain(*tls)

        def talk_tls(peer: socket.socket) -> None:
            talk(context.wrap_socket(peer, server_side=True))

        made.append(Broker(talk_tls if tls else talk))
        return made[-1]

    yield make
    for each in made:
        each.close()


def silent(peer: socket.socket) -> None:
    while peer.recv(4096):
        pass


def after_suback(peer: ssl.SSLSocket) -> None:
    greet(peer)
    silent(peer)


def beatless(peer: ssl.SSLSocket) -> None:
    """All is well with the broker, but no edge is behind it."""
    greet(peer)
    while peer.recv(4096):
        peer.sendall(b"\xd0\x00")


def portal(peer: socket.socket) -> None:
    peer.recv(4096)
    peer.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\nContent-Length: 0\r\n\r\n")


def refusing(peer: ssl.SSLSocket) -> None:
    peer.recv(4096)
    peer.sendall(CONNACK[:3] + b"\x05")


@pytest.mark.parametrize(
    ("talk", "tls", "word"),
    [
        (silent, False, "broker silent"),
        (silent, True, "broker silent"),
        (after_suback, True, "broker silent: no answer to ping"),
        (lambda peer: peer.close(), False, "broker closed"),
        (lambda peer: peer.close(), True, "broker closed"),
        (portal, False, "captive portal"),
        (refusing, True, "refused: not authorised"),
    ],
    ids=["before TLS", "before CONNACK", "after SUBACK", "closes", "closes after TLS", "portal", "refuses"],
)
def test_brokers(
    make_desk: MakeDesk, site: Site, broker: Callable[..., Broker], talk: Callable[..., None], tls: bool, word: str
) -> None:
    own = (site.state / "broker.crt", site.state / "broker.key")
    desk = start(make_desk, port=broker(talk, tls=own if tls else None).port)
    says(desk, word.partition(":")[0])
    assert word in desk.board.console


def test_a_broker_without_an_edge(make_desk: MakeDesk, site: Site, broker: Callable[..., Broker]) -> None:
    own = (site.state / "broker.crt", site.state / "broker.key")
    desk = start(make_desk, port=broker(beatless, tls=own).port)
    time.sleep(2)
    views = [lamp_view for _, lamp_view in desk.board.seen]
    assert views and desk.board.view.lost and not desk.board.view.trouble
    assert "No way" not in desk.board.console


@pytest.mark.parametrize(
    ("changes", "word"), [({"host": "no-such-host.invalid"}, "no name"), ({"port": 1}, "no broker: ECONNREFUSED")]
)
def test_nobody_there(make_desk: MakeDesk, changes: dict[str, Any], word: str) -> None:
    desk = start(make_desk, **changes)
    says(desk, word.partition(":")[0])
    assert word in desk.board.console


def certificate(state: Path, folder: Path, host: str, until: datetime.datetime) -> tuple[Path, Path]:
    """Of the site's authority in `state`, for that host and until then."""
    authority = x509.load_pem_x509_certificate((state / "ca.crt").read_bytes())
    signer = serialization.load_pem_private_key((state / "ca.key").read_bytes(), password=None)
    key = ec.generate_private_key(ec.SECP256R1())
    made = (
        x509.CertificateBuilder()
        .subject_name(authority.subject)
        .issuer_name(authority.subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(until - datetime.timedelta(days=9))
        .not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(signer, hashes.SHA256())  # type: ignore[arg-type]
    )
    form = serialization.PrivateFormat.PKCS8
    (folder / "crt").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    return folder / "crt", folder / "key"


def test_certificates(make_desk: MakeDesk, site: Site, broker: Callable[..., Broker], tmp_path: Path) -> None:
    now = datetime.datetime.now(datetime.UTC)
    identity.prepare(tmp_path / "other", ["localhost"])
    later, day = now + datetime.timedelta(days=5), datetime.timedelta(days=1)
    for n, (state, host, until, word) in enumerate(
        [
            (site.state, "localhost", now - day, "certificate"),
            (site.state, "elsewhere", later, "certificate"),
            (tmp_path / "other", "localhost", later, "captive portal"),
        ]
    ):
        (tmp_path / str(n)).mkdir()
        pair = certificate(state, tmp_path / str(n), host, until)
        desk = start(make_desk, port=broker(silent, tls=pair).port)
        says(desk, word)


# itself


def kept(desk: Desk) -> bytes:
    """What lies on the flash of presses; b"" while it is being written."""
    try:
        return boards.stored(desk.board).get("outbox", b"")
    except ValueError:
        return b""


@pytest.mark.parametrize("cut", [40, 2_000, 4_000])
def test_a_plug_that_is_pulled_in_the_midst_of_a_write(make_desk: MakeDesk, cut: int) -> None:
    desk = make_desk("import outbox; outbox.GATHER_MS = 100")
    desk.edge.beat()  # a fresh one: the retained one may be late
    desk.edge.lost()
    for key in ("break", "ready", "help"):
        desk.board.press(key)
    wait(lambda: all(b'"%s"' % key in kept(desk) for key in (b"break", b"ready", b"help")))
    pressed = time.monotonic()
    desk.board.cut_power_after(cut)
    desk.board.press("wrap_up")
    desk.board.wait_off(5)
    desk.board.cut_power_after(1 << 31)
    desk.board.power_on()
    desk.board.wait_lamp(lambda view: view.lost, 5)
    desk.edge.beat()
    while desk.edge.hear("$state", 10)["state"] != "ready":
        pass
    desk.edge.beat(ms=60_000)  # they wait for a fresh one
    events = [desk.edge.hear("ev", 10) for _ in range(3)]
    assert [(event["boot"], event["seq"], event["first"]) for event in events] == [(1, n, 1) for n in (1, 2, 3)]
    assert [event["key"] for event in events] == ["break", "ready", "help"]
    assert all(60_000 - 2_000 - (time.monotonic() - pressed) * 1000 < event["age_ms"] < 61_000 for event in events)


def test_a_flash_that_is_full_keeps_presses_in_memory_and_says_so(make_desk: MakeDesk) -> None:
    fill = """
import outbox, wire
outbox.GATHER_MS, wire.HEALTH_MS = 100, 1000
file = open("fill", "wb")
try:
    while True: file.write(bytes(512))
except OSError: pass
"""
    desk = make_desk(fill)
    desk.edge.lost()
    for key in wire.KEYS:  # the first may find room among the names of files
        desk.board.press(key)
    desk.board.wait_console("Presses stay in memory: flash full", 5)
    desk.edge.beat()
    assert [desk.edge.hear("ev")["key"] for _ in wire.KEYS] == list(wire.KEYS)
    assert desk.edge.hear("health")["why"] == "flash full"


def test_a_task_that_hangs_is_ended_by_the_watchdog(make_desk: MakeDesk) -> None:
    desk = make_desk(HANGS)
    desk.edge.do("identify")
    meta = desk.edge.hear("$meta", 10)
    assert (meta["boot"], meta["cause"]) == (2, "wdt")


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ("await asyncio.Event().wait()", "RuntimeError: no sign of life from lamp"),
        ("await asyncio.sleep_ms(500); raise ValueError('a bug')", "ValueError: a bug"),
    ],
)
def test_a_task_that_waits_for_ever_or_dies_is_noted(make_desk: MakeDesk, ends: str, said: str) -> None:
    desk = start(make_desk, QUICK % ends)
    desk.board.wait_connected()
    desk.board.press("help")
    desk.board.wait_console(said, 6)
    desk.board.wait_console("boot 2 (hard)", 5)
    assert b'"help"' in kept(desk)


def test_an_end_that_cannot_be_noted_is_a_restart_all_the_same(make_desk: MakeDesk) -> None:
    ends = QUICK % "await asyncio.sleep_ms(500); raise ValueError('a bug')"
    desk = start(make_desk, ends + "def note(error): raise MemoryError\n")
    desk.board.wait_console("boot 2 (hard)", 10)


def wait(predicate: Callable[[], bool], timeout_s: float = 10) -> None:
    """Of what no event tells: the air has none."""
    end = time.monotonic() + timeout_s
    while not predicate():
        assert time.monotonic() < end
        time.sleep(0.02)
