"""The scheduler of a server process."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from apscheduler.schedulers import base
from apscheduler.triggers import interval
from structlog.testing import capture_logs

from kit import jobs
from kit.jobs import Job, Scheduler
from retail.errors import DatabaseBusy

YEAR = timedelta(days=365)


class WallClock:
    """The machine's clock as somebody sets it."""

    set_by = timedelta()

    def now(self, zone: Any = None) -> datetime:
        return datetime.now(zone) + self.set_by


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> WallClock:
    made = WallClock()
    shown = type("Shown", (datetime,), {"now": classmethod(lambda cls, zone=None: made.now(zone))})
    for module in (base, interval, jobs):
        monkeypatch.setattr(module, "datetime", shown)
    return made


@pytest.mark.parametrize("leap", [-YEAR, YEAR])
def test_a_clock_that_is_set_stops_no_job_and_makes_none_run_more_often(
    wall: WallClock, monkeypatch: pytest.MonkeyPatch, leap: timedelta
) -> None:
    """CK-06."""
    monkeypatch.setattr(jobs, "LOOK_SECONDS", 0.05)
    ran, asked = threading.Semaphore(0), []
    often, seldom = Job("a.often", 1, ran.release), Job("b.seldom", 3600, lambda: asked.append(1))
    scheduler = Scheduler([often, seldom])
    scheduler.start()
    assert ran.acquire(timeout=60)

    wall.set_by = leap

    assert ran.acquire(timeout=60) and ran.acquire(timeout=60)
    due = {job.id: job.next_run_time for job in scheduler._scheduler.get_jobs()}
    scheduler.stop()
    now = wall.now(UTC)
    assert now - timedelta(seconds=60) < due["a.often"] < now + timedelta(seconds=2)
    assert now < due["b.seldom"] < now + timedelta(seconds=3600)
    assert asked == []


def test_a_job_runs_and_a_failing_one_does_not_stop_it() -> None:
    failed, ran = threading.Event(), threading.Event()

    def fail() -> None:
        failed.set()
        raise RuntimeError("a bad day")

    scheduler = Scheduler([Job("a.fails", 1, fail), Job("b.runs", 1, ran.set)])
    scheduler.start()

    assert failed.wait(60) and ran.wait(60)
    scheduler.stop()


def test_stopping_waits_for_the_job_that_runs() -> None:
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go_on.wait(60)
        ended.set()

    scheduler = Scheduler([Job("a.works", 1, work)])
    scheduler.start()
    assert begun.wait(60)
    threading.Timer(0.05, go_on.set).start()

    scheduler.stop()

    assert ended.is_set()


def test_a_scheduler_that_never_ran_can_be_stopped() -> None:
    Scheduler([Job("a.rests", 60, lambda: None)]).stop()


def test_the_scheduler_knows_a_job_by_its_own_name() -> None:
    scheduler = Scheduler([Job("a.works", 60, lambda: None)])
    scheduler.start()

    assert [(job.id, job.name) for job in scheduler._scheduler.get_jobs()] == [("a.works", "a.works")]
    scheduler.stop()


@pytest.mark.parametrize("leap", [-YEAR, YEAR])
def test_a_clock_that_is_set_before_the_server_has_begun_is_the_clock(
    wall: WallClock, leap: timedelta
) -> None:
    """A dead battery, and the time server answers while the till starts."""
    ran = threading.Event()
    scheduler = Scheduler([Job("a.often", 1, ran.set)])

    wall.set_by = leap
    scheduler.start()

    assert ran.wait(60)
    scheduler.stop()


def test_a_job_that_comes_at_a_bad_time_is_put_off_in_a_line_and_not_told_as_a_mistake() -> None:
    """A database that is away, a file that somebody reads: nobody has to look into the program for it."""
    tried = threading.Event()

    def away() -> None:
        tried.set()
        raise DatabaseBusy("db.busy")

    with capture_logs() as told:
        scheduler = Scheduler([Job("a.job", 1, away)])
        scheduler.start()
        assert tried.wait(60)
        scheduler.stop()

    assert told[0] == {"event": "job.put_off", "log_level": "warning", "job": "a.job", "why": "db.busy"}
