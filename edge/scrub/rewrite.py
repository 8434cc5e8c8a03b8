"""The one narrow way in which rows of the journal are written again: what is proven, in one transaction, audited.

The guards that keep everybody from editing bodies, links and postings stay; as for a purge they let rows be taken out
while `purging` stands in `meta`, inside this transaction only. Foreign keys are looked at before the commit.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from edge.journal.repository import insert_link
from edge.sales.projection import DOCUMENTS, project
from edge.sales.repository import place_taken
from edge.scrub.sums import reprints
from edge.scrub.truth import Truth, link_at, one
from kit.db import Connection
from schemas.events.base import Event

PARENTS = {"link": "body", "posting": "body", "document_line": "document", "document_tender": "document"}


@contextmanager
def unguarded(tx: Connection) -> Iterator[None]:
    """Rows of the journal may be taken out until the end of the block."""
    tx.execute("PRAGMA defer_foreign_keys = 1")
    tx.execute("INSERT INTO meta (name, value) VALUES ('purging', 'repair')")
    yield
    tx.execute("DELETE FROM meta WHERE name = 'purging'")


def put(tx: Connection, truth: Truth) -> None:
    """Link, body and derived rows of a proven event, in place of what stands there."""
    event, old = truth.event, link_at(tx, truth.inc, truth.seq)
    abandoned = old["abandoned"] if old is not None else _is_abandoned(tx, truth)
    with unguarded(tx):
        tx.execute("DELETE FROM link WHERE inc = ? AND seq = ?", (truth.inc, truth.seq))
        body = one(tx, "SELECT rowid AS place, replayed FROM body WHERE id = ?", event.id)
        place = body["place"] if body is not None else _free_place(tx, truth)
        _put_body(tx, event, truth.bh, truth.body, place, _replayed(tx, event.id))
        insert_link(tx, truth.inc, truth.seq, truth.prev, truth.bh, truth.hash, event.id)
        if abandoned:
            tx.execute("UPDATE link SET abandoned = 1 WHERE inc = ? AND seq = ?", (truth.inc, truth.seq))


def _is_abandoned(tx: Connection, truth: Truth) -> bool:
    """Of a link that was lost: abandoned links are the end of a log, so the next one tells, else the one before."""
    for sql in ("seq > ? ORDER BY seq", "seq < ? ORDER BY seq DESC"):
        row = one(tx, f"SELECT abandoned FROM link WHERE inc = ? AND {sql} LIMIT 1", truth.inc, truth.seq)
        if row is not None:
            return bool(row["abandoned"])
    return False


def put_columns(tx: Connection, place: int, event: Event, bh: bytes, body: bytes) -> None:
    """The row of a sound body says again what the body says."""
    with unguarded(tx):
        _put_body(tx, event, bh, body, place, _replayed(tx, event.id))


def put_derived(tx: Connection, event: Event, replayed: bool) -> None:
    """The rows that follow from a sound body. Balances are not moved: they were booked with the sale."""
    with unguarded(tx):
        _put_derived(tx, event, replayed)


def _put_body(
    tx: Connection, event: Event, bh: bytes, body: bytes, place: int | None, replayed: bool
) -> None:
    _drop_derived(tx, event.id)  # first: the engine counts rows that wait for their body, and finds it
    if place is not None:
        tx.execute("DELETE FROM body WHERE rowid = ?", (place,))
    tx.execute("DELETE FROM body WHERE id = ?", (event.id,))
    tx.execute(
        "INSERT INTO body (rowid, id, bh, type, at, day, shift, replayed, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (place, event.id, bh, event.type, event.at, event.day, event.shift, int(replayed), body),
    )
    _put_derived(tx, event, replayed)


def _drop_derived(tx: Connection, id_: str) -> None:
    for table in ("document_tender", "document_line", "document", "posting"):
        tx.execute(f"DELETE FROM {table} WHERE id = ?", (id_,))


def _put_derived(tx: Connection, event: Event, replayed: bool) -> None:
    _drop_derived(tx, event.id)
    tx.executemany(
        "INSERT INTO posting (id, n, account, commodity, quantity) VALUES (?, ?, ?, ?, ?)",
        [(event.id, n, *posting) for n, posting in enumerate(event.post)],
    )
    if event.type not in DOCUMENTS or place_taken(tx, event):
        return
    project(tx, event, replayed=replayed)
    tx.execute("UPDATE document SET copies = ? WHERE id = ?", (reprints(tx, event.id), event.id))


def _replayed(tx: Connection, id_: str) -> bool:
    """Did HQ give this event back once? The body's own row says it, else its document."""
    for table in ("body", "document"):
        row = one(tx, f"SELECT replayed FROM {table} WHERE id = ?", id_)
        if row is not None and row["replayed"] in (0, 1):
            return bool(row["replayed"])
    return False


def _free_place(tx: Connection, truth: Truth) -> int | None:
    """Bodies stand in the order in which they were written: behind the one before it, where there is room."""
    before = link_at(tx, truth.inc, truth.seq - 1)
    row = before and one(tx, "SELECT rowid AS place FROM body WHERE id = ?", before["id"])
    if not row:
        return None
    place = int(row["place"]) + 1
    return place if one(tx, "SELECT 1 FROM body WHERE rowid = ?", place) is None else None


# -- sums --------------------------------------------------------------------------------------------------


def put_balance(tx: Connection, account: str, commodity: str) -> None:
    """The sum of its postings; a balance without any goes."""
    row = tx.execute(
        "SELECT count(*), sum(quantity) FROM posting WHERE account = ? AND commodity = ?",
        (account, commodity),
    ).fetchone()
    tx.execute("DELETE FROM balance WHERE account = ? AND commodity = ?", (account, commodity))
    if row[0]:
        tx.execute("INSERT INTO balance VALUES (?, ?, ?)", (account, commodity, row[1]))


def put_counter(tx: Connection, terminal: str, series: str, last: int) -> None:
    """The last receipt number that was given out."""
    tx.execute(
        "INSERT INTO numbering (terminal, series, last) VALUES (?, ?, ?)"
        " ON CONFLICT (terminal, series) DO UPDATE SET last = excluded.last",
        (terminal, series, last),
    )


# -- the engine's tables -----------------------------------------------------------------------------------


def build_anew(tx: Connection, table: str) -> None:
    """A table whose rows stand in the wrong order, with the same schema; only of tables that nothing refers to.

    A row of no event has lost its id: it is left out, and follows from its body again.
    """
    made = tx.execute(
        "SELECT sql FROM sqlite_schema WHERE tbl_name = ? AND sql IS NOT NULL ORDER BY type <> 'table'",
        (table,),
    ).fetchall()
    tx.execute(f"CREATE TEMP TABLE again AS SELECT * FROM main.{table}")
    tx.execute(f"DROP TABLE main.{table}")
    for row in made:
        tx.execute(row["sql"])
    parent = PARENTS.get(table)
    whole = f" WHERE EXISTS (SELECT 1 FROM {parent} p WHERE p.id = again.id)" if parent else ""
    tx.execute(f"INSERT OR IGNORE INTO main.{table} SELECT * FROM temp.again{whole}")
    tx.execute("DROP TABLE temp.again")
