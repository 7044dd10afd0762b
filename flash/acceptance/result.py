"""What an acceptance has found: of each test how it went and what was said, of the device what it is."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from flash.acceptance import plan

BRING_BACK = "It may run firmware of the acceptance: `floorboard firmware rollout --device {name}` brings its own back."
PASSED, FAILED, NOT_RUN = "passed", "failed", "not run"


class Bad(AssertionError):
    """A test has failed; the text says in a sentence what to check on the bench."""


@dataclass(frozen=True)
class Test:
    __test__ = False  # for pytest, which takes the name for a test's

    name: str  # of plan.STEPS
    outcome: str  # PASSED, FAILED or NOT_RUN
    seconds: float
    said: str

    @property
    def title(self) -> str:
        return plan.BY_NAME[self.name].title


@dataclass(frozen=True)
class Result:
    """`page` is where the page of it was written."""

    device: str
    port: str
    tests: tuple[Test, ...]
    board: str = ""
    title: str = ""
    mac: str = ""
    firmware: str = ""
    build: str = ""
    micropython: str = ""
    site: str = ""
    at: str = ""  # of the end, in the site's time zone
    station: str = ""
    why: str = ""  # it ended early; a sentence
    page: Path | None = field(default=None, compare=False)

    @property
    def ok(self) -> bool:
        """Every test that is for this board was run and passed."""
        return bool(self.tests) and not self.why and all(test.outcome == PASSED for test in self.tests)

    @property
    def wrong(self) -> str:
        """What to check on the bench, in sentences; "" if it is accepted."""
        failed = [f"{test.title}: {test.said}" for test in self.tests if test.outcome == FAILED]
        return "" if self.ok else " ".join([*failed, self.why]).strip() or "Not all of its tests were run."

    @property
    def seconds(self) -> float:
        return round(sum(test.seconds for test in self.tests), 1)

    def row(self) -> dict[str, Any]:
        """For JSON."""
        told = asdict(self)
        del told["page"]
        return {**told, "ok": self.ok, "seconds": self.seconds}

    @property
    def stem(self) -> str:
        """Of its files' names: the MAC, which stays with the board; before it is known the device's name."""
        return self.mac.replace(":", "-") or self.device
