"""A light node: one incarnation whose unsent events lie in memory, and where its scopes stand."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from kit.crypto import SigningKey
from retail.ids import uuid7
from schemas.events.base import Actor, Event, encode
from schemas.wire.up import Cursor, IncState, SignedReceipt
from sync.chain import body_hash, genesis, inc_record, link_hash


@dataclass(frozen=True)
class Waiting:
    """An event that HQ has not signed for: its body, its link's hash, when it was written (monotonic ms)."""

    body: bytes
    hash: bytes
    at_ms: int


@dataclass
class Shop:
    """One store's node. `sent` is how far HQ has signed, `hash` the hash there."""

    node: str
    key: SigningKey
    inc: str
    sent: int = 0
    hash: bytes = b""
    waiting: deque[Waiting] = field(default_factory=deque)
    receipt: SignedReceipt | None = None
    cursors: dict[str, Cursor] = field(default_factory=dict)
    token: str = ""
    epoch: str = ""

    def __post_init__(self) -> None:
        self.record = inc_record(self.node, self.inc, None, self.key.public)
        self.record_signature = self.key.sign("inc", self.record)
        self.hash = genesis(self.record)

    @property
    def seq(self) -> int:
        """The newest link."""
        return self.sent + len(self.waiting)

    @property
    def head(self) -> bytes:
        """Its hash."""
        return self.waiting[-1].hash if self.waiting else self.hash

    def hash_at(self, seq: int) -> bytes | None:
        """The hash of a link that is not forgotten yet."""
        if seq == self.sent:
            return self.hash
        ahead = seq - self.sent
        return self.waiting[ahead - 1].hash if 0 < ahead <= len(self.waiting) else None

    def write(self, now_ms: int, at_ms: int) -> None:
        """A small event at the end of the log: the drawer was opened, a few hundred bytes."""
        seq = self.seq + 1
        body = _body(at_ms, seq, self.inc)
        self.waiting.append(
            Waiting(body, link_hash(self.node, self.inc, seq, self.head, body_hash(body)), now_ms)
        )

    def signed_up_to(self, seq: int, receipt: SignedReceipt) -> list[Waiting]:
        """HQ has signed for everything up to `seq`; answers what that covers."""
        self.receipt = receipt
        covered = [self.waiting.popleft() for _ in range(seq - self.sent)]
        if covered:
            self.sent, self.hash = seq, covered[-1].hash
        return covered

    def state(self) -> IncState:
        """What a greeting says of the log."""
        return IncState(
            inc=self.inc, record=self.record, signature=self.record_signature, last_seq=self.seq,
            last_hash=self.head, receipt=self.receipt,
        )  # fmt: skip


def _body(at_ms: int, seq: int, inc: str) -> bytes:
    facts = {"before_ms": at_ms - 1, "after_ms": at_ms, "source": "fleet"}
    unique = bytes.fromhex(inc)[:6] + seq.to_bytes(4, "big")
    event = Event(
        id=uuid7(at_ms, unique), at=at_ms, hlc=f"{at_ms:012x}0000", type="clock.corrected",
        actor=Actor(staff="1", terminal="01"), agg=[], post=[], p=facts,
    )  # fmt: skip
    return encode(event)
