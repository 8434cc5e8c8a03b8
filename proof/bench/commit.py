"""The durable commit of one sale of five lines through the real code, beside a bare transaction of the same rows.

The limit writes the same number of rows of the same size into the same tables with `executemany`, commits with
FULL, and writes 512 bytes without a sync, as the witness does.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

from edge.node import Node, open_database
from edge.sales.actions import finish
from edge.till.actions import scan
from kit.context import Context
from proof.bench.measure import Figure, alternate, ratio_of
from proof.bench.shop import CODES, a_selling_node
from retail.tender import cash

SALES = 60
P50_TARGET, P99_TARGET = 1.5, 2.0


def measure(rounds: int) -> list[Figure]:
    """p50 and p99 of the commit, as ratios to the bare transaction."""
    with tempfile.TemporaryDirectory(prefix="lianpu-bench-") as folder:
        node, ctx = a_selling_node(Path(folder) / "node")
        bare = Bare(Path(folder) / "bare", node)
        try:
            mine, theirs = alternate(rounds, lambda: _sales(ctx), bare.run)
        finally:
            bare.close()
            node.close()
    figures = []
    for name, share, target in (("p50", 0.5, P50_TARGET), ("p99", 0.99, P99_TARGET)):
        ours, limit, ratio = ratio_of(mine, theirs, share)
        figures.append(Figure(f"durable commit of one sale, {name}", ours, limit, "ms", ratio, target))
    return figures


def _sales(ctx: Context) -> list[float]:
    """Milliseconds from `finish` called to its answer; scanning is not part of it."""
    took = []
    for _ in range(SALES):
        for code in CODES:
            scan(ctx, code)
        began = time.perf_counter()
        finish(ctx, basket=None, version=None, added=[cash(100_000)])
        took.append((time.perf_counter() - began) * 1000)
    return took


class Bare:
    """The same rows without any thought: what the disk and SQLite themselves take."""

    TABLES = (
        "body", "link", "posting", "audit", "document", "document_line", "document_tender", "print_job",
    )  # fmt: skip

    def __init__(self, folder: Path, node: Node) -> None:
        folder.mkdir()
        self.db = open_database(folder / "bare.sqlite", "edge")
        self.witness = os.open(folder / "witness", os.O_RDWR | os.O_CREAT, 0o600)
        self._n = 0
        self._template: dict[str, list[dict[str, Any]]] = {}
        self._node = node

    def close(self) -> None:
        """Give the files back."""
        os.close(self.witness)
        self.db.close()

    def run(self) -> list[float]:
        """Milliseconds per transaction."""
        if not self._template:
            self._learn()
        took = []
        for _ in range(SALES):
            rows = self._fresh()
            began = time.perf_counter()
            with self.db.write() as tx:
                for sql, values in rows:
                    tx.executemany(sql, values)
            os.pwrite(self.witness, b"\0" * 512, (self._n % 2) * 512)
            took.append((time.perf_counter() - began) * 1000)
        return took

    def _learn(self) -> None:
        """Copy the rows of the newest real sale."""
        found = self._node.db.row("SELECT id FROM document ORDER BY at DESC, n DESC LIMIT 1")
        assert found is not None
        id_ = found["id"]
        keys = {"print_job": "reference", "audit": "subject"}
        with self._node.db.read() as tx:
            for table in self.TABLES:
                column = keys.get(table, "id")
                value = f"sale:{id_}" if table == "audit" else id_
                rows = tx.execute(f"SELECT * FROM {table} WHERE {column} = ?", (value,)).fetchall()
                self._template[table] = [{name: row[name] for name in row.keys()} for row in rows]
            self._inc = dict(zip(("inc",), tx.execute("SELECT inc FROM inc").fetchone(), strict=True))
            inc = tx.execute("SELECT * FROM inc").fetchone()
            basket = tx.execute("SELECT * FROM basket WHERE document = ?", (id_,)).fetchone()
            self._basket = {name: basket[name] for name in basket.keys()}
        with self.db.write() as tx:
            columns = ", ".join(inc.keys())
            marks = ", ".join("?" * len(inc.keys()))
            tx.execute(f"INSERT INTO inc ({columns}) VALUES ({marks})", tuple(inc))

    def _fresh(self) -> list[tuple[str, list[tuple[Any, ...]]]]:
        """Statements of one sale with new identities."""
        self._n += 1
        id_ = f"{self._n:032x}"
        statements = []
        for table in self.TABLES:
            rows = [self._renamed(table, row, id_) for row in self._template[table]]
            columns = [name for name in rows[0] if not (table in ("audit", "print_job") and name in ("n", "id"))]
            marks = ", ".join("?" * len(columns))
            sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
            statements.append((sql, [tuple(row[name] for name in columns) for row in rows]))
        postings = [(row["account"], row["commodity"], row["quantity"]) for row in self._template["posting"]]
        statements.append(
            (
                "INSERT INTO balance (account, commodity, quantity) VALUES (?, ?, ?)"
                " ON CONFLICT (account, commodity) DO UPDATE SET quantity = quantity + excluded.quantity",
                postings,
            )
        )
        statements.append(
            (
                "INSERT INTO numbering (terminal, series, last) VALUES (?, ?, 1)"
                " ON CONFLICT (terminal, series) DO UPDATE SET last = last + 1",
                [("01", "BARE1")],
            )
        )
        return statements

    def _renamed(self, table: str, row: dict[str, Any], id_: str) -> dict[str, Any]:
        changed = dict(row)
        if "id" in changed and table not in ("print_job",):
            changed["id"] = id_
        if table == "link":
            changed["seq"] = self._n
        if table == "document":
            changed |= {"number": id_, "basket": id_}
        if table == "print_job":
            changed |= {"key": f"{row['kind']}:{id_}", "reference": id_}
        return changed
