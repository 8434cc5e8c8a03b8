"""Reads for the node's page and the doctor."""

from __future__ import annotations

from typing import Any

from edge.journal.repository import is_sound
from edge.people.throttle import FREE_TRIES
from kit.db import Database
from sync.chain import link_hash


def incarnations(db: Database) -> list[dict[str, Any]]:
    """Every life of this disk, newest first."""
    rows = db.rows("SELECT ordinal, series, reason, minted_at, current FROM inc ORDER BY ordinal DESC")
    return [dict(zip(row.keys(), tuple(row), strict=True)) for row in rows]


def wrong_links(db: Database, node: str, inc: str, newest: int) -> tuple[int, list[int]]:
    """(links looked at, places that do not prove themselves) among the newest links of an incarnation."""
    rows = db.rows(
        "SELECT l.seq, l.prev, l.bh, l.hash, b.body FROM link l JOIN body b ON b.id = l.id"
        " WHERE l.inc = ? AND l.abandoned = 0 ORDER BY l.seq DESC LIMIT ?",
        (inc, newest),
    )
    wrong = []
    for row, older in zip(rows, [*rows[1:], None], strict=True):
        sound = is_sound(row)
        sound = sound and link_hash(node, inc, row["seq"], row["prev"], row["bh"]) == row["hash"]
        joined = older is None or (older["seq"] == row["seq"] - 1 and older["hash"] == row["prev"])
        if not (sound and joined):
            wrong.append(int(row["seq"]))
    return len(rows), wrong


def settings_in_force(db: Database, names: list[str]) -> dict[str, Any]:
    """The pragmas of the writing connection as they are now."""
    with db.write() as tx:
        found = {name: tx.execute(f"PRAGMA {name}").fetchone() for name in names}
    return {name: row[0] if row else None for name, row in found.items()}


def quick_problems(db: Database) -> list[str]:
    """What `PRAGMA quick_check` finds; empty when sound."""
    found = [str(row[0]) for row in db.rows("PRAGMA quick_check(5)")]
    return [] if found == ["ok"] else found


def locked(db: Database) -> list[dict[str, Any]]:
    """People and terminals that have to wait after wrong PINs."""
    rows = db.rows(
        "SELECT subject, failures FROM throttle WHERE failures >= ? AND wait_ms > 0 ORDER BY subject",
        (FREE_TRIES,),
    )
    return [{"subject": row["subject"], "failures": row["failures"]} for row in rows]


def paired(db: Database) -> dict[str, dict[str, Any]]:
    """Terminal → the screen that is paired with it."""
    rows = db.rows("SELECT terminal, label, paired_at FROM terminal_device WHERE revoked_at IS NULL")
    return {row["terminal"]: {"label": row["label"], "paired_at": row["paired_at"]} for row in rows}
