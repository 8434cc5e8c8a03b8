"""Opening the headquarters: its home folder, configuration, database, key, epoch and texts.

A `Headquarters` owns one database. Opening it brings the schema up to date and refuses a schema that is newer
than the code. What the slices may know of it stands in `hq.running`.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from hq import config as configuration
from hq import months
from hq.backups.replacing import MARK
from hq.config import HqConfig
from hq.console.repository import meta, set_meta
from hq.enrolment import revoked
from hq.ingest import trust
from hq.moving import marks
from hq.running import Running
from hq.slices import PUBLISHER, SLICES
from kit.clock import SystemClock
from kit.crypto import SigningKey, random_bytes
from kit.files import make_folder
from kit.i18n import Catalogue
from kit.sql import SqlDatabase, migrate, newest_version, schema_version
from retail.clock import Clock
from retail.errors import DatabaseBusy, Misconfigured

DATABASE = "hq.sqlite"
KEY = Path("keys") / "hq.key"
TEXTS = Path(__file__).resolve().parent / "i18n"


class Headquarters(Running):
    """A running headquarters that was opened in a folder, with every slice."""

    @classmethod
    def open(
        cls, home: Path, *, config: HqConfig | None = None, clock: Clock | None = None, url: str | None = None,
        look: bool = False,
    ) -> Headquarters:  # fmt: skip
        """Open or create the headquarters in `home`; raises `Misconfigured` with every problem found.

        `look` changes nothing: what is there is opened as it is, and the schema stays. Else the books follow what was
        said of lost devices before any event is taken.
        """
        check_whole(home)
        if not look:
            make_folder(home)
        config = config or configuration.load(home)
        db = SqlDatabase(url or config.database or f"sqlite:///{home / DATABASE}")
        try:
            db.reach()
            marks.check(home, db)
            check_schema(db)
            if not look:
                migrate(db)
                with suppress(DatabaseBusy):  # the hourly job makes them
                    months.extend(db, (clock or SystemClock()).now_ms())
            key = SigningKey.load_or_create(home / KEY)
            epoch = _epoch(db)
        except BaseException:
            db.close()
            raise
        builders = {kind: build for entry in SLICES for kind, build in entry.builders.items()}
        made = cls(
            home, config, db, clock or SystemClock(), key, epoch, Catalogue(TEXTS), builders, PUBLISHER
        )
        if not look:
            revoked.keep(made)
            trust.carry_out_all(made)
        return made


def check_whole(home: Path) -> None:
    """Refuse a home in which a restore was broken off: its database is gone or half of the old one."""
    if (home / MARK).exists():
        raise Misconfigured([f"a restore in {home} was broken off; run the same lianpu-hq restore again"])


def check_there(home: Path) -> None:
    """Refuse a folder without a headquarters, before anything is made in it."""
    check_whole(home)
    if not (home / KEY).exists() or not (configuration.load(home).database or (home / DATABASE).exists()):
        raise Misconfigured([f"there is no headquarters in {home}; make one: lianpu-hq --home {home} init"])


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
