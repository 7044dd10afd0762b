"""New firmware for devices: rollouts, and what became of each device in them (docs/updates.md)."""

from edge.facts.base import Fact


class RolloutStarted(Fact, frozen=True):
    """Devices are to run these builds; it takes the place of a rollout before it."""

    rollout: str
    version: str
    builds: dict[str, str]  # board -> build
    devices: tuple[str, ...]  # in the order in which they are asked
    older: bool = False


class UpdateAsked(Fact, frozen=True):
    """A device is told to fetch its build; it is to be back with it by `until_ms`."""

    device: str
    until_ms: int


class UpdateDone(Fact, frozen=True):
    """The device runs its build, and the edge has kept it."""

    device: str


class UpdateFailed(Fact, frozen=True):
    """It did not come back with its build, or crashed with it after it was done."""

    device: str
    why: str


class RolloutStopped(Fact, frozen=True):
    """By a person, or by itself since an update failed; who is on trial is still kept."""

    why: str


class RolloutDone(Fact, frozen=True):
    """Every device of it runs its build."""
