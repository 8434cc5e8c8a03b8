"""What says that a move is under way or done: a comment in the new database, a file beside the old one.

The comment is written in the transaction that makes the tables and changed in the last one, so that a half-moved
database never passes for a headquarters. The file keeps the old database from being opened again by mistake.
"""

from __future__ import annotations

from pathlib import Path

from kit import beside
from kit.files import sync_folder
from kit.sql import Connection, SqlDatabase, run
from retail.errors import Misconfigured

FILE = "moved.json"
MOVING, MOVED = "lianpu moving ", "lianpu moved "
_READ = "SELECT obj_description(to_regclass('alembic_version'), 'pg_class')"


def read(connection: Connection) -> str:
    """The comment of a PostgreSQL database; empty when there is none."""
    return str(run(connection, _READ).scalar() or "")


def write(connection: Connection, mark: str) -> None:
    """Replace the comment; part of the transaction."""
    quoted = mark.replace("'", "''")
    connection.exec_driver_sql(f"COMMENT ON TABLE alembic_version IS '{quoted}'")


def check(home: Path, database: SqlDatabase) -> None:
    """Refuse a database that is half moved, and the SQLite one that a headquarters has moved away from."""
    if database.is_sqlite:
        moved = beside.read(home / FILE, {})
        if database.url.database and _is_from(moved, Path(database.url.database)):
            raise Misconfigured(
                [f"this headquarters was moved to {moved['to']}; set `database` in hq.toml to it"]
            )
        return
    with database.read() as connection:
        if read(connection).startswith(MOVING):
            raise Misconfigured(
                ["this database is half moved; run the same lianpu-hq move-database or restore again"]
            )


def end(home: Path, database: Path) -> None:
    """The headquarters lives in this file again, which a restore has replaced; that of another file stays."""
    if _is_from(beside.read(home / FILE, {}), database):
        (home / FILE).unlink()
        sync_folder(home)


def _is_from(moved: dict[str, str], database: Path) -> bool:
    return bool(moved) and Path(moved["from"]).resolve() == database.resolve()
