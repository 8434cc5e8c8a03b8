"""Statements on remembered answers."""

from __future__ import annotations

from typing import Any

from kit.sql import Connection, Row, run


def answer(connection: Connection, person: str, key: str) -> Row | None:
    """What was answered to this key."""
    return run(
        connection,
        "SELECT request, status, answer FROM api_answer WHERE person = :p AND key = :k",
        {"p": person, "k": key},
    ).first()


def remember(connection: Connection, values: dict[str, Any]) -> None:
    """Keep an answer."""
    run(
        connection,
        "INSERT INTO api_answer (person, key, request, status, answer, at)"
        " VALUES (:person, :key, :request, :status, :answer, :at)",
        values,
    )


def forget(connection: Connection, before: int) -> int:
    """Drop old answers; says how many."""
    return run(connection, "DELETE FROM api_answer WHERE at < :before", {"before": before}).rowcount
