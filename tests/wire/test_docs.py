"""docs/wire.md says what wire.py checks."""

import re

from edge import wire
from edge.devices.showing import SHOWN_WAIT_MS
from tests.wire import table


def test_the_field_table_is_up_to_date() -> None:
    page = table.PAGE.read_text()
    assert page == table.with_table(page), "run: .venv/bin/python -m tests.wire.table"


def test_every_part_and_constant_is_explained() -> None:
    page = table.PAGE.read_text()
    for part in (*wire.SHAPES, "piece"):
        assert re.search(rf"^\| `(fb/1/\S+/)?{re.escape(part)}` \|", page, re.MULTILINE), part
    for words in (wire.PRESENCES, wire.HELP, wire.VERDICTS, wire.COMMANDS, wire.KEYS):
        for word in words:
            assert f"`{word}`" in page, word
    for number in ("12 s", "5 s", "2 s", "24 h", "8 events", "1,024 bytes", "2,048 bytes", "0.8 s", "10 ms"):
        assert number in page, number
    assert (wire.BEAT_LOST_MS, wire.BEAT_MS, SHOWN_WAIT_MS, wire.AGE_MS_MAX) == (12_000, 5_000, 2_000, 86_400_000)
    assert (wire.SEND_AHEAD_MAX, wire.PAYLOAD_BYTES_MAX, wire.PIECE_BYTES_MAX) == (8, 1024, 2048)
    assert (wire.LONG_MS, wire.SPREAD_MS_PER_DEVICE, wire.LATE_MS, wire.HEALTH_MS) == (800, 10, 5_000, 60_000)
