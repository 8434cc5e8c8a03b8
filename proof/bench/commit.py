"""The durable commit of one sale of five lines through the real code, beside a bare transaction of the same rows.

The limit writes rows of the same number and size into the same tables with `executemany`, commits with FULL, and
writes 512 bytes without a sync, as the witness does. Before each of its sales the basket's row is written five
times, each in a transaction of its own, as five scans do: what a checkpoint has to carry is the same on both sides.
"""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from edge.node import Node, open_database
from edge.sales.actions import finish
from edge.till import repository as baskets
from edge.till.actions import scan
from edge.till.model import OpenBasket
from kit.context import Context
from kit.crypto import random_bytes
from kit.db import Row
from proof.bench.measure import Figure, alternate, ratio_of
from proof.bench.shop import CODES, a_selling_node
from retail.tender import cash

SALES = 60
P50_TARGET, P99_TARGET = 1.5, 2.0
GIVEN = 100_000


def measure(rounds: int, sales: int = SALES) -> list[Figure]:
    """p50 and p99 of the commit, as ratios to the bare transaction."""
    with tempfile.TemporaryDirectory(prefix="lianpu-bench-") as folder:
        node, ctx = a_selling_node(Path(folder) / "node")
        sell(ctx, 1)
        bare = Bare(Path(folder) / "bare", node)
        try:
            mine, theirs = alternate(rounds, lambda: sell(ctx, sales), lambda: bare.sell(sales))
        finally:
            bare.close()
            node.close()
    figures = []
    for name, share, target in (("p50", 0.5, P50_TARGET), ("p99", 0.99, P99_TARGET)):
        ours, limit, ratio = ratio_of(mine, theirs, share)
        figures.append(Figure(f"durable commit of one sale, {name}", ours, limit, "ms", ratio, target))
    return figures


def sell(ctx: Context, sales: int) -> list[float]:
    """Milliseconds from `finish` called to its answer, kept under a key; scanning is not part of it."""
    took = []
    for _ in range(sales):
        for code in CODES:
            scan(ctx, code)
        asked = replace(ctx, facts={"key": random_bytes(16).hex(), "request": random_bytes(32)})
        began = time.perf_counter()
        finish(asked, basket=None, version=None, added=[cash(GIVEN)])
        took.append((time.perf_counter() - began) * 1000)
    return took


class Bare:
    """The same rows without any thought: what the disk and SQLite themselves take."""

    TABLES = (
        "body", "link", "posting", "document", "document_line", "document_tender", "audit", "print_job", "answer",
    )  # fmt: skip
    COUNTED = {"audit": "n", "print_job": "id"}  # keys that SQLite gives out itself

    def __init__(self, folder: Path, node: Node) -> None:
        folder.mkdir()
        self.db = open_database(folder / "bare.sqlite", "edge")
        self.witness = os.open(folder / "witness", os.O_RDWR | os.O_CREAT, 0o600)
        self._n = 0
        self._template: dict[str, list[dict[str, Any]]] = {}
        self._learn(node)

    def close(self) -> None:
        """Give the files back."""
        os.close(self.witness)
        self.db.close()

    def sell(self, sales: int) -> list[float]:
        """Milliseconds per transaction."""
        took = []
        for _ in range(sales):
            self._n += 1
            id_ = f"{self._n:032x}"
            for _ in CODES:
                with self.db.write() as tx:
                    baskets.save(
                        tx, replace(self._basket, basket=replace(self._basket.basket, id=id_)), "open", 0
                    )
            rows = self._rows(id_)
            began = time.perf_counter()
            with self.db.write() as tx:
                for sql, values in rows:
                    tx.executemany(sql, values)
            os.pwrite(self.witness, b"\0" * 512, (self._n % 2) * 512)
            took.append((time.perf_counter() - began) * 1000)
        return took

    def _learn(self, node: Node) -> None:
        """Copy the rows of the newest real sale."""
        found = node.db.row("SELECT id, basket FROM document ORDER BY at DESC, n DESC LIMIT 1")
        assert found is not None
        id_ = found["id"]
        where = {"print_job": ("reference", id_), "audit": ("subject", f"sale:{id_}")}
        with node.db.read() as tx:
            for table in self.TABLES:
                column, value = where.get(table, ("id", id_))
                if table == "answer":
                    rows = tx.execute("SELECT * FROM answer ORDER BY at DESC LIMIT 1").fetchall()
                else:
                    rows = tx.execute(f"SELECT * FROM {table} WHERE {column} = ?", (value,)).fetchall()
                self._template[table] = [_plain(row) for row in rows]
            inc = _plain(tx.execute("SELECT * FROM inc").fetchone())
            row = baskets.basket_row(tx, found["basket"])
        assert row is not None
        self._basket = OpenBasket.from_row(row)
        with self.db.write() as tx:
            tx.execute(
                f"INSERT INTO inc ({', '.join(inc)}) VALUES ({', '.join('?' * len(inc))})", list(inc.values())
            )

    def _rows(self, id_: str) -> list[tuple[str, list[tuple[Any, ...]]]]:
        """Statements of one sale with new identities."""
        statements = []
        for table in self.TABLES:
            rows = [self._renamed(table, row, id_) for row in self._template[table]]
            columns = [name for name in rows[0] if name != self.COUNTED.get(table)]
            marks = ", ".join("?" * len(columns))
            sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
            statements.append((sql, [tuple(row[name] for name in columns) for row in rows]))
        postings = [(row["account"], row["commodity"], row["quantity"]) for row in self._template["posting"]]
        statements.append((
            "INSERT INTO balance (account, commodity, quantity) VALUES (?, ?, ?)"
            " ON CONFLICT (account, commodity) DO UPDATE SET quantity = quantity + excluded.quantity",
            postings,
        ))  # fmt: skip
        statements.append((
            "INSERT INTO numbering (terminal, series, last) VALUES (?, ?, 1)"
            " ON CONFLICT (terminal, series) DO UPDATE SET last = last + 1",
            [("01", "BARE1")],
        ))  # fmt: skip
        statements.append(("UPDATE basket SET state = 'done', document = ? WHERE id = ?", [(id_, id_)]))
        return statements

    def _renamed(self, table: str, row: dict[str, Any], id_: str) -> dict[str, Any]:
        changed = dict(row)
        if "id" in changed and table != "print_job":
            changed["id"] = id_
        if table == "link":
            changed["seq"] = self._n
        if table == "document":
            changed |= {"number": id_, "basket": id_}
        if table == "print_job":
            changed |= {"key": f"{row['kind']}:{id_}", "reference": id_}
        if table == "answer":
            changed["key"] = random_bytes(16).hex()
        return changed


def _plain(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in row.keys()}
