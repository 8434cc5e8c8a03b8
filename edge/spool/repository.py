"""SQL of the spool. A state changes only here, through the table of `drivers.printer.spool_states`."""

from __future__ import annotations

from drivers.printer.protocol import Evidence, JobState
from drivers.printer.spool_states import move
from edge.spool.model import Job
from kit.db import Connection, Database


def job(tx: Connection, id_: int) -> Job | None:
    """One job."""
    row = tx.execute("SELECT * FROM print_job WHERE id = ?", (id_,)).fetchone()
    return None if row is None else Job.from_row(row)


def waiting(db: Connection | Database, terminal: str) -> list[Job]:
    """Jobs of a terminal that nobody works on: drawer pulses first, then papers in their order."""
    sql = (
        "SELECT * FROM print_job WHERE device IN (?, ?) AND state IN ('QUEUED', 'BLOCKED')"
        " ORDER BY kind <> 'drawer', id"
    )
    names = (f"printer:{terminal}", f"drawer:{terminal}")
    rows = db.rows(sql, names) if isinstance(db, Database) else db.execute(sql, names)
    return [Job.from_row(row) for row in rows]


def unfinished(tx: Connection) -> list[Job]:
    """Jobs that a process may have left in the middle."""
    sql = "SELECT * FROM print_job WHERE state IN ('SENDING', 'CONFIRMED', 'BLOCKED') ORDER BY id"
    return [Job.from_row(row) for row in tx.execute(sql)]


def owed(tx: Connection) -> list[Job]:
    """Jobs that nobody has begun."""
    sql = "SELECT * FROM print_job WHERE state = 'QUEUED' ORDER BY id"
    return [Job.from_row(row) for row in tx.execute(sql)]


def terminals(db: Database) -> set[str]:
    """Terminals for which something waits."""
    sql = "SELECT DISTINCT terminal FROM print_job WHERE state IN ('QUEUED', 'BLOCKED')"
    return {row["terminal"] for row in db.rows(sql)}


def orphan_hangs(db: Database, device: str) -> bool:
    """Did the last paper that was begun on this device end UNKNOWN, so that the next one must cut it off?

    Lost papers are few and have an index of their own: nobody looks through all papers of ninety days.
    """
    lost = db.value(
        "SELECT max(s.n) FROM print_event u CROSS JOIN print_job j ON j.id = u.job"
        " CROSS JOIN print_event s ON s.job = u.job AND s.state = 'SENDING'"
        " WHERE u.state = 'UNKNOWN' AND j.device = ?",
        (device,),
    )
    if lost is None:
        return False
    later = db.row(
        "SELECT 1 FROM print_event e CROSS JOIN print_job j ON j.id = e.job"
        " WHERE e.n > ? AND e.state = 'SENDING' AND j.device = ? ORDER BY e.n DESC LIMIT 1",
        (lost, device),
    )
    return later is None


def put(
    tx: Connection,
    old: Job,
    state: JobState,
    at: int,
    *,
    evidence: Evidence | None = None,
    reason: str = "",
    bytes_sent: int | None = None,
    attempt: bool = False,
) -> Job:
    """Move a job and write the move down. Raises `Conflict("spool.illegal_move")`, changing nothing."""
    new = move(old.state, state, body_left=old.body_left)
    tx.execute(
        "UPDATE print_job SET state = ?, evidence = ?, reason = ?, bytes_sent = ?, attempts = attempts + ?,"
        " changed_at = ? WHERE id = ?",
        (
            new,
            old.evidence if evidence is None else evidence,
            reason,
            old.bytes_sent if bytes_sent is None else bytes_sent,
            int(attempt),
            at,
            old.id,
        ),
    )
    insert_event(tx, old.id, at, new, reason)
    found = job(tx, old.id)
    assert found is not None
    return found


def mark(tx: Connection, old: Job, at: int, reason: str) -> None:
    """Write down something about a job whose state stays."""
    tx.execute("UPDATE print_job SET reason = ?, changed_at = ? WHERE id = ?", (reason, at, old.id))
    insert_event(tx, old.id, at, old.state, reason)


def insert_event(tx: Connection, job_id: int, at: int, state: str, reason: str) -> None:
    """One line of a job's history."""
    tx.execute(
        "INSERT INTO print_event (job, at, state, reason) VALUES (?, ?, ?, ?)", (job_id, at, state, reason)
    )


def drop_contents(tx: Connection, before: int) -> int:
    """Forget what finished jobs were to print; returns how many. Their history stays."""
    return tx.execute(
        "UPDATE print_job SET document = '{}' WHERE changed_at < ? AND document <> '{}'"
        " AND state IN ('DONE', 'SENT_UNVERIFIED', 'CANCELLED')",
        (before,),
    ).rowcount


def drop_done(tx: Connection, before: int) -> int:
    """Delete jobs that are done since long: pulses, test pages, and receipts whose document is there; with their
    history. Returns how many."""
    chosen = (
        "SELECT id FROM print_job WHERE changed_at < ? AND state = 'DONE' AND (kind IN ('drawer', 'test') OR"
        " kind IN ('receipt', 'return', 'reprint') AND reference IN (SELECT id FROM document))"
    )
    tx.execute(f"DELETE FROM print_event WHERE job IN ({chosen})", (before,))
    return tx.execute(f"DELETE FROM print_job WHERE id IN ({chosen})", (before,)).rowcount
