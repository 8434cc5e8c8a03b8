"""Statements on remembered answers."""

from __future__ import annotations

from typing import Any

from kit.sql import Connection, Row, run


def answer(connection: Connection, person: str, key: str) -> Row:
    """What was answered to a key that is taken."""
    return run(
        connection,
        "SELECT request, answer FROM api_answer WHERE person = :p AND key = :k",
        {"p": person, "k": key},
    ).one()


def claim(connection: Connection, values: dict[str, Any]) -> bool:
    """Take a key for this transaction; False when it has been answered.

    On PostgreSQL a second call waits here for the first one's end, on SQLite at its BEGIN.
    """
    found = run(
        connection,
        "INSERT INTO api_answer (person, key, request, answer, at) VALUES (:person, :key, :request, '', :at)"
        " ON CONFLICT DO NOTHING",
        values,
    )
    return found.rowcount == 1


def settle(connection: Connection, person: str, key: str, text: str) -> None:
    """Keep the answer beside its claim."""
    run(
        connection,
        "UPDATE api_answer SET answer = :answer WHERE person = :p AND key = :k",
        {"answer": text, "p": person, "k": key},
    )


def forget(connection: Connection, before: int) -> int:
    """Drop old answers; says how many."""
    return run(connection, "DELETE FROM api_answer WHERE at < :before", {"before": before}).rowcount
