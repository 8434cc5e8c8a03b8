"""The running headquarters as its slices know it: the database, clock, key, epoch and texts that they share.

`hq.headquarters` opens one with every slice's builders; nothing here knows a slice. `change(ctx)` is the only
door to a write of the back office.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from hq.change import Change, Publisher, change
from hq.config import HqConfig
from hq.slice import Builder
from kit.context import Context
from kit.crypto import SigningKey
from kit.i18n import Catalogue
from kit.sql import Connection, SqlDatabase
from retail.clock import Clock
from schemas import wire


@dataclass
class Running:
    """`epoch` is HQ's incarnation: it changes only when a restored HQ must make the stores send again.

    `protocols` are the versions of the sync protocol that this program speaks; `proven` the files of snapshots that
    this process has read and found whole.
    """

    home: Path
    config: HqConfig
    db: SqlDatabase
    clock: Clock
    key: SigningKey
    epoch: str
    texts: Catalogue
    builders: dict[str, Builder]
    publisher: Publisher
    protocols: tuple[int, ...] = wire.PROTOCOLS
    proven: set[Path] = field(default_factory=set)

    def change(self, ctx: Context) -> AbstractContextManager[Change]:
        """One write transaction with audit and publication."""
        return change(ctx, self.publisher, self.build)

    def build(self, connection: Connection, scope: str, kind: str, key: str) -> bytes | None:
        """The bytes of a reference row as of this transaction, or None when it is gone."""
        return self.builders[kind](connection, scope, key)

    def close(self) -> None:
        """Close the database and give its lock back."""
        self.db.close()
