"""Where a sample is cut: the two figures that every bench tells of its waits."""

import statistics
from collections.abc import Sequence


def cuts(found_ms: Sequence[float]) -> dict[str, float]:
    """At least two waits, ms, in any order."""
    at = statistics.quantiles(sorted(found_ms), n=100)
    return {"p50_ms": round(at[49], 2), "p99_ms": round(at[98], 2)}
