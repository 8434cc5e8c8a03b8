"""The scheduler of a server process."""

from __future__ import annotations

import threading

from kit.jobs import Job, Scheduler


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
    scheduler = Scheduler([Job("a.works", 1, lambda: None)])

    assert [(job.id, job.name) for job in scheduler._scheduler.get_jobs()] == [("a.works", "a.works")]
