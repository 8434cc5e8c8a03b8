"""HQ's database: what waits for the disk and what does not, on SQLite. (PostgreSQL: tests/hq/test_postgres.py.)"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from kit.db import WRITER_SETTINGS
from kit.sql import Connection, DriverError, SqlDatabase, insert, run, run_many
from retail.errors import DatabaseBusy

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


def test_a_writer_waits_for_another_and_comes_next(db: SqlDatabase) -> None:
    order: list[str] = []

    def second() -> None:
        with db.write() as connection:
            order.append("second")
            run(connection, "INSERT INTO word VALUES ('2')")

    with ThreadPoolExecutor(1) as pool:
        with db.write() as connection:
            waiting = pool.submit(second)
            run(connection, "INSERT INTO word VALUES ('1')")
            order.append("first")
        waiting.result(timeout=60)

    assert order == ["first", "second"]
    assert [row[0] for row in db.rows("SELECT text FROM word ORDER BY text")] == ["1", "2"]


def test_a_writer_that_waits_too_long_is_told_to_come_again(
    db: SqlDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(WRITER_SETTINGS, "busy_timeout", 1)
    with db.write(), pytest.raises(DatabaseBusy), db.write():
        pass

    with db.write() as connection:  # and nothing is held
        run(connection, "INSERT INTO word VALUES ('3')")


def test_who_comes_next_reads_with_the_connection_whose_pages_are_warm(db: SqlDatabase) -> None:
    """In rotation each of them keeps 2 MB of the same pages: 50 MB of HQ's memory."""
    with db.read(), db.read(), db.read():
        pass
    used = set()
    for _ in range(5):
        with db.read() as connection:
            used.add(id(connection.connection.dbapi_connection))

    assert len(used) == 1


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
@pytest.mark.parametrize("rows", [1, 2])
def test_a_statement_that_failed_is_told_without_its_values(
    request: pytest.FixtureRequest, tmp_path: Path, engine: str, rows: int
) -> None:
    """SC-37. Errors go into the log, and the hash of a password is among the values of some statements."""
    sqlite = engine == "sqlite"
    database = SqlDatabase(
        f"sqlite:///{tmp_path / 'a.db'}" if sqlite else request.getfixturevalue("postgres_database")
    )

    with pytest.raises(DriverError) as failed, database.write() as connection:
        run_many(connection, "INSERT INTO nowhere VALUES (:hash)", [{"hash": "$argon2id$v=19$"}] * rows)
    database.close()

    assert "nowhere" in str(failed.value) and "INSERT INTO" in str(failed.value)
    assert "argon2id" not in str(failed.value)


HASH = "$argon2id$v=19$"
REFUSED = {
    "a whole row": ("CREATE TABLE secret (digest TEXT, other TEXT NOT NULL)", [(HASH, None)] * 2),
    "a key": ("CREATE TABLE secret (digest TEXT PRIMARY KEY, other TEXT)", [(HASH, "x")] * 2),
    "a value": ("CREATE TABLE secret (digest BIGINT, other TEXT)", [(HASH, "x")] * 2),
}


@pytest.mark.postgres
@pytest.mark.parametrize("copied", [True, False], ids=["COPY", "INSERT"])
@pytest.mark.parametrize("quoted", REFUSED)
def test_what_the_server_quotes_of_a_refused_row_is_not_told_either(
    postgres_database: str, quoted: str, copied: bool
) -> None:
    """SC-37. PostgreSQL adds the failing row, the key or the line to its message."""
    database, (schema, rows) = SqlDatabase(postgres_database), REFUSED[quoted]
    with database.write() as connection:
        run(connection, schema)

    with pytest.raises(DriverError) as failed, database.write() as connection:
        if copied:
            insert(connection, "secret", "digest, other", rows)
        else:
            for digest, other in rows:
                run(
                    connection,
                    "INSERT INTO secret VALUES (:digest, :other)",
                    {"digest": digest, "other": other},
                )
    database.close()

    told = "".join(traceback.format_exception(failed.value))
    assert type(failed.value.orig).__name__ in told and "secret" in told
    assert "argon2id" not in told
