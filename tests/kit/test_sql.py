"""HQ's database: what waits for the disk and what does not, on SQLite. (PostgreSQL: tests/hq/test_postgres.py.)"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from kit.sql import Connection, SqlDatabase, run

NORMAL, FULL = 1, 2


@pytest.fixture
def db(tmp_path: Path) -> Iterator[SqlDatabase]:
    """A database with one table."""
    made = SqlDatabase(f"sqlite:///{tmp_path / 'a.db'}")
    with made.write() as connection:
        run(connection, "CREATE TABLE word (text TEXT)")
    yield made
    made.close()


def waits(connection: Connection) -> int:
    """What SQLite says of this connection's commits."""
    return int(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())


def test_a_commit_waits_for_the_disk_unless_it_is_told_not_to(db: SqlDatabase) -> None:
    with db.write(durable=False) as connection:
        assert waits(connection) == NORMAL
        run(connection, "INSERT INTO word VALUES ('told again')")
    with db.write() as connection:
        assert waits(connection) == FULL
    assert db.value("SELECT text FROM word") == "told again"


def test_a_transaction_that_fails_leaves_a_connection_that_waits(db: SqlDatabase) -> None:
    with pytest.raises(ZeroDivisionError), db.write(durable=False) as connection:
        run(connection, "INSERT INTO word VALUES ('gone')")
        raise ZeroDivisionError
    with db.write() as connection:
        assert waits(connection) == FULL
    assert db.value("SELECT count(*) FROM word") == 0


def test_what_ends_the_process_in_the_middle_comes_out_as_itself(db: SqlDatabase) -> None:
    """The engine closes the connection then, and there is nothing left to set back on it."""

    def ended(*_: object) -> None:
        raise SystemExit(3)

    try:
        with pytest.raises(SystemExit), db.write(durable=False) as connection:
            sa.event.listen(db.engine, "do_execute", ended)
            run(connection, "INSERT INTO word VALUES ('gone')")
    finally:
        sa.event.remove(db.engine, "do_execute", ended)
    assert db.value("SELECT count(*) FROM word") == 0
