"""Care of the spool: what finished papers contained is forgotten after seven days, the rows after ninety."""

from __future__ import annotations

from typing import Any

from edge.journal.repository import set_meta
from edge.spool import repository
from edge.spool.model import CONTENT_LIFE_MS
from kit.jobs import Job

DAY_MS = 24 * 3600 * 1000
DROPPED_BEFORE = "papers_dropped_before"  # the meta name of the newest limit, in UTC milliseconds


def jobs(node: Any) -> list[Job]:
    """What the scheduler runs for the spool."""

    def drop_contents() -> None:
        drop(node)

    def drop_jobs() -> None:
        drop_done(node)

    return [Job("spool.drop_contents", 3600, drop_contents), Job("spool.drop_jobs", 21_600, drop_jobs)]


def drop(node: Any) -> int:
    """Forget the contents of old finished jobs; returns how many."""
    with node.journal.writing() as tx:
        return repository.drop_contents(tx, node.clock.now_ms() - CONTENT_LIFE_MS)


def drop_done(node: Any) -> int:
    """Delete old finished jobs whose paper a document can bring back, or which had none; returns how many.

    The limit is kept: who checks this database must not miss papers that are older than it.
    """
    before = node.clock.now_ms() - node.config.papers_keep_days * DAY_MS
    with node.journal.writing() as tx:
        gone = repository.drop_done(tx, before)
        if gone:
            set_meta(tx, DROPPED_BEFORE, str(before))
    return gone
