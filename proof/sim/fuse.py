"""A power cut between any two statements: a fuse that burns one step with each statement of a database.

For a store it stands in place of the writing connection, for HQ it listens to the engine. What was rolled back is
as if it had never run, which `lianpu-sim crash` proves of the real files.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from kit.db import Connection, Database
from kit.sql import SqlDatabase
from proof.sim.stage import PowerCut


class Fuse:
    """A writing connection that ends its process at its n-th statement, before or after running it."""

    def __init__(self, connection: Connection, statements: int, *, after: bool) -> None:
        self._connection = connection
        self._left = statements
        self._after = after

    def execute(self, sql: str, *args: Any) -> Any:
        """Run a statement, or end."""
        if sql == "ROLLBACK" or sql.startswith("PRAGMA"):
            return self._connection.execute(sql)
        last = self._burn()
        done = self._connection.execute(sql, *args)
        if last:
            raise PowerCut
        return done

    def executemany(self, sql: str, rows: Any) -> Any:
        """Run a statement for many rows, or end."""
        last = self._burn()
        done = self._connection.executemany(sql, rows)
        if last:
            raise PowerCut
        return done

    def _burn(self) -> bool:
        """One step; true when the process ends after this statement, `PowerCut` when it ends before it."""
        self._left -= 1
        if self._left > 0:
            return False
        if not self._after:
            raise PowerCut
        return True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def burn(database: Database, statements: int, *, after: bool) -> None:
    """Light a fuse on a store's database; it goes out when the database is opened again."""
    database.writer = Fuse(database.writer, statements, after=after)  # type: ignore[assignment]


def burn_hq(database: SqlDatabase, statements: int, working: Callable[[], bool]) -> None:
    """Light a fuse on HQ's database; it goes out when the engine is disposed of.

    `working` tells HQ's own statements from those of the simulation that looks at it.
    """
    left = [statements]

    def step(*_: Any) -> None:
        if working():
            left[0] -= 1
            if left[0] == 0:
                raise PowerCut

    sa.event.listen(database.engine, "before_cursor_execute", step)
    if (
        not database.is_sqlite
    ):  # whose BEGIN is a statement like any other: one seed, one place on both engines
        sa.event.listen(database.engine, "begin", step)
