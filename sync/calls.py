"""What a node asks HQ, as requests of bytes, and what the answers mean; both without sending anything.

A status alone is no acknowledgement (an answer cut inside its headers still reads as 200): every answer that
moves something carries HQ's signature over the exact bytes of its body, and is worthless without it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from kit.crypto import SigningKey, verify
from retail.errors import NetworkError, ProtocolError
from schemas import wire
from schemas.wire import down, frame, session, up
from sync import guard
from sync.digest import UNKNOWN
from sync.snapshot import name_of, place_of

PUSH_TYPE = "application/lianpu-push"
SUMS_TYPE = "application/octet-stream"
JSON_TYPE = "application/json"
ANEW = (0, UNKNOWN)
"""(version, digest) that no scope has ever stood at: whoever asks from there wants a snapshot that was looked at."""


@dataclass(frozen=True)
class Request:
    """One HTTP request below `/sync/v1`. `timeout_ms` bounds the wait for the whole answer."""

    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout_ms: int = 15_000


@dataclass(frozen=True)
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def retry_after_ms(self) -> int | None:
        """HQ's own wish, if it is a number of seconds."""
        text = self.headers.get("retry-after", "")
        return int(text) * 1000 if text.isascii() and text.isdigit() and len(text) < 10 else None


def head_fields(node: str, inc: str, seq: int, hash_: bytes) -> tuple[bytes, ...]:
    """What a head signature covers."""
    return node.encode(), inc.encode(), seq.to_bytes(8, "big"), hash_


def session_fields(who: str, node: str, key_id: bytes, nonce: bytes, hq_nonce: bytes) -> tuple[bytes, ...]:
    """What a session signature covers; `who` is "hq" or "node"."""
    return who.encode(), node.encode(), key_id, nonce, hq_nonce


def signature_of(answer: Answer) -> bytes:
    """The signature header, empty when it is missing or unreadable."""
    try:
        return base64.b64decode(answer.headers.get(wire.SIGNATURE_HEADER.lower(), ""), validate=True)
    except binascii.Error:
        return b""


def signature_header(signature: bytes) -> dict[str, str]:
    """How a signature travels."""
    return {wire.SIGNATURE_HEADER: base64.b64encode(signature).decode()}


def signed(answer: Answer, hq_key: bytes, purpose: str) -> bytes:
    """The body, once its signature by the pinned key holds; else `NetworkError`: it may be half an answer."""
    if not verify(hq_key, signature_of(answer), purpose, answer.body):
        raise NetworkError("sync.answer_not_signed", status=answer.status, bytes=len(answer.body))
    return answer.body


def bearer(token: str) -> dict[str, str]:
    """The session's header."""
    return {wire.TOKEN_HEADER: f"Bearer {token}"}


# -- session -----------------------------------------------------------------------------------------------


def challenge(node: str, nonce: bytes) -> Request:
    """The first half of a session: prove yourself, HQ."""
    body = wire.encode(session.Challenge(node=node, nonce=nonce))
    return Request("POST", "/challenge", body, {"Content-Type": JSON_TYPE})


def challenged(answer: Answer, node: str, nonce: bytes, hq_key: bytes) -> session.ChallengeAnswer:
    """HQ's nonce; raises `ProtocolError("sync.hq_key_differs")` when it is not the pinned HQ."""
    found = wire.decode(answer.body, session.ChallengeAnswer)
    fields = session_fields("hq", node, hq_key, nonce, found.nonce)
    if found.hq_key_id != hq_key or not verify(hq_key, found.signature, "session", *fields):
        raise ProtocolError("sync.hq_key_differs")
    return found


def open_session(
    key: SigningKey, node: str, nonce: bytes, hq_key: bytes, hq_nonce: bytes, record: up.SignedReceipt | None
) -> Request:
    """The second half: here is my proof, and the record that HQ signed at enrolment."""
    fields = session_fields("node", node, hq_key, nonce, hq_nonce)
    asked = session.SessionRequest(
        node=node,
        public_key=key.public,
        nonce=nonce,
        hq_nonce=hq_nonce,
        signature=key.sign("session", *fields),
        record=record.receipt if record else None,
        record_signature=record.signature if record else None,
    )
    return Request("POST", "/session", wire.encode(asked), {"Content-Type": JSON_TYPE})


# -- up ----------------------------------------------------------------------------------------------------


def hello(key: SigningKey, token: str, message: up.Hello) -> Request:
    """The greeting, signed over its exact bytes."""
    body = wire.encode(message)
    headers = {"Content-Type": JSON_TYPE, **bearer(token), **signature_header(key.sign("hello", body))}
    return Request("POST", "/hello", body, headers)


def greeted(answer: Answer, hq_key: bytes, nonce: bytes) -> up.HelloAnswer:
    """HQ's answer to this very greeting."""
    found = wire.decode(signed(answer, hq_key, "hello"), up.HelloAnswer)
    if found.nonce != nonce:
        raise ProtocolError("sync.answer_replayed")
    return found


def receipt_of(part: up.SignedReceipt, hq_key: bytes, node: str) -> up.Receipt:
    """A receipt inside another answer, once its signature and node hold."""
    if not verify(hq_key, part.signature, "receipt", part.receipt):
        raise ProtocolError("sync.receipt_not_signed")
    found = wire.decode(part.receipt, up.Receipt)
    if found.node != node:
        raise ProtocolError("sync.receipt_of_another")
    return found


@dataclass(frozen=True)
class Batch:
    """Consecutive events of one incarnation: `prev` is the hash before the first, `hashes` one per body."""

    inc: str
    first_seq: int
    prev: bytes
    hashes: Sequence[bytes]
    bodies: Sequence[bytes]


def push(
    node: str, token: str, batch: Batch, head_signature: bytes, protocol: int = wire.PROTOCOL
) -> Request:
    """The frame of a batch, in the version of the protocol that the greeting agreed on."""
    plain = frame.join(batch.bodies)
    header = up.PushHeader(
        protocol=protocol,
        node=node,
        inc=batch.inc,
        first_seq=batch.first_seq,
        prev=batch.prev,
        count=len(batch.bodies),
        last_hash=batch.hashes[-1],
        head_signature=head_signature,
        digest=frame.digest(plain),
    )
    packed = guard.compress(frame.pack(wire.encode(header), plain))
    return Request("POST", "/push", packed, {"Content-Type": PUSH_TYPE, **bearer(token)}, timeout_ms=20_000)


def pushed(answer: Answer, hq_key: bytes, node: str) -> up.PushAnswer:
    """A receipt, gap, fork or wish for a hello, signed with purpose "receipt"."""
    raw = signed(answer, hq_key, "receipt")
    kind = wire.kind_of(raw)
    if kind == "receipt":
        return receipt_of(up.SignedReceipt(raw, signature_of(answer)), hq_key, node)
    shapes: dict[str, type[up.Gap] | type[up.Fork] | type[up.HelloNeeded]]
    shapes = {"gap": up.Gap, "fork": up.Fork, "hello": up.HelloNeeded}
    if kind not in shapes:
        raise ProtocolError("sync.answer_unknown", kind=kind)
    return wire.decode(raw, shapes[kind])


def hashes(token: str, inc: str, seqs: Sequence[int]) -> Request:
    """HQ's link hashes of an own incarnation."""
    query = urlencode({"at": ",".join(map(str, seqs))})
    return Request("GET", f"/log/{quote(inc)}/hashes?{query}", headers=bearer(token))


def log(token: str, inc: str, after_seq: int) -> Request:
    """HQ's events of an own incarnation behind a seq."""
    return Request("GET", f"/log/{quote(inc)}?from={after_seq + 1}", headers=bearer(token), timeout_ms=30_000)


def lives(token: str) -> Request:
    """Every incarnation of the own node that HQ knows."""
    return Request("GET", "/log", headers=bearer(token))


def mirror_key(token: str, device: bytes) -> Request:
    """What seals the mirror of a device of the own node."""
    return Request("GET", f"/mirror-key?device={device.hex()}", headers=bearer(token))


def logged(answer: Answer, hq_key: bytes) -> tuple[up.LogHeader, list[bytes]]:
    """The header and bodies of a fetched piece of the own log, signed with purpose "receipt"."""
    plain = guard.inflate(signed(answer, hq_key, "receipt"))
    raw, rest = frame.header_of(plain)
    header = wire.decode(raw, up.LogHeader)
    if frame.digest(rest) != header.digest:
        raise ProtocolError("wire.frame_broken", why="digest")
    return header, frame.split(rest, header.count)


# -- down --------------------------------------------------------------------------------------------------


def scope(token: str, name: str, since: int, digest: bytes, epoch: str) -> Request:
    """What leads from this cursor to a newer version of a scope."""
    query = urlencode({"since": since, "dig": digest.hex(), "epoch": epoch})
    return Request("GET", f"/scope/{quote(name)}?{query}", headers=bearer(token), timeout_ms=30_000)


def buckets(token: str, name: str, since: int, digest: bytes, epoch: str, sums: bytes) -> Request:
    """The rows of those buckets whose sums differ from these; the cursor is said as in `scope`."""
    query = urlencode({"since": since, "dig": digest.hex(), "epoch": epoch})
    headers = {"Content-Type": SUMS_TYPE, **bearer(token)}
    return Request("POST", f"/buckets/{quote(name)}?{query}", sums, headers, timeout_ms=30_000)


def snapshot(token: str, manifest: down.Reset, number: int) -> Request:
    """One chunk of the very snapshot that a manifest names."""
    first, end = place_of(manifest.chunks, number)
    headers = {
        "Range": f"bytes={first}-{end - 1}",
        "If-Match": f'"{name_of(manifest.chunks)}"',
        **bearer(token),
    }
    path = f"/snapshot/{quote(manifest.scope)}?version={manifest.version}"
    return Request("GET", path, headers=headers, timeout_ms=60_000)


def bell(token: str, versions: Mapping[str, int]) -> Request:
    """Hold the line until one of these scopes moves, at most 25 seconds."""
    query = urlencode({"heads": ",".join(f"{name}={version}" for name, version in sorted(versions.items()))})
    return Request("GET", f"/bell?{query}", headers=bearer(token), timeout_ms=40_000)


def telemetry(token: str, message: up.Telemetry) -> Request:
    """Lossy facts for the fleet page."""
    return Request("POST", "/telemetry", wire.encode(message), {"Content-Type": JSON_TYPE, **bearer(token)})


def enrol(message: session.EnrolRequest) -> Request:
    """Ask to be known by a one-use code."""
    return Request("POST", "/enrol", wire.encode(message), {"Content-Type": JSON_TYPE})
