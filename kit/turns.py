"""Whose turn it is: one process of many that share a PostgreSQL database, by a lock that ends with its connection.

On SQLite one process owns the database, so that every turn is its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kit.sql import SqlDatabase
from retail.errors import DatabaseBusy

WAIT = "SELECT pg_advisory_lock(%s)::text IS NOT NULL"


class Turn:
    """The turn called `name` in one database; the server gives it to the next when this process dies."""

    def __init__(self, database: SqlDatabase, name: str) -> None:
        self._database = database
        self._key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        self._connection: Any = None

    @property
    def held(self) -> bool:
        """Is it ours, as far as we know? `confirm` asks the server."""
        return self._database.is_sqlite or self._connection is not None

    def take(self, *, wait: bool) -> bool:
        """Take the turn; false when another process has it and we do not wait for its end.

        Raises `DatabaseBusy` when no server answers, or it goes away while we wait.
        """
        if self.held:
            return True
        connection = self._connected()
        taken = False
        try:
            asked = WAIT if wait else "SELECT pg_try_advisory_lock(%s)"
            taken = _ask(connection, asked, self._key)
        except self._database.engine.dialect.loaded_dbapi.OperationalError as error:
            connection.invalidate(error)
            raise DatabaseBusy("db.busy") from error
        finally:
            if not taken:
                connection.close()
        self._connection = connection if taken else None
        return taken

    def _connected(self) -> Any:
        """A session of our own; what the driver says of a server that is away nobody else needs to know."""
        try:
            return self._database.engine.raw_connection()
        except self._database.engine.dialect.loaded_dbapi.OperationalError as error:
            raise DatabaseBusy("db.busy") from error

    def confirm(self) -> bool:
        """Is it still ours? False when the connection has ended, and the turn with it."""
        if self._database.is_sqlite or self._connection is None:
            return self.held
        try:
            return _ask(self._connection, "SELECT true")
        except self._database.engine.dialect.loaded_dbapi.Error:
            self.release()
            return False

    def release(self) -> None:
        """Let the next one have it; a connection that cannot say so any more has given it up by its end."""
        if self._connection is None:
            return
        connection, self._connection = self._connection, None
        try:
            _ask(connection, "SELECT pg_advisory_unlock(%s)", self._key)
        except self._database.engine.dialect.loaded_dbapi.Error:
            connection.invalidate()
        connection.close()


def _ask(connection: Any, sql: str, *values: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        answer = bool(cursor.fetchone()[0])
    connection.commit()  # the lock is the session's; no transaction stays open with it
    return answer


@contextmanager
def turn(database: SqlDatabase, name: str) -> Iterator[None]:
    """Do something while no other process does it; waits for its turn."""
    mine = Turn(database, name)
    mine.take(wait=True)
    try:
        yield
    finally:
        mine.release()
