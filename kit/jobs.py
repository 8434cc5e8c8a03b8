"""The scheduler of a server process: APScheduler in memory, coalesced, one run at a time per job."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from kit.logs import logger
from retail.errors import Unavailable

log = logger("lianpu.jobs")
LEAP_SECONDS = 5.0
LOOK_SECONDS = 30.0


@dataclass(frozen=True)
class Job:
    """`name` is `slice.verb`; it runs every `every_seconds` and is documented in docs/jobs.md."""

    name: str
    every_seconds: int
    run: Callable[[], None]


class _Steady(BackgroundScheduler):  # type: ignore[misc]  # the library has no types
    """Its moments are wall time; when somebody sets that, they move along, so that a job waits as long as before.

    Left alone, a clock that is set back stops every job until the old date, and one that is set forward a year makes
    a list of all the runs that were missed (CK-06).
    """

    _offset = 0.0

    def start(self, paused: bool = False) -> None:
        """Begin; the first moments are told by the clock as it stands now."""
        self._offset = _offset()
        super().start(paused)

    def _process_jobs(self) -> float:
        """What the library does each time it wakes; it sleeps no longer than until the next look at the clock."""
        offset = _offset()
        leap = offset - self._offset
        if abs(leap) > LEAP_SECONDS:
            self._offset = offset
            log.warning("jobs.clock_leapt", seconds=round(leap))
            for job in self.get_jobs():
                job.modify(next_run_time=job.next_run_time + timedelta(seconds=leap))
        wait = super()._process_jobs()
        return LOOK_SECONDS if wait is None else min(wait, LOOK_SECONDS)


def _offset() -> float:
    """Wall time less the time that nobody sets, in seconds."""
    return datetime.now(UTC).timestamp() - time.monotonic()


class Scheduler:
    """Starts and stops the jobs of one process; a failing job is logged once per failure and runs again."""

    def __init__(self, jobs: list[Job]) -> None:
        self._jobs = jobs
        self._scheduler = _Steady(timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1})

    def start(self) -> None:
        """Begin; the first run of each job is one interval away, by the clock as it stands now."""
        for job in self._jobs:
            self._scheduler.add_job(
                _guarded(job),
                IntervalTrigger(seconds=job.every_seconds),
                id=job.name,
                name=job.name,
                misfire_grace_time=None,  # late is better than not at all
            )
        self._scheduler.start()

    def stop(self) -> None:
        """Wait for running jobs and end."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)


def _guarded(job: Job) -> Callable[[], None]:
    def run() -> None:
        try:
            job.run()
        except Unavailable as error:  # a server that is away: no mistake of the program, and told in a line
            log.warning("job.put_off", job=job.name, why=str(error))
        except Exception as error:  # noqa: BLE001 — the outermost loop of a job
            log.error("job.failed", job=job.name, exc_info=error)

    return run
