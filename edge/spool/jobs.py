"""Care of the spool: what finished papers contained is forgotten after seven days."""

from __future__ import annotations

from typing import Any

from edge.spool import repository
from edge.spool.model import CONTENT_LIFE_MS
from kit.jobs import Job


def jobs(node: Any) -> list[Job]:
    """What the scheduler runs for the spool."""

    def drop_contents() -> None:
        drop(node)

    return [Job("spool.drop_contents", 3600, drop_contents)]


def drop(node: Any) -> int:
    """Forget the contents of old finished jobs; returns how many."""
    with node.journal.writing() as tx:
        return repository.drop_contents(tx, node.clock.now_ms() - CONTENT_LIFE_MS)
