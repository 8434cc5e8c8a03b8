"""Several workers of one headquarters on PostgreSQL: every event is booked once, the jobs run in one of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import requests
import sqlalchemy as sa
from click.testing import CliRunner
from structlog.testing import capture_logs

from hq.app import create_app
from hq.cli import main
from hq.headquarters import Headquarters
from hq.owner import OneScheduler
from kit.clock import ManualClock, SystemClock
from kit.jobs import Job, Scheduler
from kit.sql import SqlDatabase
from proof.sim.origin import Origin, an_event, an_origin
from proof.sim.parties import Centre, a_centre
from proof.sockets import free_port
from tests.house.conftest import ROOT

WORKERS, EVENTS, BATCH = 3, 60, 5
ENOUGH_SECONDS = 200


@pytest.fixture
def centres(postgres_database: str, tmp_path: Path) -> Iterator[list[Centre]]:
    """As many programs on one database, each with its own connections and its own projector."""
    first = a_centre(tmp_path / "hq", ManualClock(), url=postgres_database)
    made = [first]
    for _ in range(WORKERS - 1):
        hq = Headquarters.open(tmp_path / "hq", clock=first.hq.clock, url=postgres_database)
        made.append(Centre(hq, create_app(hq, limits=False)))
    yield made
    for centre in made:
        centre.close()


@pytest.mark.postgres
def test_the_same_pushes_over_every_worker_at_once_are_booked_once(centres: list[Centre]) -> None:
    """Each store says everything to every worker, at once, while all of them project."""
    origins = [an_origin(centres[0], store, inc=str(n) * 32) for n, store in enumerate(("001", "002"), 1)]
    for n, origin in enumerate(origins):
        home = f"stock:{origin.node}:on_hand"
        origin.add(*(
            an_event(100 * n + i, post=[(home, "sku:A", -1), (f"stock:{origin.node}:transit", "sku:A", 1)])
            for i in range(EVENTS)
        ))  # fmt: skip
    for centre in centres:
        centre.projector.start()

    def say(centre: Centre, origin: Origin) -> None:
        over = replace(origin, centre=centre)
        for first in range(1, EVENTS, BATCH):
            answer = over.push_raw(over.batch(first, first + BATCH - 1))
            assert answer.status == 200, answer.body

    with ThreadPoolExecutor(WORKERS * len(origins)) as pool:
        for done in [pool.submit(say, centre, origin) for centre in centres for origin in origins]:
            done.result(ENOUGH_SECONDS)
    for centre in centres:
        centre.projector.stop()
    centres[0].projector.drain()

    db = centres[0].hq.db
    assert db.value("SELECT count(*) FROM link") == db.value("SELECT count(*) FROM event_seen") == 2 * EVENTS
    held = db.rows(
        "SELECT account, quantity FROM balance WHERE account LIKE :held ORDER BY account",
        {"held": "%on_hand"},
    )
    assert [tuple(row) for row in held] == [("stock:001:on_hand", -EVENTS), ("stock:002:on_hand", -EVENTS)]
    assert db.value("SELECT count(*) FROM fork") == db.value("SELECT count(*) FROM alarm") == 0


@pytest.mark.postgres
def test_the_jobs_run_in_one_worker_and_go_on_in_another_when_it_ends(postgres_database: str) -> None:
    databases = [SqlDatabase(postgres_database) for _ in range(2)]
    ran = [threading.Event() for _ in databases]

    def jobs(n: int) -> Scheduler:
        return Scheduler([Job("a.job", 1, ran[n].set)])

    one, other = (OneScheduler(database, lambda n=n: jobs(n)) for n, database in enumerate(databases))
    one.look()
    other.look()
    assert (one.running, other.running) == (True, False)
    assert ran[0].wait(ENOUGH_SECONDS)

    one.stop()
    other.look()
    assert (one.running, other.running) == (False, True)
    assert ran[1].wait(ENOUGH_SECONDS)
    other.stop()
    for database in databases:
        database.close()


@pytest.mark.postgres
def test_a_worker_that_lost_its_connection_ends_the_jobs(postgres_database: str) -> None:
    database = SqlDatabase(postgres_database)
    one = OneScheduler(database, lambda: Scheduler([]))
    one.look()
    database.value("SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory'")

    one.look()
    assert not one.running
    one.look()
    assert one.running
    one.stop()
    database.close()


def test_a_server_that_is_away_is_told_once_and_once_when_it_is_back() -> None:
    """Each look comes again in seconds, of each worker: an hour's outage must not be an hour of tracebacks."""
    database = SqlDatabase(f"postgresql+psycopg://lianpu@127.0.0.1:{free_port()}/lianpu")
    one = OneScheduler(database, lambda: Scheduler([]))

    with capture_logs() as told:
        for _ in range(3):
            one.look()
        database.is_sqlite = True  # it answers again, and nobody else has the turn
        one.look()

    assert [entry["event"] for entry in told] == ["jobs.database_away", "jobs.database_back", "jobs.owned"]
    assert not any("exc_info" in entry for entry in told)
    one.stop()
    database.close()


@pytest.mark.postgres
def test_lianpu_hq_run_with_workers_answers_survives_a_dead_worker_and_ends_on_sigterm(
    postgres_database: str, tmp_path: Path
) -> None:
    port = free_port()
    env = os.environ | {
        "LIANPU_HOME": str(tmp_path / "hq"), "LIANPU_HQ_DATABASE": postgres_database, "LIANPU_HQ_THREADS": "8",
    }  # fmt: skip
    command = [sys.executable, "-m", "hq.cli", "run", "--port", str(port), "--workers", "2"]
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as process:
        ended = threading.Timer(ENOUGH_SECONDS, process.kill)
        ended.start()
        try:
            until_started(process, 2)
            master = psutil.Process(process.pid)
            first = {child.pid for child in master.children()}
            os.kill(min(first), signal.SIGKILL)
            until_started(process, 1)
            status = session().get(f"http://127.0.0.1:{port}/healthz", timeout=ENOUGH_SECONDS).status_code
            both = {child.pid for child in master.children()}
        finally:
            process.terminate()
            process.communicate(timeout=ENOUGH_SECONDS)
            ended.cancel()
    assert process.returncode == 0
    assert (len(first), len(both), status) == (2, 2, 200)
    assert not any(psutil.pid_exists(pid) for pid in first | both)


def open_to_connections(url: str, *, open_: bool) -> None:
    """The server takes nobody into this database any more, and sends out who is there; or lets them in again."""
    there = sa.make_url(url)
    engine = sa.create_engine(there.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f'ALTER DATABASE "{there.database}" ALLOW_CONNECTIONS {open_}')
        if not open_:
            connection.exec_driver_sql(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{there.database}'"
            )
    engine.dispose()


@pytest.mark.postgres
def test_a_worker_that_dies_while_the_server_is_away_does_not_take_the_others_along(
    postgres_database: str, tmp_path: Path
) -> None:
    """The next one cannot begin either, again and again; when the server is back it does."""
    env = os.environ | {"LIANPU_HOME": str(tmp_path / "hq"), "LIANPU_HQ_DATABASE": postgres_database}
    command = [sys.executable, "-m", "hq.cli", "run", "--port", str(free_port()), "--workers", "2"]
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as process:
        ended = threading.Timer(ENOUGH_SECONDS, process.kill)
        ended.start()
        try:
            until_started(process, 2)
            open_to_connections(postgres_database, open_=False)
            os.kill(min(child.pid for child in psutil.Process(process.pid).children()), signal.SIGKILL)
            until_started(process, 1, said="hq.worker_put_off")
            open_to_connections(postgres_database, open_=True)
            until_started(process, 1)
        finally:
            process.terminate()
            process.communicate(timeout=ENOUGH_SECONDS)
            ended.cancel()
    assert process.returncode == 0


def until_started(process: subprocess.Popen[str], workers: int, said: str = "hq.worker_started") -> None:
    """Until so many more workers have said that they are there."""
    assert process.stdout is not None
    for line in process.stdout:
        workers -= said in line
        if not workers:
            return
    raise AssertionError("it ended")


def session() -> requests.Session:
    """Loopback needs no proxy."""
    made = requests.Session()
    made.trust_env = False
    return made


def test_workers_are_refused_on_sqlite(tmp_path: Path) -> None:
    said = CliRunner().invoke(main, ["--home", str(tmp_path / "hq"), "run", "--workers", "2"])

    assert said.exit_code == 1
    assert "PostgreSQL" in said.output


def test_on_sqlite_the_jobs_run_in_the_one_process(tmp_path: Path) -> None:
    centre = a_centre(tmp_path / "hq", SystemClock())
    one = OneScheduler(centre.hq.db, lambda: Scheduler([]))
    one.look()
    one.look()

    assert one.running
    one.stop()
    assert not one.running
    centre.close()
