"""What the doctor and the node's page say about old records that cannot be deleted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edge.office.model import Finding
from edge.shifts.queries import open_shifts

DAY_MS = 86_400_000
OPEN_DAYS = 30  # nothing younger is ever deleted


def purge(node: Any) -> Iterator[Finding]:
    """Is there a drawer that nobody counts? Its events stay, and of its log all that is behind them.

    A shift that seems to begin tomorrow was opened by a clock ahead: nobody knows how long ago.
    """
    now, held = node.clock.price_ms(), False
    with node.db.read() as tx:
        shifts = open_shifts(tx)
    for shift in shifts:
        days = (now - shift["opened_at"]) // DAY_MS
        if -1 <= days < OPEN_DAYS:
            continue
        held = True
        facts = {"terminal": shift["terminal"], "day": shift["day"], "days": days}
        word = "open" if days > 0 else "ahead"
        yield Finding("purge", "warn", word, subject=shift["terminal"], facts=facts)
    if not held:
        yield Finding("purge", "pass")
