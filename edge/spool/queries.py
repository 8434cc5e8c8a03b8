"""Reads about print jobs for chips, lists and the node's page."""

from __future__ import annotations

from typing import Any

from edge.spool.model import Job, is_stale
from kit.db import Database, Row

LIST_FINISHED = 10
RECENT = 2000  # finished jobs are looked for among the newest ones only
_NUMBERED = "SELECT j.*, coalesce(d.number, '') AS number FROM print_job j LEFT JOIN document d ON d.id = j.reference "


def figures(db: Database, terminal: str) -> dict[str, Any]:
    """Papers that wait, papers of unknown fate, what stops the printer, what became of the last pulse."""
    row = db.row(
        "SELECT coalesce(sum(state IN ('QUEUED', 'BLOCKED')), 0) AS waiting,"
        " coalesce(sum(state = 'UNKNOWN'), 0) AS unknown,"
        " coalesce(max(CASE WHEN state = 'BLOCKED' THEN reason END), '') AS stuck"
        " FROM print_job WHERE device = ? AND state IN ('QUEUED', 'BLOCKED', 'UNKNOWN')",
        (f"printer:{terminal}",),
    )
    assert row is not None
    return {
        "waiting": row["waiting"],
        "unknown": row["unknown"],
        "stuck": row["stuck"],
        "drawer": last_pulse(db, terminal),
    }


def last_pulse(db: Database, terminal: str) -> str:
    """What became of the newest finished pulse of a drawer; one index look-up a state, whatever the age."""
    newest = [
        db.value(
            "SELECT max(id) FROM print_job WHERE device = ? AND state = ?", (f"drawer:{terminal}", state)
        )
        for state in ("DONE", "SENT_UNVERIFIED", "CANCELLED")
    ]
    found = max((id_ for id_ in newest if id_ is not None), default=None)
    return "" if found is None else str(db.value("SELECT reason FROM print_job WHERE id = ?", (found,)))


def held(db: Database, terminal: str, now_ms: int) -> int:
    """Old receipts that wait for somebody to say whether they are still wanted."""
    rows = db.rows(
        "SELECT kind, made_at, reason FROM print_job WHERE device = ? AND state = 'QUEUED'",
        (f"printer:{terminal}",),
    )
    return sum(is_stale(row["kind"], row["reason"], now_ms - row["made_at"]) for row in rows)


def listed(db: Database, terminal: str) -> list[tuple[Job, str]]:
    """(job, number of its receipt): unknown first, then what waits, then the newest finished ones."""
    open_ = db.rows(
        _NUMBERED
        + "WHERE j.device = ? AND j.state IN ('QUEUED', 'BLOCKED', 'SENDING', 'CONFIRMED', 'UNKNOWN')"
        " ORDER BY j.state <> 'UNKNOWN', j.id",
        (f"printer:{terminal}",),
    )
    done = db.rows(
        _NUMBERED + "WHERE j.terminal = ? AND j.id > (SELECT coalesce(max(id), 0) FROM print_job) - ?"
        " AND j.state IN ('DONE', 'SENT_UNVERIFIED', 'CANCELLED') AND (j.kind <> 'drawer' OR j.reason LIKE 'FAILED%')"
        " ORDER BY j.id DESC LIMIT ?",
        (terminal, RECENT, LIST_FINISHED),
    )
    return [_with_number(row) for row in [*open_, *done]]


def trouble(db: Database) -> list[tuple[Job, str]]:
    """Papers of the whole store that need somebody: unknown or blocked."""
    rows = db.rows(
        _NUMBERED + "WHERE j.kind <> 'drawer' AND j.state IN ('UNKNOWN', 'BLOCKED')"
        " ORDER BY j.state <> 'UNKNOWN', j.id LIMIT 50"
    )
    return [_with_number(row) for row in rows]


def counts(db: Database) -> dict[str, int]:
    """Papers by state, the drawer's pulses left out."""
    rows = db.rows("SELECT state, count(*) AS n FROM print_job WHERE kind <> 'drawer' GROUP BY state")
    return {row["state"]: row["n"] for row in rows}


def history(db: Database, job_id: int) -> list[tuple[str, str]]:
    """(state, reason) of every move of a job, oldest first."""
    rows = db.rows("SELECT state, reason FROM print_event WHERE job = ? ORDER BY n", (job_id,))
    return [(row["state"], row["reason"]) for row in rows]


def _with_number(row: Row) -> tuple[Job, str]:
    plain = dict(zip(row.keys(), tuple(row), strict=True))
    number = plain.pop("number")
    return Job.from_row(plain), str(number)
