"""Make a failing plan smaller: take misfortunes out as long as the same invariant still breaks.

Everything else of the world keeps its own draws (see `proof.sim.chance`), so what is left is what matters.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from proof.sim.plan import Plan, Strike

SECONDS_MAX = 120.0
Item = Strike | str
"""A strike, or a fate of the line."""


def shrink(plan: Plan, breaks: Callable[[Plan], bool], seconds_max: float = SECONDS_MAX) -> Plan:
    """The smallest plan found within the time that still `breaks`; delta debugging over strikes and fates."""
    items: list[Item] = [*plan.strikes, *sorted(plan.line)]
    started, parts = time.monotonic(), 2
    while len(items) > 1 and time.monotonic() - started < seconds_max:
        size = max(1, len(items) // parts)
        for start in range(0, len(items), size):
            fewer = items[:start] + items[start + size :]
            if time.monotonic() - started > seconds_max:
                break
            if breaks(_of(plan, fewer)):
                items, parts = fewer, max(parts - 1, 2)
                break
        else:
            if size == 1:
                break
            parts = min(len(items), parts * 2)
    return _of(plan, items)


def _of(plan: Plan, items: Sequence[Item]) -> Plan:
    strikes = tuple(item for item in items if isinstance(item, Strike))
    return plan.only(strikes, frozenset(item for item in items if isinstance(item, str)))
