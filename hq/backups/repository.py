"""The SQL that writes: backups and their copies, the promise, and what a restored database is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hq.backups.model import Head
from hq.ingest import trusted
from hq.ingest.trusted import Cut
from kit.sql import Connection, bulk, run

Promise = Mapping[tuple[str, str], tuple[int, bytes]]
"""(node, inc) → (seq, hash)"""


def add(connection: Connection, facts: dict[str, Any]) -> None:
    """A finished try, good or not; it comes after all that are known."""
    run(
        connection,
        "INSERT INTO backup (id, kind, base, file, state, why, epoch, taken_at, finished_at, file_bytes,"
        " database_bytes, sha256, made_by, ordinal) VALUES (:id, :kind, :base, :file, :state, :why, :epoch, :taken_at,"
        " :finished_at, :file_bytes, :database_bytes, :sha256, :made_by,"
        " (SELECT COALESCE(MAX(ordinal), 0) + 1 FROM backup))",
        facts,
    )


def add_heads(connection: Connection, backup: str, heads: list[Head]) -> None:
    """What the drill read out of it."""
    rows: list[tuple[Any, ...]] = [
        (backup, node, inc, seq, bytes.fromhex(hash_)) for node, inc, seq, hash_ in heads
    ]
    bulk(connection, "INSERT INTO backup_head (backup, node, inc, seq, hash) VALUES (?, ?, ?, ?, ?)", rows)


def set_copy(connection: Connection, backup: str, target: str, state: str, why: str, now_ms: int) -> None:
    """How the copy at one target stands."""
    run(
        connection,
        "INSERT INTO backup_copy (backup, target, state, why, at) VALUES (:backup, :target, :state, :why, :at)"
        " ON CONFLICT (backup, target) DO UPDATE SET state = excluded.state, why = excluded.why, at = excluded.at",
        {"backup": backup, "target": target, "state": state, "why": why[:200], "at": now_ms},
    )


def set_state(connection: Connection, backup: str, state: str, why: str = "") -> None:
    """Only a verified backup promises anything."""
    run(
        connection,
        "UPDATE backup SET state = :state, why = :why WHERE id = :backup",
        {"backup": backup, "state": state, "why": why[:200]},
    )


def forget_contents(connection: Connection, backup: str) -> None:
    """What it contains is of no use any more: it never counts again."""
    run(connection, "DELETE FROM backup_head WHERE backup = :backup", {"backup": backup})


def bind_key(connection: Connection, key_id: str) -> None:
    """Backups are made with this key from now on."""
    _set_meta(connection, "backup_key", key_id)


def note_printed(connection: Connection, key_id: str) -> None:
    """Somebody has seen the words of this key."""
    _set_meta(connection, "backup_key_printed", key_id)


def promise(connection: Connection, found: Promise, epoch: str, now_ms: int) -> None:
    """These points are durable from now on, and no others."""
    run(connection, "DELETE FROM durable")
    rows: list[tuple[Any, ...]] = [
        (node, inc, seq, hash_, epoch, now_ms) for (node, inc), (seq, hash_) in sorted(found.items()) if seq
    ]
    bulk(
        connection,
        "INSERT INTO durable (node, inc, seq, hash, epoch, read_at) VALUES (?, ?, ?, ?, ?, ?)",
        rows,
    )


def want(connection: Connection, kind: str) -> None:
    """A person asks for a backup; nothing takes the wish back."""
    _set_meta(connection, "backup_wanted", kind)


def _set_meta(connection: Connection, name: str, value: str) -> None:
    run(connection, "DELETE FROM hq_meta WHERE name = :name", {"name": name})
    if value:
        run(
            connection,
            "INSERT INTO hq_meta (name, value) VALUES (:name, :value)",
            {"name": name, "value": value},
        )


# -- a restored database -----------------------------------------------------------------------------------


def begin_epoch(connection: Connection, epoch: str) -> None:
    """Its first statement after a restore: every store sends again what it lacks, nothing is promised."""
    run(connection, "UPDATE hq_meta SET value = :epoch WHERE name = 'epoch'", {"epoch": epoch})
    run(connection, "DELETE FROM durable")
    run(connection, "DELETE FROM hq_meta WHERE name = 'backup_wanted'")


def end_sessions(connection: Connection) -> None:
    """Nobody is signed in by a session of the past, neither people nor devices."""
    for table in ("device_session", "device_nonce", "hq_session"):
        run(connection, f"DELETE FROM {table}")


def revoke(
    connection: Connection, node: str, key: bytes, fingerprint: str, at: int, lost_at: int | None
) -> None:
    """A key that was revoked after the backup stays revoked, also one that the backup never knew; so does a loss."""
    facts = {"node": node, "key": key, "fingerprint": fingerprint, "at": at, "lost_at": lost_at}
    run(
        connection,
        "INSERT INTO node (node, store, state, enrolled_at) VALUES (:node, :node, 'active', :at)"
        " ON CONFLICT (node) DO NOTHING",
        facts,
    )
    run(
        connection,
        "INSERT INTO node_key (node, public_key, fingerprint, enrolled_at, revoked_at)"
        " VALUES (:node, :key, :fingerprint, :at, :at) ON CONFLICT (node, public_key) DO NOTHING",
        facts,
    )
    run(
        connection,
        "UPDATE node_key SET revoked_at = coalesce(revoked_at, :at), lost_at = coalesce(lost_at, :lost_at)"
        " WHERE node = :node AND public_key = :key",
        facts,
    )


def name_branch(connection: Connection, node: str, inc: str, seq: int, now_ms: int) -> None:
    """What a person said of a branch after the backup holds; the books of the backup follow what they had been told.

    They reach as far as they were carried, and nothing behind that is booked before they follow the newer word.
    """
    facts = {"node": node, "inc": inc, "seq": seq, "now": now_ms}
    applied = run(connection, "SELECT seq FROM applied WHERE node = :node AND inc = :inc", facts)
    reached = int(applied.scalar() or 0)
    known = trusted.cuts(connection).get((node, inc), Cut(reached, reached, reached))
    counted = min(known.counted, reached)
    run(
        connection,
        "INSERT INTO trusted_branch (node, inc, seq, counted, booked, named_at, named_by)"
        " VALUES (:node, :inc, :seq, :counted, :booked, :now, '') ON CONFLICT (node, inc) DO UPDATE SET"
        " seq = excluded.seq, counted = excluded.counted, booked = excluded.booked, named_at = excluded.named_at",
        facts | {"counted": counted, "booked": max(known.booked, counted)},
    )
