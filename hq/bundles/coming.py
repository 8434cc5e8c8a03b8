"""Take what stores have sent on a stick: through the same doors as a greeting and a push, as often as it comes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hq.allowed import require
from hq.ingest import hello, log
from hq.ingest.projector import Projector
from hq.ingest.sessions import Speaker, know
from hq.running import Running
from kit.context import Context
from kit.crypto import verify
from kit.sealed_box import unseal
from retail.errors import Conflict, Invalid, NotPermitted
from schemas import wire
from schemas.wire.bundle import BundleHead, BundleUp
from schemas.wire.session import EnrolmentRecord
from schemas.wire.up import Receipt
from sync import bundle

PERMISSION = "ingest.settle"


@dataclass(frozen=True)
class Taken:
    """One file: how many events HQ has of this store that it did not have before, and what could not be taken."""

    file: str
    store: str
    events: int
    left: str


def take(ctx: Context, folder: Path) -> list[Taken]:
    """Every bundle of a store in a folder that is for this HQ, oldest first."""
    require(ctx, PERMISSION)
    hq = ctx.app
    found = [one for one in bundle.found_in(folder, "up") if one.head.receiver == hq.key.public]
    if not found:
        raise Conflict("bundle.for_another", folder=str(folder))
    taken = [_take(hq, one) for one in found]
    Projector(hq).drain_in_turn()
    with ctx.app.change(ctx) as change:
        for one in taken:
            change.audit("bundle.taken", f"store:{one.store}", events=one.events)
    return taken


def _take(hq: Running, one: bundle.Bundle) -> Taken:
    plain = unseal(hq.key, one.part(0), bundle.LABEL)
    if plain is None:
        raise Invalid("bundle.not_for_us")
    said = wire.decode(plain, BundleUp)
    who = _sender(hq, one.head, said)
    hello.greet(hq, who, said.hello, said.hello_signature, carried=True)
    before, left = _stored(hq, who.node), ""
    for number, data in enumerate(one.parts(1, len(one.head.parts)), 1):
        answer = log.push(hq, who, bundle.unlock(said.key, number, data)).body
        kind = wire.kind_of(answer)
        if kind != Receipt.__struct_config__.tag:
            left = kind
    return Taken(one.file.name, who.store, _stored(hq, who.node) - before, left)


def _sender(hq: Running, head: BundleHead, said: BundleUp) -> Speaker:
    """The device, known and not revoked; an HQ that was put back knows it again by the record that it once signed."""
    facts = {"node": head.node, "key": head.sender}
    asked = (
        "SELECT n.store, k.revoked_at FROM node_key k JOIN node n ON n.node = k.node"
        " WHERE k.node = :node AND k.public_key = :key"
    )
    row = hq.db.row(asked, facts)
    if row is None and verify(hq.key.public, said.record_signature, "enrolment", said.record):
        record = wire.decode(said.record, EnrolmentRecord)
        if (record.node, record.public_key) == (head.node, head.sender):
            with hq.db.write() as connection:
                know(connection, record, hq.clock.now_ms())
            row = hq.db.row(asked, facts)
    if row is None or row[1] is not None:
        raise NotPermitted("bundle.device_unknown", node=head.node)
    return Speaker(head.node, str(row[0]), head.sender)


def _stored(hq: Running, node: str) -> int:
    return int(hq.db.value("SELECT coalesce(sum(seq), 0) FROM origin WHERE node = :node", {"node": node}))
