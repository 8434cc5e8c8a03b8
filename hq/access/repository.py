"""Statements on people, sessions and tokens."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hq.access.model import User
from hq.statements import replace_set, set_columns
from kit.sql import Connection, Row, run

ADMINISTRATORS = 0x61646D696E73  # the lock under which the active administrators change
PASSWORD_READ = 200  # what is typed beyond this is not even looked at
USER = (
    "SELECT id, login, name, language, password, active, all_stores, created_at, signed_in_at,"
    " (SELECT confirmed_at FROM hq_factor WHERE hq_factor.user_id = hq_user.id) AS factor_at FROM hq_user"
)


def _user(connection: Connection, row: Row | None) -> User | None:
    if row is None:
        return None
    roles = run(connection, "SELECT role FROM hq_user_role WHERE user_id = :id ORDER BY role", {"id": row.id})
    stores = run(connection, "SELECT store FROM hq_user_store WHERE user_id = :id", {"id": row.id})
    return User(
        id=row.id, login=row.login, name=row.name, language=row.language, active=bool(row.active),
        roles=tuple(r[0] for r in roles), stores=None if row.all_stores else frozenset(r[0] for r in stores),
        created_at=row.created_at, signed_in_at=row.signed_in_at, factor_at=row.factor_at,
    )  # fmt: skip


def user(connection: Connection, user_id: str) -> User | None:
    """One person by id."""
    return _user(connection, run(connection, f"{USER} WHERE id = :id", {"id": user_id}).first())


def user_by_login(connection: Connection, login: str) -> tuple[User | None, str]:
    """The person and the password's hash; (None, "") for nobody."""
    row = run(connection, f"{USER} WHERE login = :login", {"login": login}).first()
    return _user(connection, row), "" if row is None else row.password


def hold_user(connection: Connection, user_id: str) -> tuple[User | None, str]:
    """The person and the password's hash, held until the end of the transaction.

    Who begins sessions of a person and who ends them hold that person first: they do so one after the other.
    """
    run(connection, "UPDATE hq_user SET password = password WHERE id = :id", {"id": user_id})
    row = run(connection, f"{USER} WHERE id = :id", {"id": user_id}).first()
    return _user(connection, row), "" if row is None else row.password


def all_users(connection: Connection) -> list[User]:
    """Everybody, by name."""
    rows = run(connection, f"{USER} ORDER BY active DESC, login").all()
    return [found for row in rows if (found := _user(connection, row)) is not None]


def insert_user(connection: Connection, values: dict[str, Any]) -> None:
    """Add a person."""
    run(
        connection,
        "INSERT INTO hq_user (id, login, name, language, password, active, all_stores, created_at)"
        " VALUES (:id, :login, :name, :language, :password, 1, :all_stores, :created_at)",
        values,
    )


def update_user(connection: Connection, user_id: str, **values: Any) -> None:
    """Set some columns of one person."""
    set_columns(connection, "hq_user", ("id", user_id), values)


def set_roles(connection: Connection, user_id: str, roles: Iterable[str]) -> None:
    """Replace the roles."""
    replace_set(connection, "hq_user_role", ("user_id", user_id), "role", roles)


def set_stores(connection: Connection, user_id: str, stores: Iterable[str]) -> None:
    """Replace the stores that this person sees."""
    replace_set(connection, "hq_user_store", ("user_id", user_id), "store", stores)


def hold_administrators(connection: Connection) -> None:
    """Nobody else changes who administers until the transaction ends; the first lock that it takes.

    On PostgreSQL two who take each other's rights away would each still count the other. SQLite has one writer.
    """
    if connection.dialect.name != "sqlite":
        run(connection, "SELECT pg_advisory_xact_lock(:key)", {"key": ADMINISTRATORS})


def active_administrators(connection: Connection) -> int:
    """How many people can still manage people: active administrators of the whole chain."""
    return int(
        run(
            connection,
            "SELECT count(*) FROM hq_user u JOIN hq_user_role r ON r.user_id = u.id"
            " WHERE u.active = 1 AND u.all_stores = 1 AND r.role = 'administrator'",
        ).scalar_one()
    )


# -- sessions ----------------------------------------------------------------------------------------------


def insert_session(
    connection: Connection, digest: str, user_id: str, now_ms: int, address: str, *, owes_code: bool = False
) -> None:
    """Begin a session; one that owes a code is nobody's."""
    run(
        connection,
        "INSERT INTO hq_session (token_digest, user_id, created_at, seen_at, address, owes_code)"
        " VALUES (:digest, :user, :now, :now, :address, :owes)",
        {"digest": digest, "user": user_id, "now": now_ms, "address": address, "owes": int(owes_code)},
    )


def session(connection: Connection, digest: str) -> Row | None:
    """A session by the digest of its token."""
    return run(
        connection,
        "SELECT token_digest, user_id, created_at, seen_at, owes_code FROM hq_session WHERE token_digest = :digest",
        {"digest": digest},
    ).first()


def see_session(connection: Connection, digest: str, now_ms: int) -> None:
    """The session was used."""
    run(
        connection,
        "UPDATE hq_session SET seen_at = :now WHERE token_digest = :d",
        {"now": now_ms, "d": digest},
    )


def end_session(connection: Connection, digest: str) -> bool:
    """Sign out one browser; False when it was not signed in."""
    return bool(run(connection, "DELETE FROM hq_session WHERE token_digest = :d", {"d": digest}).rowcount)


def end_sessions_of(connection: Connection, user_id: str, but: str = "") -> None:
    """Sign a person out everywhere, except one browser."""
    hold_user(connection, user_id)
    run(
        connection,
        "DELETE FROM hq_session WHERE user_id = :id AND token_digest <> :but",
        {"id": user_id, "but": but},
    )


def end_old_sessions(connection: Connection, seen_before: int, created_before: int, after: int) -> int:
    """Forget sessions that are idle or too old, and those of a time to come."""
    return run(
        connection,
        "DELETE FROM hq_session WHERE seen_at < :seen OR created_at < :created OR seen_at > :after"
        " OR created_at > :after",
        {"seen": seen_before, "created": created_before, "after": after},
    ).rowcount


# -- API tokens --------------------------------------------------------------------------------------------


def insert_token(connection: Connection, digest: str, user_id: str, label: str, now_ms: int) -> None:
    """A bearer token for programs, stored as a digest."""
    run(
        connection,
        "INSERT INTO hq_api_token (token_digest, user_id, label, created_at) VALUES (:d, :u, :label, :now)",
        {"d": digest, "u": user_id, "label": label, "now": now_ms},
    )


def token(connection: Connection, digest: str) -> Row | None:
    """A token that is in force."""
    return run(
        connection,
        "SELECT user_id, label FROM hq_api_token WHERE token_digest = :d AND revoked_at IS NULL",
        {"d": digest},
    ).first()


def tokens_of(connection: Connection, user_id: str) -> list[Row]:
    """All tokens of a person, newest first."""
    return list(
        run(
            connection,
            "SELECT token_digest, label, created_at, revoked_at FROM hq_api_token WHERE user_id = :u"
            " ORDER BY created_at DESC, token_digest",
            {"u": user_id},
        )
    )


def revoke_token(connection: Connection, user_id: str, digest: str, now_ms: int) -> int:
    """End a token; answers how many rows changed."""
    return run(
        connection,
        "UPDATE hq_api_token SET revoked_at = :now WHERE token_digest = :d AND user_id = :u"
        " AND revoked_at IS NULL",
        {"now": now_ms, "d": digest, "u": user_id},
    ).rowcount
