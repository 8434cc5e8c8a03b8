"""Backups are made with one key: which one, the database remembers, so that no other takes its place unnoticed.

A bit that rots in the key's file, or another key that somebody puts there, would make backups that prove themselves and
that the words in the safe do not open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hq.backups import keys, queries, repository
from retail.errors import Conflict

if TYPE_CHECKING:
    from hq.running import Running


def the_key(hq: Running) -> bytes:
    """The key for the next backup; the first one draws it. `NotNow` or `Conflict` when the one it was is gone."""
    proven, bound = queries.proven(hq.db), queries.key_id(hq.db)
    key = keys.load_or_create(hq.home, proven=proven)
    own = keys.id_of(key)
    if proven and bound and own != bound:
        raise Conflict("backups.key_changed", path=str(hq.home / keys.FILE))
    if own != bound:
        with hq.db.write() as connection:
            repository.bind_key(connection, own)
    return key
