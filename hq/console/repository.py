"""The few values that the headquarters keeps about itself."""

from __future__ import annotations

from kit.sql import Connection, run


def meta(connection: Connection, name: str) -> str | None:
    """A value by name."""
    found = run(connection, "SELECT value FROM hq_meta WHERE name = :n", {"n": name}).scalar()
    return None if found is None else str(found)


def set_meta(connection: Connection, name: str, value: str) -> None:
    """Store a value."""
    run(
        connection,
        "INSERT INTO hq_meta (name, value) VALUES (:n, :v)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        {"n": name, "v": value},
    )
