"""A start after ninety days of papers asks no more of the database than a start after one."""

from __future__ import annotations

from edge.journal.actions import Journal
from edge.spool import repository
from kit.db import Connection
from tests.builders.edge import Shop
from tests.edge.steps import steps

FEW = 20  # of `steps`: a deeper tree is not another way to look


def add_papers(tx: Connection, count: int) -> None:
    """Receipts that were printed long ago, with their histories, as events of sales too."""
    tx.execute(
        "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?)"
        " INSERT INTO print_job (key, device, kind, reference, terminal, copy, document, state, made_at, changed_at)"
        " SELECT hex(randomblob(8)), 'printer:01', 'receipt', hex(randomblob(8)), '01', 0, '{}', 'DONE', 0, 0 FROM n",
        (count,),
    )
    tx.execute(
        "INSERT INTO print_event (job, at, state, reason)"
        " SELECT id, 0, 'SENDING', '' FROM print_job UNION ALL SELECT id, 0, 'DONE', '' FROM print_job"
    )
    tx.execute(
        "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?)"
        " INSERT INTO body (id, bh, type, at, replayed, body)"
        " SELECT hex(randomblob(8)), randomblob(32), b.type, 0, 0, b.body FROM n, (SELECT * FROM body LIMIT 1) b",
        (count,),
    )


def test_a_start_looks_at_the_few_and_not_at_the_many(shop: Shop) -> None:
    node, db = shop.node, shop.node.db

    def start() -> None:
        Journal(db, node.key, node.journal.witness, node.disk)
        repository.terminals(db)
        for terminal in ("01", "02"):  # nothing was ever printed at the second
            repository.orphan_hangs(db, f"printer:{terminal}")
        with db.read() as tx:
            repository.unfinished(tx)

    with db.write() as tx:
        add_papers(tx, 50)
    before = steps(db, start)

    with db.write() as tx:
        add_papers(tx, 5_000)

    assert steps(db, start) <= before + FEW
