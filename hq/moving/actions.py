"""The move: the schema with its mark, each table in one transaction with its proof, all tables once more, the marks.

It may be killed anywhere and run again: a table that is there and equal is left, every other one is filled anew.
HQ must be stopped; the lock of its file is held all the time, so that nothing changes meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from hq import config as configuration
from hq import months
from hq.headquarters import DATABASE, KEY, check_schema, check_there
from hq.moving import marks, tables
from hq.moving.tables import Sum
from kit import beside
from kit.clock import SystemClock
from kit.crypto import SigningKey, fingerprint
from kit.sql import SqlDatabase, migrate, newest_version, schema_version
from kit.turns import Turn
from retail.clock import Clock
from retail.errors import Misconfigured

Told = Callable[[str], None]


def move(home: Path, url: str, told: Told, clock: Clock | None = None) -> dict[str, Sum]:
    """Copy the headquarters in `home` to the PostgreSQL database at `url`; returns every table's rows and hash.

    Raises `Misconfigured` when HQ runs, is not on SQLite or was moved before, when its schema is not this program's,
    when the target cannot be reached, holds anything else or has gone on since a move, when PostgreSQL goes away or
    does not take a row, or when a table does not come out equal.
    """
    check_there(home)
    if configuration.load(home).database or beside.read(home / marks.FILE, {}):
        raise Misconfigured([f"the headquarters in {home} is not on SQLite any more"])
    with closing(SqlDatabase(f"sqlite:///{home / DATABASE}")) as source, closing(SqlDatabase(url)) as target:
        return _move(home, source, target, told, clock or SystemClock())


def _move(home: Path, source: SqlDatabase, target: SqlDatabase, told: Told, clock: Clock) -> dict[str, Sum]:
    if target.is_sqlite:
        raise Misconfigured(["the target must be PostgreSQL: postgresql+psycopg://user@host/name"])
    target.reach()
    check_schema(source)
    if schema_version(source) != newest_version():
        raise Misconfigured(["the database has an older schema than this program; start and stop HQ once"])
    with alone(target):
        sums = fill(home, source, target, told, clock)
        if sums is None:
            return _moved_before(home, source, target)
        _note(home, source, target)
    return sums


@contextmanager
def alone(target: SqlDatabase) -> Iterator[None]:
    """Nobody else fills the target meanwhile."""
    turn = Turn(target, "move-database")
    if not turn.take(wait=False):
        raise Misconfigured(["another lianpu-hq move-database or restore is at work on the target"])
    try:
        yield
    finally:
        turn.release()


def fill(
    home: Path, source: SqlDatabase, target: SqlDatabase, told: Told, clock: Clock
) -> dict[str, Sum] | None:
    """Every table of a file into an empty PostgreSQL database; None when this headquarters lives there already."""
    identity = fingerprint(SigningKey.load_or_create(home / KEY).public)
    if _prepare(target, identity) == marks.MOVED:
        return None
    months.extend(target, clock.now_ms(), source.value("SELECT MIN(recv_at) FROM body"))
    sums = {table: _table(source, target, table, told) for table in source.tables()}
    with target.write() as connection:
        marks.write(connection, f"{marks.MOVED}{identity}")
    return sums


def _moved_before(home: Path, source: SqlDatabase, target: SqlDatabase) -> dict[str, Sum]:
    """The end was reached, only the note beside the old file is missing; unless one of the two has gone on."""
    sums = {table: tables.sum_of(tables.of_sqlite(source, table, tables.columns(source, table)))
            for table in source.tables()}  # fmt: skip
    with tables.transaction(target) as connection:
        for table, wanted in sums.items():
            if (
                tables.sum_of(tables.of_postgresql(connection, table, tables.columns(source, table)))
                != wanted
            ):
                raise Misconfigured(
                    [
                        f"the target is this headquarters already, and one of the two has gone on since ({table}"
                        " differs); nothing was changed. If PostgreSQL is in use, set `database` in hq.toml to it;"
                        " if this file is, empty the target and move again"
                    ]
                )
    _note(home, source, target)
    return sums


def _note(home: Path, source: SqlDatabase, target: SqlDatabase) -> None:
    """Say beside the old database where the headquarters is now."""
    beside.write(home / marks.FILE, {"from": str(source.url.database), "to": target.place})


def _prepare(target: SqlDatabase, identity: str) -> str:
    """An empty database gets schema and mark at once; any other must carry the mark of this very headquarters.

    Answers how far it is, `marks.MOVING` or `marks.MOVED`: one that was moved lives on and is never filled again.
    """
    with target.read() as connection:
        mark = marks.read(connection)
    if mark == f"{marks.MOVED}{identity}":
        return marks.MOVED
    if mark == f"{marks.MOVING}{identity}":
        if schema_version(target) != newest_version():
            raise Misconfigured(
                ["the target was begun by another version of Lianpu; empty it and begin again"]
            )
        return marks.MOVING
    if mark or target.tables():
        raise Misconfigured(
            ["the target is not empty and holds no part of this headquarters; nothing was changed"]
        )
    migrate(target, lambda connection: marks.write(connection, f"{marks.MOVING}{identity}"))
    return marks.MOVING


def _table(source: SqlDatabase, target: SqlDatabase, table: str, told: Told) -> Sum:
    names = tables.columns(source, table)
    wanted = tables.sum_of(tables.of_sqlite(source, table, names))
    with tables.transaction(target) as connection:
        if tables.sum_of(tables.of_postgresql(connection, table, names)) != wanted:
            told(f"{table}: copying {wanted.rows} rows")
            _copy(source, connection, table, names)
            if tables.sum_of(tables.of_postgresql(connection, table, names)) != wanted:
                raise Misconfigured([f"{table} does not come out equal; nothing of it was kept"])
    told(f"{table}: {wanted.rows} rows, {wanted.hash[:16]}, equal")
    return wanted


def _copy(source: SqlDatabase, connection: Any, table: str, names: list[str]) -> None:
    try:
        tables.fill(connection, table, names, tables.of_sqlite(source, table, names))
    except tables.RowRefused as refused:
        key = tables.key_of(source, table, names, refused.nth)
        raise Misconfigured(
            [
                f"PostgreSQL does not take the row of {table} with {key}: {refused}; nothing of {table} was kept."
                " Mend that row on SQLite first, as docs/postgresql.md says"
            ]
        ) from refused
