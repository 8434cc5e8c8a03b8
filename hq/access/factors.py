"""Statements on second factors and on sessions that still owe a code."""

from __future__ import annotations

from collections.abc import Iterable

from hq.statements import set_columns
from kit.crypto import token_digest
from kit.sql import Connection, Row, run, run_many


def factor(connection: Connection, user_id: str) -> Row | None:
    """The second factor of a person, confirmed or not."""
    return run(
        connection,
        "SELECT user_id, secret, made_at, confirmed_at, last_step, failures, failed_at FROM hq_factor"
        " WHERE user_id = :u",
        {"u": user_id},
    ).first()


def lock_factor(connection: Connection, user_id: str) -> Row | None:
    """The same, held until the end of the transaction: what is counted and used up is counted once."""
    run(connection, "UPDATE hq_factor SET failures = failures WHERE user_id = :u", {"u": user_id})
    return factor(connection, user_id)


def put_factor(connection: Connection, user_id: str, secret: bytes, now_ms: int) -> None:
    """A new secret that nobody has confirmed yet."""
    remove_factor(connection, user_id)
    run(
        connection,
        "INSERT INTO hq_factor (user_id, secret, made_at) VALUES (:u, :secret, :now)",
        {"u": user_id, "secret": secret, "now": now_ms},
    )


def remove_factor(connection: Connection, user_id: str) -> int:
    """Back to the password alone; answers how many factors there were."""
    run(connection, "DELETE FROM hq_recovery_code WHERE user_id = :u", {"u": user_id})
    return run(connection, "DELETE FROM hq_factor WHERE user_id = :u", {"u": user_id}).rowcount


def confirm(connection: Connection, user_id: str, now_ms: int) -> None:
    """From now on it is asked for."""
    set_columns(connection, "hq_factor", ("user_id", user_id), {"confirmed_at": now_ms})


def use_step(connection: Connection, user_id: str, step: int) -> bool:
    """A code of this step is used up with all before it; False when it already was (also by another worker)."""
    sql = "UPDATE hq_factor SET last_step = :s, failures = 0 WHERE user_id = :u AND last_step < :s"
    return bool(run(connection, sql, {"u": user_id, "s": step}).rowcount)


def count_failure(connection: Connection, user_id: str, now_ms: int) -> None:
    """A wrong code."""
    run(
        connection,
        "UPDATE hq_factor SET failures = failures + 1, failed_at = :now WHERE user_id = :u",
        {"u": user_id, "now": now_ms},
    )


def put_recovery_codes(connection: Connection, user_id: str, codes: Iterable[str]) -> None:
    """These and no others open from now on, each once."""
    run(connection, "DELETE FROM hq_recovery_code WHERE user_id = :u", {"u": user_id})
    run_many(
        connection,
        "INSERT INTO hq_recovery_code (user_id, digest) VALUES (:u, :d)",
        [{"u": user_id, "d": token_digest(code)} for code in codes],
    )


def use_recovery_code(connection: Connection, user_id: str, code: str, now_ms: int) -> bool:
    """Use one up; False when it is none of theirs or was used."""
    used = run(
        connection,
        "UPDATE hq_recovery_code SET used_at = :now WHERE user_id = :u AND digest = :d AND used_at IS NULL",
        {"u": user_id, "d": token_digest(code), "now": now_ms},
    ).rowcount
    if used:
        set_columns(connection, "hq_factor", ("user_id", user_id), {"failures": 0})
    return bool(used)


def recovery_codes_left(connection: Connection, user_id: str) -> int:
    """How many are unused."""
    return int(
        run(
            connection,
            "SELECT count(*) FROM hq_recovery_code WHERE user_id = :u AND used_at IS NULL",
            {"u": user_id},
        ).scalar_one()
    )
