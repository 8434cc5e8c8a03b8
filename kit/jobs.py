"""The scheduler of a server process: APScheduler in memory, coalesced, one run at a time per job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from kit.logs import logger

log = logger("lianpu.jobs")


@dataclass(frozen=True)
class Job:
    """`name` is `slice.verb`; it runs every `every_seconds` and is documented in docs/jobs.md."""

    name: str
    every_seconds: int
    run: Callable[[], None]


class Scheduler:
    """Starts and stops the jobs of one process; a failing job is logged once per failure and runs again."""

    def __init__(self, jobs: list[Job]) -> None:
        self._scheduler = BackgroundScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1}
        )
        for job in jobs:
            self._scheduler.add_job(
                _guarded(job),
                IntervalTrigger(seconds=job.every_seconds),
                id=job.name,
                name=job.name,
                misfire_grace_time=3600,
            )

    def start(self) -> None:
        """Begin; the first run of each job is one interval away."""
        self._scheduler.start()

    def stop(self) -> None:
        """Wait for running jobs and end."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)


def _guarded(job: Job) -> Callable[[], None]:
    def run() -> None:
        try:
            job.run()
        except Exception as error:  # noqa: BLE001 — the outermost loop of a job
            log.error("job.failed", job=job.name, exc_info=error)

    return run
