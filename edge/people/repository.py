"""SQL of the people slice."""

from __future__ import annotations

from kit.db import Connection, Database, Row


def credential(db: Database, staff: str) -> Row | None:
    """A person's wrapped verifier."""
    return db.row("SELECT generation, verifier FROM credential WHERE staff = ?", (staff,))


def save_credential(tx: Connection, staff: str, generation: int, verifier: bytes, at: int) -> None:
    """Set or replace a PIN."""
    tx.execute(
        "INSERT INTO credential (staff, generation, verifier, set_at) VALUES (?, ?, ?, ?) ON CONFLICT (staff)"
        " DO UPDATE SET generation = excluded.generation, verifier = excluded.verifier, set_at = excluded.set_at",
        (staff, generation, verifier, at),
    )


def sign_in_of(db: Database, terminal: str) -> Row | None:
    """Who is at a terminal."""
    return db.row("SELECT staff, language, locked, at, seen_at FROM sign_in WHERE terminal = ?", (terminal,))


def unlocked_terminals(db: Database) -> list[str]:
    """Terminals at which somebody is signed in and not locked."""
    return [
        row["terminal"] for row in db.rows("SELECT terminal FROM sign_in WHERE locked = 0 ORDER BY terminal")
    ]


def save_sign_in(tx: Connection, terminal: str, staff: str, language: str, at: int) -> None:
    """Somebody sat down."""
    tx.execute(
        "INSERT INTO sign_in (terminal, staff, language, locked, at, seen_at) VALUES (?, ?, ?, 0, ?, ?)"
        " ON CONFLICT (terminal) DO UPDATE SET staff = excluded.staff, language = excluded.language,"
        " locked = 0, at = excluded.at, seen_at = excluded.seen_at",
        (terminal, staff, language, at, at),
    )


def set_locked(tx: Connection, terminal: str, at: int) -> None:
    """Lock a terminal."""
    tx.execute("UPDATE sign_in SET locked = 1, seen_at = ? WHERE terminal = ?", (at, terminal))


def set_language(tx: Connection, terminal: str, language: str) -> None:
    """Change the language at a terminal."""
    tx.execute("UPDATE sign_in SET language = ? WHERE terminal = ?", (language, terminal))
