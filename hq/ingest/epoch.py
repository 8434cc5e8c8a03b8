"""HQ's epoch: it changes once when HQ finds that it has lost what it had acknowledged (SYNC §4, I3).

The text is a counter and 64 random bits; only equality decides. Each epoch is also the incarnation of HQ's own log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hq.ingest.alarms import alarm
from kit.crypto import random_bytes
from kit.sql import Connection, run

if TYPE_CHECKING:
    from hq.running import Running


def current(connection: Connection) -> str:
    """The epoch in force, as of this transaction."""
    return str(run(connection, "SELECT value FROM hq_meta WHERE name = 'epoch'").scalar_one())


def raised(hq: Running, connection: Connection, *, why: str, subject: str) -> str:
    """Begin the next epoch in this transaction; every node sends again what HQ lacks."""
    number = int(current(connection).split("-")[0]) + 1
    epoch = f"{number:08d}-{random_bytes(8).hex()}"
    run(connection, "UPDATE hq_meta SET value = :epoch WHERE name = 'epoch'", {"epoch": epoch})
    alarm(
        connection, store="", code="hq.epoch_raised", subject=epoch, now_ms=hq.clock.now_ms(),
        facts={"why": why, "subject": subject},
    )  # fmt: skip
    hq.epoch = epoch
    return epoch
