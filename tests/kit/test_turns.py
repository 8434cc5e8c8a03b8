"""Turns: one holder at a time on PostgreSQL, given on when its connection ends; SQLite's one process has them all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kit.sql import SqlDatabase
from kit.turns import Turn, turn
from proof.sockets import free_port
from retail.errors import DatabaseBusy
from tests.builders.postgres import until_somebody_waits
from tests.patience import ENOUGH_SECONDS


@pytest.fixture
def database(postgres_database: str) -> Iterator[SqlDatabase]:
    made = SqlDatabase(postgres_database)
    yield made
    made.close()


@pytest.mark.postgres
def test_one_has_the_turn_and_the_next_gets_it_when_it_is_given_on(database: SqlDatabase) -> None:
    one, other = Turn(database, "jobs"), Turn(database, "jobs")

    assert (one.take(wait=False), other.take(wait=False)) == (True, False)
    assert (one.held, other.held) == (True, False)
    assert Turn(database, "another").take(wait=False)
    one.release()
    assert other.take(wait=False) and other.confirm()


@pytest.mark.postgres
def test_a_turn_ends_with_its_connection(database: SqlDatabase) -> None:
    """The server ends the session, as it does when the process dies: the holder hears it, the next one has the turn."""
    one, other = Turn(database, "jobs"), Turn(database, "jobs")
    one.take(wait=False)
    database.value(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory' AND granted"
    )

    assert other.take(wait=True)
    assert not one.confirm()
    assert not one.held
    other.release()


@pytest.mark.postgres
def test_who_waits_goes_on_when_the_other_has_done(database: SqlDatabase) -> None:
    order: list[str] = []

    def second() -> None:
        with turn(database, "projector"):
            order.append("second")

    thread = threading.Thread(target=second)
    with turn(database, "projector"):
        thread.start()
        until_somebody_waits(database)
        order.append("first")
    thread.join(ENOUGH_SECONDS)
    assert order == ["first", "second"]


@pytest.mark.parametrize("wait", [True, False])
def test_without_a_server_it_is_the_databases_trouble_and_none_of_the_driver(wait: bool) -> None:
    nobody = SqlDatabase(f"postgresql+psycopg://lianpu@127.0.0.1:{free_port()}/lianpu")

    with pytest.raises(DatabaseBusy):
        Turn(nobody, "jobs").take(wait=wait)
    nobody.close()


@pytest.mark.postgres
def test_a_server_that_goes_away_while_somebody_waits_is_the_same(
    database: SqlDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    one, other = Turn(database, "jobs"), Turn(database, "jobs")
    one.take(wait=False)
    with ThreadPoolExecutor(1) as hand:
        waiting = hand.submit(other.take, wait=True)
        until_somebody_waits(database)
        database.value(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        )

        with pytest.raises(DatabaseBusy):
            waiting.result(ENOUGH_SECONDS)
    assert (one.confirm(), other.held, caplog.text) == (True, False, "")
    one.release()


def test_on_sqlite_it_is_always_ours(tmp_path: Path) -> None:
    database = SqlDatabase(f"sqlite:///{tmp_path / 'hq.sqlite'}")
    one = Turn(database, "jobs")

    assert one.take(wait=False) and one.confirm() and one.held
    with turn(database, "jobs"):
        one.release()
    database.close()
