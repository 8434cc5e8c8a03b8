"""HQ's epoch: it changes once when HQ finds that it has lost what it had acknowledged (SYNC §4, I3).

The text is a counter and 64 random bits; only equality decides. Each epoch is also the incarnation of HQ's own log.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hq.ingest.alarms import alarm
from kit import beside
from kit.crypto import random_bytes
from kit.sql import Connection, run

if TYPE_CHECKING:
    from hq.running import Running

FILE = "epoch.json"
AHEAD_MAX = 1000
"""So many epochs may be lost with a database, one for each restore. A store that names more was told none of them."""


def current(connection: Connection) -> str:
    """The epoch in force, as of this transaction."""
    return str(run(connection, "SELECT value FROM hq_meta WHERE name = 'epoch'").scalar_one())


def held(connection: Connection) -> str:
    """The epoch in force, which nobody else raises before this transaction ends; waits for who holds it."""
    run(connection, "UPDATE hq_meta SET value = value WHERE name = 'epoch'")
    return current(connection)


def raised(hq: Running, connection: Connection, *, why: str, subject: str) -> str:
    """Begin the next epoch in this transaction, which holds it; every node sends again what HQ lacks."""
    epoch = following(hq.home, current(connection))
    run(connection, "UPDATE hq_meta SET value = :epoch WHERE name = 'epoch'", {"epoch": epoch})
    alarm(
        connection, store="", code="hq.epoch_raised", subject=epoch, now_ms=hq.clock.now_ms(),
        facts={"why": why, "subject": subject},
    )  # fmt: skip
    hq.epoch = epoch
    return epoch


def settled(connection: Connection) -> str:
    """The newest epoch that is known to be on the disk; empty before the first greeting."""
    return str(run(connection, "SELECT value FROM hq_meta WHERE name = 'epoch_settled'").scalar() or "")


def settle(hq: Running) -> None:
    """The epoch that was committed is on the disk when this returns: a durable commit syncs the log that both are in.

    It has to write something: an update to the same value changes no page, and nothing would be synced.
    """
    with hq.db.write() as connection:
        run(
            connection,
            "INSERT INTO hq_meta (name, value) VALUES ('epoch_settled', :epoch)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            {"epoch": current(connection)},
        )


def following(home: Path, *known: str) -> str:
    """An epoch after all that are known here, in the file beside the database, or to any store that has spoken."""
    number = max(greatest(home), *(number_of(epoch) for epoch in known)) + 1
    beside.write(home / FILE, {"greatest": number})
    return f"{number:08d}-{random_bytes(8).hex()}"


def seen(hq: Running, connection: Connection, told: str, own: str) -> None:
    """A store has seen an epoch that this database does not know: it was restored past it. Remember its number."""
    number = number_of(told)
    if 0 < number - number_of(own) <= AHEAD_MAX and number > greatest(hq.home):
        held(connection)  # the file has one writer at a time
        beside.write(hq.home / FILE, {"greatest": max(number, greatest(hq.home))})


def greatest(home: Path) -> int:
    """The greatest number in the file."""
    return int(beside.read(home / FILE, {"greatest": 0})["greatest"])


def number_of(epoch: str) -> int:
    """The counter in front; 0 for a text that is no epoch."""
    digits = epoch.partition("-")[0]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 12 else 0
