"""Who takes entries and who settles parked ones: on PostgreSQL their transactions would run side by side.

An entry waits because an earlier one of its document is open; whoever settles that one lets the waiting go on. Each
reads what the other has not committed yet, and an entry would wait for ever behind one that is settled. So those who
take entries share a lock and who settles has it alone, from before the first look until the transaction ends. It comes
before any other lock of the transaction. SQLite has one writer anyway.
"""

from __future__ import annotations

from kit.sql import Connection, run

LOCK = 0x7061726B6564


def taking(connection: Connection) -> None:
    """This transaction takes entries and may park some; it waits for who settles."""
    if connection.dialect.name != "sqlite":
        run(connection, "SELECT pg_advisory_xact_lock_shared(:key)", {"key": LOCK})


def settling(connection: Connection) -> None:
    """This transaction settles, retries or lets go on; it waits for all who take entries."""
    if connection.dialect.name != "sqlite":
        run(connection, "SELECT pg_advisory_xact_lock(:key)", {"key": LOCK})
