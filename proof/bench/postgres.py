"""The upload with HQ on PostgreSQL, beside COPY of the same rows, and beside PostgreSQL's own logical replication.

Ours: as in `proof.bench.push`, with HQ's database on a server in a process of its own; commits wait for the disk.
The limit: the rows of header, lines, tenders and stock movements, ready as tuples, 500 sales a transaction: COPY into
staging tables, INSERT … SELECT with dedupe into plain tables, COMMIT. Nothing is packed, decoded or checked.
The peer: the same rows, one transaction a sale, written to a publisher while nobody listens; measured is from the start
of the subscription until the last is in the subscriber's tables.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from proof import postgres
from proof.bench import centre
from proof.bench.centre import KEYS, TABLES, Rows, Stock, rows_of
from proof.bench.measure import Figure, beside
from proof.bench.push import Store
from proof.bench.replication import Replication, connect

SALES = 4_000
COPY_TARGET = 0.35
TEXTS = frozenset({
    "id", "day", "shift", "number", "terminal", "series", "currency", "sku", "code", "name", "unit", "tax_code",
    "price_ref", "kind", "approval", "account", "commodity",
})  # fmt: skip


def measure(rounds: int, sales: int = SALES) -> list[Figure]:
    """Sales per second of the three."""
    ours, limit, peer = [], [], []
    with (
        postgres.server(logical=True) as address,
        postgres.database(address, durable=True) as hq_url,
        postgres.database(address, durable=True) as bare_url,
        Replication(address, definitions()) as replication,
        tempfile.TemporaryDirectory(prefix="lianpu-bench-") as folder,
    ):
        replication.subscribe()
        store, copy = Store(Path(folder), hq_url), Copy(bare_url)
        try:
            for _ in range(rounds + 1):
                bodies = store.fill(sales)
                events = [event for packed in centre.batches(bodies) for event in centre.unpack(packed)]
                ours.append(store.upload(sales).per_second)
                limit.append(sales / copy.take(batches(events)))
                replication.write([rows_of([event]) for event in events])
                peer.append(sales / replication.carry())
            wanted = sales * (rounds + 1)
            said = [store.check(wanted)]
            for name, found in (("COPY", copy.sales()), ("the subscriber", replication.count("sale"))):
                said.append("" if found == wanted else f"WRONG: {found} of {wanted} sales in {name}")
        finally:
            copy.close()
            store.close()
    note, name = " ".join(filter(None, said)), f"upload of {sales:,} sales, HQ on PostgreSQL"
    return [
        beside(f"{name}, COPY", "sales/s", ours[1:], limit[1:], target=COPY_TARGET, at_least=True, note=note),
        beside(f"{name}, PostgreSQL's replication", "sales/s", ours[1:], peer[1:]),
    ]


def definitions() -> dict[str, str]:
    """The columns of the bare centre's tables for PostgreSQL."""
    found = {}
    for table, names in TABLES.items():
        columns = [
            f"{name} {'text' if name in TEXTS else 'bigint'}" for name in map(str.strip, names.split(","))
        ]
        found[table] = f"{', '.join(columns)}, PRIMARY KEY ({KEYS[table]})"
    return found


def batches(events: Sequence[Stock]) -> list[Rows]:
    """The rows of 500 sales each."""
    return [rows_of(events[at : at + centre.BATCH]) for at in range(0, len(events), centre.BATCH)]


class Copy:
    """A centre that is given rows."""

    def __init__(self, url: str) -> None:
        self._connection = connect(url)
        for table, columns in definitions().items():
            self._connection.execute(f"CREATE TABLE {table} ({columns})")
            self._connection.execute(
                f"CREATE TEMPORARY TABLE stage_{table} (LIKE {table}) ON COMMIT DELETE ROWS"
            )

    def take(self, parts: Sequence[Rows]) -> float:
        """Seconds until all are stored."""
        began = perf_counter()
        for rows in parts:
            with self._connection.transaction(), self._connection.cursor() as cursor:
                for table, many in rows.items():
                    with cursor.copy(f"COPY stage_{table} FROM STDIN") as copy:
                        for row in many:
                            copy.write_row(row)
                    cursor.execute(f"INSERT INTO {table} SELECT * FROM stage_{table} ON CONFLICT DO NOTHING")
        return perf_counter() - began

    def sales(self) -> int:
        """How many there are."""
        row = self._connection.execute("SELECT count(*) FROM sale").fetchone()
        assert row is not None
        return int(row[0])

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()
