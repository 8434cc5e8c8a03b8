"""This store's own count of its last days, for HQ's proof of agreement (it travels with the telemetry)."""

from __future__ import annotations

from dataclasses import replace

from kit.db import Database
from retail.agreement import DayDigest, DayReceipt, day_digest, to_text
from schemas.wire.bounds import FACT_MAX

DAYS = 3
MARKED_RECEIPTS_MAX = 2_500


def day_facts(db: Database) -> dict[str, str | int | bool]:
    """`day:<date>` → digest of that business day, for the newest days with a receipt of which nothing was deleted."""
    days = db.rows(
        "SELECT DISTINCT day FROM document WHERE day > coalesce((SELECT value FROM meta WHERE name = 'purged_day'), '')"
        " AND instr(coalesce((SELECT value FROM meta WHERE name = 'purged_ahead'), ''), day) = 0"
        " ORDER BY day DESC LIMIT ?",
        (DAYS,),
    )
    found: dict[str, str | int | bool] = {}
    room = MARKED_RECEIPTS_MAX
    for row in days:
        digest, room = _digest(db, row["day"], room)
        found[f"day:{row['day']}"] = fact_of(digest)
    return found


def fact_of(digest: DayDigest) -> str:
    """The digest as HQ takes it; where its numbers jump so often that it would be too long, no receipt is named."""
    text = to_text(digest)
    return text if len(text) <= FACT_MAX else to_text(replace(digest, runs=()))


def _digest(db: Database, day: str, room: int) -> tuple[DayDigest, int]:
    rows = db.rows(
        "SELECT d.terminal, d.series, d.n, d.kind, d.total_minor + d.rounding_minor AS payable_minor, d.pieces,"
        " b.bh FROM document d JOIN body b ON b.id = d.id WHERE d.day = ?",
        (day,),
    )
    receipts = [
        DayReceipt(
            row["terminal"],
            row["series"],
            row["n"],
            row["kind"],
            row["payable_minor"],
            row["pieces"],
            bytes(row["bh"]),
        )
        for row in rows
    ]
    return day_digest(day, receipts, marks=len(receipts) <= room), max(0, room - len(receipts))
