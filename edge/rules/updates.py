"""Rules for new firmware: rollouts in waves that stop by themselves, and what each device's births and answers mean for them."""

from edge import facts as f
from edge import requests as r
from edge.floor import Device, Floor, Rollout
from edge.requests import Refused

WAVES = (1, 6)  # how many may have been asked until so many are done: one, then five more, then all
AT_ONCE_MAX = 20  # so that the floor's presses keep their line, and one wave's restarts do not darken a hall
LASTS_MS = 2 * 60_000  # the first waves have run so long, kept, before all others are asked
UPDATE_MS = 20 * 60_000  # to fetch it, start, and be kept; a trial without the edge takes ten minutes
NO_EDGE = (
    "It did not reach the edge."  # firmware/upkeep.py: it may have been the edge that was away, so it is asked again
)


def start(floor: Floor, request: r.StartRollout) -> list[f.Fact]:
    """Of all devices on boards that there are builds for, or those named, that run something else."""
    if floor.rollout and floor.rollout.state == "open":
        raise Refused(f"{floor.rollout.rollout} is under way: stop it first.")
    for name in request.devices:
        device = floor.devices.get(name)
        if device is None or not device.role:
            raise Refused(f"There is no device {name}.")
        if device.hardware not in request.builds:
            raise Refused(f"There is no build for {name}: it is {_board(device)}.")
    names = request.devices or tuple(sorted(floor.devices))
    wanted = tuple(name for name in names if _wants(floor.devices[name], request.builds))
    if not wanted:
        raise Refused("Every device runs it already.")
    started = f.RolloutStarted(
        rollout=f"rollout-{floor.seq + 1}",
        version=request.version,
        builds=request.builds,
        devices=wanted,
        older=request.older,
        at_ms=request.at_ms,
        by=request.by,
    )
    return [started]


def _wants(device: Device, builds: dict[str, str]) -> bool:
    return bool(device.role) and builds.get(device.hardware, device.build) != device.build


def _board(device: Device) -> str:
    return f"a {device.hardware}" if device.hardware else "not known as what it is built"


def stop(floor: Floor, request: r.StopRollout) -> list[f.Fact]:
    if floor.rollout is None or floor.rollout.state != "open":
        raise Refused("No rollout is under way.")
    return [f.RolloutStopped(why="It was stopped by hand.", at_ms=request.at_ms, by=request.by)]


def go_on(floor: Floor, at_ms: int) -> list[f.Fact]:
    """The next devices of an open rollout, or its end. Asked after every request, so it looks at no list of devices."""
    rollout = floor.rollout
    if rollout is None or rollout.state != "open":
        return []
    if rollout.failed:
        why = f"{rollout.failed}: {rollout.updates[rollout.failed].why}"
        return [f.RolloutStopped(why=why, at_ms=at_ms, by="clock")]
    if rollout.done >= len(rollout.updates):
        return [f.RolloutDone(at_ms=at_ms, by="clock")]
    if rollout.ready and len(rollout.asked) < _room(rollout) and not _is_young(rollout, at_ms):
        device = next(iter(rollout.ready))
        if _runs(floor.devices[device], rollout):  # a technician brought it
            return [f.UpdateDone(device=device, at_ms=at_ms, by="clock")]
        return [f.UpdateAsked(device=device, until_ms=at_ms + UPDATE_MS, at_ms=at_ms, by="clock")]
    return []


def _runs(device: Device, rollout: Rollout) -> bool:
    return rollout.builds.get(device.hardware) == device.build and device.state != "safe"


def _room(rollout: Rollout) -> int:
    """How many may be under way now."""
    wave = next((most for most in WAVES if rollout.done < most), None)
    return AT_ONCE_MAX if wave is None else min(AT_ONCE_MAX, wave - rollout.done)


def _is_young(rollout: Rollout, at_ms: int) -> bool:
    """The first waves are done, but what they run might not last. The core asks once a second at least, so this is no deadline."""
    if rollout.done != WAVES[-1]:
        return False
    return any(each.state == "done" and at_ms < each.since_ms + LASTS_MS for each in rollout.updates.values())


def late(floor: Floor, request: r.Tick) -> list[f.Fact]:
    if not floor.rollout:
        return []
    due = sorted((until_ms, name) for name, until_ms in floor.rollout.asked.items() if until_ms <= request.at_ms)
    return [
        f.UpdateFailed(device=name, why="It did not come back in time.", at_ms=until_ms, by="clock")
        for until_ms, name in due
    ]


def born(floor: Floor, birth: r.ObserveDevice) -> list[f.Fact]:
    """What a birth means for its update: new firmware on trial is seen here, so it may be kept; what went back has failed."""
    facts: list[f.Fact] = []
    if birth.trial and not any(c.device == birth.device and c.cmd == "keep" for c in floor.commands.values()):
        facts.append(keep(floor, birth))
    rollout = floor.rollout
    if rollout is None or birth.device not in rollout.updates:
        return facts
    has_started = (
        floor.devices[birth.device].boot != birth.boot
    )  # else it still says how an update before this one ended
    runs = rollout.builds.get(birth.hardware) == birth.build
    if birth.device not in rollout.asked:
        was_done = rollout.state == "open" and rollout.updates[birth.device].state == "done"
        if was_done and runs and has_started and (birth.crash or birth.state == "safe"):
            return [*facts, _failed(birth, "It did not last.")]
    elif runs and not birth.trial and birth.state != "safe":
        return [*facts, _done(birth)]
    elif not runs and has_started and birth.update and birth.update != NO_EDGE:
        return [*facts, _failed(birth, birth.update)]
    return facts


def _failed(birth: r.ObserveDevice, why: str) -> f.UpdateFailed:
    why = " ".join(text for text in (why, birth.crash) if text)
    return f.UpdateFailed(device=birth.device, why=why, at_ms=birth.at_ms, by=birth.by)


def keep(floor: Floor, birth: r.ObserveDevice) -> f.DeviceAsked:
    return f.DeviceAsked(
        id=f"ask-{floor.seq + 1}",
        device=birth.device,
        cmd="keep",
        until_ms=birth.at_ms + UPDATE_MS,
        at_ms=birth.at_ms,
        by="clock",
    )


def answered(floor: Floor, request: r.ObserveAnswer) -> list[f.Fact]:
    """Of an order, or of a `keep`."""
    rollout = floor.rollout
    if rollout is None or request.device not in rollout.asked:
        return []
    device = floor.devices[request.device]
    if request.id == rollout.rollout and not request.ok:
        return [f.UpdateFailed(device=request.device, why=request.why, at_ms=request.at_ms, by=request.by)]
    command = floor.commands.get(request.id)
    is_kept = command is not None and command.cmd == "keep" and command.device == request.device
    is_so = is_kept or request.id == rollout.rollout
    if is_so and request.ok and rollout.builds.get(device.hardware) == device.build:
        return [_done(request)]
    return []


def _done(request: r.ObserveDevice | r.ObserveAnswer) -> f.Fact:
    return f.UpdateDone(device=request.device, at_ms=request.at_ms, by=request.by)
