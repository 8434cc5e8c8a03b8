"""One printed number on two receipts: only two copies of one disk write that, and a person is told (SYNC §2).

Stage 1 sees copies that claim one place of a log. These two may part where it sees nothing: a disk writes past a dead
record in an incarnation of its own, with the numbers that it had printed, and an older copy of it goes on in the old
one with the same numbers. Both receipts are kept and shown; one fork names the copies.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from hq.ingest.alarms import alarm
from hq.ingest.handlers.statements import STATEMENTS, columns
from hq.ingest.model import Verdict
from kit.sql import Connection, Row, bulk, run

CHUNK = 400
_PLACES = columns("sale")
_ID, _SERIES, _INC = _PLACES["id"], _PLACES["series"], _PLACES["inc"]
_CARRIERS = sa.text(
    "SELECT series FROM series_carried WHERE store = :store AND series IN :all GROUP BY series HAVING count(*) > 1"
).bindparams(sa.bindparam("all", expanding=True))
_TWICE = sa.text(
    "SELECT me.node, me.inc, me.seq, other.inc AS other_inc, other.seq AS other_seq"
    " FROM sale me JOIN sale other ON other.store = me.store AND other.number = me.number AND other.id <> me.id"
    " WHERE me.store = :store AND me.id IN :ids AND other.inc <> me.inc ORDER BY me.seq, other.seq"
).bindparams(sa.bindparam("ids", expanding=True))
_LIFE = "SELECT ordinal, parent_inc FROM inc WHERE node = :node AND inc = :inc"
_FORKED = "SELECT 1 FROM fork WHERE node = :node AND inc = :inc"


def name_copies(connection: Connection, verdicts: Iterable[Verdict], now: int) -> None:
    """Look at what was handled just now, of one origin; a series of one incarnation costs no look at sales."""
    rows = [
        (verdict.entry.store, values)
        for verdict in verdicts
        for name, values in verdict.rows
        if name == "sale"
    ]
    if not rows:
        return
    store, carried = rows[0][0], {(values[_SERIES], values[_INC]) for _, values in rows}
    bulk(
        connection,
        "INSERT INTO series_carried (store, series, inc) VALUES (?, ?, ?) ON CONFLICT (store, series, inc) DO NOTHING",
        [(store, *one) for one in sorted(carried)],
    )
    several = connection.execute(_CARRIERS, {"store": store, "all": sorted({one[0] for one in carried})})
    shared = {row[0] for row in several}
    ids = [values[_ID] for _, values in rows if values[_SERIES] in shared]
    for pair in _pairs(connection, store, ids):
        _name(connection, store, pair, now)


def _pairs(connection: Connection, store: str, ids: Sequence[str]) -> list[Row]:
    """Of each two incarnations the first places that carry one number."""
    found: dict[tuple[str, str], Row] = {}
    for start in range(0, len(ids), CHUNK):
        for row in connection.execute(_TWICE, {"store": store, "ids": list(ids[start : start + CHUNK])}):
            found.setdefault((row.inc, row.other_inc), row)
    return list(found.values())


def _name(connection: Connection, store: str, pair: Row, now: int) -> None:
    """The fork stands at the older incarnation, unless one that is known explains the pair."""
    lives = []
    for inc, seq in ((pair.inc, pair.seq), (pair.other_inc, pair.other_seq)):
        life = run(connection, _LIFE, {"node": pair.node, "inc": inc}).one()
        lives.append((life.ordinal, inc, seq))
        for known in (inc, life.parent_inc):
            if run(connection, _FORKED, {"node": pair.node, "inc": known}).first() is not None:
                return
    _, inc, seq = min(lives)
    bulk(connection, STATEMENTS["fork"], [(pair.node, inc, seq, now)])
    facts = {"seq": seq}
    alarm(connection, store=store, code="fork.found", subject=f"{pair.node}/{inc}", now_ms=now, facts=facts)
