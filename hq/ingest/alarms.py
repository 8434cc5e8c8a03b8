"""Alarms: what a person must look at; each subject alarms once until it is closed."""

from __future__ import annotations

import json
from typing import Any

from kit.sql import Connection, run


def alarm(
    connection: Connection,
    *,
    store: str,
    code: str,
    subject: str,
    now_ms: int,
    facts: dict[str, Any] | None = None,
) -> None:
    """Raise `code` about `subject`: once while it is open, again when it comes back after it was closed."""
    run(
        connection,
        "INSERT INTO alarm (id, store, code, subject, facts, at) VALUES (:id, :store, :code, :subject, :facts, :at)"
        " ON CONFLICT (id) DO UPDATE SET at = excluded.at, facts = excluded.facts, closed_at = NULL,"
        " closed_by = NULL, note = '' WHERE alarm.closed_at IS NOT NULL",
        {
            "id": f"{code}|{subject}", "store": store, "code": code, "subject": subject, "at": now_ms,
            "facts": json.dumps(facts or {}, ensure_ascii=False, sort_keys=True),
        },
    )  # fmt: skip


def last_facts(connection: Connection, id_: str) -> dict[str, Any]:
    """What was said when an alarm was raised last, open or closed; nothing when it never was."""
    found = run(connection, "SELECT facts FROM alarm WHERE id = :id", {"id": id_}).scalar()
    facts: dict[str, Any] = json.loads(found) if found else {}
    return facts


def tell_anew(connection: Connection, id_: str, facts: dict[str, Any]) -> None:
    """An alarm that is open says what is so now."""
    words = json.dumps(facts, ensure_ascii=False, sort_keys=True)
    run(
        connection, "UPDATE alarm SET facts = :facts WHERE id = :id AND closed_at IS NULL",
        {"id": id_, "facts": words},
    )  # fmt: skip


def closed_by(connection: Connection, id_: str) -> str:
    """Who has closed it; empty when it is open, ended by itself, or was never raised."""
    return str(run(connection, "SELECT closed_by FROM alarm WHERE id = :id", {"id": id_}).scalar() or "")


def store_of(connection: Connection, id_: str) -> str | None:
    """The store that an alarm is about; None when it was never raised."""
    found = run(connection, "SELECT store FROM alarm WHERE id = :id", {"id": id_}).first()
    return None if found is None else str(found.store)


def close(connection: Connection, id_: str, *, by: str, note: str, now_ms: int) -> bool:
    """A person has dealt with it; False when it was closed before or never raised."""
    done = run(
        connection,
        "UPDATE alarm SET closed_at = :now, closed_by = :by, note = :note WHERE id = :id AND closed_at IS NULL",
        {"id": id_, "by": by, "note": note, "now": now_ms},
    )
    return bool(done.rowcount)


def is_open(connection: Connection, id_: str) -> bool:
    """Does this alarm wait for somebody?"""
    return (
        run(connection, "SELECT 1 FROM alarm WHERE id = :id AND closed_at IS NULL", {"id": id_}).first()
        is not None
    )


def open_of(connection: Connection, code: str) -> list[str]:
    """The open alarms of one kind."""
    sql = "SELECT id FROM alarm WHERE code = :code AND closed_at IS NULL ORDER BY id"
    return [row[0] for row in run(connection, sql, {"code": code})]
