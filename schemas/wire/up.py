"""The up log: hello, push, receipt, gap, fork."""

from __future__ import annotations

import msgspec


class SignedReceipt(msgspec.Struct, frozen=True):
    """The exact bytes of a `Receipt` and HQ's signature (purpose "receipt") over them."""

    receipt: bytes
    signature: bytes


class IncState(msgspec.Struct, frozen=True, kw_only=True):
    """One incarnation as the node has it. `receipt` is the last one that HQ signed for it."""

    inc: str
    record: bytes
    signature: bytes
    last_seq: int
    last_hash: bytes
    purged_seq: int = 0
    closed: bool = False
    receipt: SignedReceipt | None = None


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """Where a scope stands at the node, with the digest of the rows it holds."""

    scope: str
    epoch: str
    version: int
    digest: bytes


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    """`POST hello`, signed by the device with purpose "hello"."""

    node: str
    protocols: list[int]
    app_version: str
    incs: list[IncState]
    epoch_seen: str
    cursors: list[Cursor]
    clock_ms: int
    nonce: bytes


class IncAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How far HQ has an incarnation: `receipt.seq` 0 with the genesis hash when it has nothing of it."""

    inc: str
    receipt: SignedReceipt
    durable_seq: int = 0
    durable_hash: bytes | None = None


class ScopeHead(msgspec.Struct, frozen=True):
    """The newest version of a scope that this node is subscribed to."""

    scope: str
    version: int
    digest: bytes


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What HQ takes in one push."""

    events: int = 500
    plain_bytes: int = 256 * 1024
    body_bytes: int = 1024 * 1024


class HelloAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Signed by HQ with purpose "hello"; `nonce` repeats the question's: no replay."""

    nonce: bytes
    epoch: str
    protocol: int
    incs: list[IncAnswer]
    scopes: list[ScopeHead]
    hq_at: int
    store: str
    limits: Limits = msgspec.field(default_factory=Limits)
    credit: int = 500


class PushHeader(msgspec.Struct, frozen=True, kw_only=True):
    """In front of the bodies of `POST push`: links are recomputed from it (docs/adr/0003).

    `prev` is the hash of link `first_seq - 1`: it stands for the protocol's repeated link. `last_hash` is the
    hash of the last link of the batch, `head_signature` (purpose "head": node, inc, u64 seq, hash) signs it.
    """

    protocol: int
    node: str
    inc: str
    first_seq: int
    prev: bytes
    count: int
    last_hash: bytes
    head_signature: bytes
    digest: bytes


class LogHeader(msgspec.Struct, frozen=True, kw_only=True):
    """In front of the bodies of `GET log/{inc}`; `more` when HQ has bodies behind them."""

    inc: str
    first_seq: int
    prev: bytes
    count: int
    last_hash: bytes
    digest: bytes
    more: bool


class Receipt(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="receipt"):
    """HQ has stored and committed links 1..seq of (node, inc): HQ's head of that incarnation."""

    node: str
    inc: str
    seq: int
    hash: bytes
    epoch: str
    at: int


class Gap(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="gap"):
    """Links are missing before the batch: HQ has 1..seq."""

    inc: str
    seq: int
    hash: bytes


class Fork(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="fork"):
    """HQ has another link at a seq of the batch; what was sent is kept as evidence. HQ has 1..seq."""

    inc: str
    seq: int
    hash: bytes


class HelloNeeded(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="hello"):
    """HQ does not know this incarnation yet."""

    inc: str


PushAnswer = Receipt | Gap | Fork | HelloNeeded


class Hashes(msgspec.Struct, frozen=True, kw_only=True):
    """`GET log/{inc}/hashes?at=1,2,3`: HQ's link hashes at these seqs, as far as it has them."""

    inc: str
    hashes: dict[str, bytes]


class Telemetry(msgspec.Struct, frozen=True, kw_only=True):
    """`POST telemetry`: lossy facts for the fleet page, keyed by (node, inc); `devices` maps name → state."""

    inc: str
    app_version: str
    engine_version: str
    clock_ms: int
    clock_offset_ms: int
    unsent: int
    unsent_oldest_at: int | None
    disk_free_bytes: int
    devices: dict[str, str]
    facts: dict[str, str | int | bool] = msgspec.field(default_factory=dict)
