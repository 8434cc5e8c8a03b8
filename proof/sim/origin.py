"""A node without a node: writes a log by hand and talks to HQ in raw messages, for what no honest node sends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hq.ingest import sessions
from hq.publish import actions as publishing
from kit.crypto import SigningKey
from proof.sim.parties import Centre
from retail.ids import uuid7
from schemas import wire
from schemas.events.base import Actor, Event, encode
from schemas.wire import session as messages
from schemas.wire import up
from sync import calls
from sync.calls import Answer, Batch
from sync.chain import body_hash, extend, genesis, inc_record

AT = 1_783_656_000_000


@dataclass
class Origin:
    """One incarnation with its bodies; `bodies[0]` is seq 1."""

    centre: Centre
    node: str
    key: SigningKey
    inc: str
    bodies: list[bytes] = field(default_factory=list)
    token: str = ""

    @property
    def record(self) -> bytes:
        """The signed record of the incarnation."""
        return inc_record(self.node, self.inc, None, self.key.public)

    @property
    def hashes(self) -> list[bytes]:
        """Genesis and the hash of every link."""
        start = genesis(self.record)
        return [start, *extend(self.node, self.inc, 1, start, [body_hash(body) for body in self.bodies])]

    def connect(self) -> None:
        """Open a session."""
        nonce, hq_key = b"n" * 32, self.centre.hq.key.public
        line = self.centre.transport()
        said = calls.challenged(line.send(calls.challenge(self.node, nonce)), self.node, nonce, hq_key)
        asked = calls.open_session(self.key, self.node, nonce, hq_key, said.nonce, None)
        answer = line.send(asked)
        assert answer.status == 200, answer.body
        self.token = wire.decode(answer.body, messages.SessionAnswer).token

    def hello(self, **changes: Any) -> up.HelloAnswer:
        """Greet with this incarnation."""
        answer = self.hello_raw(**changes)
        assert answer.status == 200, answer.body
        return calls.greeted(answer, self.centre.hq.key.public, b"h" * 16)

    def hello_raw(self, **changes: Any) -> Answer:
        """Greet; whatever HQ says."""
        state = up.IncState(
            inc=self.inc, record=self.record, signature=self.key.sign("inc", self.record),
            last_seq=len(self.bodies), last_hash=self.hashes[-1],
            **{k: v for k, v in changes.items() if k in ("closed", "purged_seq", "receipt")},
        )  # fmt: skip
        message = up.Hello(
            node=changes.get("node", self.node), protocols=changes.get("protocols", [1]), app_version="test",
            incs=[state], epoch_seen=changes.get("epoch_seen", ""), cursors=changes.get("cursors", []),
            clock_ms=AT, nonce=b"h" * 16,
        )  # fmt: skip
        return self.centre.transport().send(calls.hello(self.key, self.token, message))

    def batch(self, first: int, last: int) -> Batch:
        """Links first..last of the own log."""
        hashes = self.hashes
        return Batch(
            self.inc, first, hashes[first - 1], hashes[first : last + 1], self.bodies[first - 1 : last]
        )

    def push(self, first: int, last: int) -> up.PushAnswer:
        """Send links first..last."""
        answer = self.push_raw(self.batch(first, last))
        assert answer.status == 200, answer.body
        return calls.pushed(answer, self.centre.hq.key.public, self.node)

    def push_raw(self, batch: Batch, *, node: str = "", signature: bytes | None = None) -> Answer:
        """Send any batch; whatever HQ says."""
        last = batch.first_seq + len(batch.bodies) - 1
        fields = calls.head_fields(self.node, batch.inc, last, batch.hashes[-1])
        signed = self.key.sign("head", *fields) if signature is None else signature
        return self.centre.transport().send(calls.push(node or self.node, self.token, batch, signed))

    def add(self, *bodies: bytes) -> None:
        """Write bodies at the end of the log."""
        self.bodies.extend(bodies)


def an_origin(centre: Centre, store: str = "001", inc: str = "a" * 32) -> Origin:
    """An enrolled device that is connected and known."""
    key = SigningKey.generate()
    record = messages.EnrolmentRecord(
        node=store, store=store, public_key=key.public, hq_key=centre.hq.key.public, enrolled_at=AT
    )
    with centre.hq.db.write() as connection:
        sessions.know(connection, record, AT)
        publishing.subscribe(connection, store, publishing.scopes_of_store(connection, store), AT)
    made = Origin(centre, store, key, inc)
    made.connect()
    made.hello()
    return made


def an_event(
    n: int,
    type_: str = "clock.corrected",
    *,
    post: Sequence[tuple[str, str, int]] = (),
    agg: Sequence[str] = (),
    payload: dict[str, Any] | None = None,
    id: str = "",
) -> bytes:
    """A small body; its id follows from `n`."""
    facts = {"before_ms": 0, "after_ms": 1, "source": "test"} if payload is None else payload
    event = Event(
        id=id or uuid7(AT + n, n.to_bytes(10, "big")), at=AT + n, hlc=f"{AT + n:012x}0000", type=type_,
        actor=Actor(staff="1", terminal="01"), agg=list(agg), post=list(post), p=facts,
    )  # fmt: skip
    return encode(event)
