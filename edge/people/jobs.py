"""Care of the people at the tills."""

from __future__ import annotations

from typing import Any

from edge.people.actions import lock_idle
from kit.jobs import Job


def jobs(node: Any) -> list[Job]:
    """What the scheduler runs for people."""
    return [Job("people.lock_idle", 30, lambda: lock_idle(node))]
