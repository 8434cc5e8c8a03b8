"""What is summed or counted over many events: balances, receipt numbers, copies; rows that belong to no event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

from edge.scrub.mirror import TABLES
from edge.scrub.model import UNREADABLE, Finding
from kit.db import Connection, Database

BALANCES = (
    "SELECT account, commodity, sum(kept) AS kept, sum(booked) AS booked FROM ("
    " SELECT account, commodity, quantity AS kept, 0 AS booked FROM balance UNION ALL"
    " SELECT account, commodity, 0, quantity FROM posting) GROUP BY account, commodity HAVING sum(kept) <> sum(booked)"
)
NUMBERS = (
    "SELECT d.terminal, d.series, count(*) AS given, min(d.n) AS first, max(d.n) AS newest,"
    " (SELECT last FROM numbering n WHERE n.terminal = d.terminal AND n.series = d.series) AS last"
    " FROM document d WHERE d.replayed = 0 GROUP BY d.terminal, d.series"
)
STRAY_NUMBERS = "series NOT IN ('X', 'Z') AND series NOT IN (SELECT series FROM inc)"
"""Counters of no incarnation: a damaged row whose true one was written again from the receipts."""
Check = Callable[[Connection], Iterator[Finding]]


def purged(tx: Connection) -> bool:
    """Was an old part of a log deleted? What it booked is still in the balances."""
    return tx.execute("SELECT 1 FROM inc WHERE purged_seq > 0 LIMIT 1").fetchone() is not None


def check_sums(db: Database, copies: Counter[str]) -> Iterator[Finding]:
    """All of them; each in a snapshot of its own."""
    yield from _asked(db, "balance", _balances)
    yield from _asked(db, "numbering", _numbers)
    yield from _asked(db, "document", partial(_copies, copies=copies))
    yield from _asked(db, "link", _without_link)
    for table in TABLES:
        yield from _asked(db, table, partial(_strays, table=table))


def _asked(db: Database, table: str, check: Check) -> Iterator[Finding]:
    try:
        with db.read() as tx:
            found = list(check(tx))
    except UNREADABLE as error:
        found = [Finding(kind="unreadable", table=table, why=str(error))]
    yield from found


def _balances(tx: Connection) -> Iterator[Finding]:
    if purged(tx):
        return
    for row in tx.execute(BALANCES):
        why = f"{row['account']} {row['commodity']} is {row['kept']}, its postings sum to {row['booked']}"
        yield Finding(kind="balance", table="balance", why=why)


def _numbers(tx: Connection) -> Iterator[Finding]:
    cut = purged(tx)
    for row in tx.execute(NUMBERS):
        if row["newest"] is None:  # a torn page: the column cannot be empty
            yield Finding(
                kind="unreadable", table="document", why=f"{row['terminal']}: receipts without numbers"
            )
            continue
        name, first = f"{row['terminal']}/{row['series']}", row["first"] if cut else 1
        if row["last"] is None or row["last"] < row["newest"] or (row["last"] > row["newest"] and not cut):
            why = f"{name}: the counter says {row['last']}, the newest receipt is {row['newest']}"
            yield Finding(kind="number", table="numbering", why=why)
        if row["given"] != row["newest"] - first + 1:
            why = f"{name}: {row['given']} receipts, their numbers are {first} to {row['newest']}"
            yield Finding(kind="number", table="document", why=why)

    for row in tx.execute(f"SELECT CAST(series AS BLOB) AS series FROM numbering WHERE {STRAY_NUMBERS}"):
        name = bytes(row["series"] or b"").decode(errors="replace")
        yield Finding(kind="number", table="numbering", why=f"{name}: a counter of no incarnation")


def _copies(tx: Connection, copies: Counter[str]) -> Iterator[Finding]:
    """A reprint that came after the look at the bodies is in the rows and not in the count."""
    cut = purged(tx)
    for row in tx.execute("SELECT id, number, copies FROM document WHERE copies <> 0"):
        said = copies.pop(row["id"], 0)
        if row["copies"] < said or (
            row["copies"] > said and not cut and row["copies"] != reprints(tx, row["id"])
        ):
            why = f"it says {row['copies']} copies, the log {said}"
            yield Finding(kind="rows", table="document", id=row["id"], number=row["number"], why=why)
    for id_, said in copies.items():
        row = tx.execute("SELECT number FROM document WHERE id = ?", (id_,)).fetchone()
        if row is not None:
            why = f"it says no copies, the log {said}"
            yield Finding(kind="rows", table="document", id=id_, number=row["number"], why=why)


def reprints(tx: Connection, id_: str) -> int:
    """How often the log says that a receipt was printed again."""
    row = tx.execute(
        "SELECT count(*) FROM body WHERE type = 'receipt.reprinted'"
        " AND json_extract(CAST(body AS TEXT), '$.p.document') = ?",
        (id_,),
    ).fetchone()
    return int(row[0])


def _without_link(tx: Connection) -> Iterator[Finding]:
    """What this node wrote itself has its place in a chain; only what HQ gave back may have none."""
    for row in tx.execute(
        "SELECT b.id, (SELECT number FROM document d WHERE d.id = b.id) AS number FROM body b"
        " WHERE b.replayed = 0 AND NOT EXISTS (SELECT 1 FROM link l WHERE l.id = b.id)"
    ):
        number = row["number"] or ""
        yield Finding(
            kind="stray", table="body", id=str(row["id"]), number=number, why="no link carries this body"
        )


def _strays(tx: Connection, table: str) -> Iterator[Finding]:
    """A row whose id is no event's; that of a damaged event is still needed to name its receipt."""
    for row in tx.execute(f"SELECT DISTINCT CAST(id AS BLOB) AS id FROM {table} WHERE {stray(table)}"):
        id_ = bytes(row["id"] or b"").decode(errors="replace")
        yield Finding(
            kind="stray", table=table, id=id_, why=f"{table} has rows of an event that is not there"
        )


def stray(table: str) -> str:
    """The condition that picks rows of no event."""
    return (
        f"NOT EXISTS (SELECT 1 FROM body b WHERE b.id = {table}.id)"
        f" AND NOT EXISTS (SELECT 1 FROM link l WHERE l.id = {table}.id)"
    )
