"""Write for HQ what it has no receipt of; or, before there is a store, ask HQ for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from edge.journal.repository import get_meta, set_meta
from edge.node import VERSION, Node
from edge.syncing import epochs, outbox
from edge.syncing import identity as identities
from edge.syncing.identity import Identity
from edge.syncing.inbox import Inbox
from kit.crypto import random_bytes
from kit.sealed_box import seal
from retail.errors import Conflict
from schemas import wire
from schemas.wire import up
from schemas.wire.bundle import BundleHead, BundleUp
from sync import bundle, calls
from sync.plan import EVENTS_MAX

COUNTER = "bundle_up"


def ask(node: Node, folder: Path) -> Path:
    """A request for a store: this computer's public key, signed with it."""
    head = BundleHead(
        direction="enrol", node="", sender=node.key.public, receiver=None, epoch="", counter=0,
        at=node.clock.now_ms(), parts=[],
    )  # fmt: skip
    return bundle.write(folder, node.key, head, ())


def write(node: Node, folder: Path) -> tuple[Path, int]:
    """The events behind the last receipts; returns the file and how many events it holds."""
    identity = identities.load(node.db)
    if identity is None:
        raise Conflict("node.not_enrolled")
    with node.journal.writing() as tx:
        counter = int(get_meta(tx, COUNTER) or 0) + 1
        set_meta(tx, COUNTER, str(counter))
        epoch = epochs.current(tx)
    key, hello = random_bytes(32), _hello(node, identity, counter)
    said = BundleUp(
        key=key, hello=hello, hello_signature=node.key.sign("hello", hello), record=identity.record.receipt,
        record_signature=identity.record.signature,
    )  # fmt: skip
    head = BundleHead(
        direction="up", node=identity.node, sender=node.key.public, receiver=identity.hq_key, epoch=epoch,
        counter=counter, at=node.clock.now_ms(), parts=[],
    )  # fmt: skip
    counted: list[int] = []

    def parts() -> Iterator[bytes]:
        yield seal(identity.hq_key, wire.encode(said), bundle.LABEL)
        for number, batch in enumerate(_batches(node, counter), 1):
            counted.append(len(batch.bodies))
            yield bundle.lock(key, number, _push(node, identity, batch))

    return bundle.write(folder, node.key, head, parts()), sum(counted)


def _hello(node: Node, identity: Identity, turn: int) -> bytes:
    with node.db.read() as tx:
        own = outbox.incs(tx)
        epoch = epochs.current(tx)
    message = up.Hello(
        node=identity.node, protocols=list(wire.PROTOCOLS), app_version=VERSION,
        incs=[outbox.state_of(inc) for inc in outbox.told(own, turn)], epoch_seen=epoch,
        cursors=Inbox(node.reference.db).cursors(), clock_ms=node.clock.now_ms(), nonce=random_bytes(16),
    )  # fmt: skip
    return wire.encode(message)


def _batches(node: Node, turn: int) -> Iterator[calls.Batch]:
    """From recv + 1 of each incarnation, oldest first, as much at a time as one push may hold."""
    with node.db.read() as tx:
        own = outbox.incs(tx)
    for inc in outbox.told(own, turn):
        after = max(inc.receipt.seq if inc.receipt else 0, inc.fetched_seq, inc.purged_seq)
        while True:
            with node.db.read() as tx:
                batch = outbox.batch(tx, inc.inc, after, EVENTS_MAX)
            if batch is None:
                break
            yield batch
            after += len(batch.bodies)


def _push(node: Node, identity: Identity, batch: calls.Batch) -> bytes:
    last = batch.first_seq + len(batch.bodies) - 1
    fields = calls.head_fields(identity.node, batch.inc, last, batch.hashes[-1])
    return calls.push(identity.node, "", batch, node.key.sign("head", *fields)).body
