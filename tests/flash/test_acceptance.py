"""Acceptance on the bench at a floor that is served: a good desk unit, one with faults, boards with picture and sound, Ctrl-C.

All of them side by side, as a batch: a watchdog alone takes half a minute.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pexpect
import pytest
from PIL import Image
from waitress.server import create_server

from edge import identity
from edge.commands import Stop, boards, box
from edge.commands.flash import acceptance, accepting
from edge.commands.house import free_port
from edge.commands.serving import Serving, floor_of
from flash import tree
from flash.acceptance import builds, hands, plan, sheet
from flash.acceptance import page as pages
from flash.acceptance.floor import Floor
from flash.acceptance.result import FAILED, NOT_RUN, PASSED, Bad, Result, Test
from flash.acceptance.wires import terminal, wire
from hardware.virtual import Board, Copper, page
from tests.system.test_devices import until

pytestmark = pytest.mark.timeout(240)

ROOT = Path(__file__).parents[2]
HARDWARE = {  # device: what it is built as, and the desk that it stands at
    "desk-1": ("desk-unit", "1"),
    "desk-2": ("desk-unit", "2"),
    "desk-3": ("desk-unit-plus", "3"),
    "desk-4": ("desk-unit", "4"),
    "counter-1": ("counter-display", "1"),
}
FAULTS = {"keys": {"next": 23}, "lamp": {"pin": 5}}  # of desk-2: GPIOs to which its firmware knows no wire
STUCK = "recall"
COMMON = ("boot_banner", "memory", "network", "broker", "rollback", "update", "watchdog")


class Bench:
    """A floor that is served, five boards with open ports, and their page."""

    def __init__(self, folder: Path, copper: Copper) -> None:
        self.folder, self.state, self.out, self.left = (
            folder,
            folder / "state",
            folder / "out",
            Path(tempfile.mkdtemp(prefix="left-")),
        )
        self.broker = free_port()
        tables = "".join(f'[[desk]]\nnumber = "{n}"\n' for n in range(1, 5))
        for name, (hardware, desk) in HARDWARE.items():
            role = tree.read_board(hardware)["role"]
            tables += f'[[device]]\nname = "{name}"\nrole = "{role}"\ndesk = "{desk}"\n'
        self.site = folder / "site.toml"
        self.site.write_text(f'site = "lab"\n[broker]\nport = {self.broker}\n[web]\nport = {free_port()}\n{tables}')
        self.boards = {name: self._made(name, hardware, copper) for name, (hardware, _) in HARDWARE.items()}

    def _made(self, name: str, hardware: str, copper: Copper) -> Board:
        facts, changes = tree.read_board(hardware), {}
        if name == "desk-2":
            changes = {table: {**facts[table], **other} for table, other in FAULTS.items()}
        # With all parts: 84 KB, and 12 for an update. The stand-ins leave 97 of 144, a chip some 130 (docs/unproved.md).
        heap_kb = 176 if hardware == "desk-unit-plus" else 144
        return Board(name, self.folder / name, copper, hardware, changes=changes, heap_kb=heap_kb)

    def plug_in(self) -> None:
        """With the floor served."""
        for name, board in self.boards.items():
            hardware, role = HARDWARE[name][0], board.hardware["role"]
            built = self.folder / f"tree-{hardware}"
            if not built.exists():
                tree.build(hardware, built)
            place = {"site": "lab", "name": name, "role": role, "host": "localhost", "port": self.broker}
            device = identity.device_file(self.state, **place, provisioning_id=f"id-{name}", board=hardware)
            boards.provision(board, built, device, (self.state / "ca.crt").read_bytes())
            board.power_on()
        self.ports = {name: board.open_port() for name, board in self.boards.items()}
        until(lambda: all(device.online for device in floor_of(self.state).devices.values()), "all are there", 60)
        self.boards["desk-2"].level(STUCK, 0)
        at = free_port()
        app = page.create(self.boards, {}, box._check, self.ports)
        self._server = create_server(app, host="127.0.0.1", port=at, threads=8)
        threading.Thread(target=self._server.run, daemon=True).start()
        self.page = f"http://127.0.0.1:{at}/"
        self.builds = {name: device.build for name, device in floor_of(self.state).devices.items()}

    def accept(self, name: str) -> tuple[Result, list[str]]:
        told: list[str] = []
        result = acceptance.accept(self.ports[name], name, self.state, self.page, self.out, told.append)
        return result, told

    def line(self, *words: str) -> list[str]:
        """pytest as `./test` starts it."""
        logs = ["--root-logdir", str(self.folder), "--cache-dir", str(self.folder)]
        return [sys.executable, "-m", "pytest", "flash/acceptance", "--state", str(self.state), *logs, *words]

    def close(self) -> None:
        self._server.close()
        for board in self.boards.values():
            board.power_off()
            board.close_port()


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with Copper() as copper:
        bench = Bench(tmp_path_factory.mktemp("acceptance"), copper)
        with Serving(bench.site, bench.state) as serving, pytest.MonkeyPatch.context() as patch:
            assert serving.wait_up()
            patch.setattr("tempfile.tempdir", str(bench.left))
            bench.plug_in()
            yield bench
            bench.close()
    bench.left.rmdir()  # no temporary folder outlives an acceptance


@pytest.fixture(scope="module", autouse=True)
def running(request: pytest.FixtureRequest, bench: Bench) -> Iterator[dict[str, Future[tuple[Result, list[str]]]]]:
    """Of each board that a selected test wants; desk-4 is left to the tests that need one of their own."""
    wanted = [name for name in HARDWARE if any(name.replace("-", "_") in item.name for item in request.session.items)]
    with ThreadPoolExecutor(len(HARDWARE)) as pool:
        yield {name: pool.submit(bench.accept, name) for name in wanted if name != "desk-4"}


def outcomes(result: Result) -> dict[str, str]:
    return {test.name: test.outcome for test in result.tests}


def said(result: Result, name: str) -> str:
    return next(test.said for test in result.tests if test.name == name)


# what needs no floor, while the boards are under way


def test_every_test_stands_in_the_plan() -> None:
    source = (ROOT / "flash" / "acceptance" / "test_device.py").read_text(encoding="utf-8")
    assert [name.partition("(")[0] for name in source.split("def test_")[1:]] == [step.name for step in plan.STEPS]


@pytest.mark.parametrize(
    ("board", "but"),
    [
        ("desk-unit", {"picture", "sound", "parts"}),
        ("desk-unit-plus", set()),
        ("counter-display", {"keys", "lamp_colours", "parts", "press_to_lamp"}),
        ("rating-pad", {"sound", "parts", "press_to_lamp"}),
        ("wallboard", {"keys", "lamp_colours", "sound", "parts", "press_to_lamp"}),
    ],
)
def test_a_board_has_the_tests_that_are_for_it(board: str, but: set[str]) -> None:
    assert {step.name for step in plan.STEPS} - {step.name for step in plan.of(tree.read_board(board))} == but


def test_a_wire_is_named_as_the_wiring_picture_names_it() -> None:
    facts = tree.read_board("desk-unit")
    assert wire(facts, "keys.next") == "GPIO 19, terminal IO19, to KEY NEXT A"
    assert wire(facts, "lamp.pin") == "GPIO 4, terminal IO4, to SHIFTER 1A"
    assert [terminal(facts, gpio) for gpio in (1, 36, 24)] == ["TX", "VP", ""]


class Eyes(pages.Page):
    """Of a board that shows what the test says."""

    def __init__(self, *faces: dict[str, Any]) -> None:
        self._faces, self._faults, self._name, self._released = list(faces), 0, "desk", 10.0

    def _now(self) -> dict[str, Any]:
        face = self._faces[0]
        if len(self._faces) > 1:
            del self._faces[0]
        return {"now": 0.0, "lamp": None, "lamps": [], "tones": [], "faults": [], **face}


def bar(*rgb: int, lit: int = 8) -> dict[str, Any]:
    return {"lamp": [rgb] * lit + [(0, 0, 0)] * (8 - lit)}


RIGHT = [bar(*rgb) for rgb in hands.COLOURS.values()]


@pytest.mark.parametrize(
    ("faces", "seen"),
    [
        ([*RIGHT, {}], ""),
        ([*RIGHT, {"faults": ["too long"]}], "too long"),
        ([RIGHT[1], RIGHT[0], *RIGHT[2:], {}], "green when red was shown, red when green was shown"),
        ([bar(48, 0, 0, lit=3), *RIGHT[1:], {}], "only 3 pixels when red was shown"),
        (
            [{}],
            "nothing when red or green or blue or white was shown",
        ),
    ],
)
def test_eyes_see_a_lamp_as_it_is(faces: list[dict[str, Any]], seen: str) -> None:
    assert Eyes(*faces).lamp(lambda name: None) == seen


LIT, OUT = (64, 0, 32), (0, 0, 0)


@pytest.mark.parametrize(
    ("pictures", "lit", "seen"),
    [
        ([(10.1, [OUT] * 5 + [LIT, LIT, OUT]), (10.2, [OUT] * 6 + [LIT, OUT])], True, ""),
        ([(9.9, [OUT] * 6 + [LIT, OUT]), (10.1, [OUT] * 8)], True, "its seventh pixel did not light up within 0 s"),
        ([(10.1, [OUT] * 5 + [LIT, LIT, OUT])], True, "its seventh pixel did not light up within 0 s"),
        ([(10.1, [OUT] * 6 + [LIT, OUT])], False, "its seventh pixel did not go out within 0 s"),
    ],
)
def test_eyes_see_an_answer_only_where_it_is_confirmed(
    monkeypatch: pytest.MonkeyPatch, pictures: list[Any], lit: bool, seen: str
) -> None:
    monkeypatch.setattr(pages, "LOOK_FOR_S", 0.2)
    assert Eyes({"lamps": pictures}).answer(lit=lit) == seen


@pytest.mark.parametrize(
    ("tones", "seen"),
    [
        ([(1.0, 784), (1.1, None), (1.2, 587), (1.3, None)], ""),
        ([(1.0, 587), (1.2, 784)], "587 Hz, 784 Hz was heard, not 784 Hz, 587 Hz"),
        ([(-1.0, 784)], "nothing was heard, not 784 Hz, 587 Hz"),
    ],
)
def test_ears_hear_the_tones_since_they_listen(tones: list[Any], seen: str) -> None:
    assert Eyes({"tones": tones}).sound(lambda: [784, 587]) == seen


@pytest.mark.parametrize(
    ("rgb", "is_coloured", "seen"),
    [
        *(((r, g, b), True, name) for name, (r, g, b) in pages.SCREEN.items()),
        ((0, 0, 0), True, "nothing"),
        ((200, 232, 255), False, "white"),
        ((0, 0, 0), False, "black"),
    ],
)
def test_eyes_see_a_picture_as_it_is(rgb: tuple[int, int, int], is_coloured: bool, seen: str) -> None:
    assert pages._seen(Image.new("RGB", (64, 32), rgb), is_coloured=is_coloured) == seen


def test_a_rollout_that_goes_on_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Floor, "__init__", lambda self: setattr(self, "_state", tmp_path))
    monkeypatch.setattr(
        Floor, "look", lambda self: {"rollout": {"rollout": "rollout-7", "version": "0.2.0", "state": "open"}}
    )
    with (
        pytest.raises(Bad, match=r"^rollout-7 of 0\.2\.0 is under way on this floor, so nothing was tried"),
        Floor().alone(),
    ):  # type: ignore[call-arg]
        pytest.fail("it was not")


def test_builds_are_of_the_same_firmware_and_others() -> None:
    own = builds.own("desk-unit")
    made = [own, builds.newer(own), builds.broken(own)]
    assert len({builds.name(slot) for slot in made}) == 3
    assert len({slot[tree.MANIFEST].partition(b"\n")[0] for slot in made}) == 1
    assert {path for path in own if made[2][path] != own[path]} == {"begin.mpy", tree.MANIFEST}


def test_a_page_says_all_and_escapes_it(tmp_path: Path) -> None:
    tests = (Test("keys", FAILED, 2.0, "<b> & so on"), Test("update", NOT_RUN, 0.0, ""))
    told = Result("desk-9", "/dev/ttyUSB0", tests, why="It was ended early.", at="2026-11-27 10:00 CET")
    written = sheet.write(tmp_path / "deep" / "out", told)
    text = written.read_text(encoding="utf-8")
    assert written.name == "desk-9.html", "no MAC is known"
    assert "FAIL" in text
    assert "&lt;b&gt; &amp; so on" in text
    assert all(word in text for word in ("按键", "未通过", "not run", "It was ended early.", "不合格", "0 / 2"))
    row = json.loads(written.with_suffix(".json").read_text(encoding="utf-8"))
    assert (row["ok"], row["seconds"], row["tests"][0]["outcome"]) == (False, 2.0, "failed")
    assert told.wrong == "Keys: <b> & so on It was ended early."
    assert not Result("desk-9", "", ()).ok, "nothing was tested"
    assert not Result("desk-9", "", (Test("keys", NOT_RUN, 0.0, ""),)).ok


# desk-4: sentences, a technician at a terminal, Ctrl-C; its board alone, one after the other


def options(bench: Bench, *words: str) -> Any:
    parser = ArgumentParser()
    acceptance.add(parser.add_subparsers())
    place = ["--state", str(bench.state), "--hands", bench.page, "--out", str(bench.out)]
    return parser.parse_args(["test", *words[:1], *place, *words[1:]])


def test_a_mistake_is_a_sentence(bench: Bench) -> None:
    port = bench.ports["desk-4"]
    with pytest.raises(Stop, match=r"^There is no device desk-77 on this floor"):
        acceptance.run(options(bench, port, "--name", "desk-77"))
    with pytest.raises(Stop, match=r"^The edge is not reached at .*: is `floorboard serve` running there\?$"):
        acceptance.run(options(bench, port, "--name", "desk-4", "--state", str(bench.folder)))


def test_a_dry_run_names_the_tests(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert acceptance.run(options(bench, "nowhere", "--name", "counter-1", "--dry-run", "--json")) == 0
    names = [row["test"] for row in json.loads(capsys.readouterr().out)["tests"]]
    assert names == [step.name for step in plan.of(tree.read_board("counter-display"))]


def test_another_board_is_not_tested_and_gets_no_update(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        acceptance.run(
            options(bench, bench.ports["desk-4"], "--name", "desk-3", "--json", "--out", str(bench.folder / "x"))
        )
        == 1
    )
    out, err = capsys.readouterr()
    row = json.loads(out)
    assert [test["outcome"] for test in row["tests"]] == [FAILED] + [NOT_RUN] * (len(row["tests"]) - 1)
    sentence = f"The board at {bench.ports['desk-4']} is desk-4, not desk-3: name the other port or device."
    assert row["tests"][0]["said"] == sentence
    assert f"floorboard: desk-3: Start: failed. {sentence}\n" in err
    assert Path(row["page"]).read_text(encoding="utf-8").count("not run") == len(row["tests"]) - 1


def test_a_port_that_is_on_no_page_and_one_that_does_not_open(bench: Bench) -> None:
    told: list[str] = []
    out = bench.folder / "no-page"
    with pytest.raises(Stop, match=f"^No board on the page {bench.page} has the serial port rfc2217://127.0.0.1:1.$"):
        acceptance.accept("rfc2217://127.0.0.1:1", "desk-4", bench.state, bench.page, out, told.append)
    assert (told, list(out.iterdir())) == ([], []), "nothing was tested, so there is no page"
    result = acceptance.accept("/dev/ttyUSB77", "desk-4", bench.state, "", out, told.append)
    assert result.tests[0].said.startswith("Port /dev/ttyUSB77 cannot be opened (")


@pytest.fixture
def quiet(bench: Bench) -> None:
    """desk-4 has started: a Ctrl-C in the midst of collecting garbage, of which a start has much, ends a virtual board."""
    board = bench.boards["desk-4"]
    if not board.is_on:
        board.power_on()
    time.sleep(2)
    board.wait_lamp(lambda view: not view.lost, 60)


@pytest.mark.usefixtures("quiet")
def test_a_technician_at_a_terminal_presses_and_looks(bench: Bench) -> None:
    """By pytest directly, as for a real board."""
    board, out = bench.boards["desk-4"], bench.folder / "direct"
    words = [
        "--port",
        bench.ports["desk-4"],
        "--device",
        "desk-4",
        "-k",
        "keys or lamp_colours or press_to_lamp",
        "--out",
        str(out),
    ]
    line = bench.line(*words)
    said = pexpect.spawn(line[0], line[1:], cwd=str(ROOT), timeout=60, encoding="utf-8")
    try:
        for key in tree.read_board("desk-unit")["keys"]:
            said.expect_exact(f"desk-4: Press and let go: {key.upper()}")
            board.press(key)
        said.expect_exact("Did the whole lamp show red, green, blue, white, in that order? y/n ")
        said.sendline("what?")
        said.expect_exact("in that order? y/n ")
        said.sendline("n")
        for question in ("seventh pixel of the lamp glow magenta", "seventh pixel gone out"):
            said.expect_exact("desk-4: Press and let go: HELP")
            until(lambda: floor_of(bench.state).devices["desk-4"].online, "it is there", 30)
            board.press("help")
            said.expect_exact(question)
            said.sendline("y")
        said.expect("1 failed.*2 passed")
        said.expect(pexpect.EOF)
    finally:
        said.close(force=True)
    row = json.loads(next(out.glob("*.json")).read_text(encoding="utf-8"))
    told = {test["name"]: (test["outcome"], test["said"]) for test in row["tests"]}
    assert told["lamp_colours"][1].startswith(
        "All 8 pixels of the lamp should show red, green, blue, white, but: it did not."
    )
    assert told["press_to_lamp"] == (PASSED, "help was called and taken back")
    assert (told["keys"][0], told["memory"][0]) == (PASSED, NOT_RUN)
    assert floor_of(bench.state).desks["4"].help == {}


@pytest.mark.usefixtures("quiet")
def test_without_a_terminal_nobody_presses(bench: Bench) -> None:
    words = ["--port", bench.ports["desk-4"], "--device", "desk-4", "-k", "lamp_colours"]
    done = subprocess.run(
        bench.line(*words),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        start_new_session=True,
    )
    assert done.returncode == 1
    assert hands.NOBODY in done.stdout
    assert "raise Bad" not in done.stdout, "no traceback of ours"


@pytest.mark.usefixtures("quiet")
def test_ctrl_c_leaves_nothing_behind(bench: Bench) -> None:
    source = (
        "import sys; from pathlib import Path; from edge.commands.flash import acceptance\n"
        "port, state, page, out = sys.argv[1:]\n"
        "try: acceptance.accept(port, 'desk-4', Path(state), page, Path(out), lambda text: print(text, flush=True))\n"
        "except KeyboardInterrupt: sys.exit(130)"
    )
    out = bench.folder / "ended"
    line = [sys.executable, "-c", source, bench.ports["desk-4"], str(bench.state), bench.page, str(out)]
    running = subprocess.Popen(
        line,
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(bench.left)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stdout
    for text in running.stdout:
        if "Keys …" in text:
            boot = floor_of(bench.state).devices["desk-4"].boot
        if "Rollback …" in text:
            break
    until(lambda: is_open(bench), "its broken firmware is rolled out", 30)
    family = acceptance._descendants(running.pid)
    assert len(family) >= 4, "pytest, the floor's program, and what pytest-embedded starts"
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=30)
    assert running.returncode == 130, err
    assert [pid for pid in family if is_alive(pid)] == []
    assert list(out.iterdir()) == []
    assert not is_open(bench), "its rollout was stopped"
    until(lambda: is_back(bench, boot), "its board is a device again", 90)


def is_open(bench: Bench) -> bool:
    """A rollout to desk-4; the others have theirs in turn."""
    rollout = floor_of(bench.state).rollout
    return rollout is not None and rollout.state == "open" and "desk-4" in rollout.updates


def is_back(bench: Bench, boot: int) -> bool:
    device = floor_of(bench.state).devices["desk-4"]
    return device.online and device.boot > boot


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_batch_that_ends_ends_its_boards(bench: Bench) -> None:
    ending, told = threading.Event(), []

    def tell(text: str) -> None:
        told.append(text)
        ending.set()

    port = bench.ports["desk-4"]
    with pytest.raises(Stop, match=r"^It was ended early\.$"):
        acceptance.accept(port, "desk-4", bench.state, bench.page, bench.folder / "x", tell, ending)
    assert told == ["Start …"]


def test_the_page_tells_programs_and_obeys_only_itself(bench: Bench) -> None:
    with urllib.request.urlopen(bench.page + "boards.json", timeout=10) as answer:
        rows = json.loads(answer.read())["boards"]
    assert {row["name"]: row["port"] for row in rows} == bench.ports
    asked = b'{"key": "ready", "level": 1}'
    for path, headers, code in [
        ("board/desk-77/face.json", {}, 404),
        ("board/desk-4/level", {"Content-Type": "application/json"}, 403),
        ("board/desk-4/level", {"Content-Type": "application/json", "Origin": "http://else.where"}, 403),
        ("board/desk-4/level", {"Origin": bench.page.rstrip("/")}, 415),
    ]:
        body = asked if "level" in path else None
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(urllib.request.Request(bench.page + path, body, headers), timeout=10)
        assert refused.value.code == code


# whole ones


def test_a_good_desk_unit_is_accepted_desk_1(bench: Bench, running: dict[str, Any]) -> None:
    result, told = running["desk-1"].result()
    assert result.ok, result.wrong
    assert list(outcomes(result)) == [step.name for step in plan.of(tree.read_board("desk-unit"))]
    assert told[0::2] == [f"{test.title} …" for test in result.tests]
    assert told[1::2] == [f"{test.title}: passed" for test in result.tests]
    assert said(result, "press_to_lamp").endswith(" ms from the key to the confirmed lamp")
    assert said(result, "keys") == "ready, break, wrap_up, next, recall, help: each alone"
    device = floor_of(bench.state).devices["desk-1"]
    assert (device.build, device.slot, device.cause, device.online) == (bench.builds["desk-1"], "a", "wdt", True)
    assert builds.WORDS in device.crash
    assert floor_of(bench.state).desks["1"].help == {}
    row = json.loads(result.page.with_suffix(".json").read_text(encoding="utf-8"))
    assert (row["ok"], row["board"], row["site"]) == (True, "desk-unit", "lab")
    assert result.page.stem == row["mac"].replace(":", "-")
    text = result.page.read_text(encoding="utf-8")
    assert all(
        word in text for word in ("PASS", "合格", row["mac"], "1.25.0", f"{len(result.tests)} / {len(result.tests)}")
    )
    assert identity.device_secret(bench.state, "desk-1") not in text + json.dumps(row)


def test_a_desk_unit_with_faults_fails_by_exactly_those_desk_2(bench: Bench, running: dict[str, Any]) -> None:
    result, _ = running["desk-2"].result()
    wrong = {"keys", "lamp_colours", "press_to_lamp"}
    assert {name for name, outcome in outcomes(result).items() if outcome != PASSED} == wrong, result
    assert said(result, "keys") == (
        "No press of next is seen: check its wire (GPIO 19, terminal IO19, to KEY NEXT A), and that the other leg of the button is"
        " at GND. Key recall is down though nobody presses it: its wire (GPIO 21, terminal IO21, to KEY RECALL A) touches GND, or"
        " the button is turned by a quarter."
    )
    assert "but: nothing when red or green or blue or white was shown. Dark: " in said(result, "lamp_colours")
    assert "its data wire (GPIO 4, terminal IO4, to SHIFTER 1A)" in said(result, "lamp_colours")
    assert said(result, "press_to_lamp").startswith(
        "A press of help came to the floor, and the lamp did not follow: its seventh pixel"
    )
    assert result.wrong.startswith("Keys: No press of next is seen: ")
    assert floor_of(bench.state).desks["2"].help == {}, "it was taken back all the same"
    assert "FAIL" in result.page.read_text(encoding="utf-8")
    assert floor_of(bench.state).devices["desk-2"].build == bench.builds["desk-2"]


def test_a_board_with_all_parts_is_accepted_desk_3(running: dict[str, Any]) -> None:
    result, _ = running["desk-3"].result()
    assert result.ok, result.wrong
    assert list(outcomes(result)) == [step.name for step in plan.STEPS]
    assert said(result, "picture") == "white, black"
    assert said(result, "sound") == "784 Hz, 587 Hz"
    assert said(result, "parts").startswith("badge reader 92, light ")


def test_a_display_is_accepted_counter_1(bench: Bench, running: dict[str, Any]) -> None:
    result, _ = running["counter-1"].result()
    assert result.ok, result.wrong
    assert set(outcomes(result)) == {*COMMON, "picture", "sound"}
    assert said(result, "picture") == "red, green, blue, white"


def test_the_last_rollout_of_the_floor_is_a_good_one(bench: Bench, running: dict[str, Any]) -> None:
    for future in running.values():
        future.result()
    rollout = accepting.look(bench.state, "desk-4")["rollout"]
    assert not running or (rollout["state"], len(rollout["updates"])) == ("done", 1)
    assert "desk-4" not in (rollout or {"updates": ()})["updates"]
