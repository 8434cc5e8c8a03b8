"""What stories on PostgreSQL wait for."""

from __future__ import annotations

import threading

from kit.sql import SqlDatabase

ENOUGH_SECONDS = 60
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def until_somebody_waits(database: SqlDatabase) -> None:
    """Until one session of the database waits for a lock; the server says so itself."""
    enough = threading.Event()
    timer = threading.Timer(ENOUGH_SECONDS, enough.set)
    timer.start()
    try:
        while not database.value(WAITING):
            assert not enough.is_set(), "nobody waits"
    finally:
        timer.cancel()
