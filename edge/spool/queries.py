"""Reads about print jobs for chips, lists and the node's page."""

from __future__ import annotations

from typing import Any

from edge.spool.model import RECEIPTS, RELEASED, STALE_MS, Job
from kit.db import Database, Row

LIST_FINISHED = 10


def figures(db: Database, terminal: str) -> dict[str, Any]:
    """Papers that wait, papers of unknown fate, what stops the printer, what became of the last pulse."""
    row = db.row(
        "SELECT coalesce(sum(state IN ('QUEUED', 'BLOCKED')), 0) AS waiting,"
        " coalesce(sum(state = 'UNKNOWN'), 0) AS unknown,"
        " coalesce(max(CASE WHEN state = 'BLOCKED' THEN reason END), '') AS stuck"
        " FROM print_job WHERE terminal = ? AND kind <> 'drawer' AND state IN ('QUEUED', 'BLOCKED', 'UNKNOWN')",
        (terminal,),
    )
    drawer = db.value(
        "SELECT reason FROM print_job WHERE device = ? ORDER BY id DESC LIMIT 1", (f"drawer:{terminal}",), ""
    )
    assert row is not None
    return {
        "waiting": row["waiting"],
        "unknown": row["unknown"],
        "stuck": row["stuck"],
        "drawer": str(drawer),
    }


def held(db: Database, terminal: str, now_ms: int) -> int:
    """Old receipts that wait for somebody to say whether they are still wanted."""
    marks = ", ".join("?" for _ in RECEIPTS)
    return int(
        db.value(
            f"SELECT count(*) FROM print_job WHERE terminal = ? AND state = 'QUEUED' AND reason <> ?"
            f" AND made_at < ? AND kind IN ({marks})",
            (terminal, RELEASED, now_ms - STALE_MS, *RECEIPTS),
        )
    )


def listed(db: Database, terminal: str | None, *, finished: int = LIST_FINISHED) -> list[tuple[Job, str]]:
    """(job, number of its receipt): unknown first, then what waits, then the newest finished ones."""
    where = "" if terminal is None else " AND j.terminal = :terminal"
    sql = (
        "SELECT j.*, coalesce(d.number, '') AS number FROM print_job j LEFT JOIN document d ON d.id = j.reference"
        f" WHERE %s{where}"
    )
    params = {"terminal": terminal, "limit": finished}
    open_ = db.rows(
        sql % "j.state NOT IN ('DONE', 'SENT_UNVERIFIED', 'CANCELLED') AND j.kind <> 'drawer'"
        + " ORDER BY j.state <> 'UNKNOWN', j.id",
        params,
    )
    done = db.rows(
        sql % "j.state IN ('DONE', 'SENT_UNVERIFIED', 'CANCELLED')"
        + " AND (j.kind <> 'drawer' OR j.reason LIKE 'FAILED%') ORDER BY j.id DESC LIMIT :limit",
        params,
    )
    return [_with_number(row) for row in [*open_, *done]]


def trouble(db: Database) -> list[tuple[Job, str]]:
    """Papers of the whole store that need somebody: unknown or blocked."""
    return [pair for pair in listed(db, None, finished=0) if pair[0].state in ("UNKNOWN", "BLOCKED")]


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
