"""The peer on PostgreSQL: its own logical replication, from one database of a server to another.

Publisher and subscriber are two databases of one server, because no second one is needed: the slot is made first, as
its manual says. The subscriber's commits do not wait for the disk (PostgreSQL's default for a subscription); it tells
the publisher only what is there.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

import psycopg
import sqlalchemy as sa

from proof import postgres
from proof.skipped import Skipped

PATIENCE_SECONDS = 120.0
LOOK_SECONDS = 0.002
NAME = f"lianpu_bench_{os.getpid()}"
"""Of publication, subscription and slot; those two are the whole server's, which others may use at the same time."""
DONE = "bench_done"
Sales = Sequence[Mapping[str, Sequence[tuple[Any, ...]]]]
"""One transaction each: per table its rows."""


def connect(url: str) -> psycopg.Connection[tuple[Any, ...]]:
    """The driver's own connection, a transaction a statement."""
    return psycopg.connect(dsn(url), autocommit=True)


def dsn(url: str) -> str:
    """A URL of SQLAlchemy as libpq reads it."""
    return sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


class Replication:
    """Two databases with the same tables (name → definition of columns); `carry` and `begin_anew` are measured."""

    def __init__(self, address: str, tables: Mapping[str, str]) -> None:
        self._stack = ExitStack()
        self._from = self._stack.enter_context(postgres.database(address, durable=True))
        self._to = self._stack.enter_context(postgres.database(address, durable=True))
        self.publisher = self._stack.enter_context(connect(self._from))
        self.subscriber = self._stack.enter_context(connect(self._to))
        if self._one(self.publisher, "SHOW wal_level") != "logical":
            self._stack.close()
            raise Skipped(
                f"the server of {postgres.VARIABLE} does not replicate: its wal_level is not logical"
            )
        self.tables = {**tables, DONE: "n bigint PRIMARY KEY"}
        for side in (self.publisher, self.subscriber):
            for name, columns in self.tables.items():
                side.execute(f"CREATE TABLE {name} ({columns})")
        self.publisher.execute(f"CREATE PUBLICATION {NAME} FOR TABLE {', '.join(self.tables)}")
        self._rounds = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        with self._stack:
            self._unsubscribe()

    def write(self, sales: Sales) -> None:
        """A transaction a sale at the publisher, and a mark behind the last."""
        self._rounds += 1
        self.publisher.execute("SET synchronous_commit TO off")  # a till's own commit is not measured here
        with self.publisher.cursor() as cursor:
            for sale in sales:
                with self.publisher.transaction(), self.publisher.pipeline():
                    for name, rows in sale.items():
                        if rows:
                            marks = ", ".join(["%s"] * len(rows[0]))
                            cursor.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)
        self.publisher.execute("SET synchronous_commit TO on")
        self.publisher.execute(f"INSERT INTO {DONE} VALUES (%s)", (self._rounds,))

    def subscribe(self) -> None:
        """From now on what is written waits in a slot, until `carry`."""
        self._subscribe("copy_data = false, enabled = false")

    def carry(self) -> float:
        """Seconds until everything that waits is in the subscriber's tables."""
        began = time.perf_counter()
        self.subscriber.execute(f"ALTER SUBSCRIPTION {NAME} ENABLE")
        self._wait(f"SELECT count(*) FROM {DONE} WHERE n = {self._rounds}", 1)
        took = time.perf_counter() - began
        self.subscriber.execute(f"ALTER SUBSCRIPTION {NAME} DISABLE")
        return took

    def begin_anew(self) -> float:
        """Seconds of a first copy of all tables into an empty subscriber."""
        self._unsubscribe()
        self.subscriber.execute(f"TRUNCATE {', '.join(self.tables)}")
        began = time.perf_counter()
        self._subscribe("copy_data = true")
        self._wait(
            "SELECT count(*) FROM pg_subscription_rel WHERE srsubstate IN ('r', 's')", len(self.tables)
        )
        return time.perf_counter() - began

    def count(self, table: str) -> int:
        """Rows of a table at the subscriber."""
        return int(self._one(self.subscriber, f"SELECT count(*) FROM {table}"))

    def _subscribe(self, options: str) -> None:
        self.publisher.execute("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", (NAME,))
        self.subscriber.execute(
            f"CREATE SUBSCRIPTION {NAME} CONNECTION '{dsn(self._from)}' PUBLICATION {NAME}"
            f" WITH (create_slot = false, slot_name = '{NAME}', {options})"
        )

    def _unsubscribe(self) -> None:
        if not self._one(self.subscriber, f"SELECT count(*) FROM pg_subscription WHERE subname = '{NAME}'"):
            return
        self.subscriber.execute(f"ALTER SUBSCRIPTION {NAME} DISABLE")
        self.subscriber.execute(f"ALTER SUBSCRIPTION {NAME} SET (slot_name = NONE)")
        self.subscriber.execute(f"DROP SUBSCRIPTION {NAME}")
        self._wait(f"SELECT count(*) FROM pg_replication_slots WHERE slot_name = '{NAME}' AND active", 0)
        self.publisher.execute("SELECT pg_drop_replication_slot(%s)", (NAME,))

    def _wait(self, question: str, wanted: int) -> None:
        until = time.perf_counter() + PATIENCE_SECONDS
        while self._one(self.subscriber, question) != wanted:
            if time.perf_counter() > until:
                raise RuntimeError(
                    f"PostgreSQL did not replicate within {PATIENCE_SECONDS:.0f} s: {question}"
                )
            time.sleep(LOOK_SECONDS)

    @staticmethod
    def _one(side: psycopg.Connection[tuple[Any, ...]], question: str) -> Any:
        row = side.execute(question).fetchone()
        assert row is not None
        return row[0]
