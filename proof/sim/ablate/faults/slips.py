"""What some edits call: mistakes that take more than one expression."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import msgspec

from edge.journal import repository as journal_rows
from edge.node import Node
from edge.syncing import outbox
from hq.ingest import log
from hq.ingest.sessions import Speaker
from hq.publish import actions as publish
from hq.publish import repository as scopes
from kit.crypto import random_bytes
from kit.db import Connection
from kit.sql import Connection as SqlConnection
from kit.sql import run
from proof.sim.ablate.reach import planted, reached
from retail.ids import uuid7
from schemas.events.base import decode, encode
from schemas.rows import registry as rows
from schemas.wire.up import Receipt, SignedReceipt
from sync.calls import Batch
from sync.chain import body_hash


def renamed(tx: Connection, ids: Iterable[str]) -> list[str]:
    """Every event once more under an id of its own, as if it were to be told anew."""
    made = []
    for id_ in ids:
        event = decode(tx.execute("SELECT body FROM body WHERE id = ?", (id_,)).fetchone()[0])
        copy = replace_id(event, uuid7(event.at, random_bytes(10)))
        body = encode(copy)
        row = (copy.id, body_hash(body), copy.type, copy.at, copy.day, copy.shift, 0, body)
        journal_rows.insert_body(tx, row)
        reached()
        made.append(copy.id)
    return made


def replace_id(event: Any, id_: str) -> Any:
    """The same event with another identity."""
    return msgspec.structs.replace(event, id=id_)


def moved_on(node: Node, batch: Batch, last: int) -> None:
    """Call a batch acknowledged because it is about to be sent."""
    with node.journal.writing() as tx:
        own = next(own for own in outbox.incs(tx) if own.inc == batch.inc)
        if own.receipt is None or own.signed is None:
            return
        reached()
        said: Receipt = msgspec.structs.replace(own.receipt, seq=last, hash=batch.hashes[-1])
        signed: SignedReceipt = own.signed
        outbox.keep_receipt(tx, said, signed)


def reserialised(body: bytes) -> bytes:
    """The hash of the same content written once more, as another library would."""
    return body_hash(json.dumps(json.loads(body)).encode())


class Late:
    """Appends a batch when the next one comes."""

    def __init__(self) -> None:
        self._waiting: list[tuple[log.Batch, int, int]] = []

    def __call__(self, connection: SqlConnection, batch: log.Batch, skip: int, now: int) -> None:
        reached()
        self._waiting.append((batch, skip, now))
        if len(self._waiting) > 1:
            log._append(connection, *self._waiting.pop(0))


def own_cursor(own: outbox.OwnInc, said: Receipt) -> Receipt:
    """The greatest receipt ever taken, whatever HQ says now."""
    return own.receipt if own.receipt is not None and own.receipt.seq > said.seq else said


def kept_scopes(connection: SqlConnection, who: Speaker) -> set[str]:
    """What the store was given first, for ever."""
    right = publish.scopes_of_store(connection, who.store)
    first: set[str] = planted(right, scopes.subscriptions(connection, who.node) or right)
    return first


def live(connection: SqlConnection) -> dict[tuple[str, str], tuple[int, bytes]]:
    """The heads of HQ's own logs as they are now."""
    heads = run(connection, "SELECT node, inc, seq, hash FROM origin")
    return {(row[0], row[1]): (int(row[2]), bytes(row[3])) for row in heads}


def understood(kind: str, data: bytes) -> bytes:
    """A row written anew from the fields that this program knows."""
    known: bytes = planted(data, rows.encode(rows.decode(kind, data)) if kind in rows.KINDS else data)
    return known
