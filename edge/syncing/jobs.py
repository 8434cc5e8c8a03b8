"""Care of the reference rows: once a day they must still be what HQ signed, as at every start."""

from __future__ import annotations

from typing import Any

from edge.syncing.downloads import Downloads
from edge.syncing.inbox import Inbox
from kit.jobs import Job
from kit.logs import logger

log = logger("lianpu.sync")


def jobs(node: Any) -> list[Job]:
    """What the scheduler runs for syncing."""

    def check_rows() -> None:
        check(node)
        Downloads(node.home).tidy(node.clock.now_ms())

    return [Job("syncing.check_rows", 21_600, check_rows)]


def check(node: Any) -> list[str]:
    """Scopes whose rows lost their digest, twice in a row: a version may arrive while the first look is taken.

    They are asked for anew; until then the rows that are there go on being used.
    """
    inbox = Inbox(node.reference.db)
    suspects = set(inbox.verify())
    wrong = sorted(suspects & set(inbox.verify())) if suspects else []
    if wrong:
        log.error("sync.rows_damaged", scopes=wrong)
        inbox.forget(wrong)
        node.nudge()
    return wrong
