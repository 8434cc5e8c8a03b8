"""Who speaks: a session made with two nonces, good for 15 minutes, bound to HQ's key.

HQ first proves its own key over the device's nonce, then the device proves a key that was enrolled. A nonce is
good once and for a minute, so a recorded log-in is worth nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import request

from hq.web import hq
from kit.crypto import fingerprint, random_bytes, random_token, token_digest, verify
from kit.sql import Connection, run
from retail.errors import LianpuError
from schemas import wire
from schemas.wire import session as messages
from sync.calls import session_fields

if TYPE_CHECKING:
    from hq.running import Running

SESSION_SECONDS = 15 * 60
NONCE_MS = 60_000
NONCE_BYTES = 32


class NoSession(LianpuError):
    """Nobody known is speaking; the node opens a session and asks again."""

    def __init__(self) -> None:
        super().__init__("sync.no_session")


@dataclass(frozen=True)
class Speaker:
    """The node on the other end of this request and the key it proved."""

    node: str
    store: str
    public_key: bytes


def challenge(hq: Running, asked: messages.Challenge) -> messages.ChallengeAnswer:
    """HQ proves its key and hands out a nonce."""
    nonce, now = random_bytes(NONCE_BYTES), hq.clock.now_ms()
    with hq.db.write(durable=False) as connection:  # a nonce that is lost is asked for again
        run(connection, "DELETE FROM device_nonce WHERE expires_at < :now", {"now": now})
        run(
            connection,
            "INSERT INTO device_nonce (nonce, node, expires_at) VALUES (:nonce, :node, :until)",
            {"nonce": nonce, "node": asked.node, "until": now + NONCE_MS},
        )
    fields = session_fields("hq", asked.node, hq.key.public, asked.nonce, nonce)
    return messages.ChallengeAnswer(
        hq_key_id=hq.key.public, nonce=nonce, signature=hq.key.sign("session", *fields)
    )


def open_session(hq: Running, asked: messages.SessionRequest) -> messages.SessionAnswer:
    """A token for a node that proved an enrolled key; raises `NoSession` otherwise, without saying why."""
    now = hq.clock.now_ms()
    fields = session_fields("node", asked.node, hq.key.public, asked.nonce, asked.hq_nonce)
    with hq.db.write() as connection:
        used = run(
            connection,
            "DELETE FROM device_nonce WHERE nonce = :nonce AND node = :node AND expires_at >= :now",
            {"nonce": asked.hq_nonce, "node": asked.node, "now": now},
        )
        if used.rowcount != 1 or not verify(asked.public_key, asked.signature, "session", *fields):
            raise NoSession
        store = _store_of_key(connection, asked.node, asked.public_key)
        if store is None:
            store = _recover(connection, hq, asked, now)
        token = random_token()
        run(connection, "DELETE FROM device_session WHERE expires_at < :now", {"now": now})
        run(
            connection,
            "INSERT INTO device_session (token_digest, node, store, public_key, expires_at)"
            " VALUES (:digest, :node, :store, :key, :until)",
            {
                "digest": token_digest(token), "node": asked.node, "store": store, "key": asked.public_key,
                "until": now + SESSION_SECONDS * 1000,
            },
        )  # fmt: skip
    return messages.SessionAnswer(token=token, seconds=SESSION_SECONDS, hq_at=now)


def hold_key(connection: Connection, node: str, key: bytes) -> bool:
    """Is this a key of the node? It is held until the transaction ends: meanwhile nobody revokes it."""
    held = run(
        connection,
        "UPDATE node_key SET public_key = public_key WHERE node = :node AND public_key = :key",
        {"node": node, "key": key},
    )
    return bool(held.rowcount)


def _store_of_key(connection: Connection, node: str, key: bytes) -> str | None:
    hold_key(connection, node, key)  # in a statement of its own: the next one sees what it has waited for
    row = run(
        connection,
        "SELECT n.store, k.revoked_at FROM node_key k JOIN node n ON n.node = k.node"
        " WHERE k.node = :node AND k.public_key = :key",
        {"node": node, "key": key},
    ).first()
    if row is not None and row[1] is not None:
        raise NoSession
    return None if row is None else str(row[0])


def _recover(connection: Connection, hq: Running, asked: messages.SessionRequest, now: int) -> str:
    """A restored HQ knows a device again by the record that it once signed."""
    if asked.record is None or asked.record_signature is None:
        raise NoSession
    if not verify(hq.key.public, asked.record_signature, "enrolment", asked.record):
        raise NoSession
    record = wire.decode(asked.record, messages.EnrolmentRecord)
    if record.node != asked.node or record.public_key != asked.public_key:
        raise NoSession
    know(connection, record, now)
    return record.store


def know(connection: Connection, record: messages.EnrolmentRecord, now: int) -> None:
    """From now on this key speaks for this node."""
    facts = {
        "node": record.node, "store": record.store, "key": record.public_key, "at": record.enrolled_at,
        "fingerprint": fingerprint(record.public_key), "now": now,
    }  # fmt: skip
    run(
        connection,
        "INSERT INTO node (node, store, state, enrolled_at) VALUES (:node, :store, 'active', :at)"
        " ON CONFLICT (node) DO NOTHING",
        facts,
    )
    run(
        connection,
        "INSERT INTO node_key (node, public_key, fingerprint, enrolled_at) VALUES (:node, :key, :fingerprint, :at)"
        " ON CONFLICT (node, public_key) DO NOTHING",
        facts,
    )


def speaker() -> Speaker:
    """The node of this request's session; that of a revoked key is nobody's, however it came to be there."""
    scheme, _, token = request.headers.get(wire.TOKEN_HEADER, "").partition(" ")
    if scheme != "Bearer" or not token:
        raise NoSession
    row = hq().db.row(
        "SELECT s.node, s.store, s.public_key, s.expires_at FROM device_session s"
        " JOIN node_key k ON k.node = s.node AND k.public_key = s.public_key"
        " WHERE s.token_digest = :digest AND k.revoked_at IS NULL",
        {"digest": token_digest(token)},
    )
    if row is None or row[3] < hq().clock.now_ms():
        raise NoSession
    return Speaker(row[0], row[1], bytes(row[2]))
