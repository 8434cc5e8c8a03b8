"""Take HQ's bundle: the store itself at the first boot, then receipts, what HQ promises, and whole scopes.

Nothing is kept before the whole file is proven and meant for this computer, and taking it again changes nothing: a
power failure in the middle is answered by taking it again. An older bundle, or one of an epoch that this node has
left, is refused (SYNC §10).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.journal.repository import get_meta, set_meta
from edge.mirror.keys import FILE as MIRROR_KEY
from edge.node import HEARD, Node
from edge.syncing import enrolment, epochs, homing, outbox
from edge.syncing import identity as identities
from edge.syncing.inbox import Inbox
from kit.crypto import fingerprint, write_secret
from kit.db import Connection
from kit.logs import logger
from kit.sealed_box import unseal
from retail.errors import Conflict, Invalid
from schemas import wire
from schemas.wire.bundle import BundleDown, BundleHead
from schemas.wire.down import Current, Reset
from schemas.wire.up import Receipt
from sync import bundle, calls, snapshot
from sync.chain import genesis
from sync.moves import Home

log = logger("lianpu.sync")
EPOCH, COUNTER = "bundle_epoch", "bundle_counter"


@dataclass(frozen=True)
class Taken:
    """`scopes` are those that moved, with their versions; `found` says what a person has to know."""

    file: str
    store: str
    counter: int
    hq_fingerprint: str
    scopes: dict[str, int]
    unsent: int
    found: list[str]


def take(node: Node, folder: Path) -> Taken:
    """The newest bundle of a folder that is for this computer."""
    known = identities.load(node.db)
    one = _ours(node, folder, None if known is None else known.hq_key)
    plain = unseal(node.key, one.part(0), bundle.LABEL)
    if plain is None:
        raise Invalid("bundle.not_for_us")
    said = wire.decode(plain, BundleDown)
    with node.db.read() as tx:
        check_order(tx, one.head)
    node.hear_stick(one.head.at)
    if known is None:
        enrolment.adopt(node, said.hq_url, one.head.sender, said.record, said.record_signature)
    if said.mirror_key is not None:
        write_secret(node.home / "keys" / MIRROR_KEY, said.mirror_key)
    found = _standings(node, one.head, said)
    scopes = _scopes(node, one, said)
    with node.journal.writing() as tx:
        epochs.enter(tx, one.head.epoch)
        set_meta(tx, EPOCH, one.head.epoch)
        set_meta(tx, COUNTER, str(one.head.counter))
        set_meta(tx, HEARD, str(one.head.at))
    node.reference.changed()
    node.nudge()
    unsent = outbox.unsent(node.db).count
    log.info("bundle.taken", file=one.file.name, scopes=scopes, unsent=unsent, found=found)
    return Taken(
        one.file.name, node.store, one.head.counter, fingerprint(one.head.sender), scopes, unsent, found
    )


def _ours(node: Node, folder: Path, hq_key: bytes | None) -> bundle.Bundle:
    """The newest one for this computer; from the pinned HQ once there is one."""
    found = [one for one in bundle.found_in(folder, "down") if one.head.receiver == node.key.public]
    if not found:
        raise Conflict("bundle.for_another", folder=str(folder))
    trusted = [one for one in found if hq_key in (None, one.head.sender)]
    if not trusted:
        raise Conflict("sync.hq_key_differs")
    return trusted[-1]


def check_order(tx: Connection, head: BundleHead) -> None:
    """Refuse what newer news have overtaken; the bundle that was taken last may come again."""
    if epochs.is_over(tx, head.epoch):
        raise Conflict("bundle.epoch_over")
    newest = int(get_meta(tx, COUNTER) or 0) if get_meta(tx, EPOCH) == head.epoch else 0
    if head.counter < newest:
        raise Conflict("bundle.older", counter=head.counter, newest=newest)


# -- up ----------------------------------------------------------------------------------------------------


def _standings(node: Node, head: BundleHead, said: BundleDown) -> list[str]:
    """Keep HQ's receipts as far as our own hashes agree; a disk that lacks what HQ has begins a new incarnation."""
    receipts = {part.inc: calls.receipt_of(part.receipt, head.sender, head.node) for part in said.incs}
    found = []
    with node.db.read() as tx:
        own = {one.inc: one for one in outbox.incs(tx)}
        put_back = epochs.current(tx) not in ("", head.epoch)
        agreed = {
            inc for inc, receipt in receipts.items() if outbox.hash_at(tx, inc, receipt.seq) == receipt.hash
        }
    with node.journal.writing() as tx:
        for part in said.incs:
            if part.inc in agreed and part.inc in own and _newer(own[part.inc].receipt, receipts[part.inc]):
                outbox.keep_receipt(tx, receipts[part.inc], part.receipt)
                durable = (part.durable_seq, part.durable_hash) if part.durable_seq else outbox.NOTHING
                outbox.keep_durable(tx, part.inc, durable)
    for inc, receipt in receipts.items():
        if inc not in own or inc in agreed or not own[inc].current:
            continue
        if receipt.seq < own[inc].purged_seq and not put_back:
            continue  # HQ had confirmed it, and far more, before it was purged here: there is no hash to compare
        if receipt.seq > own[inc].last_seq:
            homing.home(node, Home(inc, own[inc].last_seq, "rollback"))
            found.append("rollback")
        else:
            found.append("fork")  # where the two part only a line can find out
    if put_back:
        _give_back(node, list(own.values()), receipts, agreed)
    return found


def _give_back(
    node: Node, own: Sequence[outbox.OwnInc], receipts: dict[str, Receipt], agreed: set[str]
) -> None:
    """HQ was put back: what it lacks of what it once gave us is ours to send, as after a greeting.

    A bundle names every incarnation that HQ knows; of one that it leaves out it has nothing.
    """
    foreign = [one for one in own if one.public_key != node.key.public]
    has = {inc: (receipt.seq, receipt.hash) for inc, receipt in receipts.items() if inc in agreed}
    has |= {one.inc: (0, genesis(one.record)) for one in foreign if one.inc not in receipts}
    homing.give_back(node, own, has)
    for one in foreign:
        if one.inc in has and has[one.inc][0] < one.last_seq:
            homing.home(node, Home(one.inc, max(has[one.inc][0], one.purged_seq), None))


def _newer(have: Receipt | None, said: Receipt) -> bool:
    """As `outbox.keep_receipt` decides; when it was signed says nothing, for HQ's clock may have been wrong."""
    return have is None or said.epoch != have.epoch or said.seq >= have.seq


# -- down --------------------------------------------------------------------------------------------------


def _scopes(node: Node, one: bundle.Bundle, said: BundleDown) -> dict[str, int]:
    """Each scope that is newer than ours, whole; then those that the store does not read any more go."""
    inbox, now, moved = Inbox(node.reference.db), node.clock.now_ms(), {}
    held = {cursor.scope: cursor for cursor in inbox.cursors()}
    losing = said.whole and bool(held.keys() - {manifest.scope for manifest in said.scopes})
    first = 1
    for manifest in said.scopes:
        end = first + len(manifest.chunks)
        _check_parts(one, manifest, first, end)
        have = held.get(manifest.scope)
        in_force = have is not None or not losing
        if have is not None and have.digest == manifest.digest:
            if have.epoch != manifest.epoch:
                same = Current(
                    scope=manifest.scope,
                    epoch=manifest.epoch,
                    version=manifest.version,
                    digest=manifest.digest,
                )
                inbox.confirm(same, now_ms=now, in_force=in_force)
        elif have is None or have.epoch != manifest.epoch or have.version < manifest.version:
            rows = snapshot.unpack(one.parts(first, end), manifest.key)
            if not inbox.load(manifest, rows, now_ms=now, in_force=in_force):
                raise Invalid("bundle.torn", file=one.file.name)
            moved[manifest.scope] = manifest.version
        first = end
    if losing:
        inbox.switch(manifest.scope for manifest in said.scopes)
    return moved


def _check_parts(one: bundle.Bundle, manifest: Reset, first: int, end: int) -> None:
    if one.head.parts[first:end] != snapshot.check(manifest).chunks:
        raise Invalid("bundle.torn", file=one.file.name)
