"""Statements on imports."""

from __future__ import annotations

from typing import Any

from kit.sql import Connection, Row, run

RUN = (
    "SELECT id, kind, file_name, sha256, encoding, state, rows_total, rows_new, rows_changed, rows_same, rows_bad,"
    " problems, made_at, made_by, made_by_name, applied_at FROM import_run"
)


def insert(connection: Connection, values: dict[str, Any]) -> None:
    """Keep a dry run with the file."""
    run(
        connection,
        "INSERT INTO import_run (id, kind, file_name, sha256, encoding, content, state, rows_total, rows_new,"
        " rows_changed, rows_same, rows_bad, problems, made_at, made_by, made_by_name) VALUES (:id, :kind,"
        " :file_name, :sha256, :encoding, :content, 'dry', :rows_total, :rows_new, :rows_changed, :rows_same,"
        " :rows_bad, :problems, :made_at, :made_by, :made_by_name)",
        values,
    )


def import_run(connection: Connection, run_id: str) -> Row | None:
    """One import without its file."""
    return run(connection, f"{RUN} WHERE id = :id", {"id": run_id}).first()


def content(connection: Connection, run_id: str) -> bytes:
    """The file of an import."""
    found = run(connection, "SELECT content FROM import_run WHERE id = :id", {"id": run_id})
    return bytes(found.scalar_one())


def runs(connection: Connection, made_by: str = "", limit: int = 50) -> list[Row]:
    """The newest imports, of everybody or of one person."""
    order = "ORDER BY made_at DESC, id DESC LIMIT :limit"
    facts = {"by": made_by, "limit": limit}
    return list(run(connection, f"{RUN} WHERE (:by = '' OR made_by = :by) {order}", facts))


def applied_before(connection: Connection, kind: str, sha256: str) -> int | None:
    """When the same file was imported."""
    found = run(
        connection,
        "SELECT max(applied_at) FROM import_run WHERE kind = :k AND sha256 = :h AND state = 'applied'",
        {"k": kind, "h": sha256},
    ).scalar()
    return None if found is None else int(found)


def finish(connection: Connection, run_id: str, values: dict[str, Any]) -> int:
    """A dry run becomes applied or dropped; answers how many rows changed."""
    columns = ", ".join(f"{name} = :{name}" for name in values)
    return run(
        connection,
        f"UPDATE import_run SET {columns} WHERE id = :id AND state = 'dry'",
        {**values, "id": run_id},
    ).rowcount
