"""One SQLite file, opened the one way that keeps a sale: WAL, synchronous=FULL, one writer, STRICT tables.

Only this module knows the engine. `pysqlite3` carries a fixed SQLite (3.51.3 or newer: older ones have the
WAL-reset bug, FAULTS §1.2); its errors are not the standard library's, so callers catch the names exported here.
Every setting is read back after it is set; a database that cannot be opened as decided is refused by name.
"""

from __future__ import annotations

import fcntl
import logging
import os
import platform
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import sqlite_utils
from sqlite_utils.migrations import Migrations

from retail.errors import DatabaseBusy, Misconfigured, Unavailable

if TYPE_CHECKING:
    import sqlite3 as engine  # the types; pysqlite3 has the same names
else:
    try:
        import pysqlite3.dbapi2 as engine
    except ImportError:  # no wheel for this machine (ARM): the standard library's engine, checked below
        import sqlite3 as engine

log = logging.getLogger("lianpu.db")
dbapi = engine  # for SQLAlchemy, which takes the module

Connection = engine.Connection
Row = engine.Row
IntegrityError = engine.IntegrityError
OperationalError = engine.OperationalError
DatabaseError = engine.DatabaseError
GARBLED = (DatabaseError, UnicodeDecodeError)
"""How the engine says that it cannot read a damaged file; the last when its own words hold damaged bytes."""

ENGINE_VERSION = engine.sqlite_version
ENGINE_VERSION_MIN = (3, 51, 3)
Params = Mapping[str, Any] | Sequence[Any]
# Prepared statements are kept by how often they ran: in a small cache those of the migrations, which ran once, keep
# the last place for ever and all of the day's statements throw each other out of it.
STATEMENTS_KEPT = 1024
LOCK_SECONDS = 15.0  # how long one writer waits for the others of this process before it says so

WRITER_SETTINGS: dict[str, Any] = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "trusted_schema": 0,
    "mmap_size": 0,
    "cell_size_check": 1,
    "busy_timeout": 5000,
    "wal_autocheckpoint": 1000,
}
READER_SETTINGS: dict[str, Any] = {
    "query_only": 1,
    "trusted_schema": 0,
    "mmap_size": 0,
    "cell_size_check": 1,
    "busy_timeout": 5000,
    "cache_size": -256,  # KiB: every thread has readers of its own, and the system caches the file for all of them
}


class DatabaseReplaced(Unavailable):
    """The file under the path is not the file that is open: a COMMIT would succeed into nowhere."""


class DatabaseDamaged(Misconfigured):
    """A file is there and may be opened, and what it says cannot be read, or is nothing that was ever written."""


def check_engine(version: tuple[int, ...] = engine.sqlite_version_info, machine: str | None = None) -> None:
    """Refuse an engine with the WAL-reset bug; on a machine without a fixed wheel warn and go on."""
    if version >= ENGINE_VERSION_MIN:
        return
    text = ".".join(map(str, version))
    if (machine or platform.machine()).lower() in {"x86_64", "amd64"}:
        raise Misconfigured([f"SQLite {text} is too old; install pysqlite3 (SQLite 3.51.3 or newer)"])
    log.warning("db.engine_old version=%s: allowed here because one writer owns each database", text)


def apply_settings(connection: Connection, settings: Mapping[str, Any], path: str) -> None:
    """Set every pragma and read it back; `Misconfigured` lists those that did not take."""
    problems = []
    for name, wanted in settings.items():
        connection.execute(f"PRAGMA {name}={wanted}")
        row = connection.execute(f"PRAGMA {name}").fetchone()
        if row is None and name == "mmap_size":
            continue  # a memory database has no map to switch off
        seen = row[0] if row else None
        if name == "journal_mode" and path == ":memory:" and seen == "memory":
            continue
        if seen != wanted:
            problems.append(f"{path}: PRAGMA {name} is {seen!r}, must be {wanted!r}")
    if problems:
        connection.close()
        raise Misconfigured(problems)


class Database:
    """A writer with its lock, and read-only connections, one per thread.

    `path` may be ":memory:" (tests, simulation): then readers share the writer's connection under its lock.
    `left_open` says that whoever had it last did not close it: the log, which a close removes, was there.
    """

    def __init__(self, path: str | Path, *, lock: bool = True) -> None:
        check_engine()
        self.path = str(path)
        self.in_memory = self.path == ":memory:"
        self._write_lock = threading.RLock()
        self._readers = threading.local()
        self._readers_lock = threading.Lock()
        self._all_readers: list[tuple[threading.Thread, Connection]] = []
        self._lock_file = None if self.in_memory or not lock else take_file_lock(self.path + ".lock")
        self.left_open = not self.in_memory and os.path.exists(self.path + "-wal")
        try:
            self.writer = self._open_writer()
        except Misconfigured:
            self._release()
            raise
        self._identity = None if self.in_memory else self._identities()

    def _open_writer(self) -> Connection:
        try:
            connection = engine.connect(
                self.path, isolation_level=None, check_same_thread=False, cached_statements=STATEMENTS_KEPT
            )
        except engine.DatabaseError as error:
            raise Misconfigured([f"{self.path}: {error}"]) from error
        try:
            apply_settings(connection, WRITER_SETTINGS, self.path)
            connection.execute("BEGIN IMMEDIATE")  # opens the write-ahead log, whose identity is watched too
            connection.execute("COMMIT")
        except OperationalError as error:
            connection.close()
            raise Misconfigured([f"{self.path}: {error}"]) from error
        except GARBLED as error:
            connection.close()
            raise DatabaseDamaged([f"{self.path}: {error}"]) from error
        connection.row_factory = Row
        return connection

    # -- writing ---------------------------------------------------------------------------------------

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One immediate transaction; commits at the end, rolls back on any error.

        Raises `DatabaseBusy` when somebody else holds the lock too long, `DatabaseReplaced` when the file was
        swapped; other errors of the engine (full disk, failing disk) pass through by their own name.
        """
        if not self._write_lock.acquire(timeout=LOCK_SECONDS):
            raise DatabaseBusy("db.busy", path=self.path)
        try:
            self.check_identity()
            try:
                self.writer.execute("BEGIN IMMEDIATE")
            except OperationalError as error:
                if "locked" not in str(error) and "busy" not in str(error):
                    raise
                raise DatabaseBusy("db.busy", path=self.path) from error
            try:
                yield self.writer
                self.check_identity()
                self.writer.execute("COMMIT")
            except BaseException:
                if self.writer.in_transaction:
                    self.writer.execute("ROLLBACK")
                raise
            self.check_identity()
        finally:
            self._write_lock.release()

    def check_identity(self) -> None:
        """Compare inode and device of both paths with the open files (FAULTS §1.6, ES-14).

        A commit goes into the write-ahead log first, so a log that was deleted loses it like the database would.
        """
        if self._identity is not None and self._identities() != self._identity:
            raise DatabaseReplaced("db.replaced", path=self.path)

    def _identities(self) -> tuple[tuple[int, int], tuple[int, int]]:
        return _identity(self.path), _identity(self.path + "-wal")

    # -- reading ---------------------------------------------------------------------------------------

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent snapshot on a read-only connection of this thread."""
        if self.in_memory:
            with self._write_lock:
                yield self.writer
            return
        connection = self._reader()
        if connection.in_transaction:  # a query inside a query sees the same snapshot
            yield connection
            return
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("ROLLBACK")

    def rows(self, sql: str, params: Params = ()) -> list[Row]:
        """All rows of one statement, which is a snapshot by itself."""
        if self.in_memory:
            with self._write_lock:
                return list(self.writer.execute(sql, params))
        return list(self._reader().execute(sql, params))

    def row(self, sql: str, params: Params = ()) -> Row | None:
        """The first row of one statement, or None."""
        if self.in_memory:
            with self._write_lock:
                return _first(self.writer, sql, params)
        return _first(self._reader(), sql, params)

    def value(self, sql: str, params: Params = (), default: Any = None) -> Any:
        """The first column of the first row, or `default`."""
        row = self.row(sql, params)
        return default if row is None else row[0]

    def _reader(self) -> Connection:
        """This thread's read-only connection."""
        connection: Connection | None = getattr(self._readers, "connection", None)
        if connection is None:
            connection = self._open_reader()
            self._readers.connection = connection
        return connection

    def _open_reader(self) -> Connection:
        uri = f"file:{quote(self.path)}?mode=ro"
        connection = engine.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        apply_settings(connection, READER_SETTINGS, self.path)
        connection.row_factory = Row
        with self._readers_lock:
            self._forget_ended_readers()
            self._all_readers.append((threading.current_thread(), connection))
        return connection

    def _forget_ended_readers(self) -> None:
        kept = []
        for thread, connection in self._all_readers:
            if thread.is_alive():
                kept.append((thread, connection))
            else:
                connection.close()
        self._all_readers = kept

    def reader_count(self) -> int:
        """Open read-only connections: one per living thread that has read."""
        return len(self._all_readers)

    # -- care ------------------------------------------------------------------------------------------

    def utils(self) -> sqlite_utils.Database:
        """The same writer through sqlite-utils: migrations, bulk work, import and export."""
        return sqlite_utils.Database(self.writer)

    def checkpoint(self) -> None:
        """Move the write-ahead log into the database file; only the writer may."""
        with self._write_lock:
            self.writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def integrity_problems(self) -> list[str]:
        """What `PRAGMA integrity_check` finds; empty when sound."""
        found = [str(row[0]) for row in self.rows("PRAGMA integrity_check")]
        return [] if found == ["ok"] else found

    def close(self) -> None:
        """Close every connection and give the file lock back."""
        with self._readers_lock:
            for _, connection in self._all_readers:
                connection.close()
            self._all_readers.clear()
        self._readers = threading.local()
        self.writer.close()
        self._release()

    def _release(self) -> None:
        if self._lock_file is not None:
            release_file_lock(self._lock_file)
            self._lock_file = None


def _first(connection: Connection, sql: str, params: Params) -> Row | None:
    """The statement is over when this returns, so that it holds no snapshot back."""
    cursor = connection.execute(sql, params)
    row: Row | None = cursor.fetchone()
    cursor.close()
    return row


def migrate(database: Database, folder: Path, name: str) -> list[str]:
    """Apply the numbered `.sql` files of a folder that have not run yet, each in a transaction of its own.

    Returns the names applied. A file that fails leaves the database as it was before that file; a database that
    a newer version of Lianpu has migrated is refused.
    """
    migrations = Migrations(name)
    known = sorted(folder.glob("[0-9]*.sql"))
    for path in known:
        migrations(name=path.stem)(_runner(path))
    tables = database.utils()
    before = {applied.name for applied in migrations.applied(tables)}
    newer = sorted(before - {path.stem for path in known})
    if newer:
        raise Misconfigured([f"{database.path} belongs to a newer version of Lianpu: {', '.join(newer)}"])
    if len(before) == len(known):
        return []
    with database.write():  # the table and its index together: sqlite-utils would commit each by itself
        migrations.ensure_migrations_table(tables)
    migrations.apply(tables)
    return [applied.name for applied in migrations.applied(tables) if applied.name not in before]


def _runner(path: Path) -> Any:
    def run(tables: sqlite_utils.Database) -> None:
        for statement in split_statements(path.read_text(encoding="utf-8")):
            tables.conn.execute(statement)

    return run


def split_statements(sql: str) -> list[str]:
    """Cut a script into statements without leaving the transaction that `executescript` would commit."""
    statements, buffer = [], ""
    for part in re.split(r"(?<=;)", sql):
        buffer += part
        if ";" in part and engine.complete_statement(buffer):
            statements.append(buffer.strip())
            buffer = ""
    if not _only_comments(buffer):
        raise Misconfigured([f"unfinished SQL statement: {buffer.strip()[:80]}"])
    return statements


def _only_comments(sql: str) -> bool:
    return all(not line.strip() or line.strip().startswith("--") for line in sql.splitlines())


def schema_text(database: Database) -> str:
    """The schema as one readable file, in the order of names; compared with the committed snapshot by a test."""
    rows = database.rows(
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE '!_sqlite!_%' ESCAPE '!'"
        " AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY tbl_name, type DESC, name"
    )
    return "\n\n".join(row[0].strip() + ";" for row in rows) + "\n"


def _identity(path: str) -> tuple[int, int]:
    try:
        stat = os.stat(path)
    except FileNotFoundError:
        return (-1, -1)
    return (stat.st_dev, stat.st_ino)


def take_file_lock(path: str) -> int:
    """Own `path` for the life of this process, or be refused: one writing process per database."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Misconfigured([f"{path}: {error.strerror}"]) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise Misconfigured([f"{path[:-5]} is in use by another Lianpu process; stop it or use its commands"])
    return handle


def release_file_lock(handle: int) -> None:
    """Give a lock of `take_file_lock` back."""
    os.close(handle)


def engine_readonly_rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """Rows out of a database that another process owns; none while it or the table is not there yet."""
    try:
        connection = engine.connect(f"file:{quote(str(path))}?mode=ro", uri=True)
    except OperationalError:
        return []
    try:
        return [tuple(row) for row in connection.execute(sql)]
    except OperationalError:
        return []
    finally:
        connection.close()


def engine_readonly_value(path: Path, sql: str) -> int:
    """One number out of such a database; 0 while there is none."""
    rows = engine_readonly_rows(path, sql)
    return int(rows[0][0] or 0) if rows else 0


def engine_copy(source: Path, target: Path) -> None:
    """A consistent copy of a database that another process is writing: an image of the disk at one moment."""
    connection = engine.connect(f"file:{source}?mode=ro", uri=True, isolation_level=None)
    try:
        connection.execute("VACUUM INTO ?", (str(target),))
    finally:
        connection.close()


def engine_backup(source: Path, target: Path) -> None:
    """The pages of a database as of one moment, whatever is being written meanwhile.

    The backup call takes all pages in one step: it reads one snapshot of the write-ahead log, and writers go on.
    """
    origin = engine.connect(f"file:{quote(str(source))}?mode=ro", uri=True)
    copy = engine.connect(str(target))
    try:
        origin.backup(copy)
    finally:
        copy.close()
        origin.close()


@contextmanager
def engine_image(path: Path) -> Iterator[Connection]:
    """A database file that nobody writes, opened without leaving a trace beside it."""
    connection = engine.connect(
        f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True, isolation_level=None
    )
    try:
        connection.row_factory = Row
        connection.execute("PRAGMA trusted_schema=0")
        yield connection
    finally:
        connection.close()


@contextmanager
def engine_last_state(path: Path) -> Iterator[Connection]:
    """A database that nobody has open, with what still stands in its write-ahead log, read-only."""
    connection = engine.connect(f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None)
    try:
        connection.row_factory = Row
        yield connection
    finally:
        connection.close()
