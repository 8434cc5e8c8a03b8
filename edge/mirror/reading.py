"""What the journal has, as the mirror wants to know it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edge.journal import repository as journal_rows
from edge.mirror.model import Life
from edge.syncing import outbox
from kit.db import Connection, Row


@dataclass(frozen=True)
class OwnLog:
    """An incarnation of this disk: live links `purged_seq`+1 … `seq`."""

    life: Life
    purged_seq: int
    seq: int


def own_logs(tx: Connection, device: bytes) -> list[OwnLog]:
    """Every incarnation here, oldest first."""
    return [
        OwnLog(life_of(row, device), row["purged_seq"], outbox.head_of(tx, row)[0])
        for row in journal_rows.all_incs(tx)
    ]


def known_lives(tx: Connection, device: bytes) -> list[Life]:
    """Every incarnation here as each device that this disk knows may have mirrored it."""
    rows = journal_rows.all_incs(tx)
    devices = {device, *(row["public_key"] for row in rows)}
    return [life_of(row, one) for row in rows for one in devices]


def life_of(row: Row, device: bytes) -> Life:
    """An incarnation as the mirror keeps it."""
    return Life(
        node=row["node"],
        inc=row["inc"],
        ordinal=row["ordinal"],
        series=row["series"],
        record=row["record"],
        signature=row["signature"],
        public_key=row["public_key"],
        minted_at=row["minted_at"],
        reason=row["reason"],
        device=device,
    )


def lag(tx: Connection, copied: Mapping[str, int]) -> int:
    """How many events lie here and not in the mirror; `copied` says up to which seq it has each incarnation."""
    return sum(
        max(0, row["seq"] - max(copied.get(row["inc"], 0), row["purged_seq"]))
        for row in tx.execute(
            "SELECT i.inc, i.purged_seq, coalesce((SELECT max(l.seq) FROM link l WHERE l.inc = i.inc"
            " AND l.abandoned = 0), 0) AS seq FROM inc i"
        )
    )
