"""A scrub by hand while no server runs: with `repair` also what only a closed database allows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from edge.mirror.keeper import Mirror
from edge.scrub.salvage import salvage
from kit.clock import SystemClock
from kit.db import GARBLED, DatabaseDamaged
from retail.errors import Misconfigured

TORN = "malformed"  # the engine's word for pages that it cannot read
DAMAGED = (*GARBLED, DatabaseDamaged)
Tell = Callable[[int], None]


def scrub_alone(home: Path, open_node: Callable[[], Any], *, repair: bool, tell: Tell) -> dict[str, Any]:
    """The last state of the scrub; pages that cannot be read are left behind in the old file.

    Raises `Misconfigured` when that is not asked for, or when no page can be read.
    """
    try:
        found = _scrub(open_node(), repair, tell)
        torn = any(TORN in finding["why"] for finding in (found["report"] or {"findings": []})["findings"])
    except DAMAGED as error:
        if not repair:
            raise refusal(home, error) from error
        torn = True
    if repair and torn:
        salvage(home, SystemClock().now_ms())
        found = _scrub(open_node(), repair, tell)
    return found


def refusal(home: Path, damage: Exception) -> Misconfigured:
    """What a command says that came upon damage, and what helps."""
    return Misconfigured([f"{home}: {damage}; `lianpu-edge scrub --repair` keeps what can be read"])


def _scrub(node: Any, repair: bool, tell: Tell) -> dict[str, Any]:
    try:
        node.mirror = node.mirror or Mirror(node)  # no server has made it: the scrub reads it, nobody writes
        node.scrubber.begin(repair=repair)
        found: dict[str, Any] = node.scrubber.wait(20.0)
        while found["running"]:
            tell(found["looked"])
            found = node.scrubber.wait(20.0)
        return found
    finally:
        node.close()
