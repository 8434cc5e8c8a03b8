"""Take what stores have sent on a stick: through the same doors as a greeting and a push, as often as it comes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from hq.allowed import require
from hq.ingest import hello, log
from hq.ingest.projector import Projector
from hq.ingest.sessions import Speaker, know
from hq.running import Running
from kit.context import Context
from kit.crypto import verify
from kit.sealed_box import unseal
from retail.errors import Conflict, Invalid, LianpuError, NotFound, NotPermitted
from schemas import wire
from schemas.wire.bundle import BundleHead, BundleUp
from schemas.wire.session import EnrolmentRecord
from schemas.wire.up import Receipt
from sync import bundle

PERMISSION = "ingest.settle"


@dataclass(frozen=True)
class Taken:
    """One file: how many events HQ has of this store that it did not have before, and what could not be taken.

    `left` names what parts the store's log from HQ's; `refused` is the code of a file that was refused, with its
    `facts`; `store` is then what the file says of itself, empty for one that is torn.
    """

    file: str
    store: str
    events: int
    left: str = ""
    refused: str = ""
    facts: dict[str, str] = field(default_factory=dict)


def take(ctx: Context, folder: Path) -> list[Taken]:
    """Every bundle of a store in a folder that is for this HQ, oldest first; each is taken or refused by itself."""
    require(ctx, PERMISSION)
    whole, torn = bundle.each_in(folder, "up")
    if not whole and not torn:
        raise NotFound("bundle.none_here", folder=str(folder))
    ours = [one for one in whole if one.head.receiver == ctx.app.key.public]
    if not ours and not torn:
        raise Conflict("bundle.for_another", folder=str(folder))
    answers = [_refused(Taken(str(error.facts["file"]), "", 0), error) for error in torn]
    for answer in answers:
        _audit(ctx, answer)
    for one in ours:
        answers.append(_answer(ctx.app, one))
        _audit(ctx, answers[-1])
    Projector(ctx.app).drain_in_turn()
    return answers


def _audit(ctx: Context, one: Taken) -> None:
    """At once: a later file, or a stick that is pulled, must not take the trace of this one along."""
    with ctx.app.change(ctx) as change:
        if one.refused:
            change.audit(
                "bundle.refused", f"bundle:{one.file}", why=one.refused, store=one.store, events=one.events
            )
        else:
            change.audit("bundle.taken", f"store:{one.store}", file=one.file, events=one.events)


def _refused(one: Taken, error: LianpuError) -> Taken:
    facts = {name: str(fact) for name, fact in error.facts.items()}
    return replace(one, refused=error.code, facts=facts)


def _answer(hq: Running, one: bundle.Bundle) -> Taken:
    node = one.head.node
    before, error, left = _stored(hq, node), None, ""
    try:
        left = _take(hq, one)
    except LianpuError as found:
        error = found
    answer = Taken(one.file.name, node, _stored(hq, node) - before, left)
    return answer if error is None else _refused(answer, error)


def _take(hq: Running, one: bundle.Bundle) -> str:
    """Through the doors; the answer says what HQ did not take, empty when it has everything."""
    plain = unseal(hq.key, one.part(0), bundle.LABEL)
    if plain is None:
        raise Invalid("bundle.not_for_us")
    said = wire.decode(plain, BundleUp)
    who = _sender(hq, one.head, said)
    hello.greet(hq, who, said.hello, said.hello_signature, carried=True)
    left = ""
    for number, data in enumerate(one.parts(1, len(one.head.parts)), 1):
        answer = log.push(hq, who, bundle.unlock(said.key, number, data), carried=True).body
        kind = wire.kind_of(answer)
        if kind != Receipt.__struct_config__.tag:
            left = kind
    return left


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
