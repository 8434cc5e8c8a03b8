"""What the doctor and the node's page say about the mirror."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edge.mirror.keeper import OFF, READY, Mirror
from edge.office.model import Finding

HOUR_MS = 3_600_000
FAIL_HOURS = 24
BEHIND = 2  # the sale of this moment, and the one before


def mirror(node: Any) -> Iterator[Finding]:
    """Is every sale in a second place? A node that nobody serves is looked at once, here and now."""
    keeper = node.mirror
    if keeper is None:
        keeper = Mirror(node)
        keeper.turn()
    found = keeper.status()
    if found["state"] == OFF:
        yield Finding("mirror", "pass", "off")
        return
    seen, now = found["seen_at"], node.clock.now_ms()
    hours = "-" if seen is None else max(0, now - seen) // HOUR_MS
    facts = {"hours": hours, "count": found["lag"] or 0, "why": found["why"]}
    if found["state"] != READY:
        long = seen is None or now - seen >= FAIL_HOURS * HOUR_MS
        yield Finding("mirror", "fail" if long else "warn", found["state"], facts=facts)
    elif found["lag"] >= BEHIND:
        yield Finding("mirror", "warn", "behind", facts=facts)
    else:
        yield Finding("mirror", "pass", facts=facts)
