"""The up log: hello, push, receipt, gap, fork."""

from __future__ import annotations

from typing import Annotated

import msgspec

from schemas.wire.bounds import (
    WHOLE_MAX,
    Count,
    Fact,
    Hash,
    MaybeName,
    Name,
    Nonce,
    PublicKey,
    Scope,
    Signature,
    Signed,
    Whole,
    Words,
)
from schemas.wire.frame import BODIES_MAX

INCS_MAX = 200
TROUBLES_MAX = 32


class SignedReceipt(msgspec.Struct, frozen=True):
    """The exact bytes of a `Receipt` and HQ's signature (purpose "receipt") over them."""

    receipt: Signed
    signature: Signature


class IncState(msgspec.Struct, frozen=True, kw_only=True):
    """One incarnation as the node has it. `receipt` is the last one that HQ signed for it.

    `diverged_seq` is from where on the node's own links are abandoned: where HQ's log goes so far, another disk's
    events stand there, else the log went past a hole.
    """

    inc: Name
    record: Signed
    signature: Signature
    last_seq: Count
    last_hash: Hash
    purged_seq: Count = 0
    closed: bool = False
    receipt: SignedReceipt | None = None
    diverged_seq: Count = 0


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """Where a scope stands at the node, with the digest of the rows it holds."""

    scope: Scope
    epoch: MaybeName
    version: Count
    digest: Hash


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    """`POST hello`, signed by the device with purpose "hello"."""

    node: Name
    protocols: Annotated[list[Count], msgspec.Meta(max_length=64)]
    app_version: Words
    incs: Annotated[list[IncState], msgspec.Meta(max_length=INCS_MAX)]
    epoch_seen: MaybeName
    cursors: Annotated[list[Cursor], msgspec.Meta(max_length=64)]
    clock_ms: Count
    nonce: Nonce


class IncAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How far HQ has an incarnation: `receipt.seq` 0 with the genesis hash when it has nothing of it."""

    inc: Name
    receipt: SignedReceipt
    durable_seq: Count = 0
    durable_hash: Hash | None = None


class ScopeHead(msgspec.Struct, frozen=True):
    """The newest version of a scope that this node is subscribed to."""

    scope: Scope
    version: Count
    digest: Hash


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What HQ takes in one push."""

    events: Count = 500
    plain_bytes: Count = 256 * 1024
    body_bytes: Count = 1024 * 1024


class HelloAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Signed by HQ with purpose "hello"; `nonce` repeats the question's: no replay."""

    nonce: Nonce
    epoch: MaybeName
    protocol: Count
    incs: list[IncAnswer]
    scopes: list[ScopeHead]
    hq_at: Count
    store: Name
    limits: Limits = msgspec.field(default_factory=Limits)
    credit: Count = 500


class PushHeader(msgspec.Struct, frozen=True, kw_only=True):
    """In front of the bodies of `POST push`: links are recomputed from it (docs/adr/0003).

    `prev` is the hash of link `first_seq - 1`: it stands for the protocol's repeated link. `last_hash` is the
    hash of the last link of the batch, `head_signature` (purpose "head": node, inc, u64 seq, hash) signs it.
    """

    protocol: Count
    node: Name
    inc: Name
    first_seq: Annotated[int, msgspec.Meta(ge=1, le=WHOLE_MAX)]
    prev: Hash
    count: Annotated[int, msgspec.Meta(ge=1, le=BODIES_MAX)]
    last_hash: Hash
    head_signature: Signature
    digest: Hash


class LogHeader(msgspec.Struct, frozen=True, kw_only=True):
    """In front of the bodies of `GET log/{inc}`; `more` when HQ has bodies behind them."""

    inc: Name
    first_seq: Count
    prev: bytes
    count: Count
    last_hash: bytes
    digest: Hash
    more: bool


class Receipt(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="receipt"):
    """HQ has stored and committed links 1..seq of (node, inc): HQ's head of that incarnation."""

    node: Name
    inc: Name
    seq: Count
    hash: Hash
    epoch: MaybeName
    at: Count


class Gap(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="gap"):
    """Links are missing before the batch: HQ has 1..seq."""

    inc: Name
    seq: Count
    hash: Hash


class Fork(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="fork"):
    """HQ has another link at a seq of the batch; what was sent is kept as evidence. HQ has 1..seq."""

    inc: Name
    seq: Count
    hash: Hash


class HelloNeeded(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="hello"):
    """HQ does not know this incarnation yet."""

    inc: Name


PushAnswer = Receipt | Gap | Fork | HelloNeeded


class Hashes(msgspec.Struct, frozen=True, kw_only=True):
    """`GET log/{inc}/hashes?at=1,2,3`: HQ's link hashes at these seqs, as far as it has them."""

    inc: Name
    hashes: dict[str, Hash]


class OwnLife(msgspec.Struct, frozen=True, kw_only=True):
    """An incarnation of the node as HQ knows it: its signed record, and how far its log is at HQ."""

    inc: Name
    record: Signed
    signature: Signature
    seq: Count
    hash: Hash


class OwnLives(msgspec.Struct, frozen=True, kw_only=True):
    """`GET log`: every incarnation of this node, oldest first, for a computer that replaces one that is lost.

    `unsent` is what the newest telemetry of another computer of this node said was not at HQ yet, at HQ's time
    `told_at`; None without any.
    """

    lives: list[OwnLife]
    unsent: Count | None = None
    told_at: Count | None = None


class MirrorKey(msgspec.Struct, frozen=True, kw_only=True):
    """`GET mirror-key?device=`: what seals the mirror that this device (a public key of the node) writes."""

    node: Name
    device: PublicKey
    key: Nonce


class Telemetry(msgspec.Struct, frozen=True, kw_only=True):
    """`POST telemetry`: lossy facts for the fleet page, keyed by (node, inc); `devices` maps name → state.

    `troubles` are codes of the node's own alarms and of its checks that do not pass, worst first; no text goes with
    them.
    """

    inc: Name
    app_version: Words
    engine_version: Words
    clock_ms: Count
    clock_offset_ms: Whole
    unsent: Count
    unsent_oldest_at: Count | None
    disk_free_bytes: Count
    devices: dict[Words, Words]
    facts: dict[Words, Fact | Whole | bool] = msgspec.field(default_factory=dict)
    troubles: Annotated[list[Name], msgspec.Meta(max_length=TROUBLES_MAX)] = []
