"""Scheduled care of remembered answers."""

from __future__ import annotations

from typing import Any

from hq.api import repository
from kit.jobs import Job

KEPT_MS = 7 * 86_400_000


def jobs(hq: Any) -> list[Job]:
    """Once an hour, forget answers older than seven days."""

    def forget() -> None:
        with hq.db.write() as connection:
            repository.forget(connection, hq.clock.now_ms() - KEPT_MS)

    return [Job("api.forget_answers", 3600, forget)]
