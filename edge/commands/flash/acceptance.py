"""`floorboard flash test`: accept a board on the bench by the tests of flash/acceptance, in a pytest of their own; with a page."""

import argparse
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edge.commands import Stop
from edge.commands.flash import action
from edge.commands.flash.accepting import look
from edge.commands.flash.making import RECORD, rows_of
from edge.commands.house import say
from edge.commands.serving import is_served
from flash import record
from flash.acceptance import plan, sheet
from flash.acceptance.bench import of
from flash.acceptance.result import BRING_BACK, FAILED, NOT_RUN, PASSED, Result, Test
from flash.record import Row
from flash.tree import ROOT, read_board

TESTS = ROOT / "flash" / "acceptance"
FOLDER = "acceptance"  # in the state
FOLDER_CHARS_MAX, SHORT = 40, "/tmp"  # noqa: S108 - a folder of our own is made in it
LOOK_S, END_S = 0.2, 12.0
CHANGING = ("rollback", "update")  # tests that bring other firmware
KEPT_CHARS = 4_000
Tell = Callable[[str], object]


def add(actions: Any) -> None:
    parser = action.add(
        actions,
        "test",
        "Accept a device on the bench: keys, lamp, picture, sound, network, update, watchdog; with a page of the result.",
        """floorboard flash test /dev/ttyUSB0 --name desk-9
        floorboard flash test rfc2217://127.0.0.1:40123 --name desk-9 --hands http://127.0.0.1:8081/ --json""",
        run,
        writes=True,
    )
    parser.add_argument("--name", required=True, help="of the device that the board is")
    parser.add_argument(
        "--hands",
        default="",
        metavar="URL",
        help="of a virtual board: the page that presses its keys and sees its lamp",
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where the page of the result goes (acceptance, in the state)"
    )


def run(args: argparse.Namespace) -> int:
    """1 if the board is not accepted."""
    if args.dry_run:
        steps = plan.of(_board(args.name, args.state))
        rows = [{"test": step.name, "title": step.title} for step in steps]
        print(
            json.dumps({"device": args.name, "tests": rows}) if args.json else "\n".join(step.title for step in steps)
        )
        return 0
    result = accept(args.port, args.name, args.state, args.hands, args.out, lambda text: say(f"{args.name}: {text}"))
    _note(args.state, result)
    if args.json:
        print(json.dumps({**result.row(), "page": str(result.page)}, ensure_ascii=False))
    else:
        passed = sum(test.outcome == PASSED for test in result.tests)
        verdict = "is accepted" if result.ok else "is not accepted"
        print(
            f"{args.name} {verdict}: {passed} of {len(result.tests)} tests passed.{result.why and ' '}{result.why}\n{result.page}"
        )
    return 0 if result.ok else 1


def _note(state: Path, result: Result) -> None:
    """In the row of the record that is this board's, if it has one."""
    row = record.of(rows_of(state), mac=result.mac)
    if row and row.name == result.device:
        record.put(state / RECORD, noted(row, result))


def noted(row: Row, result: Result) -> Row:
    """A board's row, with what its test has found."""
    if result.ok:
        return row._replace(tested="passed", state="ready", said="")
    return row._replace(tested="failed", state="failed", said=f"{result.wrong} The page of its test: {result.page}")


def accept(
    port: str, name: str, state: Path, hands: str, out: Path | None, tell: Tell, ending: threading.Event | None = None
) -> Result:
    """All tests that are for the board, one after the other; `tell` hears a line as each begins and ends. From any thread, for
    several boards at a time; `ending` ends it early, as Ctrl-C does. However this ends, what it has started has ended, and its
    folder is gone.

    Stop if the floor is not served or does not know the device: then the board was left alone."""
    state = state.resolve()  # the tests stand in another folder
    out = (out or state / FOLDER).resolve()
    try:
        out.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=out).close()
    except OSError as error:
        raise Stop(f"The page of the test cannot be written to {out}: {error.strerror}.") from error
    steps = plan.of(_board(name, state))
    heard = _Heard(name, tell)
    options = ["--port", port, "--device", name, "--state", str(state), "--hands", hands]
    try:
        with tempfile.TemporaryDirectory(prefix="floorboard-", dir=_short()) as folder:
            why = _run(heard, folder, options, ending)
    except KeyboardInterrupt:
        if heard.left:
            tell(heard.left.strip())
        raise
    tests = tuple(heard.tests.get(step.name, Test(step.name, NOT_RUN, 0.0, "")) for step in steps)
    result = of(name, port, tests, heard.known, look(state, name), why)
    if why and not any(test.outcome in (PASSED, FAILED) for test in tests):
        raise Stop(why)  # nothing has begun, and is no fault of the board's
    page = sheet.write(out, result)
    return Result(**{**vars(result), "page": page})


def _short() -> str | None:
    """A folder whose path leaves room for a socket's name behind it: pytest-embedded's processes have some there."""
    return None if len(tempfile.gettempdir()) <= FOLDER_CHARS_MAX else SHORT


def _board(name: str, state: Path) -> dict[str, Any]:
    """The file of the board that the device is."""
    if not is_served(state):
        raise Stop(f"The edge is not reached at {state}: is `floorboard serve` running there?")
    hardware = look(state, name)["device"]["hardware"]
    if not hardware:
        raise Stop(f"The floor has never seen {name}: do `floorboard flash provision` first.")
    try:
        return read_board(hardware)
    except ValueError as error:
        raise Stop(f"{name} says that it is {hardware!r}, and {error}.") from error


class _Heard:
    """What the tests have told so far, in lines of JSON (flash/acceptance/conftest.py)."""

    def __init__(self, name: str, tell: Tell) -> None:
        self.tests: dict[str, Test] = {}
        self.known: dict[str, Any] = {}
        self.why = self.begun = ""
        self._name, self._tell, self._rest = name, tell, b""

    @property
    def left(self) -> str:
        """What is to be said if it ends just now."""
        is_changing = self.begun in CHANGING and self.begun not in self.tests
        return f" {BRING_BACK.format(name=self._name)}" if is_changing else ""

    def take(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._line(json.loads(line))

    def _line(self, said: dict[str, Any]) -> None:
        if "begins" in said:
            self.begun = said["begins"]
            self._tell(f"{plan.BY_NAME[said['begins']].title} …")
        if "test" in said:
            test = self.tests[said["test"]["name"]] = Test(**said["test"])
            self.known = said["facts"]
            self._tell(f"{test.title}: {test.outcome}" + (f". {test.said}" if test.outcome == FAILED else ""))
        self.why = said.get("ends", self.why)


def _run(heard: _Heard, folder: str, options: list[str], ending: threading.Event | None) -> str:
    """The tests, to their end: why they ended early, as a sentence, or ""."""
    ours, theirs = os.pipe()
    line = [sys.executable, "-m", "pytest", str(TESTS), "-p", "pytest_embedded.plugin", "--told", str(theirs), *options]
    line += ["--root-logdir", folder, "--cache-dir", folder, "--tb", "short"]
    environment = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")}
    environment |= {"TMPDIR": folder, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    with (Path(folder) / "said").open("w+") as said:
        # In our process group: the technician's terminal is theirs too, and so is its Ctrl-C.
        program = subprocess.Popen(
            line, cwd=ROOT, env=environment, pass_fds=[theirs], stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )
        os.close(theirs)
        try:
            is_early = _hear(heard, ours, ending)
            code = 1 if is_early else program.wait()
        finally:
            os.close(ours)
            _end(program)
        if is_early:
            return f"It was ended early.{heard.left}"
        if heard.why or code in (0, 1):
            return heard.why
        said.seek(0)
        last = said.read()[-KEPT_CHARS:].strip().rpartition("\n")[2]
        return f"The tests ended with {code}: {last}"


def _hear(heard: _Heard, pipe: int, ending: threading.Event | None) -> bool:
    """Until its end; whether it was told to end early."""
    while not (ending and ending.is_set()):
        if select.select([pipe], [], [], LOOK_S)[0]:
            data = os.read(pipe, 65536)
            if not data:
                return False
            heard.take(data)
    return True


def _end(program: subprocess.Popen[bytes]) -> None:
    """With all that it has started: politely, so that the board is let go, and for certain."""
    if program.poll() is None:
        program.send_signal(signal.SIGINT)
    family = _descendants(program.pid)
    try:
        program.wait(END_S)
    except subprocess.TimeoutExpired:
        family = _descendants(program.pid)
        program.kill()
        program.wait()
    for pid in family:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:  # it has ended by itself
            pass


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    try:
        for tasks in Path(f"/proc/{pid}/task").iterdir():
            for child in (tasks / "children").read_text().split():
                found += [int(child), *_descendants(int(child))]
    except OSError:  # it has just ended
        pass
    return found
