"""The incarnations that HQ knows and this disk does not: rows of their own, so that the uplink fetches their logs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edge.journal import repository as journal_rows
from edge.mirror.signed import inc_record
from edge.syncing import outbox
from edge.syncing.visit import Visit
from kit.db import Connection
from retail.errors import ProtocolError
from schemas import wire
from schemas.wire.up import OwnLife, OwnLives
from sync import calls
from sync.transport import Transport

Range = tuple[str, int, int]


@dataclass(frozen=True)
class Backlog:
    """What the lost computer told HQ last: so many events were not there yet at HQ's time `told_at`."""

    unsent: int
    told_at: int


@dataclass(frozen=True)
class Learned:
    """What HQ has: the last seq of each life of another computer, and the backlog that was told last."""

    heads: dict[str, int]
    backlog: Backlog | None


def learn(node: Any, transport: Transport | None = None) -> Learned:
    """Ask HQ and keep what is new, once; the lives stand before our own."""
    visit = Visit(node, transport)
    try:
        said = wire.decode(visit.signed(calls.lives), OwnLives)
    finally:
        visit.close()
    with node.journal.writing() as tx:
        places = {row["inc"]: row["ordinal"] for row in journal_rows.all_incs(tx)}
        new = [life for life in said.lives if life.inc not in places]
        place = min(places.values(), default=1) - len(new)
        for i, life in enumerate(new):
            journal_rows.insert_old_inc(tx, _values(node.store, life, place + i))
        keys = {row["inc"]: row["public_key"] for row in journal_rows.all_incs(tx)}
    heads = {life.inc: life.seq for life in said.lives if keys[life.inc] != node.key.public}
    if said.unsent is None or said.told_at is None:
        return Learned(heads, None)
    return Learned(heads, Backlog(said.unsent, said.told_at))


def withheld(tx: Connection, heads: Mapping[str, int]) -> list[Range]:
    """What HQ has of those lives and did not give: (inc, first, last)."""
    here = {one.inc: max(one.fetched_seq, one.last_seq) for one in outbox.incs(tx)}
    return [(inc, here[inc] + 1, seq) for inc, seq in heads.items() if here[inc] < seq]


def _values(store: str, life: OwnLife, ordinal: int) -> dict[str, Any]:
    record = inc_record(store, life.inc, life.record, life.signature)
    if record is None:
        raise ProtocolError("sync.answer_of_another")
    return record.columns() | {
        "ordinal": ordinal,
        "series": f"?{life.inc}",
        "record": life.record,
        "signature": life.signature,
        "reason": "restore" if record.parent else "enrolment",
        "minted_at": 0,
    }


def name_series(node: Any) -> None:
    """The number series of a life that HQ gave back follows from its receipts."""
    with node.journal.writing() as tx:
        tx.execute(
            "UPDATE OR IGNORE inc SET series = coalesce((SELECT d.series FROM link l JOIN document d ON d.id = l.id"
            " WHERE l.inc = inc.inc LIMIT 1), series) WHERE series LIKE '?%'"
        )
