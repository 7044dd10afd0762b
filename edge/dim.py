"""How bright a site's devices are now, and how loud: by its clock."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from edge.floor import Floor
from edge.hours import spans


def light(floor: Floor, now_ms: int) -> dict[str, int]:
    """`show/light` of every device, but for epoch and rev (wire.SHAPES)."""
    local = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(ZoneInfo(floor.timezone))
    minute = 60 * local.hour + local.minute
    is_quiet = any(start <= minute < end for start, end in spans(floor.quiet))
    return {"percent": _percent(floor, local.strftime("%H:%M")), "volume": 0 if is_quiet else floor.volume}


def _percent(floor: Floor, clock: str) -> int:
    """What holds since the last step; before the first one of a day, the day before's last."""
    if not floor.brightness:
        return 100
    begun = [at for at in floor.brightness if at <= clock]
    return floor.brightness[max(begun or floor.brightness)]
