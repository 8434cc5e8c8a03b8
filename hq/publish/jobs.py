"""Scheduled care of the published rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hq.publish import actions
from kit.jobs import Job

if TYPE_CHECKING:
    from hq.running import Running


def jobs(hq: Running) -> list[Job]:
    """Once an hour, forget changes and snapshots that no cursor needs."""
    return [Job("publish.prune", 3600, lambda: actions.prune(hq))]
