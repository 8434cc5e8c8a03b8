"""Make a code, take a device's request, confirm or refuse its fingerprint, revoke a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hq.allowed import require, require_store
from hq.enrolment import branches, model, repository, revoked
from hq.ingest.sessions import know
from hq.publish import actions as publish
from kit.context import Context
from kit.crypto import fingerprint, random_code, token_digest
from kit.sql import Connection, Row, run
from retail.errors import Conflict, NotFound, NotPermitted
from schemas import wire
from schemas.wire.session import EnrolAnswer, EnrolmentRecord, EnrolRequest

if TYPE_CHECKING:
    from hq.running import Running

PERMISSION = "enrolment.manage"


def make_code(ctx: Context, store: str, *, expected_fingerprint: str | None = None) -> str:
    """A one-use code for a store, shown once. With the device's fingerprint it needs no later confirmation."""
    require(ctx, PERMISSION)
    require_store(ctx, store)
    code = random_code(model.CODE_LENGTH)
    with ctx.app.change(ctx) as change:
        if (
            run(change.connection, "SELECT 1 FROM store WHERE code = :store", {"store": store}).first()
            is None
        ):
            raise NotFound("enrolment.store_unknown", store=store)
        facts: dict[str, Any] = {
            "digest": token_digest(code), "store": store, "now": change.now_ms, "by": ctx.actor.staff,
            "until": change.now_ms + model.CODE_MS, "expected": expected_fingerprint,
        }  # fmt: skip
        repository.insert_code(change.connection, facts)
        change.audit("enrolment.code_made", f"store:{store}", expected=expected_fingerprint or "")
    return code


def ask(hq: Running, asked: EnrolRequest) -> EnrolAnswer:
    """A device shows a code and its key; it asks again until a person has compared the fingerprints."""
    digest, now, shown = (
        token_digest(asked.code.strip().upper()),
        hq.clock.now_ms(),
        fingerprint(asked.public_key),
    )
    with hq.db.write() as connection:
        row = repository.find(connection, digest)
        if row is None or len(asked.public_key) != 32:
            raise NotPermitted("enrolment.code_wrong")
        if row.state in (model.WAITING, model.ASKED) and now > row.expires_at:
            raise NotPermitted("enrolment.code_expired")
        if row.state == model.WAITING:
            _take(connection, row, asked, shown, now)
            row = repository.find(connection, digest)
            assert row is not None
        if row.state == model.REFUSED or bytes(row.public_key) != asked.public_key:
            raise NotPermitted("enrolment.code_used")
        if row.state == model.ASKED:
            return EnrolAnswer(state="pending", fingerprint=shown, hq_key=hq.key.public)
        record = _record(hq, row)
        return EnrolAnswer(
            state="enrolled", fingerprint=shown, hq_key=hq.key.public, record=record,
            signature=hq.key.sign("enrolment", record),
        )  # fmt: skip


def _take(connection: Connection, row: Row, asked: EnrolRequest, shown: str, now: int) -> None:
    expected = row.expected_fingerprint
    if expected is not None and expected != shown:
        raise NotPermitted("enrolment.fingerprint_differs")
    state = model.ASKED if expected is None else model.CONFIRMED
    facts = {
        "digest": row.code_digest, "state": state, "key": asked.public_key, "fingerprint": shown, "now": now,
        "hint": asked.hint[:200],
    }  # fmt: skip
    repository.asked(connection, facts)
    if state == model.CONFIRMED:
        run(
            connection,
            "UPDATE enrolment_code SET confirmed_at = :now, confirmed_by = made_by WHERE code_digest = :digest",
            facts,
        )
        _admit(connection, row.store, asked.public_key, now)


def _record(hq: Running, row: Row) -> bytes:
    return wire.encode(
        EnrolmentRecord(
            node=row.store, store=row.store, public_key=bytes(row.public_key), hq_key=hq.key.public,
            enrolled_at=row.confirmed_at,
        )
    )  # fmt: skip


def _admit(connection: Connection, store: str, key: bytes, now: int) -> None:
    record = EnrolmentRecord(node=store, store=store, public_key=key, hq_key=b"", enrolled_at=now)
    know(connection, record, now)
    publish.subscribe(connection, store, publish.scopes_of_store(connection, store), now)


def confirm(ctx: Context, digest: str, *, shown: str) -> None:
    """A person has compared: `shown` is the fingerprint on the node's screen."""
    require(ctx, PERMISSION)
    with ctx.app.change(ctx) as change:
        row = _waiting_for_person(ctx, change.connection, digest, change.now_ms)
        if row.fingerprint.replace(" ", "") != shown.replace(" ", "").upper():
            raise Conflict("enrolment.fingerprint_differs")
        _settle(change.connection, row, model.CONFIRMED, ctx, change.now_ms)
        _admit(change.connection, row.store, bytes(row.public_key), change.now_ms)
        change.audit("enrolment.confirmed", f"store:{row.store}", fingerprint=row.fingerprint)


def refuse(ctx: Context, digest: str) -> None:
    """The fingerprints differ, or nobody knows this device: the code is worthless now."""
    require(ctx, PERMISSION)
    with ctx.app.change(ctx) as change:
        row = _waiting_for_person(ctx, change.connection, digest, change.now_ms)
        _settle(change.connection, row, model.REFUSED, ctx, change.now_ms)
        change.audit("enrolment.refused", f"store:{row.store}", fingerprint=row.fingerprint)


def revoke(ctx: Context, *, node: str, public_key: bytes, lost: bool = False) -> None:
    """A stolen or retired device may not speak any more; its open sessions end.

    When it is `lost` to other hands, nothing that comes of its log from now on counts; `branches.trust` says more.
    """
    require(ctx, PERMISSION)
    require_store(ctx, node)
    with ctx.app.change(ctx) as change:
        if not repository.revoke(change.connection, node, public_key, change.now_ms):
            raise NotFound("enrolment.key_unknown", node=node)
        run(
            change.connection,
            "DELETE FROM device_session WHERE node = :node AND public_key = :key",
            {"node": node, "key": public_key},
        )
        change.audit("enrolment.key_revoked", f"store:{node}", fingerprint=fingerprint(public_key))
        if lost:
            branches.end_here(ctx, change, node, public_key)
    revoked.keep(ctx.app)


def admit(ctx: Context, store: str, public_key: bytes, *, shown: str) -> None:
    """A device asked on a stick: a person names the fingerprint on its screen, and it is known from now on.

    Doing it again changes nothing. Raises `Conflict` for another fingerprint, `NotPermitted` for a revoked key.
    """
    require(ctx, PERMISSION)
    require_store(ctx, store)
    if fingerprint(public_key).replace(" ", "") != shown.replace(" ", "").upper():
        raise Conflict("enrolment.fingerprint_differs")
    with ctx.app.change(ctx) as change:
        facts = {"store": store, "key": public_key}
        if run(change.connection, "SELECT 1 FROM store WHERE code = :store", facts).first() is None:
            raise NotFound("enrolment.store_unknown", store=store)
        known = run(
            change.connection, "SELECT node, revoked_at FROM node_key WHERE public_key = :key", facts
        ).first()
        if known is None:
            _admit(change.connection, store, public_key, change.now_ms)
            change.audit("enrolment.confirmed", f"store:{store}", fingerprint=fingerprint(public_key))
        elif known[0] != store or known[1] is not None:
            raise NotPermitted("enrolment.code_used")


def _waiting_for_person(ctx: Context, connection: Connection, digest: str, now: int) -> Row:
    row = repository.find(connection, digest)
    if row is None:
        raise NotFound("enrolment.code_unknown")
    require_store(ctx, row.store)
    if row.state != model.ASKED:
        raise Conflict("enrolment.code_settled", state=row.state)
    if now > row.expires_at:
        raise Conflict("enrolment.code_expired")
    return row


def _settle(connection: Connection, row: Row, state: str, ctx: Context, now: int) -> None:
    facts = {"digest": row.code_digest, "state": state, "now": now, "by": ctx.actor.staff}
    if not repository.settle(connection, facts):
        raise Conflict("enrolment.code_settled")
