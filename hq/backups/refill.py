"""`lianpu-hq restore FILE` of a headquarters on PostgreSQL: the proven backup fills an empty database.

The same proofs as on SQLite, then the copier of `move-database`: each table in a transaction of its own, with rows and
hash compared. A run that was broken off leaves a mark, with which the server refuses to start, and is run again.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hq.backups import promise
from hq.backups.replacing import Before
from hq.backups.restore import Restored, Wanted, in_words, ready
from hq.backups.work import workplace
from hq.headquarters import check_there
from hq.moving.actions import alone, fill
from kit.context import Context
from kit.sql import SqlDatabase
from retail.errors import Misconfigured


def refill(home: Path, url: str, wanted: Wanted, *, ctx: Context, told: Callable[[str], None]) -> Restored:
    """As `restore`; raises `Misconfigured` when the database holds anything or cannot be reached, or HQ has no key."""
    check_there(home)
    target, before = SqlDatabase(url), Before(accepted=promise.accepted(home))
    try:
        target.reach()
        with in_words(home), workplace(home) as work, alone(target):
            unpacked, done = ready(home, work, wanted, before, ctx)
            source = SqlDatabase(f"sqlite:///{unpacked}")
            try:
                filled = fill(home, source, target, told, ctx.clock)
            finally:
                source.close()
    finally:
        target.close()
    if filled is None:
        raise Misconfigured(["the database is in use by a headquarters; restore into an empty one"])
    with in_words(home):
        promise.accept(home, done.lacking)
    return done
