"""`floorboard flash` on virtual boards with the unmodified esptool and mpremote: each sentence, and from blank to the floor.

pyserial's RFC 2217 client sleeps some 0.2 s in each of esptool's commands, so what needs it runs at the same time, as in
tests/device/test_esptool.py: each scenario with boards and a desk of its own, at one floor.
"""

import io
import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from edge import identity
from edge.asking import Asking
from edge.commands import Stop, boards
from edge.commands.flash.provision import Networks
from edge.commands.house import free_port
from edge.commands.serving import floor_of
from edge.requests import RegisterDevice
from flash import chip, files, image, look, ports, program, record
from flash.program import Fault
from hardware.virtual import air, boot
from hardware.virtual.mcu import MCUS, mac
from tests.flash.bench import ROOT, WIFI, Bench, board_file, children, end, holding, shell, writes
from tests.system.test_devices import until

TWO = f'[[network]]\nssid = "a"\npassword = "{WIFI}"\n[[network]]\nssid = "b"\npassword = "{WIFI}"\n'
SOMEBODYS = b"import time\nwhile True:\n    print('21.5 C')\n    time.sleep(1)\n"
DEAF = (
    b"import time\nwhile True:\n    try:\n        print('21.5 C')\n        time.sleep(1)\n"
    b"    except KeyboardInterrupt:\n        pass\n"
)


# scenarios that esptool makes long


def comes_to_the_floor_and_tells_no_secret(bench: Bench) -> None:
    board, port = bench.board("blank-1")
    board.air.points = [air.Point(), air.Point("Floor 2", WIFI, bssid="020000000002")]
    secrets = identity.device_secret(bench.state, "desk-1"), WIFI
    words = ["--name", "desk-1", "--desk", "1", "--board", "desk-unit", "--image", bench.image, "--wifi", bench.wifi]
    running = bench.start("provision", port, *words, *bench.place, "--json")
    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(end, running)
        while not ended.done():
            assert shell(*secrets) == []
            assert holding(bench.folder / "left", *secrets) == []
            time.sleep(0.1)
    out, said = ended.result()
    row = json.loads(out.splitlines()[-1])
    assert (row["name"], row["desk"], row["online"], row["was"]["on_it"]) == ("desk-1", "1", True, "blank")
    assert row["mac"] == mac("blank-1").hex(":")
    assert "writing and checking: 50 %" in said
    board.wait_lamp(lambda view: not view.lost, 10)
    device = floor_of(bench.state).devices["desk-1"]
    assert (device.online, device.desk, device.id, device.hardware) == (True, "1", row["id"], "desk-unit")
    assert json.loads(board_file(board, "device.json"))["networks"] == [{"ssid": "Floor 2", "passphrase": WIFI}]
    for text in (out, said, *(path.read_bytes().decode("latin-1") for path in bench.state.glob("journal.db*"))):
        assert not any(secret in text for secret in secrets)


def is_written_again_after_a_power_cut(bench: Bench) -> None:
    board, port = bench.board("blank-2")
    words = ["--name", "desk-2", "--desk", "2", "--board", "desk-unit", "--image", bench.image, *bench.place]
    running = bench.start("provision", port, *words)
    writes(board)
    board.cut_power_after(
        2 * boards.VFS_BYTES + 0x1_0000
    )  # its file system stands, MicroPython's place is being erased
    _, said = end(running, 2)
    assert "floorboard: The write failed on the way (" in said
    assert said.endswith("the board is only half written, so write it again.\n")
    assert not board.is_on
    board.power_on()
    begun = record.of(record.read(bench.state / "boards.csv"), mac=mac("blank-2").hex(":"))
    running = bench.start("provision", port, *words, "--json")
    writes(board)
    board.cut_power_after(boards.VFS_BYTES)  # what stands is not written again
    row = json.loads(end(running)[0])
    board.cut_power_after(NEVER)
    assert row["was"]["on_it"] == "blank"
    assert (begun.id, begun.state) == (row["id"], "failed")  # type: ignore[union-attr]
    assert floor_of(bench.state).devices["desk-2"].online


def leaves_nothing_behind_when_it_is_ended(bench: Bench) -> None:
    board, port = bench.board("blank-3")
    words = ["--board", "desk-unit", "--image", bench.image]
    running = bench.start("write", port, *words)
    writes(board)
    programs = children(running.pid)
    assert programs
    running.send_signal(signal.SIGINT)
    _, said = end(running, 130)
    assert "Traceback" not in said
    assert not [pid for pid in programs if Path(f"/proc/{pid}").exists()], "esptool has ended too"


def erases_what_somebody_gave_up(bench: Bench) -> None:
    board, port = bench.board("others-1", {"main.py": SOMEBODYS, "secret.txt": b"n" * 3_000})
    words = ["write", port, "--board", "desk-unit", "--image", bench.image]
    assert (
        bench.fails(*words)
        == f"At {port} is MicroPython with somebody's program; with --force it is erased and written over."
    )
    assert board_file(board, "main.py") == SOMEBODYS
    assert bench.answer(*words, "--force")["was"] == "micropython"
    board.wait_console("is not provisioned: there is no device.json on this board.", 10)
    board.power_off()
    assert b"n" * 100 not in board.read(0, board.flash_bytes), "nothing of the others is left"


def identifies_a_device(bench: Bench) -> None:
    _, port = bench.board("c3", {**bench.trees["wallboard-matrix"], **DEVICE}, "wallboard-matrix")
    row = bench.answer("identify", port)
    assert row.pop("model").startswith("ESP32-C3")
    device = {"site": "lab", "name": "wall-9", "role": "wallboard", "board": "wallboard-matrix", "id": "x"}
    facts = {"chip": "esp32c3", "mac": mac("c3").hex(":"), "flash_mb": 4, "on_it": "ours", "firmware": "0.1.0"}
    facts |= {"micropython": row["micropython"], "crash": row["crash"]}
    assert row == {"port": port, **facts, "device": device}, "and not its secret"


def says_that_nothing_answers(bench: Bench) -> None:
    board, port = bench.board("off")
    board.power_off()
    assert bench.fails("identify", port).startswith(f"No chip answers at {port} (")


def says_the_wrong_chip_before_it_writes(bench: Bench) -> None:
    """By esptool alone, where the ROM's first line was not heard."""
    board, port = bench.board("wrong-1")
    with pytest.raises(
        Fault, match=r"^Wrong chip: this board has an ESP32, and an ESP32-C3 is wanted; nothing was written\.$"
    ):
        chip.write(port, "esp32c3", {0: b"x" * 4096}, lambda _: None)
    board.power_off()
    assert board.read(0, 4096) == b"\xff" * 4096


def refuses_what_is_no_micropython(bench: Bench) -> None:
    board, port = bench.board("deaf", {"main.py": DEAF})
    to = ["provision", port, *TO, "--image", bench.image, *bench.place]
    assert bench.fails(*to).startswith(f"At {port} is firmware that is neither MicroPython nor ours; with --force")
    assert board_file(board, "main.py") == DEAF
    assert "desk-4" not in floor_of(bench.state).devices


def is_brought_what_changed_and_nothing_else(bench: Bench) -> None:
    files = bench.trees["desk-unit"]
    told = json.loads(DEVICE["device.json"]) | {"role": "desk", "board": "desk-unit"}
    device = {"device.json": json.dumps(told).encode()}
    old = {**files, **DEVICE, **device, "a/wire.mpy": b"old", **LEFT}
    del old["a/roles/desk.mpy"]
    board, port = bench.board("old-1", old)
    assert bench.fails("sync", port, "--board", "desk-unit-plus") == (
        f"At {port} is Floorboard 0.1.0 as desk wall-9 of site lab, board desk-unit; to make it a desk-unit-plus do"
        " `floorboard flash provision --force`."
    )
    row = bench.answer("sync", port, "--board", "desk-unit")
    assert (row["sent"], row["unchanged"]) == (["a/roles/desk.mpy", "a/wire.mpy"], len(files) - 2)
    board.wait_console("rst:0xc (SW_CPU_RESET)", 10)
    board.power_off()
    now = boards.stored(board)
    assert {name: now[name] for name in files} == files
    assert now["device.json"] == device["device.json"]
    assert not {"a/drivers/gone.mpy", "b/wire.mpy", "b/manifest"} & set(now)
    record = json.loads(now["boot.json"])
    assert (record["boot"] > 6, record["slot"], record["trial"]) == (True, "a", 0), "the old slot's trial is over"
    board.power_on()
    assert bench.answer("sync", port, "--board", "desk-unit")["sent"] == []


def goes_on_where_a_cut_left_it(bench: Bench) -> None:
    """A device with one slot stays ours wherever the power goes while its files are brought; so does what was empty."""
    new = bench.trees["desk-unit"]
    old = {name: b"old" for name in new if name.startswith("a/")} | {
        "a/manifest": b"floorboard-1 desk-unit desk 0.0.9\n"
    }
    for name, there, cuts in (("cut-1", {**old, **DESK}, (20_000, 150_000)), ("cut-2", {}, (20_000,))):
        board, port = bench.board(name, there)
        device = look.look(port).device
        for cut in cuts:
            found = look.look(port)
            board.cut_power_after(cut)
            with pytest.raises(Fault, match="The files did not arrive whole"):
                files.bring(port, found.files, new, lambda _: None)
            board.cut_power_after(NEVER)
            board.power_on()
            found = look.look(port)
            assert (found.kind, found.device, found.firmware) == ("ours", device, ""), (name, cut)
        running = bench.start("sync", port, "--board", "desk-unit")
        assert running.stderr
        assert any("bringing what has changed: 25 %" in line for line in running.stderr)
        running.send_signal(signal.SIGINT)
        _, said = end(running, 130)
        assert said.endswith("Stopped: the board may be half brought up to date. Do the same again.\n")
        assert bench.answer("sync", port, "--board", "desk-unit")["name"] == device.get("name", "")
        assert look.look(port).firmware == "0.1.0"
        board.power_off()
        assert {name: boards.stored(board)[name] for name in new} == new


def is_too_small(bench: Bench) -> None:
    board, port = bench.board("small", flash_mb=2)
    sentence = f"The board at {port} has a flash of 2 MB, and a desk-unit wants 4 MB; nothing was written."
    assert bench.fails("write", port, "--board", "desk-unit", "--image", bench.image) == sentence
    assert bench.fails("provision", port, *TO, "--image", bench.image, *bench.place, "--dry-run") == sentence
    assert "desk-4" not in floor_of(bench.state).devices
    with pytest.raises(Fault, match=r"^The image is larger than this board's flash of 2 MB; nothing was written\.$"):
        chip.write(port, "esp32", {0x1F_F000: b"x" * 8192}, lambda _: None)
    board.power_off()
    assert board.read(0, board.flash_bytes) == b"\xff" * board.flash_bytes


def says_that_it_was_not_erased_to_its_end(bench: Bench) -> None:
    board, port = bench.board("erased", {"main.py": SOMEBODYS})
    with ThreadPoolExecutor(1) as pool:
        erased = pool.submit(chip.erase, port, "esp32")
        until(lambda: board.loader, "esptool listens", 60)
        board.cut_power_after(0x10_0000)
        with pytest.raises(Fault, match=r"^The flash was not erased to its end \(.+\); do the same again\.$"):
            erased.result()


def is_provisioned_anew_without_an_image(bench: Bench) -> None:
    board, port = bench.board("ours-1", {**bench.trees["desk-unit"], **DEVICE})
    to = ["provision", port, "--name", "desk-3", "--desk", "3", "--board", "desk-unit", *bench.place]
    what = "Floorboard 0.1.0 as wallboard wall-9 of site lab, board wallboard-matrix"
    assert bench.fails(*to) == f"At {port} is {what}; with --force it becomes desk-3 of site lab, a desk-unit."
    row = bench.answer(*to, "--force")
    assert (row["mac"], row["was"]["on_it"], row["was"]["device"]["name"]) == (mac("ours-1").hex(":"), "ours", "wall-9")
    assert floor_of(bench.state).devices["desk-3"].id == row["id"]
    assert json.loads(board_file(board, "device.json"))["name"] == "desk-3"


LEFT = {  # of an update that is on trial
    "a/drivers/gone.mpy": b"x",
    "b/wire.mpy": b"x",
    "b/manifest": b"floorboard-1 desk-unit desk 0.2.0\n",
    "boot.json": b'{"boot": 6, "slot": "b", "fails": 3, "trial": 2, "said": ""}',
}
DEVICE = {
    "device.json": b'{"site": "lab", "name": "wall-9", "role": "wallboard", "board": "wallboard-matrix", "id": "x",'
    b' "secret": "5ec2e7", "host": "127.0.0.1", "port": 1}',
    "ca.pem": b"",
}
DESK = {
    "device.json": b'{"site": "lab", "name": "desk-8", "role": "desk", "board": "desk-unit", "id": "x", "secret": "5ec2e7",'
    b' "host": "127.0.0.1", "port": 1}',
    "ca.pem": b"",
}
NEVER = 0xFFFF_FFFF
SCENARIOS = [
    comes_to_the_floor_and_tells_no_secret,
    is_written_again_after_a_power_cut,
    leaves_nothing_behind_when_it_is_ended,
    erases_what_somebody_gave_up,
    identifies_a_device,
    says_that_nothing_answers,
    says_the_wrong_chip_before_it_writes,
    refuses_what_is_no_micropython,
    is_brought_what_changed_and_nothing_else,
    goes_on_where_a_cut_left_it,
    is_too_small,
    says_that_it_was_not_erased_to_its_end,
    is_provisioned_anew_without_an_image,
]
Scenario = Callable[[Bench], None]


@pytest.fixture(scope="module", autouse=True)
def running(request: pytest.FixtureRequest, bench: Bench) -> Iterator[dict[Scenario, Future[None]]]:
    """All scenarios that this session has selected, under way; meanwhile the other tests of this file."""
    chosen = [item for item in request.session.items if item.path == request.path and isinstance(item, pytest.Function)]
    scenarios = [item.callspec.params["scenario"] for item in chosen if item.originalname == "test_on_a_board"]
    with ThreadPoolExecutor(len(SCENARIOS)) as pool:
        yield {scenario: pool.submit(scenario, bench) for scenario in scenarios}


# sentences, before anything is written

TO = ["--name", "desk-4", "--desk", "4", "--board", "desk-unit"]
WALL = ["--name", "wall-1", "--role", "wallboard", "--board-layout", "hall", "--board", "wallboard-matrix"]
MISTAKES: list[tuple[list[str], str]] = [
    # words in place of {0} the port of a blank board, {1} MicroPython's image, {2} the Wi-Fi, {3} one that others may read
    (["provision", "/dev/ttyUSB77", *TO, "--wifi", "{2}"], "broker.host is localhost, which only this machine reaches"),
    (
        ["identify", "/dev/ttyUSB77"],
        "There is no port /dev/ttyUSB77; `floorboard flash list` shows those that there are.",
    ),
    (["identify", "rfc2217://127.0.0.1:1"], "Port rfc2217://127.0.0.1:1 cannot be opened (Connection refused)"),
    (
        ["provision", "{0}", *TO],
        "At {0} is nothing that starts; name MicroPython's image with --image FILE, or keep one with ",
    ),
    (
        ["provision", "{0}", *WALL, "--image", "{1}"],
        "Wrong chip: {1} is for an esp32, and a wallboard-matrix has an esp32c3.",
    ),
    (["provision", "{0}", *WALL], "Wrong chip: the board at {0} has an esp32, and an esp32c3 is wanted."),
    (["provision", "{0}", *TO, "--image", "{2}"], "{2} is no image of an ESP32's flash."),
    (
        ["provision", "{0}", *TO, "--state", "{1}"],
        "The edge is not reached at {1}: is `floorboard serve` running there?",
    ),
    (["provision", "{0}", *TO, "--desk", "77"], "There is no desk 77. Nothing was written."),
    (["provision", "{0}", *TO, "--name", "Desk 4"], "'Desk 4' is no name of a device: 1 to 32 of a-z, 0-9 and -."),
    (
        ["provision", "{0}", *TO, "--role", "counter"],
        "A desk-unit is no counter; name --role desk, or another --board.",
    ),
    (["provision", "{0}", *TO, "--board-layout", "hall"], "A desk wants --desk, and no --board-layout."),
    (
        ["provision", "{0}", *TO, "--wifi", "{3}"],
        "{3} holds a password and others may read it; do `chmod 600 {3}` first.",
    ),
    (["write", "{0}", "--board", "toaster", "--image", "{1}"], "No board 'toaster'; there are counter-display, "),
    (["sync", "{0}"], "At {0} is nothing that starts; only a device of ours can be brought up to date."),
]


@pytest.mark.parametrize(("words", "sentence"), MISTAKES)
def test_a_mistake_is_one_sentence_before_anything_is_written(bench: Bench, words: list[str], sentence: str) -> None:
    board, port = bench.board("blank-4")
    put = port, bench.image, bench.wifi, bench.open
    place = bench.place if words[0] == "provision" else []
    said = bench.fails(
        words[0], *(words[1:2] and [words[1].format(*put)]), *place, *(w.format(*put) for w in words[2:])
    )
    assert said.startswith(sentence.format(*put))
    assert "desk-4" not in floor_of(bench.state).devices
    assert "wall-1" not in floor_of(bench.state).devices
    board.power_off()
    board.close_port()
    assert board.read(0, board.flash_bytes) == b"\xff" * board.flash_bytes


def test_a_manifest_never_stands_in_half_a_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pulled plug in the midst: the other slot is started, or none."""
    line: list[str] = []
    monkeypatch.setattr(program, "run", lambda _, words, **more: (line.extend(words), (1, ""))[1])
    there = dict.fromkeys(("a/", "a/manifest", "a/z.mpy", "b/a.mpy", "b/manifest"), "old")
    wanted = dict.fromkeys(("a/manifest", "a/z.mpy", "device.json", "main.py"), b"new")
    with pytest.raises(Fault):
        files.bring("port", there, wanted, lambda _: None)
    steps = " ".join(line[2:]).split(" + ")
    assert steps.pop(0) == f"exec {files.PATIENT}", "a watchdog that runs on would bite in the midst"
    assert [(step.split(" ")[1], step.rpartition(":")[2]) for step in steps] == [
        ("rm", "a/manifest"),
        *(("cp", name) for name in ("a/z.mpy", "main.py", "a/manifest", "device.json")),
        *(("rm", name) for name in ("b/manifest", "b/a.mpy")),
    ]


@pytest.mark.filterwarnings("ignore::DeprecationWarning:serial")
def test_a_blank_board_has_a_port_and_an_image(bench: Bench) -> None:
    line = [sys.executable, "-m", "edge", "virtual", "--blank", "2", "--hardware", "wallboard-matrix", "--json"]
    pipe = subprocess.PIPE
    running = subprocess.Popen(
        [*line, *bench.place, "--port", str(free_port())], cwd=ROOT, stdout=pipe, stderr=pipe, text=True
    )
    try:
        assert running.stdout
        said = json.loads(running.stdout.readline())
        assert (said["boards"], sorted(said["blank"])) == ([], ["blank-1", "blank-2"])
        blank = said["blank"]["blank-2"]
        made = image.parse(Path(blank["image"]).read_bytes(), 4 << 20)
        assert (made.chip, made.vfs_at, made.vfs_bytes) == ("esp32c3", boards.VFS_AT, boards.VFS_BYTES)
        assert (look.look(blank["port"]).kind, look.look(blank["port"]).chip) == ("blank", "esp32c3")
        with urllib.request.urlopen(said["page"], timeout=10) as answer:
            assert f"Began blank: floorboard flash makes a device of it · {blank['port']}" in answer.read().decode()
    finally:
        running.send_signal(signal.SIGINT)
        assert running.wait(20) == 0
    assert not Path(blank["image"]).exists()


@pytest.mark.filterwarnings("ignore::DeprecationWarning:serial")
@pytest.mark.parametrize(
    ("kind", "files", "spoilt"),
    [("empty", {}, b""), ("empty", {"boot.py": b"# as it comes\n"}, b""), ("micropython", {"boot.py": b"go()\n"}, b""),
     ("damaged", {}, bytes(8192))],
)  # fmt: skip
def test_what_is_on_a_board(bench: Bench, kind: str, files: dict[str, bytes], spoilt: bytes) -> None:
    board, port = bench.board("looked-at", files)
    board.power_off()
    board.write(boards.VFS_AT, spoilt)
    board.power_on()
    assert look.look(port).kind == kind
    board.power_off()
    board.close_port()


def test_a_wifi_is_asked_for_on_a_terminal_only(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(file: Path | None = None) -> list[str]:
        return [one["ssid"] for one in Networks(file)("/dev/ttyUSB0", "desk-unit", "10.1.2.3")]

    monkeypatch.setattr(sys, "stdin", io.StringIO("Floor 2\n"))
    with pytest.raises(Stop, match="Which Wi-Fi"):
        asked()
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("getpass.getpass", lambda _: WIFI)
    networks = Networks(None)
    for _ in range(2):  # asked once for all boards
        told = networks("/dev/ttyUSB0", "desk-unit", "10.1.2.3")
        assert told == [{"ssid": "Floor 2", "passphrase": WIFI}]
    two = Path(bench.file("two.toml", TWO.encode(), 0o600))
    for file in (None, two):
        assert list(Networks(file)("/dev/ttyUSB0", "desk-unit-lan", "10.1.2.3")) == [], "it hangs on a cable"
    assert len(Networks(two, no_cable=True)("/dev/ttyUSB0", "desk-unit-lan", "10.1.2.3")) == 2
    assert asked(two) == ["a", "b"]
    for text in ('ssid = "x"\npassword = "short"', "network = []", f'ssid = "{WIFI}'):
        with pytest.raises(Stop) as stopped:
            asked(Path(bench.file("bad.toml", text.encode(), 0o600)))
        assert WIFI not in str(stopped.value)
        assert "short" not in str(stopped.value)


def test_ports_are_listed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(bench.answer("list")) == {"ports"}
    known = SimpleNamespace(device="/dev/ttyUSB0", vid=0x10C4, pid=0xEA60, description="CP2102", serial_number="0001")
    other = SimpleNamespace(device="/dev/ttyS0", vid=None, pid=None, description="n/a", serial_number=None)
    monkeypatch.setattr(ports.list_ports, "comports", lambda: [other, known])
    row = {"port": "/dev/ttyUSB0", "bridge": "CP210x", "usb": "10c4:ea60", "description": "CP2102", "serial": "0001"}
    assert ports.listed() == [row, {"port": "/dev/ttyS0", "bridge": "", "usb": "", "description": "", "serial": ""}]


def test_an_image_without_a_file_system_of_its_own_has_it_behind_the_last_partition() -> None:
    made = boot.micropython(MCUS["esp32"]).replace(b"vfs\0", b"\0\0\0\0")
    entry = made.index((0x200000).to_bytes(4, "little"), 0x7000) - 4
    without = made[:entry] + b"\xff" * 32 + made[entry + 32 :]
    found = image.parse(without, 8 << 20)
    assert (found.vfs_at, found.vfs_bytes) == (0x200000, 6 << 20)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_on_a_board(running: dict[Scenario, Future[None]], scenario: Scenario) -> None:
    running[scenario].result()


def test_a_device_is_forgotten(bench: Bench) -> None:
    Asking(bench.state).ask(RegisterDevice(device="old-9", role="counter", desk="1", by="technician"))
    until(lambda: "old-9" in floor_of(bench.state).devices, "registered")
    assert bench.answer("forget", "old-9", "--state", str(bench.state)) == {"forgotten": "old-9"}
    assert "old-9" not in floor_of(bench.state).devices
    assert bench.fails("forget", "old-9", "--state", str(bench.state)).startswith("There is no device old-9.")
