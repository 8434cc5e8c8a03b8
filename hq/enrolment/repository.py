"""The SQL of enrolment, one statement a function."""

from __future__ import annotations

from typing import Any

from hq.enrolment.model import Code
from kit.sql import Connection, Row, run

COLUMNS = "code_digest, store, state, made_at, made_by, expires_at, fingerprint, asked_at, hint"


def code_of(row: Row) -> Code:
    """A row as a value."""
    return Code(*row)


def insert_code(connection: Connection, facts: dict[str, Any]) -> None:
    """A new code, kept as its digest."""
    run(
        connection,
        "INSERT INTO enrolment_code (code_digest, store, made_at, made_by, expires_at, expected_fingerprint, state)"
        " VALUES (:digest, :store, :now, :by, :until, :expected, 'waiting')",
        facts,
    )


def find(connection: Connection, digest: str) -> Row | None:
    """Everything about a code."""
    return run(
        connection, "SELECT * FROM enrolment_code WHERE code_digest = :digest", {"digest": digest}
    ).first()


def asked(connection: Connection, facts: dict[str, Any]) -> bool:
    """The first device takes the code; False when another one has."""
    done = run(
        connection,
        "UPDATE enrolment_code SET state = :state, public_key = :key, fingerprint = :fingerprint, asked_at = :now,"
        " hint = :hint WHERE code_digest = :digest AND state = 'waiting'",
        facts,
    )
    return bool(done.rowcount)


def settle(connection: Connection, facts: dict[str, Any]) -> bool:
    """A person confirms or refuses; False when it was settled before."""
    done = run(
        connection,
        "UPDATE enrolment_code SET state = :state, confirmed_at = :now, confirmed_by = :by"
        " WHERE code_digest = :digest AND state = 'asked'",
        facts,
    )
    return bool(done.rowcount)


def revoke(connection: Connection, node: str, key: bytes, now: int) -> bool:
    """A key may not speak any more; False when it never could or no longer can."""
    done = run(
        connection,
        "UPDATE node_key SET revoked_at = :now WHERE node = :node AND public_key = :key AND revoked_at IS NULL",
        {"node": node, "key": key, "now": now},
    )
    return bool(done.rowcount)


def lose(connection: Connection, node: str, key: bytes, now: int) -> None:
    """A revoked device is in other hands: a log of it that HQ does not know yet counts for nothing."""
    run(
        connection,
        "UPDATE node_key SET lost_at = :now WHERE node = :node AND public_key = :key AND lost_at IS NULL",
        {"node": node, "key": key, "now": now},
    )
