"""The scheduler of many workers on one PostgreSQL database: one of them runs it, another when that one has ended.

On SQLite there is one process, whose turn it always is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from kit.jobs import Scheduler
from kit.logs import logger
from kit.sql import SqlDatabase
from kit.turns import Turn
from retail.errors import DatabaseBusy

log = logger("lianpu.jobs")
LOOK_SECONDS = 5.0


class OneScheduler:
    """Runs `make()` while the turn is ours. `look` is one look, which tests call; `start` looks every few seconds."""

    def __init__(self, database: SqlDatabase, make: Callable[[], Scheduler]) -> None:
        self._turn = Turn(database, "scheduler")
        self._make = make
        self._scheduler: Scheduler | None = None
        self._away = False
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Do the jobs run here?"""
        return self._scheduler is not None

    def look(self) -> None:
        """Start when the turn has come, stop when it was lost with the connection.

        A server that is away is told once, and once when it is back: every worker looks every few seconds.
        """
        try:
            ours = self._turn.confirm() if self._scheduler is not None else self._turn.take(wait=False)
        except DatabaseBusy:
            if not self._away:
                log.warning("jobs.database_away")
            self._away = True
            return
        if self._away:
            log.info("jobs.database_back")
            self._away = False
        if ours and self._scheduler is None:
            self._scheduler = self._make()
            self._scheduler.start()
            log.info("jobs.owned")
        elif not ours and self._scheduler is not None:
            log.warning("jobs.lost")
            self._end()

    def start(self) -> None:
        """Look now and then until `stop`."""
        self._thread = threading.Thread(target=self._loop, name="jobs", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the jobs that run and let another worker have the turn."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        self._end()
        self._turn.release()

    def _end(self) -> None:
        if self._scheduler is not None:
            self._scheduler.stop()
            self._scheduler = None

    def _loop(self) -> None:
        while not self._stopping.is_set():
            try:
                self.look()
            except Exception as error:  # noqa: BLE001 — the outermost loop of the thread
                log.error("jobs.look_failed", exc_info=error)
            self._stopping.wait(LOOK_SECONDS)
