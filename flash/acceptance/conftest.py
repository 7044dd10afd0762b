"""What the tests of a board stand on: which board and floor it is, hands, and the record of how each test went."""

import json
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
import serial

from flash.acceptance import bench, plan, sheet
from flash.acceptance.result import FAILED, NOT_RUN, PASSED, Bad, Test

GATE = "boot_banner"  # without it there is nothing to test
HERE = pytest.StashKey[bench.Bench]()

# Who starts us in the background has Ctrl-C ignored, and we would be as deaf.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("acceptance")
    group.addoption("--device", help="name of the device that the board is (with --port, of pytest-embedded)")
    group.addoption("--state", default="/var/lib/floorboard", help="the floor's folder, as of `floorboard serve`")
    group.addoption("--hands", default="", help="of a virtual board: the page that presses its keys and sees its lamp")
    group.addoption("--out", default="", help="write the page of the result to this folder")
    group.addoption("--told", type=int, default=-1, help="descriptor for lines of JSON (`floorboard flash test`)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Those that are for this board, in the plan's order."""
    if config.option.collectonly:
        return
    if not (config.option.port and config.option.device):
        raise pytest.UsageError("Name the board's --port and the --device that it is (docs/acceptance.md).")
    try:
        here = config.stash[HERE] = bench.Bench(config.option)
    except Bad as bad:
        _tell(config, ends=str(bad))
        raise pytest.UsageError(str(bad)) from bad
    config.add_cleanup(here.close)
    places = {f"test_{step.name}": place for place, step in enumerate(plan.of(here.facts))}
    config.hook.pytest_deselected(items=[item for item in items if item.name not in places])
    items[:] = sorted((item for item in items if item.name in places), key=lambda item: places[item.name])
    _tell(config, plan=[step.name for step in plan.of(here.facts)])


@pytest.fixture
def here(request: pytest.FixtureRequest) -> bench.Bench:
    return request.config.stash[HERE]


@pytest.fixture
def turn(here: bench.Bench) -> Iterator[None]:
    """Of a test that asks for hands. To be named before `dut`: a board that waits at its prompt restarts."""
    with here.hands.turn():
        yield


@pytest.fixture
def on_floor(here: bench.Bench) -> bench.Bench:
    """Not tried where the floor does not see the board: one fault is told once."""
    signed_in = here.tests.get("broker")
    if signed_in and signed_in.outcome != PASSED:
        pytest.skip("not tried, since the board has not signed in")
    here.come_back()
    return here


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    _tell(item.config, begins=item.name.removeprefix("test_"))
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """A sentence in place of the traceback where one was said."""
    report: Any = yield
    here, name = item.config.stash[HERE], item.name.removeprefix("test_")
    here.seconds[name] = here.seconds.get(name, 0.0) + call.duration
    why = _why(here, call)
    if why and report.failed:
        report.longrepr = why
    if call.when == "call" or not report.passed:
        outcome = FAILED if report.failed else NOT_RUN if report.skipped else PASSED
        said = why if outcome != PASSED else here.said.pop(name, "")
        here.tests[name] = Test(name, outcome, round(here.seconds[name], 1), said)
    if name == GATE and report.failed:
        item.session.shouldstop = "it says nothing, or is another device"
    if call.when == "teardown" and name in here.tests:
        _tell(item.config, test=here.row(name), facts=here.known)
    return report


def _why(here: bench.Bench, call: pytest.CallInfo[None]) -> str:
    if call.excinfo is None:
        return ""
    error = call.excinfo.value
    if isinstance(error, Bad | pytest.skip.Exception):
        return str(error)
    if isinstance(error, serial.SerialException):
        why = str(error).rpartition("] ")[2].rstrip(".")
        return f"Port {here.port} cannot be opened ({why}): is it in use by another program, or not yours to use?"
    return f"It could not be tested: {type(error).__name__}: {str(error).partition(chr(10))[0]}"


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    here = session.config.stash.get(HERE, None)
    if here is None:
        return
    here.leave()
    if session.config.option.out:
        page = sheet.write(session.config.option.out, here.result())
        session.config.get_terminal_writer().line(f"\n{page}")


def _tell(config: pytest.Config, **said: Any) -> None:
    if config.option.told >= 0:
        os.write(config.option.told, json.dumps(said).encode() + b"\n")
