"""Who this node is to HQ: what enrolment left behind."""

from __future__ import annotations

from dataclasses import dataclass

from edge.journal.repository import set_meta
from kit.db import Connection, Database
from schemas.wire.up import SignedReceipt


@dataclass(frozen=True)
class Identity:
    """`hq_key` is pinned for ever; `record` is what a restored HQ accepts."""

    node: str
    hq_url: str
    hq_key: bytes
    record: SignedReceipt


def load(db: Database) -> Identity | None:
    """The identity, or None before enrolment."""
    rows = db.rows(
        "SELECT name, value FROM meta"
        " WHERE name IN ('store', 'hq_url', 'hq_key', 'enrolment', 'enrolment_signature')"
    )
    found = {row["name"]: row["value"] for row in rows}
    if len(found) < 5:
        return None
    record = SignedReceipt(bytes.fromhex(found["enrolment"]), bytes.fromhex(found["enrolment_signature"]))
    return Identity(found["store"], found["hq_url"], bytes.fromhex(found["hq_key"]), record)


def save(tx: Connection, identity: Identity) -> None:
    """Keep what HQ signed; the store itself is set by `Node.become`."""
    set_meta(tx, "hq_url", identity.hq_url)
    set_meta(tx, "hq_key", identity.hq_key.hex())
    set_meta(tx, "enrolment", identity.record.receipt.hex())
    set_meta(tx, "enrolment_signature", identity.record.signature.hex())
