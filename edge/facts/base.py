"""What every fact has."""

from typing import Literal

import msgspec

Event = tuple[str, str, int]
"""Where a fact came from: (source, lane, number). A device's event is (device, "<provisioning id>:<boot>", seq), a
queue_log line (log, "<first line's hash>", line). The number only grows within a lane, so the journal itself tells which
events were decided."""


Own = Literal["ready", "wrap_up", "not_ready"]
"""An agent's own state, which shows while no contact is with the agent."""


class Fact(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="kind",
    tag=True,
    gc=False,  # none can refer to itself
):
    at_ms: int  # when it happened; when it was recorded stands beside it in the journal
    by: str = ""  # who: an agent, "device:desk-1", "panel:ana", "exchange", "site" (its TOML) or "clock"
    tenant: str = ""
    event: Event | None = None
    age_unknown: bool = False  # the device could not tell how long ago; booked at its arrival
