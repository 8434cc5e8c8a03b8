"""Scheduled backups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hq.backups import schedule
from kit.jobs import Job

if TYPE_CHECKING:
    from hq.running import Running


def jobs(hq: Running) -> list[Job]:
    """Once a minute, look whether a backup is due or wanted; and apart from that, whether none came for too long."""
    return [
        Job("backups.look", 60, lambda: schedule.look(hq)),
        Job("backups.ring", 60, lambda: schedule.ring(hq)),
    ]
