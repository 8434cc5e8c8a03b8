"""A copy of the database as of one moment, as a SQLite file: what a backup is made of, whatever HQ runs on.

On PostgreSQL every table is read in one snapshot and written into a new file with the same schema, a few thousand rows
in memory; then the file is read again, and each table must have as many rows and the same hash. So one format serves
both: the drill proves the same file, and a backup of either engine can be restored into the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from hq.moving import tables
from kit.db import DatabaseError, engine_backup
from kit.sql import Connection, DriverError, SqlDatabase, insert, migrate, run
from retail.errors import Unavailable


def copy(db: SqlDatabase, target: Path) -> None:
    """Raises `Unavailable` when it cannot be read or written: a full disk, a failing one, a server that went away."""
    try:
        if db.is_sqlite:
            engine_backup(Path(str(db.url.database)), target)
        else:
            _of_postgresql(db, target)
    except (DatabaseError, DriverError) as error:
        raise Unavailable("backups.not_copied", why=str(error)[:200]) from error


def _of_postgresql(db: SqlDatabase, target: Path) -> None:
    names, made = db.tables(), SqlDatabase(f"sqlite:///{target}")
    try:
        migrate(made)
        with db.snapshot() as source:
            for table in names:
                _table(source, made, table)
    finally:
        made.close()
    if target.with_name(f"{target.name}-wal").exists():
        raise Unavailable("backups.not_copied", why="why.not_closed")


def _table(source: Connection, made: SqlDatabase, table: str) -> None:
    columns, told = tables.columns(made, table), tables.NOTHING
    with made.write() as connection:
        run(connection, f"DELETE FROM {table}")  # what the migrations put there
        rows = _rows(source, table, columns)
        while part := list(islice(rows, tables.ROWS_AT_ONCE)):
            told += tables.sum_of(iter(part))
            insert(connection, table, tables.listed(columns), part)
    if tables.sum_of(tables.of_sqlite(made, table, columns)) != told:
        raise Unavailable("backups.not_copied", why=f"why.not_equal {table}")


def _rows(source: Connection, table: str, columns: list[str]) -> Iterator[tables.Values]:
    options = {"stream_results": True, "yield_per": tables.ROWS_AT_ONCE}
    sql = f"SELECT {tables.listed(columns)} FROM {table}"
    for row in source.exec_driver_sql(sql, execution_options=options):
        yield tuple(row)
