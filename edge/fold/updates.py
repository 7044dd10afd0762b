"""How facts of updates change the floor."""

from edge import facts as f
from edge.floor import Floor, Rollout, Update


def started(floor: Floor, fact: f.RolloutStarted) -> None:
    floor.rollout = Rollout(
        fact.rollout,
        version=fact.version,
        builds=fact.builds,
        older=fact.older,
        since_ms=fact.at_ms,
        updates={name: Update() for name in fact.devices},
        ready={name: None for name in fact.devices if _is_here(floor, name)},
    )


def asked(floor: Floor, fact: f.UpdateAsked) -> None:
    rollout = _of(floor)
    rollout.ready.pop(fact.device, None)
    rollout.asked[fact.device] = fact.until_ms
    rollout.updates[fact.device] = Update("asked", fact.at_ms)


def done(floor: Floor, fact: f.UpdateDone) -> None:
    rollout = _of(floor)
    rollout.asked.pop(fact.device, None)
    rollout.ready.pop(fact.device, None)
    rollout.updates[fact.device] = Update("done", fact.at_ms)
    rollout.done += 1


def failed(floor: Floor, fact: f.UpdateFailed) -> None:
    rollout = _of(floor)
    rollout.asked.pop(fact.device, None)
    rollout.done -= rollout.updates[fact.device].state == "done"
    rollout.updates[fact.device] = Update("failed", fact.at_ms, fact.why)
    rollout.failed = fact.device


def stopped(floor: Floor, fact: f.RolloutStopped) -> None:
    rollout = _of(floor)
    rollout.state, rollout.why, rollout.ended_ms = "stopped", fact.why, fact.at_ms
    for name in rollout.asked:
        rollout.updates[name] = Update("taken back", fact.at_ms)
    rollout.asked.clear()
    rollout.ready.clear()


def rollout_done(floor: Floor, fact: f.RolloutDone) -> None:
    rollout = _of(floor)
    rollout.state, rollout.ended_ms = "done", fact.at_ms


def here(floor: Floor, device: str) -> None:
    """A device of an open rollout came, or went, or its trial is over: on trial it takes nothing, else no good slot were left."""
    rollout = floor.rollout
    if rollout is None or rollout.state != "open" or device not in rollout.updates:
        return
    if not _is_here(floor, device):
        rollout.ready.pop(device, None)
    elif rollout.updates[device].state == "waiting":
        rollout.ready[device] = None


def _is_here(floor: Floor, device: str) -> bool:
    return floor.devices[device].online and not floor.devices[device].trial


def revoked(floor: Floor, device: str) -> None:
    """It is no device of the floor any more, and nobody waits for it."""
    if floor.rollout:
        update = floor.rollout.updates.get(device)
        floor.rollout.done -= update is not None and update.state == "done"
        for names in (floor.rollout.updates, floor.rollout.asked, floor.rollout.ready):
            names.pop(device, None)


def _of(floor: Floor) -> Rollout:
    assert floor.rollout, "an update without a rollout"
    return floor.rollout
