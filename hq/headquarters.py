"""The running headquarters: its home folder, configuration, database, key, epoch and texts.

A `Headquarters` owns one database. Opening it brings the schema up to date and refuses a schema that is newer
than the code; `change(ctx)` is the only door to a write of the back office.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from hq import config as configuration
from hq.change import Change, Publisher, change
from hq.config import HqConfig
from hq.console.repository import meta, set_meta
from hq.slice import Builder
from hq.slices import PUBLISHER, SLICES
from kit.clock import SystemClock
from kit.context import Context
from kit.crypto import SigningKey, random_bytes
from kit.i18n import Catalogue
from kit.sql import Connection, SqlDatabase, migrate, newest_version, schema_version
from retail.clock import Clock
from retail.errors import Misconfigured

TEXTS = Path(__file__).resolve().parent / "i18n"


@dataclass
class Headquarters:
    """`epoch` is HQ's incarnation: it changes only when a restored HQ must make the stores send again."""

    home: Path
    config: HqConfig
    db: SqlDatabase
    clock: Clock
    key: SigningKey
    epoch: str
    texts: Catalogue
    builders: dict[str, Builder]
    publisher: Publisher

    @classmethod
    def open(
        cls, home: Path, *, config: HqConfig | None = None, clock: Clock | None = None, url: str | None = None
    ) -> Headquarters:
        """Open or create the headquarters in `home`; raises `Misconfigured` with every problem found."""
        home.mkdir(parents=True, exist_ok=True)
        config = config or configuration.load(home)
        db = SqlDatabase(url or config.database or f"sqlite:///{home / 'hq.sqlite'}")
        try:
            check_schema(db)
            migrate(db)
            key = SigningKey.load_or_create(home / "keys" / "hq.key")
            epoch = _epoch(db)
        except BaseException:
            db.close()
            raise
        builders = {kind: build for entry in SLICES for kind, build in entry.builders.items()}
        return cls(
            home, config, db, clock or SystemClock(), key, epoch, Catalogue(TEXTS), builders, PUBLISHER
        )

    def change(self, ctx: Context) -> AbstractContextManager[Change]:
        """One write transaction with audit and publication."""
        return change(ctx, self.publisher, self.build)

    def build(self, connection: Connection, scope: str, kind: str, key: str) -> bytes | None:
        """The bytes of a reference row as of this transaction, or None when it is gone."""
        return self.builders[kind](connection, scope, key)

    def close(self) -> None:
        """Close the database and give its lock back."""
        self.db.close()


def check_schema(db: SqlDatabase) -> None:
    """Refuse a database that a newer program has changed: an older one would misread it."""
    current, newest = schema_version(db), newest_version()
    if current is not None and newest is not None and current > newest:
        raise Misconfigured(
            [f"the database has schema {current}, this program knows {newest}; install the newer program"]
        )


def _epoch(db: SqlDatabase) -> str:
    """The stored epoch; the first one is 1 with 64 random bits."""
    with db.write() as connection:
        found = meta(connection, "epoch")
        if found is None:
            found = f"{1:08d}-{random_bytes(8).hex()}"
            set_meta(connection, "epoch", found)
        return found
