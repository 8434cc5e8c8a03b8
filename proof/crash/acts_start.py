"""Starts: from nothing to enrolled, from an older schema, from what a power cut has left."""

from __future__ import annotations

import shutil
from pathlib import Path

from edge.node import SQL
from kit.db import Database, migrate
from proof.crash.content import digest_of
from proof.crash.recorder import Recorder
from proof.crash.shop import HOME, Shop, cashier, enrol, sell

NODE = f"{HOME}/node.sqlite"
OLD = 2  # migrations that an older version had
NEW_STORE = "002"


def unclosed(shop: Shop, root: Path) -> None:
    """The files as they are while a node runs and has sold: what a cut leaves when all was synced."""
    running = root.parent / "running"
    shop.copy(running)
    node = shop.open(running)
    sell(cashier(node), "A")
    shutil.copytree(running, root, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*-shm", "*.lock"))
    node.close()


def first(shop: Shop, root: Path, recorder: Recorder) -> None:
    """The first start of a new computer: databases, keys, enrolment, HQ's rows."""
    enrol(root, shop.centre, shop.clock, store=NEW_STORE).close()
    shop.open(root).close()


def migrate_old(shop: Shop, root: Path, recorder: Recorder) -> None:
    """A new version opens the database of an older one, and sells."""
    node = shop.open(root)
    recorder.acknowledged(NODE, digest_of(node.db.writer))
    shop.clock.advance(60_000)
    sell(cashier(node), "A")
    node.close()


def old(shop: Shop, root: Path) -> None:
    """The template with its database as the older version would have it."""
    shop.copy(root)
    made = root.parent / "old.sqlite"
    _old_copy(shop, made, OLD)
    made.replace(root / NODE)


def versions(shop: Shop, folder: Path) -> dict[str, int]:
    """The contents between the old version and the new one: one for each migration."""
    counts = range(OLD, 1 + _known("edge"))
    return {_digest_after(shop, folder / f"step-{count}.sqlite", count): 0 for count in counts}


def _digest_after(shop: Shop, path: Path, count: int) -> str:
    database = _old_copy(shop, path, OLD, close=False)
    assert database is not None
    _migrate(database, "edge", count)
    digest = digest_of(database.writer)
    database.close()
    return digest


def new_versions(shop: Shop, folder: Path) -> dict[str, int]:
    """The contents of new databases: nothing yet; then, once the list of migrations is there, one for each of them."""
    found = {}
    for schema in ("edge", "reference"):
        database = Database(":memory:")
        found[digest_of(database.writer)] = 0
        for count in range(1 + _known(schema)):
            _migrate(database, schema, count)
            found[digest_of(database.writer)] = 1
        database.close()
    return found


def _old_copy(shop: Shop, path: Path, count: int, close: bool = True) -> Database | None:
    """A database of the older schema with the template's rows in it."""
    database = Database(path, lock=False)
    _migrate(database, "edge", count)
    writer = database.writer
    writer.execute("ATTACH ? AS newer", (str(shop.template / NODE),))
    writer.execute("PRAGMA foreign_keys = 0")
    tables = [row[0] for row in writer.execute("SELECT name FROM main.sqlite_schema WHERE type = 'table'")]
    with database.write():
        for table in tables:
            if not table.startswith(("sqlite_", "_")):
                writer.execute(f'INSERT INTO main."{table}" SELECT * FROM newer."{table}"')
    writer.execute("DETACH newer")
    writer.execute("PRAGMA foreign_keys = 1")
    if not close:
        return database
    database.close()
    return None


def _known(schema: str) -> int:
    return len(list((SQL / schema).glob("[0-9]*.sql")))


def _migrate(database: Database, schema: str, count: int) -> None:
    """The first `count` migrations only."""
    folder = _FirstOnly(sorted((SQL / schema).glob("[0-9]*.sql"))[:count])
    migrate(database, folder, schema)  # type: ignore[arg-type]


class _FirstOnly:
    """A folder that shows only some files."""

    def __init__(self, paths: list[Path]) -> None:
        self._paths = paths

    def glob(self, _pattern: str) -> list[Path]:
        """Those files."""
        return self._paths
