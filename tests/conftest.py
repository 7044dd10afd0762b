"""What every test may ask for: a free port, a site's state, a real broker."""

import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from edge import broker as broker_module
from edge import clock, identity
from edge.commands import house

# A shell that starts the tests in its background has Ctrl-C ignored, and so would every command that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

SITE = "lab"
DEVICES = ("desk-1", "desk-2")
START_WAIT_S_MAX = 10


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test whose floor has seen the future leaves the next one its own time."""
    monkeypatch.setattr(clock, "_steady", clock.Steady())


class Broker:
    """A real Mosquitto with the configuration that the product makes."""

    def __init__(self, state: Path, site: str, devices: Sequence[str], port: int) -> None:
        self.state, self.site, self.devices, self.port = state, site, devices, port
        self.start()

    def start(self) -> None:
        line = broker_module.configure(self.state, self.site, self.devices, self.port)
        self.process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=sys.stderr)
        deadline = time.monotonic() + START_WAIT_S_MAX
        while not _answers(self.port):
            assert self.process.poll() is None, f"mosquitto ended with {self.process.returncode}"
            assert time.monotonic() < deadline, "mosquitto does not answer"
            time.sleep(0.01)

    def kill(self) -> None:
        """As a power cut would."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """In good order, as at a restart."""
        self.process.terminate()
        self.process.wait()


@pytest.fixture(scope="session")
def start_broker() -> Callable[..., AbstractContextManager[Broker]]:
    """`with start_broker(state, site, devices, port) as broker`, for a broker that lives longer than one test."""

    @contextlib.contextmanager
    def started(state: Path, site: str, devices: Sequence[str], port: int) -> Iterator[Broker]:
        identity.prepare(state, ["localhost"])
        broker = Broker(state, site, devices, port)
        try:
            yield broker
        finally:
            broker.kill()

    return started


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """A loopback port that nobody has just now."""
    return house.free_port


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A site's state directory, with its keys and certificates."""
    identity.prepare(tmp_path / "state", ["localhost"])
    return tmp_path / "state"


@pytest.fixture
def broker(
    state: Path, free_port: Callable[[], int], start_broker: Callable[..., AbstractContextManager[Broker]]
) -> Iterator[Broker]:
    """A broker of the site `lab` that knows desk-1 and desk-2."""
    with start_broker(state, SITE, DEVICES, free_port()) as broker:
        yield broker


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
