"""Write a bundle for one store: receipts, what HQ promises to keep, and whole scopes, sealed for the store's device."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from hq.allowed import require, require_store
from hq.enrolment import actions as enrolment
from hq.ingest import epoch
from hq.ingest.hello import standing
from hq.ingest.queries import mirror_key
from hq.ingest.sessions import Speaker
from hq.publish import actions as publish
from hq.publish import freeze, snapshots
from hq.running import Running
from kit.context import Context
from kit.crypto import fingerprint
from kit.sealed_box import seal
from kit.sql import Connection, run
from retail.errors import Conflict, NotFound
from schemas import wire
from schemas.wire.bundle import BundleDown, BundleHead
from schemas.wire.down import Reset
from schemas.wire.session import EnrolmentRecord
from sync import bundle

PERMISSION = "enrolment.manage"
COUNTER = "bundle:"


def write(ctx: Context, store: str, folder: Path, *, shown: str = "", hq_url: str = "") -> Path:
    """The next bundle of a store. `shown` is the fingerprint on the screen of a computer whose request is in `folder`.

    Raises `NotFound("bundle.no_device")` for a store without a device, `Conflict` when a request that may be for it
    waits for a person.
    """
    require(ctx, PERMISSION)
    require_store(ctx, store)
    _admit(ctx, store, folder, shown)
    hq = ctx.app
    with ctx.app.change(ctx) as change:
        who = _device(change.connection, store)
        head = _head(hq, change.connection, who, change.now_ms)
        said = _said(hq, change.connection, who, head, hq_url)
        whole = not freeze.frozen(change.connection)
        scopes = sorted(publish.scopes_of_store(change.connection, store)) if whole else []
        change.audit("bundle.written", f"store:{store}", counter=head.counter)
    manifests = [snapshots.offer(hq, scope, doubted=True) for scope in scopes]
    key = mirror_key(hq, who.node, who.public_key).key
    said = msgspec.structs.replace(said, scopes=manifests, whole=whole, mirror_key=key)
    sealed = seal(who.public_key, wire.encode(said), bundle.LABEL)
    return bundle.write(folder, hq.key, head, _parts(hq, sealed, manifests))


def _admit(ctx: Context, store: str, folder: Path, shown: str) -> None:
    """A request on the stick makes its device known, once a person has compared. For which store a request is nobody
    can tell from it, so it holds up no store that has its computer.
    """
    asked, torn = bundle.each_in(folder, "enrol")
    if not shown:
        with ctx.app.db.read() as connection:
            if _newest_device(connection, store) is not None:
                return
        if waiting := _unknown(ctx.app, asked):
            raise Conflict("bundle.fingerprint_needed", file=waiting[-1].file.name)
        return
    for one in asked:
        if fingerprint(one.head.sender).replace(" ", "") == shown.replace(" ", "").upper():
            enrolment.admit(ctx, store, one.head.sender, shown=shown)
            return
    if torn:
        raise torn[0]
    raise Conflict("enrolment.fingerprint_differs")


def waiting(hq: Running, folder: Path) -> list[str]:
    """Fingerprints of the computers whose requests lie in a folder and were not confirmed yet."""
    return [fingerprint(one.head.sender) for one in _unknown(hq, bundle.each_in(folder, "enrol")[0])]


def _unknown(hq: Running, asked: list[bundle.Bundle]) -> list[bundle.Bundle]:
    known = {bytes(row[0]) for row in hq.db.rows("SELECT public_key FROM node_key")}
    return [one for one in asked if one.head.sender not in known]


def _device(connection: Connection, store: str) -> Speaker:
    found = _newest_device(connection, store)
    if found is None:
        raise NotFound("bundle.no_device", store=store)
    return found


def _newest_device(connection: Connection, store: str) -> Speaker | None:
    """The device of a store that was enrolled last and was not revoked."""
    row = run(
        connection,
        "SELECT n.node, k.public_key FROM node n JOIN node_key k ON k.node = n.node"
        " WHERE n.store = :store AND k.revoked_at IS NULL ORDER BY k.enrolled_at DESC, k.public_key",
        {"store": store},
    ).first()
    return None if row is None else Speaker(str(row[0]), store, bytes(row[1]))


def _head(hq: Running, connection: Connection, who: Speaker, now: int) -> BundleHead:
    row = run(
        connection,
        "INSERT INTO hq_meta (name, value) VALUES (:name, '1') ON CONFLICT (name) DO UPDATE SET"
        " value = CAST(CAST(hq_meta.value AS BIGINT) + 1 AS TEXT) RETURNING value",
        {"name": COUNTER + who.node},
    ).one()
    return BundleHead(
        direction="down", node=who.node, sender=hq.key.public, receiver=who.public_key,
        epoch=epoch.current(connection), counter=int(row[0]), at=now, parts=[],
    )  # fmt: skip


def _said(hq: Running, connection: Connection, who: Speaker, head: BundleHead, hq_url: str) -> BundleDown:
    incs = run(connection, "SELECT inc FROM inc WHERE node = :node ORDER BY ordinal", {"node": who.node})
    names = [str(row[0]) for row in incs]
    enrolled_at = run(
        connection, "SELECT enrolled_at FROM node_key WHERE node = :node AND public_key = :key",
        {"node": who.node, "key": who.public_key},
    ).scalar_one()  # fmt: skip
    record = wire.encode(
        EnrolmentRecord(
            node=who.node, store=who.store, public_key=who.public_key, hq_key=hq.key.public,
            enrolled_at=int(enrolled_at),
        )
    )  # fmt: skip
    return BundleDown(
        store=who.store, record=record, record_signature=hq.key.sign("enrolment", record), hq_url=hq_url,
        incs=[standing(hq, connection, who, inc, head.epoch, head.at) for inc in names], scopes=[], whole=False,
    )  # fmt: skip


def _parts(hq: Running, sealed: bytes, manifests: list[Reset]) -> Iterator[bytes]:
    yield sealed
    for manifest in manifests:
        with snapshots.file_of(hq.home, manifest).open("rb") as source:
            for chunk in manifest.chunks:
                yield source.read(chunk.size)
