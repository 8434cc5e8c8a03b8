"""The rows from HQ: their digest, and the till's tables that were made from them."""

from __future__ import annotations

from collections.abc import Iterator

from edge.scrub.mirror import SQL
from edge.scrub.model import Finding
from edge.syncing import projection
from edge.syncing.inbox import MARK, Inbox
from kit.db import Database, migrate

TABLES = ("product", "barcode", "price")
PIECE = 2_000


def check_reference(db: Database) -> Iterator[Finding]:
    """Scopes that are not what HQ signed any more, and tables that are not what the rows say."""
    inbox = Inbox(db)
    wrong = set(inbox.verify())
    wrong &= set(inbox.verify()) if wrong else wrong  # a version may arrive while the first look is taken
    for scope in sorted(wrong):
        yield Finding(
            kind="reference", table="row", id=scope, why="its rows have lost the digest that HQ signed"
        )
    if wrong:
        return
    for table, scope in sorted(_differing(db)):
        why = f"{table} is not what the rows say"
        yield Finding(kind="reference", table=table, id=scope, why=why)


def _differing(db: Database) -> set[tuple[str, str]]:
    """(table, scope) where the till's tables differ from what the rows project to."""
    memory = Database(":memory:")
    migrate(memory, SQL / "reference", "reference")
    found = set()
    try:
        with db.read() as tx, memory.write() as made:
            for scope in [row["scope"] for row in tx.execute("SELECT scope FROM scope WHERE state = 'live'")]:
                rows = tx.execute("SELECT kind, key, bytes FROM row WHERE scope = ?", (scope,)).fetchall()
                changed = [(row["kind"], row["key"], row["bytes"]) for row in rows]
                projection.project(made, scope, [row for row in changed if not row[0].startswith(MARK)])
            for table in TABLES:
                wanted = {tuple(row) for row in made.execute(f"SELECT * FROM {table}")}
                kept = {tuple(row) for row in tx.execute(f"SELECT * FROM {table}")}
                place = [row[1] for row in made.execute(f"PRAGMA table_info({table})")]
                for row in wanted ^ kept:
                    scope = row[place.index("scope")] if "scope" in place else "chain"
                    found.add((table, str(scope)))
    finally:
        memory.close()
    return found
