"""HQ's database through SQLAlchemy Core: SQLite in one process by default, PostgreSQL by a URL.

Two handles on one engine: `write` begins IMMEDIATE on SQLite (READ COMMITTED on PostgreSQL), `read` begins plain.
Without the second every read would take the write lock. SQL stays portable text with named parameters.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects.postgresql.psycopg import dialect as psycopg_dialect
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect

from kit import db as sqlite
from retail.errors import DatabaseBusy, Misconfigured

Row = sa.Row[*tuple[Any, ...]]
Connection = sa.Connection
IntegrityError = sa.exc.IntegrityError
OperationalError = sa.exc.OperationalError
DriverError = sa.exc.DBAPIError
"""Whatever the driver of either engine raises."""

SQLITE_ARGUMENTS = {"check_same_thread": False, "cached_statements": sqlite.STATEMENTS_KEPT}
_DIALECTS: dict[str, sa.Dialect] = {
    "sqlite": sqlite_dialect(paramstyle="named"),
    "postgresql": psycopg_dialect(),  # type: ignore[no-untyped-call]  # SQLAlchemy has no types there
}
POSTGRESQL = "postgresql+psycopg"
SQLITE_DRIVERS = ("sqlite", "sqlite+pysqlite")
WHERE = ("host", "port")  # of an address's options those that may be shown
NO_ADDRESS = (
    "`database` is no address of a database: postgresql+psycopg://user:password@host/name, where an @ in the password"
    " is written %40, or sqlite:///path"
)
WORDS_MAX = 500
MIGRATING = 0x6C69616E7075  # the lock under which the schema changes
# PostgreSQL's states after which the same transaction may succeed: serialisation failure, deadlock, lock not to be
# had, too many connections; the server is shutting down, has crashed, is starting.
PASSES = frozenset({"40001", "40P01", "55P03", "53300", "57P01", "57P02", "57P03"})
ABOUT_A_VALUE = "22"
_TABLES_SQLITE = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
_TABLES_POSTGRESQL = (
    "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
    " AND relnamespace = current_schema()::regnamespace"
)
VERSIONS = Path(__file__).resolve().parent.parent / "schemas" / "sql" / "hq"


class SqlDatabase:
    """One HQ database. `url` is `sqlite:///path`, `sqlite://` (memory) or `postgresql+psycopg://…`.

    A statement's error names it without its values: errors go into the log, and some values are hashes of passwords.
    """

    def __init__(self, url: str) -> None:
        self.url = parsed(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.in_memory = self.is_sqlite and self.url.database in (None, "", ":memory:")
        self._file_lock: int | None = None
        self._turn = threading.Lock()
        if self.is_sqlite:
            sqlite.check_engine()
            if not self.in_memory:
                self._file_lock = sqlite.take_file_lock(f"{self.url.database}.lock")
            self.engine = self._sqlite_engine()
        else:
            self.engine = sa.create_engine(
                self.url, hide_parameters=True, pool_pre_ping=True, pool_size=10, max_overflow=20
            )
            sa.event.listen(self.engine, "do_executemany", _copied)
            sa.event.listen(self.engine, "handle_error", _unquoted)

    @property
    def address(self) -> str:
        """The URL with its password: what opens this database again. Never for a log or a page."""
        return self.url.render_as_string(hide_password=False)

    @property
    def place(self) -> str:
        """Where this database is, for a page, a file or a refusal: no password, and of its options only the server."""
        shown = {name: value for name, value in self.url.query.items() if name in WHERE}
        return self.url.set(query=shown).render_as_string(hide_password=True)

    def reach(self) -> None:
        """Ask the server once, before work is begun; nothing on SQLite.

        Raises `Misconfigured` with the server's or the driver's own words when nobody answers there, or the server
        refuses this user or has no such database. Later on the same is `DatabaseBusy`: it was there once.
        """
        if self.is_sqlite:
            return
        try:
            self.engine.connect().close()
        except DriverError as error:
            words = " ".join(str(error.orig).split())[:WORDS_MAX]
            raise Misconfigured([f"the database {self.place} cannot be used: {words}"]) from error

    def tables(self) -> list[str]:
        """The program's tables by name, without Alembic's own and without the partitions of one."""
        names = self.rows(_TABLES_SQLITE if self.is_sqlite else _TABLES_POSTGRESQL)
        return sorted(row[0] for row in names if row[0] != "alembic_version")

    def _sqlite_engine(self) -> sa.Engine:
        options: dict[str, Any] = {"module": sqlite.dbapi, "connect_args": SQLITE_ARGUMENTS}
        if self.in_memory:
            options["poolclass"] = sa.pool.StaticPool
        else:
            options |= {"pool_size": 24, "max_overflow": 24, "pool_use_lifo": True}  # the one with warm pages
        engine = sa.create_engine(self.url, hide_parameters=True, **options)

        @sa.event.listens_for(engine, "connect")
        def on_connect(connection: Any, _record: Any) -> None:
            connection.isolation_level = None  # BEGIN is ours, not the driver's
            sqlite.apply_settings(connection, sqlite.WRITER_SETTINGS, str(self.url.database or ":memory:"))

        @sa.event.listens_for(engine, "begin")
        def on_begin(connection: sa.Connection) -> None:
            mode = connection.get_execution_options().get("begin", "BEGIN")
            connection.exec_driver_sql(mode)

        return engine

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Connection]:
        """One write transaction: commits at the end, rolls back on any error.

        Without `durable` it is whole or not there after a power cut, but may be not there: for what is told again
        anyway, as it spares the disk a sync. A durable one that comes later brings it to the disk with itself.

        Raises `DatabaseBusy` when it would do as well a moment later: another writer on SQLite; on PostgreSQL also a
        deadlock, a serialisation failure, or a server that went away. Nothing of it is kept then: do it again whole.
        """
        options = {"begin": "BEGIN IMMEDIATE"}
        with (
            self._in_turn(),
            _or_busy(),
            self.engine.connect().execution_options(**options) as connection,
            self._synced(connection, durable),
        ):
            try:
                transaction = connection.begin()
            except OperationalError as error:
                raise DatabaseBusy("db.busy") from error
            with transaction:
                if not durable and not self.is_sqlite:
                    _raw(connection).execute("SET LOCAL synchronous_commit TO off")
                yield connection

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Threads wait for the one writer of a file here: SQLite lets a waiting one try again after up to 100 ms."""
        if not self.is_sqlite or self.in_memory:
            yield
            return
        if not self._turn.acquire(timeout=sqlite.WRITER_SETTINGS["busy_timeout"] / 1000):
            raise DatabaseBusy("db.busy")
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def _synced(self, connection: Connection, durable: bool) -> Iterator[None]:
        """SQLite settles outside of a transaction whether a commit waits for the disk, for the whole connection."""
        if durable or not self.is_sqlite:
            yield
            return
        raw = _raw(connection)
        raw.execute("PRAGMA synchronous = NORMAL")
        try:
            yield
        finally:
            if not connection.invalidated:  # what ends a process closes the connection: nothing may hide it
                raw.execute("PRAGMA synchronous = FULL")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One snapshot for reading; raises `DatabaseBusy` when the server went away."""
        with _or_busy(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Every statement sees what the first one saw; on PostgreSQL `read` sees what is committed meanwhile."""
        options = (
            {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        )
        with _or_busy(), self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    def rows(self, sql: str, params: Mapping[str, Any] | None = None) -> list[Row]:
        """All rows of one read."""
        with self.read() as connection:
            return list(run(connection, sql, params))

    def row(self, sql: str, params: Mapping[str, Any] | None = None) -> Row | None:
        """The first row of one read, or None."""
        with self.read() as connection:
            return run(connection, sql, params).first()

    def value(self, sql: str, params: Mapping[str, Any] | None = None, default: Any = None) -> Any:
        """The first column of the first row, or `default`."""
        row = self.row(sql, params)
        return default if row is None else row[0]

    def close(self) -> None:
        """Close the pool and give the file lock back."""
        self.engine.dispose()
        if self._file_lock is not None:
            sqlite.release_file_lock(self._file_lock)
            self._file_lock = None


def parsed(url: str) -> sa.URL:
    """The address of a database; raises `Misconfigured`, which does not repeat it: there may be a password in it."""
    try:
        found = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        raise Misconfigured([NO_ADDRESS]) from None
    if found.drivername not in (POSTGRESQL, *SQLITE_DRIVERS) or "@" in (found.host or ""):
        raise Misconfigured([NO_ADDRESS])
    return found


def _raw(connection: Connection) -> Any:
    """The driver's own connection: what is said to it is no statement of the transaction's story."""
    return connection.connection.dbapi_connection


@contextmanager
def _or_busy() -> Iterator[None]:
    try:
        yield
    except sa.exc.DBAPIError as error:
        if _passes(error):
            raise DatabaseBusy("db.busy") from error
        raise


def _passes(error: sa.exc.DBAPIError) -> bool:
    """May the same transaction succeed a moment later? A driver that reached no server names no state."""
    state = getattr(error.orig, "sqlstate", "none of SQLite")
    nobody_answered = state is None and isinstance(error, OperationalError)
    return error.connection_invalidated or nobody_answered or state in PASSES


@lru_cache(maxsize=1024)
def _driver_sql(sql: str, backend: str) -> str:
    """The statement as the driver takes named parameters; a program has few texts and runs them for ever.

    SQLAlchemy would build its compiled statement, its types and the columns of its result anew for each call: twice
    the work of the call itself.
    """
    return str(sa.text(sql).compile(dialect=_DIALECTS[backend]))


def run(
    connection: Connection, sql: str, params: Mapping[str, Any] | None = None
) -> sa.CursorResult[*tuple[Any, ...]]:
    """One statement with named parameters inside a transaction."""
    return connection.exec_driver_sql(_driver_sql(sql, connection.dialect.name), params or {})


def run_many(connection: Connection, sql: str, params: list[dict[str, Any]]) -> None:
    """The same statement for many rows; nothing for none."""
    if params:
        connection.exec_driver_sql(_driver_sql(sql, connection.dialect.name), params)


def insert(connection: Connection, table: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
    """The hot path for rows that cannot be there yet: PostgreSQL takes many by COPY, which is five times as fast.

    `columns` are named with commas between; nothing for no rows.
    """
    if len(rows) > 1 and connection.dialect.name != "sqlite":
        connection.exec_driver_sql(f"COPY {table} ({columns}) FROM STDIN", rows)
        return
    marks = ", ".join("?" * (columns.count(",") + 1))
    bulk(connection, f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)


def _copied(cursor: Any, statement: str, rows: Any, _context: Any) -> bool:
    """What the engine does in place of a statement for many rows, if it is a COPY."""
    if not statement.startswith("COPY "):
        return False
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
    return True


def _unquoted(failed: sa.engine.ExceptionContext) -> None:
    """Of what the server says of a statement only what is no value: it adds the failing row, its key, its line.

    A message about a value itself (class 22) quotes it. What is said before a statement, as of a server that is not
    there, has no state and stays whole.
    """
    error, told = failed.original_exception, failed.sqlalchemy_exception
    state = getattr(error, "sqlstate", None)
    if state is None:
        return
    said = str(error)
    plain = said.partition("\n")[0]
    if state.startswith(ABOUT_A_VALUE):
        plain = plain.partition('"')[0]
    error.args = (plain,)
    if told is not None:
        told.args = (told.args[0].replace(said, plain), *told.args[1:])


def bulk(connection: Connection, sql: str, rows: list[tuple[Any, ...]]) -> int:
    """The hot path: one statement with positional `?`, many tuples, straight to the driver; nothing for none.

    Returns how many rows were written, -1 where the driver does not say.
    """
    if not rows:
        return 0
    if connection.dialect.name != "sqlite":
        sql = sql.replace("?", "%s")
    return connection.exec_driver_sql(sql, rows).rowcount


def migrate(database: SqlDatabase, then: Callable[[Connection], None] = lambda _connection: None) -> None:
    """Bring the schema to the newest Alembic version, inside the server, without a command line.

    `then` is done in the same transaction.
    """
    with database.write() as connection:
        if not database.is_sqlite:  # several machines may start at once
            run(connection, "SELECT pg_advisory_xact_lock(:key)", {"key": MIGRATING})
        if MigrationContext.configure(connection).get_current_revision() != newest_version():
            config = _alembic()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        then(connection)


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(VERSIONS))
    return config


def schema_version(database: SqlDatabase) -> str | None:
    """The Alembic version that the database is at."""
    with database.read() as connection:
        return MigrationContext.configure(connection).get_current_revision()


@cache
def newest_version() -> str | None:
    """The Alembic version that this code knows; the scripts are read once."""
    return ScriptDirectory.from_config(_alembic()).get_current_head()
