"""Care of the journal: the witness on the disk, old answers forgotten, the write-ahead log kept short."""

from __future__ import annotations

from typing import Any

from edge.journal import repository
from kit.jobs import Job

ANSWER_LIFE_MS = 7 * 24 * 3600 * 1000


def jobs(node: Any) -> list[Job]:
    """What the scheduler runs for the journal."""

    def flush_witness() -> None:
        node.journal.witness.flush()

    def forget_answers() -> None:
        with node.journal.writing() as tx:
            repository.forget_answers(tx, node.clock.now_ms() - ANSWER_LIFE_MS)

    def keep_ballast() -> None:
        node.disk.prepare()

    return [
        Job("journal.flush_witness", 60, flush_witness),
        Job("journal.forget_answers", 3600, forget_answers),
        Job("journal.keep_ballast", 600, keep_ballast),
        Job("journal.watch_clock", 30, node.watch_clock),
    ]
