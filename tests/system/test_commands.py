"""The command line as its user meets it: help with examples, one sentence for a mistake, and nothing left behind."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from edge.commands import Stop, boards
from edge.commands.house import free_port, is_free
from edge.commands.serving import UNSAID, Child
from flash import tree

ROOT = Path(__file__).parents[2]
COMMANDS = [
    *(
        "demo",
        "check",
        "serve",
        "core",
        "web",
        "rims",
        "modbus",
        "site",
        "site check",
        "site diff",
        "site apply",
        "account",
        *(f"account {action}" for action in ("list", "add", "link", "sign-out", "remove", "token", "revoke")),
        "print",
        "print test",
        "print notice",
        "print list",
        "print cancel",
        "virtual",
        "replay",
        "replay-day",
        "explain",
        "report",
        "export",
        *("roster", "roster check", "roster import", "roster show"),
        "staffing",
        "time-chart",
        "forecast",
        "what-if",
    ),
    *(
        "firmware",
        "firmware build",
        "firmware fonts",
        *("firmware rollout", "firmware status", "firmware stop"),
        *("device", "device list", "device show"),
        "ask",
        "receive",
        "cloud",
        "cloud status",
        "cloud notice",
        "bench",
        "bench idle",
        "bench press",
        "bench call",
        "bench rims",
        "bench tickets",
        "bench fairness",
        "bench replay",
    ),
    *("hardware", "hardware check", "hardware draw"),
    *("flash", "flash list", "flash identify", "flash write", "flash provision", "flash sync", "flash forget"),
]


def floorboard(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "edge", *args], capture_output=True, text=True, cwd=ROOT, timeout=60)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_examples(command: str) -> None:
    done = floorboard(*command.split(), "--help")
    assert done.returncode == 0
    assert "examples:\n  floorboard " + command.split(maxsplit=1)[0] in done.stdout


def test_every_command_is_tried_here() -> None:
    listed = [line.split()[0] for line in floorboard("--help").stdout.splitlines() if re.match(r"    \w", line)]
    assert sorted(listed) == sorted({command.split()[0] for command in COMMANDS})


MISTAKES = [
    # arguments                                       what standard error says
    (["serve", "--site", "/no/site.toml"], "floorboard: /no/site.toml cannot be read: No such file or directory.\n"),
    (
        ["firmware", "build", "--board", "toaster", "--out", "x"],
        "floorboard: No board 'toaster'; there are counter-display, ",
    ),
    (["demo", "--desks", "0"], "'0' is not a whole number from 1"),
    (["bench"], "NAME"),
    ([], "COMMAND"),
]


@pytest.mark.parametrize(("args", "sentence"), MISTAKES)
def test_a_mistake_is_one_clear_sentence(args: list[str], sentence: str) -> None:
    done = floorboard(*args)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def signed_in(port: int, name: str, password: str) -> urllib.request.OpenerDirector:
    """Whoever has signed in at the page."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    url = f"http://127.0.0.1:{port}"
    form = urllib.parse.urlencode({"name": name, "password": password, "next": "/api/floor"}).encode()
    with browser.open(urllib.request.Request(url + "/sign-in", form, {"Origin": url}), timeout=5) as answer:
        assert answer.url == url + "/api/floor"
    return browser


def site_at(tmp_path: Path, **ports: int) -> list[str]:
    site = tmp_path / "site.toml"
    free = {"broker": free_port(), "web": free_port(), **ports}
    site.write_text('site = "lab"\n' + "".join(f"[{name}]\nport = {port}\n" for name, port in free.items()))
    return ["serve", "--site", str(site), "--state", str(tmp_path / "state")]


def test_serve_says_its_address_keeps_its_state_private_and_is_alone_on_it(tmp_path: Path) -> None:
    args = site_at(tmp_path)
    first = subprocess.Popen([sys.executable, "-m", "edge", *args], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert first.stdout
        assert "Floorboard serves lab: http://127.0.0.1:" in first.stdout.readline()
        second = floorboard(*args)
        assert (second.returncode, second.stdout) == (2, "")
        assert f"A floor is already served from {tmp_path / 'state'}." in second.stderr
        deadline = time.monotonic() + 20
        while not (tmp_path / "state" / "core.sock").exists():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        modes = {
            path.name: path.stat().st_mode & 0o077 for path in [tmp_path / "state", *(tmp_path / "state").iterdir()]
        }
        assert {name: mode for name, mode in modes.items() if mode and not name.endswith(("-lock", ".crt"))} == {}
    finally:
        first.terminate()
        assert first.wait(15) == 130


def test_serve_names_the_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = floorboard(*site_at(tmp_path, web=taken.getsockname()[1]))
    assert done.returncode == 2
    assert "web.bind and web.port: 127.0.0.1 port" in done.stderr
    assert "Traceback" not in done.stderr


def test_serve_gives_up_on_what_no_second_start_can_mend(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "journal.db").write_text("this is no journal, and it must not be written over")
    done = floorboard(*site_at(tmp_path))
    assert done.returncode == 2
    assert f"The journal in {tmp_path / 'state'} cannot be opened" in done.stderr
    assert (tmp_path / "state" / "journal.db").read_text().startswith("this is no journal")


def test_a_folder_of_somebody_elses_is_never_built_over(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("x")
    done = floorboard("firmware", "build", "--board", "desk-unit", "--out", str(tmp_path))
    assert done.returncode == 2
    assert "is neither empty nor a tree that was built before; name another folder." in done.stderr
    assert (tmp_path / "precious").read_text() == "x"
    for _ in range(2):
        assert floorboard("firmware", "build", "--board", "desk-unit", "--out", str(tmp_path / "new")).returncode == 0


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for action, board, out in (("build", "wallboard", "/proc/x"), ("fonts", "dispenser", str(tmp_path / "file"))):
        done = floorboard("firmware", action, "--board", board, "--out", out)
        assert (done.returncode, done.stdout) == (2, "")
        assert re.fullmatch(rf"floorboard: {out} cannot be written: .+\.\n", done.stderr)


def test_firmware_that_does_not_compile_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("firmware", "hardware/boards"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    with (tmp_path / "firmware/roles/desk.py").open("a") as file:
        file.write("def broken(:\n")
    line = len((tmp_path / "firmware/roles/desk.py").read_text().splitlines())
    monkeypatch.setattr(tree, "ROOT", tmp_path)
    sentence = f"The firmware does not compile: roles/desk.py, line {line}: SyntaxError: invalid syntax."
    with pytest.raises(Stop, match=f"^{re.escape(sentence)}$"):
        boards.build("desk-unit", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_role_is_built(tmp_path: Path) -> None:
    done = floorboard("firmware", "build", "--board", "desk-unit", "--out", str(tmp_path / "desk"))
    assert done.returncode == 0
    assert (tmp_path / "desk" / "a" / "wire.mpy").exists()
    assert "a/wire.mpy" in done.stdout


def test_two_sorts_of_the_brokers_lines_are_not_passed_on(capfd: pytest.CaptureFixture[str]) -> None:
    said = [
        "1: OpenSSL Error[0]: unexpected eof while reading",
        "Warning: Mosquitto should not be run as root/x.",
        "1: Kept",
    ]
    assert sum(any(unsaid in line for unsaid in UNSAID) for line in said) == 2
    child = Child("talker", ["sh", "-c", 'printf "%s\\n" "$@" >&2; exec sleep 60', "sh", *said], UNSAID)
    heard, deadline = "", time.monotonic() + 10
    while "Kept" not in heard and time.monotonic() < deadline:
        heard += capfd.readouterr().err
        time.sleep(0.02)
    child.stop()
    assert heard + capfd.readouterr().err == "1: Kept\n"
    assert "talker" not in [thread.name for thread in threading.enumerate()]


def family(folder: Path) -> list[int]:
    """All processes that live in this folder, or were told of it."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                told = (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
                where = str((entry / "cwd").readlink())
            except OSError:
                continue  # it has just ended
            if os.fsencode(folder) in told or str(folder) in where:
                found.append(int(entry.name))
    return found


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_demo_leaves_nothing_behind(tmp_path_factory: pytest.TempPathFactory, end: signal.Signals) -> None:
    port = free_port()
    tmp_path = (
        tmp_path_factory.getbasetemp().parent / f"demo-{os.getpid()}-{end}"
    )  # short: a Unix socket's path has 107 bytes
    tmp_path.mkdir()
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    demo = subprocess.Popen(
        [sys.executable, "-m", "edge", "demo", "--desks", "4", "--port", str(port)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert demo.stdout
        line = ""
        while "Floorboard is up" not in line:
            line = demo.stdout.readline()
            assert line, demo.stderr.read() if demo.stderr else ""
        password = (demo.stdout.readline() + demo.stdout.readline()).split()[-1]
        while " --state " not in line:
            line = demo.stdout.readline()
            assert line
        listed = floorboard(*line.split()[1:])
        assert re.findall(r"^desk-\d", listed.stdout, re.MULTILINE) == ["desk-1", "desk-2", "desk-3", "desk-4"]
        with signed_in(port, "demo", password).open(f"http://127.0.0.1:{port}/api/floor", timeout=5) as answer:
            page = json.loads(answer.read())
        assert [desk["device"]["online"] for desk in page["desks"]] == [True] * 4
        time.sleep(2)
        assert len(family(tmp_path)) == 15, "demo, broker, core, web and eleven boards"
    finally:
        os.killpg(demo.pid, end)
    _, said = demo.communicate(timeout=20)
    deadline = time.monotonic() + 10
    while family(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in family(tmp_path)] == []
    assert is_free(port)
    if end != signal.SIGKILL:  # a killed process cannot tidy its folder; its children it takes along
        assert demo.returncode == 0
        assert list(tmp_path.iterdir()) == []
        assert "Traceback" not in said
        assert "rror" not in said, said
